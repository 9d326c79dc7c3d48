//! Calls that are seen through, and what kind of thing stands behind a call: what it is given is called, or comes back.

use super::{Note, Path, PathSeg, Queue, State, Tracer};
use crate::catalogue::Wrapper;
use crate::ir::{Call, Spread, ValueId, ValueKind};
use crate::link::{Abs, CallSite, Gv};

impl Tracer<'_> {
    pub(super) fn wrapped(&mut self, state: &State, call: &Call, wrapper: Wrapper, queue: &mut Queue) {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        match wrapper {
            Wrapper::Callable | Wrapper::Partial => {
                let inputs = self.shared.inputs;
                if let Some(arg) = call.args.first()
                    && !inputs.drops_by(self.program, &mut self.resolver, at(arg.value))
                {
                    self.go(state, at(arg.value), state.path.clone(), Note::Value, queue);
                }
            }
            Wrapper::Value => self.gathered(state, call, queue),
            // A component that is loaded late is no data.
            Wrapper::Default(_) => {}
            Wrapper::CallArgument(n) => {
                let Some(arg) = call.args.get(n) else { return };
                let inputs = self.shared.inputs;
                if !self.constants && inputs.drops_by(self.program, &mut self.resolver, at(arg.value)) {
                    return;
                }
                let functions = self.functions_of(at(arg.value));
                let asks = matches!(self.program.kind(at(arg.value)), ValueKind::Field(_, name)
                    if self.program.catalogue.asks(name));
                if functions.is_empty() && !self.constants && !asks {
                    self.called_outside(state, call, n, queue);
                }
                for func in functions {
                    let returns = self.program.function(func).returns.clone();
                    let site = CallSite::shifted(state.gv, n);
                    let context = self.context_at(&site, func);
                    let exits = self.summary(func, &returns, &state.path, context);
                    self.apply_at(state, &site, func, &exits, queue);
                }
            }
        }
    }

    /// `asyncio.gather(a, b)`, `Promise.all([a, b])`, `wait_for(x)`: the results by position.
    fn gathered(&mut self, state: &State, call: &Call, queue: &mut Queue) {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let plain: Vec<_> = call.args.iter().filter(|a| a.name.is_none()).collect();
        if plain.len() == 1 && plain[0].spread == Spread::None {
            self.go(state, at(plain[0].value), state.path.clone(), Note::Value, queue);
            return;
        }
        let index = match state.path.first() {
            Some(PathSeg::Field(name, _)) => name.parse::<usize>().ok(),
            _ => None,
        };
        for (i, arg) in plain.iter().enumerate() {
            let path = match (arg.spread, state.path.first()) {
                (Spread::None, None) => Path::whole(),
                (Spread::None, _) if index.is_some_and(|n| n != i) => continue,
                (Spread::None, _) => state.path.rest(),
                (_, None) => Path::whole(),
                _ => state.path.rest().prefixed(PathSeg::Elem),
            };
            self.go(state, at(arg.value), path, Note::Value, queue);
        }
    }

    /// A function without a body that gives anything, of which the type says what it gives: of a protocol, of a base class.
    pub(super) fn is_declared_only(&self, callee: &Abs) -> bool {
        let Abs::Func(func, _) = callee else { return false };
        let f = self.program.function(*func);
        f.return_type.is_some() && f.returns.is_empty()
    }

    /// Whether the receiver is a client, store or module: it carries settings, not data.
    pub(super) fn is_service(&mut self, receiver: Gv) -> bool {
        self.resolver.resolve(receiver).iter().any(|abs| match abs {
            Abs::Typed { .. } | Abs::Module(_) | Abs::Class(_) => true,
            Abs::Ext(path) => !path.contains('('),
            _ => false,
        })
    }

    /// Whether a value that resolves to something of a library is text all the same: a parameter, or part of an input.
    pub(super) fn holds_text(&self, receiver: Gv) -> bool {
        let mut at = receiver;
        for _ in 0..6 {
            if self.shared.inputs.read(at).is_some() || self.shared.inputs.user(at).is_some() {
                return true;
            }
            at.value = match self.program.kind(at) {
                ValueKind::Field(base, _)
                | ValueKind::Index(base, _)
                | ValueKind::AfterCall { base, .. }
                | ValueKind::Typed(base, _) => *base,
                ValueKind::Param(_) => return at == receiver,
                _ => return false,
            };
        }
        false
    }
}
