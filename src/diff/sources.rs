//! Where the data of a call come from: whole objects, groups of people, further sources, observation.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::draft::Draft;
use super::recipients::draft;
use super::unit::{Item, Unit};
use super::{Severity, Side, State, View};
use crate::inventory::{Confidence, Flow};

const TEXT: &str = include_str!("../../queries/dpia.toml");

static PEOPLE: LazyLock<Vec<People>> = LazyLock::new(|| {
    let file: File = toml::from_str(TEXT).expect("queries/dpia.toml is sound, as a test says");
    file.subject
});

/// The rest of the file is for the document.
#[derive(Deserialize)]
struct File {
    subject: Vec<People>,
}

/// A group of people, and the words in names that speak of them.
#[derive(Deserialize)]
struct People {
    id: String,
    words: Vec<String>,
    #[serde(default)]
    vulnerable: bool,
}

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        whole(old, new, drafts);
        people(view, old, new, drafts);
        combined(old, new, drafts);
        observed(Some(old), new, drafts);
    }
    for h in &view.matching.added {
        observed(None, &view.new[*h], drafts);
    }
}

/// `Customer.email` → `Customer`
fn owner(label: &str) -> &str {
    label.rsplit_once('.').map_or("", |(owner, _)| owner)
}

fn is_sure(flow: &&Flow) -> bool {
    flow.confidence > Confidence::Low
}

fn placed(code: &'static str, old: &Unit<'_>, new: &Unit<'_>, flows: &[&Flow]) -> Draft {
    let mut made = draft(code, old, new);
    let steps = flows.iter().flat_map(|f| &f.steps).map(|s| (Side::Head, s.location.clone(), s.label.clone()));
    let sources = flows.iter().map(|f| (Side::Head, f.source.location.clone(), f.source.label.clone()));
    let call = (Side::Head, new.call.location.clone(), "the call".to_owned());
    made.places = sources.chain(steps).chain([call]).collect();
    made.must_touch = true;
    made.must_be_new = true;
    made
}

/// T09: of an object of which single fields were sent, all are.
fn whole(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let owners = |unit: &Unit<'_>, whole: bool| -> BTreeSet<String> {
        let of = unit.items.iter().filter(|(_, i)| i.flows.iter().any(|f| f.source.whole) == whole);
        of.map(|(label, _)| owner(label).to_owned()).filter(|o| !o.is_empty()).collect()
    };
    let (single, was_whole) = (owners(old, false), owners(old, true));
    for object in owners(new, true) {
        if !single.contains(&object) || was_whole.contains(&object) {
            continue;
        }
        let of = new.items.iter().filter(|(label, _)| owner(label) == object);
        let flows: Vec<&Flow> = of.flat_map(|(_, i)| &i.flows).copied().filter(|f| f.source.whole).collect();
        let mut made = placed("T09", old, new, &flows);
        made.before = Some(State { text: format!("single fields of {object}"), ..State::default() });
        made.after = Some(State { text: format!("{object} as a whole"), ..State::default() });
        made.message = format!("{object} is handed over as a whole, where single fields of it were.");
        drafts.push(made);
    }
}

fn groups(label: &str) -> impl Iterator<Item = &'static People> {
    let owner = owner(label);
    let parts = owner.split(|c: char| !c.is_alphanumeric());
    let mut words: Vec<String> = Vec::new();
    for part in parts {
        let mut word = String::new();
        let mut before = ' ';
        for c in part.chars() {
            if c.is_uppercase() && before.is_lowercase() && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.extend(c.to_lowercase());
            before = c;
        }
        words.push(word);
    }
    let says = move |p: &&People| words.iter().any(|w| p.words.iter().any(|k| k == w || format!("{k}s") == *w));
    PEOPLE.iter().filter(says)
}

/// T11: a new item is of a group of people of whom nothing was sent before. Users and customers are in every program, and
/// say nothing.
fn people(view: &View<'_>, old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let known: BTreeSet<&str> =
        view.old.iter().flat_map(|u| u.items.keys()).flat_map(|l| groups(l)).map(|p| &*p.id).collect();
    let mut told = BTreeSet::new();
    for (label, item) in &new.items {
        if old.items.contains_key(label) || !item.flows.iter().any(is_sure) {
            continue;
        }
        for group in groups(label).filter(|g| !matches!(&*g.id, "users" | "customers") && !known.contains(&*g.id)) {
            if !told.insert(&group.id) {
                continue;
            }
            let mut made = placed("T11", old, new, &item.flows);
            if group.vulnerable {
                made.severity = Some(Severity::High);
            }
            made.after = Some(State { text: format!("{}: {label}", group.id), ..State::default() });
            made.message = format!("Data about {} newly reach the model, as the name {} says.", group.id, owner(label));
            drafts.push(made);
        }
    }
}

/// What an item is read from, where it lies in a store: the table, the file, the mailbox.
fn store(label: &str, item: &Item<'_>) -> Option<String> {
    let flow = item.flows.iter().find(|f| is_sure(f))?;
    match &*flow.source.kind {
        "field" if flow.source.record => Some(owner(label).to_owned()),
        "db_read" | "file_read" | "api_read" | "email" | "transcript" => Some(flow.source.kind.clone()),
        _ => None,
    }
}

/// T23: data of one store were sent, and newly those of another beside them.
fn combined(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let stores = |unit: &Unit<'_>| -> BTreeSet<String> {
        unit.items.iter().filter_map(|(label, item)| store(label, item)).collect()
    };
    let (was, is) = (stores(old), stores(new));
    if was.is_empty() || !was.is_subset(&is) {
        return;
    }
    for fresh in is.difference(&was) {
        let of = new.items.iter().filter(|(label, item)| store(label, item).as_ref() == Some(fresh));
        let flows: Vec<&Flow> = of.flat_map(|(_, i)| &i.flows).copied().collect();
        let mut made = placed("T23", old, new, &flows);
        let list = |all: &BTreeSet<String>| all.iter().map(|s| s.replace('_', " ")).collect::<Vec<_>>().join(", ");
        made.before = Some(State { text: list(&was), ..State::default() });
        made.after = Some(State { text: list(&is), ..State::default() });
        made.message = format!("{} newly combines {} with {}.", new.name(), fresh.replace('_', " "), list(&was));
        made.one_of = Some(fresh.clone());
        drafts.push(made);
    }
}

/// T36: what is observed continuously newly reaches the call.
fn observed(old: Option<&Unit<'_>>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let of = |unit: &Unit<'_>| unit.items.values().any(is_observed);
    if old.is_some_and(of) {
        return;
    }
    let found = new.items.iter().filter(|(_, item)| is_observed(item));
    let (labels, flows): (Vec<&str>, Vec<&Vec<&Flow>>) = found.map(|(label, item)| (*label, &item.flows)).unzip();
    if labels.is_empty() {
        return;
    }
    let flows: Vec<&Flow> = flows.into_iter().flatten().copied().collect();
    let mut made = placed("T36", old.unwrap_or(new), new, &flows);
    made.after = Some(State { text: labels.join(", "), ..State::default() });
    made.message = format!("{} newly observes people: {}.", new.name(), labels.join(", "));
    drafts.push(made);
}

fn is_observed(item: &Item<'_>) -> bool {
    item.flows.iter().any(|f| f.source.kind == "observation")
}
