//! Constant arguments: what a function gives to a call whose constants decide its conditions.

use super::{Context, Given, Tracer};
use crate::catalogue::Lang;
use crate::ir::{FnKind, Literal, Spread, Sym, ValueId, ValueKind};
use crate::link::{CallSite, FuncId, Gv, bind};

impl Tracer<'_> {
    /// The constants that a call gives to parameters that decide what comes back.
    pub(super) fn add_constants(&mut self, site: &CallSite, func: FuncId, context: &mut Context) {
        let program = self.program;
        let f = program.function(func);
        // What a function makes another one of may call it by a name that is not seen.
        let is_lambda = |func: FuncId| program.function(func).kind == FnKind::Lambda;
        if is_lambda(func) && program.parent(func).is_some_and(is_lambda) {
            return;
        }
        let asked = f.only_when.values().flatten().map(|when| (when.param, when.member.clone()));
        let mut deciding: Vec<(u32, Option<Sym>)> = asked.collect();
        deciding.sort_unstable();
        deciding.dedup();
        for (ix, member) in deciding {
            let Some(param) = f.params.get(ix as usize) else { continue };
            if let Some(name) = member {
                // `{ kind: "text", … }`, written out at the call or before it.
                if let [bound] = bind(program, site, func, ix).as_slice()
                    && bound.path.is_empty()
                    && bound.of.is_none()
                    && let (held, true) = self.resolver.stored(bound.gv(site.call.func), &name, 0)
                    && let [held] = held.as_slice()
                    && let Some(literal) = Literal::of(program.kind(*held)).filter(|l| *l != Literal::Null)
                {
                    context.constants.push(((func, ix, Some(name)), literal));
                }
                continue;
            }
            let literal = match bind(program, site, func, ix).as_slice() {
                [bound] if bound.path.is_empty() && bound.of.is_none() => self.literal_of(bound.gv(site.call.func)),
                [] if *site == CallSite::direct(site.call) && gives_each_by_itself(program.kind(site.call)) => {
                    param.default.and_then(|value| Literal::of(program.kind(Gv { func, value })))
                }
                _ => None,
            };
            // `undefined` asks for the default.
            let default = literal == Some(Literal::Null) && program.lang(func) == Lang::Js;
            if let Some(literal) = literal.filter(|_| !default) {
                context.constants.push(((func, ix, None), literal));
            }
        }
    }

    /// The constant that a value is, here or by what this function was called with.
    fn literal_of(&self, gv: Gv) -> Option<Literal> {
        if let ValueKind::Typed(inner, _) = self.program.kind(gv) {
            return self.literal_of(Gv { func: gv.func, value: *inner });
        }
        Literal::of(self.program.kind(gv)).or_else(|| {
            let (func, ix) = self.param_behind(gv, 3).filter(|_| !self.context.constants.is_empty())?;
            let param = (func, ix, None);
            self.context.constants.iter().find(|(p, _)| *p == param).map(|(_, literal)| literal.clone())
        })
    }

    /// Whether a value is never this one of several where the function is called as it is.
    pub(super) fn is_ruled_out(&self, gv: Gv, option: ValueId) -> bool {
        if self.context.constants.is_empty() {
            return false;
        }
        let Some(when) = self.program.function(gv.func).only_when.get(&(gv.value, option)) else { return false };
        when.iter().any(|w| {
            let of = |p: &Given| (p.0, p.1) == (gv.func, w.param) && p.2 == w.member;
            let given = self.context.constants.iter().find(|(p, _)| of(p));
            given.is_some_and(|(_, literal)| w.is_ruled_out(literal))
        })
    }
}

/// Whether no argument of a call is a list or a mapping of several.
fn gives_each_by_itself(call: &ValueKind) -> bool {
    matches!(call, ValueKind::Call(call) if call.args.iter().all(|a| a.spread == Spread::None))
}
