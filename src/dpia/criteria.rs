//! The nine criteria of WP248 rev.01, screened over all activities: which facts of the code speak for each.

use std::collections::{BTreeMap, BTreeSet};

use super::features::Item;
use super::model::{Arg, Say, Section, Statement};
use super::risks::closed;
use super::sections::{Part, locations};
use crate::inventory::Location;

/// Categories that WP248 calls highly personal.
const HIGHLY: &[&str] = &["location", "financial", "communications_content"];
/// Names that are shown of those that hint at a criterion; how many more there are is said.
const NAMES: usize = 5;

/// What a fact allows to say of a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reading {
    Ask,
    Possible,
    Indicated,
}

/// A fact of one activity that speaks for a criterion.
#[derive(Clone, Debug)]
pub(crate) struct Sign {
    activity: String,
    /// From 1.
    criterion: usize,
    key: &'static str,
    what: Vec<Arg>,
    places: Vec<Location>,
    reading: Reading,
}

/// The facts of one activity.
pub(crate) fn signs(part: &Part<'_>) -> Vec<Sign> {
    let f = part.f;
    let mut all = Vec::new();
    let mut add = |criterion, key, what: Vec<Arg>, places: Vec<Location>, reading| {
        if !places.is_empty() {
            all.push(Sign { activity: part.number.to_owned(), criterion, key, what, places, reading });
        }
    };
    for (criterion, signal) in [(1, "evaluation"), (2, "effect"), (3, "monitoring")] {
        for (name, at) in part.hints(|n| part.terms.signals(signal, n)) {
            add(criterion, "names", vec![Arg::Code(name)], vec![at], Reading::Possible);
        }
    }
    if let Some(shape) = closed(f) {
        add(1, "label", Vec::new(), vec![shape.location.clone()], Reading::Possible);
    }
    if let Some(u) = f.used("decision") {
        add(2, "decision", Vec::new(), locations(u), Reading::Possible);
        add(9, "decision", Vec::new(), locations(u), Reading::Ask);
    }
    let items = |wanted: &dyn Fn(&Item) -> bool| {
        let of: Vec<&Item> = f.items.iter().filter(|i| wanted(i)).collect();
        let refs = of.iter().map(|i| Arg::Ref(i.number.clone())).collect::<Vec<_>>();
        (refs, of.iter().flat_map(|i| i.places()).collect::<Vec<_>>())
    };
    let (what, places) = items(&|i| i.special);
    add(4, "special", what, places, Reading::Indicated);
    let (what, places) = items(&|i| !i.special && HIGHLY.contains(&i.category.as_str()));
    add(4, "personal", what, places, Reading::Indicated);
    let (what, places) = items(&|i| !i.special && i.category == "free_text");
    add(4, "free", what, places, Reading::Possible);
    let calls = |of: &[&str]| f.calls_of(of).iter().map(|c| c.location.clone()).collect::<Vec<_>>();
    add(5, "batch", Vec::new(), calls(&["batch", "training", "fine_tune"]), Reading::Possible);
    if f.classes.len() > 1 {
        let names = f.classes.iter().map(|c| Arg::Code(c.name.clone())).collect();
        let places = f.classes.iter().flat_map(|c| c.places.iter().take(1).cloned()).collect();
        add(6, "combine", names, places, Reading::Possible);
    }
    add(6, "combine_search", Vec::new(), calls(&["vector_upsert"]), Reading::Possible);
    let weak = |name: &str| part.terms.subjects(name).into_iter().filter(|s| s.vulnerable).collect::<Vec<_>>();
    for (name, at) in part.hints(|n| !weak(n).is_empty()) {
        let subjects = weak(&name).iter().map(|s| Arg::Term("subject", s.id.clone())).collect();
        add(7, "vulnerable", subjects, vec![at], Reading::Possible);
    }
    add(8, "ai", Vec::new(), f.call_places(), Reading::Indicated);
    all
}

/// The question of an activity that is left for a criterion.
fn question(criterion: usize, f: &super::features::Features) -> &'static str {
    match criterion {
        2 | 9 if !f.uses.is_empty() => "effect",
        4 if f.items.iter().any(Item::unbounded) => "freetext",
        4 => "basis",
        5 => "scale",
        7 => "source",
        _ => "purpose",
    }
}

/// The table. `asked` gives the number of an activity's question, `all` are the activities.
pub(crate) fn table(
    signs: &[Sign],
    all: &[&super::model::ActivityPart],
    asked: &dyn Fn(&str, &str) -> String,
) -> Section {
    let mut section = Section::new("criteria", "0.5", &[]);
    let everywhere: Vec<Location> = all.iter().flat_map(|p| p.features.call_places()).collect();
    let mut sure = 0;
    let mut rows = Vec::new();
    for criterion in 1..=9 {
        let of: Vec<&Sign> = signs.iter().filter(|s| s.criterion == criterion).collect();
        let mut facts: BTreeMap<(std::cmp::Reverse<Reading>, &str), Vec<&Sign>> = BTreeMap::new();
        for sign in &of {
            facts.entry((std::cmp::Reverse(sign.reading), sign.key)).or_default().push(sign);
        }
        let mut said: Vec<Statement> = facts.iter().map(|((_, key), signs)| fact(key, signs)).collect();
        if said.is_empty() && !everywhere.is_empty() {
            said.push(Say::new("criterion.nothing").shown_at(everywhere.clone()));
        }
        // Where the code shows something, the question goes to those activities; otherwise to all.
        let concerned: Vec<&&super::model::ActivityPart> =
            all.iter().filter(|p| of.is_empty() || of.iter().any(|s| s.activity == p.number)).collect();
        let mut numbers: Vec<String> =
            concerned.iter().map(|p| asked(&p.number, question(criterion, &p.features))).collect();
        let mut seen = BTreeSet::new();
        numbers.retain(|n| seen.insert(n.clone()));
        let asks: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let reading = of.iter().map(|s| s.reading).max().unwrap_or(Reading::Ask);
        sure += usize::from(reading == Reading::Indicated);
        let verdict = match reading {
            Reading::Ask => "criterion.ask",
            Reading::Possible => "criterion.possible",
            Reading::Indicated => "criterion.indicated",
        };
        let places: Vec<Location> = said.iter().flat_map(|s| s.basis.places().to_vec()).collect();
        let name = Say::new("criterion.numbered").number("n", criterion);
        let name = name.with("name", Arg::Say(Say::new(format!("criterion.c{criterion}"))));
        rows.push(vec![
            vec![name.law("law.wp248")],
            said,
            vec![Say::new(verdict).partly(places, &asks)],
            vec![Say::new("cell.asked_in").refs("q", numbers.clone()).ask(&asks)],
        ]);
    }
    if everywhere.is_empty() {
        return section;
    }
    section.table(&["head.criterion", "head.facts", "head.verdict", "head.asked"], rows);
    section.text(Say::new("criterion.sum").number("n", sure).law("law.wp248"));
    section
}

/// One fact over all activities that have it.
fn fact(key: &str, signs: &[&Sign]) -> Statement {
    let mut what: Vec<Arg> = Vec::new();
    for arg in signs.iter().flat_map(|s| &s.what) {
        if !what.contains(arg) {
            what.push(arg.clone());
        }
    }
    let refs: Option<Vec<String>> =
        what.iter().map(|a| if let Arg::Ref(id) = a { Some(id.clone()) } else { None }).collect();
    let what = match refs {
        Some(mut refs) if !refs.is_empty() => {
            refs.sort_by_key(|r| r[1..].parse::<usize>().unwrap_or(usize::MAX));
            Arg::Refs(refs)
        }
        _ => {
            let more = what.len().saturating_sub(NAMES);
            what.truncate(NAMES);
            if more > 0 {
                what.push(Arg::Say(Say::new("list.rest").number("n", more)));
            }
            Arg::List(what)
        }
    };
    let mut activities: Vec<String> = signs.iter().map(|s| s.activity.clone()).collect();
    activities.dedup();
    let mut places: Vec<Location> = Vec::new();
    for at in signs.iter().flat_map(|s| &s.places) {
        if !places.contains(at) {
            places.push(at.clone());
        }
    }
    let say = Say::new(format!("criterion.{key}")).with("what", what);
    say.refs("activities", activities).shown_at(places)
}
