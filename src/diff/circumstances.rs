//! What stands around a call: a consent that is no longer asked, a loop or a schedule that is new.

use super::draft::Draft;
use super::recipients::draft;
use super::unit::Unit;
use super::{Side, State, View};
use crate::inventory::Circumstance;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        consent(old, new, drafts);
        scale(old, new, drafts);
    }
}

fn of<'u, 'i>(unit: &'u Unit<'i>, kind: &'u str) -> impl Iterator<Item = &'i Circumstance> + 'u {
    unit.circumstances.iter().copied().filter(move |c| c.kind == kind)
}

/// T42: a consent that stood before the call is gone, and none is in its place.
fn consent(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let Some(was) = of(old, "consent").next() else { return };
    if of(new, "consent").next().is_some() {
        return;
    }
    let mut made = draft("T42", old, new);
    made.places = of(old, "consent").map(|c| (Side::Base, c.location.clone(), c.text.clone())).collect();
    made.places.push((Side::Head, new.call.location.clone(), "the call".to_owned()));
    made.before = Some(State { text: was.text.clone(), ..State::default() });
    made.after = Some(State { text: "no such condition".to_owned(), ..State::default() });
    made.message = format!("{} no longer depends on {}.", new.name(), was.text);
    made.must_touch = true;
    drafts.push(made);
}

/// T35: the call is newly made for each of many records, or again and again.
fn scale(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    for kind in ["loop", "schedule"] {
        let Some(is) = of(new, kind).next() else { continue };
        if of(old, kind).next().is_some() {
            continue;
        }
        let mut made = draft("T35", old, new);
        made.places = of(new, kind).map(|c| (Side::Head, c.location.clone(), c.text.clone())).collect();
        made.after = Some(State { text: is.text.clone(), ..State::default() });
        made.message = if kind == "loop" {
            format!("{} newly runs {}.", new.name(), is.text)
        } else {
            format!("{} newly runs on a schedule ({}).", new.name(), is.text)
        };
        made.must_touch = true;
        drafts.push(made);
    }
}
