//! Parameters that are marked as input: by what stands as their default (`Body(...)`, `Depends(get_current_user)`), or by
//! a decorator (`@Body()`).

use super::{Matcher, input_of};
use crate::catalogue::InputBy;
use crate::ir::{ValueId, ValueKind};
use crate::link::{FuncId, to_u32};

impl Matcher<'_, '_> {
    pub(super) fn marked(&mut self) {
        for (i, param) in self.f.params.iter().enumerate() {
            let place = (self.func, to_u32(i));
            if let Some(default) = param.default
                && let ValueKind::Call(call) = self.f.kind_of(default)
            {
                // What `Depends` is given says more than `Depends`.
                let given = call.args.first().map(|arg| arg.value);
                for value in given.into_iter().chain([call.callee]) {
                    self.mark(place, InputBy::ParamDefault, value);
                }
            }
            let Some(parent) = self.program.parent(self.func).filter(|_| !param.decorators.is_empty()) else {
                continue;
            };
            let outer = self.program.function(parent);
            for decorator in &param.decorators {
                let callee = match outer.kind_of(*decorator) {
                    ValueKind::Call(call) => call.callee,
                    _ => *decorator,
                };
                let mut there = Matcher::new(self.program, self.config, parent, self.resolver);
                there.mark(place, InputBy::ParamDecorator, callee);
                let marked = std::mem::take(&mut there.out.params);
                self.out.params.extend(marked);
            }
        }
    }

    fn mark(&mut self, place: (FuncId, u32), by: InputBy, value: ValueId) {
        let (path, names) = self.names(value);
        // `.get_current_user` fits the bare name as well.
        let words: Vec<&str> = [""].into_iter().chain(names.iter().map(|n| &**n)).collect();
        let rows = self.catalogue.inputs_by(self.lang, by, path.as_deref(), &words);
        if let Some(row) = rows.into_iter().find(|r| self.concerns(&r.with_import, path.as_deref())) {
            self.out.params.entry(place).or_insert_with(|| input_of(row));
        }
    }
}
