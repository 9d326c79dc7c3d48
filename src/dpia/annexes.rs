//! What is said once for all activities: recipients' publications, questions to the organisation, AI Act, model status,
//! what code cannot show, coverage.

use std::collections::BTreeMap;

use super::answers::Answers;
use super::assets::Version;
use super::facts::Facts;
use super::features::{Features, Recipient, tidy};
use super::model::{ActivityPart, Arg, Basis, Block, Question, Say, Section, Statement};
use super::names::Names;
use super::questions::{Asks, SHARED};
use super::risks::closed;
use super::sections::{Part, places, refs};
use crate::inventory::{Inventory, Location};

/// What the annexes are made of.
pub(crate) struct Rest<'a> {
    pub(crate) inventory: &'a Inventory,
    pub(crate) parts: &'a [ActivityPart],
    pub(crate) asks: &'a Asks,
    pub(crate) recipients: &'a BTreeMap<String, Asks>,
    pub(crate) names: &'a Names,
    pub(crate) facts: &'a Facts,
    pub(crate) today: &'a str,
    pub(crate) tool: String,
}

/// A point of Annex III, and what in the code hints at it, with the places.
type Hint = (u8, Vec<(String, Location)>);

impl Rest<'_> {
    fn q(&self, id: &str) -> Arg {
        Arg::Ref(self.asks.of(id))
    }

    fn asked(&self, key: &str, id: &str) -> Statement {
        let q = self.asks.of(id);
        Say::new(key).with("q", Arg::Ref(q.clone())).ask(&[&q])
    }

    fn features(&self) -> impl Iterator<Item = &Features> {
        self.parts.iter().map(|p| &p.features)
    }

    /// Necessity, proportionality and legal basis, where the question is the same for every activity.
    pub(crate) fn legal(&self) -> Section {
        let mut section = Section::new("legal", "2.1, 2.2, 2.3, 3.2, 3.3", &[]);
        let of_parts = |id: &str| -> Vec<String> {
            let all = self.parts.iter().flat_map(|p| &p.questions).filter(|q| q.id == id);
            all.map(|q| q.number.clone()).collect()
        };
        let each = |key: &str, id: &str| {
            let asked = of_parts(id);
            let numbers: Vec<&str> = asked.iter().map(String::as_str).collect();
            (!asked.is_empty()).then(|| Say::new(key).refs("q", asked.clone()).ask(&numbers))
        };
        let mut list: Vec<Statement> = each("need.purpose", "purpose").into_iter().collect();
        list.push(self.asked("need.basis", "basis"));
        list.push(Say::new("need.interest_law").law("law.opinion28"));
        list.push(self.asked("need.interest", "basis"));
        list.extend(each("need.interest_need", "necessity"));
        list.push(self.asked("need.interest_balance", "basis"));
        list.push(self.asked("need.accuracy", "accuracy"));
        list.push(self.asked("need.retention", "retention"));
        list.push(self.asked("need.rights", "rights"));
        list.push(self.asked("need.scale", "scale"));
        section.list(list);
        section.blocks.push(Block::Questions(self.split().0));
        section
    }

    /// The questions on all activities, and those to the organisation.
    fn split(&self) -> (Vec<Question>, Vec<Question>) {
        let shared = |q: &&Question| SHARED.iter().any(|(id, _)| *id == q.id);
        self.asks.questions.iter().cloned().partition(|q| shared(&q))
    }

    pub(crate) fn organisation(&self) -> Section {
        let mut section = Section::new("organisation", "0.1, 1.4, 5, 6", &[112, 113]);
        section.blocks.push(Block::Questions(self.split().1));
        section
    }

    /// The hint at Annex III with its evidence, and the table of Art. 27.
    pub(crate) fn ai_act(&self, part_of: &dyn Fn(&ActivityPart) -> Vec<Hint>) -> Section {
        let mut section = Section::new("ai_act", "", &[]);
        let mut list = Vec::new();
        for part in self.parts {
            for (area, names) in part_of(part) {
                let places: Vec<Location> = names.iter().map(|(_, at)| at.clone()).collect();
                let shown = names.into_iter().take(4).map(|(name, at)| Arg::At(name, at)).collect();
                let q = self.asks.of("annex_iii");
                let say = Say::new("ai_act.hint")
                    .with("activity", Arg::Ref(part.number.clone()))
                    .plain("area", &area.to_string())
                    .with("title", Arg::Say(Say::new(format!("ai_act.a{area}"))))
                    .with("names", Arg::List(shown))
                    .with("q", Arg::Ref(q.clone()));
                list.push(say.partly(places, &[&q]));
            }
        }
        if list.is_empty() {
            list.push(self.asked("ai_act.no_hint", "annex_iii"));
        }
        list.push(Say::new("ai_act.who").law("law.ai_act27"));
        list.push(Say::new("ai_act.date").law("law.omnibus"));
        list.push(Say::new("ai_act.complement").law("law.ai_act27"));
        section.list(list);
        let rows = ["a", "b", "c", "d", "e", "f"]
            .iter()
            .map(|field| {
                let name = vec![Say::new(format!("ai_act.f{field}")).law("law.ai_act27")];
                let q = self.asks.of("rights_annex");
                let fact = match *field {
                    "a" | "c" if !self.parts.is_empty() => Say::new("ai_act.see_activities")
                        .refs("refs", self.parts.iter().map(|p| p.number.clone()))
                        .with("q", Arg::Ref(q.clone()))
                        .partly(self.features().flat_map(Features::entry_places).collect(), &[&q]),
                    _ => Say::new("cell.asked_in").with("q", Arg::Ref(q.clone())).ask(&[&q]),
                };
                vec![name, vec![fact]]
            })
            .collect();
        section.table(&["head.field", "head.value"], rows);
        section
    }

    pub(crate) fn model_status(&self) -> Section {
        let mut section = Section::new("model_status", "1.3", &[123]);
        let q = self.asks.of("model");
        let mut list = Vec::new();
        for part in self.parts {
            let f = &part.features;
            let activity = || Arg::Ref(part.number.clone());
            let train: Vec<Location> =
                f.calls_of(&["fine_tune", "training"]).iter().map(|c| c.location.clone()).collect();
            if !train.is_empty() && !f.items.is_empty() {
                let say = Say::new("model.trained").with("activity", activity()).with("q", Arg::Ref(q.clone()));
                list.push(say.partly(train, &[&q]));
            }
            for r in f.recipients.iter().filter(|r| !r.outside()) {
                let models = if r.models.is_empty() {
                    Arg::Term("recipient", "local".into())
                } else {
                    Arg::List(r.models.iter().map(|m| Arg::Code(m.clone())).collect())
                };
                let say = Say::new("model.local").with("activity", activity()).with("models", models);
                list.push(say.with("q", Arg::Ref(q.clone())).partly(r.places.clone(), &[&q]));
            }
            let tuned = |m: &&String| m.starts_with("ft:") || m.contains("/models/") || m.starts_with("./");
            for (r, model) in f.recipients.iter().flat_map(|r| r.models.iter().filter(tuned).map(move |m| (r, m))) {
                let say = Say::new("model.tuned").code("model", model).with("q", Arg::Ref(q.clone()));
                list.push(say.partly(r.places.clone(), &[&q]));
            }
        }
        let training = |kind: &str| matches!(kind, "training" | "dataset");
        for c in self.inventory.configuration.iter().filter(|c| training(&c.kind)) {
            let say = Say::new("model.configured").code("name", &c.name).with("q", Arg::Ref(q.clone()));
            list.push(say.partly(vec![c.location.clone()], &[&q]));
        }
        if list.is_empty() {
            let say = Say::new("model.other").with("q", Arg::Ref(q.clone()));
            let at: Vec<Location> = self.features().flat_map(Features::call_places).collect();
            list.push(if at.is_empty() { say.ask(&[&q]) } else { say.partly(at, &[&q]) });
        }
        list.push(Say::new("model.law").law("law.opinion28"));
        section.list(list);
        section
    }

    /// Where an SDK is declared without a version that a lock file would fix.
    fn loose_versions(&self, versions: &BTreeMap<String, Version>) -> Vec<Location> {
        let mut all: Vec<Location> = versions.values().filter(|v| !v.locked).map(|v| v.location.clone()).collect();
        tidy(&mut all);
        all
    }

    pub(crate) fn development(&self, versions: &BTreeMap<String, Version>) -> Section {
        let mut section = Section::new("development", "2.3.e", &[]);
        let mut list = Vec::new();
        let q = self.asks.of("annotation");
        for part in self.parts {
            if let Some(shape) = closed(&part.features) {
                let say = Say::new("dev.labels")
                    .with("activity", Arg::Ref(part.number.clone()))
                    .with("values", Arg::List(shape.values.iter().map(|v| Arg::Code(v.clone())).collect()))
                    .with("q", Arg::Ref(q.clone()));
                list.push(say.partly(vec![shape.location.clone()], &[&q]));
            }
        }
        list.push(self.asked("dev.annotation", "annotation"));
        let unchecked: Vec<Location> =
            self.inventory.practices.iter().filter(|p| p.kind == "remote_code").map(|p| p.location.clone()).collect();
        if !unchecked.is_empty() {
            list.push(Say::new("dev.remote_code").shown_at(unchecked));
        }
        let loose: Vec<Location> = self.loose_versions(versions);
        if !loose.is_empty() {
            list.push(Say::new("dev.unpinned").number("n", loose.len()).shown_at(loose));
        }
        list.push(self.asked("dev.security", "development"));
        let count = |outside: bool| {
            let of = |r: &&Recipient| r.outside() == outside && !r.gateway;
            let ids = self.features().flat_map(|f| f.recipients.iter().filter(of).map(|r| &r.id));
            ids.collect::<std::collections::BTreeSet<_>>().len()
        };
        let at: Vec<Location> = self.features().flat_map(Features::call_places).collect();
        if !at.is_empty() {
            let say = Say::new("dev.access").number("services", count(true)).number("local", count(false));
            list.push(say.shown_at(at));
        }
        list.push(Say::new("dev.law").law("law.cnil2025"));
        section.list(list);
        section
    }

    pub(crate) fn blind(&self) -> Section {
        let mut section = Section::new("blind", "", &[]);
        section.text(Say::new("blind.intro").law("law.gdpr35_11"));
        let recipients: Vec<String> = self
            .recipients
            .values()
            .flat_map(|a| a.questions.iter().filter(|q| q.id == "contract" || q.id == "provider_retention"))
            .map(|q| q.number.clone())
            .collect();
        let of_parts = |id: &str| -> Vec<String> {
            let all = self.parts.iter().flat_map(|p| &p.questions).filter(|q| q.id == id);
            all.map(|q| q.number.clone()).collect()
        };
        let mut list = Vec::new();
        let rows = [
            ("terms", recipients.clone()),
            ("console", recipients),
            ("practice", of_parts("review")),
            ("content", of_parts("freetext")),
            ("other", vec![self.asks.of("elsewhere")]),
            ("context", vec![self.asks.of("decision")]),
        ];
        for (key, asked) in rows {
            if !asked.is_empty() {
                let numbers: Vec<&str> = asked.iter().map(String::as_str).collect();
                list.push(Say::new(format!("blind.{key}")).refs("q", asked.clone()).ask(&numbers));
            }
        }
        section.list(list);
        section
    }

    pub(crate) fn coverage(&self) -> Section {
        let c = &self.inventory.coverage;
        let mut section = Section::new("coverage", "", &[]);
        let files = Say::new("coverage.files")
            .number("n", c.files_read)
            .number("errors", c.files_with_errors)
            .number("tests", c.files_in_test);
        let mut list = vec![files.run()];
        for (reason, n) in &c.files_skipped {
            list.push(Say::new("coverage.skipped").number("n", *n).plain("reason", reason).run());
        }
        if c.files_skipped.is_empty() {
            list.push(Say::new("coverage.skipped_none").run());
        }
        let calls = Say::new("coverage.calls")
            .number("n", self.inventory.model_calls.iter().filter(|c| !c.in_test).count())
            .number("config", c.calls_by_config)
            .number("tests", c.calls_in_test);
        list.push(calls.run());
        for d in &self.inventory.diagnostics {
            let say = Say::new("coverage.remark").code("kind", &d.kind).plain("message", &d.message);
            list.push(match &d.location {
                Some(at) => say.shown_at(vec![at.clone()]),
                None => say.run(),
            });
        }
        list.push(Say::new("coverage.tool").plain("tool", &self.tool).run());
        list.push(Say::new("coverage.limits").run());
        list.push(Say::new("coverage.law_status").law("law.edpb_template"));
        section.list(list);
        section
    }

    /// The rows at the top.
    pub(crate) fn sheet(&self, name: &str, commit: Option<&str>) -> Section {
        let mut section = Section::new("sheet", "0", &[111]);
        let q = self.asks.of("record");
        let mut list = vec![Say::new("sheet.name").plain("name", name).with("q", Arg::Ref(q.clone())).ask(&[&q])];
        list.push(match commit {
            Some(commit) => Say::new("sheet.commit").code("commit", commit).run(),
            None => Say::new("sheet.no_commit").run(),
        });
        let date = Say::new("sheet.date").plain("date", self.today).plain("tool", &self.tool);
        list.push(date.plain("facts", self.facts.newest()).run());
        list.push(self.asked("sheet.controller", "controller"));
        list.push(Say::new("sheet.law").law("law.gdpr35_7"));
        list.push(Say::new("sheet.reasons").law("law.wp248"));
        list.push(Say::new("sheet.risks").law("law.cnil5"));
        list.push(self.asked("sheet.measures", "security"));
        let q = self.q("decision");
        list.push(Say::new("sheet.review").with("q", q).law("law.gdpr35_11"));
        section.list(list);
        section
    }

    pub(crate) fn overview(&self) -> Section {
        let mut section = Section::new("overview", "0.3", &[111]);
        let rows = self
            .parts
            .iter()
            .map(|p| {
                let f = &p.features;
                let code = |say: Say| vec![say.shown_at(f.entry_places())];
                let entries =
                    Arg::List(f.entries.iter().map(|e| Arg::At(e.label.clone(), e.location.clone())).collect());
                let items = if f.items.is_empty() {
                    Say::new("cell.no_items").shown_at(f.call_places())
                } else {
                    let at = f.items.iter().flat_map(super::features::Item::places).collect();
                    Say::new("cell.items").number("n", f.items.len()).with("refs", refs(&f.items)).shown_at(at)
                };
                let part = Say::new("cell.who").with("name", {
                    let name = Arg::Plain(f.name.clone());
                    Arg::Say(Say::new("recipient_ref").with("id", Arg::Ref(p.number.clone())).with("name", name))
                });
                let to: Vec<Arg> = f
                    .recipients
                    .iter()
                    .map(|r| {
                        let say = Say::new("recipient_ref").with("id", Arg::Ref(r.number.clone()));
                        Arg::Say(say.with("name", self.names.recipient(&r.id)))
                    })
                    .collect();
                let open: Vec<&str> =
                    p.questions.iter().filter(|q| q.answer.is_none()).map(|q| q.number.as_str()).collect();
                let n = Say::new("cell.questions").number("n", open.len());
                vec![
                    code(part),
                    code(Say::new("cell.entries").with("entries", entries)),
                    vec![items],
                    code(Say::new("cell.receives").with("recipients", Arg::List(to))),
                    vec![if open.is_empty() { n.run() } else { n.ask(&open) }],
                ]
            })
            .collect();
        let head = ["head.activity", "head.starts", "head.data", "head.recipients", "head.open"];
        section.table(&head, rows);
        section
    }

    /// Calls that carry no personal data the scan could see.
    pub(crate) fn bare(&self, all: &[Features]) -> Option<Section> {
        if all.is_empty() {
            return None;
        }
        let mut section = Section::new("bare", "1.2", &[]);
        let rows = all
            .iter()
            .map(|f| {
                let at = f.entry_places();
                let code = |say: Say, at: Vec<Location>| vec![say.shown_at(at)];
                let entries =
                    Arg::List(f.entries.iter().map(|e| Arg::At(e.label.clone(), e.location.clone())).collect());
                let to = Arg::List(f.recipients.iter().map(|r| self.names.recipient(&r.id)).collect());
                vec![
                    code(Say::new("cell.text").plain("text", &f.name), at.clone()),
                    code(Say::new("cell.entries").with("entries", entries), at),
                    code(Say::new("cell.receives").with("recipients", to), f.call_places()),
                    code(Say::new("cell.receives").with("recipients", places(&f.call_places())), f.call_places()),
                ]
            })
            .collect();
        section.table(&["head.activity", "head.starts", "head.recipients", "head.gets"], rows);
        Some(section)
    }

    pub(crate) fn orphans(&self, answers: &Answers, asked: &[&Question]) -> Vec<Section> {
        let lost = answers.orphans(asked);
        if lost.is_empty() {
            return Vec::new();
        }
        let mut section = Section::new("orphans", "", &[]);
        let rows = lost
            .into_iter()
            .map(|(name, entry)| {
                let basis = || Basis::Answer(name.clone());
                let was = Say::new("answers.was").plain("name", &name).plain("question", &entry.question);
                let text = signed("answers.was_text", &entry.answer, &entry.by, &entry.date);
                vec![vec![Statement { say: was, basis: basis() }], vec![Statement { say: text, basis: basis() }]]
            })
            .collect();
        section.table(&["head.question", "head.answer"], rows);
        vec![section]
    }
}

/// An answer with who gave it and when.
pub(crate) fn signed(key: &str, text: &str, by: &str, date: &str) -> Say {
    let or = |value: &str, key: &str| match value.trim() {
        "" => Arg::Say(Say::new(key)),
        value => Arg::Plain(value.to_owned()),
    };
    Say::new(key)
        .plain("text", text.trim())
        .with("by", or(by, "answers.unsigned"))
        .with("date", or(date, "answers.undated"))
}

/// The areas of Annex III that names of an activity hint at.
pub(crate) fn areas(part: &Part<'_>) -> Vec<(u8, Vec<(String, Location)>)> {
    let mut all = Vec::new();
    for area in 1..=8u8 {
        let names = part.hints(|n| part.terms.areas(n).contains(&area));
        if !names.is_empty() {
            all.push((area, names));
        }
    }
    all
}
