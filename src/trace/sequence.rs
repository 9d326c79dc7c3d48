//! Lists whose length is known: which item a place is after `append`, `insert`, `pop`.

use super::{Note, Queue, State, Tracer};
use crate::ir::{ArgRole, Call, Spread, Sym, ValueId, ValueKind};
use crate::link::Gv;
use crate::path::PathSeg;

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
        let Some(PathSeg::Field(asked, read)) = state.path.first().cloned() else { return false };
        let Ok(asked) = asked.parse::<i64>() else { return false };
        let Some(before) = self.length(base, FAR) else { return false };
        let Some(change) = self.change(base.func, call, before) else { return false };
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

    fn length(&self, gv: Gv, depth: u32) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let at = |value: ValueId| Gv { func: gv.func, value };
        match self.program.kind(gv) {
            ValueKind::List(items) => items.iter().all(|(_, spread)| !spread).then_some(items.len()),
            ValueKind::Typed(inner, _) => self.length(at(*inner), depth),
            ValueKind::Update { base, path, .. } => {
                let before = self.length(at(*base), depth)?;
                match path.first()? {
                    crate::ir::Seg::Field(name) => name.parse::<usize>().is_ok_and(|n| n < before).then_some(before),
                    crate::ir::Seg::Elem => Some(before),
                }
            }
            ValueKind::AfterCall { base, call, role } => {
                let before = self.length(at(*base), depth)?;
                let ValueKind::Call(call) = self.program.kind(at(*call)) else { return None };
                if *role != ArgRole::Receiver {
                    // A function of the tree may change it; others seldom do.
                    let ValueKind::AfterCall { call, .. } = self.program.kind(gv) else { return None };
                    return self.calls.functions(at(*call)).next().is_none().then_some(before);
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
