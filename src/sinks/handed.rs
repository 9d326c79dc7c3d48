//! The user's sinks where they are not called by name: bound, applied, or handed to something that calls them.

use super::{Finder, Sent};
use crate::config::SinkRule as Rule;
use crate::ir::{Arg, Call, CallKind, RAISED, Spread, Sym, ValueId, ValueKind};
use crate::link::{Abs, Gv};
use crate::named::refers_to;
use crate::path::{Path, PathSeg};

impl<'p> Finder<'p> {
    /// A sink that a call does not call by its name, and what it is given there.
    pub(super) fn handed(&mut self, gv: Gv, call: &'p Call) -> Option<(&'p Rule, Vec<Sent>)> {
        let program = self.program;
        let at = |value: ValueId| Gv { func: gv.func, value };
        let js = program.lang(gv.func) == crate::catalogue::Lang::Js;
        let args = |from: usize| call.args.iter().skip(from).map(|a| sent(gv, a)).collect::<Vec<_>>();
        if let ValueKind::Field(base, name) = program.kind(at(call.callee)) {
            if js && matches!(&**name, "call" | "apply" | "bind") {
                // `ask.call(null, text)`
                if let Some(rule) = self.rule_of(at(*base)) {
                    return Some((rule, args(1)));
                }
            }
            if matches!(program.kind(at(*base)), ValueKind::Free(n) if &**n == "Reflect")
                && let Some(arg) = call.args.first()
                && let Some(rule) = self.rule_of(at(arg.value))
            {
                return Some((rule, args(if &**name == "apply" { 2 } else { 1 })));
            }
        }
        // `ask.bind(null)(text)`, `partial(ask)(text)`
        if let ValueKind::Call(made) = program.kind(at(call.callee)) {
            let of = match program.kind(at(made.callee)) {
                ValueKind::Field(base, name) if js && &**name == "bind" => Some(at(*base)),
                _ if !js => made.args.first().map(|a| at(a.value)),
                _ => None,
            };
            if let Some(of) = of
                && (js || self.is_partial(at(made.callee)))
                && let Some(rule) = self.rule_of(of)
            {
                let mut all: Vec<Sent> = made.args.iter().skip(1).map(|a| sent(gv, a)).collect();
                all.extend(args(0));
                return Some((rule, all));
            }
        }
        if call.kind == CallKind::New && js
            || program.call_graph.callees(gv).iter().any(|c| matches!(c, Abs::Func(..)))
            || self.is_partial(at(call.callee))
        {
            return None;
        }
        let (n, rule) = call.args.iter().enumerate().take(4).find_map(|(n, arg)| {
            let value = at(arg.value);
            (!matches!(program.kind(value), ValueKind::Func(_))).then_some(())?;
            Some((n, self.rule_of(value)?))
        })?;
        Some((rule, self.given(gv, call, n)))
    }

    /// What a library's function gives to the function that is its `n`-th argument.
    fn given(&mut self, gv: Gv, call: &Call, n: usize) -> Vec<Sent> {
        let program = self.program;
        let catalogue = program.catalogue;
        let at = |value: ValueId| Gv { func: gv.func, value };
        let (receiver, name) = match program.kind(at(call.callee)) {
            ValueKind::Field(base, name) => (Some(at(*base)), name.clone()),
            ValueKind::Free(name) => (None, name.clone()),
            _ => (None, program.imported_name(at(call.callee)).unwrap_or_else(|| Sym::from(""))),
        };
        let content = |value, path| Sent { role: "content", value, path };
        if let Some(receiver) = receiver {
            if catalogue.is_continuation(&name) && n == 0 {
                return vec![content(receiver, Path::whole())];
            }
            if catalogue.is_continuation(&name) || &*name == "catch" {
                return vec![content(receiver, Path::of(vec![PathSeg::Field(Sym::from(RAISED), None)]))];
            }
            if catalogue.is_iteration(&name) && n == 0 && !matches!(program.kind(receiver), ValueKind::Import(_)) {
                return vec![content(receiver, Path::of(vec![PathSeg::Elem]))];
            }
        }
        let elements = catalogue.is_iteration(&name);
        let others = call.args.iter().enumerate().filter(|(i, _)| *i != n);
        others
            .map(|(_, arg)| {
                let path = if elements { Path::of(vec![PathSeg::Elem]) } else { Path::whole() };
                Sent { path, ..sent(gv, arg) }
            })
            .collect()
    }

    fn is_partial(&mut self, callee: Gv) -> bool {
        let lang = self.program.lang(callee.func);
        self.resolver.resolve(callee).iter().any(|abs| match abs {
            Abs::Ext(path) => self.program.catalogue.wrapper(lang, path) == Some(crate::catalogue::Wrapper::Partial),
            _ => false,
        })
    }

    fn rule_of(&mut self, value: Gv) -> Option<&'p Rule> {
        self.config.sinks.iter().find(|rule| refers_to(self.program, &mut self.resolver, value, &rule.call))
    }
}

fn sent(gv: Gv, arg: &Arg) -> Sent {
    let path = if arg.spread == Spread::None { Path::whole() } else { Path::of(vec![PathSeg::Elem]) };
    Sent { role: "content", value: Gv { func: gv.func, value: arg.value }, path }
}
