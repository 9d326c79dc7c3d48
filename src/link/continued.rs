//! What calls give that are handed a function: mapped lists, and what follows on a promise.

use super::abs::Abs;
use super::{Gv, Resolver};
use crate::ir::{Call, ValueKind};

impl Resolver<'_> {
    /// What the function gives that a list is mapped with.
    pub(super) fn mapped(&mut self, gv: Gv, call: &Call, name: &str) -> Vec<Abs> {
        let Some(function) = call.args.first() else { return Vec::new() };
        let mut found = Vec::new();
        for abs in self.resolve(Gv { func: gv.func, value: function.value }) {
            if let Abs::Func(func, _) = abs {
                found.extend(self.returned(func));
            }
        }
        if self.program.catalogue.is_fold(name) {
            return found;
        }
        let list = |abs| match abs {
            Abs::Seq(_) => abs,
            one => Abs::Seq(Box::new(one)),
        };
        found.into_iter().map(list).collect()
    }

    /// `promise.then(f)` is what `f` gives; `promise.catch(f)` what the promise holds.
    pub(super) fn continued(&mut self, gv: Gv, call: &Call) -> Option<Vec<Abs>> {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        let ValueKind::Field(receiver, name) = program.kind(at(call.callee)) else { return None };
        if matches!(&**name, "catch" | "finally") {
            return Some(self.resolve(at(*receiver)));
        }
        if !program.catalogue.is_continuation(name) {
            return None;
        }
        let arg = call.args.first()?;
        let mut found = Vec::new();
        for abs in self.resolve(at(arg.value)) {
            if let Abs::Func(f, _) = abs {
                found.extend(if self.is_identity(f) { self.resolve(at(*receiver)) } else { self.returned(f) });
            }
        }
        Some(found)
    }
}
