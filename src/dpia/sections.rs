//! The description of one activity: what happens, the data, the recipients, the answer, safeguards, assets.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::Answers;
use super::assets::Version;
use super::diagram::Diagram;
use super::features::{Features, Item, Recipient, Use};
use super::model::{Arg, Basis, Block, Say, Section, Statement};
use super::names::Names;
use super::questions::Asks;
use super::terms::Terms;
use crate::inventory::{AnswerShape, Location};

/// Places that are shown of a list; the number of the others is said.
const PLACES: usize = 4;

/// What the sections of one activity are made of.
pub(crate) struct Part<'a> {
    pub(crate) f: &'a Features,
    pub(crate) asks: &'a Asks,
    /// Questions on the recipients, by the recipient's number.
    pub(crate) recipients: &'a BTreeMap<String, Asks>,
    pub(crate) terms: &'a Terms,
    pub(crate) names: &'a Names,
    pub(crate) versions: &'a BTreeMap<String, Version>,
    pub(crate) answers: &'a Answers,
}

pub(crate) fn refs<'a>(items: impl IntoIterator<Item = &'a Item>) -> Arg {
    Arg::List(items.into_iter().map(|i| Arg::Ref(i.number.clone())).collect())
}

/// The first places, and how many more there are.
pub(crate) fn places(all: &[Location]) -> Arg {
    let shown: Vec<Location> = all.iter().take(PLACES).cloned().collect();
    let more = all.len() - shown.len();
    if more == 0 {
        return Arg::Places(shown);
    }
    let more = Arg::Say(Say::new("list.more").number("n", more));
    Arg::Say(Say::new("places.some").with("places", Arg::Places(shown)).with("more", more))
}

impl Part<'_> {
    pub(crate) fn q(&self, id: &str) -> Arg {
        Arg::Ref(self.asks.of(id))
    }

    pub(crate) fn all(&self) -> Vec<Section> {
        vec![
            self.what(),
            self.data(),
            self.recipients(),
            self.output(),
            self.safeguards(),
            self.assets(),
            self.risks(),
            self.criteria(),
            self.necessity(),
        ]
    }

    fn what(&self) -> Section {
        let f = self.f;
        let mut section = Section::new("what", "0.3, 1.2", &[111, 122]);
        let mut steps = Vec::new();
        for entry in &f.entries {
            let known = ["http", "handler", "function", "script"].contains(&entry.kind.as_str());
            let key = if known { format!("life.start_{}", entry.kind) } else { "life.start_other".into() };
            steps.push(Say::new(key).code("entry", &entry.label).shown_at(vec![entry.location.clone()]));
        }
        for (key, items) in self.collected() {
            let places: Vec<Location> = items.iter().flat_map(|i| i.taken.iter().cloned().chain(i.places())).collect();
            let say = Say::new(format!("life.collect_{key}")).with("items", refs(items.iter().copied()));
            steps.push(if key == "field" {
                let say = say.with("q", self.q("source"));
                say.partly(places, &[&self.asks.of("source")])
            } else {
                say.shown_at(places)
            });
        }
        if f.items.is_empty() {
            let q = self.asks.of("source");
            steps.push(Say::new("life.no_items").with("q", Arg::Ref(q.clone())).partly(f.call_places(), &[&q]));
        }
        if !f.prompt.is_empty() {
            steps.push(Say::new("life.prompt").shown_at(f.prompt.clone()));
        }
        for r in &f.recipients {
            let key = if r.outside() { "life.send" } else { "life.send_local" };
            let say = Say::new(key)
                .with("recipient", self.named(r))
                .with("operation", operations(r))
                .with("model", if r.gateway { Arg::Plain(String::new()) } else { models(r) });
            steps.push(say.shown_at(r.places.clone()));
        }
        for u in &f.uses {
            let known = ["stored", "decision", "tool_execution", "returned_to_user", "sent", "fed_to_model"];
            let say = if known.contains(&u.id.as_str()) {
                Say::new(format!("life.use_{}", u.id))
            } else {
                Say::new("life.use_other").term("use", "use", &u.id)
            };
            steps.push(say.shown_at(locations(u)));
        }
        if f.uses.is_empty() {
            steps.push(Say::new("life.no_use").shown_at(f.call_places()));
        }
        let q = self.asks.of("retention");
        steps.push(Say::new("life.delete").with("q", Arg::Ref(q.clone())).ask(&[&q]));
        section.blocks.push(Block::Steps(steps));
        section.blocks.push(Block::Diagram(Box::new(Diagram::of_activity(f, self.names))));
        section
    }

    /// The items by the way they come in.
    fn collected(&self) -> Vec<(&'static str, Vec<&Item>)> {
        const WAYS: &[(&str, &[&str])] = &[
            ("http_request", &["http_request", "form"]),
            ("message", &["message", "chat_message", "queue_message", "email", "transcript"]),
            ("file", &["file", "file_read", "file_upload"]),
            ("database", &["database", "db_read"]),
            ("session", &["session", "session_user"]),
            ("tool_result", &["tool_result", "tool_call"]),
            ("model_output", &["model_output"]),
        ];
        let way = |kind: &str| WAYS.iter().find(|(_, kinds)| kinds.contains(&kind)).map_or("field", |(way, _)| way);
        let order = WAYS.iter().map(|(way, _)| *way).chain(["field"]);
        order
            .map(|key| (key, self.f.items.iter().filter(|i| i.fields.iter().any(|f| way(&f.kind) == key)).collect()))
            .filter(|(_, items): &(_, Vec<_>)| !items.is_empty())
            .collect()
    }

    fn data(&self) -> Section {
        let mut section = Section::new("data", "1.1.a, 2.2.a", &[121]);
        let rows = self.f.items.iter().map(|item| self.item(item)).collect::<Vec<_>>();
        if rows.is_empty() {
            let q = self.asks.of("source");
            let none = Say::new("life.no_items").with("q", Arg::Ref(q.clone()));
            section.text(none.partly(self.f.call_places(), &[&q]));
            return section;
        }
        let head = ["head.number", "head.item", "head.about", "head.special", "head.source", "head.receives"];
        section.table(&[&head[..], &["head.guard", "head.kept"]].concat(), rows);
        section
    }

    fn item(&self, item: &Item) -> Vec<Vec<Statement>> {
        let at = item.places();
        let code = |say: Say| vec![say.shown_at(at.clone())];
        let list = |shown: &[super::features::Field]| {
            Arg::List(shown.iter().map(|f| Arg::At(f.label.clone(), f.location.clone())).collect())
        };
        let mut fields = code(
            Say::new("cell.fields").term("category", "category", &item.category).with("fields", list(&item.fields)),
        );
        if let Some(correction) = self.answers.correction(&format!("data {}", item.key)) {
            let by = [correction.by.as_str(), correction.date.as_str()].map(str::trim);
            let by = by.iter().filter(|s| !s.is_empty()).copied().collect::<Vec<_>>().join(", ");
            let say = Say::new("cell.correction").plain("text", correction.text.trim()).plain("by", &by);
            fields.push(Statement { say, basis: Basis::Answer(item.number.clone()) });
        }
        let subjects = self.asks.of("subjects");
        let about = self.about(item).map_or_else(
            || Say::new("cell.about_ask").with("q", Arg::Ref(subjects.clone())).ask(&[&subjects]),
            |say| say.with("q", Arg::Ref(subjects.clone())).partly(at.clone(), &[&subjects]),
        );
        let special = if item.special {
            Say::new("cell.special_yes").with("q", self.q("basis")).partly(at.clone(), &[&self.asks.of("basis")])
        } else if item.unbounded() {
            let q = self.asks.of("freetext");
            Say::new("cell.special_open").with("q", Arg::Ref(q.clone())).partly(at.clone(), &[&q])
        } else {
            Say::new("cell.special_no").shown_at(at.clone())
        };
        let kinds: BTreeSet<&str> = item.fields.iter().map(|f| f.kind.as_str()).collect();
        let kinds = Arg::List(kinds.into_iter().map(|k| Arg::Term("source", k.to_owned())).collect());
        let source = if item.fields.iter().all(|f| f.kind == "field") {
            let q = self.asks.of("source");
            match item.taken.is_empty() {
                false => Say::new("cell.source_field").with("places", places(&item.taken)).shown_at(item.taken.clone()),
                true => Say::new("cell.source_field_only").with("q", Arg::Ref(q.clone())).partly(at.clone(), &[&q]),
            }
        } else {
            Say::new("cell.source_kind").with("kind", kinds).with("places", places(&at)).shown_at(at.clone())
        };
        let receives: Vec<Arg> = item.recipients.iter().map(|r| Arg::Ref(r.clone())).collect();
        let calls = self.f.recipients.iter().filter(|r| item.recipients.contains(&r.number));
        let calls: Vec<Location> = calls.flat_map(|r| r.places.iter().cloned()).collect();
        let receives = Say::new("cell.receives").with("recipients", Arg::List(receives)).shown_at(calls.clone());
        let kinds = Arg::List(item.safeguards.iter().map(|k| Arg::Term("safeguard", k.clone())).collect());
        let guard = match (item.safeguards.is_empty(), item.unguarded) {
            (true, _) => Say::new("cell.guards_none"),
            (false, true) => Say::new("cell.guards_some").with("kinds", kinds),
            (false, false) => Say::new("cell.guards").with("kinds", kinds),
        };
        let kept = self.asks.of("retention");
        let theirs: Vec<String> = item.recipients.iter().filter_map(|r| self.recipient_q(r)).collect();
        let kept = if theirs.is_empty() {
            Say::new("cell.kept_no_theirs").with("q", Arg::Ref(kept.clone())).ask(&[&kept])
        } else {
            let asks: Vec<&str> = std::iter::once(kept.as_str()).chain(theirs.iter().map(String::as_str)).collect();
            Say::new("cell.kept").with("q", Arg::Ref(kept.clone())).refs("r", theirs.clone()).ask(&asks)
        };
        vec![
            code(Say::new("cell.number").with("id", Arg::Ref(item.number.clone()))),
            fields,
            vec![about],
            vec![special],
            vec![source],
            vec![receives],
            vec![guard.shown_at(calls)],
            vec![kept],
        ]
    }

    fn recipient_q(&self, number: &str) -> Option<String> {
        let asks = self.recipients.get(number)?;
        asks.questions.iter().find(|q| q.id == "provider_retention").map(|q| q.number.clone())
    }

    fn about(&self, item: &Item) -> Option<Say> {
        let named: BTreeSet<&str> =
            item.fields.iter().flat_map(|f| self.terms.subjects(&f.label)).map(|s| s.id.as_str()).collect();
        if item.unbounded() && named.is_empty() {
            return Some(Say::new("cell.about_anyone"));
        }
        let list = named.into_iter().map(|s| Arg::Term("subject", s.to_owned())).collect::<Vec<_>>();
        (!list.is_empty()).then(|| Say::new("cell.about_name").with("subjects", Arg::List(list)))
    }

    pub(crate) fn named(&self, r: &Recipient) -> Arg {
        let name = self.names.recipient(&r.id);
        Arg::Say(Say::new("recipient_ref").with("id", Arg::Ref(r.number.clone())).with("name", name))
    }

    fn recipients(&self) -> Section {
        let mut section = Section::new("recipients", "0.2, 1.1.d, 2.3.c", &[112, 226, 227]);
        let rows = self.f.recipients.iter().map(|r| self.recipient(r)).collect();
        let head = ["head.number", "head.who", "head.gets", "head.where", "head.settings", "head.role"];
        section.table(&head, rows);
        section
    }

    fn recipient(&self, r: &Recipient) -> Vec<Vec<Statement>> {
        let asks = &self.recipients[&r.number];
        let code = |say: Say| say.shown_at(r.places.clone());
        let name = self.names.recipient(&r.id);
        let mut who = vec![if r.id == "by-config" {
            let q = asks.of("configuration");
            Say::new("cell.who_open").with("q", Arg::Ref(q.clone())).partly(r.places.clone(), &[&q])
        } else {
            code(Say::new(if r.gateway { "cell.who_gateway" } else { "cell.who" }).with("name", name))
        }];
        for c in &r.candidates {
            let part = |key: &str, arg: Option<&String>| match arg {
                Some(text) => {
                    Arg::Say(Say::new(key).code(if key.ends_with("model") { "model" } else { "condition" }, text))
                }
                None => Arg::Plain(String::new()),
            };
            let say = Say::new("cell.candidate")
                .with("name", self.names.recipient(&c.provider))
                .with("model", part("cell.candidate_model", c.model.as_ref()))
                .with("condition", part("cell.candidate_condition", c.condition.as_ref()));
            who.push(say.shown_at(c.location.clone().map_or_else(|| r.places.clone(), |l| vec![l])));
        }
        let gets = Say::new("cell.gets").with("operations", operations(r)).with("models", models(r));
        let mut place = Vec::new();
        if !r.gateway {
            place.extend(r.endpoints.iter().map(|e| code(Say::new("cell.endpoint").code("endpoint", e))));
            place.extend(r.regions.iter().map(|g| code(Say::new("cell.region").code("region", g))));
        }
        if place.is_empty() {
            place.push(code(Say::new(if r.outside() { "cell.endpoint_default" } else { "cell.none" })));
        }
        let mut settings: Vec<Statement> = r.settings.iter().map(setting).collect();
        if settings.is_empty() {
            settings.push(code(Say::new("cell.settings_none")));
        }
        let numbers: Vec<String> = asks.questions.iter().map(|q| q.number.clone()).collect();
        let asked: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let role =
            Say::new(if r.outside() { "cell.role" } else { "cell.asked_in" }).refs("q", numbers.clone()).ask(&asked);
        let number = code(Say::new("cell.number").with("id", Arg::Ref(r.number.clone())));
        vec![vec![number], who, vec![code(gets)], place, settings, vec![role]]
    }

    fn output(&self) -> Section {
        let f = self.f;
        let mut section = Section::new("output", "1.1.d, 2.3.b", &[111]);
        let mut list = Vec::new();
        let mut open: Vec<Location> = Vec::new();
        for call in f.calls.iter().filter(|c| says_words(&c.operation)) {
            match &call.answer {
                Some(shape) => list.push(shaped(shape)),
                None => open.push(call.location.clone()),
            }
        }
        if !open.is_empty() {
            list.push(Say::new("output.text").shown_at(open));
        }
        for u in &f.uses {
            let at = locations(u);
            let with = |key: &str| Say::new(key).with("places", places(&at));
            let asked = |key: &str, q: &str| {
                let n = self.asks.of(q);
                with(key).with("q", Arg::Ref(n.clone())).partly(at.clone(), &[&n])
            };
            match u.id.as_str() {
                "decision" => list.push(asked("output.decision", "review")),
                "tool_execution" => list.push(asked("output.tools", "tools")),
                "stored" => list.push(asked("output.stored", "retention")),
                "sent" => list.push(asked("output.sent", "recipients_out")),
                "returned_to_user" => list.push(with("output.returned").shown_at(at)),
                "fed_to_model" => list.push(with("output.fed").shown_at(at)),
                _ => {}
            }
        }
        if f.uses.is_empty() {
            list.push(Say::new("output.none").shown_at(f.call_places()));
        } else {
            let q = self.asks.of("effect");
            list.push(Say::new("output.art22").with("q", Arg::Ref(q.clone())).ask(&[&q]));
        }
        section.list(list);
        section
    }

    fn safeguards(&self) -> Section {
        let f = self.f;
        let mut section = Section::new("safeguards", "2.3.d, 2.3.e", &[]);
        let mut list: Vec<Statement> = f
            .safeguards
            .iter()
            .map(|g| {
                Say::new("guard.one")
                    .term("kind", "safeguard", &g.kind)
                    .code("name", &g.name)
                    .number("on", g.on)
                    .number("n", f.paths)
                    .shown_at(vec![g.location.clone()])
            })
            .collect();
        for shape in f.calls.iter().filter_map(|c| c.answer.as_ref()).filter(|s| s.checked) {
            list.push(Say::new("guard.closed_set").shown_at(vec![shape.location.clone()]));
        }
        if f.paths > 0 && f.unguarded == f.paths {
            list.push(Say::new("guard.none").number("n", f.paths).shown_at(f.call_places()));
        } else if f.unguarded > 0 {
            let say = Say::new("guard.some").number("n", f.unguarded).number("total", f.paths);
            list.push(say.shown_at(f.call_places()));
        }
        let q = self.asks.of("security");
        list.push(Say::new("guard.effect").with("q", Arg::Ref(q.clone())).ask(&[&q]));
        section.list(list);
        section
    }

    fn assets(&self) -> Section {
        let f = self.f;
        let mut section = Section::new("assets", "1.3", &[123]);
        let mut rows: BTreeMap<(usize, String), (Vec<Location>, Say)> = BTreeMap::new();
        let mut add = |rank: usize, name: &str, at: &[Location], version: Say| {
            let row = rows.entry((rank, name.to_owned())).or_insert_with(|| (Vec::new(), version));
            row.0.extend(at.iter().cloned());
        };
        for r in &f.recipients {
            for model in &r.models {
                add(0, model, &r.places, Say::new("cell.none"));
            }
            for endpoint in &r.endpoints {
                add(1, endpoint, &r.places, Say::new("cell.none"));
            }
            for sdk in r.sdks.iter().filter(|s| *s != "http") {
                match self.versions.get(sdk) {
                    Some(v) => {
                        let key = if v.locked { "cell.version_locked" } else { "cell.version_declared" };
                        let at: Vec<Location> = std::iter::once(v.location.clone()).chain(r.places.clone()).collect();
                        add(2, sdk, &at, Say::new(key).code("version", &v.version));
                    }
                    None => add(2, sdk, &r.places, Say::new("cell.version_none")),
                }
            }
        }
        let kinds = ["cell.asset_model", "cell.asset_endpoint", "cell.asset_sdk"];
        let rows = rows
            .into_iter()
            .map(|((rank, name), (mut at, version))| {
                super::features::tidy(&mut at);
                // The line with the version first: it is what a reader looks up.
                let code = |say: Say| vec![say.shown_at(at.clone())];
                let version = vec![version.shown_at(at.clone())];
                vec![code(Say::new(kinds[rank])), code(Say::new("cell.text").code("text", &name)), version]
            })
            .collect();
        section.table(&["head.kind", "head.asset", "head.version"], rows);
        section
    }
}

/// Operations whose answer is words, or something made for people.
pub(crate) fn says_words(operation: &str) -> bool {
    matches!(operation, "chat" | "completion" | "agent_run" | "local_inference" | "batch" | "image" | "audio")
}

pub(crate) fn locations(u: &Use) -> Vec<Location> {
    let mut all: Vec<Location> = u.places.iter().map(|(_, at)| at.clone()).collect();
    super::features::tidy(&mut all);
    all
}

fn shaped(shape: &AnswerShape) -> Statement {
    let values = Arg::List(shape.values.iter().map(|v| Arg::Code(v.clone())).collect());
    let say = match (shape.kind.as_str(), shape.checked) {
        ("label", true) => Say::new("output.label").number("n", shape.values.len()).with("values", values),
        ("label", false) => Say::new("output.label_schema").number("n", shape.values.len()).with("values", values),
        _ => Say::new("output.object").with("shape", values),
    };
    say.shown_at(vec![shape.location.clone()])
}

fn setting(s: &crate::inventory::Setting) -> Statement {
    let note = match (s.name.as_str(), s.value.to_ascii_lowercase().as_str()) {
        ("store", "false") => Some("setting.store_false"),
        ("store", "true") => Some("setting.store_true"),
        _ => None,
    };
    let say = Say::new(if note.is_some() { "cell.setting_note" } else { "cell.setting" });
    let say = say.code("name", &s.name).code("value", &s.value);
    let say = match note {
        Some(note) => say.with("note", Arg::Say(Say::new(note))),
        None => say,
    };
    say.shown_at(vec![s.location.clone()])
}

fn operations(r: &Recipient) -> Arg {
    Arg::List(r.operations.iter().map(|o| Arg::Term("operation", o.clone())).collect())
}

fn models(r: &Recipient) -> Arg {
    if r.models.is_empty() {
        let open = r.operations.iter().any(|o| says_words(o) || o == "embedding");
        return if open && !r.gateway { Arg::Say(Say::new("cell.models_open")) } else { Arg::Plain(String::new()) };
    }
    let models = Arg::List(r.models.iter().map(|m| Arg::Code(m.clone())).collect());
    Arg::Say(Say::new("cell.models").with("models", models))
}
