//! What code shows beside its calls to models and what a DPIA describes: tools, approvals, caches, logs of prompts. The
//! rows are in `queries/practices.toml`.

mod prompts;
mod tools;

use std::sync::LazyLock;

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::Sink;
use crate::catalogue::glob;
use crate::inventory::Practice;
use crate::ir::{Call, CallKind, FnKind, Function, Key, Seg, ValueId, ValueKind, operands};
use crate::link::{Abs, FuncId, Gv, Program};
use crate::place;

const TEXT: &str = include_str!("../../queries/practices.toml");

static ROWS: LazyLock<File> =
    LazyLock::new(|| toml::from_str(TEXT).expect("queries/practices.toml is sound, as a test says"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    practice: Vec<PracticeRow>,
    words: Vec<WordsRow>,
}

/// Names that mean one thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsRow {
    kind: String,
    name: Vec<String>,
}

/// A row of `queries/practices.toml`, which says what its keys mean.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PracticeRow {
    pub(crate) kind: String,
    pub(crate) key: Vec<String>,
    pub(crate) off: Vec<String>,
    pub(crate) callee: Vec<String>,
    pub(crate) package: Vec<String>,
    pub(crate) value: Vec<String>,
    pub(crate) function: Vec<String>,
    pub(crate) added: String,
    pub(crate) removed: String,
    pub(crate) scope: String,
}

/// Every row.
pub(crate) fn rows() -> &'static [PracticeRow] {
    &ROWS.practice
}

/// The names of a `[[words]]` table: patterns for [`spelled`].
pub(super) fn phrases(kind: &str) -> &'static [String] {
    ROWS.words.iter().find(|r| r.kind == kind).map_or(&[], |r| &r.name)
}

/// Whether a tool that takes this chooses whose or which data it works on.
pub(crate) fn reaches(parameter: &str) -> bool {
    phrases("reach").iter().any(|pattern| spelled(parameter, pattern))
}

/// Whether a name, in lower case with `_` between its words, fits a pattern with `*` for any letters; a pattern with a
/// capital is compared with the name as written.
pub(super) fn spelled(name: &str, pattern: &str) -> bool {
    let as_written = pattern.contains(char::is_uppercase);
    if as_written { glob(pattern, name, b"") } else { glob(pattern, &snake(name), b"") }
}

/// `requireAuth` → `require_auth`
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_uppercase() && (before.is_lowercase() || before.is_numeric()) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}

/// All practices outside of tests, by place.
pub(crate) fn find(program: &Program<'_>, sinks: &[Sink], include_tests: bool) -> Vec<Practice> {
    let prompts = prompts::all(program, sinks);
    let all: Vec<FuncId> = program.functions().filter(|f| include_tests || !program.in_test(*f)).collect();
    let found: Vec<Vec<Practice>> = all.par_iter().map(|func| in_function(program, *func, &prompts)).collect();
    let mut found: Vec<Practice> = found.into_iter().flatten().collect();
    imports(program, include_tests, &mut found);
    found.sort();
    found.dedup();
    found
}

fn practice(program: &Program<'_>, kind: &str, name: &str, at: Gv) -> Practice {
    Practice {
        location: place::of(program, at),
        kind: kind.to_owned(),
        name: name.to_owned(),
        function: program.qualified(at.func),
        takes: Vec::new(),
    }
}

fn imports(program: &Program<'_>, include_tests: bool, found: &mut Vec<Practice>) {
    for func in program.functions().filter(|f| program.function(*f).kind == crate::ir::FnKind::Module) {
        if program.in_test(func) && !include_tests {
            continue;
        }
        let file = program.file_of(func);
        for import in &program.file(file).imports {
            let root = import.module.split(['.', '/']).next().unwrap_or_default();
            if let Some(row) = rows().iter().find(|r| r.package.iter().any(|p| p == root)) {
                found.push(Practice {
                    location: place::at(program, file, import.span),
                    kind: row.kind.clone(),
                    name: root.to_owned(),
                    function: program.qualified(func),
                    takes: Vec::new(),
                });
            }
        }
    }
}

fn in_function(program: &Program<'_>, func: FuncId, prompts: &FxHashSet<Gv>) -> Vec<Practice> {
    let f = program.function(func);
    let mut found = Vec::new();
    defined(program, func, &mut found);
    for (i, value) in f.values.iter().enumerate() {
        let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
        match &value.kind {
            ValueKind::Object(entries) => {
                hosted(program, f, gv, entries, &mut found);
                for (key, inner) in entries {
                    if let Key::Name(name) = key {
                        setting(program, f, name, Gv { func, value: *inner }, gv, &mut found);
                    }
                    // `tools: { getThread: { description, execute } }`
                    if let (Key::Name(name), ValueKind::Object(members)) = (key, f.kind_of(*inner))
                        && is_tool(f, members)
                    {
                        let made = practice(program, "tool", name, Gv { func, value: *inner });
                        found.push(Practice { takes: tools::declared(f, members), ..made });
                    }
                }
            }
            ValueKind::Update { path, value, .. } => {
                if let Some(Seg::Field(name)) = path.last() {
                    setting(program, f, name, Gv { func, value: *value }, gv, &mut found);
                }
            }
            ValueKind::Call(call) => {
                for arg in &call.args {
                    if let Some(name) = &arg.name {
                        setting(program, f, name, Gv { func, value: arg.value }, gv, &mut found);
                    }
                }
                called(program, gv, call, prompts, &mut found);
            }
            _ => {}
        }
    }
    found
}

fn setting(program: &Program<'_>, f: &Function, name: &str, value: Gv, at: Gv, found: &mut Vec<Practice>) {
    let Some(row) = rows().iter().find(|r| r.key.iter().any(|k| k == name)) else { return };
    let text = match f.kind_of(value.value) {
        ValueKind::Bool(b) => b.to_string(),
        ValueKind::Null => "null".to_owned(),
        ValueKind::Str(s) => s.to_string(),
        _ => String::new(),
    };
    if !row.off.contains(&text) {
        let known = matches!(f.kind_of(value.value), ValueKind::Str(_) | ValueKind::Bool(_) | ValueKind::Null);
        found.push(practice(program, &row.kind, name, if known { value } else { at }));
    }
}

/// `{"type": "web_search"}`: a tool that runs at the provider.
fn hosted(program: &Program<'_>, f: &Function, at: Gv, entries: &[(Key, ValueId)], found: &mut Vec<Practice>) {
    let kind = entries.iter().find(|(k, _)| matches!(k, Key::Name(n) if &**n == "type"));
    if let Some((_, value)) = kind
        && let ValueKind::Str(text) = f.kind_of(*value)
        && let Some(row) = rows().iter().find(|r| r.value.iter().any(|p| glob(p, text, b"")))
    {
        found.push(practice(program, &row.kind, text, Gv { func: at.func, value: *value }));
    }
}

/// A function of the tree whose name says what it is for.
fn defined(program: &Program<'_>, func: FuncId, found: &mut Vec<Practice>) {
    let f = program.function(func);
    if matches!(f.kind, FnKind::Module | FnKind::Lambda) || f.is_abstract {
        return;
    }
    if let Some(row) = rows().iter().find(|r| r.function.iter().any(|p| spelled(&f.name, p))) {
        let mut span = f.span;
        (span.end_line, span.end_column) = (span.line, span.column);
        found.push(Practice {
            location: place::at(program, program.file_of(func), span),
            kind: row.kind.clone(),
            name: f.name.to_string(),
            function: program.qualified(func),
            takes: Vec::new(),
        });
    }
}

fn is_tool(f: &Function, members: &[(Key, ValueId)]) -> bool {
    let has = |name: &str| members.iter().find(|(k, _)| matches!(k, Key::Name(n) if &**n == name));
    let runs = ["execute", "handler", "func"].iter().filter_map(|n| has(n));
    let mut runs = runs.filter(|(_, v)| {
        matches!(f.kind_of(*v), ValueKind::Func(_) | ValueKind::Free(_) | ValueKind::Decorated { .. })
    });
    runs.next().is_some() && ["description", "parameters", "inputSchema", "schema"].iter().any(|n| has(n).is_some())
}

fn called(program: &Program<'_>, gv: Gv, call: &Call, prompts: &FxHashSet<Gv>, found: &mut Vec<Practice>) {
    let f = program.function(gv.func);
    let lang = program.lang(gv.func);
    // `@tool` and `@tool(…)`
    let maker = Gv { func: gv.func, value: call.callee };
    let made = if matches!(program.kind(maker), ValueKind::Call(_)) { program.call_graph.callees(maker) } else { &[] };
    let is_tool_row = program.call_graph.callees(gv).iter().chain(made).any(|abs| match abs {
        Abs::Ext(path) => {
            let row = program.catalogue.function(lang, path);
            row.is_some_and(|row| program.catalogue.call_row(row).op == "tool")
        }
        _ => false,
    });
    if is_tool_row {
        let function = call.args.iter().find_map(|a| match f.kind_of(a.value) {
            ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } => {
                Some(&program.file(program.file_of(gv.func)).functions[ix.0 as usize])
            }
            _ => None,
        });
        let decorated = function.map(|function| function.name.to_string());
        let takes = tools::taken(f, call, function);
        let held = || f.locals.iter().find(|(_, v)| v.contains(&gv.value)).map(|(name, _)| name.to_string());
        let keyed = || {
            f.values.iter().find_map(|v| match &v.kind {
                ValueKind::Object(entries) => entries.iter().find_map(|(k, v)| match k {
                    Key::Name(name) if *v == gv.value => Some(name.to_string()),
                    _ => None,
                }),
                _ => None,
            })
        };
        let name = decorated.filter(|n| !n.is_empty()).or_else(held).or_else(keyed);
        if let Some(name) = name {
            found.push(Practice { takes, ..practice(program, "tool", &name, gv) });
        }
        return;
    }
    if matches!(call.kind, CallKind::Jsx) {
        return;
    }
    let names = super::names(program, Gv { func: gv.func, value: call.callee });
    let Some(row) = rows().iter().find(|r| r.callee.iter().any(|pattern| fits(&names, pattern))) else { return };
    if row.kind == "prompt_log" {
        let logged = call.args.iter().any(|a| holds_prompt(program, Gv { func: gv.func, value: a.value }, prompts, 4));
        if logged {
            found.push(practice(program, &row.kind, &names.join("."), gv));
        }
    } else {
        found.push(practice(program, &row.kind, names.last().map_or("", |n| n), gv));
    }
}

fn fits(names: &[crate::ir::Sym], pattern: &str) -> bool {
    let wanted: Vec<&str> = pattern.split('.').collect();
    let same = |name: &str, want: &str| glob(want, name.trim_start_matches('_'), b"");
    // Of a longer chain, the end: `self.logger.info`.
    names.len() >= wanted.len()
        && (wanted.len() > 1 || names.len() == 1)
        && names[names.len() - wanted.len()..].iter().zip(&wanted).all(|(n, w)| same(n, w))
}

fn holds_prompt(program: &Program<'_>, gv: Gv, prompts: &FxHashSet<Gv>, depth: u32) -> bool {
    if prompts.contains(&gv) {
        return true;
    }
    let into = match program.kind(gv) {
        ValueKind::Concat(_) | ValueKind::Object(_) | ValueKind::List(_) | ValueKind::Phi(_) => true,
        // `JSON.stringify(messages)`, `str(prompt)`
        ValueKind::Call(call) => call.args.len() <= 3,
        _ => false,
    };
    let mut held = false;
    if into && depth > 0 {
        operands(program.kind(gv), |v| {
            held = held || holds_prompt(program, Gv { func: gv.func, value: v }, prompts, depth - 1);
        });
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_sound() {
        for row in rows() {
            let codes: Vec<&str> = [&*row.added, &*row.removed].into_iter().filter(|c| !c.is_empty()).collect();
            assert!(!row.kind.is_empty() && !codes.is_empty(), "{row:?}");
            assert!(codes.iter().all(|c| c.starts_with('T')), "{row:?}");
            assert!(matches!(row.scope.as_str(), "function" | "folder" | "name"), "{row:?}");
        }
        for kind in ["access", "consent", "reach", "schedule"] {
            assert!(!phrases(kind).is_empty(), "{kind}");
        }
    }

    #[test]
    fn names_fit_patterns() {
        assert!(spelled("requireAuth", "require_auth*"));
        assert!(spelled("get_current_active_user", "get_current_*user"));
        assert!(!spelled("author", "auth"));
        assert!(spelled("getSession", "getSession") && !spelled("get_session", "getSession"));
    }
}
