//! `towhom dpia`: the description of processing, its answers file, and the check for a build server.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::output;
use super::{Input, Surroundings, print, progress};
use crate::config::{self, Config};
use crate::dpia::answers::{self, Answers, Numbers};
use crate::dpia::model::Document;
use crate::dpia::names::Names;
use crate::dpia::wording::Wording;
use crate::dpia::{self, date, revision};
use crate::inventory::Inventory;
use crate::report::dpia::{csv, dpv, html, markdown, marks, pia};

#[derive(Debug, Args)]
pub(super) struct Dpia {
    /// The folder to describe; by default this one
    path: Option<PathBuf>,

    #[command(flatten)]
    input: Input,

    /// Format; by default by the ending of --output, else md
    #[arg(long, short, value_enum)]
    format: Option<Format>,

    /// Language of the document
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    lang: String,

    /// Where to write it; "-" for standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The answers of people; by default dpia.toml of the folder
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,

    /// Add new questions to the answers file; nothing in it is changed or removed
    #[arg(long)]
    update_answers: bool,

    /// Exit with 1 if this document does not match the code, or a required answer is missing; by default DPIA.md
    #[arg(long, value_name = "DOCUMENT", num_args = 0..=1, conflicts_with_all = ["output", "format"])]
    check: Option<Option<PathBuf>>,

    /// An inventory written by `towhom scan --format json`, to be described without a scan
    #[arg(long, value_name = "JSON")]
    inventory: Option<PathBuf>,

    /// The day of the run, as 2026-11-22; by default SOURCE_DATE_EPOCH, else today
    #[arg(long, value_name = "DATE")]
    date: Option<String>,

    /// Replace a document that was edited by hand between the marks
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Markdown
    Md,
    /// A page that needs nothing else
    Html,
    /// A file for the CNIL's PIA software
    Pia,
    /// JSON-LD with the Data Privacy Vocabulary
    Dpv,
    /// The record of processing activities (Art. 30) as a table
    Csv,
}

/// A description, and what it was made of.
pub(super) struct Made {
    pub(super) document: Document,
    pub(super) names: Names,
    numbers: Numbers,
    config: Config,
    folder: PathBuf,
    answers_path: PathBuf,
    answers_text: String,
}

pub(super) fn run(args: Dpia, around: &mut Surroundings<'_>) -> anyhow::Result<u8> {
    let wording = Wording::load(&args.lang)?;
    let source = Source {
        path: args.path.as_ref(),
        input: &args.input,
        inventory: args.inventory.as_ref(),
        answers: args.answers.as_ref(),
        date: args.date.as_deref(),
    };
    let made = make(&source, around)?;
    if args.update_answers {
        let say = |q: &dpia::model::Question| wording.plain(&q.say);
        let text = answers::updated(&made.answers_text, &made.document, &made.numbers, &say);
        output::write_file(&made.answers_path, &text)?;
    }
    if let Some(file) = &args.check {
        return check(file.as_deref(), &made, around);
    }
    if args.update_answers && args.output.is_none() && args.format.is_none() {
        return Ok(0);
    }
    let format = match (args.format, &args.output) {
        (Some(format), _) => format,
        (None, Some(path)) if path.as_os_str() != "-" => by_ending(path)?,
        _ => Format::Md,
    };
    let text = match format {
        Format::Md => markdown::render(&made.document, &wording),
        Format::Html => html::render(&made.document, &wording),
        Format::Pia => pia::render(&made.document, &wording)?,
        Format::Dpv => dpv::render(&made.document)?,
        Format::Csv => csv::render(&made.document, &wording),
    };
    match args.output.filter(|p| p.as_os_str() != "-") {
        Some(path) => write(&path, &text, format, &made, &wording, args.force)?,
        None => print(around, &text)?,
    }
    around.stdout.flush()?;
    Ok(0)
}

/// With marks where the format has comments, so that the file can be told from one that was edited.
fn write(path: &Path, text: &str, format: Format, made: &Made, wording: &Wording, force: bool) -> anyhow::Result<()> {
    let text = match format {
        // These have no comments.
        Format::Pia | Format::Dpv | Format::Csv => text.to_owned(),
        Format::Md | Format::Html => {
            let state = crate::report::dpia::state(&made.document, wording);
            let fresh = marks::wrap(text, &wording.language, &state);
            let old = match fs::read_to_string(path) {
                Ok(old) => old,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
                Err(e) => bail!("cannot read `{}`, which is to be written: {e}", path.display()),
            };
            marks::merge(&old, &fresh, &path.display().to_string(), force)?
        }
    };
    output::write_file(path, &text)
}

fn by_ending(path: &Path) -> anyhow::Result<Format> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("md" | "markdown") => Ok(Format::Md),
        Some("html" | "htm") => Ok(Format::Html),
        Some("csv") => Ok(Format::Csv),
        Some("jsonld") => Ok(Format::Dpv),
        Some("json") => Ok(Format::Pia),
        _ => bail!("cannot tell the format of `{}` by its ending; give --format", path.display()),
    }
}

/// What a description is to be made of.
pub(super) struct Source<'a> {
    pub(super) path: Option<&'a PathBuf>,
    pub(super) input: &'a Input,
    pub(super) inventory: Option<&'a PathBuf>,
    pub(super) answers: Option<&'a PathBuf>,
    pub(super) date: Option<&'a str>,
}

pub(super) fn make(args: &Source<'_>, around: &mut Surroundings<'_>) -> anyhow::Result<Made> {
    let epoch = (around.env)("SOURCE_DATE_EPOCH").and_then(|v| v.into_string().ok()).filter(|v| !v.is_empty());
    let date = date::today(args.date, epoch.as_deref())?;
    let root = args.path.cloned().unwrap_or_else(|| PathBuf::from("."));
    let folder = if root.is_file() { root.parent().map(Path::to_path_buf) } else { None };
    let folder = folder.unwrap_or_else(|| root.clone());
    let inventory = match args.inventory {
        Some(path) => read_inventory(path)?,
        None => scan(args.input, &root, around)?,
    };
    let (config, _) = config::load(&folder, args.input.config.as_deref())?;
    let explicit = args.answers.cloned().or_else(|| config.dpia.answers.as_ref().map(|a| folder.join(a)));
    let (answers, answers_text) = Answers::load(&folder, explicit.as_deref())?;
    let answers_path = explicit.unwrap_or_else(|| folder.join(answers::FILE_NAME));
    let own = config.providers.iter().map(|p| (p.id.clone(), p.name.clone()));
    let names = Names::new(own);
    // An inventory alone says nothing of the folder it came from.
    let here = args.inventory.is_none() || args.path.is_some();
    let revision = if here { revision::of(&folder) } else { revision::Revision::default() };
    let full = fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
    let name = full.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let input = dpia::Input {
        inventory: &inventory,
        root: here.then_some(folder.as_path()),
        answers: &answers,
        date: &date,
        revision,
        name: &name,
        names: names.clone(),
    };
    let (document, numbers) = dpia::build(&input)?;
    Ok(Made { document, names, numbers, config, folder, answers_path, answers_text })
}

fn read_inventory(path: &Path) -> anyhow::Result<Inventory> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the inventory `{}`", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("`{}` is no inventory; write one with `towhom scan --format json`", path.display()))
}

fn scan(input: &Input, root: &Path, around: &mut Surroundings<'_>) -> anyhow::Result<Inventory> {
    let options = crate::scan::ScanOptions {
        root: root.to_path_buf(),
        include_tests: input.include_tests,
        exclude: input.exclude.clone(),
        config: input.config.clone(),
        threads: input.threads.map(Into::into),
        ..crate::scan::ScanOptions::default()
    };
    let line = progress::Line::new(around.stderr_is_terminal);
    let result = crate::scan::scan(&options, &|stage, done, total| line.show(super::Progress { stage, done, total }));
    line.clear();
    result
}

/// What is wrong with a committed document, a line each; the exit code.
fn check(file: Option<&Path>, made: &Made, around: &mut Surroundings<'_>) -> anyhow::Result<u8> {
    let usual = made.config.dpia.document.clone().unwrap_or_else(|| "DPIA.md".into());
    let file = file.map_or_else(|| made.folder.join(usual), Path::to_path_buf);
    let text = fs::read_to_string(&file).with_context(|| {
        format!("cannot read the document `{}`; write it with `towhom dpia -o {0}`", file.display())
    })?;
    let Some(found) = marks::find(&text) else {
        bail!("`{}` has no marks of towhom; write it with `towhom dpia -o`", file.display());
    };
    let wording = Wording::load(found.language)?;
    let now = crate::report::dpia::state(&made.document, &wording);
    let names: BTreeMap<&str, &str> =
        made.document.activities.iter().map(|a| (a.features.id.as_str(), a.features.name.as_str())).collect();
    let name = |part: &str| match names.get(part) {
        Some(name) => format!("the activity \"{name}\" ({part})"),
        None if part == "rest" => "the part that is not of one activity".to_owned(),
        None => format!("the activity {part}"),
    };
    let mut wrong = Vec::new();
    if found.edited {
        wrong.push("it was edited by hand between the marks".to_owned());
    }
    for (part, hash) in &now {
        match found.state.get(part.as_str()) {
            None => wrong.push(format!("{} is new", name(part))),
            Some(old) if old != hash => wrong.push(format!("{} has changed", name(part))),
            Some(_) => {}
        }
    }
    for part in found.state.keys().filter(|p| !now.iter().any(|(n, _)| n == *p)) {
        wrong.push(format!("{} is gone", name(part)));
    }
    let asked = made.document.questions();
    for required in &made.config.dpia.required {
        let of: Vec<_> = asked.iter().filter(|q| q.id == required).collect();
        if of.is_empty() && !answers::KNOWN.contains(&required.as_str()) {
            bail!("[dpia] required: there is no question `{required}`; there are: {}", answers::KNOWN.join(", "));
        }
        for q in of {
            match &q.answer {
                None => wrong.push(format!("{} is required and not answered: [{}.{}]", q.number, q.scope, q.id)),
                Some(a) if a.outdated() => {
                    wrong.push(format!(
                        "{} was answered for another state of the code: [{}.{}]",
                        q.number, q.scope, q.id
                    ));
                }
                Some(_) => {}
            }
        }
    }
    if wrong.is_empty() {
        print(around, &format!("{}: matches the code", file.display()))?;
        return Ok(0);
    }
    let mut lines: Vec<String> = wrong.iter().map(|w| format!("{}: {w}", file.display())).collect();
    let language = if wording.language == "en" { String::new() } else { format!(" --lang {}", wording.language) };
    lines.push(format!(
        "`towhom dpia -o {}{language}` writes it anew; what was before and after the marks stays",
        file.display()
    ));
    print(around, &lines.join("\n"))?;
    Ok(1)
}
