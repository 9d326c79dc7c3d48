//! What the words of names hint at (`queries/dpia.toml`): who data are about, what an activity is for.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

const FILE: &str = include_str!("../../queries/dpia.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    pub(crate) subject: Vec<Subject>,
    pub(crate) signal: Vec<Signal>,
    pub(crate) annex: Vec<Annex>,
    pub(crate) act: Vec<Act>,
    pub(crate) dpv: BTreeMap<String, String>,
}

/// Uses of an answer that run it, or show it as markup.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    /// `code`, `command`, `sql`, `markup`.
    id: String,
    /// The use in the inventory, and the last names of the callees.
    #[serde(rename = "use")]
    usage: String,
    label: Vec<String>,
}

/// A category of data subjects.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    pub(crate) id: String,
    words: Vec<String>,
    #[serde(default)]
    pub(crate) vulnerable: bool,
    pub(crate) dpv: Option<String>,
}

/// Words that hint at one of the criteria of WP248.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signal {
    pub(crate) id: String,
    words: Vec<String>,
}

/// Words that hint at an area of Annex III of the AI Act.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Annex {
    pub(crate) area: u8,
    words: Vec<String>,
}

impl Terms {
    pub(crate) fn builtin() -> anyhow::Result<Terms> {
        toml::from_str(FILE).context("queries/dpia.toml")
    }

    pub(crate) fn subjects(&self, name: &str) -> Vec<&Subject> {
        let words = words_of(name);
        self.subject.iter().filter(|s| meets(&s.words, &words)).collect()
    }

    pub(crate) fn signals(&self, id: &str, name: &str) -> bool {
        let words = words_of(name);
        self.signal.iter().any(|s| s.id == id && meets(&s.words, &words))
    }

    pub(crate) fn act(&self, usage: &str, label: &str) -> Option<&str> {
        let found = self.act.iter().find(|a| a.usage == usage && a.label.iter().any(|l| l == label));
        found.map(|a| a.id.as_str())
    }

    pub(crate) fn areas(&self, name: &str) -> Vec<u8> {
        let words = words_of(name);
        self.annex.iter().filter(|a| meets(&a.words, &words)).map(|a| a.area).collect()
    }
}

fn meets(known: &[String], words: &[String]) -> bool {
    words.iter().any(|w| known.contains(w))
}

/// `JobApplicant.full_names` → `job`, `applicant`, `full`, `name`, and neighbours joined: `jobapplicant`.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    words.extend((!word.is_empty()).then_some(word));
    let singular = |w: &String| match w.strip_suffix('s') {
        Some(stem) if stem.len() > 3 && !stem.ends_with(['s', 'i', 'u']) => stem.to_owned(),
        _ => w.clone(),
    };
    let mut words: Vec<String> = words.iter().map(singular).collect();
    let joined: Vec<String> = words.windows(2).map(|w| w.concat()).collect();
    words.extend(joined);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(
            words_of("JobApplicants.full_name"),
            ["job", "applicant", "full", "name", "jobapplicant", "applicantfull", "fullname"]
        );
        assert_eq!(words_of("POST /resumes/{id}")[..3], ["post", "resume", "id"]);
        assert_eq!(words_of("diagnosis"), ["diagnosis"]);
    }

    #[test]
    fn words_hint_at_people_and_areas() {
        let terms = Terms::builtin().unwrap();
        let subjects = |name: &str| terms.subjects(name).iter().map(|s| s.id.clone()).collect::<Vec<_>>();
        assert_eq!(subjects("Ticket.customer_email"), ["customers"]);
        assert_eq!(subjects("PatientRecord"), ["patients"]);
        assert_eq!(subjects("Ticket.body"), Vec::<String>::new());
        assert_eq!(terms.areas("POST /resumes/upload"), [4]);
        assert!(terms.signals("evaluation", "match_score") && !terms.signals("effect", "summary"));
    }
}
