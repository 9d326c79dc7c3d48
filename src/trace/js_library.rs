//! Methods of JavaScript's own objects that a name and its row do not describe: where they put what they are given.

use super::{Note, Path, PathSeg, Queue, State, Tracer};
use crate::ir::{ArgRole, Call, CallKind, KEYS, Key, Seg, Sym, ValueId, ValueKind};
use crate::link::{FuncId, Gv};

impl Tracer<'_> {
    /// Arrays, symbols, maps and parsed text. False where the call is none of these.
    pub(super) fn js_library(
        &mut self,
        state: &State,
        call: &Call,
        receiver: Option<Gv>,
        name: &str,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let arg = |n: usize| call.args.get(n).map(|a| at(a.value));
        let place = match state.path.first() {
            Some(PathSeg::Field(n, _)) => n.parse::<usize>().ok(),
            _ => None,
        };
        match (name, receiver) {
            ("concat", Some(receiver)) if place.is_some() => {
                // Where the arguments begin is known of a list that is written out.
                let before = self.items(receiver);
                if before.is_none_or(|n| place < Some(n)) {
                    self.go(state, receiver, state.path.clone(), Note::Value, queue);
                }
                if before.is_none_or(|n| place >= Some(n)) {
                    for arg in &call.args {
                        let path = state.path.rest().prefixed(PathSeg::Elem);
                        self.go(state, at(arg.value), path, Note::Value, queue);
                    }
                }
                true
            }
            ("with", Some(receiver)) if call.args.len() == 2 => {
                let Some(ValueKind::Num(n)) = arg(0).map(|n| program.kind(n)) else { return false };
                let (n, rest) = (n.clone(), state.path.rest());
                let asked = matches!(state.path.first(), Some(PathSeg::Field(asked, _)) if *asked == n);
                if asked || !matches!(state.path.first(), Some(PathSeg::Field(..))) {
                    let path = if state.path.is_whole() { Path::whole() } else { rest };
                    self.go(state, at(call.args[1].value), path, Note::Put, queue);
                }
                if !asked {
                    let path = state.path.leaving_out(&[Seg::Field(n)]);
                    self.go(state, receiver, path, Note::Value, queue);
                }
                true
            }
            ("fill", Some(_)) if call.args.len() == 1 => {
                let path = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
                self.go(state, at(call.args[0].value), path, Note::Put, queue);
                true
            }
            ("set", Some(receiver)) if call.args.len() == 2 => {
                if !matches!(state.path.first(), Some(PathSeg::Field(n, _)) if &**n == KEYS) {
                    return false;
                }
                self.go(state, receiver, state.path.clone(), Note::Value, queue);
                self.go(state, at(call.args[0].value), state.path.rest(), Note::Value, queue);
                true
            }
            // `JSON.parse(text, (key, value) => …)`
            ("parse", Some(_)) if call.args.len() == 2 => {
                if let Some(reviver) = arg(1).filter(|f| matches!(program.kind(*f), ValueKind::Func(_))) {
                    self.go(state, reviver, Path::of(vec![PathSeg::Ret]), Note::Value, queue);
                }
                false
            }
            ("Symbol", None) => {
                if let (Some(PathSeg::Field(asked, _)), Some(text)) = (state.path.first(), arg(0))
                    && &**asked == "description"
                {
                    self.go(state, text, Path::whole(), Note::Value, queue);
                }
                true
            }
            // `const [x] = await once(emitter, "x")`
            ("once", of) if of.is_none_or(|of| self.is_module(of)) && call.args.len() > 1 => {
                let Some(ValueKind::Str(event)) = arg(1).map(|e| program.kind(e)) else { return false };
                let nth = u32::try_from(place.unwrap_or(0)).unwrap_or(u32::MAX);
                let path = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
                self.emitted(&State { path, ..state.clone() }, state.gv, event, nth, queue)
            }
            ("AggregateError", None) if call.kind == CallKind::New => {
                let of = match state.path.first() {
                    Some(PathSeg::Field(n, _)) if &**n == "errors" => arg(0),
                    Some(PathSeg::Field(n, _)) if &**n == "message" => arg(1),
                    Some(_) => None,
                    None => return false,
                };
                if let Some(of) = of {
                    self.go(state, of, state.path.rest(), Note::Put, queue);
                }
                true
            }
            _ => false,
        }
    }

    /// How many items a list has that is written out, and that no method changed since.
    fn items(&self, list: Gv) -> Option<usize> {
        let mut at = list;
        loop {
            match self.program.kind(at) {
                ValueKind::List(items) => return items.iter().all(|(_, spread)| !spread).then_some(items.len()),
                ValueKind::AfterCall { base, role: ArgRole::Arg(_), .. } | ValueKind::Typed(base, _) => {
                    at = Gv { func: at.func, value: *base };
                }
                _ => return None,
            }
        }
    }

    /// What `list.push.apply(list, items)` and `[].push.call(list, item)` put into their first argument.
    pub(super) fn put_by_apply(&mut self, state: &State, call: Gv, c: &Call, queue: &mut Queue) {
        let program = self.program;
        let at = |value: ValueId| Gv { func: call.func, value };
        let ValueKind::Field(method, how) = program.kind(at(c.callee)) else { return };
        let ValueKind::Field(_, name) = program.kind(at(*method)) else { return };
        if !matches!(&**how, "apply" | "call") || !program.catalogue.is_mutator(name) {
            return;
        }
        for arg in c.args.iter().skip(1) {
            let path = match (&**how, state.path.is_whole()) {
                ("apply", false) => state.path.rest().prefixed(PathSeg::Elem),
                (_, false) => state.path.rest(),
                (_, true) => Path::whole(),
            };
            self.go(state, at(arg.value), path, Note::Put, queue);
        }
    }

    /// What the `set` of a `Proxy` is given as the value: what is put into the proxy in the same file.
    pub(super) fn set_through_proxy(
        &mut self,
        state: &State,
        proxy: Gv,
        handler: FuncId,
        ix: u32,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        if ix != 2 || &*program.function(handler).name != "set" {
            return false;
        }
        let mut found = false;
        for func in program.functions_of(program.file_of(proxy.func)) {
            for value in &program.function(func).values {
                let ValueKind::Update { base, value, .. } = &value.kind else { continue };
                let base = program.first_version(program.origin(Gv { func, value: *base }));
                if base == proxy {
                    found = true;
                    self.go(state, Gv { func, value: *value }, state.path.clone(), Note::Put, queue);
                }
            }
        }
        found
    }

    /// The arguments that a constructor hands to its base, where the base is an error: its message.
    pub(super) fn message_for_base(&self, init: FuncId) -> Option<Vec<ValueId>> {
        let f = self.program.function(init);
        f.values.iter().find_map(|value| match &value.kind {
            ValueKind::Call(call) if matches!(f.kind_of(call.callee), ValueKind::Free(n) if &**n == "super") => {
                Some(call.args.iter().take(1).map(|a| a.value).collect())
            }
            _ => None,
        })
    }

    /// What functions raise that a promise is made of or goes on with: `new Promise(f)`, `promise.then(f)`.
    pub(super) fn raised_by_callbacks(&mut self, state: &State, call: &Call, path: &Path, queue: &mut Queue) {
        for arg in &call.args {
            for func in self.functions_of(Gv { func: state.gv.func, value: arg.value }) {
                let raises = self.program.function(func).raises.clone();
                if !raises.is_empty() {
                    let exits = self.summary(func, &raises, path, std::rc::Rc::default());
                    self.apply_without_call(state, &exits, queue);
                }
            }
        }
    }

    /// Whether a promise surely fails: `Promise.reject(x)`.
    pub(super) fn is_rejected(&self, promise: Gv) -> bool {
        let program = self.program;
        let ValueKind::Call(call) = program.kind(program.first_version(promise)) else { return false };
        match program.kind(Gv { func: promise.func, value: call.callee }) {
            ValueKind::Field(of, name) if &**name == "reject" => {
                matches!(program.kind(Gv { func: promise.func, value: *of }), ValueKind::Free(n) if &**n == "Promise")
            }
            _ => false,
        }
    }

    /// Whether an object that is written out has a setter and no getter of this name: reading it gives nothing.
    pub(super) fn only_sets(&self, object: Gv, name: &Sym) -> bool {
        let program = self.program;
        let first = program.first_version(object);
        let ValueKind::Object(entries) = program.kind(first) else { return false };
        let accessors: Vec<usize> = entries
            .iter()
            .filter_map(|(key, value)| match (key, program.kind(Gv { func: first.func, value: *value })) {
                (Key::Name(n), ValueKind::Func(ix)) if n == name => {
                    let f = program.function(program.func_id(program.file_of(first.func), *ix));
                    (f.kind == crate::ir::FnKind::Property).then_some(f.params.len())
                }
                _ => None,
            })
            .collect();
        !accessors.is_empty() && accessors.iter().all(|params| *params > 0)
    }
}
