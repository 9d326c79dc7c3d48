//! The words by which parts of one repository call each other (`queries/remote.toml`).

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteWords {
    pub routers: FxHashSet<String>,
    pub callers: Vec<String>,
    pub handlers: FxHashSet<String>,
    pub calls: FxHashSet<String>,
    pub hooks: FxHashSet<String>,
    pub options: FxHashSet<String>,
    pub answers: FxHashSet<String>,
    pub bodies: FxHashSet<String>,
    validators: Vec<(String, String)>,
    pub validated: FxHashSet<String>,
    pub states: FxHashSet<String>,
    pub reducers: FxHashSet<String>,
    pub jobs: FxHashSet<String>,
    pub form_field: FormField,
    pub mounts: FxHashSet<String>,
    pub prefixes: FxHashSet<String>,
    #[serde(rename = "hook")]
    pub chats: Vec<ChatHook>,
}

/// How a component that stands for a field of a form is given what it shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// The property with the function that makes what is shown, and the one with the field's name.
    pub render: String,
    pub name: String,
    /// Where the function finds what was typed.
    pub holds: Vec<String>,
}

/// A hook that posts messages to a route.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatHook {
    pub call: Vec<String>,
    /// The route where no option names one, by hook.
    pub default: BTreeMap<String, String>,
    /// The option that names the route, and the one with more to send.
    pub url: String,
    pub body: String,
    /// Functions of the hook that send what they are given, and what the handler gets it as.
    pub send: Vec<String>,
    pub sent: Vec<String>,
    /// Functions in the options whose results are sent with the next request.
    #[serde(default)]
    pub gives: Vec<String>,
    /// Members of the hook that hold what a person typed.
    pub own: Vec<String>,
}

impl RemoteWords {
    pub(super) fn builtin() -> anyhow::Result<Self> {
        Ok(toml::from_str(include_str!("../../queries/remote.toml"))?)
    }

    /// The methods that take the schema of the handler's member `name`.
    pub fn validators(&self, name: &str) -> impl Iterator<Item = &str> {
        self.validators.iter().filter(move |(_, member)| member == name).map(|(method, _)| method.as_str())
    }
}
