//! The triggers as data: `queries/triggers.toml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

const TEXT: &str = include_str!("../../queries/triggers.toml");

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let file: File = toml::from_str(TEXT).expect("queries/triggers.toml is sound, as a test says");
    file.trigger
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    trigger: Vec<Row>,
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
    &ROWS
}

/// The trigger with this code or id.
#[must_use]
pub fn find(code: &str) -> Option<&'static Row> {
    ROWS.iter().find(|r| r.code.eq_ignore_ascii_case(code) || r.id == code)
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
