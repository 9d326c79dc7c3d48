//! Exceptions: what a call raises, or the promise that it gives fails with.

use std::rc::Rc;

use super::{Note, Queue, State, Tracer};
use crate::ir::{Call, CallKind, ValueId, ValueKind};
use crate::link::{Abs, CallSite, FuncId, Gv};

/// Functions within functions in which a `raise` is looked for.
const RAISED_BELOW: u32 = 5;

impl Tracer<'_> {
    /// What a call may raise, or the promise that it gives fail with.
    pub(super) fn raised(&mut self, state: &State, call: &Call, queue: &mut Queue) {
        let program = self.program;
        let path = state.path.rest();
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let js = program.lang(state.gv.func) == crate::catalogue::Lang::Js;
        let mut outside = true;
        for callee in self.callees_here(state.gv, call) {
            let func = match callee {
                Abs::Func(func, _) => func,
                Abs::Class(class) => match program.constructor(class) {
                    Some(init) => init,
                    None => continue,
                },
                _ => continue,
            };
            outside = false;
            let f = program.function(func);
            let (raises, returns) = (f.raises.clone(), f.returns.clone());
            let site = CallSite::direct(state.gv);
            // What its own calls raise goes on to its caller.
            let escaping: Vec<ValueId> = self.raising(func).to_vec();
            let given = if js { returns } else { Vec::new() };
            for (values, path) in [(raises, &path), (given, &state.path), (escaping, &state.path)] {
                if !values.is_empty() {
                    let context = self.context_at(&site, func);
                    let exits = self.summary(func, &values, path, context);
                    self.apply_at(state, &site, func, &exits, queue);
                }
            }
        }
        if !js || !outside {
            return;
        }
        match program.kind(at(call.callee)) {
            ValueKind::Free(name) if &**name == "Promise" && call.kind == CallKind::New => {
                self.raised_by_callbacks(state, call, &path, queue);
                self.promise(&State { path, ..state.clone() }, call, 1, queue);
            }
            ValueKind::Field(_, name) if &**name == "reject" => {
                for arg in &call.args {
                    self.go(state, at(arg.value), path.clone(), Note::Value, queue);
                }
            }
            ValueKind::Field(base, name) if program.catalogue.is_continuation(name) || &**name == "finally" => {
                self.raised_by_callbacks(state, call, &path, queue);
                self.go(state, at(*base), state.path.clone(), Note::Value, queue);
            }
            _ => {}
        }
    }

    /// The calls of a function that may raise something of the tree which no handler around them takes.
    fn raising(&mut self, func: FuncId) -> Rc<[ValueId]> {
        if let Some(known) = self.raising.get(&func) {
            return known.clone();
        }
        let f = self.program.function(func);
        let mut found = Vec::new();
        for (i, value) in f.values.iter().enumerate() {
            let id = ValueId(u32::try_from(i).unwrap_or(u32::MAX));
            if matches!(&value.kind, ValueKind::Call(_))
                && !f.caught.contains(&id)
                && self.may_raise(Gv { func, value: id }, RAISED_BELOW)
            {
                found.push(id);
            }
        }
        let found: Rc<[ValueId]> = found.into();
        self.raising.insert(func, found.clone());
        found
    }

    /// Whether a call calls a function with a `raise`, itself or below.
    fn may_raise(&mut self, call: Gv, depth: u32) -> bool {
        if self.calls.is_guess(call) {
            return false;
        }
        let callees: Vec<FuncId> = self.calls.functions(call).collect();
        callees.into_iter().any(|func| self.function_raises(func, depth))
    }

    fn function_raises(&mut self, func: FuncId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        if let Some((known, as_deep)) = self.raises.get(&func)
            && (*known || *as_deep >= depth)
        {
            return *known;
        }
        self.raises.insert(func, (false, depth));
        let f = self.program.function(func);
        let found = !f.raises.is_empty()
            || f.values.iter().enumerate().any(|(i, value)| {
                let id = ValueId(u32::try_from(i).unwrap_or(u32::MAX));
                matches!(&value.kind, ValueKind::Call(_))
                    && !f.caught.contains(&id)
                    && self.may_raise(Gv { func, value: id }, depth)
            });
        self.raises.insert(func, (found, depth));
        found
    }
}
