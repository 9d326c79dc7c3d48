//! The rows of `queries/configuration.toml`.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::config::ConfigurationRule;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rows {
    pub(super) file: Vec<FileRow>,
    pub(super) fact: Vec<FactRow>,
    pub(super) variables: Variables,
    pub(super) image: Vec<ImageRow>,
    pub(super) switch: Vec<SwitchRow>,
}

/// A kind of file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileRow {
    pub(super) id: String,
    pub(super) format: Format,
    /// Globs of the file's name.
    pub(super) name: Vec<String>,
    /// Globs of its path.
    pub(super) path: Vec<String>,
    /// Paths of keys that it must have.
    pub(super) has: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    #[default]
    Yaml,
    Env,
    Braces,
}

/// What a path of keys in such a file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FactRow {
    pub(super) file: Vec<String>,
    pub(super) path: String,
    pub(super) kind: String,
    pub(super) provider: String,
    /// The `[[prefix]]` table that gives the provider of a model's name.
    pub(super) table: String,
    /// A glob of the value.
    #[serde(rename = "match")]
    pub(super) fits: String,
    /// `key=glob` of a mapping on the way.
    pub(super) when: String,
    /// The SDK whose calls it decides, where their code leaves the model to this file.
    pub(super) decides: String,
}

/// Ends of variables' names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Variables {
    pub(super) secret: Vec<String>,
    pub(super) model: Vec<String>,
    pub(super) endpoint: Vec<String>,
    pub(super) region: Vec<String>,
    pub(super) provider: Vec<String>,
}

/// A container image that runs models, reaches them or keeps vectors.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ImageRow {
    pub(super) pattern: String,
    pub(super) provider: String,
}

/// What an SDK sends unless it is told not to, and what tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SwitchRow {
    pub(super) sdk: String,
    pub(super) variable: String,
    /// Values that switch it off.
    pub(super) off: Vec<String>,
    pub(super) provider: String,
    /// Names of variables that look as if they did.
    pub(super) like: Vec<String>,
    /// Functions that switch it off.
    pub(super) call: Vec<String>,
    #[allow(dead_code, reason = "kept for whoever reads the row")]
    pub(super) src: String,
}

impl Rows {
    /// The user's own rows, which come first. The format of a file is told by its ending.
    pub(super) fn add(&mut self, own: &[ConfigurationRule]) {
        for (n, rule) in own.iter().enumerate() {
            for glob in &rule.file {
                let id = format!("own {n} {glob}");
                let ending = glob.rsplit('.').next().unwrap_or_default();
                let format = match ending {
                    "env" => Format::Env,
                    "tf" | "bicep" | "tfvars" => Format::Braces,
                    _ if glob.rsplit('/').next().is_some_and(|name| name.starts_with(".env")) => Format::Env,
                    _ => Format::Yaml,
                };
                self.file.insert(0, FileRow { id: id.clone(), format, path: vec![glob.clone()], ..FileRow::default() });
                self.fact.push(FactRow {
                    file: vec![id],
                    path: rule.path.clone(),
                    kind: rule.kind.clone(),
                    provider: rule.provider.clone().unwrap_or_default(),
                    fits: rule.fits.clone(),
                    ..FactRow::default()
                });
            }
        }
    }

    pub(super) fn builtin() -> Result<Rows> {
        toml::from_str(include_str!("../../queries/configuration.toml")).context("queries/configuration.toml")
    }
}

/// `a > b > *`
pub(super) fn keys(path: &str) -> Vec<&str> {
    path.split('>').map(str::trim).collect()
}
