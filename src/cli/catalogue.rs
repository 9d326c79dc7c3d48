//! `towhom catalogue`: what is known, or which of it a repository uses.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::{Engine, Surroundings, print};

/// What is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueOptions {
    pub word: Option<String>,
    pub language: Option<String>,
    pub operation: Option<String>,
    pub provider: Option<String>,
    /// Only rows that calls of this folder or file are recognised by.
    pub used_in: Option<PathBuf>,
    pub config: Option<PathBuf>,
    pub format: CatalogueFormat,
}

#[derive(Debug, Args)]
pub(super) struct CatalogueArgs {
    /// Only what has this word in its id, package, provider, operation or names
    word: Option<String>,

    /// Only rows for this language
    #[arg(long, value_enum)]
    language: Option<Language>,

    /// Only rows of this operation: chat, embedding, fine_tune …
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,

    /// Only rows of this provider, by id or name
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,

    /// Only rows that calls in this folder or file are recognised by
    #[arg(long, value_name = "PATH")]
    used_in: Option<PathBuf>,

    /// Settings with rows of your own; by default towhom.toml of this folder, or of --used-in
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Format of the list
    #[arg(long, short, value_enum, default_value_t)]
    format: CatalogueFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Python,
    #[value(alias = "typescript", alias = "javascript", alias = "ts")]
    Js,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CatalogueFormat {
    #[default]
    Text,
    /// Every row, for programs
    Json,
    /// A page: SDKs and hosts with their recipients
    Markdown,
}

pub(super) fn run<S>(args: CatalogueArgs, engine: &Engine<S>, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
    let options = CatalogueOptions {
        word: args.word,
        language: args.language.map(|l| if l == Language::Python { "python" } else { "js" }.to_owned()),
        operation: args.operation,
        provider: args.provider,
        used_in: args.used_in,
        config: args.config,
        format: args.format,
    };
    match (engine.catalogue)(&options)? {
        Some(text) => print(around, &text),
        None => bail!("nothing in the catalogue fits; `towhom catalogue` without filters lists everything"),
    }
}
