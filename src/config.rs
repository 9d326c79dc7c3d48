//! The user's settings, `towhom.toml`: what to leave out, and sources, sinks, safeguards and words of their own.
//!
//! A misspelled key is an error, never a setting that silently does nothing. `docs/configuration.md` documents the file.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde::Deserialize;

use crate::catalogue::rows::{CallRow, CatalogueFile, HostRow, ProviderRow, TypeRow};

/// Looked for in the scanned folder.
pub const FILE_NAME: &str = "towhom.toml";

/// The JSON Schema of the file, for editors and for the reference in `docs/configuration.md`.
pub const SCHEMA: &str = include_str!("config.schema.json");

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Globs in the syntax of `.gitignore`, relative to the scanned folder.
    pub exclude: Vec<String>,
    #[serde(rename = "source")]
    pub sources: Vec<SourceRule>,
    #[serde(rename = "sink")]
    pub sinks: Vec<SinkRule>,
    #[serde(rename = "safeguard")]
    pub safeguards: Vec<SafeguardRule>,
    #[serde(rename = "category")]
    pub categories: Vec<CategoryRule>,
    #[serde(rename = "provider")]
    pub providers: Vec<ProviderRule>,
    #[serde(rename = "configuration")]
    pub configurations: Vec<ConfigurationRule>,
    #[serde(rename = "ignore")]
    pub ignores: Vec<IgnoreRule>,
    /// Rows as in the catalogue, for clients that `sink` is too plain for.
    #[serde(rename = "type")]
    pub types: Vec<TypeRow>,
    #[serde(rename = "call")]
    pub calls: Vec<CallRow>,
    pub dpia: DpiaRule,
}

/// What `towhom dpia` finds where, and which answers it must find.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DpiaRule {
    /// The document that `--check` looks at, below the scanned folder.
    pub document: Option<String>,
    /// The answers file, below the scanned folder.
    pub answers: Option<String>,
    /// Questions that must be answered: `purpose`, `basis` …
    pub required: Vec<String>,
}

impl Config {
    /// The catalogue rows of the file, to be put before the built-in ones.
    #[must_use]
    pub fn catalogue_rows(&self) -> CatalogueFile {
        let provider = |p: &ProviderRule| ProviderRow {
            id: p.id.clone(),
            name: p.name.clone(),
            kind: "model".into(),
            schemes: Vec::new(),
            own_hosts: false,
        };
        let host = |p: &ProviderRule| {
            let pattern = p.host.clone()?;
            Some(HostRow { pattern, provider: p.id.clone(), ..HostRow::default() })
        };
        CatalogueFile {
            types: self.types.clone(),
            calls: self.calls.clone(),
            provider: self.providers.iter().map(provider).collect(),
            host: self.providers.iter().filter_map(host).collect(),
            ..CatalogueFile::default()
        }
    }
}

/// A place where personal data enter. Exactly one of `call`, `name`, `parameter`, `attribute` and `string` is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRule {
    /// The result of a function: `crm.get_customer`, `@acme/crm#getCustomer`, or the last part of it.
    pub call: Option<String>,
    /// A variable.
    pub name: Option<String>,
    /// A function's parameter: `handle.payload`, or `payload` of any function.
    pub parameter: Option<String>,
    /// A member: `Customer.notes`, or `notes` of anything.
    pub attribute: Option<String>,
    /// A string literal, by its whole text.
    pub string: Option<String>,
    #[serde(default = "other")]
    pub category: String,
    /// What to call it in a report.
    pub label: Option<String>,
    #[serde(default = "user_defined")]
    pub kind: String,
}

/// What a [`SourceRule`] looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceMatch<'a> {
    Call(&'a str),
    Name(&'a str),
    Parameter(&'a str),
    Attribute(&'a str),
    String(&'a str),
}

impl SourceRule {
    /// What to call it in a report.
    #[must_use]
    pub fn label(&self) -> String {
        if let Some(label) = &self.label {
            return label.clone();
        }
        match self.matches() {
            Some(
                SourceMatch::Call(s)
                | SourceMatch::Name(s)
                | SourceMatch::Parameter(s)
                | SourceMatch::Attribute(s)
                | SourceMatch::String(s),
            ) => s.to_owned(),
            None => "source".to_owned(),
        }
    }

    /// The one key that is given; [`load`] has checked that there is one.
    #[must_use]
    pub fn matches(&self) -> Option<SourceMatch<'_>> {
        self.given().next()
    }

    fn given(&self) -> impl Iterator<Item = SourceMatch<'_>> {
        [
            self.call.as_deref().map(SourceMatch::Call),
            self.name.as_deref().map(SourceMatch::Name),
            self.parameter.as_deref().map(SourceMatch::Parameter),
            self.attribute.as_deref().map(SourceMatch::Attribute),
            self.string.as_deref().map(SourceMatch::String),
        ]
        .into_iter()
        .flatten()
    }
}

/// A function of the project that hands data to a model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkRule {
    pub call: String,
    pub provider: String,
    /// The arguments that are sent; without them, all.
    #[serde(default)]
    pub arguments: Vec<Argument>,
    #[serde(default = "chat")]
    pub operation: String,
    pub model: Option<String>,
}

/// An argument by its position from 0, or by its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "an argument is a position from 0, such as 0, or a name, such as \"text\"")]
pub enum Argument {
    Position(u32),
    Name(String),
}

/// A function of the project that protects what goes through it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeguardRule {
    pub call: String,
    #[serde(default = "redaction")]
    pub kind: String,
    /// Its result is not personal data any more: flows end here. Without it they are shown with the safeguard on them.
    #[serde(default)]
    pub drop: bool,
}

/// Names of fields that are personal data in this project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryRule {
    pub fields: Vec<String>,
    pub category: String,
    #[serde(default)]
    pub special_category: bool,
}

/// A recipient that the catalogue does not know.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderRule {
    pub id: String,
    pub name: String,
    /// The host that its calls go to.
    pub host: Option<String>,
}

/// What a configuration file of the project says of models and recipients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationRule {
    /// Globs, relative to the scanned folder.
    pub file: Vec<String>,
    /// Keys, ` > ` between them; `*` for any key, `**` for any keys or none.
    pub path: String,
    /// `model`, `endpoint`, `region`, `provider`, `setting` or `deployment`.
    pub kind: String,
    pub provider: Option<String>,
    /// A glob of the value.
    #[serde(rename = "match", default)]
    pub fits: String,
}

/// Kinds of facts that a [`ConfigurationRule`] can give.
pub const CONFIGURATION_KINDS: [&str; 6] = ["model", "endpoint", "region", "provider", "setting", "deployment"];

/// Findings that were looked at and are not to be shown again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgnoreRule {
    pub rule: Option<String>,
    /// A glob.
    pub path: Option<String>,
    pub reason: Option<String>,
}

fn other() -> String {
    "other".to_owned()
}

fn user_defined() -> String {
    "user_defined".to_owned()
}

fn chat() -> String {
    "chat".to_owned()
}

fn redaction() -> String {
    "redaction".to_owned()
}

/// The settings for a scan of `root`, and the file they came from: `explicit`, or `towhom.toml` in the folder if it
/// is there.
///
/// # Errors
/// If the file named by `explicit` is not there, or the file is not a configuration.
pub fn load(root: &Path, explicit: Option<&Path>) -> anyhow::Result<(Config, Option<PathBuf>)> {
    let path = match explicit {
        Some(path) => path.to_path_buf(),
        None => {
            let folder = if root.is_file() { root.parent().unwrap_or(root) } else { root };
            let path = folder.join(FILE_NAME);
            if !path.is_file() {
                return Ok((Config::default(), None));
            }
            path
        }
    };
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("cannot read the configuration `{}`; check the path given to --config", path.display())
    })?;
    let config = parse(&text).map_err(|e| anyhow!("{}{e}", path.display()))?;
    Ok((config, Some(path)))
}

/// The settings in the text of a `towhom.toml` that is not read from a folder; none without one.
///
/// # Errors
/// If the text is not a configuration.
pub fn of_text(text: Option<&str>) -> anyhow::Result<(Config, Option<PathBuf>)> {
    match text {
        None => Ok((Config::default(), None)),
        Some(text) => {
            let config = parse(text).map_err(|e| anyhow!("{FILE_NAME}{e}"))?;
            Ok((config, Some(PathBuf::from(FILE_NAME))))
        }
    }
}

/// `:LINE: what is wrong; what to do` on error.
fn parse(text: &str) -> Result<Config, String> {
    let config: Config = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(1, |s| line_of(text, s.start));
        // `unknown field `x`, expected one of `a`, `b``
        let message = e.message().replace("unknown field", "unknown key").replace(", expected", "; expected");
        format!(":{line}: {message}. Correct or remove it; docs/configuration.md lists every key")
    })?;
    check(&config).map_err(|(table, ix, message)| {
        let line = nth_table(text, table, ix);
        format!(":{line}: {message}")
    })?;
    Ok(config)
}

/// What serde cannot say. On error: the table, its number, and the message.
fn check(config: &Config) -> Result<(), (&'static str, usize, String)> {
    for (ix, source) in config.sources.iter().enumerate() {
        let given = source.given().count();
        if given != 1 {
            let message = format!(
                "[[source]] needs exactly one of `call`, `name`, `parameter`, `attribute`, `string`, and has {given}; \
                 write one [[source]] for each"
            );
            return Err(("source", ix, message));
        }
    }
    for (ix, ignore) in config.ignores.iter().enumerate() {
        if ignore.rule.is_none() && ignore.path.is_none() {
            return Err(("ignore", ix, "[[ignore]] needs `rule`, `path` or both; it would hide everything".to_owned()));
        }
        if ignore.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
            return Err(("ignore", ix, "[[ignore]] needs a `reason`: what was looked at, and by whom".to_owned()));
        }
        if let Some(path) = &ignore.path
            && let Err(e) = globset::Glob::new(path)
        {
            return Err(("ignore", ix, format!("`path` of [[ignore]] is not a glob: {e}")));
        }
    }
    for (ix, row) in config.configurations.iter().enumerate() {
        if !CONFIGURATION_KINDS.contains(&row.kind.as_str()) {
            let message = format!("`kind` of [[configuration]] is one of {}", CONFIGURATION_KINDS.join(", "));
            return Err(("configuration", ix, message));
        }
        if row.file.is_empty() || row.path.trim().is_empty() {
            let message = "[[configuration]] needs a `file` and the `path` of its keys".to_owned();
            return Err(("configuration", ix, message));
        }
        for glob in &row.file {
            if let Err(e) = globset::Glob::new(glob) {
                return Err(("configuration", ix, format!("`file` of [[configuration]] is not a glob: {e}")));
            }
        }
    }
    for (ix, category) in config.categories.iter().enumerate() {
        if category.fields.is_empty() {
            return Err(("category", ix, "`fields` of [[category]] is empty; name at least one field".to_owned()));
        }
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// The line of the table's header; 1 where it is written inline.
fn nth_table(text: &str, table: &str, ix: usize) -> usize {
    let header = |line: &str| {
        let inner = line.trim().strip_prefix("[[")?.split_once("]]")?.0;
        (inner.trim() == table).then_some(())
    };
    let mut lines = text.lines().enumerate().filter(|(_, l)| header(l).is_some());
    lines.nth(ix).map_or(1, |(n, _)| n + 1)
}

/// The settings of a text, for callers that have no file.
///
/// # Errors
/// If it is not a configuration.
pub fn from_text(text: &str) -> anyhow::Result<Config> {
    match parse(text) {
        Ok(config) => Ok(config),
        Err(e) => bail!("{FILE_NAME}{e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        from_text(text).unwrap_err().to_string()
    }

    #[test]
    fn the_documented_example_is_a_configuration() {
        let page = include_str!("../docs/configuration.md");
        let start = page.find("```toml\n").unwrap() + 8;
        let example = &page[start..start + page[start..].find("```").unwrap()];
        let config = from_text(example).unwrap();
        assert_eq!(config.exclude, ["legacy/", "**/*.gen.ts"]);
        assert_eq!(config.sources[0].matches(), Some(SourceMatch::Call("crm.get_customer")));
        assert_eq!(config.sinks[0].arguments, [Argument::Position(0), Argument::Name("context".to_owned())]);
        assert_eq!(config.safeguards[0].kind, "redaction");
        assert!(!config.safeguards[0].drop);
        assert!(config.categories[0].special_category);
        assert_eq!(config.providers[0].id, "acme-llm");
        assert_eq!((config.ignores.len(), config.types.len(), config.calls.len()), (1, 1, 1));
    }

    /// The keys that serde knows of a table are those of the schema, and each has a description.
    #[test]
    fn the_schema_has_every_key() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let keys = |table: &serde_json::Value| -> Vec<String> {
            let properties = table["properties"].as_object().unwrap();
            assert!(properties.values().all(|p| p["description"].as_str().is_some_and(|d| !d.is_empty())));
            let mut keys: Vec<String> = properties.keys().cloned().collect();
            keys.sort();
            keys
        };
        // `unknown key `x`; expected one of `a`, `b``
        let known = |text: &str| -> Vec<String> {
            let said = error(text);
            let (_, list) = said.split_once("; expected ").unwrap_or_else(|| panic!("{said}"));
            let mut keys: Vec<String> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            keys.sort();
            keys
        };
        assert_eq!(keys(&schema), known("no-such-key = 1"));
        for (name, table) in schema["properties"].as_object().unwrap() {
            match table["type"].as_str().unwrap() {
                "array" if table["items"]["type"] == "object" => {
                    assert_eq!(keys(&table["items"]), known(&format!("[[{name}]]\nno-such-key = 1")), "[[{name}]]");
                }
                "object" => assert_eq!(keys(table), known(&format!("[{name}]\nno-such-key = 1")), "[{name}]"),
                _ => {}
            }
        }
    }

    #[test]
    fn defaults() {
        let config = from_text("[[source]]\nname = 'x'\n[[sink]]\ncall = 'ask'\nprovider = 'openai'").unwrap();
        assert_eq!((config.sources[0].category.as_str(), config.sources[0].kind.as_str()), ("other", "user_defined"));
        assert_eq!(config.sinks[0].operation, "chat");
    }

    #[test]
    fn errors_say_where_what_and_what_to_do() {
        let e = error("exclude = []\nexlude = ['a']\n");
        assert!(e.starts_with("towhom.toml:2: unknown key `exlude`; expected one of `exclude`, `source`"), "{e}");
        let e = error("[[sink]]\ncall = 'a'\nprovider = 'b'\narguments = [true]");
        assert!(e.contains(":4: an argument is a position from 0"), "{e}");
        let e = error("\n[[sink]]\ncall = 'a'\n");
        assert!(e.contains("missing field `provider`"), "{e}");
        let e = error("[[source]]\nname = 'a'\n\n[[source]]\nname = 'a'\ncall = 'b'");
        assert!(e.starts_with("towhom.toml:4: [[source]] needs exactly one of"), "{e}");
        let e = error("[[ignore]]\npath = 'a/**'\nreason = ' '");
        assert!(e.contains("needs a `reason`"), "{e}");
        let e = error("[[ignore]]\nreason = 'no'");
        assert!(e.contains("it would hide everything"), "{e}");
        let e = error("exclude = [");
        assert!(e.contains("towhom.toml:1"), "{e}");
    }

    #[test]
    fn no_file_is_fine_but_a_named_one_must_be_there() {
        let nowhere = Path::new("/nonexistent-folder");
        assert!(load(nowhere, None).unwrap().1.is_none());
        let e = load(nowhere, Some(Path::new("/nonexistent-folder/x.toml"))).unwrap_err().to_string();
        assert!(e.contains("check the path given to --config"), "{e}");
    }
}
