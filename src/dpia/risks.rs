//! The risks that go with an architecture, and the nine criteria: which facts speak for them, and who is asked the rest.

use std::collections::BTreeSet;

use super::features::{Features, Item};
use super::model::{Arg, Say, Section, Statement};
use super::sections::{Part, locations, refs, says_words};
use crate::inventory::{AnswerShape, Location};

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

/// Categories that WP248 calls highly personal.
const HIGHLY: &[&str] = &["location", "financial", "communications_content"];

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

    fn row(&self, name: &str, state: &str, facts: Vec<Statement>, asks: &[&str]) -> Vec<Vec<Statement>> {
        let numbers: Vec<String> = asks.iter().map(|q| self.asks.of(q)).collect();
        let asked: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let places: Vec<Location> = facts.iter().flat_map(|s| s.basis.places().to_vec()).collect();
        let places = if places.is_empty() { self.f.call_places() } else { places };
        vec![
            vec![Say::new(format!("risk.{name}")).law(if name == "r5" { "law.opinion28" } else { "law.cnil5" })],
            vec![Say::new(format!("risk.{state}")).shown_at(places)],
            facts,
            vec![Say::new("cell.asked_in").refs("q", numbers.clone()).ask(&asked)],
        ]
    }

    pub(crate) fn risks(&self) -> Section {
        let mut section = Section::new("risks", "3.1, 4.1", &[]);
        let rows = vec![self.r1(), self.r2(), self.r3(), self.r4(), self.r5()];
        section.table(&["head.risk", "head.state", "head.facts", "head.asked"], rows);
        section.text(Say::new("risk.cite").law("law.cnil5"));
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
        let store = at(&["vector_upsert", "file_upload"]);
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
        if !facts.is_empty() {
            return self.row("r1", "applicable", facts, &["retention", "rights"]);
        }
        let theirs = self.recipients.iter().filter(|(n, _)| f.recipients.iter().any(|r| r.number == **n));
        let theirs: Vec<String> = theirs
            .flat_map(|(_, asks)| asks.questions.iter().filter(|q| q.id == "provider_retention"))
            .map(|q| q.number.clone())
            .collect();
        let ask: Vec<&str> = theirs.iter().map(String::as_str).collect();
        let say = Say::new("risk.r1_none").refs("q", theirs.clone());
        self.row("r1", "needs_answer", vec![say.partly(f.call_places(), &ask)], &["retention"])
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
        if let Some(u) = f.used("tool_execution") {
            facts.push(Say::new("risk.r5_tools").shown_at(locations(u)));
        }
        let watch: Vec<_> = f.recipients.iter().filter(|r| r.operations.contains("observability")).collect();
        if !watch.is_empty() {
            let places = watch.iter().flat_map(|r| r.places.clone()).collect();
            let names = Arg::List(watch.iter().map(|r| self.named(r)).collect());
            facts.push(Say::new("risk.r5_log").with("recipients", names).shown_at(places));
        }
        let applicable = !facts.is_empty();
        if let Some(shape) = closed(f) {
            facts.push(Say::new("risk.r5_label").shown_at(vec![shape.location.clone()]));
        }
        if !applicable {
            facts.push(Say::new("risk.r5_none").shown_at(f.call_places()));
        }
        self.row("r5", if applicable { "applicable" } else { "needs_answer" }, facts, &["security"])
    }

    pub(crate) fn criteria(&self) -> Section {
        let mut section = Section::new("criteria", "0.5", &[]);
        let found = [self.c1(), self.c2(), self.c3(), self.c4(), self.c5(), self.c6(), self.c7(), self.c8(), self.c9()];
        let sure = found.iter().filter(|(_, verdict, _)| *verdict == "indicated").count();
        let rows = found
            .into_iter()
            .enumerate()
            .map(|(n, (facts, verdict, ask))| {
                let facts = if facts.is_empty() {
                    vec![Say::new("criterion.nothing").shown_at(self.f.call_places())]
                } else {
                    facts
                };
                let places: Vec<Location> = facts.iter().flat_map(|s| s.basis.places().to_vec()).collect();
                let q = self.asks.of(ask);
                vec![
                    vec![Say::new("cell.text").plain("text", &(n + 1).to_string()).law("law.wp248")],
                    vec![Say::new(format!("criterion.c{}", n + 1)).law("law.wp248")],
                    facts,
                    vec![Say::new(format!("criterion.{verdict}")).partly(places, &[&q])],
                    vec![Say::new("cell.asked_in").with("q", Arg::Ref(q.clone())).ask(&[&q])],
                ]
            })
            .collect();
        section.table(&["head.number", "head.criterion", "head.facts", "head.verdict", "head.asked"], rows);
        section.text(Say::new("criterion.sum").number("n", sure).law("law.wp248"));
        section
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

    fn named_facts(&self, id: &str) -> Vec<Statement> {
        let hints = self.hints(|n| self.terms.signals(id, n));
        let hint =
            |(name, at): &(String, Location)| Say::new("criterion.name").code("name", name).shown_at(vec![at.clone()]);
        hints.iter().take(3).map(hint).collect()
    }

    fn items_fact(&self, key: &str, items: &[&Item]) -> Vec<Statement> {
        if items.is_empty() {
            return Vec::new();
        }
        let say = Say::new(format!("criterion.{key}")).with("items", refs(items.iter().copied()));
        vec![say.shown_at(self.places_of(items.iter().copied()))]
    }

    fn c1(&self) -> Criterion {
        let mut facts = self.named_facts("evaluation");
        if let Some(shape) = closed(self.f) {
            facts.push(Say::new("criterion.label").shown_at(vec![shape.location.clone()]));
        }
        let verdict = if facts.is_empty() { "ask" } else { "possible" };
        (facts, verdict, "purpose")
    }

    fn c2(&self) -> Criterion {
        let mut facts = self.named_facts("effect");
        if let Some(u) = self.f.used("decision") {
            facts.push(Say::new("criterion.decision").shown_at(locations(u)));
        }
        let verdict = if facts.is_empty() { "ask" } else { "possible" };
        (facts, verdict, self.effect())
    }

    fn effect(&self) -> &'static str {
        if self.f.uses.is_empty() { "purpose" } else { "effect" }
    }

    fn c3(&self) -> Criterion {
        let facts = self.named_facts("monitoring");
        let verdict = if facts.is_empty() { "ask" } else { "possible" };
        (facts, verdict, "purpose")
    }

    fn c4(&self) -> Criterion {
        let of = |wanted: &dyn Fn(&Item) -> bool| self.f.items.iter().filter(|i| wanted(i)).collect::<Vec<_>>();
        let special = of(&|i| i.special);
        let highly = of(&|i| !i.special && HIGHLY.contains(&i.category.as_str()));
        let free = of(&|i| !i.special && i.category == "free_text");
        let mut facts = self.items_fact("special", &special);
        facts.extend(self.items_fact("personal", &highly));
        facts.extend(self.items_fact("free", &free));
        let verdict = if !special.is_empty() || !highly.is_empty() {
            "indicated"
        } else if free.is_empty() {
            "ask"
        } else {
            "possible"
        };
        let ask = if self.f.items.iter().any(Item::unbounded) { "freetext" } else { "basis" };
        (facts, verdict, ask)
    }

    fn c5(&self) -> Criterion {
        let many: Vec<Location> =
            self.f.calls_of(&["batch", "training", "fine_tune"]).iter().map(|c| c.location.clone()).collect();
        let facts = if many.is_empty() { Vec::new() } else { vec![Say::new("criterion.batch").shown_at(many)] };
        let verdict = if facts.is_empty() { "ask" } else { "possible" };
        (facts, verdict, "scale")
    }

    fn c6(&self) -> Criterion {
        let owners: BTreeSet<&str> = self.f.items.iter().filter_map(|i| i.owner.as_deref()).collect();
        let mut facts = Vec::new();
        if owners.len() > 1 {
            let list = Arg::List(owners.iter().map(|o| Arg::Code((*o).to_owned())).collect());
            let say = Say::new("criterion.combine").number("n", owners.len()).with("owners", list);
            facts.push(say.shown_at(self.places_of(&self.f.items)));
        }
        let index: Vec<Location> = self.f.calls_of(&["vector_upsert"]).iter().map(|c| c.location.clone()).collect();
        if !index.is_empty() {
            facts.push(Say::new("criterion.combine_search").shown_at(index));
        }
        let verdict = if facts.is_empty() { "ask" } else { "possible" };
        (facts, verdict, "purpose")
    }

    fn c7(&self) -> Criterion {
        let mut ids = BTreeSet::new();
        let hints = self.hints(|n| {
            let weak: Vec<String> =
                self.terms.subjects(n).into_iter().filter(|s| s.vulnerable).map(|s| s.id.clone()).collect();
            !weak.is_empty()
        });
        for (name, _) in &hints {
            ids.extend(self.terms.subjects(name).into_iter().filter(|s| s.vulnerable).map(|s| s.id.clone()));
        }
        let ask = if self.f.items.is_empty() { "source" } else { "subjects" };
        if ids.is_empty() {
            return (Vec::new(), "ask", ask);
        }
        let list = Arg::List(ids.into_iter().map(|s| Arg::Term("subject", s)).collect());
        let places = hints.into_iter().map(|(_, at)| at).collect();
        (vec![Say::new("criterion.vulnerable").with("subjects", list).shown_at(places)], "possible", ask)
    }

    fn c8(&self) -> Criterion {
        (vec![Say::new("criterion.ai").shown_at(self.f.call_places())], "indicated", "purpose")
    }

    fn c9(&self) -> Criterion {
        let facts = match self.f.used("decision") {
            Some(u) => vec![Say::new("criterion.decision").shown_at(locations(u))],
            None => Vec::new(),
        };
        (facts, "ask", self.effect())
    }
}

/// Facts, what they allow to say, and the question that is left.
type Criterion = (Vec<Statement>, &'static str, &'static str);
