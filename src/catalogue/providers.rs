//! Who runs the model: by host, model name, model prefix, class.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::load::Catalogue;
use super::pattern::glob;
use super::rows::{BodyRow, CatalogueFile, EnvRow, HostRow};

/// Who a model string leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelProvider {
    pub provider: String,
    /// Through whom the data go, when that is another company.
    pub gateway: Option<String>,
}

/// The table of `creator/model` names.
pub(crate) const CREATORS: &str = "aisdk_gateway";

#[derive(Debug, Default)]
pub(super) struct ProviderIndex {
    /// Hosts without a wildcard, and the others with the longest first.
    exact: FxHashMap<String, u32>,
    globs: Vec<u32>,
    /// Model prefixes, longest first.
    models: Vec<u32>,
    /// Table → prefix → row.
    prefixes: FxHashMap<String, FxHashMap<String, u32>>,
    /// Table → class or module → row.
    classes: FxHashMap<String, FxHashMap<String, u32>>,
}

impl ProviderIndex {
    pub(super) fn new(rows: &CatalogueFile) -> ProviderIndex {
        let mut ix = ProviderIndex::default();
        for (i, row) in (0..).zip(&rows.host) {
            if row.pattern.contains(['*', '{']) {
                ix.globs.push(i);
            } else {
                ix.exact.entry(row.pattern.clone()).or_insert(i);
            }
        }
        ix.globs.sort_by_key(|i| std::cmp::Reverse(rows.host[*i as usize].pattern.len()));
        ix.models = (0..).zip(&rows.model).map(|(i, _)| i).collect();
        ix.models.sort_by_key(|i| std::cmp::Reverse(rows.model[*i as usize].prefix.len()));
        for (i, row) in (0..).zip(&rows.prefix) {
            ix.prefixes.entry(row.table.clone()).or_default().entry(row.prefix.clone()).or_insert(i);
        }
        for (i, row) in (0..).zip(&rows.class) {
            ix.classes.entry(row.table.clone()).or_default().entry(row.name.clone()).or_insert(i);
        }
        ix
    }
}

/// The host, the port and the path of a URL or of a bare host.
fn parts(url: &str) -> (&str, Option<&str>, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port), path),
        _ => (authority, None, path),
    }
}

/// A URL without what may hold secrets: user and password, query, fragment. Other text stays as it is.
#[must_use]
pub fn public_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url).replace("{}", "{…}");
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

/// The name of the host that a URL begins with, if it is constant.
pub(crate) fn host_name(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty() && !host.contains(['{', '$'])).then_some(host)
}

/// Whether a host is this machine or the own network: private addresses, and names without a dot (`http://ollama:8000`).
fn is_own_network(url: &str, host: &str, port: Option<&str>) -> bool {
    let bare = host.trim_matches(['[', ']']);
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Err(_) => {
            let name = bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            !bare.is_empty() && name && (url.contains("://") || port.is_some())
        }
    }
}

impl Catalogue {
    /// The row of the host of a URL (`https://api.groq.com/openai/v1`) or of a bare host name.
    #[must_use]
    pub fn host(&self, url_or_host: &str) -> Option<&HostRow> {
        let ix = &self.index.providers;
        let lower = url_or_host.trim().to_ascii_lowercase();
        let (host, port, _) = parts(&lower);
        let with_port = port.map(|p| format!("{host}:{p}"));
        let exact = |name: &str| ix.exact.get(name).map(|i| &self.hosts[*i as usize]);
        if let Some(row) = with_port.as_deref().and_then(exact).or_else(|| exact(host)) {
            return Some(row);
        }
        for i in &ix.globs {
            let row = &self.hosts[*i as usize];
            let pattern = row.pattern.replace("{region}", "*");
            let text = if pattern.contains(':') { with_port.as_deref() } else { Some(host) };
            if text.is_some_and(|t| glob(&pattern, t, b"/")) {
                return Some(row);
            }
        }
        if is_own_network(&lower, host, port) { exact("localhost") } else { None }
    }

    /// Whether an address may be one of a provider's servers: `mongodb://db` is none of Qdrant's.
    #[must_use]
    pub fn may_be_at(&self, provider: &str, url: &str) -> bool {
        let Some((scheme, _)) = url.split_once("://") else { return true };
        let mut of = self.providers.iter().filter(|p| p.schemes.iter().any(|s| s == scheme)).peekable();
        let known = self.providers.iter().any(|p| p.id == provider);
        !known || of.peek().is_none() || of.any(|p| p.id == provider)
    }

    /// The region a host names: that of its row, or what stands for `{region}` in it.
    #[must_use]
    pub fn host_region(&self, row: &HostRow, url_or_host: &str) -> Option<String> {
        if row.region.is_empty() {
            return None;
        }
        if row.region != "{region}" {
            return Some(row.region.clone());
        }
        let lower = url_or_host.trim().to_ascii_lowercase();
        let (before, after) = row.pattern.split_once("{region}")?;
        let region = parts(&lower).0.strip_prefix(before)?.strip_suffix(after)?;
        (!region.is_empty() && !region.contains(['{', '$', '*'])).then(|| region.to_owned())
    }

    /// The request shape of an API.
    #[must_use]
    pub fn body(&self, api: &str) -> Option<&BodyRow> {
        self.bodies.iter().find(|b| b.api == api)
    }

    /// The provider of a model string, by a library's table of prefixes, else by the model's name. `by-config` and open
    /// weights give none.
    #[must_use]
    pub fn model_provider(&self, table: Option<&str>, model: &str) -> Option<ModelProvider> {
        let ix = &self.index.providers;
        let given = |provider: &str| {
            let known = !provider.is_empty() && !provider.starts_with("by-");
            known.then(|| ModelProvider { provider: provider.to_owned(), gateway: None })
        };
        // A gateway is sure even where nobody says who runs the model behind it.
        let of_prefix = |row: &super::rows::PrefixRow| {
            let gateway = Some(row.gateway.clone()).filter(|g| !g.is_empty());
            let open = gateway.is_some() && row.provider.is_empty();
            let provider = if open {
                Some(ModelProvider { provider: "by-config".into(), gateway: None })
            } else {
                given(&row.provider)
            };
            provider.map(|found| ModelProvider { gateway, ..found })
        };
        if let Some(rows) = table.and_then(|t| ix.prefixes.get(t)) {
            for (end, _) in model.match_indices(['/', ':']) {
                let row = rows.get(&model[..end]).map(|i| &self.prefixes[*i as usize]);
                if let Some(row) = row.filter(|r| model[end..].starts_with(r.separator.as_str())) {
                    return of_prefix(row);
                }
            }
            // A table may also be asked with the bare name of a provider: `provider="fireworks-ai"`.
            if let Some(i) = rows.get(model) {
                return of_prefix(&self.prefixes[*i as usize]);
            }
        }
        let lower = model.to_ascii_lowercase();
        let last = lower.rsplit('/').next().unwrap_or(&lower);
        [lower.as_str(), last].into_iter().find_map(|name| {
            let row =
                ix.models.iter().map(|i| &self.models[*i as usize]).find(|r| name.starts_with(r.prefix.as_str()))?;
            given(&row.provider)
        })
    }

    /// The provider of a model string of any library: `anthropic/claude-sonnet-4.5` by its creator, another by its name. It
    /// says nothing of a gateway.
    #[must_use]
    pub fn creator(&self, model: &str) -> Option<String> {
        let table = model.contains('/').then_some(CREATORS);
        self.model_provider(table, model).map(|found| found.provider)
    }

    /// The provider of a class or module by a `[[class]]` table: `ChatOpenAI`, `langchain_openai.ChatOpenAI`,
    /// `llama_index.llms.openai.OpenAI`, `@ai-sdk/openai#createOpenAI`. May be `by-config` or `by-model-prefix:TABLE`.
    #[must_use]
    pub fn class_provider(&self, table: &str, class_or_module: &str) -> Option<&str> {
        let rows = self.index.providers.classes.get(table)?;
        let get = |name: &str| rows.get(name).map(|i| self.classes[*i as usize].provider.as_str());
        let (module, export) = class_or_module.split_once('#').unwrap_or((class_or_module, class_or_module));
        get(class_or_module)
            .or_else(|| get(module))
            .or_else(|| export.rsplit('.').map(|n| n.trim_end_matches("()")).find_map(get))
    }

    /// The row of an environment variable that an SDK reads.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&EnvRow> {
        self.env.iter().find(|e| e.name == name)
    }

    #[must_use]
    pub fn provider_name(&self, id: &str) -> Option<&str> {
        self.providers.iter().find(|p| p.id == id).map(|p| p.name.as_str())
    }
}
