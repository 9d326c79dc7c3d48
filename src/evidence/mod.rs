//! Configuration files as evidence: what they say of models, recipients, regions and settings, and what that says of the
//! calls whose model or host only a setting decides.
//!
//! Which file says what stands in `queries/configuration.toml`. Values of secrets are never read out: see `read.rs`.

mod braces;
mod code;
mod dotenv;
mod read;
mod rows;
mod tree;
mod yaml;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::config::ConfigurationRule;
use crate::inventory::{
    Candidate, Confidence, ConfigurationFact, Diagnostic, FurtherRecipient, Inventory, Location, ModelCall, Setting,
};
use crate::link::Program;
use read::{Found, Reader};
use rows::{FactRow, Rows, SwitchRow};

/// What configuration says, before it is known which of it the code reads.
pub(crate) struct Evidence {
    rows: Rows,
    found: Vec<Found>,
    diagnostics: Vec<Diagnostic>,
}

/// Read the files. The result does not depend on their order or on the number of threads.
///
/// # Errors
/// If the built-in rows are broken.
pub(crate) fn read(
    configs: &[(Arc<str>, String)],
    catalogue: &Catalogue,
    own: &[ConfigurationRule],
) -> Result<Evidence> {
    let mut rows = Rows::builtin()?;
    rows.add(own);
    let reader = Reader { rows: &rows, catalogue };
    let read: Vec<_> = configs.par_iter().map(|(path, text)| (path, reader.read(path, text))).collect();
    let (mut found, mut diagnostics) = (Vec::new(), Vec::new());
    for (path, result) in read {
        match result {
            Ok(facts) => found.extend(facts),
            Err(reason) => diagnostics.push(Diagnostic {
                kind: "unread-configuration".into(),
                location: None,
                message: format!("{path} could not be read as configuration: {reason}"),
            }),
        }
    }
    Ok(Evidence { rows, found, diagnostics })
}

impl Evidence {
    /// Put into the inventory what counts, and tell its calls. `declared` are hosts that the user's own rows name.
    pub(crate) fn apply(mut self, program: &Program<'_>, declared: &BTreeSet<String>, inventory: &mut Inventory) {
        inventory.diagnostics.append(&mut self.diagnostics);
        let switched = code::settings(program, &self.rows);
        self.found.extend(switched.facts);
        let asked: BTreeSet<String> = inventory.model_calls.iter().flat_map(settings_of).collect();
        let used: BTreeSet<&str> = inventory.model_calls.iter().map(|c| c.provider.as_str()).collect();
        // A cloud's region is one of a model only where its models are called.
        let elsewhere = |f: &ConfigurationFact| {
            f.kind == "region" && f.provider.as_deref().is_some_and(|p| !used.contains(p)) && is_variable(&f.name)
        };
        self.found.retain(|f| (f.certain && !elsewhere(&f.fact)) || asked.contains(&f.fact.name));
        // What is deployed comes before what a template suggests.
        self.found.sort_by(|a, b| (a.template, &a.fact).cmp(&(b.template, &b.fact)));
        for call in &mut inventory.model_calls {
            self.tell(call, program.catalogue);
        }
        for row in self.rows.fact.iter().filter(|row| !row.decides.is_empty()) {
            self.decide(row, inventory);
        }
        for row in &self.rows.switch {
            self.switch(row, &switched.off, inventory);
        }
        inventory.coverage.undeclared_services = self.undeclared(declared);
        inventory.configuration = self.found.into_iter().map(|f| f.fact).collect();
        inventory.configuration.sort();
        inventory.configuration.dedup();
    }

    /// The packages of whose calls a platform's file says which model they ask.
    pub(crate) fn decided(&self) -> BTreeSet<String> {
        let decides = |row: &&FactRow| !row.decides.is_empty() && self.said(row).is_some();
        self.rows.fact.iter().filter(decides).map(|row| row.decides.clone()).collect()
    }

    fn said(&self, row: &FactRow) -> Option<&Found> {
        let name = row.path.replace(" > ", ".");
        self.found.iter().find(|f| f.fact.name == name && row.file.contains(&f.fact.source))
    }

    fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Found> {
        self.found.iter().filter(move |f| f.fact.name == name && f.fact.value.is_some())
    }

    /// The model, host and region of a call that a setting decides.
    fn tell(&self, call: &mut ModelCall, catalogue: &Catalogue) {
        if let Some(name) = setting(call.model.as_deref())
            && let Some(value) = self.settle(call, &name)
        {
            call.model = Some(value);
            call.model_setting = Some(name);
        }
        if let Some(name) = setting(call.region.as_deref())
            && let Some(value) = self.settle(call, &name)
        {
            call.region = Some(value);
        }
        if let Some(name) = setting(call.endpoint.as_deref()) {
            self.settle(call, &name);
            for found in self.of(&name) {
                at_host(call, &name, found, catalogue);
            }
        }
    }

    /// The model that a file of a platform gives the calls of its SDK, whose code names none.
    fn decide(&self, row: &FactRow, inventory: &mut Inventory) {
        let Some((said, provider)) = self.said(row).and_then(|f| Some((f, f.fact.provider.as_ref()?))) else { return };
        let open = |c: &&mut ModelCall| c.sdk == row.decides && c.provider == "by-config" && c.candidates.is_empty();
        for call in inventory.model_calls.iter_mut().filter(open) {
            call.provider.clone_from(provider);
            call.model = call.model.take().or_else(|| said.fact.value.clone());
            call.confidence = call.confidence.min(Confidence::Medium);
            note(call, said);
        }
    }

    /// Keep with a call all that is said of a setting; gives what counts first.
    fn settle(&self, call: &mut ModelCall, name: &str) -> Option<String> {
        self.of(name).for_each(|found| note(call, found));
        self.of(name).next().and_then(|first| first.fact.value.clone())
    }

    /// An SDK that sends to a further recipient unless it is switched off, by the right switch.
    fn switch(&self, row: &SwitchRow, off: &[(String, Location)], inventory: &mut Inventory) {
        if !inventory.model_calls.iter().any(|c| c.sdk == row.sdk) {
            return;
        }
        let value =
            |f: &&Found| f.fact.value.as_ref().is_some_and(|v| row.off.iter().any(|o| o.eq_ignore_ascii_case(v)));
        let set = self.found.iter().filter(|f| f.fact.name == row.variable && !f.template).find(value);
        let by_call = off.iter().find(|(function, _)| row.call.contains(function));
        let switch = set
            .map(|f| (f.fact.name.clone(), f.fact.location.clone()))
            .or_else(|| by_call.map(|(function, at)| (function.clone(), at.clone())));
        for call in inventory.model_calls.iter_mut().filter(|c| c.sdk == row.sdk) {
            match &switch {
                Some((name, location)) => call.settings.push(Setting {
                    name: name.clone(),
                    value: "off".into(),
                    location: location.clone(),
                    about: String::new(),
                }),
                None => {
                    let further = FurtherRecipient { provider: row.provider.clone(), role: "observability".into() };
                    if !call.also.contains(&further) {
                        call.also.push(further);
                    }
                }
            }
        }
        if switch.is_some() {
            return;
        }
        for found in &self.found {
            let name = &found.fact.name;
            let alike = row.like.iter().any(|pattern| crate::catalogue::glob(pattern, name, b""));
            if alike && *name != row.variable {
                inventory.diagnostics.push(Diagnostic {
                    kind: "ineffective-setting".into(),
                    location: Some(found.fact.location.clone()),
                    message: format!("{name} is set, but {} reads {}: its tracing stays on", row.sdk, row.variable),
                });
            }
        }
    }

    /// Services of the deployment that are given a model provider's key, are not built from this tree, and that no row
    /// of the user names.
    fn undeclared(&self, declared: &BTreeSet<String>) -> Vec<String> {
        let names = self.found.iter().filter(|f| f.fact.kind == "service" && f.fact.provider.is_none());
        let names = names.filter_map(|f| f.fact.name.rsplit('.').next()).filter(|name| !declared.contains(*name));
        names.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Whether it is written as an environment variable; shorter names are keys of something else.
fn is_variable(name: &str) -> bool {
    name.len() > 3 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The names of the settings that a call's model, host and region come from.
fn settings_of(call: &ModelCall) -> Vec<String> {
    let named = [&call.model, &call.endpoint, &call.region].into_iter().filter_map(|v| setting(v.as_deref()));
    named.chain(call.model_setting.clone()).collect()
}

/// The name of the setting that a value stands for: `$MODEL`.
fn setting(value: Option<&str>) -> Option<String> {
    let value = value?;
    // `$OLLAMA_URL`, `{OLLAMA_URL}/api/chat`
    let hole = value.strip_prefix('{').and_then(|v| v.split_once('}')).map(|(name, _)| name);
    value.strip_prefix('$').or(hole).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// A host that a setting gives: what is deployed decides, what a template suggests is a candidate.
fn at_host(call: &mut ModelCall, name: &str, found: &Found, catalogue: &Catalogue) {
    let Some(url) = &found.fact.value else { return };
    let Some(host) = catalogue.host(url) else { return };
    if !found.template && call.provider == "by-config" {
        call.provider.clone_from(&host.provider);
        call.endpoint = Some(url.clone());
        call.confidence = call.confidence.min(Confidence::Medium);
        call.candidates.iter_mut().for_each(|c| c.default = false);
    }
    let condition = format!("{name} is {url}");
    if !call.candidates.iter().any(|c| c.condition.as_ref() == Some(&condition)) {
        call.candidates.push(Candidate {
            provider: host.provider.clone(),
            model: None,
            condition: Some(condition),
            default: false,
            location: Some(found.fact.location.clone()),
        });
    }
}

/// Keep a fact with the call that it decides.
fn note(call: &mut ModelCall, found: &Found) {
    let ConfigurationFact { name, value, location, .. } = &found.fact;
    let setting = Setting {
        name: name.clone(),
        value: value.clone().unwrap_or_default(),
        location: location.clone(),
        about: String::new(),
    };
    if !call.settings.contains(&setting) {
        call.settings.push(setting);
    }
}
