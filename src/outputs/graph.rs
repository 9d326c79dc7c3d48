//! Graphs of functions that share a state: what one of them gives under a key, the others read.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Walk;
use crate::catalogue::Lang;
use crate::ir::{Key, Sym, ValueId, ValueKind};
use crate::link::{Abs, ClassId, FuncId, Gv, Program, Resolver};

/// The functions that work on the state of a graph, and where they read it.
#[derive(Default)]
pub(super) struct States {
    of: FxHashMap<FuncId, ClassId>,
    reads: FxHashMap<(ClassId, Sym), Vec<Gv>>,
    /// Calls that run the graph: what they give is the state at its end.
    runs: FxHashMap<ClassId, Vec<Gv>>,
}

impl States {
    /// Find them by the class that a graph is made with: `StateGraph(State)`, `def node(state: State)`.
    pub(super) fn find(program: &Program<'_>) -> Self {
        let mut resolver = Resolver::new(program, Some(&program.call_graph));
        let classes = classes(program, &mut resolver);
        let mut states = States::default();
        if classes.is_empty() {
            return states;
        }
        for func in program.functions().filter(|f| program.lang(*f) == Lang::Python && !program.in_test(*f)) {
            let f = program.function(func);
            for param in &f.params {
                let Some(ty) = &param.ty else { continue };
                let declared = resolver.instances(program.file_of(func), ty);
                let state = declared.iter().find_map(|abs| match abs {
                    Abs::Instance(class) if classes.contains(class) => Some(*class),
                    _ => None,
                });
                if let Some(class) = state {
                    states.of.insert(func, class);
                    states.add_reads(program, func, param.value, class);
                }
            }
        }
        for func in program.functions().filter(|f| program.lang(*f) == Lang::Python && !program.in_test(*f)) {
            states.add_parts_and_runs(program, &mut resolver, func);
        }
        states
    }

    fn add_parts_and_runs(&mut self, program: &Program<'_>, resolver: &mut Resolver<'_>, func: FuncId) {
        for (i, value) in program.function(func).values.iter().enumerate() {
            let ValueKind::Call(call) = &value.kind else { continue };
            let ValueKind::Field(graph, name) = program.kind(Gv { func, value: call.callee }) else { continue };
            let (runs, adds) = (program.catalogue.runs_state(name), program.catalogue.adds_to_graph(name));
            if !runs && !adds {
                continue;
            }
            let Some(class) = class_of(program, resolver, Gv { func, value: *graph }, 4) else { continue };
            if runs {
                let run = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                self.runs.entry(class).or_default().push(run);
                continue;
            }
            // What a part gives goes into the state of its graph, whatever it is handed itself.
            for arg in &call.args {
                for abs in resolver.resolve(Gv { func, value: arg.value }) {
                    if let Abs::Func(part, _) = abs {
                        self.of.insert(part, class);
                    }
                }
            }
        }
    }

    /// Where a run's result is read by a name, or the result itself where nothing in its function reads this.
    fn results(&self, program: &Program<'_>, class: ClassId, name: &Sym) -> Vec<Gv> {
        let mut found = Vec::new();
        for run in self.runs.get(&class).into_iter().flatten() {
            let reads: Vec<Gv> =
                keys_read(program, run.func, run.value).filter(|(key, _)| key == name).map(|(_, read)| read).collect();
            if reads.is_empty() { found.push(*run) } else { found.extend(reads) }
        }
        found
    }

    fn add_reads(&mut self, program: &Program<'_>, func: FuncId, state: ValueId, class: ClassId) {
        for (key, read) in keys_read(program, func, state) {
            self.reads.entry((class, key)).or_default().push(read);
        }
    }
}

/// The reads of a mapping by a name: `state["answer"]`, `state.answer`, `state.get("answer")`.
fn keys_read<'p>(program: &'p Program<'_>, func: FuncId, of: ValueId) -> impl Iterator<Item = (Sym, Gv)> + 'p {
    let f = program.function(func);
    let is_it = move |value: ValueId| program.first_version(Gv { func, value }).value == of;
    f.values.iter().enumerate().filter_map(move |(i, value)| {
        let key = match &value.kind {
            ValueKind::Field(base, name) if is_it(*base) => name,
            ValueKind::Call(call) => match (f.kind_of(call.callee), call.args.first().map(|a| f.kind_of(a.value))) {
                (ValueKind::Field(base, name), Some(ValueKind::Str(key))) if &**name == "get" && is_it(*base) => key,
                _ => return None,
            },
            _ => return None,
        };
        Some((key.clone(), Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) }))
    })
}

/// The class of the state of a graph, through what compiles it.
fn class_of(program: &Program<'_>, resolver: &mut Resolver<'_>, graph: Gv, depth: u32) -> Option<ClassId> {
    if depth == 0 {
        return None;
    }
    let mut made: Vec<Gv> = resolver
        .resolve(graph)
        .into_iter()
        .filter_map(|abs| match abs {
            Abs::Typed { site, .. } => site,
            _ => None,
        })
        .collect();
    made.push(program.origin(graph));
    made.into_iter().find_map(|made| {
        let ValueKind::Call(call) = program.kind(made) else { return None };
        let callee = Gv { func: made.func, value: call.callee };
        if is_graph(program, callee) {
            let given = call.args.iter().flat_map(|arg| resolver.resolve(Gv { func: made.func, value: arg.value }));
            return given.into_iter().find_map(|abs| match abs {
                Abs::Class(class) => Some(class),
                _ => None,
            });
        }
        match program.kind(callee) {
            ValueKind::Field(base, _) => class_of(program, resolver, Gv { func: made.func, value: *base }, depth - 1),
            _ => None,
        }
    })
}

fn is_graph(program: &Program<'_>, callee: Gv) -> bool {
    crate::sinks::names(program, callee).last().is_some_and(|name| program.catalogue.shares_state(name))
}

/// The classes that graphs are made with.
fn classes(program: &Program<'_>, resolver: &mut Resolver<'_>) -> FxHashSet<ClassId> {
    let mut found = FxHashSet::default();
    for func in program.functions() {
        for value in &program.function(func).values {
            let ValueKind::Call(call) = &value.kind else { continue };
            if !is_graph(program, Gv { func, value: call.callee }) {
                continue;
            }
            for arg in &call.args {
                for abs in resolver.resolve(Gv { func, value: arg.value }) {
                    if let Abs::Class(class) = abs {
                        found.insert(class);
                    }
                }
            }
        }
    }
    found
}

impl Walk<'_, '_> {
    /// `return {"answer": answer}` of a function that works on the state: to whoever reads `state["answer"]`.
    pub(super) fn put_into_state(&mut self, gv: Gv, object: Gv, entries: &[(Key, ValueId)]) {
        let program = self.shared.program;
        let Some(class) = self.shared.states.of.get(&object.func).copied() else { return };
        let f = program.function(object.func);
        let given = f.returns.iter().any(|value| {
            let of_call = |value: ValueId| match f.kind_of(value) {
                ValueKind::Call(call) => call.args.iter().any(|a| a.value == object.value),
                _ => false,
            };
            *value == object.value || of_call(*value)
        });
        if !given {
            return;
        }
        for (key, value) in entries {
            let Key::Name(name) = key else { continue };
            if *value != gv.value {
                continue;
            }
            for read in self.shared.states.reads.get(&(class, name.clone())).into_iter().flatten() {
                self.push_read(*read);
            }
            for result in self.shared.states.results(program, class, name) {
                self.push_read(result);
            }
        }
    }
}
