//! Collections: their keys, values and entries, and pairs made into mappings.

use super::{Note, Queue, State, Tracer};
use crate::catalogue::Lang;
use crate::ir::{ArgRole, Call, CallKind, KEYS, Spread, Sym, ValueId, ValueKind};
use crate::link::Gv;
use crate::path::{Path, PathSeg};

fn keys() -> PathSeg {
    PathSeg::Field(Sym::from(KEYS), None)
}

fn nth(n: usize) -> PathSeg {
    PathSeg::Field(Sym::from(n.to_string()), None)
}

/// The index that is asked for.
fn index(seg: &PathSeg) -> Option<usize> {
    match seg {
        PathSeg::Field(name, _) => name.parse().ok(),
        _ => None,
    }
}

fn is_member(seg: &PathSeg) -> bool {
    match seg {
        PathSeg::Elem | PathSeg::Iter => true,
        PathSeg::Field(name, _) => name.parse::<i64>().is_ok(),
        PathSeg::Ret => false,
    }
}

impl Tracer<'_> {
    /// Functions and methods that take collections apart or put them together. False where the call is none.
    pub(super) fn collection(
        &mut self,
        state: &State,
        call: &Call,
        receiver: Option<Gv>,
        name: &str,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let catalogue = program.catalogue;
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let js = program.lang(state.gv.func) == Lang::Js;
        let plain = |n: usize| call.args.get(n).filter(|a| a.name.is_none() && a.spread == Spread::None);
        if catalogue.gives_parts(name) {
            // `d.items()`, `Object.entries(o)`
            let of_receiver = receiver.filter(|r| call.args.is_empty() && !self.is_global(*r));
            let of_argument = receiver.filter(|r| self.is_global(*r)).and(plain(0)).map(|a| at(a.value));
            let Some(of) = of_receiver.or(of_argument) else { return false };
            self.parts(state, of, name, queue);
            return true;
        }
        if receiver.is_none_or(|r| self.is_namespace(r)) && catalogue.pairs_up(name) {
            self.zipped(state, call, name, queue);
            return true;
        }
        if catalogue.is_mapping(name) && (!js || call.kind == CallKind::New || receiver.is_some()) {
            if name == "Counter" {
                self.counted(state, call, queue);
            } else {
                let mut call = std::borrow::Cow::Borrowed(call);
                if let ("ChainMap", Some(PathSeg::Field(asked, _))) = (name, state.path.first()) {
                    // The first mapping that has the key hides it in the others.
                    let has = |arg: &crate::ir::Arg| self.has_member(at(arg.value), asked);
                    if let Some(n) = call.args.iter().position(has) {
                        call.to_mut().args.truncate(n + 1);
                    }
                }
                self.mapping_made(state, &call, queue);
            }
            return true;
        }
        if let ("most_common", Some(receiver)) = (name, receiver) {
            // Pairs of what was counted and a number.
            let asked = state.path.segs().get(1);
            if !matches!(asked, Some(PathSeg::Field(n, _)) if &**n == "1") {
                self.go(state, receiver, Path::of(vec![PathSeg::Iter]), Note::Value, queue);
            }
            return true;
        }
        if !state.path.is_whole()
            && catalogue.encodes(name)
            && let Some(arg) = plain(0)
        {
            // What is decoded again has the members that were encoded.
            self.go(state, at(arg.value), state.path.clone(), Note::Value, queue);
            return true;
        }
        if catalogue.reorders(name)
            && let Some(PathSeg::Field(..)) = state.path.first().filter(|s| index(s).is_some())
        {
            let path = state.path.rest().prefixed(PathSeg::Elem);
            if let ("reversed" | "toReversed", Some(list)) = (name, receiver.or_else(|| plain(0).map(|a| at(a.value))))
                && let Some(place) = self.counted_back(state, list)
            {
                self.go(state, list, state.path.rest().prefixed(place), Note::Value, queue);
                return true;
            }
            match receiver.filter(|r| !self.is_global(*r)) {
                Some(receiver) => self.go(state, receiver, path, Note::Value, queue),
                None => {
                    if let Some(arg) = plain(0) {
                        self.go(state, at(arg.value), path, Note::Value, queue);
                    }
                }
            }
            return true;
        }
        if let (false, None, Some(of)) = (js, receiver, plain(0))
            && matches!(
                name,
                "list" | "sorted" | "tuple" | "set" | "frozenset" | "iter" | "next" | "reversed" | "max" | "min"
            )
            && self.is_mapping(at(of.value), 12)
            && state.path.first().is_none_or(is_member)
        {
            // Iterating over a mapping gives its keys.
            let inner = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
            self.go(state, at(of.value), inner.prefixed(keys()), Note::Value, queue);
            return true;
        }
        if let (true, "slice", Some(list)) = (js, name, receiver) {
            let number = |n: usize| match plain(n).map(|a| program.kind(at(a.value))) {
                Some(ValueKind::Num(n)) => n.parse::<i64>().ok(),
                _ => None,
            };
            let known = call.args.len() < 2 || number(1).is_some();
            if let Some(from) = number(0).filter(|_| known)
                && self.sliced(state, list, from, number(1), queue)
            {
                return true;
            }
        }
        if let (true, Some(receiver), Some(arg)) = (js, receiver, plain(0))
            && let ValueKind::Num(n) = program.kind(at(arg.value))
        {
            if name == "at" {
                let path = state.path.prefixed(PathSeg::Field(n.clone(), None));
                self.go(state, receiver, path, Note::Value, queue);
                return true;
            }
            // `xs.slice(1)`: places move up.
            if let ("slice", Ok(n), Some(asked)) = (name, n.parse::<usize>(), state.path.first().and_then(index)) {
                self.go(state, receiver, state.path.rest().prefixed(nth(asked + n)), Note::Value, queue);
                return true;
            }
        }
        if let ("assign", Some(PathSeg::Field(asked, _))) = (name, state.path.first())
            && receiver.is_some_and(|r| self.is_global(r))
        {
            // `Object.assign({}, a, { b })`: the last that has the member wins.
            for arg in call.args.iter().rev() {
                self.go(state, at(arg.value), state.path.clone(), Note::Value, queue);
                let has = |key: &crate::ir::Key| matches!(key, crate::ir::Key::Name(n) if n == asked);
                if matches!(program.kind(at(arg.value)), ValueKind::Object(entries) if entries.iter().any(|(k, _)| has(k)))
                {
                    break;
                }
            }
            return true;
        }
        if js && receiver.is_none() && call.kind == CallKind::New && name == "Promise" {
            return self.promise(state, call, 0, queue);
        }
        if let (true, Some(receiver), Some(object), Some(key)) = (js && name == "get", receiver, plain(0), plain(1))
            && self.is_global(receiver)
        {
            // `Reflect.get(o, "a")`
            let path = state.path.prefixed(match program.kind(at(key.value)) {
                ValueKind::Str(key) => PathSeg::Field(key.clone(), None),
                _ => PathSeg::Elem,
            });
            self.go(state, at(object.value), path, Note::Value, queue);
            return true;
        }
        false
    }

    /// `Object`, `Reflect`, `Array`: no data, but a place for functions.
    fn is_global(&self, gv: Gv) -> bool {
        match self.program.kind(gv) {
            ValueKind::Free(name) => {
                matches!(&**name, "Object" | "Reflect" | "Array" | "JSON")
                    && self.program.free(gv.func, name).is_empty()
            }
            _ => false,
        }
    }

    fn is_namespace(&self, gv: Gv) -> bool {
        self.is_module(gv) || self.is_global(gv)
    }

    /// A name that an import binds, here or around.
    pub(super) fn is_module(&self, gv: Gv) -> bool {
        match self.program.kind(gv) {
            ValueKind::Import(_) => true,
            ValueKind::Free(name) => {
                let values = self.program.free(gv.func, name);
                !values.is_empty() && values.iter().all(|v| matches!(self.program.kind(*v), ValueKind::Import(_)))
            }
            _ => false,
        }
    }

    /// Keys, values or entries of a mapping.
    fn parts(&mut self, state: &State, of: Gv, name: &str, queue: &mut Queue) {
        let catalogue = self.program.catalogue;
        let inner = match state.path.first() {
            None => Path::whole(),
            Some(seg) if is_member(seg) => state.path.rest(),
            Some(_) => return,
        };
        if catalogue.gives_keys(name) {
            self.go(state, of, inner.prefixed(keys()), Note::Value, queue);
            return;
        }
        if catalogue.gives_values(name) {
            self.go(state, of, inner.prefixed(PathSeg::Elem), Note::Value, queue);
            return;
        }
        let which = inner.first().map(|seg| (index(seg), inner.rest()));
        let (wants_key, wants_value, rest) = match which {
            Some((Some(n), rest)) => (n == 0, n == 1, rest),
            Some((None, rest)) => (true, true, rest),
            None => (true, true, Path::whole()),
        };
        if wants_key {
            self.go(state, of, rest.prefixed(keys()), Note::Value, queue);
        }
        if wants_value {
            self.go(state, of, rest.prefixed(PathSeg::Elem), Note::Value, queue);
        }
    }

    /// `zip(a, b)`, `enumerate(xs)`: tuples of elements.
    fn zipped(&mut self, state: &State, call: &Call, name: &str, queue: &mut Queue) {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let inner = match state.path.first() {
            None => Path::whole(),
            Some(seg) if is_member(seg) => state.path.rest(),
            Some(_) => return,
        };
        let place = inner.first().and_then(index);
        let rest = if inner.is_whole() { Path::whole() } else { inner.rest() };
        let numbered = self.program.catalogue.numbers(name);
        for arg in call.args.iter().filter(|a| a.name.as_deref() == Some("fillvalue")) {
            self.go(state, at(arg.value), rest.clone(), Note::Value, queue);
        }
        for (i, arg) in call.args.iter().filter(|a| a.name.is_none()).enumerate() {
            let i = if numbered { i + 1 } else { i };
            if arg.spread == Spread::None && (place.is_some_and(|n| n != i) || numbered && i > 1) {
                continue;
            }
            let mut path = rest.prefixed(PathSeg::Iter);
            if arg.spread != Spread::None {
                path = path.prefixed(PathSeg::Elem);
            }
            self.go(state, at(arg.value), path, Note::Value, queue);
        }
    }

    /// `Counter(xs)`: what was counted are the keys; numbers stand under them.
    fn counted(&mut self, state: &State, call: &Call, queue: &mut Queue) {
        let of_keys = match state.path.first() {
            None | Some(PathSeg::Iter) => true,
            Some(PathSeg::Field(name, _)) => &**name == KEYS,
            _ => false,
        };
        let rest = if state.path.is_whole() { Path::whole() } else { state.path.rest().prefixed(PathSeg::Iter) };
        for arg in call.args.iter().filter(|a| of_keys && a.name.is_none()) {
            self.go(state, Gv { func: state.gv.func, value: arg.value }, rest.clone(), Note::Value, queue);
        }
    }

    /// `dict(a=1)`, `dict(pairs)`, `new Map(pairs)`, `Object.fromEntries(pairs)`
    fn mapping_made(&mut self, state: &State, call: &Call, queue: &mut Queue) {
        let program = self.program;
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let js = program.lang(state.gv.func) == Lang::Js;
        let rest = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
        for arg in &call.args {
            // Pairs that a variable holds, and that nothing changed since.
            let mut gv = at(arg.value);
            while let ValueKind::Typed(inner, _) | ValueKind::AfterCall { base: inner, role: ArgRole::Arg(_), .. } =
                program.kind(gv)
                && arg.name.is_none()
            {
                gv = at(*inner);
            }
            if let Some(name) = &arg.name {
                match state.path.first() {
                    None => {
                        if let Some(path) = state.path.of_member(name) {
                            self.go(state, gv, path, Note::Put, queue);
                        }
                    }
                    Some(PathSeg::Field(asked, _)) if asked == name => {
                        self.go(state, gv, rest.clone(), Note::Put, queue)
                    }
                    Some(PathSeg::Elem) => self.go(state, gv, rest.clone(), Note::Put, queue),
                    _ => {}
                }
                continue;
            }
            if matches!(program.kind(gv), ValueKind::Func(_) | ValueKind::Class(_)) {
                // `defaultdict(f)`: what is there before anything was put there.
                if matches!(state.path.first(), Some(PathSeg::Field(n, _)) if &**n != KEYS) {
                    self.go(state, gv, rest.prefixed(PathSeg::Ret), Note::Value, queue);
                }
                continue;
            }
            if self.zipped_under(state, gv, queue) {
                continue;
            }
            // A mapping is copied; pairs become one.
            let pairs_only = matches!(program.kind(gv), ValueKind::List(_));
            if !pairs_only && !js || arg.spread != Spread::None {
                self.go(state, gv, state.path.clone(), Note::Value, queue);
            }
            if self.is_mapping(gv, 8) {
                if js && arg.spread == Spread::None {
                    self.go(state, gv, state.path.clone(), Note::Value, queue);
                }
                continue;
            }
            match state.path.first() {
                None => {
                    if js || pairs_only {
                        self.go(state, gv, Path::whole(), Note::Value, queue);
                    }
                }
                Some(PathSeg::Field(name, _)) if &**name == KEYS => {
                    self.go(state, gv, rest.prefixed(nth(0)).prefixed(PathSeg::Elem), Note::Value, queue);
                }
                Some(PathSeg::Iter) if js => self.go(state, gv, state.path.clone(), Note::Value, queue),
                Some(PathSeg::Iter) => {
                    self.go(state, gv, rest.prefixed(nth(0)).prefixed(PathSeg::Elem), Note::Value, queue);
                }
                Some(PathSeg::Field(asked, _)) if pairs_only => {
                    let ValueKind::List(items) = program.kind(gv) else { continue };
                    for (item, spread) in items.clone() {
                        let known = match program.kind(at(item)) {
                            ValueKind::List(pair) if !spread => {
                                pair.first().and_then(|(k, _)| match program.kind(at(*k)) {
                                    ValueKind::Str(s) | ValueKind::Num(s) => Some(s.clone()),
                                    _ => None,
                                })
                            }
                            _ => None,
                        };
                        if known.is_some_and(|k| k != *asked) {
                            continue;
                        }
                        let mut path = rest.prefixed(nth(1));
                        if spread {
                            path = path.prefixed(PathSeg::Elem);
                        }
                        self.go(state, at(item), path, Note::Value, queue);
                    }
                }
                Some(PathSeg::Field(..) | PathSeg::Elem) => {
                    self.go(state, gv, rest.prefixed(nth(1)).prefixed(PathSeg::Elem), Note::Value, queue);
                }
                Some(PathSeg::Ret) => {}
            }
        }
    }
}
