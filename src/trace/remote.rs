//! From one part of the repository to another: what a client sends to a handler, what a procedure gives back, and what
//! is kept in the state of a component.

use super::{Exit, Note, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::inventory::Confidence;
use crate::ir::{Call, Sym, ValueId, ValueKind};
use crate::link::{Abs, FuncId, Gv};
use crate::path::Overlap;
use crate::remote::in_body;

impl Tracer<'_> {
    /// From a handler's parameter to what its callers elsewhere in the tree send.
    pub(super) fn clients(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let shared = self.shared;
        let sent = shared.inputs.remote.sent_to(state.gv.func);
        if sent.is_empty() || self.constants {
            return;
        }
        let Some(asked) = in_body(&self.program.catalogue.remote, &state.path) else { return };
        let less = State { declared: false, ..state.less(Confidence::Medium) };
        for one in sent {
            let rest = if one.members.is_empty() {
                asked.clone()
            } else {
                // One message of those that are sent.
                match asked.first() {
                    None => Path::whole(),
                    Some(PathSeg::Field(name, _)) if one.members.iter().any(|m| **m == **name) => {
                        let inner = asked.rest();
                        match inner.first() {
                            Some(PathSeg::Elem | PathSeg::Iter) => inner.rest(),
                            Some(PathSeg::Field(n, _)) if n.parse::<i64>().is_ok() => inner.rest(),
                            _ => inner,
                        }
                    }
                    Some(_) => continue,
                }
            };
            let path = one.path.segs().iter().rev().fold(rest, |path, seg| path.prefixed(seg.clone()));
            self.elsewhere(&less, one.value, path, scope, queue);
        }
    }

    /// What a procedure that is called by its name gives. False where the call is none.
    pub(super) fn answered(&mut self, state: &State, queue: &mut Queue) -> bool {
        let shared = self.shared;
        let Some(answer) = shared.inputs.remote.answer(state.gv) else { return false };
        let mut path = state.path.clone();
        if answer.hook {
            match path.first() {
                Some(PathSeg::Field(name, _)) if self.program.catalogue.remote.answers.contains(&**name) => {
                    path = path.rest();
                }
                None => {}
                Some(_) => return true,
            }
        } else if let Some(PathSeg::Field(name, _)) = path.first()
            && self.program.catalogue.remote.answers.contains(&**name)
            && answer.handlers.iter().all(|h| self.program.function(*h).returns.is_empty())
        {
            path = path.rest();
        }
        let less = state.less(Confidence::Medium);
        for handler in &answer.handlers {
            let name = self.program.function(*handler).name.clone();
            let chain = self.link(state.gv, Note::ReturnedBy(name), less.chain);
            let inner = State { chain, ..less.clone() };
            let returns = self.program.function(*handler).returns.clone();
            let exits = self.summary(*handler, &returns, &path, std::rc::Rc::default());
            self.apply_without_call(&inner, &exits, queue);
        }
        true
    }

    /// `const [text, setText] = useState("")`: the first value, and what the function is called with.
    pub(super) fn component_state(&mut self, state: &State, call: &Call, name: &str, queue: &mut Queue) -> bool {
        let program = self.program;
        let words = &program.catalogue.remote;
        let reducer = call.args.first().filter(|_| words.reducers.contains(name));
        if reducer.is_none() && !words.states.contains(name) {
            return false;
        }
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let reducers = reducer.map_or_else(Vec::new, |arg| self.functions_of(at(arg.value)));
        if reducer.is_some() && reducers.is_empty() {
            return false;
        }
        let rest = match state.path.first() {
            None => Path::whole(),
            Some(PathSeg::Field(n, _)) if &**n == "0" => state.path.rest(),
            Some(PathSeg::Elem | PathSeg::Iter) => state.path.rest(),
            Some(_) => return true,
        };
        let typed = State { path: rest.clone(), ..state.clone() };
        self.typed(&typed, queue);
        let mut dispatched: Vec<Gv> = Vec::new();
        let f = program.function(state.gv.func);
        for (i, value) in f.values.iter().enumerate() {
            if let ValueKind::Field(base, n) = &value.kind
                && &**n == "1"
                && *base == state.gv.value
            {
                let setter = at(ValueId(u32::try_from(i).unwrap_or(u32::MAX)));
                for called in program.calls_of(setter) {
                    if let ValueKind::Call(c) = program.kind(called)
                        && let Some(arg) = c.args.first()
                    {
                        dispatched.push(Gv { func: called.func, value: arg.value });
                    }
                }
            }
        }
        let mut given: Vec<Gv> = Vec::new();
        if reducer.is_some() {
            // `useReducer(reduce, start, makeFirst)`
            let first = call.args.get(2).or(call.args.get(1));
            given.extend(first.map(|a| at(a.value)));
            self.reduced(&typed, &reducers, &dispatched, queue);
        } else {
            given.extend(call.args.first().map(|a| at(a.value)));
            given.extend(dispatched);
        }
        for gv in given {
            let path = match program.kind(gv) {
                ValueKind::Func(_) => rest.prefixed(PathSeg::Ret),
                _ => rest.clone(),
            };
            self.go(state, gv, path, Note::Value, queue);
        }
        true
    }

    /// What reducers make of the state that they change, and of what is dispatched.
    fn reduced(&mut self, state: &State, reducers: &[FuncId], dispatched: &[Gv], queue: &mut Queue) {
        for func in reducers {
            let returns = self.program.function(*func).returns.clone();
            let exits = self.summary(*func, &returns, &state.path, std::rc::Rc::default());
            for exit in exits.iter() {
                let Exit::Param { index, path, end } = exit else {
                    self.pass_on(state, exit, state.chain, queue);
                    continue;
                };
                if *index == 0 {
                    let path = path.prefixed(PathSeg::Field(Sym::from("0"), None));
                    queue.push(State { path, ..self.resume(state, *end, state.chain) });
                    continue;
                }
                let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                for gv in dispatched {
                    let via = match end.under.filter(|via| via.of == *func && via.param == *index) {
                        Some(via) => self.under_key_of(via, Some(*gv)),
                        None => Some(inner.via),
                    };
                    if let Some(via) = via {
                        queue.push(State { gv: *gv, via, ..inner.clone() });
                    }
                }
            }
        }
    }

    /// A file of the program's own: what was written into it. False where the call reads none.
    pub(super) fn file_content(&mut self, state: &State, scope: Scope, queue: &mut Queue) -> bool {
        let shared = self.shared;
        let Some(written) = shared.inputs.files.read(self.program, state.gv, &state.path) else { return false };
        let less = State { declared: false, ..state.less(Confidence::Medium) };
        for (value, path) in written {
            self.elsewhere(&less, value, path, scope, queue);
        }
        true
    }

    /// A file that is read by the path it was given to the program under: what somebody uploaded.
    pub(super) fn file_of_a_user(&mut self, state: &State, input: &crate::inputs::Input, queue: &mut Queue) {
        if input.kind == "file_read"
            && let Some(named) = self.path_read(state.gv)
        {
            self.go(state, named, Path::content_of_file(), Note::Value, queue);
        }
    }

    /// The path that a call reads from: its first argument, or that of the call that opened what it is called on.
    fn path_read(&self, call: Gv) -> Option<Gv> {
        let program = self.program;
        let ValueKind::Call(c) = program.kind(call) else { return None };
        let at = |value: ValueId| Gv { func: call.func, value };
        match program.kind(at(c.callee)) {
            ValueKind::Field(base, _) if c.args.is_empty() => {
                let opened = program.first_version(at(*base));
                match program.kind(opened) {
                    ValueKind::Call(c) => c.args.first().map(|a| at(a.value)),
                    _ => Some(opened),
                }
            }
            _ => c.args.first().map(|a| at(a.value)),
        }
    }

    /// From what makes a path of a value to that value: `Path(x)`, `str(x)`, `x.resolve()`.
    pub(super) fn path_made(&mut self, state: &State, call: &Call, receiver: Option<Gv>, queue: &mut Queue) {
        let of = match (call.args.as_slice(), receiver) {
            ([one], _) => Gv { func: state.gv.func, value: one.value },
            ([], Some(receiver)) => receiver,
            _ => return,
        };
        self.go(state, of, state.path.clone(), Note::Value, queue);
    }

    /// An object that other code has as well: what it puts into the attribute that is asked for.
    pub(super) fn loosely_stored(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return };
        if self.constants || program.loose_stores.is_empty() {
            return;
        }
        let (name, rest) = (name.clone(), state.path.rest());
        for abs in self.resolver.resolve(state.gv) {
            let Abs::Instance(class) = abs else { continue };
            for store in program.loose_stores.get(&(class, name.clone())).into_iter().flatten() {
                let path = match rest.overlap(&store.rest) {
                    Overlap::Apart => continue,
                    Overlap::Inside => Path::whole(),
                    Overlap::Covers(rest, _) => rest,
                };
                self.elsewhere(&state.less(Confidence::Medium), store.value, path, scope, queue);
            }
        }
    }
}
