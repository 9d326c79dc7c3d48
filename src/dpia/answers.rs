//! The answers of people: `dpia.toml`, read, merged by stable ids, and brought up to date without losing a word of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

use super::features::tidy;
use super::model::{Answered, Document, Question};

/// Looked for in the scanned folder.
pub const FILE_NAME: &str = "dpia.toml";

/// The ids of all questions.
pub const KNOWN: &[&str] = &[
    "purpose",
    "source",
    "subjects",
    "freetext",
    "scale",
    "basis",
    "necessity",
    "retention",
    "review",
    "effect",
    "tools",
    "recipients_out",
    "accuracy",
    "rights",
    "security",
    "contract",
    "provider_retention",
    "transfer",
    "configuration",
    "controller",
    "record",
    "advice",
    "codes",
    "annex_iii",
    "rights_annex",
    "model",
    "annotation",
    "development",
    "elsewhere",
    "decision",
];

/// `dpia.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// The numbers of parts, so that D4 stays D4: `"D email Ticket" = 4`.
    numbers: BTreeMap<String, usize>,
    organisation: BTreeMap<String, Entry>,
    recipient: BTreeMap<String, BTreeMap<String, Entry>>,
    activity: BTreeMap<String, ActivityAnswers>,
    /// What is wrong in the generated text, by what it is about: `"data email Ticket"`.
    correction: BTreeMap<String, Correction>,
    /// Reviewed triggers stand in the same file; `diff` reads them.
    #[serde(rename = "acknowledged")]
    _acknowledged: Vec<toml::Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct ActivityAnswers {
    /// A better name than the one read from the code.
    name: Option<String>,
    /// The name when the answers were asked for, to know them by when the activity is gone.
    was: Option<String>,
    #[serde(flatten)]
    entries: BTreeMap<String, Entry>,
}

/// The answer to one question.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Entry {
    /// The question as it was asked; for the reader of the file.
    pub(crate) question: String,
    pub(crate) answer: String,
    pub(crate) by: String,
    pub(crate) date: String,
    /// What of the code it was about, in stable words.
    pub(crate) about: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Correction {
    pub(crate) text: String,
    pub(crate) by: String,
    pub(crate) date: String,
}

impl Answers {
    /// # Errors
    /// If the file cannot be read or has a mistake; a missing file at the usual place is no error.
    pub fn load(folder: &Path, explicit: Option<&Path>) -> anyhow::Result<(Answers, String)> {
        let usual = folder.join(FILE_NAME);
        let path = explicit.unwrap_or(&usual);
        if explicit.is_none() && !path.is_file() {
            return Ok((Answers::default(), String::new()));
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            // To be written by `--update-answers`.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => bail!("cannot read `{}`: {e}", path.display()),
        };
        let answers = Answers::from_text(&text).with_context(|| format!("in `{}`", path.display()))?;
        Ok((answers, text))
    }

    /// # Errors
    /// If it is not TOML, or has a key that is not known.
    pub fn from_text(text: &str) -> anyhow::Result<Answers> {
        toml::from_str(text).map_err(|e| anyhow::anyhow!("{}", e.to_string().trim_end()))
    }

    /// A name that a person gave an activity.
    pub(crate) fn name(&self, activity: &str) -> Option<&str> {
        self.activity.get(activity)?.name.as_deref().filter(|n| !n.trim().is_empty())
    }

    pub(crate) fn correction(&self, of: &str) -> Option<&Correction> {
        self.correction.get(of).filter(|c| !c.text.trim().is_empty())
    }

    fn entry(&self, scope: &str, id: &str) -> Option<&Entry> {
        match scope.split_once('.') {
            None => self.organisation.get(id),
            Some(("recipient", recipient)) => self.recipient.get(recipient)?.get(id),
            Some((_, activity)) => self.activity.get(activity)?.entries.get(id),
        }
    }

    /// The answer to a question, compared with what the code shows now.
    pub(crate) fn answer(&self, scope: &str, id: &str, about: &[String]) -> Option<Answered> {
        let entry = self.entry(scope, id).filter(|e| !e.answer.trim().is_empty())?;
        let then = entry.about.clone().unwrap_or_else(|| about.to_vec());
        Some(Answered {
            text: entry.answer.trim().to_owned(),
            by: entry.by.trim().to_owned(),
            date: entry.date.trim().to_owned(),
            added: about.iter().filter(|a| !then.contains(a)).cloned().collect(),
            removed: then.iter().filter(|a| !about.contains(a)).cloned().collect(),
        })
    }

    /// Answers that no question of this run asks for: (what they were about, entry).
    pub(crate) fn orphans(&self, asked: &[&Question]) -> Vec<(String, &Entry)> {
        let known = |scope: &str, id: &str| asked.iter().any(|q| q.scope == scope && q.id == id);
        let mut all = Vec::new();
        let add = |scope: String, name: &str, entries: &'_ BTreeMap<String, Entry>| -> Vec<(String, String)> {
            let lost = entries.iter().filter(|(id, e)| !e.answer.trim().is_empty() && !known(&scope, id));
            lost.map(|(id, _)| (name.to_owned(), id.clone())).collect()
        };
        for (name, id) in add("organisation".into(), "organisation", &self.organisation) {
            all.push((name, &self.organisation[&id]));
        }
        for (recipient, entries) in &self.recipient {
            for (name, id) in add(format!("recipient.{recipient}"), recipient, entries) {
                all.push((name, &entries[&id]));
            }
        }
        for (activity, answers) in &self.activity {
            let name = answers.name.as_deref().or(answers.was.as_deref()).unwrap_or(activity);
            for (name, id) in add(format!("activity.{activity}"), name, &answers.entries) {
                all.push((name, &answers.entries[&id]));
            }
        }
        all
    }
}

/// Gives the parts of a document their numbers: those of the answers file first, then the next free ones.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    known: BTreeMap<String, usize>,
    given: BTreeMap<String, usize>,
}

impl Numbers {
    pub(crate) fn new(answers: &Answers) -> Numbers {
        Numbers { known: answers.numbers.clone(), given: BTreeMap::new() }
    }

    /// `D4` for the data item `email Ticket`.
    pub(crate) fn of(&mut self, prefix: char, key: &str) -> String {
        let key = format!("{prefix} {key}");
        let fits = |k: &&String| k.starts_with(prefix) && k[1..].starts_with(' ');
        let number = self.given.get(&key).or_else(|| self.known.get(&key)).copied();
        let number = number.unwrap_or_else(|| {
            let taken = self.known.iter().chain(&self.given).filter(|(k, _)| fits(k)).map(|(_, n)| *n);
            taken.max().unwrap_or(0) + 1
        });
        self.given.insert(key, number);
        format!("{prefix}{number}")
    }

    pub(crate) fn new_ones(&self) -> impl Iterator<Item = (&String, &usize)> {
        self.given.iter().filter(|(key, _)| !self.known.contains_key(*key))
    }
}

/// The file with what is new in it: a table for each question that it lacks, the numbers given, and for each answer
/// what it was about. Nothing in it is changed or removed.
#[must_use]
pub fn updated(text: &str, document: &Document, numbers: &Numbers, say: &dyn Fn(&Question) -> String) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let answers = Answers::from_text(text).unwrap_or_default();
    if lines.is_empty() {
        lines.push(
            "# Answers for the description of processing, merged by `towhom dpia`. Fill in `answer`, `by` and `date`."
                .into(),
        );
        lines.push("# `about` is what the code showed when the question was asked: when it changes, the answer is marked for a new look.".into());
        lines.push(
            "# After such a look, remove the line `about`; `towhom dpia --update-answers` writes it anew.".into(),
        );
    }
    let new: Vec<String> = numbers.new_ones().map(|(key, n)| format!("{} = {n}", string(key))).collect();
    if !new.is_empty() {
        let at = lines.iter().position(|l| l.trim() == "[numbers]").map(|at| at + 1).unwrap_or_else(|| {
            lines.extend([String::new(), "[numbers]".into()]);
            lines.len()
        });
        lines.splice(at..at, new);
    }
    for part in &document.activities {
        let id = &part.features.id;
        if !answers.activity.contains_key(id) {
            lines.extend([
                String::new(),
                format!("[activity.{}]", key(id)),
                format!("was = {}", string(&part.features.name)),
            ]);
        }
    }
    for question in document.questions() {
        let header = format!("[{}.{}]", scope(&question.scope), question.id);
        let mut about = question.about.clone();
        tidy(&mut about);
        let about = format!("about = [{}]", about.iter().map(|a| string(a)).collect::<Vec<_>>().join(", "));
        match answers.entry(&question.scope, question.id) {
            None => {
                lines.extend([String::new(), header, format!("question = {}", string(&say(question)))]);
                lines.extend(["answer = \"\"".into(), "by = \"\"".into(), "date = \"\"".into(), about]);
            }
            Some(entry) if entry.about.is_none() => {
                if let Some(at) = lines.iter().position(|l| l.trim() == header) {
                    lines.insert(at + 1, about);
                }
            }
            Some(_) => {}
        }
    }
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

fn scope(scope: &str) -> String {
    match scope.split_once('.') {
        Some((table, id)) => format!("{table}.{}", key(id)),
        None => scope.to_owned(),
    }
}

/// A key, quoted where it must be.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if bare { text.to_owned() } else { string(text) }
}

/// A basic string of TOML.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[numbers]
"D email Ticket" = 4

[activity.a1]
name = "Sort tickets"
[activity.a1.purpose]
answer = "Faster answers"
by = "Head of support"
about = ["data email Ticket", "use stored"]
[recipient.openai.contract]
answer = "signed"
"#;

    #[test]
    fn answers_are_found_by_scope_and_compared() {
        let answers = Answers::from_text(FILE).unwrap();
        assert_eq!(answers.name("a1"), Some("Sort tickets"));
        let now = ["data email Ticket".to_owned(), "data phone Ticket".to_owned()];
        let answer = answers.answer("activity.a1", "purpose", &now).unwrap();
        assert_eq!(answer.added, ["data phone Ticket"]);
        assert_eq!(answer.removed, ["use stored"]);
        assert!(answer.outdated());
        assert!(!answers.answer("recipient.openai", "contract", &now).unwrap().outdated());
        assert!(answers.answer("activity.a2", "purpose", &[]).is_none());
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        let error = Answers::from_text("[activity.a1.purpose]\nanwser = 'x'").unwrap_err().to_string();
        assert!(error.contains("anwser"), "{error}");
    }

    #[test]
    fn numbers_stay() {
        let mut numbers = Numbers::new(&Answers::from_text(FILE).unwrap());
        assert_eq!(numbers.of('D', "name Ticket"), "D5");
        assert_eq!(numbers.of('D', "email Ticket"), "D4");
        assert_eq!(numbers.of('D', "name Ticket"), "D5");
        assert_eq!(numbers.of('R', "openai"), "R1");
        assert_eq!(numbers.new_ones().count(), 2);
    }

    #[test]
    fn strings_are_escaped() {
        let hostile = "a\"]\n[x]\u{7}\\";
        let text = format!("x = {}", string(hostile));
        let table: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(table["x"].as_str(), Some(hostile));
        assert_eq!([key("openai"), key("a b")], ["openai", "\"a b\""]);
    }
}
