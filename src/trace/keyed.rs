//! Members under keys that parameters hold: `store.set("a", x)` is not what `store.get("b")` gives.

use super::{Holds, Note, PathSeg, Queue, Scope, State, Tracer, Via};
use crate::ir::{Call, FnKind, KEYS, Seg, Sym, ValueId, ValueKind};
use crate::link::{CallSite, FuncId, Gv, bind};
use crate::path::{Key, Path};

/// How far from a store the note of its key may stand.
const NEAR: u32 = 12;

impl Tracer<'_> {
    /// What is known of a key.
    pub(super) fn key(&self, gv: Gv) -> Key {
        let program = self.program;
        match program.kind(gv) {
            ValueKind::Str(name) | ValueKind::Num(name) => Key::Is(name.clone()),
            ValueKind::Concat(parts) => match parts.first().map(|p| program.kind(Gv { func: gv.func, value: *p })) {
                Some(ValueKind::Str(begins)) => Key::Begins(begins.clone()),
                _ => Key::Open,
            },
            ValueKind::Field(base, name) => match self.param_behind(Gv { func: gv.func, value: *base }, 6) {
                Some((of, param)) if of == gv.func && param_is_own(self, of, param) => {
                    Key::Member(of, param, name.clone())
                }
                _ => Key::Open,
            },
            _ => match self.param_behind(gv, 6) {
                Some((of, param)) if of == gv.func || self.is_called_within(gv.func, of) => Key::Param(of, param),
                _ => Key::Open,
            },
        }
    }

    /// Whether a function is a callback of the one around it, which runs while that one does: `items.map((i) => i[key])`.
    fn is_called_within(&self, func: FuncId, outer: FuncId) -> bool {
        let program = self.program;
        let mut at = func;
        for _ in 0..4 {
            let Some(around) = program.parent(at) else { return false };
            if program.function(at).kind != FnKind::Lambda || self.calls.callbacks(at).is_empty() {
                return false;
            }
            if around == outer {
                return true;
            }
            at = around;
        }
        false
    }

    /// `path` of the member of a value under a key, where that is a parameter of the function that is summarised.
    pub(super) fn member_under(&self, path: &Path, key: Gv, scope: Scope) -> Path {
        match (self.key(key), scope) {
            (Key::Param(of, param), Scope::Summary(func))
                if param_is_own(self, of, param) && (of == func || self.program.is_inside(func, of)) =>
            {
                path.keyed_by(of, param)
            }
            (Key::Param(of, param), Scope::Top) if param_is_own(self, of, param) => path.keyed_by(of, param),
            _ => path.prefixed(PathSeg::Elem),
        }
    }

    /// A path that came out of a function, with the key that a call gives.
    pub(super) fn with_key_of(&self, path: &Path, site: &CallSite, func: FuncId) -> Path {
        let Some(keyed) = path.key_of(func) else { return path.clone() };
        let given = self.given(site, func, keyed.param);
        path.with_key(&given.map_or(Key::Open, |gv| self.key(gv)))
    }

    fn given(&self, site: &CallSite, func: FuncId, param: u32) -> Option<Gv> {
        match bind(self.program, site, func, param).as_slice() {
            [bound] if bound.path.is_empty() && bound.of.is_none() => Some(bound.gv(site.call.func)),
            _ => None,
        }
    }

    /// The member of an object that is written out.
    fn member_given(&mut self, object: Gv, member: u32) -> Option<Gv> {
        let name = self.asked_keys.get(member as usize)?.clone();
        match self.resolver.stored(object, &name, 0) {
            (held, true) => held.first().copied().filter(|_| held.len() == 1),
            _ => None,
        }
    }

    /// Whether a call may put something under the key that is asked for: what its caller must give in turn. None if it puts
    /// it under another.
    pub(super) fn under_key(&mut self, via: Via, site: &CallSite) -> Option<Option<Via>> {
        self.under_key_of(via, self.given(site, via.of, via.param))
    }

    /// The same, of what the parameter is given.
    pub(super) fn under_key_of(&mut self, via: Via, given: Option<Gv>) -> Option<Option<Via>> {
        let (Holds::Key(n) | Holds::Other(n)) = via.holds else { return Some(None) };
        let given = match (given, via.member) {
            (Some(object), Some(member)) => self.member_given(object, member),
            (given, _) => given,
        };
        let Some(given) = given else { return Some(None) };
        let asked = self.asked_keys.get(n as usize)?.clone();
        match self.key(given) {
            Key::Param(of, param) => Some(Some(Via { of, param, member: None, holds: via.holds })),
            Key::Member(of, param, name) => {
                Some(Some(Via { of, param, member: Some(self.asked_key(&name)), holds: via.holds }))
            }
            Key::Is(name) if matches!(via.holds, Holds::Other(_)) => (name != asked).then_some(None),
            _ if matches!(via.holds, Holds::Other(_)) => Some(None),
            key if key.is_other(&asked) => None,
            Key::Is(_) => Some(None),
            Key::Begins(_) | Key::Open => {
                Some(Some(Via { of: given.func, param: given.value.0, member: None, holds: Holds::Same(n) }))
            }
        }
    }

    /// The member that is read under a key, where something is put under the same key.
    pub(super) fn same_key(&self, state: &State, key: Gv) -> Option<Sym> {
        let via = state.via?;
        let (same, n) = match via.holds {
            Holds::Same(n) => {
                (via.of == key.func && self.is_same(key, Gv { func: via.of, value: ValueId(via.param) }, 4), n)
            }
            Holds::Key(n) => (via.member.is_none() && self.key(key) == Key::Param(via.of, via.param), n),
            _ => return None,
        };
        if same { self.asked_keys.get(n as usize).cloned() } else { None }
    }

    /// `Object.entries(from).forEach(([key, value]) => put(key, value))`: what is put under a key was under that key. False
    /// where the state is at no such value.
    pub(super) fn value_of_entry(&mut self, state: &State, entries: Gv, ix: u32, queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(Via { of, param, member: Some(member), holds: Holds::Key(n) }) = state.via else { return false };
        let at = |value: ValueId| Gv { func: entries.func, value };
        let is = |asked: Option<&Sym>, name: &str| asked.is_some_and(|asked| **asked == *name);
        if (of, param) != (state.gv.func, ix) || !is(self.asked_keys.get(member as usize), "0") {
            return false;
        }
        let (Some(PathSeg::Field(place, _)), ValueKind::Call(call)) = (state.path.first(), program.kind(entries))
        else {
            return false;
        };
        let (ValueKind::Field(object, method), [from]) = (program.kind(at(call.callee)), call.args.as_slice()) else {
            return false;
        };
        if &**place != "1"
            || &**method != "entries"
            || !matches!(program.kind(at(*object)), ValueKind::Free(name) if &**name == "Object")
        {
            return false;
        }
        let Some(asked) = self.asked_keys.get(n as usize).cloned() else { return false };
        let path = state.path.rest().prefixed(PathSeg::Field(asked, None));
        self.go(state, at(from.value), path, Note::Read(method.clone()), queue);
        true
    }

    /// Whether two values of a function are written alike, of names and members that nothing changes in between.
    fn is_same(&self, one: Gv, other: Gv, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let at = |gv: Gv, value: ValueId| Gv { func: gv.func, value };
        one == other
            || match (self.program.kind(one), self.program.kind(other)) {
                (ValueKind::Typed(inner, _), _) => self.is_same(at(one, *inner), other, depth),
                (_, ValueKind::Typed(inner, _)) => self.is_same(one, at(other, *inner), depth),
                (ValueKind::Free(a), ValueKind::Free(b)) => a == b,
                (ValueKind::Field(a, name), ValueKind::Field(b, other_name)) => {
                    name == other_name && self.is_same(at(one, *a), at(other, *b), depth)
                }
                _ => false,
            }
    }

    /// The state for what was put under a key, where another is asked for at the same place. None if it is another.
    pub(super) fn put_under(&mut self, state: &State, key: &Key, asked: Option<&PathSeg>) -> Option<State> {
        let Some(PathSeg::Field(asked, _)) = asked.filter(|_| !self.constants) else { return Some(state.clone()) };
        if **asked == *KEYS || key.is_other(asked) {
            return if **asked == *KEYS { Some(state.clone()) } else { None };
        }
        let Some((of, param, member)) = self.param_of_key(key) else { return Some(state.clone()) };
        let via = Via { of, param, member, holds: Holds::Key(self.asked_key(asked)) };
        Some(State { via: Some(via), ..state.clone() })
    }

    /// The state for what was there before something was put under a key: it is not asked for where the key is this one.
    pub(super) fn left_by(&mut self, state: &State, key: &Key, asked: Option<&PathSeg>) -> State {
        let Some(PathSeg::Field(asked, _)) = asked.filter(|_| !self.constants && state.via.is_none()) else {
            return state.clone();
        };
        let Some((of, param, member)) = self.param_of_key(key).filter(|_| **asked != *KEYS) else {
            return state.clone();
        };
        let via = Via { of, param, member, holds: Holds::Other(self.asked_key(asked)) };
        State { via: Some(via), ..state.clone() }
    }

    fn param_of_key(&mut self, key: &Key) -> Option<(FuncId, u32, Option<u32>)> {
        match key {
            Key::Param(of, param) => Some((*of, *param, None)),
            Key::Member(of, param, name) => Some((*of, *param, Some(self.asked_key(name)))),
            _ => None,
        }
    }

    /// `map.set(key, value)`, `d.setdefault(key, value)`: as with a store under a key.
    pub(super) fn put_by_method(&mut self, state: &State, call: Gv, c: &Call) -> Option<State> {
        let program = self.program;
        let ValueKind::Field(_, name) = program.kind(Gv { func: call.func, value: c.callee }) else {
            return Some(state.clone());
        };
        match c.args.as_slice() {
            [key, _] if program.catalogue.replaces(name) || &**name == "setdefault" => {
                let key = self.key(Gv { func: call.func, value: key.value });
                self.put_under(state, &key, state.path.first())
            }
            _ => Some(state.clone()),
        }
    }

    fn asked_key(&mut self, name: &Sym) -> u32 {
        let at = self.asked_keys.iter().position(|k| k == name).unwrap_or_else(|| {
            self.asked_keys.push(name.clone());
            self.asked_keys.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The key of `base[key] = value`, which is noted as one of the base's keys beside it.
    pub(super) fn key_of_store(&self, store: Gv) -> Key {
        let f = self.program.function(store.func);
        let span = f.value(store.value).span;
        let from = store.value.0.saturating_sub(NEAR);
        let to = (store.value.0 + NEAR).min(u32::try_from(f.values.len()).unwrap_or(u32::MAX));
        for n in from..to {
            let value = f.value(ValueId(n));
            if let ValueKind::Update { path, value: key, .. } = &value.kind
                && value.span == span
                && matches!(path.last(), Some(Seg::Field(name)) if **name == *KEYS)
            {
                return self.key(Gv { func: store.func, value: *key });
            }
        }
        Key::Open
    }

    /// The key of the store of this value, in its function.
    pub(super) fn key_of_stored(&self, stored: Gv) -> Key {
        let f = self.program.function(stored.func);
        let found = f.values.iter().position(|v| {
            matches!(&v.kind, ValueKind::Update { path, value, .. } if *value == stored.value && path.contains(&Seg::Elem))
        });
        match found.and_then(|n| u32::try_from(n).ok()) {
            Some(n) => self.key_of_store(Gv { func: stored.func, value: ValueId(n) }),
            None => Key::Open,
        }
    }
}

/// The receiver is no key.
fn param_is_own(tracer: &Tracer<'_>, func: FuncId, param: u32) -> bool {
    param > 0 || !tracer.program.takes_receiver(func)
}
