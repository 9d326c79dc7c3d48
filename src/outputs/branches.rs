//! Branches that depend on an answer.

use super::Walk;
use crate::ir::{Branch, Function, Sym, ValueId, ValueKind, operands};
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
                    parts.iter().any(|p| matches!(f.kind_of(*p), ValueKind::Null))
                        || parts.len() < 2
                        || asks_for_member(f, branch, parts)
                        || self.asks_for_tag(f, parts)
                }
                ValueKind::Field(base, name) => works_on(f, branch, gv.value, *base, name),
                _ => true,
            };
            if !nothing && (self.has_effect(gv.func, branch.span) || self.chooses(gv.func)) {
                self.record("decision", gv, "a branch depends on the answer");
            }
        }
    }

    /// `event.type === "text-delta"` asks what kind of a part it is.
    fn asks_for_tag(&self, f: &Function, parts: &[ValueId]) -> bool {
        let catalogue = self.shared.program.catalogue;
        let tag = |part: &ValueId| matches!(f.kind_of(*part), ValueKind::Str(tag) if catalogue.is_answer_tag(tag));
        let member = |part: &ValueId| matches!(f.kind_of(f.before_calls(*part)), ValueKind::Field(_, name) if catalogue.is_answer_tag_member(name));
        parts.iter().any(tag) && parts.iter().any(member)
    }

    /// Whether what the function returns says which part of a graph runs next: `graph.add_conditional_edges("a", f)`.
    fn chooses(&self, func: FuncId) -> bool {
        let program = self.shared.program;
        program.call_graph.callbacks(func).iter().any(|site| {
            let ValueKind::Call(call) = program.kind(site.call) else { return false };
            let callee = program.kind(Gv { func: site.call.func, value: call.callee });
            matches!(callee, ValueKind::Field(_, name) if program.catalogue.chooses_next(name))
        })
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

/// `if "text" in part:` over lines that read `part["text"]` asks whether it is there, not what it says.
fn asks_for_member(f: &Function, branch: &Branch, parts: &[ValueId]) -> bool {
    parts.iter().any(|part| {
        let ValueKind::Str(name) = f.kind_of(*part) else { return false };
        let of_other = |base: ValueId| parts.iter().any(|p| p != part && f.before_calls(*p) == f.before_calls(base));
        let reads = |kind: &ValueKind| match kind {
            ValueKind::Field(base, member) => **member == **name && of_other(*base),
            ValueKind::Index(base, key) => matches!(f.kind_of(*key), ValueKind::Str(k) if k == name) && of_other(*base),
            _ => false,
        };
        f.values.iter().any(|v| is_within(branch, v.span.line) && reads(&v.kind))
    })
}

/// Whether a line is below the condition, where it holds.
fn is_within(branch: &Branch, line: u32) -> bool {
    line > branch.span.line && line >= branch.holds.line && line <= branch.holds.end_line
}

/// `if answer.items:` over lines that work on the items asks whether there are any, not what they say.
fn works_on(f: &Function, branch: &Branch, asked: ValueId, base: ValueId, name: &Sym) -> bool {
    let again = |value: ValueId| {
        let value = f.before_calls(value);
        value == f.before_calls(asked)
            || matches!(f.kind_of(value), ValueKind::Field(b, n) if n == name && f.before_calls(*b) == f.before_calls(base))
    };
    f.values.iter().filter(|v| is_within(branch, v.span.line)).any(|v| {
        let mut used = false;
        operands(&v.kind, |operand| used = used || again(operand));
        used
    })
}
