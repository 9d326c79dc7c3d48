//! Rows about who runs models: providers, their hosts, variables, model names, and the tables that lead to them.

use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderRow {
    pub id: String,
    pub name: String,
    /// `model`, `gateway`, `local`, `vector_db`, `observability`, `search`.
    pub kind: String,
    /// The schemes of its servers' addresses, where these are no web addresses: `mongodb`.
    pub schemes: Vec<String>,
    /// Its servers are each customer's own resource.
    pub own_hosts: bool,
}

/// A host name pattern: `*` stands for any text without a slash, `{region}` for a region.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HostRow {
    pub pattern: String,
    pub provider: String,
    /// The shape of its requests: the `api` of a `[[body]]` row.
    pub api: String,
    #[serde(rename = "where")]
    pub place: String,
    pub region: String,
    /// Where a host serves other things too: parts of the paths that are calls, and what they do (empty: as the path
    /// says on any host). A request that none of them fits is no call.
    pub operations: Vec<(String, String)>,
    pub src: String,
}

/// An environment variable that tells of a provider.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvRow {
    pub name: String,
    pub provider: String,
    /// `key`, `base_url`, `region`, `switch`, `redact`.
    pub role: String,
}

/// The beginning of model names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelRow {
    pub prefix: String,
    /// Empty for open weights, which anyone may run.
    pub provider: String,
    pub family: String,
    pub src: String,
}

/// What stands before the separator in a model string of a library: `anthropic` in litellm's `anthropic/claude-3`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrefixRow {
    pub table: String,
    pub prefix: String,
    pub provider: String,
    pub separator: String,
    /// Through whom the library sends, when that is another company.
    pub gateway: String,
}

/// A class or module whose provider is known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassRow {
    pub table: String,
    pub name: String,
    pub provider: String,
}
