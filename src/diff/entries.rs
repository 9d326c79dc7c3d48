//! Where a call that stays is reached from: routes, jobs and handlers that are new, and sign-ins that are gone.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::recipients::draft;
use super::unit::Unit;
use super::{Severity, Side, State, View};
use crate::inventory::EntryPoint;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        reached(old, new, drafts);
        access(old, new, drafts);
    }
}

/// The ways in from outside, by how people call them.
pub(super) fn ways<'i>(unit: &Unit<'i>) -> BTreeMap<&'i str, &'i EntryPoint> {
    let all = unit.activities.iter().flat_map(|a| &a.entry_points);
    all.filter(|e| matches!(&*e.kind, "http" | "handler" | "job" | "message")).map(|e| (&*e.label, e)).collect()
}

/// T34: more ways in than before. As many as before are the same ones under other names.
fn reached(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let (was, is) = (ways(old), ways(new));
    let fresh: Vec<&EntryPoint> = is.iter().filter(|(l, _)| !was.contains_key(*l)).map(|(_, e)| *e).collect();
    let gone = was.keys().filter(|l| !is.contains_key(*l)).count();
    if fresh.len() <= gone {
        return;
    }
    for entry in fresh {
        let mut made = draft("T34", old, new);
        made.places = vec![
            (Side::Head, entry.location.clone(), entry.label.clone()),
            (Side::Head, new.call.location.clone(), "the call".to_owned()),
        ];
        if new.items.is_empty() {
            made.severity = Some(Severity::Low);
        }
        let open = entry.kind == "http" && entry.access.is_empty();
        let how = if open { "; no sign-in was seen there" } else { "" };
        made.after = Some(State { text: entry.label.clone(), ..State::default() });
        made.message = format!("{} is newly reached from {}{how}.", new.name(), entry.label);
        made.must_touch = true;
        drafts.push(made);
    }
}

/// T40: an entry point that asked for a sign-in or a permission asks for none.
fn access(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let entries = |unit: &Unit<'_>| -> BTreeMap<String, EntryPoint> {
        let all = unit.activities.iter().flat_map(|a| &a.entry_points);
        all.map(|e| (e.label.clone(), e.clone())).collect()
    };
    let is = entries(new);
    for (label, before) in entries(old) {
        let Some(after) = is.get(&label).filter(|after| after.access.is_empty()) else { continue };
        let Some(lost) = before.access.first() else { continue };
        let mut made = draft("T40", old, new);
        made.places = before.access.iter().map(|a| (Side::Base, a.location.clone(), a.name.clone())).collect();
        made.places.push((Side::Head, after.location.clone(), label.clone()));
        made.before = Some(State { text: lost.name.clone(), ..State::default() });
        made.after = Some(State { text: "no sign-in".to_owned(), ..State::default() });
        made.message = format!("{label} asks for no sign-in or permission any more.");
        made.must_touch = true;
        drafts.push(made);
    }
}
