//! The triggers as data: `queries/triggers.toml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

const TEXT: &str = include_str!("../../queries/triggers.toml");

static FILE: LazyLock<File> =
    LazyLock::new(|| toml::from_str(TEXT).expect("queries/triggers.toml is sound, as a test says"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    archived: Vec<String>,
    text_names: TextNames,
    trigger: Vec<Row>,
}

/// Words in the names that texts have in code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextNames {
    /// Of what people say to a model: one text under many names.
    pub(super) said: Vec<String>,
    /// Of any text: they tell none from another.
    pub(super) any: Vec<String>,
}

/// Whether a file is in a folder of code that is kept and not run.
pub(super) fn is_archived(file: &str) -> bool {
    let mut folders = file.split('/').rev().skip(1);
    folders.any(|folder| FILE.archived.iter().any(|a| folder.trim_matches('_').eq_ignore_ascii_case(a)))
}

pub(super) fn text_names() -> &'static TextNames {
    &FILE.text_names
}

/// What is known of one trigger, whatever it was found on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// `T01`
    pub code: String,
    /// `model-swap`
    pub id: String,
    /// A few words, as in a table.
    pub title: String,
    pub severity: Severity,
    pub direction: Direction,
    /// Sections of the EDPB's DPIA template.
    pub sections: Vec<String>,
    /// Questions of the CNIL's PIA tool.
    pub cnil: Vec<String>,
    pub why: String,
    pub source: String,
    /// What is compared.
    pub seen: String,
    /// Which triggers of this code are told as one.
    pub joined: Option<Joined>,
}

/// What makes several triggers of a code one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Joined {
    /// The line that brings them.
    Line,
    /// That they say the same.
    Sentence,
}

/// How soon somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
}

/// What a change does to the risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Increase,
    Decrease,
    Neutral,
}

/// Every trigger, by code.
#[must_use]
pub fn all() -> &'static [Row] {
    &FILE.trigger
}

/// The trigger with this code or id.
#[must_use]
pub fn find(code: &str) -> Option<&'static Row> {
    FILE.trigger.iter().find(|r| r.code.eq_ignore_ascii_case(code) || r.id == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_ids_are_slugs() {
        for (n, row) in all().iter().enumerate() {
            assert_eq!(row.code, format!("T{:02}", n + 1));
            assert!(row.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", row.id);
            assert!(row.why.ends_with('.') && row.seen.ends_with('.'), "{}", row.code);
            assert!(!row.sections.is_empty() && !row.source.is_empty(), "{}", row.code);
        }
        assert_eq!(all().len(), 48);
    }
}
