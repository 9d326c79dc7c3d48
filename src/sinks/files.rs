//! Which calls write a file and which read one, by the names of the files as far as the code says them. A training set is
//! mostly made in one place and uploaded or loaded in another.

use rustc_hash::{FxHashMap, FxHashSet};

use super::args;
use crate::catalogue::FileRow;
use crate::classify::Fields;
use crate::inputs::{Files, Inputs, Written, decoded};
use crate::ir::{Call, ValueId, ValueKind};
use crate::link::{Abs, Gv, Program};
use crate::path::Path;
use crate::trace::{Shared, Tracer};

/// Paths that a name may stand for; beyond that it is no name of a file.
const MOST_NAMES: usize = 8;

/// The files that the program writes and reads again.
pub(crate) fn files(program: &Program<'_>) -> Files {
    let (fields, inputs) = (Fields::none(), Inputs::none());
    let shared = Shared { program, fields: &fields, inputs: &inputs };
    let mut finder = Finder { program, tracer: Tracer::new(shared), made: FxHashMap::default() };
    let mut reads = Vec::new();
    let mut writes: Vec<(Vec<String>, Written)> = Vec::new();
    let (mut puts, mut loads) = (Vec::new(), Vec::new());
    for (gv, call, row) in calls(program) {
        if row.joins {
            continue;
        }
        let data = args::pick_exactly(program, gv, call, &row.data, 0).into_iter().next().map(|(value, _)| value);
        let written = data.map(|value| Written { value: decoded(program, value), row: row.row });
        if row.path.is_empty() {
            let handle = args::pick_exactly(program, gv, call, &row.handle, 0).into_iter().next();
            match (handle, written) {
                (Some((handle, _)), Some(written)) => puts.push((handle, written)),
                (Some((handle, _)), None) if row.gives => finder.wrapped(gv, handle),
                (Some((handle, _)), None) => loads.push((gv, handle, row.parts.clone())),
                _ => {}
            }
            continue;
        }
        let names = finder.names_at(gv, call, &row.path);
        if names.is_empty() {
            continue;
        }
        match written {
            Some(written) => writes.push((names, written)),
            None if finder.writes(gv, call, row) => finder.opened(gv, names),
            None => {
                finder.opened(gv, names.clone());
                reads.push((gv, names, row.parts.clone()));
            }
        }
    }
    for (gv, handle, parts) in loads {
        if let Some(names) = finder.file_of(handle) {
            reads.push((gv, names, parts));
        }
    }
    for (handle, written) in puts {
        if let Some(names) = finder.file_of(handle) {
            writes.push((names, written));
        }
    }
    let mut known: FxHashMap<Gv, (Vec<Written>, Vec<String>)> = FxHashMap::default();
    for (gv, names, parts) in reads {
        let of_name = writes.iter().filter(|(written, _)| written.iter().any(|w| names.iter().any(|n| same(w, n))));
        let found: Vec<Written> = of_name.map(|(_, written)| written.clone()).collect();
        if !found.is_empty() {
            known.insert(gv, (found, parts));
        }
    }
    Files::new(known)
}

/// Every call that a row for files speaks of, outside of tests, in the order of the program.
fn calls<'p>(program: &'p Program<'_>) -> Vec<(Gv, &'p Call, &'p FileRow)> {
    let mut found = Vec::new();
    for func in program.functions().filter(|f| !program.in_test(*f)) {
        for (i, value) in program.function(func).values.iter().enumerate() {
            let ValueKind::Call(call) = &value.kind else { continue };
            let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
            if let Some(row) = row_of(program, gv, call) {
                found.push((gv, &**call, row));
            }
        }
    }
    found
}

fn row_of<'p>(program: &'p Program<'_>, gv: Gv, call: &Call) -> Option<&'p FileRow> {
    let callees = program.call_graph.callees(gv);
    // A function of the tree says itself what it does.
    if callees.iter().any(|c| matches!(c, Abs::Func(..) | Abs::Class(_))) {
        return None;
    }
    let path = callees.iter().find_map(|abs| match abs {
        Abs::Ext(path) => Some(&**path),
        _ => None,
    });
    let names = super::names(program, Gv { func: gv.func, value: call.callee });
    let mut words: Vec<&str> = names.iter().map(|n| &**n).collect();
    // `(folder / name).open()`: a method of something without a name.
    if words.len() == 1 && matches!(program.kind(Gv { func: gv.func, value: call.callee }), ValueKind::Field(..)) {
        words.insert(0, "");
    }
    let row = program.catalogue.file(program.lang(gv.func), path, &words)?;
    let Some((argument, wanted)) = row.only.split_once('=') else { return Some(row) };
    let given = args::pick_exactly(program, gv, call, argument, 0);
    let fits = |(value, _): &(Gv, Path)| matches!(program.kind(*value), ValueKind::Str(s) if wanted.split('|').any(|w| *w == **s));
    given.iter().any(fits).then_some(row)
}

/// An opened file: by its names, or what stands for another opened file.
enum Opened {
    File(Vec<String>),
    Wraps(Gv),
}

struct Finder<'a, 'p> {
    program: &'p Program<'p>,
    tracer: Tracer<'a>,
    made: FxHashMap<Gv, Opened>,
}

impl<'p> Finder<'_, 'p> {
    fn opened(&mut self, gv: Gv, names: Vec<String>) {
        self.made.insert(gv, Opened::File(names));
    }

    fn wrapped(&mut self, gv: Gv, handle: Gv) {
        self.made.insert(gv, Opened::Wraps(handle));
    }

    /// Whether a file is opened to be written.
    fn writes(&mut self, gv: Gv, call: &Call, row: &FileRow) -> bool {
        if row.mode.is_empty() {
            return row.gives;
        }
        let given = args::pick_exactly(self.program, gv, call, &row.mode, 0);
        let mode = |(value, _): &(Gv, Path)| matches!(self.program.kind(*value), ValueKind::Str(s) if s.contains(['w', 'a', 'x']));
        given.iter().any(mode)
    }

    /// The names of the file that a handle stands for. Each value is looked at once: branches join again and again.
    fn file_of(&self, handle: Gv) -> Option<Vec<String>> {
        let program = self.program;
        let mut seen = FxHashSet::default();
        let mut open = vec![handle];
        while let Some(gv) = open.pop() {
            if !seen.insert(gv) {
                continue;
            }
            let at = |value: ValueId| Gv { func: gv.func, value };
            match self.made.get(&gv) {
                Some(Opened::File(names)) => return Some(names.clone()),
                Some(Opened::Wraps(inner)) => {
                    open.push(*inner);
                    continue;
                }
                None => {}
            }
            match program.kind(gv) {
                ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                    open.push(at(*base));
                }
                ValueKind::Phi(options) => open.extend(options.iter().rev().map(|v| at(*v))),
                ValueKind::Free(name) => open.extend(program.free(gv.func, name).into_iter().rev()),
                _ => {}
            }
        }
        None
    }

    fn names_at(&mut self, gv: Gv, call: &Call, argument: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (value, path) in args::pick_exactly(self.program, gv, call, argument, 0) {
            let (value, path) = args::written(self.program, value, &path);
            if path.is_whole() {
                self.names_of(value, 8, &mut names);
            }
        }
        names.sort();
        names.dedup();
        if names.len() > MOST_NAMES { Vec::new() } else { names }
    }

    /// The names of the last part, in the folders that stand before it as far as these are known.
    fn joined(&mut self, parts: &[Gv], depth: u32, names: &mut Vec<String>) {
        let Some((last, folders)) = parts.split_last() else { return };
        let mut ends = Vec::new();
        self.names_of(*last, depth, &mut ends);
        for folder in folders.iter().rev() {
            let mut before = Vec::new();
            self.names_of(*folder, depth, &mut before);
            let [one] = before.as_slice() else { break };
            if one.starts_with('$') {
                break;
            }
            ends.iter_mut().for_each(|end| *end = format!("{one}/{end}"));
        }
        names.extend(ends);
    }

    /// The file names that a value may be: constants, and paths whose last part is one.
    fn names_of(&mut self, gv: Gv, depth: u32, names: &mut Vec<String>) {
        if depth == 0 || names.len() > MOST_NAMES {
            return;
        }
        let program = self.program;
        let at = |value: ValueId| Gv { func: gv.func, value };
        let before = names.len();
        let constants = self.tracer.constants(gv, Path::whole());
        // A setting's own default says more than its name.
        let texts = constants.iter().filter(|c| !c.setting);
        names.extend(texts.filter_map(|c| file_name(&c.text)));
        names.extend(constants.iter().filter(|c| c.setting).map(|c| format!("${}", c.text)));
        if names.len() > before {
            return;
        }
        match program.kind(gv) {
            ValueKind::List(items) => items.iter().for_each(|(v, _)| self.names_of(at(*v), depth - 1, names)),
            ValueKind::Object(entries) => entries.iter().for_each(|(_, v)| self.names_of(at(*v), depth - 1, names)),
            ValueKind::Phi(options) => options.iter().for_each(|v| self.names_of(at(*v), depth - 1, names)),
            // `folder / "train.jsonl"`
            ValueKind::Unknown(parts) | ValueKind::Opaque(parts) | ValueKind::Concat(parts) => {
                let parts: Vec<Gv> = parts.iter().map(|v| at(*v)).collect();
                self.joined(&parts, depth - 1, names);
            }
            ValueKind::Call(call) if row_of(program, gv, call).is_some_and(|row| row.joins) => {
                let parts: Vec<Gv> = call.args.iter().filter(|a| a.name.is_none()).map(|a| at(a.value)).collect();
                self.joined(&parts, depth - 1, names);
            }
            ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => self.names_of(at(*base), depth - 1, names),
            ValueKind::Free(name) => {
                for value in program.free(gv.func, name).into_iter().filter(|v| *v != gv) {
                    self.names_of(value, depth - 1, names);
                }
            }
            ValueKind::Import(_) => {
                for value in program.imported(gv).into_iter().filter(|v| *v != gv) {
                    self.names_of(value, depth - 1, names);
                }
            }
            ValueKind::Field(base, name) => {
                // `settings.TRAIN_FILE` of a module or a class.
                let (stored, _) = self.tracer.resolver.stored(at(*base), name, 0);
                for value in stored.into_iter().filter(|v| *v != gv) {
                    self.names_of(value, depth - 1, names);
                }
            }
            _ => {}
        }
    }
}

/// The constant end of a path: `{}/data/train.jsonl` is `data/train.jsonl`. None where even the last part is open.
fn file_name(text: &str) -> Option<String> {
    let text = text.trim_start_matches("file://").replace('\\', "/");
    if text.contains("://") || text.contains('\n') || text.len() > 200 {
        return None;
    }
    let parts = text.split('/').filter(|p| !matches!(*p, "" | "." | ".."));
    let mut end: Vec<&str> = parts.rev().take_while(|p| !p.contains('{')).collect();
    end.reverse();
    let last = end.last()?;
    (last.len() > 2).then(|| end.join("/"))
}

/// Whether two names may be of one file: as far as both say the folders, these are the same.
fn same(a: &str, b: &str) -> bool {
    a.rsplit('/').zip(b.rsplit('/')).all(|(a, b)| a == b)
}
