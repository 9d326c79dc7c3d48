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
        states
    }

    fn add_reads(&mut self, program: &Program<'_>, func: FuncId, state: ValueId, class: ClassId) {
        let f = program.function(func);
        let is_state = |value: ValueId| program.first_version(Gv { func, value }).value == state;
        for (i, value) in f.values.iter().enumerate() {
            let key = match &value.kind {
                ValueKind::Field(base, name) if is_state(*base) => Some(name.clone()),
                // `state.get("answer")`
                ValueKind::Call(call) => {
                    match (f.kind_of(call.callee), call.args.first().map(|a| f.kind_of(a.value))) {
                        (ValueKind::Field(base, name), Some(ValueKind::Str(key)))
                            if &**name == "get" && is_state(*base) =>
                        {
                            Some(key.clone())
                        }
                        _ => None,
                    }
                }
                _ => None,
            };
            if let Some(key) = key {
                let read = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                self.reads.entry((class, key)).or_default().push(read);
            }
        }
    }
}

/// The classes that graphs are made with.
fn classes(program: &Program<'_>, resolver: &mut Resolver<'_>) -> FxHashSet<ClassId> {
    let mut found = FxHashSet::default();
    for func in program.functions() {
        for value in &program.function(func).values {
            let ValueKind::Call(call) = &value.kind else { continue };
            let names = crate::sinks::names(program, Gv { func, value: call.callee });
            if !names.last().is_some_and(|name| program.catalogue.shares_state(name)) {
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
        }
    }
}
