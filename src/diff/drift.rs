//! A committed baseline that the change makes untrue: it names what the code no longer has, or lacks what it has.

use std::collections::BTreeSet;

use super::{Place, Side, State, Texts, Trigger, rows};
use crate::inventory::Inventory;

/// The baseline that `towhom baseline` writes, beside the code.
const FILE_NAME: &str = "towhom-baseline.json";

/// T47, where the head differs from the committed baseline in something in which the base did not. A baseline that the
/// change itself writes anew says what the head has; one that cannot be read says nothing.
pub(super) fn find(texts: &dyn Texts, base: &Inventory, head: &Inventory, others: &[Trigger]) -> Option<Trigger> {
    if texts.changed_files().iter().any(|f| **f == *FILE_NAME) {
        return None;
    }
    let baseline: Inventory = serde_json::from_str(&texts.text(Side::Head, FILE_NAME)?).ok()?;
    let facts = |inventory: &Inventory| -> BTreeSet<String> {
        let calls = inventory.model_calls.iter().filter(|c| !c.in_test);
        let recipients = calls.map(|c| format!("the recipient {}", crate::words::recipient(&c.provider)));
        let items = inventory.flows.iter().filter(|f| f.source.kind != "model_output");
        recipients.chain(items.map(|f| format!("the item {}", f.source.label))).collect()
    };
    let (said, was, is) = (facts(&baseline), facts(base), facts(head));
    let stale: Vec<&String> = said.iter().filter(|f| !is.contains(*f) && was.contains(*f)).collect();
    let missing: Vec<&String> = is.iter().filter(|f| !said.contains(*f) && !was.contains(*f)).collect();
    if stale.is_empty() && missing.is_empty() {
        return None;
    }
    let row = rows::find("T47")?;
    let list = |all: &[&String]| all.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
    let parts = [("still names", &stale), ("does not name", &missing)];
    let parts = parts.iter().filter(|(_, all)| !all.is_empty()).map(|(verb, all)| format!("{verb} {}", list(all)));
    let text = parts.collect::<Vec<_>>().join(", and ");
    let file =
        Place { file: FILE_NAME.to_owned(), line: 1, label: Some("the baseline".to_owned()), ..Place::default() };
    // What makes it untrue is another trigger, whose line has changed.
    let cause = others.iter().find(|t| t.location.at.is_none()).or(others.first());
    let location = cause.map_or_else(|| file.clone(), |t| t.location.clone());
    Some(Trigger {
        code: row.code.clone(),
        id: row.id.clone(),
        severity: row.severity,
        direction: row.direction,
        activity: "the whole repository".to_owned(),
        location,
        before: None,
        after: Some(State { text: text.clone(), ..State::default() }),
        sections: row.sections.clone(),
        cnil: row.cnil.clone(),
        message: format!("{FILE_NAME} {text}; write it anew once the change is reviewed."),
        why: row.why.clone(),
        source: row.source.clone(),
        related: vec![file],
        acknowledged: None,
    })
}
