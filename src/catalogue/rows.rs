//! The rows of the catalogue, as they stand in the TOML files under `queries/`. `queries/README.md` documents them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How a value becomes a client, model, store or agent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TypeRow {
    pub id: String,
    /// `python` or `js`.
    pub lang: String,
    pub package: String,
    pub provider: String,
    /// `remote`, `local` or `config`.
    #[serde(rename = "where")]
    pub place: String,
    /// Names whose call gives this type. Python: dotted path (`boto3.client('bedrock-runtime')` names the first
    /// argument). JS: `package#export`. `*` stands for one name part.
    pub ctor: Vec<String>,
    /// Members that give the same type.
    pub same: Vec<String>,
    /// Constructor arguments, as paths.
    pub base_url: Vec<String>,
    pub region: Vec<String>,
    pub model: Vec<String>,
    pub headers: Vec<String>,
    pub retention: Vec<String>,
    pub redact: Vec<String>,
    /// Constructor arguments whose data goes along with every call.
    pub content: Vec<String>,
    pub tools: Vec<String>,
    pub env: Vec<String>,
    /// Constructor arguments that hold another client or model, which decides provider and model.
    pub provider_from: Vec<String>,
    /// `argument=value` → provider.
    pub provider_switch: BTreeMap<String, String>,
    /// Members (properties or calls) that give another type: chain → type id.
    pub get: BTreeMap<String, String>,
    pub note: String,
}

/// A call that hands data to a model or to a service around models.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallRow {
    pub id: String,
    pub lang: String,
    pub package: String,
    /// An id, `by-type`, `by-model-prefix:TABLE`, or `by-config`.
    pub provider: String,
    #[serde(rename = "where")]
    pub place: String,
    /// `chat`, `embedding` …, or `propagate`, `config`, `tool`, `ui`, `db_read`, `db_write`: no send.
    pub op: String,
    /// A member chain on a value of this type …
    pub on: String,
    /// … or of these.
    pub also: Vec<String>,
    pub chain: Vec<String>,
    /// A function (or with `ctor`, a constructor) by import path.
    #[serde(rename = "fn")]
    pub function: Vec<String>,
    pub ctor: bool,
    /// The methods that send what a constructor prepared: `client.send(new Command())`.
    pub sent_by: Vec<String>,
    /// The chain is distinctive enough to count on a receiver of unknown type.
    pub alone: bool,
    /// With `alone`: only if one of these arguments is there.
    pub alone_if: Vec<String>,
    /// Argument paths.
    pub content: Vec<String>,
    pub system: Vec<String>,
    pub files: Vec<String>,
    pub tools: Vec<String>,
    pub ids: Vec<String>,
    pub model: Vec<String>,
    pub region: Vec<String>,
    pub base_url: Vec<String>,
    pub headers: Vec<String>,
    pub retention: Vec<String>,
    pub redact: Vec<String>,
    pub telemetry: Vec<String>,
    pub callbacks: Vec<String>,
    pub middleware: Vec<String>,
    /// The argument that holds an agent, model or embedder whose type decides the provider.
    pub agent: Vec<String>,
    pub embedder: Vec<String>,
    /// From the (awaited) result to the model's words.
    pub out: Vec<String>,
    pub out_stream: Vec<String>,
    pub stream_if: String,
    /// The type of the result.
    pub get: String,
    /// The SDK runs tools by itself: what they return goes back to the model.
    pub tool_exec: bool,
    pub decorator: bool,
    pub class_method: bool,
    pub same_type: bool,
    pub assign: bool,
    pub exec: Vec<String>,
    pub purpose: String,
    pub endpoint: String,
    pub env: String,
    pub config: String,
    pub when: String,
    /// How far the row was checked in the SDK's source: `call+args`, `call`, `no`.
    pub verified: String,
    pub src: String,
    pub note: String,
}
