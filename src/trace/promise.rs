//! Promises that are made from callbacks: what their resolver is called with.

use super::{Note, Queue, State, Tracer};
use crate::ir::{Call, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, ClassId, FuncId, Gv};

impl Tracer<'_> {
    /// `new Promise((resolve, reject) => …)`: what `resolve` (0) or `reject` (1) is called with.
    pub(super) fn promise(&mut self, state: &State, call: &Call, which: u32, queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(arg) = call.args.first() else { return false };
        for abs in self.resolver.resolve(Gv { func: state.gv.func, value: arg.value }) {
            let Abs::Func(executor, _) = abs else { continue };
            let Some(param) = program.function(executor).params.get(which as usize) else { continue };
            let name = param.name.clone();
            let file = program.file_of(executor);
            let within: Vec<FuncId> = program
                .functions_of(file)
                .filter(|f| {
                    let mut at = Some(*f);
                    while let Some(f) = at {
                        if f == executor {
                            return true;
                        }
                        at = program.parent(f);
                    }
                    false
                })
                .collect();
            for func in within {
                let f = program.function(func);
                let is_it = |value: ValueId| match f.kind_of(value) {
                    ValueKind::Param(ix) => func == executor && *ix == which,
                    ValueKind::Free(n) => *n == name && program.declaring(func, n) == Some(executor),
                    _ => false,
                };
                // Kept, and called by others: `let done; new Promise(r => { done = r; }); … done(x)`
                let kept: Vec<Gv> = self.kept_resolver(func, &is_it);
                for call in kept {
                    if let ValueKind::Call(inner) = program.kind(call)
                        && let Some(arg) = inner.args.first()
                    {
                        self.elsewhere_here(state, Gv { func: call.func, value: arg.value }, queue);
                    }
                }
                for (i, value) in f.values.iter().enumerate() {
                    let ValueKind::Call(inner) = &value.kind else { continue };
                    if let ValueKind::Field(_, name) = f.kind_of(inner.callee)
                        && program.catalogue.listens(name)
                        && let [event, listener] = inner.args.as_slice()
                        && is_it(listener.value)
                        && let ValueKind::Str(event) = f.kind_of(event.value)
                    {
                        // `emitter.on("x", resolve)`
                        let call = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                        if self.emitted(state, call, event, 0, queue) {
                            continue;
                        }
                    }
                    if is_it(inner.callee) {
                        if let Some(arg) = inner.args.first() {
                            self.elsewhere_here(state, Gv { func, value: arg.value }, queue);
                        }
                    } else if inner.args.iter().any(|a| is_it(a.value)) {
                        // `stream.on("end", resolve)`: what the library hands over.
                        let gv = Gv { func, value: inner.callee };
                        let less = state.less(crate::inventory::Confidence::Medium);
                        if let ValueKind::Field(base, _) = program.kind(gv) {
                            self.elsewhere_here(&less, Gv { func, value: *base }, queue);
                        }
                        for other in inner.args.iter().filter(|a| !is_it(a.value)) {
                            if !matches!(program.kind(Gv { func, value: other.value }), ValueKind::Func(_)) {
                                self.elsewhere_here(&less, Gv { func, value: other.value }, queue);
                            }
                        }
                    }
                }
            }
        }
        true
    }

    /// The calls of a resolver that an executor puts into a variable around it, or into an attribute.
    fn kept_resolver(&mut self, executor: FuncId, is_it: &dyn Fn(ValueId) -> bool) -> Vec<Gv> {
        let program = self.program;
        let f = program.function(executor);
        let variables: Vec<(FuncId, Sym)> = f
            .outer_writes
            .iter()
            .filter(|(_, value)| is_it(*value))
            .filter_map(|(name, _)| Some((program.declaring(executor, name)?, name.clone())))
            .collect();
        let attributes: Vec<(ClassId, Sym)> = f
            .values
            .iter()
            .filter_map(|value| match &value.kind {
                ValueKind::Update { path, value, .. } if is_it(*value) => match path.as_slice() {
                    [Seg::Field(name)] => Some((program.this_class(executor)?, name.clone())),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let mut found = Vec::new();
        if variables.is_empty() && attributes.is_empty() {
            return found;
        }
        for func in program.functions_of(program.file_of(executor)) {
            let g = program.function(func);
            for (i, value) in g.values.iter().enumerate() {
                let ValueKind::Call(call) = &value.kind else { continue };
                let named = |(owner, name): &(FuncId, Sym)| match g.kind_of(call.callee) {
                    ValueKind::Free(n) => n == name && program.declaring(func, n) == Some(*owner),
                    ValueKind::Captured(n) => func == *owner && n == name,
                    ValueKind::Phi(options) => {
                        let captured = |v: &ValueId| matches!(g.kind_of(*v), ValueKind::Captured(n) if n == name);
                        func == *owner && options.iter().any(captured)
                    }
                    _ => false,
                };
                let calls = variables.iter().any(named)
                    || match g.kind_of(call.callee) {
                        ValueKind::Field(of, name) => attributes.iter().any(|(class, attribute)| {
                            name == attribute
                                && self.resolver.resolve(Gv { func, value: *of }).contains(&Abs::Instance(*class))
                        }),
                        _ => false,
                    };
                if calls {
                    found.push(Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) });
                }
            }
        }
        found
    }

    fn elsewhere_here(&mut self, state: &State, gv: Gv, queue: &mut Queue) {
        self.go(state, gv, state.path.clone(), Note::Value, queue);
    }
}
