//! The rows of the catalogue, as they stand in the TOML files under `queries/`. `queries/README.md` documents them.

use std::collections::BTreeMap;

use serde::Deserialize;

pub use super::provider_rows::{ClassRow, EnvRow, HostRow, ModelRow, PrefixRow, ProviderRow};

/// The language a row speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Python,
    /// TypeScript and JavaScript.
    Js,
}

/// How a value becomes a client, model, store or agent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TypeRow {
    pub id: String,
    pub lang: Lang,
    pub package: String,
    pub provider: String,
    /// `remote`, `local` or `config`.
    #[serde(rename = "where")]
    pub place: String,
    /// Names whose call gives this type. Python: dotted path (`boto3.client('bedrock-runtime')` names the first
    /// argument). JS: `package#export`. `*` stands for one name part.
    pub ctor: Vec<String>,
    /// Names which, without a call, are already a value of this type: a module, a default instance.
    pub value: Vec<String>,
    /// Members that give the same type.
    pub same: Vec<String>,
    /// Constructor arguments, as paths.
    pub base_url: Vec<String>,
    pub region: Vec<String>,
    pub model: Vec<String>,
    /// Where the names stand that the program gives to these models; a call asks for one of them.
    pub alias: Vec<String>,
    /// Arguments that let another of these models answer where the one that was asked for does not.
    pub fallback: Vec<String>,
    /// Those of `base_url` that name the customer's own resource at the provider: left open, the provider is the same.
    pub own_host: Vec<String>,
    /// Arguments with servers of tools that the model calls, as URLs or as values of a type with `tool_server`.
    pub servers: Vec<String>,
    /// It is a connection to a server of tools: `base_url` says where, a process of this machine without one.
    pub tool_server: bool,
    pub headers: Vec<String>,
    pub retention: Vec<String>,
    pub redact: Vec<String>,
    /// Arguments of the constructor, or of the call whose `get` made the value, whose data goes along with every call.
    pub content: Vec<String>,
    /// As `content`, for instructions.
    pub system: Vec<String>,
    pub tools: Vec<String>,
    pub env: Vec<String>,
    /// The `[[class]]` table that gives the provider from the constructor's class or module.
    pub class_table: String,
    /// Constructor arguments that hold another client or model, which decides provider and model.
    pub provider_from: Vec<String>,
    /// The `[[prefix]]` table of the names that such an argument may be.
    pub provider_table: String,
    /// Constructor arguments that hold the embeddings client of a store: it gets the texts first.
    pub embedder: Vec<String>,
    /// Global settings of the library that hold the client or model: `llama_index.core.Settings.llm`.
    pub settings_from: Vec<String>,
    /// Methods that hand it a model after it was made, and the argument: `add_component(#1|instance)`.
    pub given_by: Vec<String>,
    /// Nodes of a graph, which run models of their own: the method that adds one, and the argument with its function.
    pub nodes: Vec<String>,
    /// Methods that only such values have and that give one: of an unknown receiver they tell the type.
    pub made_by: Vec<String>,
    /// Arguments of the constructor without which calls on it send nothing.
    pub sends_if: Vec<String>,
    /// The provider when nothing in the code says one, as the library's documentation has it.
    pub default_provider: String,
    /// `argument=value` → provider.
    pub provider_switch: BTreeMap<String, String>,
    /// Members (properties or calls) that give another type: chain → type id.
    pub get: BTreeMap<String, String>,
    /// How far the row was checked in the SDK's source: `call+args`, `call`, `no`.
    pub verified: String,
    pub src: String,
    pub note: String,
}

/// A call that hands data to a model or to a service around models.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallRow {
    pub id: String,
    pub lang: Lang,
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
    /// Arguments with the name of a provider, which decides, and the `[[prefix]]` table of these names.
    pub provider_from: Vec<String>,
    pub provider_table: String,
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
    /// Only if one of these arguments is there.
    pub if_given: Vec<String>,
    /// `argument=value`: with it the call sends nothing.
    pub off_if: Vec<String>,
    /// Argument paths.
    pub content: Vec<String>,
    pub system: Vec<String>,
    pub files: Vec<String>,
    pub tools: Vec<String>,
    pub ids: Vec<String>,
    pub model: Vec<String>,
    pub region: Vec<String>,
    pub base_url: Vec<String>,
    /// As in a type.
    pub servers: Vec<String>,
    pub headers: Vec<String>,
    pub retention: Vec<String>,
    pub redact: Vec<String>,
    /// Options that switch on the recording of spans.
    pub telemetry: Vec<String>,
    /// The key of such an option that switches it on.
    pub telemetry_on: String,
    /// Keys of such an option that keep what is asked and answered out of the spans, where they are false.
    pub telemetry_keeps: Vec<String>,
    /// It switches the recording of spans on for all calls of its package, whose own options may switch it off.
    pub registers_telemetry: bool,
    /// It collects the spans that other calls record.
    pub spans: bool,
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
    /// Reported only where personal data reach it.
    pub if_personal: bool,
    pub class_method: bool,
    pub same_type: bool,
    pub assign: bool,
    pub exec: Vec<String>,
    pub purpose: String,
    pub endpoint: String,
    pub env: Vec<String>,
    pub when: String,
    /// Globs of which the first argument's text, or a key of it, must be one: attributes of a span.
    pub named: Vec<String>,
    /// How far the row was checked in the SDK's source: `call+args`, `call`, `no`.
    pub verified: String,
    pub src: String,
    pub note: String,
}

/// A plain HTTP call: a model call when its URL is a known host, with the shape of that host's API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpRow {
    pub lang: Lang,
    #[serde(rename = "fn")]
    pub function: Vec<String>,
    /// Constructors of sessions, whose `chain` methods send.
    pub on: Vec<String>,
    pub chain: Vec<String>,
    pub url: Vec<String>,
    pub base_url: Vec<String>,
    pub body: Vec<String>,
    pub note: String,
}

/// A header of a request that says how data are kept, who passes them on, or whose they are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderRow {
    /// In lower case; `*` stands for any part.
    pub name: String,
    /// `setting`, `identifier`, or `gateway`: a key or route of a proxy, whose value is not shown.
    pub role: String,
    /// Whose proxy the request goes through.
    pub provider: String,
    pub src: String,
}

/// Where the data are in a request body of an API, as paths within the body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BodyRow {
    pub api: String,
    pub content: Vec<String>,
    pub system: Vec<String>,
    pub model: Vec<String>,
    pub ids: Vec<String>,
    pub retention: Vec<String>,
    pub out: Vec<String>,
}

/// Where data enter the program.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InputRow {
    pub id: String,
    pub lang: Lang,
    pub framework: String,
    /// `http_request`, `chat_message`, `file_upload`, `file_read`, `db_read`, `session_user`, `queue_message`,
    /// `tool_call`, `form`, `email`, `api_read`, `transcript`, `cli`.
    pub kind: String,
    /// A few words for people.
    pub label: String,
    /// The category when no field says more.
    pub category: String,
    /// `high`, `medium`, `low`.
    pub confidence: String,
    /// Calls whose result is the input: an import path, or a suffix that begins with `.`.
    pub call: Vec<String>,
    /// Attribute chains whose read is the input.
    pub attribute: Vec<String>,
    /// Decorators whose function's parameters are the input.
    pub decorator: Vec<String>,
    /// Calls whose function arguments' parameters are the input.
    pub callback: Vec<String>,
    /// Types of parameters that are the input.
    pub param_type: Vec<String>,
    /// Decorators on a parameter that make it the input.
    pub param_decorator: Vec<String>,
    /// Default values (calls) that make a parameter the input.
    pub param_default: Vec<String>,
    /// Files whose exported functions take the input, and the names of the exports.
    pub file: Vec<String>,
    pub export: Vec<String>,
    /// `use server`: the parameters of the file's or function's exported functions.
    pub directive: String,
    /// Names of functions whose parameters are the input.
    pub function_name: Vec<String>,
    /// Base classes whose methods' parameters are the input.
    pub class_base: Vec<String>,
    /// Which parameters, by place or name; empty: all.
    pub params: Vec<String>,
    /// Paths within the parameter or result that count; empty: everything.
    pub only: Vec<String>,
    /// Parameters that are not the input, by name.
    pub except_names: Vec<String>,
    /// The result is made of what the call is given: a decoder.
    pub passes: bool,
    /// Only where one of these packages is imported in the file.
    pub with_import: Vec<String>,
    pub note: String,
}

/// What lessens the personal data in a value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SafeguardRow {
    pub id: String,
    pub lang: Option<Lang>,
    /// `redaction`, `pseudonymisation`, `hashing`, `encryption`, `detection`, `aggregation`, `truncation`, `escaping`.
    pub kind: String,
    pub call: Vec<String>,
    /// Patterns of the names of the repository's own functions, in lower case with `_` between words.
    pub name: Vec<String>,
    /// Words in the name that make it something else.
    pub not: Vec<String>,
    /// Constructor arguments that switch it on: `langfuse.Langfuse(mask)`.
    pub argument: Vec<String>,
    /// What it stands before beside its own result: `client`, all calls of the client that it makes; arguments with a
    /// list of such calls, given to what makes an agent.
    pub covers: Vec<String>,
    /// The argument that is cleared; empty: the first, or the receiver.
    pub args: Vec<String>,
    /// For replacing by pattern: it counts only if the pattern or the replacement holds one of these.
    pub evidence: Vec<String>,
    /// Whether the result counts as without the data.
    pub clears: bool,
    /// The service that does it, when the data leave for it.
    pub provider: String,
    pub note: String,
}

/// What is done with a value, asked of the model's output.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputRow {
    pub id: String,
    pub lang: Lang,
    /// `stored`, `returned_to_user`, `sent`, `decision`, `tool_execution`, `fed_to_model`.
    #[serde(rename = "use")]
    pub usage: String,
    pub call: Vec<String>,
    /// Assignments to these attributes.
    pub assign: Vec<String>,
    /// Decorators and callbacks whose function's returned value counts.
    pub returned_by: Vec<String>,
    /// Files whose exported functions' returned value counts, and the names of the exports.
    pub file: Vec<String>,
    pub export: Vec<String>,
    pub directive: String,
    /// Properties of a JSX element or component.
    pub jsx: Vec<String>,
    /// Arguments that count; empty: all.
    pub args: Vec<String>,
    /// Only where one of these packages is imported in the file.
    pub with_import: Vec<String>,
    pub note: String,
}

/// How data pass through calls whose code is not in the repository.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PassesRow {
    pub id: String,
    pub lang: Option<Lang>,
    /// The result carries nothing of the arguments.
    pub none: Vec<String>,
    pub note: String,
}

/// Calls that put arguments into another value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MutatesRow {
    pub id: String,
    pub lang: Option<Lang>,
    /// Methods that put their arguments into the receiver.
    pub receiver: Vec<String>,
    /// Functions that put later arguments into the first.
    pub first: Vec<String>,
    pub note: String,
}

/// A keyed store: what was set under a constant key is what a getter with that key gives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreRow {
    pub id: String,
    pub lang: Lang,
    pub set: Vec<String>,
    pub get: Vec<String>,
    /// Values whose constant keys are read and written as attributes or by index.
    pub object: Vec<String>,
    /// The place of the key and of the stored value among the setter's arguments.
    pub key: u32,
    pub value: u32,
    pub note: String,
}

/// Files that a program writes and reads again.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileRow {
    pub id: String,
    pub lang: Lang,
    /// Import paths, or suffixes that begin with `.`.
    pub call: Vec<String>,
    /// The argument with the file's path.
    pub path: String,
    /// Only where this argument is this text: `#0=json`.
    pub only: String,
    /// The argument with an opened file.
    pub handle: String,
    /// The argument that is written. Without one the call reads.
    pub data: String,
    /// What is written is one line or row of many.
    pub row: bool,
    /// The result is an opened file, or what writes into the one of `handle`.
    pub gives: bool,
    /// The argument with the mode in which the file is opened: with a `w`, `a` or `x` in it to write.
    pub mode: String,
    /// The result is a path whose last part is that of the last argument.
    pub joins: bool,
    /// Parts into which the reader divides the file.
    pub parts: Vec<String>,
    pub note: String,
}

/// A wrapper that is seen through.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransparentRow {
    pub id: String,
    pub lang: Lang,
    pub call: Vec<String>,
    /// `call_argument`: calls its function argument with the rest; `callable`: gives the function argument;
    /// `value`: gives its argument; `result`: calls its function argument without arguments and gives the result;
    /// `list`: gives the list of its arguments' results.
    pub kind: String,
    /// The place of that argument.
    pub arg: u32,
    pub note: String,
}

/// A call that declares a schema by an object argument.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SchemaRow {
    pub id: String,
    pub lang: Lang,
    pub call: Vec<String>,
    /// The place of the object with the fields.
    pub fields: u32,
    /// The place of the name, when an argument gives it.
    pub name: Option<u32>,
    /// Keyword arguments are fields as well.
    pub keywords: bool,
    /// It extends what it is called on, where a field is made of one of these names: `z` of `z.string()`.
    pub of: Vec<String>,
    pub note: String,
}

/// One file of the catalogue, or the user's own rows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogueFile {
    #[serde(rename = "type")]
    pub types: Vec<TypeRow>,
    #[serde(rename = "call")]
    pub calls: Vec<CallRow>,
    pub http: Vec<HttpRow>,
    pub header: Vec<HeaderRow>,
    pub body: Vec<BodyRow>,
    pub provider: Vec<ProviderRow>,
    pub host: Vec<HostRow>,
    pub env: Vec<EnvRow>,
    pub model: Vec<ModelRow>,
    pub prefix: Vec<PrefixRow>,
    pub class: Vec<ClassRow>,
    pub input: Vec<InputRow>,
    pub safeguard: Vec<SafeguardRow>,
    pub output: Vec<OutputRow>,
    pub passes: Vec<PassesRow>,
    pub mutates: Vec<MutatesRow>,
    pub store: Vec<StoreRow>,
    pub file: Vec<FileRow>,
    pub transparent: Vec<TransparentRow>,
    pub schema: Vec<SchemaRow>,
}
