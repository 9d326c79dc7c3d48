//! Where data come into the program without a name of their own: rows that records are made of, and the state of a graph.

use std::rc::Rc;

use super::{PathSeg, Queue, Scope, State, Tracer};
use crate::catalogue::{Lang, Passes};
use crate::inventory::Confidence;
use crate::ir::{Sym, ValueId, ValueKind};
use crate::link::{Abs, Gv};

impl Tracer<'_> {
    /// Whether a value is what something outside of the tree gave, of which nothing else says what it is: a row, a document,
    /// a part of one.
    pub(super) fn is_row(&mut self, gv: Gv, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let program = self.program;
        if self.constants || program.lang(gv.func) != Lang::Python {
            return false;
        }
        let at = |value: ValueId| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::Field(base, _)
            | ValueKind::Index(base, _)
            | ValueKind::Elem(base)
            | ValueKind::Rest(base, _)
            | ValueKind::AfterCall { base, .. }
            | ValueKind::Typed(base, _) => self.is_row(at(*base), depth),
            ValueKind::Phi(options) => options.iter().take(4).any(|option| self.is_row(at(*option), depth)),
            ValueKind::Call(call) => {
                let inputs = self.shared.inputs;
                if inputs.call(gv).is_some() || inputs.user(gv).is_some() || inputs.model_call(gv).is_some() {
                    return false;
                }
                let callees = self.calls.callees(gv).to_vec();
                if callees.iter().any(|c| matches!(c, Abs::Class(_) | Abs::Instance(_))) {
                    return false;
                }
                let functions: Vec<_> = self.calls.functions(gv).collect();
                if !functions.is_empty() {
                    return functions.into_iter().take(2).any(|func| {
                        let returns = program.function(func).returns.clone();
                        returns.into_iter().take(3).any(|value| self.is_row(Gv { func, value }, depth))
                    });
                }
                let (receiver, name) = match program.kind(at(call.callee)) {
                    ValueKind::Field(base, name) => (Some(at(*base)), name.clone()),
                    ValueKind::Free(name) => (None, name.clone()),
                    ValueKind::Import(_) => {
                        (None, program.imported_name(at(call.callee)).unwrap_or_else(|| Sym::from("")))
                    }
                    _ => return false,
                };
                let path = self.external_path(at(call.callee));
                match program.catalogue.passes(program.lang(gv.func), &name, path.as_deref()) {
                    Some(Passes::Nothing) => false,
                    Some(_) => match receiver.filter(|r| !self.is_module(*r)) {
                        Some(receiver) => self.is_row(receiver, depth),
                        None => call.args.first().is_some_and(|arg| self.is_row(at(arg.value), depth)),
                    },
                    None => receiver.is_some() || path.is_some(),
                }
            }
            _ => false,
        }
    }

    /// The state of a graph that a function of it is handed: what the others give under the name that is asked for, and
    /// what the graph is run with. False where it is none, or nothing says it.
    pub(super) fn shared_state(&mut self, state: &State, ix: u32, scope: Scope, queue: &mut Queue) -> bool {
        let program = self.program;
        let func = state.gv.func;
        let Some(class) = program.graphs.state_of(func) else { return false };
        let first = u32::from(program.takes_receiver(func));
        let Some(PathSeg::Field(name, _)) = state.path.first().filter(|_| ix == first) else { return false };
        let name = name.clone();
        let less = state.less(Confidence::Medium);
        let mut found = false;
        for part in program.graphs.parts(class).to_vec() {
            let f = program.function(part);
            if part == func || !f.values.iter().any(|v| gives(&v.kind, &name)) {
                continue;
            }
            let returns = f.returns.clone();
            let exits = self.summary(part, &returns, &state.path, Rc::default());
            found |= !exits.is_empty();
            self.unbound(&less, part, &exits, scope, queue);
        }
        for handed in program.graphs.handed(func).collect::<Vec<_>>() {
            found = true;
            self.elsewhere(&less, handed, state.path.clone(), scope, queue);
        }
        found
    }
}

/// Whether an object that is written out has a member.
fn gives(kind: &ValueKind, name: &str) -> bool {
    match kind {
        ValueKind::Object(entries) => {
            entries.iter().any(|(key, _)| matches!(key, crate::ir::Key::Name(n) if **n == *name))
        }
        _ => false,
    }
}
