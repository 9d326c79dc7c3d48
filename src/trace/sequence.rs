//! Lists whose length is known: which item a place is after `append`, `insert`, `pop`.

use super::{Note, Queue, State, Tracer};
use crate::inventory::Confidence;
use crate::ir::{ArgRole, Call, Key, Seg, Spread, Sym, ValueId, ValueKind};
use crate::link::Gv;
use crate::path::{Path, PathSeg};

/// Items that are asked for one by one.
const MOST_PLACES: usize = 12;
/// Steps back that a length is looked for.
const FAR: u32 = 60;

/// What a method does to the places of a list.
enum Change {
    /// Puts the arguments before the item at a place.
    Insert { at: usize, from: usize, count: usize },
    /// Takes the item at a place.
    Take(usize),
}

impl Tracer<'_> {
    /// An item of a list after a call of one of its methods, where its place before the call is known. False where not.
    pub(super) fn item_after(&mut self, state: &State, base: Gv, call: &Call, queue: &mut Queue) -> bool {
        let any = matches!(state.path.first(), None | Some(PathSeg::Elem | PathSeg::Iter));
        let asked = match state.path.first() {
            Some(PathSeg::Field(asked, read)) => asked.parse::<i64>().ok().map(|n| (n, *read)),
            _ => None,
        };
        if !any && asked.is_none() {
            return false;
        }
        let Some(before) = self.length(base, FAR) else { return false };
        let Some(change) = self.change(base.func, call, before) else { return false };
        let Some((asked, read)) = asked else {
            let Change::Take(taken) = change else { return false };
            return self.only_places(state, base, (0..before).filter(|n| *n != taken), queue);
        };
        let after = match change {
            Change::Insert { count, .. } => before + count,
            Change::Take(_) => before - 1,
        };
        let asked = if asked < 0 { i64::try_from(after).unwrap_or(0) + asked } else { asked };
        let Some(n) = usize::try_from(asked).ok().filter(|n| *n < after) else { return true };
        let place = match change {
            Change::Insert { at, from, count } if (at..at + count).contains(&n) => {
                let gv = Gv { func: base.func, value: call.args[from + n - at].value };
                self.go(state, gv, state.path.rest(), Note::Put, queue);
                return true;
            }
            Change::Insert { at, count, .. } if n >= at + count => n - count,
            Change::Take(at) if n >= at => n + 1,
            _ => n,
        };
        let path = state.path.rest().prefixed(PathSeg::Field(Sym::from(place.to_string()), read));
        self.go(state, base, path, Note::Value, queue);
        true
    }

    /// An operator that no rule knows. `a | b` and `a |= b` of mappings have the members of both.
    pub(super) fn operands(&mut self, state: &State, parts: &[ValueId], queue: &mut Queue) {
        if self.constants {
            return;
        }
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let less = state.less(Confidence::Medium);
        let merges = !state.path.is_whole() && parts.iter().any(|p| self.is_mapping(at(*p), 8));
        for part in parts.iter().rev() {
            let path = if merges { state.path.clone() } else { Path::whole() };
            self.go(&less, at(*part), path, Note::Value, queue);
            // The last that surely has the member hides it in those before.
            if let (true, Some(PathSeg::Field(asked, _)), ValueKind::Object(entries)) =
                (merges, state.path.first(), self.program.kind(at(*part)))
                && entries.iter().any(|(key, _)| matches!(key, Key::Name(n) if n == asked))
            {
                break;
            }
        }
    }

    /// All items at some places of a list. False where they are too many to ask for one by one.
    pub(super) fn only_places(
        &mut self,
        state: &State,
        list: Gv,
        places: impl Iterator<Item = usize>,
        queue: &mut Queue,
    ) -> bool {
        let places: Vec<usize> = places.take(MOST_PLACES + 1).collect();
        if places.len() > MOST_PLACES {
            return false;
        }
        let rest = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
        for place in places {
            let place = PathSeg::Field(Sym::from(place.to_string()), None);
            self.go(state, list, rest.prefixed(place), Note::Value, queue);
        }
        true
    }

    /// `xs[n:]`, `head, *rest = xs`, `*rest, last = xs` of a list of known length, asked for as a whole or for any item.
    pub(super) fn rest_of_list(&mut self, state: &State, list: Gv, names: &[Sym], queue: &mut Queue) -> bool {
        if !matches!(state.path.first(), None | Some(PathSeg::Elem | PathSeg::Iter)) {
            return false;
        }
        let ends = names.iter().filter(|n| n.starts_with('-')).count();
        let starts = names.len() - ends;
        if !names.iter().take(starts).enumerate().all(|(i, n)| **n == *i.to_string()) {
            return false;
        }
        let Some(length) = self.length(list, FAR) else { return false };
        self.only_places(state, list, starts..length.saturating_sub(ends), queue)
    }

    /// `xs.slice(from, to)` of a list of known length.
    pub(super) fn sliced(&mut self, state: &State, list: Gv, from: i64, to: Option<i64>, queue: &mut Queue) -> bool {
        let Some(length) = self.length(list, FAR) else { return false };
        let place = |n: i64| {
            let n = if n < 0 { i64::try_from(length).unwrap_or(0) + n } else { n };
            usize::try_from(n.max(0)).unwrap_or(0).min(length)
        };
        let (from, to) = (place(from), to.map_or(length, place));
        match state.path.first() {
            None | Some(PathSeg::Elem | PathSeg::Iter) => self.only_places(state, list, from..to, queue),
            Some(PathSeg::Field(name, _)) => {
                let Ok(n) = name.parse::<usize>() else { return false };
                if from + n < to {
                    let place = PathSeg::Field(Sym::from((from + n).to_string()), None);
                    self.go(state, list, state.path.rest().prefixed(place), Note::Value, queue);
                }
                true
            }
            Some(PathSeg::Ret) => false,
        }
    }

    /// The place from the start that `-1` and the like are, in a list of known length.
    pub(super) fn place_from_start(&self, list: Gv, name: &str) -> Option<Sym> {
        let back = name.strip_prefix('-')?.parse::<usize>().ok()?;
        let place = self.length(list, FAR)?.checked_sub(back)?;
        Some(Sym::from(place.to_string()))
    }

    /// The place of the item that `xs.pop()`, `xs.pop(0)` or `xs.shift()` gives.
    pub(super) fn taken(&self, list: Gv, call: &Call) -> Option<usize> {
        match self.change(list.func, call, self.length(list, FAR)?)? {
            Change::Take(n) => Some(n),
            Change::Insert { .. } => None,
        }
    }

    fn change(&self, func: crate::link::FuncId, call: &Call, before: usize) -> Option<Change> {
        let at = |value: ValueId| Gv { func, value };
        let ValueKind::Field(_, name) = self.program.kind(at(call.callee)) else { return None };
        if call.args.iter().any(|a| a.spread != Spread::None || a.name.is_some()) {
            return None;
        }
        let number = |n: usize| match self.program.kind(at(call.args.get(n)?.value)) {
            ValueKind::Num(text) => text.parse::<usize>().ok(),
            _ => None,
        };
        let count = call.args.len();
        match (&**name, count) {
            ("append", 1) | ("push", 1..) => Some(Change::Insert { at: before, from: 0, count }),
            ("unshift", 1..) | ("appendleft", 1) => Some(Change::Insert { at: 0, from: 0, count }),
            ("insert", 2) => number(0).filter(|n| *n <= before).map(|n| Change::Insert { at: n, from: 1, count: 1 }),
            ("pop", 0) => before.checked_sub(1).map(Change::Take),
            ("pop", 1) => number(0).filter(|n| *n < before).map(Change::Take),
            ("shift" | "popleft", 0) => (before > 0).then_some(Change::Take(0)),
            _ => None,
        }
    }

    /// Whether a function does nothing to the values that it is given by position.
    fn leaves(&self, func: crate::link::FuncId, n: u32) -> bool {
        let f = self.program.function(func);
        let n = n + u32::from(self.program.takes_receiver(func));
        let rest = f.params.iter().position(|p| p.kind != crate::ir::ParamKind::Positional);
        let param = f.params.get(n as usize).or_else(|| f.params.get(rest?));
        param.is_none_or(|p| {
            let same = |value: &ValueId| {
                let mut at = *value;
                for _ in 0..8 {
                    match f.kind_of(at) {
                        ValueKind::AfterCall { base, call, role: ArgRole::Arg(_) }
                            if self.calls.functions(Gv { func, value: *call }).next().is_none() =>
                        {
                            at = *base;
                        }
                        _ => break,
                    }
                }
                at == p.value
            };
            f.exit.get(&p.name).is_none_or(same)
        })
    }

    fn length(&self, gv: Gv, depth: u32) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let at = |value: ValueId| Gv { func: gv.func, value };
        match self.program.kind(gv) {
            ValueKind::List(items) => items.iter().all(|(_, spread)| !spread).then_some(items.len()),
            ValueKind::Typed(inner, _) => self.length(at(*inner), depth),
            // `deque()`, `deque([a, b])`
            ValueKind::Call(call) if self.calls.paths(gv).any(|p| matches!(&**p, "list" | "collections.deque")) => {
                match call.args.as_slice() {
                    [] => Some(0),
                    [of] if of.name.is_none() && of.spread == Spread::None => self.length(at(of.value), depth),
                    _ => None,
                }
            }
            ValueKind::Update { base, path, .. } => {
                let before = self.length(at(*base), depth)?;
                match path.first()? {
                    Seg::Field(name) => {
                        let place = name.strip_prefix('-').unwrap_or(name).parse::<usize>();
                        place.is_ok_and(|n| n < before || name.starts_with('-')).then_some(before)
                    }
                    Seg::Elem => Some(before),
                }
            }
            ValueKind::AfterCall { base, call, role } => {
                let before = self.length(at(*base), depth)?;
                let ValueKind::Call(call) = self.program.kind(at(*call)) else { return None };
                if *role != ArgRole::Receiver {
                    // A function of the tree may change it; others seldom do.
                    let ValueKind::AfterCall { call, role: ArgRole::Arg(n), .. } = self.program.kind(gv) else {
                        return None;
                    };
                    return self.calls.functions(at(*call)).all(|f| self.leaves(f, *n)).then_some(before);
                }
                match self.change(gv.func, call, before) {
                    Some(Change::Insert { count, .. }) => Some(before + count),
                    Some(Change::Take(_)) => Some(before - 1),
                    None => {
                        let ValueKind::Field(_, name) = self.program.kind(at(call.callee)) else { return None };
                        let catalogue = self.program.catalogue;
                        let keeps = !catalogue.is_mutator(name)
                            && !catalogue.reorders(name)
                            && !catalogue.removes(name)
                            && !catalogue.empties(name);
                        keeps.then_some(before)
                    }
                }
            }
            _ => None,
        }
    }
}
