//! Which data reach a call that stays, and which safeguards stand on their way.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::texts;
use super::unit::{Item, Kind, Unit};
use super::{Side, State, View};
use crate::inventory::{Confidence, Flow};
use crate::words;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        items(old, new, drafts);
        safeguards(old, new, drafts);
    }
}

/// The items that the other side lacks, less those that only have another name there.
fn lacking<'u, 'i>(of: &'u Unit<'i>, other: &Unit<'_>) -> Vec<(&'i str, &'u Item<'i>)> {
    let only = |a: &'u Unit<'i>, b: &Unit<'_>| -> Vec<(&'i str, &'u Item<'i>)> {
        a.items.iter().filter(|(label, _)| !b.items.contains_key(*label)).map(|(l, i)| (*l, i)).collect()
    };
    let mut other_only: Vec<(&str, &str)> =
        other.items.iter().filter(|(label, _)| !of.items.contains_key(*label)).map(|(l, i)| (*l, i.category)).collect();
    let mut found = only(of, other);
    // The name of a class and of a variable that holds one of its objects.
    found.retain(|(label, _)| !other.items.keys().any(|l| l.eq_ignore_ascii_case(label)));
    found.retain(|(label, item)| !texts::is_known(label, item, other));
    // A guess, or a key that opens a store, is no evidence of other data.
    found.retain(|(_, item)| {
        item.flows.iter().any(|f| f.confidence > Confidence::Low)
            && (item.category != "credentials" || of.kind == Kind::Text)
    });
    // The same field of a renamed class first, then the same category.
    let member = |label: &str| label.rsplit('.').next().unwrap_or(label).to_owned();
    for same_member in [true, false] {
        found.retain(|(label, item)| {
            let partner = other_only
                .iter()
                .position(|(l, category)| *category == item.category && (!same_member || member(l) == member(label)));
            partner.map(|ix| other_only.remove(ix)).is_none()
        });
    }
    found
}

fn items(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    for (label, item) in lacking(new, old) {
        let code = match item.category {
            _ if new.kind == Kind::Training => "T20",
            _ if item.special => "T07",
            "free_text" | "communications_content" => "T08",
            // Where no picture was sent, it is another kind of data.
            "photo" if !old.items.values().any(|o| o.category == "photo") => "T37",
            _ => "T06",
        };
        let mut draft = item_draft(code, Side::Head, new, item);
        draft.after = Some(State { text: shown(label, item), ..State::default() });
        draft.message = format!(
            "{} newly reaches {}: {label}.",
            words::category_sentence(item.category, false),
            words::recipient(&new.call.provider)
        );
        drafts.push(draft);
    }
    // A call to which nothing was seen to lead any more is one that was lost from sight, not one that is given nothing.
    let in_sight = !new.items.is_empty();
    let gone = lacking(old, new).into_iter().filter(|(_, item)| in_sight || !texts::is_text(item));
    for (label, item) in gone {
        let mut draft = item_draft("T10", Side::Base, old, item);
        draft.activity = new.name();
        draft.before = Some(State { text: shown(label, item), ..State::default() });
        draft.message = format!(
            "{} no longer reaches {}: {label}.",
            words::category_sentence(item.category, false),
            words::recipient(&new.call.provider)
        );
        drafts.push(draft);
    }
}

fn shown(label: &str, item: &Item<'_>) -> String {
    format!("{}, {label}", words::category(item.category))
}

fn item_draft(code: &'static str, side: Side, unit: &Unit<'_>, item: &Item<'_>) -> Draft {
    let mut places = Vec::new();
    for flow in &item.flows {
        way(side, flow, &mut places);
    }
    places.push((side, unit.call.location.clone(), "the call".to_owned()));
    Draft { code, activity: unit.name(), places, must_touch: true, must_be_new: true, ..Draft::default() }
}

fn way(side: Side, flow: &Flow, places: &mut Vec<(Side, crate::inventory::Location, String)>) {
    places.push((side, flow.source.location.clone(), flow.source.label.clone()));
    places.extend(flow.steps.iter().map(|s| (side, s.location.clone(), s.label.clone())));
}

fn safeguards(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    for (label, item) in &new.items {
        let Some(before) = old.items.get(label) else { continue };
        let (was, is) = (before.guards(), item.guards());
        for (code, from, to) in [("T12", &was, &is), ("T13", &is, &was)] {
            let changed: BTreeSet<&str> = from.difference(to).copied().collect();
            // Another measure in its place is a matter for the text, not for an alarm.
            if changed.is_empty() || !to.is_empty() {
                continue;
            }
            let (side, unit, one) = if code == "T12" { (Side::Base, old, before) } else { (Side::Head, new, item) };
            let mut draft = item_draft(code, Side::Head, new, item);
            let guards = one.flows.iter().flat_map(|f| &f.safeguards);
            draft.places.extend(guards.map(|g| (side, g.location.clone(), g.name.clone())));
            draft.places.push((side, unit.call.location.clone(), String::new()));
            if code == "T12" {
                for flow in &one.flows {
                    way(Side::Base, flow, &mut draft.places);
                }
            }
            let measures = changed.iter().copied().collect::<Vec<_>>().join(", ");
            let state = Some(State { text: measures.clone(), ..State::default() });
            if code == "T12" {
                draft.before = state;
                draft.message = format!("{label} reaches the model without {measures}.");
            } else {
                draft.after = state;
                draft.message = format!("{label} now passes {measures} on its way to the model.");
            }
            drafts.push(draft);
        }
    }
}
