//! What stands around a call to a model: a consent that is asked first, a loop over records, a schedule. Looked for in
//! the functions that lead to the call; the words are rows of `queries/practices.toml`.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::Sink;
use super::practices::{phrases, spelled};
use crate::inputs::Inputs;
use crate::inventory::{Circumstance, Location};
use crate::ir::{Span, Sym, ValueId, ValueKind};
use crate::link::{FuncId, Gv, Program};
use crate::place;

/// Functions that one call is followed up through.
const FUNCTIONS: usize = 60;
/// Steps back from what a loop goes over to what gave it.
const STEPS: usize = 24;
/// Inputs of which a loop goes over many people's data.
const COLLECTIONS: &[&str] = &["db_read", "file_read", "api_read", "email", "queue_message"];

/// What stands around the call, by kind and place.
pub(crate) fn of(program: &Program<'_>, inputs: &Inputs, sink: &Sink) -> Vec<Circumstance> {
    let mut found = Vec::new();
    let mut seen = FxHashSet::from_iter([sink.gv]);
    let mut functions = FxHashSet::default();
    let mut open = VecDeque::from([sink.gv]);
    while let Some(site) = open.pop_front() {
        in_function(program, inputs, site, &mut found);
        if !functions.insert(site.func) || functions.len() > FUNCTIONS {
            continue;
        }
        scheduled(program, site.func, &mut found);
        // Callers of an entry point are other parts of the tree, and have their own activities.
        if inputs.entries.contains_key(&site.func) {
            continue;
        }
        let calls = &program.call_graph;
        for caller in calls.callers(site.func) {
            if !calls.is_guess(caller.call) && !program.in_test(caller.call.func) && seen.insert(caller.call) {
                open.push_back(caller.call);
            }
        }
        for caller in calls.callbacks(site.func) {
            if !program.in_test(caller.call.func) && seen.insert(caller.call) {
                mapped(program, inputs, caller.call, &mut found);
                open.push_back(caller.call);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn in_function(program: &Program<'_>, inputs: &Inputs, site: Gv, found: &mut Vec<Circumstance>) {
    let f = program.function(site.func);
    let here = program.span(site);
    for iteration in &f.iterations {
        let over = Gv { func: site.func, value: iteration.over };
        if holds(iteration.span, here)
            && let Some(what) = collection(program, inputs, over)
        {
            found.push(Circumstance { kind: "loop".into(), text: what, location: line(program, over) });
        }
    }
    let words = |text: &str| phrases("consent").iter().any(|p| speaks_of(text, p));
    for branch in &f.branches {
        if branch.span.line <= here.line && words(&branch.text) {
            let location = line(program, Gv { func: site.func, value: branch.cond });
            found.push(Circumstance { kind: "consent".into(), text: branch.text.to_string(), location });
        }
    }
    for (i, value) in f.values.iter().enumerate() {
        if let ValueKind::Call(call) = &value.kind
            && value.span.line <= here.line
            && let Some(name) = called(program, site.func, call.callee).filter(|name| words(name))
        {
            let gv = Gv { func: site.func, value: ValueId(crate::link::to_u32(i)) };
            found.push(Circumstance { kind: "consent".into(), text: name, location: line(program, gv) });
        }
    }
    for (gv, name) in decorators(program, site.func) {
        if words(&name) {
            found.push(Circumstance { kind: "consent".into(), text: name, location: place::of(program, gv) });
        }
    }
}

/// By a decorator, or by being handed to a scheduler.
fn scheduled(program: &Program<'_>, func: FuncId, found: &mut Vec<Circumstance>) {
    let is = |name: &str| phrases("schedule").iter().any(|p| spelled(name, p));
    let mut add = |name: String, gv: Gv| {
        found.push(Circumstance { kind: "schedule".into(), text: name, location: place::of(program, gv) });
    };
    for (gv, name) in decorators(program, func) {
        if is(&name) {
            add(name, gv);
        }
    }
    for site in program.call_graph.callbacks(func) {
        let ValueKind::Call(call) = program.kind(site.call) else { continue };
        let names = super::names(program, Gv { func: site.call.func, value: call.callee });
        if let Some(name) = names.iter().find(|n| is(n)) {
            add(name.to_string(), site.call);
        }
    }
}

/// `tickets.map(classify)`: the function is called for each.
fn mapped(program: &Program<'_>, inputs: &Inputs, site: Gv, found: &mut Vec<Circumstance>) {
    let ValueKind::Call(call) = program.kind(site) else { return };
    let ValueKind::Field(over, name) = program.kind(Gv { func: site.func, value: call.callee }) else { return };
    let over = Gv { func: site.func, value: *over };
    if matches!(&**name, "map" | "forEach" | "flatMap")
        && let Some(what) = collection(program, inputs, over)
    {
        found.push(Circumstance { kind: "loop".into(), text: what, location: line(program, site) });
    }
}

/// What read gave the elements that a loop goes over.
fn collection(program: &Program<'_>, inputs: &Inputs, over: Gv) -> Option<String> {
    let mut open = vec![over];
    let mut seen = FxHashSet::default();
    while let Some(gv) = open.pop() {
        if !seen.insert(gv) || seen.len() > STEPS {
            continue;
        }
        if let Some(input) = inputs.call(gv).filter(|i| COLLECTIONS.contains(&i.kind.as_str())) {
            return Some(format!("for each of: {}", input.label));
        }
        let at = |value: ValueId| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::Call(call) => {
                if let ValueKind::Field(base, _) = program.kind(at(call.callee)) {
                    open.push(at(*base));
                }
                open.extend(call.args.iter().take(1).map(|a| at(a.value)));
                let inner: Vec<FuncId> = program.call_graph.functions(gv).take(4).collect();
                for func in inner {
                    open.extend(program.function(func).returns.iter().map(|value| Gv { func, value: *value }));
                }
            }
            ValueKind::Field(base, _)
            | ValueKind::Elem(base)
            | ValueKind::Rest(base, _)
            | ValueKind::Typed(base, _)
            | ValueKind::AfterCall { base, .. }
            | ValueKind::Update { base, .. } => open.push(at(*base)),
            ValueKind::Phi(options) => open.extend(options.iter().map(|v| at(*v))),
            ValueKind::Unknown(parts) => open.extend(parts.iter().map(|v| at(*v))),
            _ => {}
        }
    }
    None
}

fn decorators(program: &Program<'_>, func: FuncId) -> Vec<(Gv, String)> {
    let Some(parent) = program.parent(func) else { return Vec::new() };
    let all = program.function(func).decorators.iter().map(|value| Gv { func: parent, value: *value });
    all.filter_map(|gv| Some((gv, super::names(program, gv).last()?.to_string()))).collect()
}

/// The last name of what is called; none for operators and elements.
fn called(program: &Program<'_>, func: FuncId, callee: ValueId) -> Option<String> {
    match program.kind(Gv { func, value: callee }) {
        ValueKind::Field(_, name) | ValueKind::Free(name) => Some(name.to_string()),
        ValueKind::Import(_) | ValueKind::Func(_) => {
            super::names(program, Gv { func, value: callee }).last().map(Sym::to_string)
        }
        _ => None,
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    (outer.line, outer.column) <= (inner.line, inner.column)
        && (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
}

/// The first line of a value.
fn line(program: &Program<'_>, gv: Gv) -> Location {
    let mut location = place::of(program, gv);
    if location.end_line > location.line {
        location.end_line = location.line;
        location.end_column = location.column;
    }
    location
}

/// Whether the words of a phrase, written with `_`, stand side by side in one of the names of a text.
fn speaks_of(text: &str, phrase: &str) -> bool {
    let wanted: Vec<&str> = phrase.split('_').collect();
    let names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    names.into_iter().any(|name| {
        let snake = super::practices::snake(name);
        let words: Vec<&str> = snake.split('_').filter(|w| !w.is_empty()).collect();
        words.windows(wanted.len()).any(|part| part == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_in_names() {
        assert!(speaks_of("not user.ai_opt_in", "opt_in"));
        assert!(speaks_of("user.settings.hasOptedIn", "opted_in"));
        assert!(!speaks_of("adopt_internal", "opt_in"));
        assert!(!speaks_of("user.optional", "opt_in"));
    }
}
