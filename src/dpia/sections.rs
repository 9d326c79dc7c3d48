//! The description of one activity: what happens, the data, the answer, safeguards. What is alike for all activities is
//! said once, in the annexes.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::Answers;
use super::diagram::Diagram;
use super::features::{Features, Field, Item, Recipient, Use};
use super::model::{Arg, Basis, Block, Say, Section, Statement};
use super::names::Names;
use super::questions::Asks;
use super::terms::Terms;
use crate::inventory::{AnswerShape, Location, Practice};

/// Places that are shown of a list; the number of the others is said.
const PLACES: usize = 4;

/// Values that are shown of an answer's shape; the number of the others is said.
const VALUES: usize = 12;

/// What the sections of one activity are made of.
pub(crate) struct Part<'a> {
    /// `A1`
    pub(crate) number: &'a str,
    pub(crate) f: &'a Features,
    pub(crate) asks: &'a Asks,
    /// Questions on the recipients, by the recipient's number.
    pub(crate) recipients: &'a BTreeMap<String, Asks>,
    pub(crate) terms: &'a Terms,
    pub(crate) names: &'a Names,
    pub(crate) answers: &'a Answers,
    /// The tools that the program defines for models.
    pub(crate) tools: &'a [Practice],
}

/// The numbers of items, in their order.
pub(crate) fn refs<'a>(items: impl IntoIterator<Item = &'a Item>) -> Arg {
    let mut numbers: Vec<String> = items.into_iter().map(|i| i.number.clone()).collect();
    numbers.sort_by_key(|n| n[1..].parse::<usize>().unwrap_or(usize::MAX));
    Arg::Refs(numbers)
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
        vec![self.what(), self.data(), self.output(), self.safeguards(), self.risks(), self.necessity()]
    }

    fn what(&self) -> Section {
        let f = self.f;
        let mut section = Section::new("what", "0.3, 1.2", &[122]);
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
                .with("recipient", self.recipient_named(r))
                .with("operation", operations(r))
                .with("model", if r.gateway { Arg::Plain(String::new()) } else { models(r) });
            steps.push(say.shown_at(r.places.clone()));
        }
        let acts: Vec<Location> = self.acts().into_iter().flat_map(|(_, at)| at).collect();
        if !acts.is_empty() {
            let q = self.asks.of("security");
            steps.push(Say::new("life.use_act").with("q", Arg::Ref(q.clone())).partly(acts, &[&q]));
        }
        for u in &f.uses {
            if u.id == "tool_execution" && self.tool_places().is_empty() {
                continue;
            }
            let asked = match u.id.as_str() {
                "stored" => "retention",
                "decision" => "review",
                "tool_execution" => "tools",
                "sent" => "recipients_out",
                _ => "",
            };
            let say = match u.id.as_str() {
                "returned_to_user" | "fed_to_model" => Say::new(format!("life.use_{}", u.id)),
                _ if !asked.is_empty() => Say::new(format!("life.use_{}", u.id)).with("q", self.q(asked)),
                _ => Say::new("life.use_other").term("use", "use", &u.id),
            };
            let at = if u.id == "tool_execution" { self.tool_places() } else { locations(u) };
            steps.push(match asked {
                "" => say.shown_at(at),
                _ => say.partly(at, &[&self.asks.of(asked)]),
            });
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
        let head = ["head.number", "head.item", "head.about", "head.special", "head.source", "head.receives"];
        let rows = self.alike().iter().map(|items| self.items(items)).collect();
        section.table(&[&head[..], &["head.guard"]].concat(), rows);
        let ours = self.asks.of("retention");
        let mut theirs: Vec<String> = self.f.recipients.iter().filter_map(|r| self.recipient_q(&r.number)).collect();
        theirs.sort_by_key(|q| q[1..].split('.').next().and_then(|n| n.parse::<usize>().ok()));
        let asks: Vec<&str> = std::iter::once(ours.as_str()).chain(theirs.iter().map(String::as_str)).collect();
        let kept = Say::new(if theirs.is_empty() { "data.kept_ours" } else { "data.kept" });
        section.text(kept.with("q", Arg::Ref(ours.clone())).refs("r", theirs.clone()).ask(&asks));
        section
    }

    /// The items that a row can say together: of one category, to the same recipients.
    fn alike(&self) -> Vec<Vec<&Item>> {
        let mut rows: Vec<Vec<&Item>> = Vec::new();
        for item in &self.f.items {
            let same = |row: &&mut Vec<&Item>| {
                let first = row[0];
                (&first.category, first.special, &first.recipients) == (&item.category, item.special, &item.recipients)
            };
            match rows.iter_mut().find(same) {
                Some(row) => row.push(item),
                None => rows.push(vec![item]),
            }
        }
        rows
    }

    fn items(&self, items: &[&Item]) -> Vec<Vec<Statement>> {
        let first = items[0];
        let mut at: Vec<Location> = items.iter().flat_map(|i| i.places()).collect();
        super::features::tidy(&mut at);
        let code = |say: Say| say.shown_at(at.clone());
        let head = Say::new("cell.fields").term("category", "category", &first.category);
        let mut fields = vec![code(head.with("fields", Arg::List(items.iter().map(|i| written(i)).collect())))];
        for item in items {
            if let Some(correction) = self.answers.correction(&format!("data {}", item.key)) {
                let by = [correction.by.as_str(), correction.date.as_str()].map(str::trim);
                let by = by.iter().filter(|s| !s.is_empty()).copied().collect::<Vec<_>>().join(", ");
                let say = Say::new("cell.correction").plain("text", correction.text.trim()).plain("by", &by);
                fields.push(Statement { say, basis: Basis::Answer(item.number.clone()) });
            }
        }
        let source = self.asks.of("source");
        let about = self.about(items).map_or_else(
            || Say::new("cell.about_ask").with("q", Arg::Ref(source.clone())).ask(&[&source]),
            |say| say.with("q", Arg::Ref(source.clone())).partly(at.clone(), &[&source]),
        );
        let special = if first.special {
            Say::new("cell.special_yes").with("q", self.q("basis")).partly(at.clone(), &[&self.asks.of("basis")])
        } else if first.unbounded() {
            let q = self.asks.of("freetext");
            Say::new("cell.special_open").with("q", Arg::Ref(q.clone())).partly(at.clone(), &[&q])
        } else {
            Say::new("cell.special_no").shown_at(at.clone())
        };
        let kinds: BTreeSet<&str> = items.iter().flat_map(|i| &i.fields).map(|f| f.kind.as_str()).collect();
        let mut taken: Vec<Location> = items.iter().flat_map(|i| i.taken.iter().cloned()).collect();
        super::features::tidy(&mut taken);
        let kinds = Arg::List(kinds.into_iter().map(|k| Arg::Term("source", k.to_owned())).collect());
        let from = Say::new("cell.source_kind").with("kind", kinds);
        let from = if taken.is_empty() { code(from) } else { from.shown_at(taken) };
        let calls = self.f.recipients.iter().filter(|r| first.recipients.contains(&r.number));
        let calls: Vec<Location> = calls.flat_map(|r| r.places.iter().cloned()).collect();
        let receives = Say::new("cell.receives").with("recipients", Arg::Refs(first.recipients.clone()));
        let kinds: BTreeSet<&String> = items.iter().flat_map(|i| &i.safeguards).collect();
        let all = items.iter().all(|i| !i.unguarded && i.safeguards == first.safeguards);
        let guards = Arg::List(kinds.iter().map(|k| Arg::Term("safeguard", (*k).clone())).collect());
        let guard = match (kinds.is_empty(), all) {
            (true, _) => Say::new("cell.guards_none"),
            (false, false) => Say::new("cell.guards_some").with("kinds", guards),
            (false, true) => Say::new("cell.guards").with("kinds", guards),
        };
        vec![
            vec![code(Say::new("cell.number").with("id", refs(items.iter().copied())))],
            fields,
            vec![about],
            vec![special],
            vec![from],
            vec![receives.shown_at(calls.clone())],
            vec![guard.shown_at(calls)],
        ]
    }

    fn recipient_q(&self, number: &str) -> Option<String> {
        let asks = self.recipients.get(number)?;
        asks.questions.iter().find(|q| q.id == "provider_retention").map(|q| q.number.clone())
    }

    fn about(&self, items: &[&Item]) -> Option<Say> {
        let labels = items.iter().flat_map(|i| &i.fields);
        let named: BTreeSet<&str> = labels.flat_map(|f| self.terms.subjects(&f.label)).map(|s| s.id.as_str()).collect();
        if items[0].unbounded() && named.is_empty() {
            return Some(Say::new("cell.about_anyone"));
        }
        let list = named.into_iter().map(|s| Arg::Term("subject", s.to_owned())).collect::<Vec<_>>();
        (!list.is_empty()).then(|| Say::new("cell.about_name").with("subjects", Arg::List(list)))
    }

    pub(crate) fn recipient_named(&self, r: &Recipient) -> Arg {
        let name = self.names.recipient(&r.id);
        Arg::Say(Say::new("recipient_ref").with("id", Arg::Ref(r.number.clone())).with("name", name))
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
        for (kind, at) in self.acts() {
            let q = self.asks.of("security");
            list.push(Say::new(format!("output.act_{kind}")).with("q", Arg::Ref(q.clone())).partly(at, &[&q]));
        }
        if let Some(u) = f.used("decision") {
            let table = |(label, _): &&(String, Location)| label.contains("table");
            let chosen: Vec<Location> = u.places.iter().filter(table).map(|(_, at)| at.clone()).collect();
            let (key, at) =
                if chosen.is_empty() { ("output.decision", locations(u)) } else { ("output.table", chosen) };
            let q = self.asks.of("review");
            list.push(Say::new(key).with("q", Arg::Ref(q.clone())).partly(at, &[&q]));
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

    /// What runs or shows the answer as more than text: code, a command, a statement of a database, markup.
    pub(crate) fn acts(&self) -> Vec<(&str, Vec<Location>)> {
        let mut all: BTreeMap<&str, Vec<Location>> = BTreeMap::new();
        for u in &self.f.uses {
            for (label, at) in &u.places {
                if let Some(kind) = self.terms.act(&u.id, label) {
                    all.entry(kind).or_default().push(at.clone());
                }
            }
        }
        all.into_iter().collect()
    }

    /// Where the model may call functions; not where the program runs the answer itself.
    pub(crate) fn tool_places(&self) -> Vec<Location> {
        let tools = self.f.used("tool_execution").into_iter().flat_map(|u| &u.places);
        let own = tools.filter(|(label, _)| self.terms.act("tool_execution", label).is_none());
        own.map(|(_, at)| at.clone()).collect()
    }

    fn safeguards(&self) -> Section {
        let f = self.f;
        let mut section = Section::new("safeguards", "2.3.d, 2.3.e", &[]);
        let mut list = Vec::new();
        let mut kinds: BTreeMap<&str, Vec<&super::features::Guard>> = BTreeMap::new();
        for g in &f.safeguards {
            kinds.entry(&g.kind).or_default().push(g);
        }
        for (kind, guards) in kinds {
            let names: BTreeSet<&str> = guards.iter().map(|g| g.name.as_str()).collect();
            let names = Arg::List(names.into_iter().map(|n| Arg::Code(n.to_owned())).collect());
            let on = f.flows_with(kind);
            let say = Say::new("guard.one").term("kind", "safeguard", kind).with("names", names);
            let say = say.number("on", on).number("n", f.paths);
            let say = say.with("limits", Arg::Say(Say::new(format!("guard_limit.{kind}"))));
            list.push(say.shown_at(guards.iter().map(|g| g.location.clone()).collect()));
        }
        for shape in f.calls.iter().filter_map(|c| c.answer.as_ref()).filter(|s| s.checked) {
            list.push(Say::new("guard.closed_set").shown_at(vec![shape.location.clone()]));
        }
        let approvals: Vec<&Practice> = f.practices.iter().filter(|p| p.kind == "approval").collect();
        if !approvals.is_empty() {
            let q = self.asks.of(if f.used("tool_execution").is_some() { "tools" } else { "purpose" });
            let say = Say::new("guard.approval").with("names", named(&approvals)).with("q", Arg::Ref(q.clone()));
            list.push(say.partly(practice_places(&approvals), &[&q]));
        }
        if f.paths > 0 && f.unguarded == f.paths {
            list.push(Say::new("guard.none").number("n", f.paths).shown_at(f.call_places()));
        } else if f.unguarded > 0 {
            let say = Say::new("guard.some").number("n", f.unguarded).number("total", f.paths);
            list.push(say.shown_at(f.call_places()));
        }
        section.list(list);
        section
    }
}

/// The fields of an item with their places: `Ticket`: `body`, `subject` (`app/models.py:21`, `:22`).
fn written(item: &Item) -> Arg {
    let at = item.places();
    // In the order of their places, which follow them.
    let mut fields: Vec<&Field> = item.fields.iter().collect();
    fields.sort_by_key(|f| (&f.location, &f.label));
    let mut labels: Vec<&str> = fields.iter().map(|f| f.label.as_str()).collect();
    labels.dedup();
    let code = |names: Vec<&str>| Arg::List(names.into_iter().map(|n| Arg::Code(n.to_owned())).collect());
    let say = match &item.owner {
        Some(owner) if labels.len() > 1 => {
            let of = |l: &str| l.strip_prefix(owner.as_str()).and_then(|l| l.strip_prefix('.')).is_some();
            let own = labels.iter().all(|l| of(l));
            let short = labels.iter().map(|l| if own { &l[owner.len() + 1..] } else { *l }).collect();
            Say::new("cell.class").code("owner", owner).with("fields", code(short))
        }
        _ => Say::new("cell.field").with("fields", code(labels)),
    };
    Arg::Say(say.with("places", Arg::Places(at)))
}

/// The names of practices, each once.
pub(crate) fn named(practices: &[&Practice]) -> Arg {
    let names: BTreeSet<&str> = practices.iter().map(|p| p.name.as_str()).collect();
    Arg::List(names.into_iter().map(|n| Arg::Code(n.to_owned())).collect())
}

pub(crate) fn practice_places(practices: &[&Practice]) -> Vec<Location> {
    practices.iter().map(|p| p.location.clone()).collect()
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
    let mut values: Vec<Arg> = shape.values.iter().take(VALUES).map(|v| Arg::Code(v.clone())).collect();
    if shape.values.len() > VALUES {
        values.push(Arg::Say(Say::new("list.rest").number("n", shape.values.len() - VALUES)));
    }
    let values = Arg::List(values);
    let say = match (shape.kind.as_str(), shape.checked) {
        ("label", true) => Say::new("output.label").number("n", shape.values.len()).with("values", values),
        ("label", false) => Say::new("output.label_schema").number("n", shape.values.len()).with("values", values),
        _ => Say::new("output.object").with("shape", values),
    };
    say.shown_at(vec![shape.location.clone()])
}

pub(crate) fn operations(r: &Recipient) -> Arg {
    Arg::List(r.operations.iter().map(|o| Arg::Term("operation", o.clone())).collect())
}

pub(crate) fn models(r: &Recipient) -> Arg {
    if r.models.is_empty() {
        let open = r.operations.iter().any(|o| says_words(o) || o == "embedding");
        return if open && !r.gateway { Arg::Say(Say::new("cell.models_open")) } else { Arg::Plain(String::new()) };
    }
    let models = Arg::List(r.models.iter().map(|m| Arg::Code(m.clone())).collect());
    Arg::Say(Say::new("cell.models").with("models", models))
}
