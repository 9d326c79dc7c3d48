//! Who else receives the data of a call that stays: the store behind an embedder, a tracing service, servers of tools.

use std::collections::BTreeSet;

use super::View;
use super::draft::Draft;
use super::recipients::{draft, state};
use super::unit::Unit;
use crate::inventory::FurtherRecipient;
use crate::words;

const BY_CONFIG: &str = "by-config";

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        let before: BTreeSet<&FurtherRecipient> = old.call.also.iter().collect();
        for gained in new.call.also.iter().filter(|further| !before.contains(further)) {
            added(old, new, gained, drafts);
        }
        for lost in before.into_iter().filter(|further| !new.call.also.contains(further)) {
            let provider = &lost.provider;
            let still = |unit: &Unit<'_>| {
                unit.providers().contains(provider.as_str()) || unit.call.also.iter().any(|a| a.provider == *provider)
            };
            if *provider == BY_CONFIG || view.new.iter().any(still) {
                continue;
            }
            let mut draft = draft("T04", old, new);
            draft.before = Some(state(provider, None));
            draft.message = format!("{} is no longer a recipient.", words::recipient(provider));
            draft.must_touch = true;
            drafts.push(draft);
        }
    }
}

fn added(old: &Unit<'_>, new: &Unit<'_>, further: &FurtherRecipient, drafts: &mut Vec<Draft>) {
    let who = words::recipient(&further.provider);
    let name = new.name();
    let (code, message) = match further.role.as_str() {
        "store" => ("T22", format!("The data of {name} are newly stored by {who}.")),
        "observability" => ("T31", format!("{who} newly receives what passes through {name}.")),
        "tool_server" if further.provider == "local" => {
            ("T30", format!("{name} may newly call a local server of tools."))
        }
        "tool_server" if further.provider == BY_CONFIG => {
            ("T30", format!("{name} may newly call a server of tools that only configuration names."))
        }
        "tool_server" => {
            ("T30", format!("{name} may newly call tools of {who}, which receives what the model writes to them."))
        }
        _ => ("T02", format!("{who} may newly receive the data of {name}.")),
    };
    // A call of its own says it already.
    let of_code =
        |d: &Draft| d.code == code && d.after.as_ref().is_some_and(|a| a.provider.as_ref() == Some(&further.provider));
    if drafts.iter().any(of_code) || old.providers().contains(further.provider.as_str()) {
        return;
    }
    let mut draft = draft(code, old, new);
    draft.after = Some(state(&further.provider, None));
    draft.message = message;
    drafts.push(draft);
}
