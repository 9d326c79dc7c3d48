//! Schemas: which one a validated value keeps to, and what values of a schema are.

use super::abs::Abs;
use super::{FuncId, Gv, Resolver};
use crate::ir::{Call, ClassKind, ValueKind};

impl Resolver<'_> {
    /// `procedure.input(schema).mutation(({ input }) => …)`: the member of a handler's parameter whose schema the chain
    /// was given that the handler was given to.
    pub(super) fn validated_member(&mut self, handler: FuncId, name: &str) -> Vec<Abs> {
        let program = self.program;
        let Some(calls) = self.calls else { return Vec::new() };
        if program.catalogue.remote.validators(name).next().is_none() {
            return Vec::new();
        }
        for site in calls.callbacks(handler) {
            let mut at = site.call;
            for _ in 0..10 {
                let ValueKind::Call(call) = program.kind(at) else { break };
                let callee = Gv { func: at.func, value: call.callee };
                let ValueKind::Field(receiver, method) = program.kind(callee) else { break };
                if program.catalogue.remote.validators(name).any(|m| m == &**method)
                    && let Some(arg) = call.args.first()
                {
                    let found = self.schemas_in(Gv { func: at.func, value: arg.value }, 6);
                    if !found.is_empty() {
                        return found;
                    }
                }
                at = program.origin(Gv { func: at.func, value: *receiver });
            }
        }
        Vec::new()
    }

    /// `c.req.valid("json")`: the schema that stands beside the handler where the route is declared.
    pub(super) fn validated_call(&mut self, gv: Gv, call: &Call) -> Vec<Abs> {
        let program = self.program;
        let Some(calls) = self.calls else { return Vec::new() };
        let ValueKind::Field(_, name) = program.kind(Gv { func: gv.func, value: call.callee }) else {
            return Vec::new();
        };
        if !program.catalogue.remote.validated.contains(&**name) {
            return Vec::new();
        }
        for site in calls.callbacks(gv.func) {
            let ValueKind::Call(route) = program.kind(site.call) else { continue };
            for arg in &route.args {
                let ValueKind::Call(validator) = program.kind(Gv { func: site.call.func, value: arg.value }) else {
                    continue;
                };
                let same_part = match (call.args.first(), validator.args.first()) {
                    (Some(a), Some(b)) => {
                        let text = |func, value| match program.kind(Gv { func, value }) {
                            ValueKind::Str(s) => Some(s.clone()),
                            _ => None,
                        };
                        text(gv.func, a.value) == text(site.call.func, b.value)
                    }
                    _ => false,
                };
                if same_part && let Some(schema) = validator.args.get(1) {
                    return self.schemas_in(Gv { func: site.call.func, value: schema.value }, 6);
                }
            }
        }
        Vec::new()
    }

    /// The schemas behind `z.array(itemSchema).optional()`: instances of them, or sequences of these.
    pub(super) fn schemas_in(&mut self, gv: Gv, depth: u32) -> Vec<Abs> {
        if depth == 0 {
            return Vec::new();
        }
        let program = self.program;
        if let Some(class) = program.schemas.get(&gv) {
            return vec![Abs::Instance(*class)];
        }
        let at = |value| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::Call(call) => {
                let ValueKind::Field(receiver, name) = program.kind(at(call.callee)) else { return Vec::new() };
                let mut inner: Vec<Abs> =
                    call.args.iter().flat_map(|a| self.schemas_in(at(a.value), depth - 1)).collect();
                if inner.is_empty() {
                    inner = self.schemas_in(at(*receiver), depth - 1);
                }
                if matches!(&**name, "array" | "record" | "set" | "map") {
                    inner = inner.into_iter().map(|abs| Abs::Seq(Box::new(abs))).collect();
                }
                inner
            }
            ValueKind::Free(_) | ValueKind::Import(_) => {
                let mut found: Vec<Abs> = Vec::new();
                for abs in self.resolve(gv) {
                    if let Abs::Class(c) = abs
                        && program.class(c).kind == ClassKind::Schema
                    {
                        found.push(Abs::Instance(c));
                    }
                }
                if found.is_empty() {
                    // A name for a schema without fields of its own: `z.enum`, `z.union([a, b])`.
                    let defs = match program.kind(gv) {
                        ValueKind::Free(name) => program.free(gv.func, name),
                        _ => program.imported(gv),
                    };
                    found = defs.into_iter().flat_map(|d| self.schemas_in(d, depth - 1)).collect();
                }
                found
            }
            ValueKind::List(items) => items.iter().flat_map(|(v, _)| self.schemas_in(at(*v), depth - 1)).collect(),
            _ => Vec::new(),
        }
    }
}
