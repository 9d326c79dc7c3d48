//! What a value holds: a table of the program's own, functions.

use super::Walk;
use crate::ir::ValueKind;
use crate::link::{Abs, Gv};

impl Walk<'_, '_> {
    /// Whether a value is a table of the program's own: an object literal, here or at the top of a module.
    pub(super) fn is_table(&self, gv: Gv) -> bool {
        let program = self.shared.program;
        match program.kind(gv) {
            ValueKind::Object(entries) => !entries.is_empty(),
            ValueKind::Free(name) => {
                program.free(gv.func, name).iter().any(|v| matches!(program.kind(*v), ValueKind::Object(_)))
            }
            ValueKind::Import(_) => {
                program.imported(gv).iter().any(|v| matches!(program.kind(*v), ValueKind::Object(_)))
            }
            _ => false,
        }
    }

    /// Whether a value holds functions: the tools of a call.
    pub(super) fn holds_function(&self, gv: Gv, depth: u32) -> bool {
        let program = self.shared.program;
        let at = |value| Gv { func: gv.func, value };
        if depth == 0 {
            return false;
        }
        match program.kind(gv) {
            ValueKind::Func(_) | ValueKind::Decorated { .. } => true,
            ValueKind::Object(entries) => entries.iter().any(|(_, v)| self.holds_function(at(*v), depth)),
            ValueKind::List(items) => items.iter().any(|(v, _)| self.holds_function(at(*v), depth)),
            ValueKind::Call(call) => {
                call.args.iter().any(|a| self.holds_function(at(a.value), depth - 1))
                    || program.call_graph.callees(gv).iter().any(|c| matches!(c, Abs::Func(..)))
            }
            ValueKind::Free(name) => program.free(gv.func, name).into_iter().any(|v| self.holds_function(v, depth - 1)),
            ValueKind::Import(_) => program.imported(gv).into_iter().any(|v| self.holds_function(v, depth - 1)),
            ValueKind::Phi(options) => options.iter().any(|v| self.holds_function(at(*v), depth - 1)),
            ValueKind::Update { base, value, .. } => {
                self.holds_function(at(*value), depth - 1) || self.holds_function(at(*base), depth - 1)
            }
            ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => self.holds_function(at(*base), depth - 1),
            _ => false,
        }
    }
}
