//! Calls that are new or gone.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::entries;
use super::recipients::{all, is_gateway, named, receives, state};
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
    let fresh: Vec<&str> = recipients.iter().copied().filter(|p| !was_known(view, unit, p)).collect();
    let who = |providers: &[&str]| match providers {
        [] => words::recipient(&unit.call.provider).to_owned(),
        _ => providers.iter().map(|p| words::recipient(p)).collect::<Vec<_>>().join(", "),
    };
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
    // Which data it is given is said with the new call.
    if own.is_none() {
        drafts.retain(|d| !(d.code == "T08" && d.places.first().is_some_and(|(_, at, _)| *at == unit.call.location)));
    }
    if !fresh.is_empty() {
        for provider in fresh {
            let mut draft = new_draft("T02", unit);
            draft.after = Some(state(provider, unit.call.model.as_deref()));
            draft.message = format!("{} newly receives {}.", words::recipient(provider), data(unit));
            drafts.push(draft);
        }
    } else if own.is_none() && gateway.is_none() && !is_rewritten(view, unit) {
        let mut draft = new_draft("T34", unit);
        if unit.items.is_empty() {
            draft.severity = Some(Severity::Low);
        }
        draft.message = format!("{} is new: {} is sent to {}.", unit.name(), data(unit), who(&recipients));
        drafts.push(draft);
    }
}

/// Whether a call is made for all that another one is made for: the same routes, jobs and commands.
fn serves(call: &Unit<'_>, other: &Unit<'_>) -> bool {
    let (ways, others) = (entries::ways(call), entries::ways(other));
    call.kind == other.kind && !others.is_empty() && others.keys().all(|way| ways.contains_key(way))
}

/// Whether a new call does what a call that is gone did: for the same ways in, with data of the same kinds.
fn is_rewritten(view: &View<'_>, unit: &Unit<'_>) -> bool {
    let kinds = |unit: &Unit<'_>| unit.items.values().map(|item| item.category.to_owned()).collect::<BTreeSet<_>>();
    let gone: Vec<&Unit<'_>> =
        view.matching.removed.iter().map(|b| &view.old[*b]).filter(|old| old.kind == unit.kind).collect();
    let before: BTreeSet<String> = gone.iter().flat_map(|old| kinds(old)).collect();
    let ways = entries::ways(unit);
    !ways.is_empty()
        && ways.keys().all(|way| gone.iter().any(|old| entries::ways(old).contains_key(way)))
        && kinds(unit).is_subset(&before)
}

/// Whether a provider was one before: by a call, or by a model that the code names. Where a call of which only
/// configuration said the provider is gone, a line that is gone and names it says that it was one of those.
fn was_known(view: &View<'_>, unit: &Unit<'_>, provider: &str) -> bool {
    let in_code = || {
        let mut live = view.base.model_references.iter().filter(|r| !super::rows::is_archived(&r.location.file));
        live.any(|r| r.provider.as_deref() == Some(provider))
    };
    let open = |b: &usize| view.old[*b].kind == unit.kind && named(&view.old[*b]).is_empty();
    receives(&view.old, provider)
        || in_code()
        || view.matching.removed.iter().any(open) && view.changes.find(Side::Base, &[provider], &[]).is_some()
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
    let gone: Vec<&str> = all(unit).into_iter().filter(|p| *p != "local" && !receives(&view.new, p)).collect();
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
        // Of what was sent nothing personal is known: no DPIA describes it.
        _ if gone.is_empty() && unit.items.values().all(|item| item.category == "other") => {}
        _ if gone.is_empty() && view.new.iter().any(|new| serves(new, unit)) => {}
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
