//! The risks that go with an architecture: which facts of an activity speak for them, and who is asked the rest.

use std::collections::BTreeSet;

use super::features::{Features, Item};
use super::model::{Arg, Say, Section, Statement};
use super::sections::{Part, locations, named, practice_places, refs, says_words};
use crate::inventory::{AnswerShape, Location, Practice};

/// Categories by which a person is known, or described.
const PERSON: &[&str] = &[
    "name",
    "email",
    "phone",
    "postal_address",
    "dob",
    "national_id",
    "health",
    "biometric",
    "financial",
    "employment",
    "education",
    "location",
    "photo",
    "ip_address",
    "online_identifier",
    "special_category",
    "other",
];

pub(crate) fn person(item: &Item) -> bool {
    PERSON.contains(&item.category.as_str())
}

/// The closed set that bounds every answer of the activity, if one does.
pub(crate) fn closed(f: &Features) -> Option<&AnswerShape> {
    let mut shapes = f.calls.iter().filter(|c| says_words(&c.operation)).map(|c| c.answer.as_ref());
    let first = shapes.next()??;
    let label = |s: &AnswerShape| s.kind == "label" && s.checked;
    (label(first) && shapes.all(|s| s.is_some_and(label))).then_some(first)
}

impl Part<'_> {
    fn places_of<'a>(&self, items: impl IntoIterator<Item = &'a Item>) -> Vec<Location> {
        let places: Vec<Location> = items.into_iter().flat_map(Item::places).collect();
        if places.is_empty() { self.f.call_places() } else { places }
    }

    /// What the code shows of a kind of practice on the way, if anything.
    fn practice(&self, kind: &str, key: &str) -> Option<Statement> {
        let all: Vec<&Practice> = self.f.practices.iter().filter(|p| p.kind == kind).collect();
        (!all.is_empty()).then(|| Say::new(key).with("names", named(&all)).shown_at(practice_places(&all)))
    }

    fn row(&self, name: &str, state: &str, facts: Vec<Statement>, asks: &[&str]) -> Vec<Vec<Statement>> {
        let numbers: Vec<String> = asks.iter().map(|q| self.asks.of(q)).collect();
        let asked: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let places: Vec<Location> = facts.iter().flat_map(|s| s.basis.places().to_vec()).collect();
        let places = if places.is_empty() { self.f.call_places() } else { places };
        vec![
            vec![Say::new(format!("risk.{name}")).law(if name == "r5" { "law.gdpr32" } else { "law.cnil5" })],
            vec![Say::new(format!("risk.{state}")).shown_at(places)],
            facts,
            vec![Say::new("cell.asked_in").refs("q", numbers.clone()).ask(&asked)],
        ]
    }

    pub(crate) fn risks(&self) -> Section {
        let mut section = Section::new("risks", "3.1, 4.1", &[]);
        let rows = vec![self.r1(), self.r2(), self.r3(), self.r4(), self.r5()];
        section.table(&["head.risk", "head.state", "head.facts", "head.asked"], rows);
        section
    }

    fn r1(&self) -> Vec<Vec<Statement>> {
        let f = self.f;
        let at = |ops: &[&str]| f.calls_of(ops).iter().map(|c| c.location.clone()).collect::<Vec<_>>();
        let mut facts = Vec::new();
        let train = at(&["fine_tune", "training"]);
        if !train.is_empty() {
            facts.push(Say::new("risk.r1_train").shown_at(train));
        }
        let mut store = at(&["vector_upsert", "file_upload"]);
        let stores = f.recipients.iter().filter(|r| r.operations.contains("vector_upsert"));
        store.extend(stores.flat_map(|r| r.places.iter().cloned()));
        super::features::tidy(&mut store);
        if !store.is_empty() {
            facts.push(Say::new("risk.r1_store").shown_at(store));
        }
        let kept = f.recipients.iter().flat_map(|r| &r.settings);
        let kept: Vec<Location> = kept
            .filter(|s| s.name == "store" && s.value.eq_ignore_ascii_case("true"))
            .map(|s| s.location.clone())
            .collect();
        if !kept.is_empty() {
            facts.push(Say::new("risk.r1_store_flag").shown_at(kept));
        }
        if let Some(fact) = self.practice("data_sharing", "risk.r1_sharing") {
            facts.push(fact);
        }
        let applicable = !facts.is_empty();
        facts.extend(self.practice("cache", "risk.r1_cache"));
        if applicable {
            return self.row("r1", "applicable", facts, &["retention", "rights"]);
        }
        let theirs = self.recipients.iter().filter(|(n, _)| f.recipients.iter().any(|r| r.number == **n));
        let theirs: Vec<String> = theirs
            .flat_map(|(_, asks)| asks.questions.iter().filter(|q| q.id == "provider_retention"))
            .map(|q| q.number.clone())
            .collect();
        let ask: Vec<&str> = theirs.iter().map(String::as_str).collect();
        let say = Say::new("risk.r1_none").refs("q", theirs.clone());
        facts.insert(0, say.partly(f.call_places(), &ask));
        self.row("r1", "needs_answer", facts, &["retention"])
    }

    fn r2(&self) -> Vec<Vec<Statement>> {
        let f = self.f;
        let people: Vec<&Item> = f.items.iter().filter(|i| person(i)).collect();
        let mut facts = Vec::new();
        if people.is_empty() {
            facts.push(Say::new("risk.r2_no_person").shown_at(f.call_places()));
        } else {
            let say = Say::new("risk.r2_person").with("items", refs(people.iter().copied()));
            facts.push(say.shown_at(self.places_of(people.iter().copied())));
        }
        if let Some(shape) = closed(f) {
            let say = Say::new("risk.r2_label").number("n", shape.values.len());
            facts.push(say.shown_at(vec![shape.location.clone()]));
        }
        let used: Vec<Location> = f.uses.iter().flat_map(locations).collect();
        let acts = !used.is_empty();
        if acts {
            facts.push(Say::new("risk.r2_used").shown_at(used));
        }
        let state = if !people.is_empty() && acts { "applicable" } else { "needs_answer" };
        self.row("r2", state, facts, &["accuracy"])
    }

    fn r3(&self) -> Vec<Vec<Statement>> {
        let f = self.f;
        if let Some(shape) = closed(f) {
            let fact = Say::new("risk.r3_out").shown_at(vec![shape.location.clone()]);
            return self.row("r3", "out", vec![fact], &["purpose"]);
        }
        let mut facts = Vec::new();
        if f.items.is_empty() {
            facts.push(Say::new("risk.r3_no_person").shown_at(f.call_places()));
            return self.row("r3", "needs_answer", facts, &["accuracy"]);
        }
        let say = Say::new("risk.r3_text").with("items", refs(&f.items));
        facts.push(say.shown_at(self.places_of(&f.items)));
        let leaves = f.uses.iter().filter(|u| matches!(u.id.as_str(), "stored" | "returned_to_user" | "sent"));
        let leaves: Vec<Location> = leaves.flat_map(locations).collect();
        let state = if leaves.is_empty() { "needs_answer" } else { "applicable" };
        if !leaves.is_empty() {
            facts.push(Say::new("risk.r3_used").shown_at(leaves));
        }
        self.row("r3", state, facts, &["accuracy"])
    }

    fn r4(&self) -> Vec<Vec<Statement>> {
        let f = self.f;
        let mut facts = Vec::new();
        // A branch may only look at whether there is an answer; what is chosen from a table goes by what it says.
        let table = |(label, _): &&(String, Location)| label.contains("table");
        let chosen: Vec<Location> =
            f.used("decision").iter().flat_map(|u| u.places.iter().filter(table)).map(|(_, at)| at.clone()).collect();
        let decides = !chosen.is_empty() || (f.used("decision").is_some() && closed(f).is_some());
        if !chosen.is_empty() {
            facts.push(Say::new("risk.r4_table").shown_at(chosen));
        } else if let Some(u) = f.used("decision") {
            facts.push(Say::new("risk.r4_decision").shown_at(locations(u)));
        }
        let shown = f.uses.iter().filter(|u| matches!(u.id.as_str(), "stored" | "returned_to_user" | "sent"));
        let shown: Vec<Location> = shown.flat_map(locations).collect();
        if !shown.is_empty() {
            facts.push(Say::new("risk.r4_shown").shown_at(shown));
        }
        facts.extend(self.practice("approval", "risk.r4_approval"));
        if facts.is_empty() {
            facts.push(Say::new("risk.r4_none").shown_at(f.call_places()));
        }
        let asks: &[&str] = if f.uses.is_empty() { &["purpose"] } else { &["review", "effect"] };
        let state = if decides { "applicable" } else { "needs_answer" };
        self.row("r4", state, facts, asks)
    }

    fn r5(&self) -> Vec<Vec<Statement>> {
        let f = self.f;
        let open: Vec<&Item> = f.items.iter().filter(|i| i.unbounded()).collect();
        let mut facts = Vec::new();
        if !open.is_empty() {
            let say = Say::new("risk.r5_text").with("items", refs(open.iter().copied()));
            facts.push(say.shown_at(self.places_of(open.iter().copied())));
        }
        let mut places = self.tool_places();
        if !places.is_empty() {
            if self.tools.is_empty() {
                facts.push(Say::new("risk.r5_tools").shown_at(places));
            } else {
                let tools: Vec<&Practice> = self.tools.iter().collect();
                places.extend(practice_places(&tools));
                let say = Say::new("risk.r5_tools_named").with("names", named(&tools));
                facts.push(say.shown_at(places));
            }
        }
        for (kind, at) in self.acts() {
            facts.push(Say::new(format!("risk.r5_act_{kind}")).shown_at(at));
        }
        facts.extend(self.practice("remote_code", "risk.r5_remote"));
        let watch: Vec<_> = f.recipients.iter().filter(|r| r.operations.contains("observability")).collect();
        if !watch.is_empty() {
            let places = watch.iter().flat_map(|r| r.places.clone()).collect();
            let names = Arg::List(watch.iter().map(|r| self.recipient_named(r)).collect());
            facts.push(Say::new("risk.r5_log").with("recipients", names).shown_at(places));
        }
        facts.extend(self.practice("prompt_log", "risk.r5_prompt_log"));
        let applicable = !facts.is_empty();
        if let Some(shape) = closed(f) {
            facts.push(Say::new("risk.r5_label").shown_at(vec![shape.location.clone()]));
        }
        if !applicable {
            facts.push(Say::new("risk.r5_none").shown_at(f.call_places()));
        }
        self.row("r5", if applicable { "applicable" } else { "needs_answer" }, facts, &["security"])
    }

    /// Names of the activity that hint at something, with their places.
    pub(crate) fn hints(&self, signal: impl Fn(&str) -> bool) -> Vec<(String, Location)> {
        let f = self.f;
        let names = f.entries.iter().map(|e| (e.label.clone(), e.location.clone()));
        let calls = f.calls.iter().map(|c| (c.function.clone(), c.location.clone()));
        let items = f.items.iter().flat_map(|i| i.fields.iter().map(|x| (x.label.clone(), x.location.clone())));
        let mut met: BTreeSet<(String, Location)> =
            names.chain(calls).chain(items).filter(|(n, _)| signal(n)).collect();
        // One place a name is enough.
        let mut seen = BTreeSet::new();
        met.retain(|(name, _)| seen.insert(name.clone()));
        met.into_iter().collect()
    }
}
