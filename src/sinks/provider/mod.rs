//! Who receives what a sink sends: provider, model, endpoint, region, settings. The client decides, not its name: a host
//! in the constructor comes before the SDK, a model's prefix before a gateway.

mod attribute;
mod candidates;
mod client;
mod gateways;
mod given;
mod headers;
mod named;
mod sender;
mod servers;
pub(crate) mod telemetry;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use candidates::Found;

use super::{Row, Sink, args};
use crate::catalogue::public_url;
use crate::inventory::{Candidate, Confidence, FurtherRecipient, ModelCall, Setting};
use crate::ir::{Call, Key, ValueKind};
use crate::link::{Abs, Gv, Program};
use crate::path::Path;
use crate::place;
use crate::trace::{Constant, Tracer};

/// What is known of the recipient.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipient {
    pub(crate) provider: String,
    pub(crate) gateway: Option<String>,
    pub(crate) also: Vec<FurtherRecipient>,
    pub(crate) model: Option<String>,
    pub(crate) model_setting: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) region_setting: Option<Setting>,
    pub(crate) endpoint: Option<String>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) settings: Vec<Setting>,
    /// A store hands the data to an embedder, who is the provider.
    pub(crate) embeds: bool,
}

const BY_CONFIG: &str = "by-config";
/// The endpoint, where the code takes it from elsewhere.
const AT_RUN_TIME: &str = "set at run time";

/// `registered` are the packages that record spans of all calls.
pub(crate) fn recipient(
    program: &Program<'_>,
    tracer: &mut Tracer<'_>,
    registered: &BTreeSet<String>,
    sink: &Sink,
) -> Recipient {
    if let Row::User { provider, model } = &sink.row {
        return Recipient { provider: provider.clone(), model: model.clone(), ..Recipient::default() };
    }
    let ValueKind::Call(call) = program.kind(sink.gv) else { return Recipient::default() };
    let mut finding = Finding {
        program,
        tracer,
        out: Recipient::default(),
        seen: Vec::new(),
        models: Vec::new(),
        asked: Vec::new(),
        gateways: Vec::new(),
        embeds: false,
        passed_by: None,
        registered,
    };
    match &sink.row {
        Row::User { .. } => {}
        Row::Http { provider, url, model } => {
            finding.out.provider.clone_from(provider);
            let found = finding.constants_at(model.clone());
            finding.model_of(&found);
            finding.out.endpoint = Some(public_url(url));
            if let Some(host) = program.catalogue.host(url) {
                finding.out.region = program.catalogue.host_region(host, url);
            }
            finding.headers(sink.gv, call, &[], 0);
        }
        Row::Catalogue(row) => {
            let row = program.catalogue.call_row(*row);
            finding.model_from(sink.gv, call, &row.model, sink.skip);
            if let Some(made) = sink.bound
                && let ValueKind::Call(partial) = program.kind(made)
            {
                finding.model_from(made, partial, &row.model, 1);
                finding.settings_from(made, partial, &row.retention, 1);
            }
            let hosts = finding.endpoint_from(sink.gv, call, &row.base_url, sink.skip, &row.provider);
            finding.region_from(sink.gv, call, &row.region, sink.skip);
            finding.settings_from(sink.gv, call, &row.retention, sink.skip);
            finding.headers(sink.gv, call, &row.headers, sink.skip);
            finding.provider_of_row(sink, call, row);
            finding.sender(sink, row);
            finding.identifiers(sink.gv, call, &row.ids, sink.skip);
            if hosts.len() > 1 {
                finding.decide(hosts);
            }
            finding.several_models();
            finding.servers(sink, call, row);
            finding.telemetry(sink, call, row);
        }
    }
    let passed_by = finding.passed_by.take();
    let mut out = finding.out;
    // A key for a proxy goes with the request only where the request goes through the proxy.
    if let Some(proxy) = passed_by.filter(|p| out.gateway.is_none() && out.provider != *p && out.endpoint.is_some()) {
        out.gateway = Some(proxy);
    }
    one_model(&mut out);
    out.embeds = finding.embeds;
    if out.provider.is_empty() || out.provider.starts_with("by-") {
        out.provider = BY_CONFIG.into();
    }
    out.candidates.sort_by(|a, b| (!a.default, a).cmp(&(!b.default, b)));
    out.candidates.dedup();
    // A recipient without more is said by any line that says more of it.
    let said: Vec<Candidate> = out.candidates.iter().filter(|c| c.model.is_some()).cloned().collect();
    out.candidates.retain(|c| {
        let bare = c.model.is_none() && c.condition.is_none() && !c.default;
        !(bare && said.iter().any(|s| s.provider == c.provider))
    });
    // One is worth saying only of an open recipient: who it is while nothing is set.
    if out.candidates.len() < 2 && !(out.provider == BY_CONFIG && out.candidates.iter().any(|c| c.default)) {
        out.candidates.clear();
    }
    out
}

/// Of several models none is the one, unless it is when nothing is set.
fn one_model(out: &mut Recipient) {
    let mut models: Vec<Option<&String>> = out.candidates.iter().map(|c| c.model.as_ref()).collect();
    models.sort();
    models.dedup();
    if models.len() > 1 {
        out.model = out.candidates.iter().find(|c| c.default).and_then(|c| c.model.clone());
    }
}

/// What the call does: a chat with a model of one's own machine is local inference.
pub(crate) fn operation(program: &Program<'_>, sink: &Sink, recipient: &Recipient) -> String {
    let to_model = matches!(sink.operation.as_str(), "chat" | "completion" | "agent_run");
    if recipient.embeds && sink.operation == "vector_upsert" && recipient.also.iter().all(|a| a.role != "store") {
        // The store is within the program: what leaves, leaves to be embedded.
        return "embedding".into();
    }
    if !to_model {
        return sink.operation.clone();
    }
    let by_model = recipient.model.as_deref().and_then(|m| program.catalogue.model_operation(m));
    match by_model {
        Some(operation) => operation.to_owned(),
        // What runs on a server of one's own may call models elsewhere.
        None if recipient.provider == "local" && !on_server(program, sink) => "local_inference".into(),
        None => sink.operation.clone(),
    }
}

/// An agent that a server runs, with models of its own.
fn on_server(program: &Program<'_>, sink: &Sink) -> bool {
    match sink.row {
        Row::Catalogue(row) => sink.operation == "agent_run" && program.catalogue.call_row(row).place == "config",
        _ => false,
    }
}

/// An agent or graph whose model is set out of sight (a node's function, a global setting) hands data to the model of
/// its file, where that file knows one recipient only. The confidence says that this is not proven. Whatever else is open
/// stays open: a store or a library that is asked in the same file may have another recipient.
pub(crate) fn from_same_file(calls: &mut [ModelCall]) {
    let mut known: BTreeMap<Arc<str>, BTreeSet<String>> = BTreeMap::new();
    let runs = ["chat", "completion", "agent_run", "local_inference"];
    for call in calls.iter().filter(|c| c.provider != BY_CONFIG && runs.contains(&c.operation.as_str())) {
        known.entry(call.location.file.clone()).or_default().insert(call.provider.clone());
    }
    let open = |c: &&mut ModelCall| c.provider == BY_CONFIG && c.endpoint.is_none() && c.candidates.is_empty();
    // One that is given a model of its own has that one. A notebook is one program, and its cells share their models.
    let out_of_sight = |c: &&mut ModelCall| {
        let unnamed = c.model.is_none() && c.model_setting.is_none();
        let of_notebook = c.location.cell.is_some() && runs.contains(&c.operation.as_str());
        unnamed && (c.operation == "agent_run" || of_notebook)
    };
    for call in calls.iter_mut().filter(open).filter(out_of_sight) {
        let Some(providers) = known.get(&call.location.file) else { continue };
        let mut providers = providers.iter();
        if let (Some(one), None) = (providers.next(), providers.next()) {
            call.provider.clone_from(one);
            call.confidence = call.confidence.min(Confidence::Medium);
        } else {
            // A graph runs its nodes, and each its own model.
            let candidate = |p: &String| Candidate {
                provider: p.clone(),
                model: None,
                condition: None,
                default: false,
                location: Some(call.location.clone()),
            };
            call.candidates = known[&call.location.file].iter().map(candidate).collect();
        }
    }
}

struct Finding<'a, 'p> {
    program: &'a Program<'a>,
    tracer: &'a mut Tracer<'p>,
    out: Recipient,
    seen: Vec<Gv>,
    /// The models that the code names, where it names several.
    models: Vec<Constant>,
    /// What the call itself asks for: a model, or a name that the client has for one.
    asked: Vec<Constant>,
    /// Gateways of which the code does not say who runs the model.
    gateways: Vec<Found>,
    /// A store hands the data to an embedder.
    embeds: bool,
    /// Whose proxy the headers are for.
    passed_by: Option<String>,
    registered: &'a BTreeSet<String>,
}

impl Finding<'_, '_> {
    fn constants(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) -> Vec<Constant> {
        let places = paths.iter().flat_map(|p| args::pick_exactly(self.program, gv, call, p, skip)).collect();
        self.constants_at(places)
    }

    fn constants_at(&mut self, places: Vec<(Gv, Path)>) -> Vec<Constant> {
        let mut found = Vec::new();
        for (value, path) in places {
            for constant in self.tracer.constants(value, path) {
                if !found.contains(&constant) {
                    found.push(constant);
                }
            }
        }
        found
    }

    fn model_from(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        if self.out.model.is_some() {
            return;
        }
        let mut found = self.constants(gv, call, paths, skip);
        if found.is_empty() {
            return;
        }
        // A model or client that is handed over knows its own name; what else is set on it is none.
        let made = |(value, path): &(Gv, Path)| {
            path.is_whole()
                && self
                    .tracer
                    .resolver
                    .resolve(*value)
                    .iter()
                    .any(|abs| matches!(abs, Abs::Typed { chain, .. } if chain.is_empty()))
        };
        let places: Vec<(Gv, Path)> =
            paths.iter().flat_map(|p| args::pick_exactly(self.program, gv, call, p, skip)).collect();
        if !places.is_empty() && places.iter().all(made) {
            found.clear();
        }
        self.model_of(&found);
        self.asked = found;
    }

    fn model_of(&mut self, found: &[Constant]) {
        // A number or a switch of the same options is no name.
        let word = |text: &str| text.chars().any(char::is_alphabetic) && !matches!(text, "true" | "false");
        let is_name = |c: &&Constant| !c.setting && word(&c.text) && !c.text.contains('\n');
        // A name that is known as a model's comes before an alias that only the program knows.
        let known = |c: &&Constant| is_name(c) && self.program.catalogue.model_provider(None, &c.text).is_some();
        self.models = found.iter().filter(known).cloned().collect();
        if self.models.is_empty() {
            self.models = found.iter().filter(is_name).cloned().collect();
        }
        let text = self.models.first().filter(|c| !c.composed);
        let setting = found.iter().find(|c| c.setting);
        self.out.model_setting = setting.map(|s| s.text.to_string());
        self.out.model = match (text, setting) {
            (Some(text), _) => Some(text.text.to_string()),
            (None, Some(setting)) => Some(format!("${}", setting.text)),
            (None, None) => None,
        };
    }

    /// One recipient, but several of its models.
    fn several_models(&mut self) {
        let provider = self.out.provider.clone();
        if !self.out.candidates.is_empty() || provider.is_empty() || provider == BY_CONFIG {
            return;
        }
        for model in std::mem::take(&mut self.models) {
            self.candidate(&provider, Some(&model.text), Some(model.at));
        }
    }

    /// The host that requests go to; it decides the provider. `of` is whose SDK it is.
    fn endpoint_from(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize, of: &str) -> Vec<Found> {
        let mut hosts = Vec::new();
        let mut found = self.constants(gv, call, paths, skip);
        found.retain(|c| self.program.catalogue.may_be_at(of, &c.text));
        let mut given = false;
        if found.is_empty() && self.out.endpoint.is_none() {
            // A host is given, but nothing in the code says which.
            let picked: Vec<_> = paths.iter().flat_map(|p| args::pick(self.program, gv, call, p, skip)).collect();
            if picked.into_iter().any(|(value, path)| self.is_given(value, &path)) {
                self.out.endpoint = Some(AT_RUN_TIME.into());
            }
            return hosts;
        }
        for constant in &found {
            given = true;
            if constant.setting {
                continue;
            }
            let catalogue = self.program.catalogue;
            let host = catalogue.host(&constant.text);
            let by_path = catalogue.path_provider(&constant.text).filter(|_| host.is_none());
            let Some(provider) = host.map(|h| h.provider.as_str()).or(by_path).map(str::to_owned) else { continue };
            let region = host.and_then(|h| catalogue.host_region(h, &constant.text));
            hosts.push(Found::new(&provider, constant.at));
            if self.out.endpoint.is_none() {
                self.out.endpoint = Some(public_url(&constant.text));
                self.out.region = self.out.region.take().or(region);
                self.out.provider = provider;
            }
        }
        if given && self.out.endpoint.is_none() {
            let setting = found.iter().find(|c| c.setting);
            self.out.endpoint = setting.map(|s| format!("${}", s.text)).or_else(|| {
                let url = |text: &str| text.contains("://") || text.starts_with('{');
                found.iter().find(|c| !c.setting && url(&c.text)).map(|c| public_url(&c.text))
            });
        }
        hosts
    }

    /// Whether an argument is there and may be something: `baseURL: config.url`, and not `baseURL: undefined`.
    fn is_given(&self, value: Gv, path: &Path) -> bool {
        let mut at = value;
        for (name, _) in path.names() {
            let ValueKind::Object(entries) = self.program.kind(at) else { return false };
            let entry = entries.iter().rev().find(|(key, _)| matches!(key, Key::Name(key) if key == name));
            let Some((_, inner)) = entry else { return false };
            at = Gv { func: at.func, value: *inner };
        }
        !matches!(self.program.kind(at), ValueKind::Null | ValueKind::Object(_) | ValueKind::Bool(_))
    }

    fn region_from(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        if self.out.region.is_some() {
            return;
        }
        let found = self.constants(gv, call, paths, skip);
        let text = found.iter().find(|c| !c.setting && c.text.len() < 40);
        let setting = found.iter().find(|c| c.setting);
        self.out.region = text.map(|c| c.text.to_string()).or_else(|| setting.map(|s| format!("${}", s.text)));
        self.out.region_setting = text.zip(setting).map(|(text, setting)| Setting {
            name: setting.text.to_string(),
            value: text.text.to_string(),
            location: place::of(self.program, setting.at),
            about: String::new(),
        });
    }

    fn settings_from(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        for path in paths {
            for (value, inner) in args::pick(self.program, gv, call, path, skip) {
                let name = path.rsplit(['.', '|']).next().unwrap_or(path).trim_end_matches("[]").to_owned();
                for constant in self.tracer.constants(value, inner) {
                    if constant.text.len() > 60 {
                        continue;
                    }
                    let value =
                        if constant.setting { format!("${}", constant.text) } else { constant.text.to_string() };
                    let location = place::of(self.program, constant.at);
                    let setting = Setting { name: name.clone(), value, location, about: String::new() };
                    if !self.out.settings.contains(&setting) {
                        self.out.settings.push(setting);
                    }
                }
            }
        }
    }
}

/// `by-model-prefix:litellm` → `litellm`
fn table_of(provider: &str) -> Option<&str> {
    provider.strip_prefix("by-model-prefix:")
}
