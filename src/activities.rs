//! Processing activities: the calls that serve one entry point, named as a person would name the feature.

use std::collections::{BTreeMap, VecDeque};

use rustc_hash::FxHashSet;

use crate::id;
use crate::inputs::Inputs;
use crate::inventory::{Activity, EntryPoint};
use crate::ir::FnKind;
use crate::link::{FuncId, Program};
use crate::place;

/// Functions that one sink is followed up through.
const BUDGET: usize = 600;

/// Group the sinks (their function, and id) by what reaches them.
pub(crate) fn group(program: &Program<'_>, inputs: &Inputs, sinks: &[(FuncId, String)]) -> Vec<Activity> {
    let mut by_entry: BTreeMap<FuncId, Vec<String>> = BTreeMap::new();
    for (func, id) in sinks {
        for entry in entries(program, inputs, *func) {
            let calls = by_entry.entry(entry).or_default();
            if !calls.contains(id) {
                calls.push(id.clone());
            }
        }
    }
    let mut activities: Vec<Activity> = by_entry
        .into_iter()
        .map(|(func, calls)| {
            let entry = entry_point(program, inputs, func);
            let file = program.file(program.file_of(func));
            let name = name_of(program, func, &file.path);
            Activity { id: activity_id(program, func), name, calls, entry_points: vec![entry] }
        })
        .collect();
    activities.sort_by(|a, b| (&a.entry_points, &a.id).cmp(&(&b.entry_points, &b.id)));
    activities
}

fn activity_id(program: &Program<'_>, entry: FuncId) -> String {
    id::of("a", &[&program.file(program.file_of(entry)).path, &program.qualified(entry)])
}

/// The activities that data belong to which were met in `met` on the way up from a sink in `sink`: those entry points
/// of the sink that lead there through `met`. Empty where these are all of them, or `met` is on no way from one.
pub(crate) fn through(program: &Program<'_>, inputs: &Inputs, sink: FuncId, met: FuncId) -> Vec<String> {
    if sink == met {
        return Vec::new();
    }
    let all = entries(program, inputs, sink);
    let here: Vec<FuncId> = entries(program, inputs, met).into_iter().filter(|e| all.contains(e)).collect();
    if here.is_empty() || here.len() == all.len() {
        return Vec::new();
    }
    let mut ids: Vec<String> = here.into_iter().map(|entry| activity_id(program, entry)).collect();
    ids.sort();
    ids
}

/// The functions at the top of the call chains that lead to `func`.
fn entries(program: &Program<'_>, inputs: &Inputs, func: FuncId) -> Vec<FuncId> {
    let mut seen = FxHashSet::default();
    let mut queue = VecDeque::from([func]);
    let mut found = Vec::new();
    seen.insert(func);
    while let Some(at) = queue.pop_front() {
        let mut up: Vec<FuncId> = Vec::new();
        if !inputs.entries.contains_key(&at) {
            let calls = &program.call_graph;
            let sites = calls.callers(at).iter().chain(calls.callbacks(at));
            up.extend(sites.map(|s| s.call.func).filter(|f| !program.in_test(*f) || program.in_test(func)));
            // A closure runs for what made it.
            if up.is_empty()
                && let Some(parent) = program.parent(at)
                && program.function(parent).kind != FnKind::Module
            {
                up.push(parent);
            }
        }
        let module_only = up.iter().all(|f| program.function(*f).kind == FnKind::Module);
        if up.is_empty() || (module_only && program.function(at).kind != FnKind::Lambda) {
            found.push(at);
            continue;
        }
        for next in up {
            if seen.len() < BUDGET && seen.insert(next) {
                queue.push_back(next);
            }
        }
    }
    if found.is_empty() {
        found.push(func); // a cycle without a way in
    }
    found
}

fn entry_point(program: &Program<'_>, inputs: &Inputs, func: FuncId) -> EntryPoint {
    let f = program.function(func);
    let mut span = f.span;
    span.end_line = span.line;
    span.end_column = span.column;
    let location = place::at(program, program.file_of(func), span);
    let (label, kind) = match inputs.entries.get(&func) {
        Some(label) if label.contains('/') => (label.clone(), "http"),
        Some(label) => (label.clone(), "handler"),
        None if f.kind == FnKind::Module => ("when the file runs".to_owned(), "script"),
        None => (program.qualified(func), "function"),
    };
    EntryPoint { location, label, kind: kind.to_owned() }
}

/// `classify_ticket` → `Classify ticket`; a module goes by its file's or folder's name.
fn name_of(program: &Program<'_>, func: FuncId, path: &str) -> String {
    let f = program.function(func);
    let plain = !f.name.is_empty() && f.kind != FnKind::Module && f.name.len() > 2;
    // A handler named after its HTTP method or event says nothing: its place does.
    let generic = ["GET", "POST", "PUT", "PATCH", "DELETE", "default", "main", "handler", "on_message", "constructor"];
    let words = if plain && !generic.contains(&&*f.name) {
        f.name.to_string()
    } else {
        let mut parts: Vec<&str> = path.split('/').collect();
        let file = parts.pop().unwrap_or_default();
        let stem = file.split('.').next().unwrap_or(file);
        let generic = ["route", "index", "app", "main", "__init__", "page", "server", "actions", "handler"];
        let folder = parts.iter().rev().find(|p| !p.starts_with(['(', '['])).copied();
        match folder {
            Some(folder) if generic.contains(&stem) => folder.to_owned(),
            _ => stem.to_owned(),
        }
    };
    sentence(&words)
}

fn sentence(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if matches!(c, '_' | '-' | ' ') {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        } else {
            if c.is_uppercase() && before.is_lowercase() {
                out.push(' ');
            }
            let acronym = c.is_uppercase() && before.is_uppercase();
            if out.is_empty() {
                out.extend(c.to_uppercase());
            } else if acronym {
                out.push(c);
            } else {
                out.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    out
}
