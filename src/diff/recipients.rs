//! Who receives the data of a call that stays: provider, model, gateway, region, host, SDK.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::draft::Draft;
use super::unit::Unit;
use super::{Direction, Severity, Side, State, View, rows};
use crate::catalogue::Catalogue;
use crate::words;

static CATALOGUE: LazyLock<Option<Catalogue>> = LazyLock::new(|| Catalogue::builtin().ok());

const BY_CONFIG: &str = "by-config";

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        let before = drafts.len();
        host_by_setting(old, new, drafts);
        if drafts.len() == before {
            gateway(old, new, drafts);
        }
        if drafts.len() == before {
            provider(view, old, new, drafts);
        }
        if drafts.len() == before {
            model(view, old, new, drafts);
            place(old, new, drafts);
            sdk(old, new, drafts);
        }
    }
}

/// Providers that do not pass the data on, and those known only at run time.
pub(super) fn named<'u>(unit: &'u Unit<'_>) -> BTreeSet<&'u str> {
    unit.providers().into_iter().filter(|p| *p != BY_CONFIG).collect()
}

pub(super) fn is_gateway(provider: &str) -> bool {
    CATALOGUE.as_ref().is_some_and(|c| c.is_gateway(provider))
}

/// Whose model it is, by its name alone.
pub(super) fn of_model(model: &str) -> Option<String> {
    CATALOGUE.as_ref()?.creator(model)
}

/// Everyone who receives data of a call, gateways included.
pub(super) fn all<'u>(unit: &'u Unit<'_>) -> BTreeSet<&'u str> {
    named(unit).into_iter().chain(unit.call.gateway.as_deref()).collect()
}

pub(super) fn draft(code: &'static str, old: &Unit<'_>, new: &Unit<'_>) -> Draft {
    let mut places = vec![(Side::Head, new.call.location.clone(), "the call".to_owned())];
    let choices = |unit: &Unit<'_>, side| {
        let all = unit.call.candidates.iter().filter_map(|c| c.location.clone());
        all.map(move |l| (side, l, "one of the choices".to_owned())).collect::<Vec<_>>()
    };
    places.extend(choices(new, Side::Head));
    places.push((Side::Base, old.call.location.clone(), "the call as it was".to_owned()));
    places.extend(choices(old, Side::Base));
    Draft { code, activity: new.name(), places, ..Draft::default() }
}

pub(super) fn state(provider: &str, model: Option<&str>) -> State {
    let text = match model {
        Some(model) => format!("{} {model}", words::recipient(provider)),
        None => words::recipient(provider).to_owned(),
    };
    State { text, provider: Some(provider.to_owned()), model: model.map(str::to_owned), location: None }
}

/// T46: the host is newly a matter of configuration. Whom the models' names speak of is no evidence of who receives.
fn host_by_setting(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let (was, is) = (&old.call, &new.call);
    let Some(setting) = is.endpoint.as_deref().and_then(|e| e.strip_prefix('$')) else { return };
    let known = was.provider != BY_CONFIG && was.endpoint.is_none();
    if !known || is.provider != BY_CONFIG || named(old).len() != 1 {
        return;
    }
    let mut made = draft("T46", old, new);
    let setting = setting.trim_matches(['{', '}']);
    made.words = vec![(Side::Head, setting.to_owned())];
    made.before = Some(state(&was.provider, was.model.as_deref()));
    made.after = Some(State { text: format!("a host that {setting} may set"), ..State::default() });
    made.message = format!(
        "The data of {} go to a host that {setting} may set, where they went to {}.",
        new.name(),
        words::recipient(&was.provider)
    );
    made.must_touch = true;
    drafts.push(made);
}

fn gateway(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let through = |unit: &Unit<'_>| -> BTreeSet<String> {
        let of_providers = unit.providers().into_iter().filter(|p| is_gateway(p)).map(str::to_owned);
        of_providers.chain(unit.call.gateway.clone()).collect()
    };
    let (before, after) = (through(old), through(new));
    for gateway in after.difference(&before) {
        let mut draft = draft("T05", old, new);
        draft.before = before.first().map(|g| state(g, None));
        draft.after = Some(state(gateway, new.call.model.as_deref()));
        draft.message = format!("The data of {} newly pass through {}.", new.name(), words::recipient(gateway));
        drafts.push(draft);
    }
}

fn provider(view: &View<'_>, old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let (before, after) = (named(old), named(new));
    let gained: Vec<&str> = after.difference(&before).copied().collect();
    let lost: Vec<&str> = before.difference(&after).copied().collect();
    let model_of = |unit: &Unit<'_>, provider: &str| {
        unit.recipients.iter().find(|r| r.provider == provider).and_then(|r| r.model.clone())
    };
    match (gained.as_slice(), lost.as_slice()) {
        ([], []) => {}
        // Where configuration newly decides, nobody is known to be gone (T46 says so).
        ([], _) if new.providers().contains(BY_CONFIG) && !old.providers().contains(BY_CONFIG) => {}
        ([], lost) => {
            for provider in lost.iter().filter(|p| !receives(&view.new, p)) {
                let mut draft = draft("T04", old, new);
                draft.before = Some(state(provider, model_of(old, provider).as_deref()));
                draft.message = format!("{} is no longer a recipient.", words::recipient(provider));
                draft.must_touch = true;
                drafts.push(draft);
            }
        }
        // What was a matter of configuration is now visible.
        (_, []) if before.is_empty() || old.providers().contains(BY_CONFIG) => {}
        (gained, []) => {
            for provider in gained {
                let mut draft = draft("T02", old, new);
                draft.after = Some(state(provider, model_of(new, provider).as_deref()));
                draft.message = format!("{} may newly receive the data of {}.", words::recipient(provider), new.name());
                drafts.push(draft);
            }
        }
        (gained, lost) => {
            for (n, provider) in gained.iter().enumerate() {
                let from = lost.get(n).or(lost.last()).copied().unwrap_or_default();
                let local = (from == "local", *provider == "local");
                let code = if local.0 || local.1 { "T43" } else { "T03" };
                let mut draft = draft(code, old, new);
                if local.1 {
                    draft.severity = Some(Severity::Low);
                    draft.direction = Some(Direction::Decrease);
                }
                let (was, is) = (model_of(old, from), model_of(new, provider));
                draft.words = words_of(was.as_deref(), is.as_deref());
                draft.before = Some(state(from, was.as_deref()));
                draft.after = Some(state(provider, is.as_deref()));
                draft.message = format!(
                    "The data of {} go to {} instead of {}.",
                    new.name(),
                    words::recipient(provider),
                    words::recipient(from)
                );
                drafts.push(draft);
            }
        }
    }
}

/// Whether a provider receives anything from any call that may run.
pub(super) fn receives(units: &[Unit<'_>], provider: &str) -> bool {
    units.iter().any(|u| !rows::is_archived(u.file()) && all(u).contains(provider))
}

fn words_of(before: Option<&str>, after: Option<&str>) -> Vec<(Side, String)> {
    let head = after.map(|m| (Side::Head, m.to_owned()));
    let base = before.map(|m| (Side::Base, m.to_owned()));
    head.into_iter().chain(base).collect()
}

fn model(view: &View<'_>, old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    for provider in old.providers().intersection(&new.providers()) {
        let of = |unit: &Unit<'_>| -> BTreeSet<String> {
            let here = unit.recipients.iter().filter(|r| r.provider == **provider);
            here.filter_map(|r| r.model.clone()).collect()
        };
        let (before, after) = (of(old), of(new));
        let mut lost: Vec<&String> = before.difference(&after).collect();
        let mut gained: Vec<&String> = after.difference(&before).collect();
        // The name by which a gateway goes to the same model.
        lost.retain(|m| !gained.iter().any(|g| routed(m, g)));
        gained.retain(|m| !before.iter().any(|b| routed(m, b)));
        let (was, is) = match (lost.as_slice(), gained.as_slice()) {
            ([], _) | (_, []) => {
                // The list of choices grew or shrank; another default is another model.
                match (&old.call.model, &new.call.model) {
                    (Some(was), Some(is)) if was != is && !routed(was, is) => (was.clone(), is.clone()),
                    _ => continue,
                }
            }
            (lost, gained) => (join(lost), join(gained)),
        };
        let code = if is.starts_with("ft:") && !was.starts_with("ft:") { "T19" } else { "T01" };
        let mut draft = draft(code, old, new);
        if code == "T01" && family(&was) == family(&is) {
            draft.severity = Some(Severity::Low);
        }
        draft.words = gained
            .iter()
            .map(|m| (Side::Head, (*m).clone()))
            .chain(lost.iter().map(|m| (Side::Base, (*m).clone())))
            .chain([(Side::Head, is.clone())])
            .collect();
        // Where the program names the model says more than any other file that does.
        for (side, inventory, models) in [(Side::Head, view.head, &gained), (Side::Base, view.base, &lost)] {
            let named = inventory.model_references.iter().filter(|r| models.iter().any(|m| **m == r.model));
            draft.places.extend(named.map(|r| (side, r.location.clone(), r.name.clone())));
        }
        draft.message = format!("{} uses {is} instead of {was}.", new.name());
        draft.before = Some(state(provider, Some(&was)));
        draft.after = Some(state(provider, Some(&is)));
        draft.must_touch = true;
        drafts.push(draft);
    }
}

/// Whether one name is the other behind the name of a provider: `grok-3` and `xai/grok-3`.
fn routed(one: &str, other: &str) -> bool {
    let behind = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|before| before.ends_with('/'));
    behind(one, other) || behind(other, one)
}

fn join(all: &[&String]) -> String {
    all.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", ")
}

/// A model's name without the date of its snapshot: `gpt-4o-2024-08-06` → `gpt-4o`.
pub(super) fn family(model: &str) -> String {
    let parts: Vec<&str> = model.split(['-', '@']).collect();
    let dated = |p: &&str| p.len() >= 2 && p.chars().all(|c| c.is_ascii_digit());
    let kept = parts.len() - parts.iter().rev().take_while(|p| dated(p) || **p == "latest").count();
    let digits: usize = parts[kept..].iter().map(|p| p.len()).sum();
    // Two digits alone are a version, not a date.
    if digits >= 4 || parts.last() == Some(&"latest") { parts[..kept.max(1)].join("-") } else { model.to_owned() }
}

fn place(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let (was, is) = (&old.call, &new.call);
    if was.region.is_some()
        && was.region == is.region
        && was.region_setting.is_none()
        && let Some(setting) = &is.region_setting
    {
        let mut draft = draft("T14", old, new);
        draft.severity = Some(Severity::Medium);
        let region = was.region.clone().unwrap_or_default();
        draft.places.insert(0, (Side::Head, setting.location.clone(), setting.name.clone()));
        draft.message = format!("The region of {} is newly a matter of configuration: {}.", new.name(), setting.name);
        draft.after = Some(State { text: format!("{}, by default {region}", setting.name), ..State::default() });
        draft.before = Some(State { text: region, ..State::default() });
        draft.must_touch = true;
        drafts.push(draft);
    }
    let mut push = |before: Option<&String>, after: Option<&String>, what: &str| {
        let mut draft = draft("T14", old, new);
        let unset = || "default".to_owned();
        let (from, to) = (before.cloned().unwrap_or_else(unset), after.cloned().unwrap_or_else(unset));
        if before.is_some_and(|r| !in_eu(r)) && after.is_some_and(|r| in_eu(r)) {
            draft.severity = Some(Severity::Low);
            draft.direction = Some(Direction::Decrease);
        } else if !before.is_some_and(|r| in_eu(r)) {
            draft.severity = Some(Severity::Medium);
        }
        draft.message = format!("The {what} of {} is {to} instead of {from}.", new.name());
        draft.words = [(Side::Head, after), (Side::Base, before)]
            .into_iter()
            .filter_map(|(side, v)| Some((side, v?.trim_start_matches(['$', '{', '}']).to_owned())))
            .filter(|(_, w)| w.len() > 3)
            .collect();
        draft.before = Some(State { text: from, ..State::default() });
        draft.after = Some(State { text: to, ..State::default() });
        draft.must_touch = true;
        drafts.push(draft);
    };
    if was.region != is.region {
        push(was.region.as_ref(), is.region.as_ref(), "region");
    } else if was.endpoint.as_deref().map(host) != is.endpoint.as_deref().map(host) {
        push(was.endpoint.as_ref(), is.endpoint.as_ref(), "host");
    }
}

/// Another path on the same host is the same place.
fn host(endpoint: &str) -> &str {
    endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest.split('/').next().unwrap_or(rest))
}

pub(super) fn in_eu(place: &str) -> bool {
    let place = place.to_ascii_lowercase();
    ["eu.", "eu-", "europe", "-eu", "francecentral", "germany", "swedencentral", "westeurope", "northeurope"]
        .iter()
        .any(|w| place.contains(w))
        || place == "eu"
}

fn sdk(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let (was, is) = (&old.call, &new.call);
    let changed = was.sdk != is.sdk || was.operation != is.operation;
    if changed && named(old) == named(new) {
        let mut draft = draft("T44", old, new);
        let name = |sdk: &str, operation: &str| format!("{sdk}, {operation}");
        draft.before = Some(State { text: name(&was.sdk, &was.operation), ..State::default() });
        draft.after = Some(State { text: name(&is.sdk, &is.operation), ..State::default() });
        draft.message = format!("{} is called through {} instead of {}.", new.name(), is.sdk, was.sdk);
        if was.sdk == is.sdk {
            draft.message = format!("{} is a call for {} instead of {}.", new.name(), is.operation, was.operation);
        }
        draft.must_touch = true;
        drafts.push(draft);
    }
}
