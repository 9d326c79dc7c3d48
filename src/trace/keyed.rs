//! Members under keys that parameters hold: `store.set("a", x)` is not what `store.get("b")` gives.

use super::{Holds, PathSeg, Scope, State, Tracer, Via};
use crate::ir::{Call, KEYS, Seg, Sym, ValueId, ValueKind};
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
            _ => match self.param_behind(gv, 6) {
                Some((of, param)) if of == gv.func => Key::Param(of, param),
                _ => Key::Open,
            },
        }
    }

    /// `path` of the member of a value under a key, where that is a parameter of the function that is summarised.
    pub(super) fn member_under(&self, path: &Path, key: Gv, scope: Scope) -> Path {
        match (self.key(key), scope) {
            (Key::Param(of, param), Scope::Summary(func)) if of == func && param_is_own(self, func, param) => {
                path.keyed_by(of, param)
            }
            _ => path.prefixed(PathSeg::Elem),
        }
    }

    /// A path that came out of a function, with the key that a call gives.
    pub(super) fn with_key_of(&self, path: &Path, site: &CallSite, func: FuncId) -> Path {
        let Some(keyed) = path.key_of(func) else { return path.clone() };
        path.with_key(&self.given_key(site, func, keyed.param))
    }

    fn given_key(&self, site: &CallSite, func: FuncId, param: u32) -> Key {
        match bind(self.program, site, func, param).as_slice() {
            [bound] if bound.path.is_empty() && bound.of.is_none() => self.key(bound.gv(site.call.func)),
            _ => Key::Open,
        }
    }

    /// Whether a call may put something under the key that is asked for: what its caller must give in turn. None if it puts
    /// it under another.
    pub(super) fn under_key(&self, via: Via, site: &CallSite) -> Option<Option<Via>> {
        let Holds::Key(n) = via.holds else { return Some(None) };
        let asked = self.asked_keys.get(n as usize)?;
        match self.given_key(site, via.of, via.param) {
            Key::Param(of, param) => Some(Some(Via { of, param, holds: via.holds })),
            key if key.is_other(asked) => None,
            _ => Some(None),
        }
    }

    /// The state for what was put under a key, where another is asked for at the same place. None if it is another.
    pub(super) fn put_under(&mut self, state: &State, key: &Key, asked: Option<&PathSeg>) -> Option<State> {
        let Some(PathSeg::Field(asked, _)) = asked.filter(|_| !self.constants) else { return Some(state.clone()) };
        if **asked == *KEYS || key.is_other(asked) {
            return if **asked == *KEYS { Some(state.clone()) } else { None };
        }
        let Key::Param(of, param) = key else { return Some(state.clone()) };
        let via = Via { of: *of, param: *param, holds: Holds::Key(self.asked_key(asked)) };
        Some(State { via: Some(via), ..state.clone() })
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
