//! Settings of a call that a DPIA depends on: storage, state and caching at the provider, sharing, approval.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::recipients::draft;
use super::unit::Unit;
use super::{Direction, Severity, Side, State, View};
use crate::inventory::Setting;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        compare(&view.old[pair.base], &view.new[pair.head], drafts);
    }
    for h in &view.matching.added {
        let new = &view.new[*h];
        for setting in new.call.settings.iter().filter(|s| kind(&s.name) == "T15" && is_on(&s.value)) {
            let mut made = draft("T15", new, new);
            made.places = vec![(Side::Head, setting.location.clone(), setting.name.clone())];
            made.after = Some(State { text: shown(setting), ..State::default() });
            made.message = format!("{} sets {}.", new.name(), shown(setting));
            made.must_touch = true;
            drafts.push(made);
        }
    }
}

fn kind(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    if name.contains("cache") {
        "T17"
    } else if name.contains("previous_response") || name.contains("conversation") || name.contains("thread") {
        "T16"
    } else {
        "T15"
    }
}

/// A variable that names a model or a host is compared as such; of the others, only switches say how data are kept.
fn says_how(setting: &Setting) -> bool {
    let variable = setting.name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    !variable || is_on(&setting.value) || is_off(&setting.value)
}

fn is_on(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "on" | "yes")
}

fn is_off(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "false" | "0" | "off" | "no" | "none" | "null")
}

fn shown(setting: &Setting) -> String {
    format!("{}={}", setting.name, setting.value)
}

fn compare(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let by_name = |unit: &Unit<'_>| -> BTreeMap<String, Setting> {
        unit.call
            .settings
            .iter()
            .filter(|s| s.about.is_empty() && says_how(s))
            .map(|s| (s.name.clone(), s.clone()))
            .collect()
    };
    let (was, is) = (by_name(old), by_name(new));
    let names: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for name in names {
        let (before, after) = (was.get(name), is.get(name));
        if before.map(|s| &s.value) == after.map(|s| &s.value) {
            continue;
        }
        let code = kind(name);
        let grew = match (before, after) {
            (Some(b), Some(a)) if code == "T15" => is_off(&b.value) || is_on(&a.value),
            (Some(b), None) if code == "T15" => is_off(&b.value),
            (None, Some(a)) => code != "T15" || is_on(&a.value),
            _ => false,
        };
        if code != "T15" && !grew {
            continue;
        }
        let mut made = draft(code, old, new);
        if !grew {
            made.severity = Some(Severity::Low);
            made.direction =
                Some(if after.is_some_and(|a| is_off(&a.value)) { Direction::Decrease } else { Direction::Neutral });
        }
        let places = before.map(|s| (Side::Base, s)).into_iter().chain(after.map(|s| (Side::Head, s)));
        let places: Vec<_> = places.map(|(side, s)| (side, s.location.clone(), s.name.clone())).collect();
        made.places.splice(0..0, places.into_iter().rev());
        made.words = vec![(Side::Head, name.clone()), (Side::Base, name.clone())];
        let text = |s: Option<&Setting>| s.map_or_else(|| format!("{name} not set"), shown);
        made.message = format!("{}: {} instead of {}.", new.name(), text(after), text(before));
        made.before = Some(State { text: text(before), ..State::default() });
        made.after = Some(State { text: text(after), ..State::default() });
        made.must_touch = true;
        drafts.push(made);
    }
}
