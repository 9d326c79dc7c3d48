//! Which call of the head is which call of the base: by meaning, never by line.
//!
//! Every pair of calls of one kind gets a score for what speaks for their being the same; the best pairs are taken
//! first. Provider, model and SDK are what is compared later, so they weigh little: they only decide between equals. A
//! call that is left over may still be a part of a matched one, where one call was split or several were merged.

use std::collections::BTreeSet;

use super::unit::Unit;

/// What speaks for a pair.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Score {
    pub(super) points: u32,
    pub(super) reasons: Vec<&'static str>,
}

impl Score {
    fn add(&mut self, points: u32, reason: &'static str) {
        if points > 0 {
            self.points += points;
            self.reasons.push(reason);
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) base: usize,
    pub(super) head: usize,
    pub(super) score: Score,
}

/// The result: indices into the units of either side.
#[derive(Clone, Debug, Default)]
pub(super) struct Matching {
    pub(super) pairs: Vec<Pair>,
    pub(super) removed: Vec<usize>,
    pub(super) added: Vec<usize>,
    /// Left over, but part of what a call of the other side does: (own index, index on the other side).
    pub(super) merged: Vec<(usize, usize)>,
    pub(super) split: Vec<(usize, usize)>,
}

/// Below this, two calls are two calls.
const LEAST: u32 = 40;

pub(super) fn matching(base: &[Unit<'_>], head: &[Unit<'_>]) -> Matching {
    let mut candidates = Vec::new();
    for (b, old) in base.iter().enumerate() {
        for (h, new) in head.iter().enumerate() {
            let score = score(old, new);
            if score.points >= LEAST {
                candidates.push(Pair { base: b, head: h, score });
            }
        }
    }
    candidates.sort_by(|x, y| {
        (std::cmp::Reverse(x.score.points), x.base, x.head).cmp(&(std::cmp::Reverse(y.score.points), y.base, y.head))
    });
    let mut result = Matching::default();
    let mut taken = (vec![false; base.len()], vec![false; head.len()]);
    for pair in candidates {
        if !taken.0[pair.base] && !taken.1[pair.head] {
            taken.0[pair.base] = true;
            taken.1[pair.head] = true;
            result.pairs.push(pair);
        }
    }
    result.pairs.sort_by_key(|p| (p.head, p.base));
    // What stays where it was cannot have moved: another call like it is a copy.
    let stays = |b: usize, h: usize| base[b].file() == head[h].file() && base[b].call.function == head[h].call.function;
    let stay: Vec<(usize, usize)> =
        result.pairs.iter().filter(|p| stays(p.base, p.head)).map(|p| (p.base, p.head)).collect();
    for (h, _) in taken.1.iter().enumerate().filter(|(_, t)| !**t) {
        let part = |b: &usize| is_part(&head[h], &base[*b], stay.iter().any(|(stays, _)| stays == b));
        match (0..base.len()).find(part) {
            Some(b) => result.split.push((h, b)),
            None => result.added.push(h),
        }
    }
    for (b, _) in taken.0.iter().enumerate().filter(|(_, t)| !**t) {
        let part = |h: &usize| is_part(&base[b], &head[*h], stay.iter().any(|(_, stays)| stays == h));
        match (0..head.len()).find(part) {
            Some(h) => result.merged.push((b, h)),
            None => result.removed.push(b),
        }
    }
    result
}

/// What speaks for two calls being the same one.
pub(super) fn score(old: &Unit<'_>, new: &Unit<'_>) -> Score {
    let mut score = Score::default();
    if old.kind != new.kind {
        return score;
    }
    let (file, function) = (old.file() == new.file(), last(&old.call.function) == last(&new.call.function));
    if file {
        score.add(25, "same file");
    } else if base_name(old.file()) == base_name(new.file()) {
        score.add(10, "same file name");
    }
    let named = !is_anonymous(&old.call.function);
    if old.call.function == new.call.function && (named || file) {
        score.add(30, "same function");
    } else if function && named {
        score.add(20, "same function name");
    }
    if old.ordinal == new.ordinal {
        score.add(2, "same place among equals");
    }
    let labels = |unit: &Unit<'_>| unit.items.keys().map(|l| (*l).to_owned()).collect::<BTreeSet<_>>();
    score.add(share(&labels(old), &labels(new), 20), "same data");
    let entries = |unit: &Unit<'_>| -> BTreeSet<String> {
        let all = unit.activities.iter().flat_map(|a| &a.entry_points);
        all.map(|e| last(&e.label).to_owned()).filter(|l| !is_anonymous(l)).collect()
    };
    score.add(share(&entries(old), &entries(new), 20), "same entry points");
    let uses =
        |unit: &Unit<'_>| unit.outputs.iter().map(|o| format!("{} {}", o.use_, o.label)).collect::<BTreeSet<_>>();
    score.add(share(&uses(old), &uses(new), 8), "same use of the answer");
    score.add(if old.call.callee == new.call.callee { 6 } else { 0 }, "same callee");
    score.add(if old.call.provider == new.call.provider { 4 } else { 0 }, "same provider");
    score.add(if old.call.model == new.call.model && old.call.model.is_some() { 4 } else { 0 }, "same model");
    score.add(if old.call.operation == new.call.operation { 3 } else { 0 }, "same operation");
    score
}

/// Whether a call without a partner does nothing that `other`, of the other revision, does not do: to the same
/// recipients, with the same data, from the same function or entry points. `stays`: the other is on both sides in one place.
fn is_part(unit: &Unit<'_>, other: &Unit<'_>, stays: bool) -> bool {
    if unit.kind != other.kind || !unit.recipients.iter().all(|r| other.recipients.iter().any(|o| same(r, o))) {
        return false;
    }
    let data = unit.items.iter().all(|(label, item)| {
        other.items.contains_key(label) || other.items.values().any(|o| o.category == item.category)
    });
    let named = !is_anonymous(&unit.call.function);
    let here = unit.file() == other.file() && unit.call.function == other.call.function;
    let moved = named && !stays && last(&unit.call.function) == last(&other.call.function);
    // Only an address says which entry point it is; "chat message" is that of every chat.
    let entries = |unit: &Unit<'_>| -> BTreeSet<String> {
        let all = unit.activities.iter().flat_map(|a| &a.entry_points);
        let known = all.filter(|e| !is_anonymous(&e.label));
        known
            .map(|e| if e.kind == "http" { e.label.clone() } else { format!("{} {}", e.location.file, e.label) })
            .collect()
    };
    let (own, others) = (entries(unit), entries(other));
    let reached = !own.is_empty() && own.is_subset(&others);
    data && (here || moved || reached)
}

fn same(a: &super::unit::Recipient, b: &super::unit::Recipient) -> bool {
    a.provider == b.provider && (a.model.is_none() || b.model.is_none() || a.model == b.model)
}

fn share(a: &BTreeSet<String>, b: &BTreeSet<String>, most: u32) -> u32 {
    let all = a.union(b).count();
    if all == 0 {
        return 0;
    }
    let both = a.intersection(b).count();
    u32::try_from(both * most as usize / all).unwrap_or(0)
}

/// `Client.ask` → `ask`
fn last(name: &str) -> &str {
    name.rsplit(['.', '#']).next().unwrap_or(name)
}

/// Names that many functions have.
fn is_anonymous(name: &str) -> bool {
    let name = last(name);
    name.is_empty()
        || name.starts_with('<')
        || matches!(name, "__init__" | "constructor" | "default" | "main" | "execute" | "run" | "handler")
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
