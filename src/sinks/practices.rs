//! What code shows beside its calls to models and what a DPIA describes: tools, approvals, caches, logs of prompts. The
//! rows are in `queries/practices.toml`.

use std::sync::LazyLock;

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::Sink;
use crate::inventory::Practice;
use crate::ir::{Call, CallKind, Function, Key, Seg, ValueId, ValueKind, operands};
use crate::link::{Abs, FuncId, Gv, Program};
use crate::place;

const TEXT: &str = include_str!("../../queries/practices.toml");

static ROWS: LazyLock<Vec<PracticeRow>> = LazyLock::new(|| {
    let file: File = toml::from_str(TEXT).expect("queries/practices.toml is sound, as a test says");
    file.practice
});

/// Values that one prompt is followed back through.
const BUDGET: usize = 3_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    practice: Vec<PracticeRow>,
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
    pub(crate) added: String,
    pub(crate) removed: String,
    pub(crate) scope: String,
}

/// Every row.
pub(crate) fn rows() -> &'static [PracticeRow] {
    &ROWS
}

/// All practices outside of tests, by place.
pub(crate) fn find(program: &Program<'_>, sinks: &[Sink], include_tests: bool) -> Vec<Practice> {
    let prompts = prompts(program, sinks);
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
            if let Some(row) = ROWS.iter().find(|r| r.package.iter().any(|p| p == root)) {
                found.push(Practice {
                    location: place::at(program, file, import.span),
                    kind: row.kind.clone(),
                    name: root.to_owned(),
                    function: program.qualified(func),
                });
            }
        }
    }
}

fn in_function(program: &Program<'_>, func: FuncId, prompts: &FxHashSet<Gv>) -> Vec<Practice> {
    let f = program.function(func);
    let mut found = Vec::new();
    for (i, value) in f.values.iter().enumerate() {
        let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
        match &value.kind {
            ValueKind::Object(entries) => {
                for (key, inner) in entries {
                    if let Key::Name(name) = key {
                        setting(program, f, name, Gv { func, value: *inner }, gv, &mut found);
                    }
                    // `tools: { getThread: { description, execute } }`
                    if let (Key::Name(name), ValueKind::Object(members)) = (key, f.kind_of(*inner))
                        && is_tool(f, members)
                    {
                        found.push(practice(program, "tool", name, Gv { func, value: *inner }));
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
    let Some(row) = ROWS.iter().find(|r| r.key.iter().any(|k| k == name)) else { return };
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
        let decorated = call.args.iter().find_map(|a| match f.kind_of(a.value) {
            ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } => {
                Some(program.file(program.file_of(gv.func)).functions[ix.0 as usize].name.to_string())
            }
            _ => None,
        });
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
            found.push(practice(program, "tool", &name, gv));
        }
        return;
    }
    if matches!(call.kind, CallKind::Jsx) {
        return;
    }
    let names = super::names(program, Gv { func: gv.func, value: call.callee });
    let Some(row) = ROWS.iter().find(|r| r.callee.iter().any(|pattern| goes_by(&names, pattern))) else { return };
    if row.kind == "prompt_log" {
        let logged = call.args.iter().any(|a| holds_prompt(program, Gv { func: gv.func, value: a.value }, prompts, 4));
        if logged {
            found.push(practice(program, &row.kind, &names.join("."), gv));
        }
    } else {
        found.push(practice(program, &row.kind, names.last().map_or("", |n| n), gv));
    }
}

fn goes_by(names: &[crate::ir::Sym], pattern: &str) -> bool {
    let wanted: Vec<&str> = pattern.split('.').collect();
    let same = |name: &str, want: &str| want == "*" || name.trim_start_matches('_') == want;
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

/// Values that are a prompt, or hold one: what is sent, and what it is built from in the functions that build it.
fn prompts(program: &Program<'_>, sinks: &[Sink]) -> FxHashSet<Gv> {
    let mut found = FxHashSet::default();
    for sink in sinks.iter().filter(|s| s.operation != "observability") {
        let roots = sink.sent.iter().filter(|s| matches!(s.role, "content" | "system")).map(|s| s.value);
        let mut open: Vec<(Gv, u32)> = roots.map(|gv| (gv, 0)).collect();
        let mut seen = FxHashSet::default();
        while let Some((gv, calls)) = open.pop() {
            if !seen.insert(gv) || seen.len() > BUDGET {
                continue;
            }
            let builds = matches!(
                program.kind(gv),
                ValueKind::Concat(_)
                    | ValueKind::Object(_)
                    | ValueKind::List(_)
                    | ValueKind::AfterCall { .. }
                    | ValueKind::Update { .. }
                    | ValueKind::Phi(_)
            );
            let mut add = |value: ValueId| open.push((Gv { func: gv.func, value }, calls));
            match program.kind(gv) {
                ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => add(*base),
                ValueKind::Field(base, name) if matches!(&**name, "join" | "trim" | "strip" | "format") => add(*base),
                ValueKind::Call(call) => {
                    add(call.callee);
                    let inner: Vec<FuncId> = program.call_graph.functions(gv).filter(|_| calls < 2).collect();
                    for func in &inner {
                        let returns = program.function(*func).returns.iter();
                        open.extend(returns.map(|value| (Gv { func: *func, value: *value }, calls + 1)));
                    }
                    if !inner.is_empty() {
                        found.insert(gv);
                    }
                }
                _ if builds => operands(program.kind(gv), add),
                _ => {}
            }
            if builds {
                found.insert(gv);
            }
        }
        found.extend(sink.sent.iter().filter(|s| matches!(s.role, "content" | "system")).map(|s| s.value));
    }
    // A literal is nobody's data.
    found.retain(|gv| {
        !matches!(program.kind(*gv), ValueKind::Str(_) | ValueKind::Num(_) | ValueKind::Null | ValueKind::Bool(_))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_sound() {
        for row in rows() {
            assert!(!row.kind.is_empty() && row.added.starts_with('T'), "{row:?}");
            assert!(matches!(row.scope.as_str(), "function" | "folder" | "name"), "{row:?}");
        }
    }
}
