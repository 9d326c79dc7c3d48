//! The document before it has a language or a format: sections of statements, each with what it rests on.

use serde::Serialize;

use super::diagram::Diagram;
use super::facts::Quoted;
use super::features::Features;
use crate::inventory::Location;

/// The description of processing for one repository.
#[derive(Clone, Debug)]
pub struct Document {
    pub sheet: Sheet,
    /// What is said once: the sheet's rows, and the list of activities.
    pub front: Vec<Section>,
    pub activities: Vec<ActivityPart>,
    /// Recipients, questions to the organisation, model status, fundamental rights, coverage.
    pub annexes: Vec<Section>,
    /// Answers whose activity or question is not there any more.
    pub orphans: Vec<Section>,
}

/// The facts of the run. The only ones that change from day to day.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub name: String,
    /// `2026-11-22`
    pub date: String,
    pub tool: String,
    pub commit: Option<String>,
    pub hosting: Option<Hosting>,
}

/// Where the scanned commit can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosting {
    /// Address of a file of the commit, with `{path}` and `{line}`.
    pub file: String,
    pub kind: HostingKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostingKind {
    GitHub,
    GitLab,
    Bitbucket,
}

/// What is written about one processing activity.
#[derive(Clone, Debug)]
pub struct ActivityPart {
    /// `A1`
    pub number: String,
    pub features: Features,
    pub sections: Vec<Section>,
    pub questions: Vec<Question>,
}

#[derive(Clone, Debug)]
pub struct Section {
    /// Stable, and unique in its part: `data`, `recipients`.
    pub id: &'static str,
    pub title: Say,
    /// Where it belongs in the template of the EDPB: `1.1.a, 2.2.a`.
    pub edpb: &'static str,
    /// Questions of the CNIL's software that it answers.
    pub cnil: &'static [u16],
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
pub enum Block {
    Text(Statement),
    List(Vec<Statement>),
    /// Numbered.
    Steps(Vec<Statement>),
    Table(Table),
    Diagram(Box<Diagram>),
    Questions(Vec<Question>),
}

#[derive(Clone, Debug)]
pub struct Table {
    /// Wording keys of the heads of the columns.
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<Vec<Statement>>>,
}

/// A sentence or a phrase, and what it rests on.
#[derive(Clone, Debug)]
pub struct Statement {
    pub say: Say,
    pub basis: Basis,
}

/// A key of the wording files with what goes into its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    pub key: String,
    pub args: Vec<(&'static str, Arg)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// From the scanned code: shown as code.
    Code(String),
    /// From the scanned code, from an answer or a source: shown as plain text.
    Plain(String),
    Number(usize),
    Say(Say),
    /// A word of the inventory, such as a category, by the table of the wording files and its id; shown as code where the
    /// table does not have it.
    Term(&'static str, String),
    /// Joined with commas, the last with the language's "and".
    List(Vec<Arg>),
    /// Another part of the document: `D1`, `A1.Q2`.
    Ref(String),
    /// Several of them; what follows on each other is shown as a range: `D1–D4`.
    Refs(Vec<String>),
    Link(String),
    Places(Vec<Location>),
    /// A piece of code with the place where it stands.
    At(String, Location),
}

/// What a statement rests on. There is no statement without.
#[derive(Clone, Debug)]
pub enum Basis {
    /// From code, at these places.
    Code(Vec<Location>),
    /// The code shows part of it; the questions ask for the rest.
    Partly(Vec<Location>, Vec<String>),
    /// Only people know: these questions.
    Ask(Vec<String>),
    /// A text of law or of an authority, by its wording key.
    Law(&'static str),
    /// What a provider publishes.
    Fact(Quoted),
    /// What the run itself counted or was given: files read, date, commit.
    Run,
    /// Somebody answered this question.
    Answer(String),
}

/// What the code cannot show, and who is to be asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// As it is cited: `A1.Q2`.
    pub number: String,
    /// The table of the answers file that it belongs to: `activity.a152544b5cf`, `recipient.openai`, `organisation`.
    pub scope: String,
    /// Stable within the scope: `purpose`.
    pub id: &'static str,
    pub say: Say,
    /// Wording key of the role.
    pub role: &'static str,
    /// What of the code the question is about, in stable words. When it changes, an answer is to be looked at again.
    pub about: Vec<String>,
    pub answer: Option<Answered>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    pub text: String,
    pub by: String,
    pub date: String,
    /// What the code has shown since the answer was given, in the words of `about`.
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

impl Answered {
    #[must_use]
    pub fn outdated(&self) -> bool {
        !self.added.is_empty() || !self.removed.is_empty()
    }
}

impl Say {
    pub(crate) fn new(key: impl Into<String>) -> Say {
        Say { key: key.into(), args: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, arg: Arg) -> Say {
        self.args.push((name, arg));
        self
    }

    pub(crate) fn code(self, name: &'static str, text: &str) -> Say {
        self.with(name, Arg::Code(text.to_owned()))
    }

    pub(crate) fn plain(self, name: &'static str, text: &str) -> Say {
        self.with(name, Arg::Plain(text.to_owned()))
    }

    pub(crate) fn number(self, name: &'static str, n: usize) -> Say {
        self.with(name, Arg::Number(n))
    }

    pub(crate) fn term(self, name: &'static str, table: &'static str, id: &str) -> Say {
        self.with(name, Arg::Term(table, id.to_owned()))
    }

    pub(crate) fn refs(self, name: &'static str, refs: impl IntoIterator<Item = String>) -> Say {
        self.with(name, Arg::Refs(refs.into_iter().collect()))
    }

    /// As a statement read from the code at these places.
    pub(crate) fn shown_at(self, places: Vec<Location>) -> Statement {
        Statement { say: self, basis: Basis::Code(places) }
    }

    pub(crate) fn partly(self, places: Vec<Location>, ask: &[&str]) -> Statement {
        let ask = ask.iter().map(|q| (*q).to_owned()).collect();
        Statement { say: self, basis: Basis::Partly(places, ask) }
    }

    pub(crate) fn ask(self, questions: &[&str]) -> Statement {
        let ask = questions.iter().map(|q| (*q).to_owned()).collect();
        Statement { say: self, basis: Basis::Ask(ask) }
    }

    pub(crate) fn law(self, source: &'static str) -> Statement {
        Statement { say: self, basis: Basis::Law(source) }
    }

    pub(crate) fn run(self) -> Statement {
        Statement { say: self, basis: Basis::Run }
    }
}

impl Section {
    pub(crate) fn new(id: &'static str, edpb: &'static str, cnil: &'static [u16]) -> Section {
        Section { id, title: Say::new(format!("title.{id}")), edpb, cnil, blocks: Vec::new() }
    }

    pub(crate) fn text(&mut self, statement: Statement) {
        self.blocks.push(Block::Text(statement));
    }

    pub(crate) fn list(&mut self, statements: Vec<Statement>) {
        if !statements.is_empty() {
            self.blocks.push(Block::List(statements));
        }
    }

    pub(crate) fn table(&mut self, head: &[&'static str], rows: Vec<Vec<Vec<Statement>>>) {
        self.blocks.push(Block::Table(Table { head: head.to_vec(), rows }));
    }

    /// Every statement of the section, in order.
    pub fn statements(&self) -> Vec<&Statement> {
        let mut all = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Text(one) => all.push(one),
                Block::List(many) | Block::Steps(many) => all.extend(many),
                Block::Table(table) => all.extend(table.rows.iter().flatten().flatten()),
                Block::Diagram(_) | Block::Questions(_) => {}
            }
        }
        all
    }
}

impl Basis {
    /// Whether there is something a reader can check, or somebody to ask.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self {
            Basis::Code(places) => !places.is_empty(),
            Basis::Partly(places, ask) => !places.is_empty() && !ask.is_empty(),
            Basis::Ask(ask) => !ask.is_empty(),
            Basis::Law(source) => !source.is_empty(),
            Basis::Fact(fact) => !fact.source.is_empty(),
            Basis::Run => true,
            Basis::Answer(question) => !question.is_empty(),
        }
    }

    #[must_use]
    pub fn places(&self) -> &[Location] {
        match self {
            Basis::Code(places) | Basis::Partly(places, _) => places,
            _ => &[],
        }
    }

    #[must_use]
    pub fn asks(&self) -> &[String] {
        match self {
            Basis::Partly(_, ask) | Basis::Ask(ask) => ask,
            _ => &[],
        }
    }
}

impl Document {
    /// Every section, in the order of reading.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        let parts = self.activities.iter().flat_map(|a| &a.sections);
        self.front.iter().chain(parts).chain(&self.annexes).chain(&self.orphans)
    }

    /// Every question, in the order of reading.
    pub fn questions(&self) -> Vec<&Question> {
        let own = self.activities.iter().flat_map(|a| &a.questions);
        let rest = self.annexes.iter().flat_map(|s| &s.blocks).filter_map(|b| match b {
            Block::Questions(questions) => Some(questions),
            _ => None,
        });
        own.chain(rest.flatten()).collect()
    }
}
