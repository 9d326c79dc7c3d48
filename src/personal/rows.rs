//! The rows of `queries/personal-data.toml`, as its header explains them.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) category: Vec<CategoryRow>,
    pub(super) context: Vec<ContextRow>,
    pub(super) owner: Vec<OwnerRow>,
    pub(super) siblings: Vec<SiblingsRow>,
    pub(super) neutral: BTreeMap<String, Vec<String>>,
    pub(super) name: NameRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryRow {
    pub(super) id: String,
    #[serde(default)]
    pub(super) special: bool,
    pub(super) words: Vec<String>,
    #[serde(default)]
    pub(super) types: Vec<String>,
    #[serde(default)]
    pub(super) not_in: Vec<String>,
    /// Types that say it whatever the field's name.
    #[serde(default)]
    pub(super) declared: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContextRow {
    pub(super) category: String,
    pub(super) special: Option<bool>,
    pub(super) words: Vec<String>,
    #[serde(rename = "in")]
    pub(super) kinds: Vec<String>,
    pub(super) types: Option<Vec<String>>,
    #[serde(default)]
    pub(super) loose: bool,
    pub(super) by: Option<String>,
    #[serde(default)]
    pub(super) weak: bool,
    /// Only of a list.
    #[serde(default)]
    pub(super) list: bool,
    #[serde(default)]
    pub(super) beside: Vec<String>,
    #[serde(default)]
    pub(super) unless_beside: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnerRow {
    pub(super) kind: String,
    pub(super) words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiblingsRow {
    pub(super) kind: String,
    pub(super) min: usize,
    pub(super) words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameRow {
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
    pub(super) never: Vec<String>,
    pub(super) never_phrases: Vec<String>,
}
