//! The inventory: what was found, in one value. Every output is a pure function of it.
//!
//! It is serialised as JSON with a published schema (`towhom schema`), sorted, and with ids that do not depend on line
//! numbers. Field names are a contract: later versions add, they do not rename.

use std::sync::Arc;

use petgraph::graphmap::DiGraphMap;
use serde::{Deserialize, Serialize};

pub const SCHEMA_VERSION: u32 = 1;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inventory {
    pub schema_version: u32,
    pub tool: Tool,
    pub model_calls: Vec<ModelCall>,
    /// Models that the code names, whether or not a call was found that uses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub model_references: Vec<ModelReference>,
    /// Tools, approvals, caches and logs of prompts that the code shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub practices: Vec<Practice>,
    pub personal_data_fields: Vec<PersonalDataField>,
    pub flows: Vec<Flow>,
    pub outputs: Vec<Output>,
    pub activities: Vec<Activity>,
    /// What configuration files in the tree say of models, recipients, regions and settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configuration: Vec<ConfigurationFact>,
    /// Requests with a body that no route of the tree answers: to other services, by which a register links them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Request>,
    pub coverage: Coverage,
    pub diagnostics: Vec<Diagnostic>,
    /// Findings that somebody has accepted, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
}

/// A decision, written down beside the code, that some findings need no action. They are not reported as findings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suppression {
    /// `inline` (a comment), `config` (a row of `towhom.toml`) or `baseline`.
    pub kind: String,
    /// The comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The rule it is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The glob of paths it is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why, as it was written.
    pub reason: String,
    /// The ids of the findings it accepts; empty where it is of no use.
    pub findings: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// A place in the scanned tree. Lines and columns count from 1; columns are UTF-16 code units.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Relative to the scanned root, with forward slashes.
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    /// In a notebook: the cell, counted from 1, and the line in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<Cell>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    pub number: u32,
    pub line: u32,
}

/// One place in the code where data is handed to a model or to a service around models.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelCall {
    pub id: String,
    pub location: Location,
    /// `chat`, `embedding`, `fine_tune` …: see the schema for the list.
    pub operation: String,
    /// The package through which it is called; `http` for raw requests.
    pub sdk: String,
    /// The recipient's id; `local`, or `by-config` where only configuration at run time decides.
    pub provider: String,
    /// Every recipient that the code allows, the default first, where there is more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// A further recipient that the data pass through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// Who else receives data of the same call: the store that keeps what an embedder was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<FurtherRecipient>,
    pub model: Option<String>,
    /// The setting that can change the model, where there is one: an environment variable or configuration key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_setting: Option<String>,
    pub region: Option<String>,
    /// The setting that can change the region, where the code has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_setting: Option<Setting>,
    pub endpoint: Option<String>,
    /// Settings of the call that matter to a DPIA, by name: `store`, `temperature` is not one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    pub in_test: bool,
    /// `high` where the SDK was resolved, `medium` where only the shape of the call says it.
    pub confidence: Confidence,
    /// The function it stands in.
    pub function: String,
    /// The callee as written.
    pub callee: String,
    /// What the answer may be, where the code bounds it; none where it may be any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerShape>,
    /// What its instructions ask about people: scores, feelings, traits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Circumstance>,
    /// What stands around it: a consent that is asked first, a loop over records, a schedule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circumstances: Vec<Circumstance>,
}

/// Something about a call that a DPIA describes, as the code words it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Circumstance {
    /// In `circumstances`: `consent`, `loop`, `schedule`. In `asks`: `evaluation`, `emotion`, `sensitive_trait`, `profile`,
    /// `decision`.
    pub kind: String,
    /// The condition, the loop or the words.
    pub text: String,
    pub location: Location,
}

/// A bound on the answer of a model.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerShape {
    /// `label`: one of `values`. `object`: fields of the names in `values`.
    pub kind: String,
    pub values: Vec<String>,
    /// Where the bound stands.
    pub location: Location,
    /// The code uses nothing of the answer but these values. Otherwise they are only asked for.
    pub checked: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    pub provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// When it is this one, as written in the code or configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Whether it is this one when nothing is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A recipient of a call besides the one that runs the model.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct FurtherRecipient {
    /// As a call's; the name of the host, where no more is known of who runs it.
    pub provider: String,
    /// `store`: keeps the data, or vectors made of them; `model`: runs the model behind a gateway; `observability`:
    /// records them; `tool_server`: runs tools that the model calls (MCP), and gets what it writes for them.
    pub role: String,
}

/// One thing that a configuration file says. Values of secrets are never kept.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigurationFact {
    pub location: Location,
    /// `model`, `endpoint`, `region`, `provider`, `deployment`, `setting`, `credential`, `service`, `mcp_server`,
    /// `training`, `dataset`, `tool`, `workflow`.
    pub kind: String,
    /// The variable, or the path of keys: `OPENAI_MODEL`, `services.api.environment.OPENAI_BASE_URL`.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The recipient that it points to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// `.env`, `compose`, `litellm`, `terraform` …: the id of the row that reads it.
    pub source: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    pub name: String,
    pub value: String,
    pub location: Location,
    /// `identifier`, where it is an identifier of the end user that goes along; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

/// A model's name in the code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModelReference {
    pub location: Location,
    pub model: String,
    /// Whose model it is, where the function that the name is given to says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The function it stands in.
    pub function: String,
    /// What holds it: `DEFAULT_MODEL`, `models.chat`, `Agent.model`.
    pub name: String,
}

/// Something beside the calls to models that a DPIA describes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Practice {
    pub location: Location,
    /// `tool`, `approval`, `cache`, `prompt_log`, `remote_code`, `data_sharing`, `guardrail`, `deletion`,
    /// `annotation`.
    pub kind: String,
    /// The tool, the setting or the function.
    pub name: String,
    /// The function it stands in.
    pub function: String,
    /// What a tool takes from the model, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonalDataField {
    pub location: Location,
    pub name: String,
    /// The class, table, schema or form that declares it.
    pub owner: String,
    pub category: String,
    /// GDPR Art. 9(1).
    pub special_category: bool,
    pub in_test: bool,
}

/// Personal data that reaches a model call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flow {
    pub id: String,
    pub call: String,
    pub confidence: Confidence,
    pub source: Source,
    /// From the source to the call, both left out.
    pub steps: Vec<Step>,
    pub safeguards: Vec<Safeguard>,
    /// What part of the call it reaches: `content`, `system`, `tools`, `files`, `ids`.
    pub role: String,
    /// The activities it belongs to, where its call serves several (a wrapper); empty: all those of the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<String>,
    /// Other ways of the same data to the call, for the same activities: longer or less sure, and not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other_ways: usize,
    /// Where the first of these leave the way that is listed: one place for each, at most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_ways_by: Vec<Location>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub location: Location,
    /// `User.email`, `request body`, `uploaded file`.
    pub label: String,
    pub category: String,
    pub special_category: bool,
    /// `field`, `http_request`, `message`, `file`, `database`, `session`, `tool_result`, `model_output`, `user_defined` …
    pub kind: String,
    /// It is part of an object that is handed over whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// It is kept in a database, as the class that declares it says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub record: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub location: Location,
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Safeguard {
    /// `redaction`, `pseudonymisation`, `hashing`, `encryption`, `detection`, `aggregation` …
    pub kind: String,
    pub location: Location,
    /// The function that does it.
    pub name: String,
}

/// Where the answer of a model call goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Output {
    pub call: String,
    #[serde(rename = "use")]
    pub use_: String,
    pub location: Location,
    pub label: String,
    /// The activities it belongs to, where its call serves several; empty: all those of the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<String>,
}

/// What a person would call one AI feature: the calls that serve one entry point or one caller of a wrapper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Activity {
    pub id: String,
    pub name: String,
    pub calls: Vec<String>,
    pub entry_points: Vec<EntryPoint>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryPoint {
    pub location: Location,
    /// `POST /tickets/{id}/triage`, or the function's name.
    pub label: String,
    /// `http`, `message`, `job`, `cli`, `page`, `function`.
    pub kind: String,
    /// What it asks of those who call it: a sign-in, a permission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<Access>,
}

/// A sign-in or permission that an entry point asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Access {
    /// The decorator, dependency or function.
    pub name: String,
    pub location: Location,
}

/// A request over HTTP that leaves the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Request {
    pub location: Location,
    /// `POST` …, if the code says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// If it is constant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The path, `*` for each part of it that is not constant.
    pub route: String,
}

/// What was read and what was not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Coverage {
    pub files_read: usize,
    pub files_with_errors: usize,
    pub files_in_test: usize,
    /// Reason → number of files left out.
    pub files_skipped: std::collections::BTreeMap<String, usize>,
    pub calls_in_test: usize,
    pub calls_by_config: usize,
    /// Services of a deployment that hold a model provider's key, are not built from this tree, and that no row of
    /// `towhom.toml` names: data sent to them may go on to a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared_services: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Diagnostic {
    /// `syntax-error`, `budget`, `unmatched-row`, `hidden-by-config`, `unused-suppression`, `bad-suppression` …
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl Inventory {
    /// The data-flow graph: sources → model calls → uses of the answer. An edge's weight is the number of flows on it.
    #[must_use]
    pub fn graph(&self) -> DiGraphMap<Node<'_>, usize> {
        let mut graph = DiGraphMap::new();
        let mut edge = |a, b| match graph.edge_weight_mut(a, b) {
            Some(n) => *n += 1,
            None => {
                graph.add_edge(a, b, 1);
            }
        };
        for flow in &self.flows {
            edge(Node::Source(&flow.source.label, &flow.source.category), Node::Call(&flow.call));
        }
        for call in &self.model_calls {
            edge(Node::Call(&call.id), Node::Recipient(&call.provider));
            if let Some(gateway) = &call.gateway {
                edge(Node::Call(&call.id), Node::Recipient(gateway));
            }
        }
        for output in &self.outputs {
            edge(Node::Call(&output.call), Node::Use(&output.use_));
        }
        graph
    }

    #[must_use]
    pub fn call(&self, id: &str) -> Option<&ModelCall> {
        self.model_calls.iter().find(|c| c.id == id)
    }
}

/// A node of [`Inventory::graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node<'a> {
    /// Label and category of a source.
    Source(&'a str, &'a str),
    /// A model call's id.
    Call(&'a str),
    Recipient(&'a str),
    /// What the answer is used for.
    Use(&'a str),
}
