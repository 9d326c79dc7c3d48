//! Branches that depend on an answer.

use super::Walk;
use crate::ir::ValueKind;
use crate::link::{FuncId, Gv};

impl Walk<'_, '_> {
    pub(super) fn branches(&mut self, gv: Gv) {
        let program = self.shared.program;
        let f = program.function(gv.func);
        for branch in &f.branches {
            if branch.cond != gv.value {
                continue;
            }
            let nothing = match program.kind(gv) {
                // `if answer is not None`: whether there is an answer, not what it says.
                ValueKind::Opaque(parts) => {
                    parts.iter().any(|p| matches!(f.kind_of(*p), ValueKind::Null)) || parts.len() < 2
                }
                _ => !matches!(program.kind(gv), ValueKind::Field(..)),
            };
            if !nothing && self.has_effect(gv.func, branch.span) {
                self.record("decision", gv, "a branch depends on the answer");
            }
        }
    }

    /// Whether the lines that a branch governs do something: call, store, raise.
    fn has_effect(&self, func: FuncId, span: crate::ir::Span) -> bool {
        let f = self.shared.program.function(func);
        f.values.iter().any(|v| {
            v.span.line > span.line
                && v.span.line <= span.end_line
                && matches!(v.kind, ValueKind::Call(_) | ValueKind::Update { .. })
        })
    }
}
