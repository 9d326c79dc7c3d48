//! The inventory as JSON: the contract that other programs read. `schema.rs` holds its schema.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use crate::inventory::{Inventory, SCHEMA_VERSION};

/// Indented, every list in a fixed order, with a line end at the end.
#[must_use]
pub fn render(inv: &Inventory) -> String {
    let mut inv = inv.clone();
    sort(&mut inv);
    let mut text = serde_json::to_string_pretty(&inv).expect("an inventory has only string keys");
    text.push('\n');
    text
}

/// An inventory that was written before.
///
/// # Errors
/// If the file cannot be read, is no inventory, or is one of a later version.
pub fn read(path: &Path) -> anyhow::Result<Inventory> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let inventory: Inventory = serde_json::from_str(&text).map_err(|e| {
        anyhow!("`{}` is no inventory: {e}; write one with `towhom scan --format json --output FILE`", path.display())
    })?;
    if inventory.schema_version > SCHEMA_VERSION {
        bail!(
            "`{}` was written by a later towhom (schema version {}, this one reads up to {SCHEMA_VERSION}); update towhom",
            path.display(),
            inventory.schema_version
        );
    }
    Ok(inventory)
}

/// By place, then by id: a moved line changes the order of few entries only.
fn sort(inv: &mut Inventory) {
    inv.model_calls.sort_by(|a, b| (&a.location, &a.id).cmp(&(&b.location, &b.id)));
    inv.personal_data_fields.sort_by(|a, b| {
        (&a.location, &a.owner, &a.name, &a.category).cmp(&(&b.location, &b.owner, &b.name, &b.category))
    });
    inv.flows.sort_by(|a, b| {
        let (x, y) = (&a.source, &b.source);
        let by_source =
            (&a.call, &x.location, &x.label, &x.category).cmp(&(&b.call, &y.location, &y.label, &y.category));
        by_source.then_with(|| a.id.cmp(&b.id))
    });
    inv.outputs.sort();
    for activity in &mut inv.activities {
        activity.calls.sort();
        activity.entry_points.sort();
    }
    inv.activities.sort_by(|a, b| a.id.cmp(&b.id));
    inv.suppressions.sort();
    inv.diagnostics.sort_by(|a, b| match a.location.cmp(&b.location) {
        Ordering::Equal => (&a.kind, &a.message).cmp(&(&b.kind, &b.message)),
        other => other,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn worked_case() {
        insta::assert_snapshot!(render(&sample::triage()));
    }

    #[test]
    fn the_order_of_findings_does_not_matter() {
        let inv = sample::wide();
        let mut turned = inv.clone();
        turned.model_calls.reverse();
        turned.flows.reverse();
        turned.outputs.reverse();
        turned.activities.reverse();
        turned.diagnostics.reverse();
        turned.personal_data_fields.reverse();
        assert_eq!(render(&inv), render(&turned));
    }

    #[test]
    fn reads_back() {
        let text = render(&sample::wide());
        let back: Inventory = serde_json::from_str(&text).expect("the report is an inventory");
        assert_eq!(render(&back), text);
    }
}
