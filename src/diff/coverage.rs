//! What the analysis sees less of than before: the absence of a finding would otherwise look like good news.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::recipients::{draft, named};
use super::{State, View};
use crate::inventory::Inventory;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        let (was, is) = (named(old), named(new));
        if !was.is_empty() && is.is_empty() {
            let mut made = draft("T46", old, new);
            let names: Vec<&str> = was.iter().map(|p| crate::words::recipient(p)).collect();
            made.before = Some(State { text: names.join(", "), ..State::default() });
            made.after = Some(State { text: "set by configuration".to_owned(), ..State::default() });
            made.message = format!("Who receives the data of {} is now decided by configuration alone.", new.name());
            made.must_touch = true;
            drafts.push(made);
        }
    }
    let hidden = |inventory: &Inventory| -> BTreeSet<String> {
        let of_config = inventory.diagnostics.iter().filter(|d| d.kind == "hidden-by-config");
        of_config.map(|d| d.message.clone()).collect()
    };
    for message in hidden(view.head).difference(&hidden(view.base)) {
        drafts.push(Draft {
            code: "T46",
            activity: "the whole repository".to_owned(),
            after: Some(State { text: message.clone(), ..State::default() }),
            message: format!("The settings newly hide something: {message}."),
            ..Draft::default()
        });
    }
}
