//! `towhom merge`: the inventories of several repositories as one register of AI processing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::output::{self, Target};
use super::{Surroundings, print, with_newline};
use crate::inventory::Inventory;
use crate::report::{json, register};

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Inventories, as `towhom scan --format json` writes them; NAME=FILE gives the repository another name than the file
    #[arg(required = true, value_name = "FILE")]
    inventories: Vec<String>,

    /// An earlier register, as JSON, to say what changed
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,

    /// Format of the register; may be repeated, each with its own --output
    #[arg(long, short, value_enum)]
    format: Vec<Format>,

    /// Where to write it, "-" for standard output; without --format, the ending says the format
    #[arg(long, short, value_name = "FILE")]
    output: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
    Csv,
    Html,
}

impl output::Kind for Format {
    const DEFAULT: Format = Format::Json;

    fn by_name(name: &str) -> Option<Format> {
        match name.rsplit('.').next()? {
            "json" => Some(Format::Json),
            "csv" => Some(Format::Csv),
            "html" => Some(Format::Html),
            _ => None,
        }
    }

    fn endings() -> &'static str {
        ".json, .csv or .html"
    }
}

pub(super) fn run(args: &Merge, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
    let outputs = output::pair(&args.format, &args.output)?;
    let mut inventories: BTreeMap<String, Inventory> = BTreeMap::new();
    for given in &args.inventories {
        let (name, path) = named(given);
        let inventory = json::read(&path)?;
        if inventories.insert(name.clone(), inventory).is_some() {
            bail!("two inventories are named `{name}`; name one with NAME=FILE");
        }
    }
    let mut merged = register::merge(&inventories);
    if let Some(previous) = &args.previous {
        merged.changes = Some(register::changes(&merged, &register::read(previous)?));
    }
    let rendered: Vec<_> = outputs
        .into_iter()
        .map(|output| {
            let text = match output.format {
                Format::Json => register::json(&merged),
                Format::Csv => register::csv::render(&merged),
                Format::Html => register::html::render(&merged),
            };
            (output, text)
        })
        .collect();
    for (output, text) in &rendered {
        if let Target::File(path) = &output.target {
            output::write_file(path, &with_newline(text))?;
        }
    }
    for (output, text) in &rendered {
        if output.target == Target::Stdout {
            print(around, text)?;
        }
    }
    Ok(())
}

/// `NAME=FILE`, or a file that is named after its repository. A file of that whole name goes first.
fn named(given: &str) -> (String, PathBuf) {
    let whole = Path::new(given);
    if !whole.exists()
        && let Some((name, path)) = given.split_once('=')
        && !name.is_empty()
    {
        return (name.to_owned(), PathBuf::from(path));
    }
    let stem = whole.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    (stem, whole.to_path_buf())
}
