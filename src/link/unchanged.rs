//! Parts of an object that calls were given and left as they were: `print(order.note)` makes a later version of the order,
//! but puts nothing into it.

use super::{Abs, Gv, Program};
use crate::ir::{ArgRole, ValueKind};

impl Program<'_> {
    /// Whether what was stored is the part itself, as it was read, after calls that change nothing of it.
    pub(crate) fn only_read(&self, stored: Gv) -> bool {
        let mut at = stored;
        for _ in 0..12 {
            match self.kind(at) {
                ValueKind::AfterCall { base, call, role }
                    if self.leaves(Gv { func: at.func, value: *call }, at, *role) =>
                {
                    at = Gv { func: at.func, value: *base };
                }
                ValueKind::Field(..) | ValueKind::Index(..) | ValueKind::Elem(_) => return at != stored,
                _ => return false,
            }
        }
        false
    }

    /// Whether a call surely leaves a value that it is given, or is on, as it was.
    fn leaves(&self, call: Gv, after: Gv, role: ArgRole) -> bool {
        let ValueKind::Call(c) = self.kind(call) else { return false };
        let lang = self.lang(after.func);
        let callee = Gv { func: call.func, value: c.callee };
        let inert = |abs: &Abs| match abs {
            Abs::Class(class) => self.constructor(*class).is_none() && self.method(*class, "__new__").is_none(),
            Abs::Ext(path) => {
                !self.catalogue.puts_into_first(path) && self.catalogue.file(lang, Some(path), &[]).is_none()
            }
            Abs::Func(..) | Abs::Instance(_) => false,
            _ => true,
        };
        if !self.call_graph.callees(call).iter().all(inert) {
            return false;
        }
        match (role, self.kind(callee)) {
            (ArgRole::Receiver, ValueKind::Field(_, name)) => !self.catalogue.is_mutator(name),
            (ArgRole::Receiver, _) => false,
            (ArgRole::Arg(_), ValueKind::Field(_, name)) => !matches!(&**name, "apply" | "call"),
            (ArgRole::Arg(_), ValueKind::Free(name)) => {
                !self.catalogue.puts_into_first(name) && !matches!(&**name, "print" | "delattr")
            }
            (ArgRole::Arg(_), ValueKind::Import(_)) => !self.call_graph.callees(call).is_empty(),
            _ => false,
        }
    }
}
