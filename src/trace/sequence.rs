//! Lists whose length is known: which item a place is after `append`, `insert`, `pop`.

use super::{Note, Queue, State, Tracer};
use crate::inventory::Confidence;
use crate::ir::{ArgRole, Call, FINAL, KEYS, Key, Seg, Spread, Sym, ValueId, ValueKind};
use crate::link::Gv;
use crate::path::{Path, PathSeg};

/// Items that are asked for one by one.
const MOST_PLACES: usize = 12;
/// Steps back that a length is looked for.
const FAR: u32 = 60;

/// What a method does to the places of a list.
enum Change {
    /// Puts the arguments before the item at a place.
    Insert {
        at: usize,
        from: usize,
        count: usize,
    },
    /// Takes the item at a place.
    Take(usize),
    /// Turns the list round, or moves the items up by so many places.
    Reverse,
    Rotate(usize),
}

impl Tracer<'_> {
    /// The items of a list that is written out.
    pub(super) fn list(&mut self, state: &State, items: &[(ValueId, bool)], queue: &mut Queue) {
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let index = match state.path.first() {
            Some(PathSeg::Field(name, _)) if &**name == KEYS => return,
            // What a generator returns is none of its elements.
            Some(PathSeg::Field(name, _)) if &**name == FINAL => {
                for (value, _) in items.iter().filter(|(_, spread)| *spread) {
                    self.go(state, at(*value), state.path.clone(), Note::Value, queue);
                }
                return;
            }
            Some(PathSeg::Field(name, _)) => match name.strip_prefix('-').map(str::parse::<usize>) {
                // From the end.
                Some(Ok(n)) if !items.iter().any(|(_, spread)| *spread) => items.len().checked_sub(n),
                _ => name.parse::<usize>().ok(),
            },
            _ => None,
        };
        let rest = if state.path.is_whole() { Path::whole() } else { state.path.rest() };
        if let Some(n) = index
            && !items.iter().take(n + 1).any(|(_, spread)| *spread)
        {
            if let Some((value, _)) = items.get(n) {
                self.go(state, at(*value), rest, Note::Value, queue);
            }
            return;
        }
        for (i, (value, spread)) in items.iter().enumerate() {
            let path = match (spread, state.path.first()) {
                (false, None) => match state.path.of_member(&i.to_string()) {
                    Some(path) => path,
                    None => continue,
                },
                (_, None) => Path::whole(),
                (true, _) if index.is_some() => rest.prefixed(PathSeg::Elem),
                (true, _) => state.path.clone(),
                (false, _) => rest.clone(),
            };
            self.go(state, at(*value), path, Note::Value, queue);
        }
    }

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
        if let (Some(list), Some((n, read))) = (self.extended_by(base.func, call), asked)
            && let Ok(n) = usize::try_from(n)
        {
            let (of, place) = if n < before { (base, n) } else { (list, n - before) };
            let place = match self.length(of, FAR) {
                Some(_) => PathSeg::Field(Sym::from(place.to_string()), read),
                None => PathSeg::Elem,
            };
            self.go(state, of, state.path.rest().prefixed(place), Note::Put, queue);
            return true;
        }
        let Some(change) = self.change(base.func, call, before) else { return false };
        let Some((asked, read)) = asked else {
            if matches!(change, Change::Reverse | Change::Rotate(_)) {
                self.go(state, base, state.path.clone(), Note::Value, queue);
                return true;
            }
            let Change::Take(taken) = change else { return false };
            return self.only_places(state, base, (0..before).filter(|n| *n != taken), queue);
        };
        let after = match change {
            Change::Insert { count, .. } => before + count,
            Change::Take(_) => before - 1,
            Change::Reverse | Change::Rotate(_) => before,
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
            Change::Reverse => before - 1 - n,
            Change::Rotate(by) => (n + before - by % before) % before,
            _ => n,
        };
        let path = state.path.rest().prefixed(PathSeg::Field(Sym::from(place.to_string()), read));
        self.go(state, base, path, Note::Value, queue);
        true
    }

    /// An operator that no rule knows. `a | b` and `a |= b` of mappings have the members of both.
    /// Whether a value surely is a collection that was made here: a literal, `set(…)`, and what was put into it since.
    fn is_collection(&self, gv: Gv, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let program = self.program;
        let at = |value: ValueId| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::List(_) => true,
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                self.is_collection(at(*base), depth)
            }
            ValueKind::Phi(options) => options.first().is_some_and(|first| self.is_collection(at(*first), depth)),
            ValueKind::Call(call) => {
                matches!(program.kind(at(call.callee)), ValueKind::Free(name) if matches!(&**name, "set" | "frozenset"))
            }
            _ => false,
        }
    }

    pub(super) fn operands(&mut self, state: &State, parts: &[ValueId], queue: &mut Queue) {
        if self.constants {
            return;
        }
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        let less = state.less(Confidence::Medium);
        let program = self.program;
        if let Some(method) = program.function(state.gv.func).operators.get(&state.gv.value) {
            if self.operated(state, parts, method, queue) {
                return;
            }
            if let (Some(PathSeg::Field(asked, read)), Some((list, length, _))) =
                (state.path.first(), self.repeated(state.gv, parts, FAR))
                && let Ok(n) = asked.parse::<usize>()
            {
                let place = PathSeg::Field(Sym::from((n % length).to_string()), *read);
                self.go(state, list, state.path.rest().prefixed(place), Note::Value, queue);
                return;
            }
            if let (true, [of, set]) = (&**method == "__sub__", parts)
                && (self.is_collection(at(*set), 8) || self.is_collection(at(*of), 8))
            {
                // What a set has without those of another.
                self.go(&less, at(*of), state.path.clone(), Note::Value, queue);
                return;
            }
        }
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

    /// `xs * 3` of a list: the list, its length, and how often it is there.
    fn repeated(&self, gv: Gv, parts: &[ValueId], depth: u32) -> Option<(Gv, usize, usize)> {
        let at = |value: ValueId| Gv { func: gv.func, value };
        let [list, times] = parts else { return None };
        let ValueKind::Num(times) = self.program.kind(at(*times)) else { return None };
        let method = self.program.function(gv.func).operators.get(&gv.value)?;
        let length = self.length(at(*list), depth.min(8))?;
        (&**method == "__mul__" && length > 0).then_some((at(*list), length, times.parse().ok()?))
    }

    /// `a + b` of lists, asked for one item: of the list that it is in. False where their lengths do not say it.
    pub(super) fn joined_lists(&mut self, state: &State, parts: &[ValueId], queue: &mut Queue) -> bool {
        let Some(PathSeg::Field(asked, read)) = state.path.first().cloned() else { return false };
        let Ok(asked) = asked.parse::<usize>() else { return false };
        let mut before = 0;
        for (i, part) in parts.iter().enumerate() {
            let list = Gv { func: state.gv.func, value: *part };
            let Some(length) = self.length(list, FAR) else {
                for part in parts.iter().skip(i).filter(|_| i > 0) {
                    let list = Gv { func: state.gv.func, value: *part };
                    self.go(state, list, state.path.rest().prefixed(PathSeg::Elem), Note::Value, queue);
                }
                return i > 0;
            };
            if asked < before + length {
                let place = PathSeg::Field(Sym::from((asked - before).to_string()), read);
                self.go(state, list, state.path.rest().prefixed(place), Note::Value, queue);
                return true;
            }
            before += length;
        }
        true
    }

    /// The place in a list of known length that is asked for of the list turned round.
    pub(super) fn counted_back(&self, state: &State, list: Gv) -> Option<PathSeg> {
        let Some(PathSeg::Field(asked, read)) = state.path.first() else { return None };
        let place = self.length(list, FAR)?.checked_sub(asked.parse::<usize>().ok()? + 1)?;
        Some(PathSeg::Field(Sym::from(place.to_string()), *read))
    }

    /// The place from the start that `-1` and the like are, in a list of known length.
    pub(super) fn place_from_start(&self, list: Gv, name: &str) -> Option<Sym> {
        let back = name.strip_prefix('-')?.parse::<usize>().ok()?;
        let place = self.length(list, FAR)?.checked_sub(back)?;
        Some(Sym::from(place.to_string()))
    }

    /// The place of the item that `xs.pop()`, `xs.pop(0)` or `xs.shift()` gives.
    pub(super) fn taken(&self, list: Gv, call: &Call) -> Option<usize> {
        let ValueKind::Field(_, name) = self.program.kind(Gv { func: list.func, value: call.callee }) else {
            return None;
        };
        if &**name == "remove" {
            return None; // gives nothing
        }
        match self.change(list.func, call, self.length(list, FAR)?)? {
            Change::Take(n) => Some(n),
            _ => None,
        }
    }

    /// `xs.extend(ys)`, `xs.push(...ys)`: what is put at the end.
    fn extended_by(&self, func: crate::link::FuncId, call: &Call) -> Option<Gv> {
        let at = |value: ValueId| Gv { func, value };
        let ValueKind::Field(_, name) = self.program.kind(at(call.callee)) else { return None };
        match call.args.as_slice() {
            [arg] if &**name == "extend" && arg.spread == Spread::None => Some(at(arg.value)),
            _ => None,
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
            ("reverse", 0) => Some(Change::Reverse),
            ("rotate", 0) if before > 0 => Some(Change::Rotate(1)),
            ("rotate", 1) if before > 0 => number(0).map(Change::Rotate),
            // The very item that was put there.
            ("remove", 1) => {
                let ValueKind::Field(list, _) = self.program.kind(at(call.callee)) else { return None };
                let ValueKind::List(items) = self.program.kind(at(*list)) else { return None };
                items.iter().position(|(item, _)| *item == call.args[0].value).map(Change::Take)
            }
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
            ValueKind::Concat(parts) if parts.len() < 8 => {
                parts.iter().map(|part| self.length(at(*part), depth.min(8))).sum()
            }
            ValueKind::Unknown(parts) => self.repeated(gv, parts, depth).map(|(_, length, times)| length * times),
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
                if let Some(list) = self.extended_by(gv.func, call) {
                    return Some(before + self.length(list, depth)?);
                }
                match self.change(gv.func, call, before) {
                    Some(Change::Insert { count, .. }) => Some(before + count),
                    Some(Change::Take(_)) => Some(before - 1),
                    Some(Change::Reverse | Change::Rotate(_)) => Some(before),
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

/// Whether the names are the first indices of a list: the rest of it begins after them.
pub(super) fn is_tail(names: &[Sym]) -> bool {
    let starts = names.iter().position(|n| n.starts_with('-')).unwrap_or(names.len());
    let names = &names[..starts];
    !names.is_empty() && names.iter().enumerate().all(|(i, n)| **n == *i.to_string())
}

/// What is asked of a value where `path` is asked of the rest of it.
pub(super) fn rest_of(path: &Path, names: &[Sym]) -> Path {
    match path.first() {
        None => names.iter().fold(path.clone(), |path, name| path.leaving_out(&[Seg::Field(name.clone())])),
        Some(PathSeg::Field(name, at)) if is_tail(names) => match name.parse::<usize>() {
            Ok(n) => {
                let before = names.iter().filter(|n| !n.starts_with('-')).count();
                path.rest().prefixed(PathSeg::Field(Sym::from((n + before).to_string()), *at))
            }
            Err(_) => path.clone(),
        },
        Some(_) => path.clone(),
    }
}
