//! Which questions a document asks, of whom, and what of the code each is about.

use super::answers::Answers;
use super::features::{Features, Recipient, tidy};
use super::model::{Arg, Question, Say};

/// The questions of one scope, by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asks {
    pub(crate) questions: Vec<Question>,
}

impl Asks {
    /// The number to cite a question by.
    pub(crate) fn of(&self, id: &str) -> String {
        let found = self.questions.iter().find(|q| q.id == id);
        debug_assert!(found.is_some(), "the question {id} is cited and not asked");
        found.map(|q| q.number.clone()).unwrap_or_default()
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
pub(crate) fn of_activity(number: &str, f: &Features, answers: &Answers) -> Asks {
    let mut b =
        Builder { asks: Asks::default(), part: number.to_owned(), scope: format!("activity.{}", f.id), answers };
    let items = || Arg::List(f.items.iter().map(|i| Arg::Ref(i.number.clone())).collect());
    let open: Vec<Arg> = f.items.iter().filter(|i| i.unbounded()).map(|i| Arg::Ref(i.number.clone())).collect();
    let data = f.data_words();
    let uses = f.use_words();
    let both = [data.clone(), uses.clone()].concat();
    b.ask("purpose", "role.product", both.clone());
    if f.items.is_empty() {
        b.add("source", "role.product", data.clone(), Say::new("q.subjects"));
    } else {
        b.add("source", "role.product", data.clone(), Say::new("q.source").with("items", items()));
        b.ask("subjects", "role.product", data.clone());
    }
    if !open.is_empty() {
        let say = Say::new("q.freetext").with("items", Arg::List(open));
        b.add("freetext", "role.operations", data.clone(), say);
    }
    b.ask("scale", "role.operations", f.entries.iter().map(|e| format!("start {}", e.label)).collect());
    b.ask("basis", "role.dpo", both.clone());
    if !f.items.is_empty() {
        b.add("necessity", "role.product", data.clone(), Say::new("q.necessity").with("items", items()));
    }
    b.ask("retention", "role.engineering", both);
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
    b.ask("accuracy", "role.engineering", f.recipients.iter().flat_map(Recipient::words).collect());
    b.ask("rights", "role.dpo", data);
    b.ask("security", "role.security", f.recipient_words());
    b.asks
}

/// What is asked about one recipient, over all activities.
pub(crate) fn of_recipient(number: &str, id: &str, about: &[String], answers: &Answers) -> Asks {
    let scope = format!("recipient.{id}");
    let mut b = Builder { asks: Asks::default(), part: number.to_owned(), scope, answers };
    if id == "by-config" {
        b.ask("configuration", "role.engineering", about.to_vec());
    }
    if id == "local" {
        b.ask("provider_retention", "role.engineering", about.to_vec());
        return b.asks;
    }
    b.ask("contract", "role.procurement", vec![format!("recipient {id}")]);
    b.ask("provider_retention", "role.procurement", about.to_vec());
    b.ask("transfer", "role.dpo", about.to_vec());
    b.asks
}

/// What is asked once.
pub(crate) fn of_organisation(all: &[Features], answers: &Answers) -> Asks {
    let mut b = Builder { asks: Asks::default(), part: String::new(), scope: "organisation".into(), answers };
    let activities: Vec<String> = all.iter().map(|f| format!("activity {}", f.id)).collect();
    let models: Vec<String> =
        all.iter().flat_map(|f| &f.recipients).flat_map(|r| r.models.iter().map(|m| format!("model {m}"))).collect();
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
