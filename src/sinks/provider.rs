//! Who receives what a sink sends: provider, model, endpoint, region, settings. The client decides, not its name: a host
//! in the constructor comes before the SDK, a model's prefix before a gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Row, Sink, args};
use crate::catalogue::TypeIx;
use crate::inventory::{Candidate, Confidence, ModelCall, Setting};
use crate::ir::{Call, Seg, ValueKind};
use crate::link::{Abs, Gv, Program};
use crate::place;
use crate::trace::{Constant, Tracer};

/// What is known of the recipient.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipient {
    pub(crate) provider: String,
    pub(crate) gateway: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) settings: Vec<Setting>,
}

const BY_CONFIG: &str = "by-config";

pub(crate) fn recipient(program: &Program<'_>, tracer: &mut Tracer<'_>, sink: &Sink) -> Recipient {
    let ValueKind::Call(call) = program.kind(sink.gv) else { return Recipient::default() };
    let mut finding = Finding { program, tracer, out: Recipient::default(), seen: Vec::new() };
    match &sink.row {
        Row::User { provider, model } => {
            finding.out.provider.clone_from(provider);
            finding.out.model.clone_from(model);
        }
        Row::Http { provider, url, .. } => {
            finding.out.provider.clone_from(provider);
            finding.out.endpoint = Some(shown_url(url));
            if let Some(host) = program.catalogue.host(url) {
                finding.out.region = program.catalogue.host_region(host, url);
            }
        }
        Row::Catalogue(row) => {
            let row = program.catalogue.call_row(*row);
            finding.model_from(sink.gv, call, &row.model, sink.skip);
            finding.endpoint_from(sink.gv, call, &row.base_url, sink.skip);
            finding.region_from(sink.gv, call, &row.region, sink.skip);
            finding.settings_from(sink.gv, call, &row.retention, sink.skip);
            finding.provider_of_row(sink, call, row);
        }
    }
    let mut out = finding.out;
    if out.provider.is_empty() || out.provider.starts_with("by-") {
        out.provider = BY_CONFIG.into();
    }
    out.candidates.sort();
    out.candidates.dedup();
    if out.candidates.len() < 2 {
        out.candidates.clear();
    }
    out
}

/// What the call does: a chat with a model of one's own machine is local inference.
pub(crate) fn operation(program: &Program<'_>, sink: &Sink, recipient: &Recipient) -> String {
    let _ = program;
    let to_model = matches!(sink.operation.as_str(), "chat" | "completion" | "agent_run");
    if recipient.provider == "local" && to_model { "local_inference".into() } else { sink.operation.clone() }
}

/// An agent or graph whose model is set out of sight (a node's function, a global setting) hands data to the model of
/// its file, where that file knows one recipient only. The confidence says that this is not proven.
pub(crate) fn from_same_file(calls: &mut [ModelCall]) {
    let mut known: BTreeMap<Arc<str>, BTreeSet<String>> = BTreeMap::new();
    for call in calls.iter().filter(|c| c.provider != BY_CONFIG && c.operation != "observability") {
        known.entry(call.location.file.clone()).or_default().insert(call.provider.clone());
    }
    for call in calls.iter_mut().filter(|c| c.provider == BY_CONFIG && c.endpoint.is_none() && c.candidates.is_empty())
    {
        if let Some(one) = known.get(&call.location.file).filter(|p| p.len() == 1) {
            call.provider.clone_from(one.first().unwrap_or(&call.provider.clone()));
            call.confidence = call.confidence.min(Confidence::Medium);
        }
    }
}

struct Finding<'a, 'p> {
    program: &'a Program<'a>,
    tracer: &'a mut Tracer<'p>,
    out: Recipient,
    seen: Vec<Gv>,
}

impl Finding<'_, '_> {
    fn constants(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) -> Vec<Constant> {
        let mut found = Vec::new();
        for path in paths {
            for (value, path) in args::pick(self.program, gv, call, path, skip) {
                for constant in self.tracer.constants(value, path) {
                    if !found.contains(&constant) {
                        found.push(constant);
                    }
                }
            }
        }
        found
    }

    fn model_from(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        if self.out.model.is_some() {
            return;
        }
        let found = self.constants(gv, call, paths, skip);
        let text = found.iter().find(|c| !c.setting && !c.text.is_empty() && !c.text.contains('\n'));
        let setting = found.iter().find(|c| c.setting);
        self.out.model = match (text, setting) {
            (Some(text), _) => Some(text.text.to_string()),
            (None, Some(setting)) => Some(format!("${}", setting.text)),
            (None, None) => None,
        };
    }

    /// The host that requests go to; it decides the provider.
    fn endpoint_from(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        let found = self.constants(gv, call, paths, skip);
        let mut given = false;
        if found.is_empty() && self.out.endpoint.is_none() {
            // A host is given, but nothing in the code says which.
            let picked = paths.iter().flat_map(|p| args::pick(self.program, gv, call, p, skip));
            let open = picked.into_iter().any(|(value, path)| {
                path.is_whole()
                    && !matches!(self.program.kind(value), ValueKind::Null | ValueKind::Call(_) | ValueKind::Object(_))
            });
            if open {
                self.out.endpoint = Some("set at run time".into());
            }
            return;
        }
        for constant in &found {
            given = true;
            if constant.setting {
                continue;
            }
            let Some(host) = self.program.catalogue.host(&constant.text) else { continue };
            let provider = host.provider.clone();
            let region = self.program.catalogue.host_region(host, &constant.text);
            self.candidate(&provider, None, constant.at);
            if self.out.endpoint.is_none() {
                self.out.endpoint = Some(shown_url(&constant.text));
                self.out.region = self.out.region.take().or(region);
                self.out.provider = provider;
            }
        }
        if given && self.out.endpoint.is_none() {
            let setting = found.iter().find(|c| c.setting);
            self.out.endpoint = setting.map(|s| format!("${}", s.text)).or_else(|| {
                let url = |text: &str| text.contains("://") || text.starts_with("{}");
                found.iter().find(|c| !c.setting && url(&c.text)).map(|c| shown_url(&c.text))
            });
        }
    }

    fn region_from(&mut self, gv: Gv, call: &Call, paths: &[String], skip: usize) {
        if self.out.region.is_some() {
            return;
        }
        let found = self.constants(gv, call, paths, skip);
        let text = found.iter().find(|c| !c.setting && c.text.len() < 40);
        let setting = found.iter().find(|c| c.setting);
        self.out.region = text.map(|c| c.text.to_string()).or_else(|| setting.map(|s| format!("${}", s.text)));
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
                    let setting = Setting { name: name.clone(), value, location };
                    if !self.out.settings.contains(&setting) {
                        self.out.settings.push(setting);
                    }
                }
            }
        }
    }

    fn candidate(&mut self, provider: &str, model: Option<&str>, at: Gv) {
        let candidate = Candidate {
            provider: provider.to_owned(),
            model: model.map(str::to_owned),
            condition: None,
            location: Some(place::of(self.program, at)),
        };
        if !self.out.candidates.iter().any(|c| c.provider == candidate.provider && c.model == candidate.model) {
            self.out.candidates.push(candidate);
        }
    }

    fn provider_of_row(&mut self, sink: &Sink, call: &Call, row: &crate::catalogue::CallRow) {
        // The receiver's client, wherever it was made.
        let mut clients: Vec<(TypeIx, Option<Gv>)> = Vec::new();
        if let ValueKind::Call(c) = self.program.kind(sink.gv) {
            for abs in self.program.call_graph.callees(sink.gv) {
                if let Abs::Typed { ty, site, .. } = abs
                    && !clients.contains(&(*ty, *site))
                {
                    clients.push((*ty, *site));
                }
            }
            let _ = c;
        }
        if clients.is_empty() {
            clients.extend(sink.ty);
        }
        let mut providers: Vec<String> = Vec::new();
        for (ty, site) in clients {
            self.client(ty, site, &mut providers, 0);
        }
        if self.out.endpoint.is_some() && !self.out.provider.is_empty() && providers.len() <= 1 {
            // The host has spoken.
            return;
        }
        let fixed = |p: &str| !p.is_empty() && !p.starts_with("by-");
        if providers.iter().all(|p| !fixed(p)) {
            if fixed(&row.provider) && providers.iter().all(|p| p != BY_CONFIG) {
                providers.push(row.provider.clone());
            } else {
                if let Some(ty) = self.program.catalogue.result_type_of(row) {
                    self.client(ty, Some(sink.gv), &mut providers, 0);
                }
                for path in row.agent.iter().chain(&row.embedder).chain(&row.model) {
                    for (value, path) in args::pick(self.program, sink.gv, call, path, sink.skip) {
                        self.value(value, &path, table_of(&row.provider), &mut providers, 0);
                    }
                }
            }
        }
        providers.retain(|p| fixed(p) || p == BY_CONFIG);
        providers.dedup();
        let mut distinct = providers.clone();
        distinct.sort();
        distinct.dedup();
        match distinct.as_slice() {
            [] => {}
            [one] => self.out.provider.clone_from(one),
            _ => {
                for provider in &distinct {
                    self.candidate(provider, None, sink.gv);
                }
                self.out.provider = BY_CONFIG.into();
            }
        }
    }

    /// The provider that a client, model, agent or store hands data to, from the call that made it.
    fn client(&mut self, ty: TypeIx, site: Option<Gv>, providers: &mut Vec<String>, depth: u32) {
        let row = self.program.catalogue.type_row(ty);
        let Some(site) = site else {
            if !row.provider.starts_with("by-") {
                providers.push(row.provider.clone());
            }
            return;
        };
        if depth > 5 || self.seen.contains(&site) {
            return;
        }
        self.seen.push(site);
        let ValueKind::Call(call) = self.program.kind(site) else {
            if let ValueKind::Unknown(parts) | ValueKind::Concat(parts) = self.program.kind(site) {
                // `prompt | model`
                for part in parts.clone() {
                    self.value(
                        Gv { func: site.func, value: part },
                        &crate::path::Path::whole(),
                        None,
                        providers,
                        depth,
                    );
                }
            }
            if providers.is_empty() && !row.provider.starts_with("by-") {
                providers.push(row.provider.clone());
            }
            return;
        };
        let before = self.out.endpoint.clone();
        self.model_from(site, call, &row.model, 0);
        self.region_from(site, call, &row.region, 0);
        self.settings_from(site, call, &row.retention, 0);
        let had = std::mem::take(&mut self.out.provider);
        self.endpoint_from(site, call, &row.base_url, 0);
        let by_host = std::mem::replace(&mut self.out.provider, had);
        if !by_host.is_empty() && self.out.endpoint != before {
            self.out.provider.clone_from(&by_host);
            providers.push(by_host);
            return;
        }
        if self.out.endpoint != before
            && before.is_none()
            && self.out.endpoint.is_some()
            && !row.provider.starts_with("by-")
        {
            // A host is given, but only configuration says which.
            let open = |e: &str| e.starts_with('$') || e.starts_with("{}") || e == "set at run time";
            if self.out.endpoint.as_deref().is_some_and(open) && !self.is_own_host_setting(row) {
                providers.push(BY_CONFIG.into());
                return;
            }
        }
        for (condition, provider) in &row.provider_switch {
            if let Some((path, value)) = condition.split_once('=') {
                let found = self.constants(site, call, &[path.to_owned()], 0);
                if found.iter().any(|c| c.text.eq_ignore_ascii_case(value)) {
                    providers.push(provider.clone());
                    return;
                }
            }
        }
        if !row.class_table.is_empty() {
            for abs in self.program.call_graph.callees(site) {
                let path = match abs {
                    Abs::Ext(path) => path.to_string(),
                    // `openai("gpt-4o")` of a default instance or a made factory
                    Abs::Typed { ty, site: Some(inner), .. } => {
                        self.client(*ty, Some(*inner), providers, depth + 1);
                        continue;
                    }
                    _ => continue,
                };
                if let Some(provider) = self.program.catalogue.class_provider(&row.class_table, &path) {
                    let provider = provider.to_owned();
                    match table_of(&provider) {
                        Some(table) => self.by_model(site, call, &row.model, Some(table), providers),
                        // Behind a gateway the model's prefix says who gets the data.
                        None if self.program.catalogue.is_gateway(&provider) => {
                            self.by_model(site, call, &row.model, Some("aisdk_gateway"), providers);
                            self.out.gateway = Some(provider);
                        }
                        None => providers.push(provider),
                    }
                }
            }
            if !providers.is_empty() {
                return;
            }
        }
        if let Some(table) = table_of(&row.provider) {
            self.by_model(site, call, &row.model, Some(table), providers);
            return;
        }
        let mut inner = Vec::new();
        for path in &row.provider_from {
            for (value, path) in args::pick(self.program, site, call, path, 0) {
                self.value(value, &path, None, &mut inner, depth + 1);
            }
            if !inner.is_empty() {
                break;
            }
        }
        for setting in &row.settings_from {
            if !inner.is_empty() {
                break;
            }
            for value in self.assigned(site, setting) {
                self.value_types(value, &mut inner, depth + 1);
            }
        }
        // A chat or thread that a client made is the client's.
        for abs in self.program.call_graph.callees(site) {
            if !inner.is_empty() {
                break;
            }
            if let Abs::Typed { ty: maker, site: Some(made), .. } = abs
                && *maker != ty
            {
                self.client(*maker, Some(*made), &mut inner, depth + 1);
            }
        }
        if inner.is_empty() && row.provider.starts_with("by-") {
            // Whatever typed thing it was made with.
            for arg in &call.args {
                let value = Gv { func: site.func, value: arg.value };
                self.value_types(value, &mut inner, depth + 1);
            }
            if let ValueKind::Field(receiver, _) = self.program.kind(Gv { func: site.func, value: call.callee }) {
                self.value_types(Gv { func: site.func, value: *receiver }, &mut inner, depth + 1);
            }
        }
        if inner.is_empty() {
            if !row.provider.starts_with("by-") {
                providers.push(row.provider.clone());
            } else if !row.default_provider.is_empty() {
                providers.push(row.default_provider.clone());
            }
        } else {
            providers.append(&mut inner);
        }
    }

    /// The values assigned, in the file of `site`, to a library's global setting: `llama_index.core.Settings.llm`.
    fn assigned(&mut self, site: Gv, setting: &str) -> Vec<Gv> {
        let Some((object, name)) = setting.rsplit_once('.') else { return Vec::new() };
        let file = self.program.file_of(site.func);
        let mut found = Vec::new();
        for func in self.program.functions().filter(|f| self.program.file_of(*f) == file) {
            for value in &self.program.function(func).values {
                if let ValueKind::Update { base, path, value, .. } = &value.kind
                    && let [Seg::Field(field)] = path.as_slice()
                    && **field == *name
                {
                    let base = self.tracer.resolver.resolve(Gv { func, value: *base });
                    if base.iter().any(|abs| matches!(abs, Abs::Ext(p) if **p == *object)) {
                        found.push(Gv { func, value: *value });
                    }
                }
            }
        }
        found
    }

    /// Whether the SDK's own host setting is what decides: `azure_endpoint` names the customer's own Azure resource.
    fn is_own_host_setting(&self, row: &crate::catalogue::TypeRow) -> bool {
        row.base_url.first().is_some_and(|p| p.contains("azure_endpoint") || p.contains("resource"))
    }

    /// The provider behind a value: a client or model, or the string that names a model.
    fn value(
        &mut self,
        gv: Gv,
        path: &crate::path::Path,
        table: Option<&str>,
        providers: &mut Vec<String>,
        depth: u32,
    ) {
        let before = providers.len();
        if path.is_whole() {
            self.value_types(gv, providers, depth);
        } else if let Some((name, _)) = path.names().next() {
            let name = name.clone();
            for abs in self.tracer.resolver.field_of(gv, &name) {
                self.typed(&abs, providers, depth);
            }
        }
        if providers.len() > before {
            return;
        }
        for constant in self.tracer.constants(gv, path.clone()) {
            if constant.setting {
                continue;
            }
            let table = table.or_else(|| constant.text.contains('/').then_some("aisdk_gateway"));
            if let Some(found) = self.program.catalogue.model_provider(table, &constant.text) {
                self.candidate(&found.provider, Some(&constant.text), constant.at);
                providers.push(found.provider);
                self.out.gateway = self.out.gateway.take().or(found.gateway);
                if self.out.model.is_none() {
                    self.out.model = Some(constant.text.to_string());
                }
            }
        }
    }

    fn value_types(&mut self, gv: Gv, providers: &mut Vec<String>, depth: u32) {
        for abs in self.tracer.resolver.resolve(gv) {
            self.typed(&abs, providers, depth);
        }
    }

    fn typed(&mut self, abs: &Abs, providers: &mut Vec<String>, depth: u32) {
        match abs {
            Abs::Typed { ty, site, .. } => self.client(*ty, *site, providers, depth + 1),
            Abs::Instance(class) => {
                for abs in self.tracer.resolver.catalogue_types(*class) {
                    if let Abs::Typed { ty, site, .. } = abs {
                        self.client(ty, site, providers, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn by_model(&mut self, gv: Gv, call: &Call, paths: &[String], table: Option<&str>, providers: &mut Vec<String>) {
        for constant in self.constants(gv, call, paths, 0) {
            if constant.setting {
                continue;
            }
            if let Some(found) = self.program.catalogue.model_provider(table, &constant.text) {
                self.candidate(&found.provider, Some(&constant.text), constant.at);
                providers.push(found.provider);
                self.out.gateway = self.out.gateway.take().or(found.gateway);
            }
        }
    }
}

/// `by-model-prefix:litellm` → `litellm`
fn table_of(provider: &str) -> Option<&str> {
    provider.strip_prefix("by-model-prefix:")
}

/// A URL without what may hold secrets: user info, query.
fn shown_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match (url.find("://"), url.find('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}{}", &url[..scheme + 3], &url[at + 1..]),
        _ => url.to_owned(),
    }
}
