//! Single steps of "where does this come from" and "where is this called", for what needs no full answer.

use super::{FuncId, Gv, Program, to_u32};
use crate::ir::{CallKind, Key, ValueId, ValueKind};

impl Program<'_> {
    /// The special method that an operator calls, or else the one that it mostly does.
    #[must_use]
    pub(crate) fn operator<'a>(&'a self, gv: Gv, mostly: &'a str) -> &'a str {
        self.function(gv.func).operators.get(&gv.value).map_or(mostly, |name| name)
    }

    /// The value that a name, a version or a type annotation stands for, where there is only one.
    #[must_use]
    pub(crate) fn origin(&self, gv: Gv) -> Gv {
        let mut at = gv;
        for _ in 0..24 {
            let next = match self.kind(at) {
                ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                    Gv { func: at.func, value: *base }
                }
                ValueKind::Free(name) => match self.free(at.func, name).as_slice() {
                    [one] if *one != at => *one,
                    _ => return at,
                },
                ValueKind::Import(_) => match self.imported(at).as_slice() {
                    [one] if *one != at => *one,
                    _ => return at,
                },
                ValueKind::Phi(options) => match options.as_slice() {
                    [one, other]
                        if matches!(self.kind(Gv { func: at.func, value: *other }), ValueKind::Captured(_)) =>
                    {
                        Gv { func: at.func, value: *one }
                    }
                    _ => return at,
                },
                _ => return at,
            };
            at = next;
        }
        at
    }

    /// The same, through the members of object literals, so many levels deep.
    #[must_use]
    pub(crate) fn member_origin(&self, gv: Gv, depth: u32) -> Gv {
        let at = self.origin(gv);
        let (ValueKind::Field(base, name), Some(depth)) = (self.kind(at), depth.checked_sub(1)) else { return at };
        let object = self.member_origin(Gv { func: at.func, value: *base }, depth);
        let ValueKind::Object(entries) = self.kind(object) else { return at };
        let member = entries.iter().find_map(|(key, value)| match key {
            Key::Name(n) if n == name => Some(*value),
            _ => None,
        });
        member.map_or(at, |value| self.member_origin(Gv { func: object.func, value }, depth))
    }

    /// The calls of a function that a value holds: by its name in the function that has it and in those inside of it,
    /// and in components and functions of the tree that it is handed to.
    #[must_use]
    pub(crate) fn calls_of(&self, held: Gv) -> Vec<Gv> {
        let mut found = Vec::new();
        self.calls_within(held, 4, &mut found);
        found
    }

    fn calls_within(&self, held: Gv, depth: u32, found: &mut Vec<Gv>) {
        if depth == 0 {
            return;
        }
        for func in self.functions_of(self.file_of(held.func)) {
            if func != held.func && !self.is_inside(func, held.func) {
                continue;
            }
            let f = self.function(func);
            let is_it = |value: ValueId| self.origin(Gv { func, value }) == held;
            for (i, value) in f.values.iter().enumerate() {
                let ValueKind::Call(call) = &value.kind else { continue };
                let gv = Gv { func, value: ValueId(to_u32(i)) };
                if is_it(call.callee) {
                    if !found.contains(&gv) {
                        found.push(gv);
                    }
                    continue;
                }
                let callees: Vec<FuncId> = self.call_graph.functions(gv).collect();
                for (n, arg) in call.args.iter().enumerate() {
                    match f.kind_of(arg.value) {
                        ValueKind::Object(entries) => {
                            for (key, value) in entries {
                                if let Key::Name(name) = key
                                    && is_it(*value)
                                {
                                    for callee in &callees {
                                        self.calls_of_member(*callee, n, name, depth - 1, found);
                                    }
                                }
                            }
                        }
                        _ if call.kind != CallKind::Jsx && is_it(arg.value) => {
                            for callee in &callees {
                                if let Some(param) = self.function(*callee).params.get(n) {
                                    self.calls_within(Gv { func: *callee, value: param.value }, depth - 1, found);
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// The calls of a member of a parameter: a property of a component.
    fn calls_of_member(&self, func: FuncId, param: usize, name: &str, depth: u32, found: &mut Vec<Gv>) {
        let f = self.function(func);
        let Some(param) = f.params.get(param) else { return };
        for (i, value) in f.values.iter().enumerate() {
            if let ValueKind::Field(base, n) = &value.kind
                && **n == *name
                && self.origin(Gv { func, value: *base }).value == param.value
            {
                self.calls_within(Gv { func, value: ValueId(to_u32(i)) }, depth, found);
            }
        }
    }

    /// Whether a function is written inside of another.
    #[must_use]
    pub(crate) fn is_inside(&self, func: FuncId, outer: FuncId) -> bool {
        let mut at = self.parent(func);
        while let Some(f) = at {
            if f == outer {
                return true;
            }
            at = self.parent(f);
        }
        false
    }

    /// The names of a chain of members, outermost last: `trpc.ai.compose` → `trpc`, `ai`, `compose`.
    #[must_use]
    pub(crate) fn chain(&self, gv: Gv) -> Vec<crate::ir::Sym> {
        let mut names = Vec::new();
        let mut at = gv;
        for _ in 0..12 {
            match self.kind(at) {
                ValueKind::Field(base, name) => {
                    names.push(name.clone());
                    at = Gv { func: at.func, value: *base };
                }
                ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                    at = Gv { func: at.func, value: *base };
                }
                ValueKind::Call(call) => {
                    if let ValueKind::Field(..) = self.kind(Gv { func: at.func, value: call.callee }) {
                        at = Gv { func: at.func, value: call.callee };
                        continue;
                    }
                    names.push(crate::ir::Sym::from(""));
                    break;
                }
                ValueKind::Free(name) => {
                    names.push(name.clone());
                    break;
                }
                _ => {
                    names.push(crate::ir::Sym::from(""));
                    break;
                }
            }
        }
        names.reverse();
        names
    }
}
