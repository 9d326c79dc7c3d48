//! The ways of one source to one call: which of them are shown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::id;
use crate::inventory::{Confidence, Flow, Location, Safeguard, Source};
use crate::link::{FuncId, Program};
use crate::trace::Found;

/// A flow, and what of its way is not in the inventory.
pub(crate) struct Way {
    pub(crate) flow: Flow,
    /// The functions that it leads through.
    pub(crate) on: Vec<FuncId>,
    /// It begins where the data enter.
    begins: bool,
}

/// The ways to one call.
#[derive(Default)]
pub(super) struct Ways {
    flows: Vec<Way>,
    /// By source and the function in which the walk met it.
    known: FxHashMap<(Location, String, String, bool, FuncId), usize>,
    ids: FxHashMap<String, usize>,
}

impl Ways {
    /// Keep one flow for each source and function it is met in: the surest, then the shortest.
    pub(super) fn add(&mut self, program: &Program<'_>, call: &str, role: &str, found: Found) {
        let origin = found.origin;
        let key = (origin.location.clone(), origin.label.clone(), origin.category.clone(), found.begins, found.at);
        let place = program.qualified(found.at);
        let id = id::of("f", &[call, &origin.location.file, &origin.label, &origin.category, &origin.kind, &place]);
        let mut flow = Flow {
            id,
            call: call.to_owned(),
            confidence: found.confidence,
            source: Source {
                location: origin.location,
                label: origin.label,
                category: origin.category,
                special_category: origin.special,
                kind: origin.kind,
                whole: origin.whole,
                record: origin.record,
            },
            steps: found.steps,
            safeguards: found.safeguards,
            role: role.to_owned(),
            activities: Vec::new(),
            other_ways: 0,
            other_ways_by: Vec::new(),
        };
        if let Some(n) = self.known.get(&key) {
            let known = &mut self.flows[*n];
            let whole = known.flow.source.whole || flow.source.whole;
            if rank(&flow) < rank(&known.flow) {
                flow.id.clone_from(&known.flow.id);
                *known = Way { flow, on: found.on, begins: found.begins };
            }
            known.flow.source.whole = whole;
            return;
        }
        let same = self.ids.entry(flow.id.clone()).or_default();
        *same += 1;
        if *same > 1 {
            flow.id = format!("{}-{same}", flow.id);
        }
        self.known.insert(key, self.flows.len());
        self.flows.push(Way { flow, on: found.on, begins: found.begins });
    }

    /// The ways, with the safeguards that stand before all that the call sends.
    pub(super) fn into_ways(mut self, before: &[Safeguard]) -> Vec<Way> {
        for way in self.flows.iter_mut().filter(|_| !before.is_empty()) {
            let safeguards = &mut way.flow.safeguards;
            safeguards.extend_from_slice(before);
            safeguards.sort();
            safeguards.dedup();
        }
        self.flows
    }
}

/// What is shown of several ways: the lowest. An unguarded way is what counts.
fn rank(flow: &Flow) -> (bool, Reverse<Confidence>, usize) {
    (!flow.safeguards.is_empty(), Reverse(flow.confidence), flow.steps.len())
}

/// Other ways that are named by a place.
const MOST_NAMED: usize = 5;
/// Ways that are shown from where the data enter, rather than fewer that begin where they are met.
const FEW: usize = 3;

/// Of the ways of one source to one call, keep the most direct one for each activity that it serves, and count the rest.
/// `serving` is the number of activities of each call.
pub(super) fn most_direct(ways: Vec<Way>, serving: &FxHashMap<String, usize>) -> Vec<Flow> {
    let mut by_source: BTreeMap<_, Vec<Way>> = BTreeMap::new();
    for way in ways {
        let source = &way.flow.source;
        let key = (way.flow.call.clone(), source.location.clone(), source.label.clone(), source.category.clone());
        by_source.entry(key).or_default().push(way);
    }
    let mut kept = Vec::new();
    for ((call, ..), mut ways) in by_source {
        ways.sort_by(|a, b| (rank(&a.flow), &a.flow.id).cmp(&(rank(&b.flow), &b.flow.id)));
        let all: Vec<&Flow> = ways.iter().map(|w| &w.flow).collect();
        let entering: Vec<&Flow> = ways.iter().filter(|w| w.begins).map(|w| &w.flow).collect();
        let of_call = serving.get(&call).copied().unwrap_or_default();
        let nearest = cover(&all);
        let whole = cover(&entering);
        let worst = |flows: &[&Flow]| flows.iter().map(|f| (!f.safeguards.is_empty(), Reverse(f.confidence))).max();
        let enough = served(&whole, of_call) == served(&nearest, of_call)
            && whole.len() <= nearest.len().max(FEW)
            && worst(&whole) <= worst(&nearest);
        let chosen = if enough { whole } else { nearest };
        let mut shown: Vec<Flow> = chosen.iter().map(|f| (*f).clone()).collect();
        for other in all.iter().filter(|f| !chosen.iter().any(|c| c.id == f.id)) {
            let whose = shown.iter_mut().find(|k| {
                k.activities.is_empty()
                    || other.activities.is_empty()
                    || other.activities.iter().any(|a| k.activities.contains(a))
            });
            if let Some(known) = whose {
                known.other_ways += 1;
                if known.other_ways_by.len() < MOST_NAMED
                    && let Some(by) = leaves(known, other)
                    && !known.other_ways_by.contains(by)
                {
                    known.other_ways_by.push(by.clone());
                }
            }
        }
        kept.extend(shown);
    }
    kept
}

/// The last step of a way, seen from the source, that is not on the one that is shown.
fn leaves<'f>(shown: &Flow, other: &'f Flow) -> Option<&'f Location> {
    let on = |at: &Location| shown.steps.iter().any(|s| s.location.file == at.file && s.location.line == at.line);
    other.steps.iter().rev().map(|s| &s.location).find(|at| !on(at))
}

/// The first of the flows that serve each activity. A flow without activities serves all those of its call.
fn cover<'f>(flows: &[&'f Flow]) -> Vec<&'f Flow> {
    let mut all = false;
    let mut served: FxHashSet<&str> = FxHashSet::default();
    let mut chosen = Vec::new();
    for flow in flows {
        let new = flow.activities.is_empty() || flow.activities.iter().any(|a| !served.contains(a.as_str()));
        if all || !new {
            continue;
        }
        all = flow.activities.is_empty();
        served.extend(flow.activities.iter().map(String::as_str));
        chosen.push(*flow);
    }
    chosen
}

/// How many activities the flows serve together.
fn served(flows: &[&Flow], of_call: usize) -> usize {
    if flows.iter().any(|f| f.activities.is_empty()) {
        return of_call;
    }
    flows.iter().flat_map(|f| &f.activities).collect::<FxHashSet<_>>().len()
}
