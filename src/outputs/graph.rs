//! Graphs of functions that share a state: what one of them gives under a key, the others read.

use rustc_hash::FxHashMap;

use super::Walk;
use super::part::Part;
use crate::catalogue::Lang;
use crate::ir::{Key, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, ClassId, FuncId, Gv, Program, Resolver};

/// The functions that work on the state of a graph, and where they read it.
#[derive(Default)]
pub(super) struct States {
    of: FxHashMap<FuncId, ClassId>,
    reads: FxHashMap<(ClassId, Sym), Vec<Gv>>,
}

impl States {
    /// Those that are parts of a graph, and those that are declared to be handed its state: `def node(state: State)`.
    pub(super) fn find(program: &Program<'_>) -> Self {
        let graphs = &program.graphs;
        let mut states = States::default();
        if graphs.is_empty() {
            return states;
        }
        let mut resolver = Resolver::new(program, Some(&program.call_graph));
        for func in program.functions().filter(|f| program.lang(*f) == Lang::Python && !program.in_test(*f)) {
            for param in &program.function(func).params {
                let Some(ty) = &param.ty else { continue };
                let declared = resolver.instances(program.file_of(func), ty);
                let state = declared.iter().find_map(|abs| match abs {
                    Abs::Instance(class) if graphs.is_state(*class) => Some(*class),
                    _ => None,
                });
                if let Some(class) = state {
                    states.of.insert(func, class);
                    states.add_reads(program, func, param.value, class);
                }
            }
        }
        // What a part gives goes into the state of its graph, whatever it is handed itself.
        states.of.extend(graphs.all_parts());
        states
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
                self.push_read(*read, self.part.moved());
            }
            for run in program.graphs.runs(class) {
                // A stream has the parts of the graph between itself and the keys.
                let read = keys_read(program, run.func, run.value).any(|(key, _)| key == *name);
                let part = if read { self.part.moved().under(&[Seg::Field(name.clone())]) } else { Part::WHOLE };
                self.push_read(*run, part);
            }
        }
    }
}
