//! What happens to the answer of a call.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::recipients::draft;
use super::unit::Unit;
use super::{Side, State, View};
use crate::inventory::Output;

const USES: &[(&str, &str, &str)] = &[
    ("stored", "T24", "The answer of {} is newly stored."),
    ("sent", "T25", "The answer of {} is newly sent on."),
    ("returned_to_user", "T25", "The answer of {} is newly returned to a user."),
    ("decision", "T26", "The answer of {} newly decides what the program does."),
];

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        let (was, is) = (by_use(old), by_use(new));
        for (name, code, message) in USES {
            let Some(places) = is.get(name).filter(|_| !was.contains_key(name)) else { continue };
            // Where a vector goes is a matter of the store, not of what a model says.
            if *code == "T25" && new.call.operation == "embedding" {
                continue;
            }
            push(old, new, code, message, places, drafts);
        }
    }
    for h in &view.matching.added {
        let new = &view.new[*h];
        if let Some(places) = by_use(new).get("stored") {
            push(new, new, "T24", USES[0].2, places, drafts);
        }
    }
}

/// What is kept as long as the program runs is not stored.
fn is_in_memory(output: &Output) -> bool {
    output.use_ == "stored" && (output.label.ends_with("of an object") || output.label.ends_with("of the module"))
}

fn by_use<'i>(unit: &Unit<'i>) -> BTreeMap<&'i str, Vec<&'i Output>> {
    let mut all: BTreeMap<&str, Vec<&Output>> = BTreeMap::new();
    for output in unit.outputs.iter().filter(|o| !is_in_memory(o)) {
        all.entry(&output.use_).or_default().push(output);
    }
    all
}

fn push(
    old: &Unit<'_>,
    new: &Unit<'_>,
    code: &'static str,
    message: &str,
    places: &[&Output],
    drafts: &mut Vec<Draft>,
) {
    let mut made = draft(code, old, new);
    made.places = places.iter().map(|o| (Side::Head, o.location.clone(), o.label.clone())).collect();
    made.after = places.first().map(|o| State { text: o.label.clone(), ..State::default() });
    made.message = message.replace("{}", &new.name());
    made.must_touch = true;
    made.must_be_new = true;
    drafts.push(made);
}
