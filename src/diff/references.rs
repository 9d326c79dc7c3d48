//! Models that the code names: constants, defaults and entries of registries that change, also where no call was found
//! that uses them, or a call's model is a matter of configuration.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::recipients::{family, is_gateway, receives, state};
use super::{Severity, Side, View};
use crate::inventory::{Inventory, ModelReference};
use crate::words;

/// What makes two references the same.
type Identity<'a> = &'a dyn Fn(&ModelReference) -> String;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    let (mut old, mut new) = (all(view.base), all(view.head));
    // What holds the same name in the same place is the same; then what moved with its holder; then what only moved.
    let exact = |r: &ModelReference| format!("{}\0{}\0{}\0{}", r.location.file, r.function, r.name, r.model);
    let held = |r: &ModelReference| format!("{}\0{}", last(&r.name), r.model);
    let named = |r: &ModelReference| r.model.clone();
    let whose = |r: &ModelReference| provider(r).unwrap_or_default();
    for key in [&exact as &dyn Fn(&ModelReference) -> String, &held, &named] {
        pair(&mut old, &mut new, &|r| format!("{}\0{}", key(r), whose(r)));
    }
    // One literal may stand for many, and become many.
    let known = |all: &[&ModelReference]| all.iter().map(|r| (r.model.clone(), whose(r))).collect::<Vec<_>>();
    let (before, after) = (known(&all(view.base)), known(&all(view.head)));
    let gone = |r: &&ModelReference| !after.contains(&(r.model.clone(), whose(r)));
    let fresh = |r: &&ModelReference| !before.contains(&(r.model.clone(), whose(r)));
    let changed = |all: &[&ModelReference], name: &dyn Fn(&ModelReference) -> String| {
        let mut by: BTreeMap<String, Vec<ModelReference>> = BTreeMap::new();
        for r in all {
            by.entry(name(r)).or_default().push((*r).clone());
        }
        by
    };
    let place = |r: &ModelReference| format!("{}\0{}\0{}", r.location.file, r.function, r.name);
    let in_file = |r: &ModelReference| format!("{}\0{}", r.location.file, role(&r.name));
    let base_name = |r: &ModelReference| {
        format!("{}\0{}\0{}", r.location.file.rsplit('/').next().unwrap_or_default(), r.function, r.name)
    };
    let keys: [(Identity<'_>, bool); 3] = [(&place, false), (&base_name, false), (&in_file, true)];
    for (key, loose) in keys {
        let (was, is) = (changed(&old, key), changed(&new, key));
        for (name, before) in was {
            let Some(after) = is.get(&name) else { continue };
            // Loosely matched, both must be new and gone for good: anything else is a list that changed.
            let before: Vec<ModelReference> = before.into_iter().filter(|r| !loose || gone(&r)).collect();
            let after: Vec<&ModelReference> = after.iter().filter(|r| !loose || fresh(r)).collect();
            let (Some(from), Some(to)) = (before.first(), after.first()) else { continue };
            if loose && (before.iter().any(|r| r.model != from.model) || after.iter().any(|r| r.model != to.model)) {
                continue;
            }
            report(view, from, to, drafts);
            old.retain(|r| !before.contains(r));
            new.retain(|r| !after.contains(r));
        }
    }
    added(view, &new, drafts);
}

fn all(inventory: &Inventory) -> Vec<&ModelReference> {
    let references = &inventory.model_references;
    // Beside an id, a name is what people read: `{ modelId: "…", modelName: "…" }`.
    let member = |r: &ModelReference| last(&r.name).to_ascii_lowercase().replace('_', "");
    let holder = |r: &ModelReference| (r.location.file.clone(), r.name.rsplit_once('.').map(|(h, _)| h.to_owned()));
    let shown = |r: &ModelReference| {
        member(r) == "modelname" && references.iter().any(|o| member(o) == "modelid" && holder(o) == holder(r))
    };
    references.iter().filter(|r| !shown(r)).collect()
}

/// Take away what both sides have.
fn pair(old: &mut Vec<&ModelReference>, new: &mut Vec<&ModelReference>, key: &dyn Fn(&ModelReference) -> String) {
    let mut left = Vec::new();
    for was in old.drain(..) {
        match new.iter().position(|is| key(is) == key(was)) {
            Some(ix) => {
                new.remove(ix);
            }
            None => left.push(was),
        }
    }
    *old = left;
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// `MODEL`, `Agent.model` and `DEFAULT_MODEL` hold the same kind of thing, `EMBEDDING_MODEL` another.
fn role(name: &str) -> String {
    let words = last(name).to_ascii_lowercase();
    let other: Vec<&str> =
        words.split(['_', '-']).filter(|w| !matches!(*w, "model" | "default" | "name" | "id")).collect();
    other.join("_")
}

fn provider(reference: &ModelReference) -> Option<String> {
    reference.provider.clone().or_else(|| super::recipients::of_model(&reference.model))
}

fn report(view: &View<'_>, from: &ModelReference, to: &ModelReference, drafts: &mut Vec<Draft>) {
    let (was, is) = (provider(from), provider(to));
    let swap = from.provider == to.provider || was == is || was.is_none() || is.is_none();
    if from.model == to.model && swap {
        return;
    }
    // A call that shows the change says more about it.
    let models = |d: &Draft| {
        let of = |s: &Option<super::State>| s.as_ref().and_then(|s| s.model.clone()).unwrap_or_default();
        (of(&d.before), of(&d.after))
    };
    let told = drafts.iter().any(|d| {
        let (b, a) = models(d);
        matches!(d.code, "T01" | "T03" | "T19" | "T43" | "T05") && (b.contains(&from.model) || a.contains(&to.model))
    });
    if told {
        return;
    }
    let code = match (swap, was.as_deref(), is.as_deref()) {
        (true, ..) if to.model.starts_with("ft:") => "T19",
        (true, ..) => "T01",
        (_, _, Some(gateway)) if is_gateway(gateway) => "T05",
        (_, Some("local"), _) | (_, _, Some("local")) => "T43",
        _ => "T03",
    };
    let severity = (code == "T01" && family(&from.model) == family(&to.model)).then_some(Severity::Low);
    let name = format!("{} ({})", to.name, to.function);
    let message = if matches!(code, "T03" | "T05") {
        let who = |p: &Option<String>| p.as_deref().map_or("another provider", words::recipient).to_owned();
        format!("{} is a model of {} instead of {}: {} for {}.", to.name, who(&is), who(&was), to.model, from.model)
    } else {
        format!("{} is {} instead of {}.", to.name, to.model, from.model)
    };
    let shown = |r: &ModelReference, provider: &Option<String>| match provider {
        Some(p) => state(p, Some(&r.model)),
        None => super::State { text: r.model.clone(), model: Some(r.model.clone()), ..super::State::default() },
    };
    drafts.push(Draft {
        code,
        severity,
        activity: activity(view, to).unwrap_or(name),
        before: Some(shown(from, &was)),
        after: Some(shown(to, &is)),
        message,
        places: vec![
            (Side::Head, to.location.clone(), to.name.clone()),
            (Side::Base, from.location.clone(), from.name.clone()),
        ],
        must_touch: true,
        // The entries of one registry are revised together.
        one_of: to.name.rsplit_once('.').map(|(registry, _)| format!("{} {registry}", to.location.file)),
        ..Draft::default()
    });
}

/// The activities whose calls stand in the same function or file.
fn activity(view: &View<'_>, reference: &ModelReference) -> Option<String> {
    let mut near: Vec<_> = view.new.iter().filter(|u| u.file() == &*reference.location.file).collect();
    near.sort_by_key(|u| u.call.function != reference.function);
    near.first().map(|u| u.name())
}

/// A registry that newly offers a provider hands it data as soon as somebody chooses it.
fn added(view: &View<'_>, new: &[&ModelReference], drafts: &mut Vec<Draft>) {
    for reference in new {
        let Some(provider) = reference.provider.as_deref().filter(|p| *p != "local") else { continue };
        let known = receives(&view.old, provider)
            || view.base.model_references.iter().any(|r| r.provider.as_deref() == Some(provider));
        let told = drafts.iter().any(|d| d.after.as_ref().is_some_and(|s| s.provider.as_deref() == Some(provider)));
        if known || told {
            continue;
        }
        drafts.push(Draft {
            code: "T02",
            activity: activity(view, reference).unwrap_or_else(|| reference.function.clone()),
            after: Some(state(provider, Some(&reference.model))),
            message: format!(
                "{} may newly receive data: {} names {}.",
                words::recipient(provider),
                reference.name,
                reference.model
            ),
            places: vec![(Side::Head, reference.location.clone(), reference.name.clone())],
            must_touch: true,
            ..Draft::default()
        });
    }
}
