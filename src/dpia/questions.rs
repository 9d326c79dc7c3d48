//! Which questions a document asks, of whom, and what of the code each is about.

use super::answers::Answers;
use super::features::{Features, Recipient, tidy};
use super::model::{Arg, Question, Say};
use super::sections::refs;

/// The questions of one scope, by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asks {
    pub(crate) questions: Vec<Question>,
    /// Numbers of questions that are asked once for all activities.
    shared: Vec<(&'static str, String)>,
}

/// Asked once for all activities. An activity of which something else is true can have an answer of its own.
pub(crate) const SHARED: &[(&str, &str)] = &[
    ("scale", "role.operations"),
    ("basis", "role.dpo"),
    ("retention", "role.engineering"),
    ("accuracy", "role.engineering"),
    ("rights", "role.dpo"),
    ("security", "role.security"),
];

impl Asks {
    /// The number to cite a question by.
    pub(crate) fn of(&self, id: &str) -> String {
        let own = self.questions.iter().find(|q| q.id == id).map(|q| &q.number);
        let found = own.or_else(|| self.shared.iter().find(|(shared, _)| *shared == id).map(|(_, n)| n));
        debug_assert!(found.is_some(), "the question {id} is cited and not asked");
        found.cloned().unwrap_or_default()
    }
}

struct Builder<'a> {
    asks: Asks,
    /// `A1`, `R1`, or empty.
    part: String,
    scope: String,
    answers: &'a Answers,
}

impl Builder<'_> {
    fn add(&mut self, id: &'static str, role: &'static str, about: Vec<String>, say: Say) {
        let n = self.asks.questions.len() + 1;
        let number = if self.part.is_empty() { format!("Q{n}") } else { format!("{}.Q{n}", self.part) };
        let mut about = about;
        tidy(&mut about);
        let answer = self.answers.answer(&self.scope, id, &about);
        self.asks.questions.push(Question { number, scope: self.scope.clone(), id, say, role, about, answer });
    }

    fn ask(&mut self, id: &'static str, role: &'static str, about: Vec<String>) {
        self.add(id, role, about, Say::new(format!("q.{id}")));
    }
}

/// What is asked about one activity. Which questions there are depends on what the code shows.
pub(crate) fn of_activity(number: &str, f: &Features, shared: &Asks, answers: &Answers) -> Asks {
    let mut b =
        Builder { asks: Asks::default(), part: number.to_owned(), scope: format!("activity.{}", f.id), answers };
    let items = || refs(&f.items);
    let open: Vec<_> = f.items.iter().filter(|i| i.unbounded()).collect();
    let data = f.data_words();
    let uses = f.use_words();
    let both = [data.clone(), uses.clone()].concat();
    b.ask("purpose", "role.product", both);
    b.add("source", "role.product", data.clone(), Say::new("q.source").with("items", items()));
    if !open.is_empty() {
        b.add("freetext", "role.operations", data.clone(), Say::new("q.freetext").with("items", refs(open)));
    }
    b.add("necessity", "role.product", data, Say::new("q.necessity").with("items", items()));
    if !f.uses.is_empty() {
        b.ask("review", "role.operations", uses.clone());
        b.ask("effect", "role.product", uses.clone());
    }
    if f.used("tool_execution").is_some() {
        b.ask("tools", "role.engineering", uses.clone());
    }
    if f.used("sent").is_some() {
        b.ask("recipients_out", "role.engineering", uses);
    }
    for (id, role) in SHARED {
        let about = shared_about(id, f);
        if answers.answer(&b.scope, id, &about).is_some() {
            b.ask(id, role, about);
        }
    }
    b.asks.shared = SHARED.iter().map(|(id, _)| (*id, shared.of(id))).collect();
    b.asks
}

/// What of an activity a shared question is about.
fn shared_about(id: &str, f: &Features) -> Vec<String> {
    match id {
        "scale" => f.entries.iter().map(|e| format!("start {}", e.label)).collect(),
        "accuracy" => f.recipients.iter().flat_map(Recipient::words).collect(),
        "rights" => f.data_words(),
        "security" => f.recipient_words(),
        _ => [f.data_words(), f.use_words()].concat(),
    }
}

/// What is asked about one recipient, over all activities.
pub(crate) fn of_recipient(number: &str, id: &str, name: &Arg, about: &[String], answers: &Answers) -> Asks {
    let scope = format!("recipient.{id}");
    let mut b = Builder { asks: Asks::default(), part: number.to_owned(), scope, answers };
    let mut ask = |question: &'static str, role, about: Vec<String>| {
        b.add(question, role, about, Say::new(format!("q.{question}")).with("name", name.clone()));
    };
    if id == "by-config" {
        ask("configuration", "role.engineering", about.to_vec());
    }
    if id == "local" {
        ask("provider_retention", "role.engineering", about.to_vec());
        return b.asks;
    }
    ask("contract", "role.procurement", vec![format!("recipient {id}")]);
    ask("provider_retention", "role.procurement", about.to_vec());
    ask("transfer", "role.dpo", about.to_vec());
    b.asks
}

/// What is asked once.
pub(crate) fn of_organisation(all: &[Features], answers: &Answers) -> Asks {
    let mut b = Builder { asks: Asks::default(), part: String::new(), scope: "organisation".into(), answers };
    let activities: Vec<String> = all.iter().map(|f| format!("activity {}", f.id)).collect();
    let models: Vec<String> =
        all.iter().flat_map(|f| &f.recipients).flat_map(|r| r.models.iter().map(|m| format!("model {m}"))).collect();
    for (id, role) in SHARED {
        b.ask(id, role, all.iter().flat_map(|f| shared_about(id, f)).collect());
    }
    b.ask("controller", "role.controller", Vec::new());
    b.ask("record", "role.dpo", activities.clone());
    b.ask("advice", "role.dpo", activities.clone());
    b.ask("codes", "role.legal", Vec::new());
    b.ask("annex_iii", "role.legal", activities.clone());
    b.ask("rights_annex", "role.legal", activities.clone());
    b.ask("model", "role.engineering", models);
    b.ask("annotation", "role.engineering", Vec::new());
    b.ask("development", "role.security", Vec::new());
    b.ask("elsewhere", "role.controller", Vec::new());
    b.ask("decision", "role.controller", activities);
    b.asks
}
