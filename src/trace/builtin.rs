//! What the built-in objects of a language do with data, where the name of a method alone does not say it.

use super::{Note, Path, PathSeg, Queue, State, Tracer};
use crate::catalogue::Lang;
use crate::inventory::Confidence;
use crate::ir::{Call, CallKind, KEYS, Key, Sym, ValueId, ValueKind};
use crate::link::{Abs, Gv};

impl Tracer<'_> {
    /// Sets, errors, groups and promises of JavaScript; heaps and getters of Python. False where the call is none.
    pub(super) fn builtin(
        &mut self,
        state: &State,
        call: &Call,
        receiver: Option<Gv>,
        name: &str,
        queue: &mut Queue,
    ) -> bool {
        match self.program.lang(state.gv.func) {
            Lang::Js => {
                self.js_library(state, call, receiver, name, queue)
                    || self.js_builtin(state, call, receiver, name, queue)
            }
            Lang::Python => self.python_builtin(state, call, receiver, name, queue),
        }
    }

    fn js_builtin(&mut self, state: &State, call: &Call, receiver: Option<Gv>, name: &str, queue: &mut Queue) -> bool {
        let program = self.program;
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let made = call.kind == CallKind::New && receiver.is_none();
        let arg = |n: usize| call.args.get(n).map(|a| at(a.value));
        if made && matches!(name, "Set" | "WeakSet") {
            let path = match state.path.first() {
                Some(PathSeg::Field(n, _)) if &**n == KEYS || n.parse::<usize>().is_ok() => {
                    state.path.rest().prefixed(PathSeg::Iter)
                }
                // A set has no data as members.
                Some(PathSeg::Field(..)) => return true,
                _ => state.path.clone(),
            };
            if let Some(of) = arg(0) {
                self.go(state, of, path, Note::Value, queue);
            }
            return true;
        }
        if made && name.ends_with("Error") && call.args.len() < 3 {
            let path = match state.path.first() {
                Some(PathSeg::Field(n, _)) if matches!(&**n, "message" | "stack") => state.path.rest(),
                Some(PathSeg::Field(n, _)) if &**n == "cause" => {
                    if let Some(options) = arg(1) {
                        self.go(state, options, state.path.clone(), Note::Put, queue);
                    }
                    return true;
                }
                Some(PathSeg::Field(..)) => return true,
                _ => return false,
            };
            if let Some(message) = arg(0) {
                self.go(state, message, path, Note::Put, queue);
            }
            return true;
        }
        if let ("stringify", Some(of), Some(names)) = (name, arg(0), arg(1))
            && let ValueKind::List(names) = program.kind(names)
        {
            // Only these members are written.
            for (name, _) in names {
                let ValueKind::Str(name) = program.kind(at(*name)) else { continue };
                let rest = match state.path.first() {
                    None => Path::whole(),
                    Some(PathSeg::Field(asked, _)) if asked == name => state.path.rest(),
                    Some(_) => continue,
                };
                self.go(state, of, rest.prefixed(PathSeg::Field(name.clone(), None)), Note::Text, queue);
            }
            return true;
        }
        if name == "search"
            && let Some(text) = arg(0)
            && matches!(program.kind(text), ValueKind::Unknown(_) | ValueKind::Opaque(_))
        {
            return true; // `text.search(/a/)` is a place
        }
        if name == "groupBy"
            && let Some(of) = receiver
            && matches!(program.kind(of), ValueKind::Free(n) if matches!(&**n, "Map" | "Object"))
            && let Some(items) = arg(0)
        {
            // Under each key the items of a group.
            self.go(state, items, state.path.rest(), Note::Value, queue);
            return true;
        }
        if name == "withResolvers" && matches!(state.path.first(), Some(PathSeg::Field(n, _)) if &**n == "promise") {
            let path = state.path.rest();
            for value in &program.function(state.gv.func).values {
                let ValueKind::Call(inner) = &value.kind else { continue };
                let settles = |value: ValueId| {
                    matches!(program.kind(at(value)), ValueKind::Field(of, n)
                        if &**n == "resolve" && program.first_version(at(*of)) == state.gv)
                };
                if settles(inner.callee)
                    && let Some(given) = inner.args.first()
                {
                    self.go(state, at(given.value), path.clone(), Note::Value, queue);
                }
            }
            return true;
        }
        false
    }

    fn python_builtin(
        &mut self,
        state: &State,
        call: &Call,
        receiver: Option<Gv>,
        name: &str,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let first = call.args.first().map(|a| at(a.value));
        if self.python_library(state, call, receiver, name, queue) {
            return true;
        }
        if matches!(name, "heappop" | "heappushpop" | "heapreplace") && receiver.is_none_or(|r| self.is_module(r)) {
            for (i, arg) in call.args.iter().enumerate() {
                let path = if i == 0 { state.path.prefixed(PathSeg::Elem) } else { state.path.clone() };
                self.go(state, at(arg.value), path, Note::Value, queue);
            }
            return true;
        }
        if let ("_make", Some(of), Some(items)) = (name, receiver, first)
            && let [Abs::Class(class)] = self.resolver.resolve(of).as_slice()
        {
            // A named tuple from a list.
            let path = match state.path.first() {
                Some(PathSeg::Field(asked, read)) => {
                    let place = program.class(*class).fields.iter().position(|f| f.name == *asked);
                    let place = place.map_or_else(|| asked.clone(), |n| Sym::from(n.to_string()));
                    state.path.rest().prefixed(PathSeg::Field(place, *read))
                }
                _ => state.path.clone(),
            };
            self.go(state, items, path, Note::Value, queue);
            return true;
        }
        if let ("_replace", Some(of)) = (name, receiver) {
            // A copy of a named tuple with other fields.
            let given = |asked: &Sym| call.args.iter().find(|a| a.name.as_ref() == Some(asked));
            match state.path.first() {
                Some(PathSeg::Field(asked, _)) if given(asked).is_some() => self.arg_asked(state, call, asked, queue),
                None => {
                    let mut path = state.path.clone();
                    for name in call.args.iter().filter_map(|a| a.name.as_ref()) {
                        self.arg_asked(state, call, name, queue);
                        path = path.leaving_out(&[crate::ir::Seg::Field(name.clone())]);
                    }
                    self.go(state, of, path, Note::Value, queue);
                }
                _ => self.go(state, of, state.path.clone(), Note::Value, queue),
            }
            return true;
        }
        if let ("groupby", Some(items)) = (name, first)
            && receiver.is_none_or(|r| self.is_module(r))
            && let [PathSeg::Iter | PathSeg::Elem, PathSeg::Field(place, _), ..] = state.path.segs()
        {
            // Pairs of what the key function gives and the elements for which it gives that.
            let rest = state.path.rest().rest();
            if &**place == "1" {
                self.go(state, items, rest, Note::Value, queue);
            } else if let Some(key) = call.args.get(1).map(|a| at(a.value)) {
                match self.getter_key(key) {
                    Some(key) => {
                        let path = rest.prefixed(PathSeg::Field(key, None)).prefixed(PathSeg::Iter);
                        self.go(state, items, path, Note::Value, queue);
                    }
                    None => self.go(state, key, rest.prefixed(PathSeg::Ret), Note::Value, queue),
                }
            } else {
                self.go(state, items, rest.prefixed(PathSeg::Iter), Note::Value, queue);
            }
            return true;
        }
        // `itemgetter("k")(d)`, `attrgetter("k")(o)`
        if let (Some(key), Some(of)) = (self.getter_key(at(call.callee)), first) {
            let path = state.path.prefixed(PathSeg::Field(key, None));
            self.go(state, of, path, Note::Value, queue);
            return true;
        }
        false
    }

    /// The member that `itemgetter("k")` and `attrgetter("k")` read.
    pub(super) fn getter_key(&self, getter: Gv) -> Option<Sym> {
        let program = self.program;
        let ValueKind::Call(call) = program.kind(getter) else { return None };
        let [key] = call.args.as_slice() else { return None };
        if !self.calls.paths(getter).any(|p| matches!(&**p, "operator.itemgetter" | "operator.attrgetter")) {
            return None;
        }
        match program.kind(Gv { func: getter.func, value: key.value }) {
            ValueKind::Str(key) | ValueKind::Num(key) => Some(key.clone()),
            _ => None,
        }
    }

    /// An argument by its keyword, which is a member of what the call makes.
    fn arg_asked(&mut self, state: &State, call: &Call, name: &Sym, queue: &mut Queue) {
        let rest = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
        for arg in call.args.iter().filter(|a| a.name.as_ref() == Some(name)) {
            self.go(state, Gv { func: state.gv.func, value: arg.value }, rest.clone(), Note::Put, queue);
        }
    }

    /// `Message(content=x).content`, `new Document({ text }).text`: an argument with the name that is asked for.
    pub(super) fn keyword_asked(&mut self, state: &State, call: &Call, queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return false };
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        if let Some(arg) = call.args.iter().find(|a| a.name.as_ref() == Some(name)) {
            self.go(state, at(arg.value), state.path.rest(), Note::Built, queue);
            return true;
        }
        for arg in &call.args {
            if let ValueKind::Object(entries) = program.kind(at(arg.value))
                && entries.iter().any(|(k, _)| matches!(k, Key::Name(n) if n == name))
            {
                self.go(state, at(arg.value), state.path.clone(), Note::Built, queue);
                return true;
            }
        }
        false
    }

    /// `it.next().value`: an element of what is iterated over. None where `next` is a method of the tree.
    pub(super) fn iterated(&self, result: Gv) -> Option<Gv> {
        let program = self.program;
        let result = program.first_version(result);
        let ValueKind::Call(next) = program.kind(result) else { return None };
        let ValueKind::Field(of, name) = program.kind(Gv { func: result.func, value: next.callee }) else {
            return None;
        };
        if &**name != "next" || self.calls.functions(result).next().is_some() {
            return None;
        }
        let of = Gv { func: result.func, value: *of };
        let made = program.first_version(of);
        let ValueKind::Call(iterator) = program.kind(made) else { return None };
        let parts = match program.kind(Gv { func: made.func, value: iterator.callee }) {
            ValueKind::Field(_, name) => matches!(&**name, "values" | "keys" | "entries"),
            _ => false,
        };
        (parts || self.calls.functions(made).next().is_some()).then_some(of)
    }

    /// `text.match(/a/).index`, `it.next().done`: nothing of the data.
    pub(super) fn is_number_of(&self, base: Gv, name: &str) -> bool {
        let program = self.program;
        match name {
            "done" => self.iterated(base).is_some(),
            "index" | "lastIndex" => {
                let ValueKind::Call(call) = program.kind(program.first_version(base)) else { return false };
                matches!(program.kind(Gv { func: base.func, value: call.callee }), ValueKind::Field(_, name)
                    if matches!(&**name, "match" | "exec" | "matchAll"))
            }
            _ => false,
        }
    }

    /// A member of `new Proxy(target, { get(target, key) { … } })`: what the handler gives. False where it has no `get`.
    pub(super) fn proxied(&mut self, state: &State, call: &Call, queue: &mut Queue) -> bool {
        let program = self.program;
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let Some(PathSeg::Field(asked, read)) = state.path.first().cloned() else { return false };
        let [target, handler, ..] = call.args.as_slice() else { return false };
        let handler = program.first_version(at(handler.value));
        let ValueKind::Object(entries) = program.kind(handler) else { return false };
        let get = entries.iter().find(|(key, _)| matches!(key, Key::Name(n) if &**n == "get"));
        let Some((_, get)) = get else { return false };
        let target = at(target.value);
        for func in self.functions_of(Gv { func: handler.func, value: *get }) {
            let returns = program.function(func).returns.clone();
            let exits = self.summary(func, &returns, &state.path.rest(), std::rc::Rc::default());
            for exit in exits.iter() {
                match exit {
                    super::Exit::Param { index: 0, path, end } => {
                        // `target[key]` is the member that was asked for.
                        let path = match path.first() {
                            Some(PathSeg::Elem) => path.rest().prefixed(PathSeg::Field(asked.clone(), read)),
                            _ => path.clone(),
                        };
                        let inner = self.resume(state, *end, state.chain);
                        queue.push(State { gv: target, path, ..inner });
                    }
                    super::Exit::Param { .. } => {}
                    other => self.pass_on(state, other, state.chain, queue),
                }
            }
        }
        true
    }

    /// `to_thread(str.upper, x)`: a function outside of the tree makes of its arguments what it likes.
    pub(super) fn called_outside(&mut self, state: &State, call: &Call, function: usize, queue: &mut Queue) {
        let less = state.less(Confidence::Medium);
        for arg in call.args.iter().skip(function + 1) {
            self.go(&less, Gv { func: state.gv.func, value: arg.value }, Path::whole(), Note::Value, queue);
        }
    }
}
