//! Calls that are seen through: what they are given is called, or comes back as it is.

use super::{Note, Path, PathSeg, Queue, State, Tracer};
use crate::catalogue::Wrapper;
use crate::ir::{Call, Spread, ValueId};
use crate::link::{CallSite, Gv};

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
            Wrapper::CallArgument(n) => {
                let Some(arg) = call.args.get(n) else { return };
                let inputs = self.shared.inputs;
                if !self.constants && inputs.drops_by(self.program, &mut self.resolver, at(arg.value)) {
                    return;
                }
                let functions = self.functions_of(at(arg.value));
                if functions.is_empty() && !self.constants {
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
}
