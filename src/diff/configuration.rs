//! What configuration files say of models, hosts, regions and tools. A new variable offers something; a changed one
//! decides something.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::recipients::{family, in_eu, is_gateway, of_model, state};
use super::{Direction, Severity, Side, State, View};
use crate::inventory::{ConfigurationFact, Inventory};
use crate::words;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    let (old, new) = (facts(view.base), facts(view.head));
    for (key, is) in &new {
        match old.get(key) {
            Some(was) if was.value != is.value => changed(was, is, drafts),
            None if is.kind == "mcp_server" && !old.keys().any(|k| k.1 == is.name) => {
                let mut draft = draft("T30", None, is);
                draft.message = format!("The MCP server {} is new: a model may newly use what it offers.", is.name);
                drafts.push(draft);
            }
            _ => {}
        }
    }
}

/// By kind of file, name and folder; of several, the first.
fn facts(inventory: &Inventory) -> BTreeMap<(&str, &str, &str), &ConfigurationFact> {
    let mut all = BTreeMap::new();
    for fact in &inventory.configuration {
        all.entry((&*fact.location.file, &*fact.name, &*fact.kind)).or_insert(fact);
    }
    all
}

fn draft(code: &'static str, was: Option<&ConfigurationFact>, is: &ConfigurationFact) -> Draft {
    let shown = |f: &ConfigurationFact| {
        let value = f.value.clone().unwrap_or_else(|| f.name.clone());
        match (&*f.kind, &f.provider) {
            ("model", provider) => match provider.clone().or_else(|| of_model(&value)) {
                Some(provider) => state(&provider, Some(&value)),
                None => State { text: value.clone(), model: Some(value), ..State::default() },
            },
            (_, provider) => State { text: value, provider: provider.clone(), ..State::default() },
        }
    };
    let mut places = vec![(Side::Head, is.location.clone(), is.name.clone())];
    places.extend(was.map(|w| (Side::Base, w.location.clone(), w.name.clone())));
    Draft {
        code,
        activity: format!("configuration {}", is.name),
        before: was.map(shown),
        after: Some(shown(is)),
        places,
        must_touch: true,
        ..Draft::default()
    }
}

fn changed(was: &ConfigurationFact, is: &ConfigurationFact, drafts: &mut Vec<Draft>) {
    let (Some(before), Some(after)) = (&was.value, &is.value) else { return };
    // The code says it already.
    let told =
        |drafts: &[Draft]| drafts.iter().any(|d| d.after.as_ref().is_some_and(|s| s.model.as_deref() == Some(after)));
    let provider = |f: &ConfigurationFact, value: &str| f.provider.clone().or_else(|| of_model(value));
    let (from, to) = (provider(was, before), provider(is, after));
    let other = from.is_some() && to.is_some() && from != to;
    let who = |p: &Option<String>| p.as_deref().map_or("another recipient", words::recipient).to_owned();
    let replaced = || match (from.as_deref(), to.as_deref()) {
        (_, Some(gateway)) if is_gateway(gateway) => "T05",
        (Some("local"), _) | (_, Some("local")) => "T43",
        _ => "T03",
    };
    match &*is.kind {
        "model" | "deployment" | "provider" | "endpoint" if other => {
            let mut draft = draft(replaced(), Some(was), is);
            if to.as_deref() == Some("local") {
                draft.severity = Some(Severity::Low);
                draft.direction = Some(Direction::Decrease);
            }
            draft.message = format!("{} points to {} instead of {}.", is.name, who(&to), who(&from));
            drafts.push(draft);
        }
        "model" if !told(drafts) => {
            let code = if after.starts_with("ft:") { "T19" } else { "T01" };
            let mut draft = draft(code, Some(was), is);
            if family(before) == family(after) {
                draft.severity = Some(Severity::Low);
            }
            draft.message = format!("{} is {after} instead of {before}.", is.name);
            drafts.push(draft);
        }
        "region" | "endpoint" => {
            let mut draft = draft("T14", Some(was), is);
            if in_eu(after) && !in_eu(before) {
                draft.severity = Some(Severity::Low);
                draft.direction = Some(Direction::Decrease);
            } else if !in_eu(before) {
                draft.severity = Some(Severity::Medium);
            }
            draft.message = format!("{} is {after} instead of {before}.", is.name);
            drafts.push(draft);
        }
        _ => {}
    }
}
