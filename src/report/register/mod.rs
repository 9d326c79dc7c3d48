//! The register of AI processing of several repositories: who receives what, from which feature of which repository,
//! and what changed since the last register.
//!
//! A row is one activity of one repository and one recipient. What an inventory does not show, the register does not
//! claim: a request with a body is linked to a repository where its method and path are those of a route behind which a
//! model is called.

pub mod csv;
pub mod html;
mod links;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::inventory::{Inventory, ModelCall};
use crate::rules;
use crate::words;

pub const SCHEMA_VERSION: u32 = 1;
/// The activity of calls that serve none that could be named.
const NONE: &str = "(no activity that could be named)";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    pub schema_version: u32,
    pub repositories: Vec<Repository>,
    pub rows: Vec<Row>,
    pub links: Vec<Link>,
    /// Against an earlier register, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<Change>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    pub name: String,
    pub files_read: usize,
    pub files_with_errors: usize,
    pub files_skipped: usize,
    /// Calls whose recipient only configuration decides.
    pub calls_by_config: usize,
    pub open_findings: usize,
    pub accepted_findings: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    pub repository: String,
    pub activity: String,
    /// The id of the activity in its inventory.
    pub activity_id: String,
    /// The id of the recipient.
    pub recipient: String,
    /// The name of the recipient.
    pub recipient_name: String,
    pub models: BTreeSet<String>,
    pub operations: BTreeSet<String>,
    pub regions: BTreeSet<String>,
    pub data: Vec<Data>,
    /// `file:line` of the calls.
    pub places: BTreeSet<String>,
}

/// One category of data in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Data {
    pub category: String,
    /// GDPR Art. 9(1).
    pub special_category: bool,
    pub items: BTreeSet<String>,
    /// Whether each way to the recipient has a safeguard that takes the item out, or most of it.
    pub safeguarded: bool,
}

/// A call of one repository that goes to a route of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    pub from: String,
    /// `file:line` of the call.
    pub call: String,
    pub to: String,
    /// The route, as `POST /v1/answers`.
    pub route: String,
}

/// What is new, gone or different in one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    pub repository: String,
    pub activity: String,
    pub recipient_name: String,
    /// `added`, `removed`, `changed`
    pub kind: String,
    pub what: String,
}

/// Makes one register of named inventories, in the order of the names.
#[must_use]
pub fn merge(inventories: &BTreeMap<String, Inventory>) -> Register {
    let mut register = Register { schema_version: SCHEMA_VERSION, ..Register::default() };
    for (name, inventory) in inventories {
        register.repositories.push(Repository {
            name: name.clone(),
            files_read: inventory.coverage.files_read,
            files_with_errors: inventory.coverage.files_with_errors,
            files_skipped: inventory.coverage.files_skipped.values().sum(),
            calls_by_config: inventory.coverage.calls_by_config,
            open_findings: rules::findings(inventory).len(),
            accepted_findings: rules::suppressed(inventory).len(),
        });
        rows(name, inventory, &mut register.rows);
    }
    register.rows.sort();
    register.links = links::find(inventories);
    register
}

fn rows(name: &str, inventory: &Inventory, rows: &mut Vec<Row>) {
    let mut found: BTreeMap<(String, String), Row> = BTreeMap::new();
    for call in inventory.model_calls.iter().filter(|c| !c.in_test) {
        let mut activities: Vec<(&str, &str)> = inventory
            .activities
            .iter()
            .filter(|a| a.calls.contains(&call.id))
            .map(|a| (a.id.as_str(), a.name.as_str()))
            .collect();
        if activities.is_empty() {
            activities.push(("", NONE));
        }
        for (id, activity) in activities {
            for recipient in recipients(call) {
                let row = found.entry((id.to_owned(), recipient.to_owned())).or_insert_with(|| Row {
                    repository: name.to_owned(),
                    activity: activity.to_owned(),
                    activity_id: id.to_owned(),
                    recipient: recipient.to_owned(),
                    recipient_name: recipient_name(recipient).to_owned(),
                    models: BTreeSet::new(),
                    operations: BTreeSet::new(),
                    regions: BTreeSet::new(),
                    data: Vec::new(),
                    places: BTreeSet::new(),
                });
                row.models.extend(call.model.clone());
                row.operations.insert(words::operation(&call.operation).to_owned());
                row.regions.extend(call.region.clone());
                row.places.insert(format!("{}:{}", call.location.file, call.location.line));
                data(inventory, call, id, &mut row.data);
            }
        }
    }
    rows.extend(found.into_values());
}

/// Everyone who gets what the call sends.
fn recipients(call: &ModelCall) -> BTreeSet<&str> {
    let others = call.candidates.iter().map(|c| c.provider.as_str());
    std::iter::once(call.provider.as_str()).chain(call.gateway.as_deref()).chain(others).collect()
}

fn recipient_name(id: &str) -> &str {
    match id {
        "by-config" => "decided by configuration",
        "local" => "a model on the same machine",
        id => words::recipient(id),
    }
}

/// Adds what the call sends in this activity.
fn data(inventory: &Inventory, call: &ModelCall, activity: &str, data: &mut Vec<Data>) {
    let serves = |ids: &[String]| ids.is_empty() || ids.iter().any(|id| id == activity);
    for flow in inventory.flows.iter().filter(|f| f.call == call.id && serves(&f.activities)) {
        let (category, cleared) = (words::category(&flow.source.category), rules::cleared(flow));
        let known =
            data.iter_mut().find(|d| d.category == category && d.special_category == flow.source.special_category);
        match known {
            Some(known) => {
                known.items.insert(flow.source.label.clone());
                known.safeguarded &= cleared;
            }
            None => data.push(Data {
                category: category.to_owned(),
                special_category: flow.source.special_category,
                items: BTreeSet::from([flow.source.label.clone()]),
                safeguarded: cleared,
            }),
        }
    }
    data.sort();
}

/// What is different from an earlier register.
#[must_use]
pub fn changes(now: &Register, before: &Register) -> Vec<Change> {
    fn keyed(register: &Register) -> BTreeMap<(&str, &str, &str), &Row> {
        register
            .rows
            .iter()
            .map(|r| ((r.repository.as_str(), r.activity_id.as_str(), r.recipient.as_str()), r))
            .collect()
    }
    let (new, old) = (keyed(now), keyed(before));
    let change = |row: &Row, kind: &str, what: String| Change {
        repository: row.repository.clone(),
        activity: row.activity.clone(),
        recipient_name: row.recipient_name.clone(),
        kind: kind.to_owned(),
        what,
    };
    let mut found = Vec::new();
    for (key, row) in &new {
        match old.get(key) {
            None => found.push(change(row, "added", listed(&categories(row)))),
            Some(before) => {
                let mut parts = Vec::new();
                differ("data", &categories(before), &categories(row), &mut parts);
                differ("items", &items(before), &items(row), &mut parts);
                differ("models", &before.models, &row.models, &mut parts);
                differ("regions", &before.regions, &row.regions, &mut parts);
                differ("operations", &before.operations, &row.operations, &mut parts);
                if !parts.is_empty() {
                    found.push(change(row, "changed", parts.join("; ")));
                }
            }
        }
    }
    for (key, row) in &old {
        if !new.contains_key(key) {
            found.push(change(row, "removed", listed(&categories(row))));
        }
    }
    found.sort();
    found
}

fn categories(row: &Row) -> BTreeSet<String> {
    let safeguard = |d: &Data| if d.safeguarded { " (safeguarded)" } else { "" };
    row.data.iter().map(|d| format!("{}{}", d.category, safeguard(d))).collect()
}

fn items(row: &Row) -> BTreeSet<String> {
    row.data.iter().flat_map(|d| d.items.iter().cloned()).collect()
}

fn listed(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "no personal data seen".to_owned();
    }
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

fn differ(what: &str, before: &BTreeSet<String>, now: &BTreeSet<String>, parts: &mut Vec<String>) {
    let more = now.difference(before).map(|name| format!("+ {name}"));
    let less = before.difference(now).map(|name| format!("− {name}"));
    let all: Vec<String> = more.chain(less).collect();
    if !all.is_empty() {
        parts.push(format!("{what}: {}", all.join(", ")));
    }
}

/// Indented, with a line end at the end.
#[must_use]
pub fn json(register: &Register) -> String {
    let mut text = serde_json::to_string_pretty(register).expect("a register has only string keys");
    text.push('\n');
    text
}

/// A register that was written before.
///
/// # Errors
/// If the file cannot be read, is no register, or is one of a later version.
pub fn read(path: &Path) -> anyhow::Result<Register> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let register: Register = serde_json::from_str(&text).map_err(|e| {
        anyhow!("`{}` is no register: {e}; write one with `towhom merge --format json`", path.display())
    })?;
    if register.schema_version > SCHEMA_VERSION {
        bail!("`{}` was written by a later towhom; update towhom", path.display());
    }
    Ok(register)
}

#[cfg(test)]
mod tests;
