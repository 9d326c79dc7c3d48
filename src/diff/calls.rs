//! Calls that are new or gone.

use super::draft::Draft;
use super::recipients::{all, is_gateway, receives, state};
use super::unit::{Kind, Unit};
use super::{Severity, Side, State, View};
use crate::words;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for h in &view.matching.added {
        added(view, &view.new[*h], drafts);
    }
    for b in &view.matching.removed {
        removed(view, &view.old[*b], drafts);
    }
}

fn new_draft(code: &'static str, unit: &Unit<'_>) -> Draft {
    let mut places = vec![(Side::Head, unit.call.location.clone(), "the new call".to_owned())];
    for item in unit.items.values() {
        if let Some(flow) = item.flows.first() {
            places.push((Side::Head, flow.source.location.clone(), flow.source.label.clone()));
        }
    }
    let after = state(&unit.call.provider, unit.call.model.as_deref());
    Draft { code, activity: unit.name(), after: Some(after), places, must_touch: true, ..Draft::default() }
}

/// `name, e-mail and messages`
fn data(unit: &Unit<'_>) -> String {
    let mut kinds: Vec<&str> = unit.items.values().map(|i| words::category(i.category)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    match kinds.as_slice() {
        [] => "data in which no personal data were found".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn added(view: &View<'_>, unit: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let recipients: Vec<&str> = all(unit).into_iter().collect();
    let fresh: Vec<&str> = recipients.iter().copied().filter(|p| !receives(&view.old, p)).collect();
    let who = |providers: &[&str]| providers.iter().map(|p| words::recipient(p)).collect::<Vec<_>>().join(", ");
    let gateway = fresh.iter().copied().find(|p| is_gateway(p));
    let own = match unit.kind {
        Kind::Observability => Some("T31"),
        Kind::Training if is_annotation(unit) => Some("T21"),
        Kind::Training => Some("T18"),
        Kind::Upload => Some("T16"),
        Kind::Store => Some("T22"),
        Kind::Image | Kind::Audio => Some("T37"),
        Kind::Moderation => return,
        _ => None,
    };
    if let Some(code) = own {
        let mut draft = new_draft(code, unit);
        draft.message = match code {
            "T31" => format!("{} newly receives {}.", who(&recipients), data(unit)),
            "T18" => format!("A model is newly trained with {}.", data(unit)),
            "T21" => format!("{} is newly handed to a tool for labelling ({}).", data(unit), unit.call.sdk),
            "T16" => format!("{} newly keeps {}.", who(&recipients), data(unit)),
            "T22" => format!("{} is newly stored in {}.", data(unit), who(&recipients)),
            _ => format!("{} is a new call for {} to {}.", unit.name(), unit.call.operation, who(&recipients)),
        };
        drafts.push(draft);
    }
    if let Some(gateway) = gateway {
        let mut draft = new_draft("T05", unit);
        draft.after = Some(state(gateway, unit.call.model.as_deref()));
        draft.message = format!("{} newly passes on {}.", words::recipient(gateway), data(unit));
        drafts.push(draft);
    }
    let fresh: Vec<&str> = fresh.into_iter().filter(|p| *p != "local" && !is_gateway(p)).collect();
    if own == Some("T31") {
        return;
    }
    if own.is_none() && unit.call.callee.split('.').any(|w| STATEFUL.contains(&w)) {
        let mut draft = new_draft("T16", unit);
        draft.message = format!("{} newly keeps state for {}.", who(&recipients), unit.name());
        drafts.push(draft);
    }
    items(unit, drafts);
    if !fresh.is_empty() {
        for provider in fresh {
            let mut draft = new_draft("T02", unit);
            draft.after = Some(state(provider, unit.call.model.as_deref()));
            draft.message = format!("{} newly receives {}.", words::recipient(provider), data(unit));
            drafts.push(draft);
        }
    } else if own.is_none() && gateway.is_none() {
        let mut draft = new_draft("T34", unit);
        if unit.items.is_empty() {
            draft.severity = Some(Severity::Low);
        }
        draft.message = format!("{} is new: {} is sent to {}.", unit.name(), data(unit), who(&recipients));
        drafts.push(draft);
    }
}

/// Whether the call is of a package for labelling data.
fn is_annotation(unit: &Unit<'_>) -> bool {
    let sdk = unit.call.sdk.replace('-', "_");
    let mut rows = crate::sinks::practices::rows().iter().filter(|r| r.kind == "annotation");
    rows.any(|r| r.package.contains(&sdk))
}

/// Members of an API behind which the provider keeps what it is given until it is deleted.
const STATEFUL: &[&str] =
    &["threads", "assistants", "conversations", "vector_stores", "vectorStores", "files", "batches", "sessions"];

/// Of what a new call sends, what a DPIA asks about apart: free text, and data of a special category.
fn items(unit: &Unit<'_>, drafts: &mut Vec<Draft>) {
    for (code, what) in [("T07", "Data of a special category"), ("T08", "Free text")] {
        let of = |item: &&(&&str, &super::unit::Item<'_>)| match code {
            "T07" => item.1.special,
            _ => !item.1.special && matches!(item.1.category, "free_text" | "communications_content"),
        };
        let all: Vec<(&&str, &super::unit::Item<'_>)> = unit.items.iter().collect();
        let found: Vec<_> = all.iter().filter(of).collect();
        if found.is_empty() {
            continue;
        }
        let labels: Vec<&str> = found.iter().map(|(label, _)| **label).collect();
        let mut draft = new_draft(code, unit);
        let flows = found.iter().flat_map(|(_, item)| &item.flows);
        draft.places.extend(flows.flat_map(|f| &f.steps).map(|s| (Side::Head, s.location.clone(), s.label.clone())));
        draft.after = Some(State { text: labels.join(", "), ..State::default() });
        draft.message =
            format!("{what} newly reaches {}: {}.", words::recipient(&unit.call.provider), labels.join(", "));
        drafts.push(draft);
    }
}

fn removed(view: &View<'_>, unit: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let gone: Vec<&str> = all(unit).into_iter().filter(|p| !receives(&view.new, p)).collect();
    let base = |code| Draft {
        code,
        activity: unit.name(),
        before: Some(state(&unit.call.provider, unit.call.model.as_deref())),
        places: vec![(Side::Base, unit.call.location.clone(), "the call as it was".to_owned())],
        must_touch: true,
        ..Draft::default()
    };
    match unit.kind {
        Kind::Observability => {
            let mut draft = base("T32");
            draft.message = format!("{} no longer receives {}.", words::recipient(&unit.call.provider), data(unit));
            drafts.push(draft);
        }
        Kind::Moderation => {
            let mut draft = base("T39");
            draft.message = format!("What {} does is no longer checked by a moderation.", unit.name());
            drafts.push(draft);
        }
        _ if gone.is_empty() => {
            let mut draft = base("T48");
            draft.message = format!("{} no longer sends {}.", unit.name(), data(unit));
            drafts.push(draft);
        }
        _ => {
            for provider in gone {
                let mut draft = base("T04");
                draft.before = Some(State { ..state(provider, unit.call.model.as_deref()) });
                draft.message = format!("{} no longer receives {}.", words::recipient(provider), data(unit));
                drafts.push(draft);
            }
        }
    }
}
