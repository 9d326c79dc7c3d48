//! The command line: arguments, what is written where, and the exit code. What a scan is, it is told by an [`Engine`].
//!
//! Exit codes: 0 for a run without findings at or above `--fail-on`, 1 for one with, 2 for an error or a bad usage.

mod baseline;
mod catalogue;
mod diff;
mod dpia;
mod graph;
mod hook;
mod init;
mod manual;
mod merge;
mod output;
mod progress;
mod why;
mod writing;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub use catalogue::{CatalogueFormat, CatalogueOptions};
use output::{Output, Target};
pub use progress::Progress;
use writing::{Color, FailOn, Writing};

/// What a scan is asked to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanOptions {
    /// A folder or one file.
    pub root: PathBuf,
    /// Report what stands in test code as well.
    pub include_tests: bool,
    /// Globs of `--exclude`; those of the configuration come on top.
    pub exclude: Vec<String>,
    /// The configuration given with `--config`.
    pub config: Option<PathBuf>,
    /// None for as many as there are cores.
    pub threads: Option<NonZeroUsize>,
    /// An inventory whose findings are accepted.
    pub baseline: Option<PathBuf>,
}

/// How the report for people is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextOptions {
    /// Each step of each flow.
    pub paths: bool,
    pub color: bool,
}

/// How the reports for code hosting services are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeHostOptions {
    /// Leave out of SARIF what was accepted.
    pub hide_suppressed: bool,
    /// The scanned folder's path from the root of the repository.
    pub path_prefix: Option<String>,
    /// Keeps several SARIF files of one repository apart.
    pub category: Option<String>,
}

/// How much a finding matters, for `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    Medium,
    High,
}

/// Is told how far a scan is.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Sync);

/// What the command line drives. `S` is the result of a scan.
#[derive(Debug)]
pub struct Engine<S> {
    pub scan: fn(&ScanOptions, &(dyn Fn(Progress) + Sync)) -> anyhow::Result<S>,
    pub text: fn(&S, &TextOptions) -> anyhow::Result<String>,
    pub json: fn(&S) -> anyhow::Result<String>,
    pub sarif: fn(&S, &CodeHostOptions) -> anyhow::Result<String>,
    /// GitLab's code quality report.
    pub codequality: fn(&S, &CodeHostOptions) -> anyhow::Result<String>,
    pub cyclonedx: fn(&S) -> anyhow::Result<String>,
    /// GitHub's workflow commands.
    pub github: fn(&S, &CodeHostOptions) -> anyhow::Result<String>,
    /// One for each finding.
    pub severities: fn(&S) -> Vec<Severity>,
    /// The help text of a rule.
    pub explain: fn(&str) -> Option<String>,
    /// Every rule: id and title.
    pub rules: fn() -> Vec<(String, String)>,
    /// The JSON Schema of the JSON output.
    pub schema: fn() -> String,
    /// What reaches a call, or where a field goes, by its place.
    pub why: fn(&ScanOptions, &str, Watch<'_>) -> anyhow::Result<String>,
    /// What the catalogue knows; none if nothing fits.
    pub catalogue: fn(&CatalogueOptions) -> anyhow::Result<Option<String>>,
}

#[derive(Debug, Parser)]
#[command(name = "towhom", version, about, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find which personal data a repository sends to which models
    Scan(Scan),
    /// Write what a repository needs to use towhom: settings, baseline, hook, workflow
    Init(init::Init),
    /// Make one register of AI processing of the inventories of several repositories
    Merge(merge::Merge),
    /// Say which changes between two revisions call for a review of the DPIA
    Diff(diff::Diff),
    /// Write the inventory of a revision to a file, to compare later revisions with
    Baseline(baseline::Baseline),
    /// Write the description of processing that Art. 35(7)(a) GDPR asks for, with the evidence of each statement
    Dpia(dpia::Dpia),
    /// Draw which personal data go where
    Graph(graph::Graph),
    /// Say what a rule reports, why it matters and what to do
    Explain {
        /// Without it, every rule is listed
        rule: Option<String>,
    },
    /// Show all that reaches a model call, or where a field goes and where its ways end
    Why(why::Why),
    /// List the SDKs, calls and hosts that are known, or which of them a repository uses
    Catalogue(catalogue::CatalogueArgs),
    /// Print the JSON Schema of the JSON output, or of the settings
    Schema {
        #[arg(value_enum, default_value_t = SchemaOf::Inventory)]
        of: SchemaOf,
    },
    /// What pre-commit runs: stop a commit or push that changes what the DPIA describes
    Hook(hook::Hook),
    /// Print a completion script
    Completions {
        /// The shell it is for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man(manual::Manual),
}

#[derive(Debug, Args)]
struct Scan {
    /// The folder or file to scan
    #[arg(default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    input: Input,

    #[command(flatten)]
    report: Report,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
struct Input {
    /// Report model calls in test code as well
    #[arg(long)]
    include_tests: bool,

    /// Leave out what matches, as in .gitignore; may be repeated
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,

    /// Settings; by default towhom.toml of the scanned folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Number of threads; by default one for each core
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
struct Report {
    #[command(flatten)]
    writing: Writing<Format>,

    /// Show each step from the source to the model
    #[arg(long)]
    paths: bool,

    /// Accept the findings of an earlier inventory (`--write-baseline`, `--format json`): only new ones count
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write the inventory as the baseline of later runs; nothing else is changed
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,

    /// Leave accepted findings out of SARIF: code scanning would show them as open
    #[arg(long)]
    hide_suppressed: bool,

    /// The scanned folder's path from the root of the repository, for SARIF, code quality and annotations
    #[arg(long, value_name = "PATH")]
    path_prefix: Option<String>,

    /// Category of the SARIF file: keeps several scans of one repository apart
    #[arg(long, value_name = "NAME")]
    sarif_category: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
    /// GitLab's code quality report
    Codequality,
    /// A bill of materials: models, services and the data that go to them (CycloneDX 1.6)
    Cyclonedx,
    /// Annotations of a GitHub workflow run
    Github,
}

impl output::Kind for Format {
    const DEFAULT: Format = Format::Text;

    fn by_name(name: &str) -> Option<Format> {
        if name.ends_with(".cdx.json") {
            return Some(Format::Cyclonedx);
        }
        match name.rsplit('.').next()? {
            "json" => Some(Format::Json),
            "sarif" => Some(Format::Sarif),
            "txt" => Some(Format::Text),
            _ => None,
        }
    }

    fn endings() -> &'static str {
        ".json, .sarif, .cdx.json or .txt"
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SchemaOf {
    /// Of `scan --format json` and `baseline`
    Inventory,
    /// Of `diff --format json`
    Diff,
    /// Of `towhom.toml`
    Config,
}

/// The program around the command line, so that tests can stand in for it.
struct Surroundings<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    env: fn(&str) -> Option<OsString>,
}

/// The whole program.
#[must_use]
pub fn main<S>(engine: &Engine<S>) -> ExitCode {
    let mut around = Surroundings {
        stdout: &mut io::stdout(),
        stderr: &mut io::stderr(),
        stdout_is_terminal: io::stdout().is_terminal(),
        stderr_is_terminal: io::stderr().is_terminal(),
        env: |name| std::env::var_os(name),
    };
    ExitCode::from(run(std::env::args_os(), engine, &mut around))
}

fn run<S>(args: impl IntoIterator<Item = OsString>, engine: &Engine<S>, around: &mut Surroundings<'_>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            // Help goes to standard output with 0, a bad usage to standard error with 2.
            let text = e.render();
            let color = Color::Auto.wanted(around);
            let text = if color { text.ansi().to_string() } else { text.to_string() };
            let out: &mut dyn Write = if e.use_stderr() { around.stderr } else { around.stdout };
            let _ = out.write_all(text.as_bytes());
            return u8::try_from(e.exit_code()).unwrap_or(2);
        }
    };
    match command(cli, engine, around) {
        Ok(code) => code,
        // The reader, such as `head`, has seen enough.
        Err(e) if is_broken_pipe(&e) => 0,
        Err(e) => {
            let _ = writeln!(around.stderr, "error: {e:#}");
            2
        }
    }
}

fn command<S>(cli: Cli, engine: &Engine<S>, around: &mut Surroundings<'_>) -> anyhow::Result<u8> {
    match cli.command {
        Command::Scan(args) => return scan(args, engine, around),
        Command::Init(args) => init::run(&args, engine, around)?,
        Command::Hook(args) => return hook::run(&args, around),
        Command::Merge(args) => merge::run(&args, around)?,
        Command::Man(args) => manual::run(&args, around)?,
        Command::Why(args) => why::run(args, engine, around)?,
        Command::Catalogue(args) => catalogue::run(args, engine, around)?,
        Command::Diff(args) => return diff::run(args, around),
        Command::Baseline(args) => baseline::run(args, around)?,
        Command::Schema { of: SchemaOf::Inventory } => print(around, &(engine.schema)())?,
        Command::Schema { of: SchemaOf::Diff } => print(around, crate::report::schema::TRIGGERS)?,
        Command::Schema { of: SchemaOf::Config } => print(around, crate::config::SCHEMA)?,
        Command::Dpia(args) => return dpia::run(args, around),
        Command::Graph(args) => return graph::run(args, around),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "towhom", &mut script);
            around.stdout.write_all(&script)?;
        }
        Command::Explain { rule: Some(rule) } => match (engine.explain)(&rule) {
            Some(text) => print(around, &text)?,
            None => {
                let known: Vec<_> = (engine.rules)().into_iter().map(|(id, _)| id).collect();
                bail!("there is no rule `{rule}`; the rules are: {}", known.join(", "));
            }
        },
        Command::Explain { rule: None } => {
            let rules = (engine.rules)();
            let width = rules.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
            let lines: Vec<_> = rules.iter().map(|(id, title)| format!("{id:width$}  {title}")).collect();
            print(around, &lines.join("\n"))?;
        }
    }
    around.stdout.flush()?;
    Ok(0)
}

fn scan<S>(args: Scan, engine: &Engine<S>, around: &mut Surroundings<'_>) -> anyhow::Result<u8> {
    let Scan { path, input, report } = args;
    let writing = report.writing;
    let outputs = output::pair(&writing.format, &writing.output)?;
    let only_sarif = outputs.iter().all(|o| o.format == Format::Sarif);
    if only_sarif && writing.fail_on != FailOn::None && !writing.quiet {
        writeln!(
            around.stderr,
            "warning: --fail-on has no effect where SARIF is the only format: its readers take an exit code other \
             than 0 for a failed run"
        )?;
    }
    let Input { include_tests, exclude, config, threads } = input;
    let options = ScanOptions { root: path, include_tests, exclude, config, threads, baseline: report.baseline };

    let line = progress::Line::new(around.stderr_is_terminal && !writing.quiet);
    let result = (engine.scan)(&options, &|p| line.show(p));
    line.clear();
    let result = result?;

    let host = CodeHostOptions {
        hide_suppressed: report.hide_suppressed,
        path_prefix: report.path_prefix,
        category: report.sarif_category,
    };
    // Everything is rendered before anything is written: an error leaves the old files as they were.
    let color = writing.color.wanted(around);
    let rendered = outputs.into_iter().map(|output| {
        let color = color && (output.target == Target::Stdout || writing.color == Color::Always);
        let text = match output.format {
            Format::Text => (engine.text)(&result, &TextOptions { paths: report.paths, color }),
            Format::Json => (engine.json)(&result),
            Format::Sarif => (engine.sarif)(&result, &host),
            Format::Codequality => (engine.codequality)(&result, &host),
            Format::Cyclonedx => (engine.cyclonedx)(&result),
            Format::Github => (engine.github)(&result, &host),
        };
        Ok((output, text?))
    });
    let rendered: Vec<(Output<Format>, String)> = rendered.collect::<anyhow::Result<_>>()?;
    let baseline = match report.write_baseline {
        Some(path) => Some((path, (engine.json)(&result)?)),
        None => None,
    };
    // Files first: a reader that closes the pipe must not cost them.
    if let Some((path, text)) = &baseline {
        output::write_file(path, &with_newline(text))?;
    }
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
    around.stdout.flush()?;

    let least = writing.fail_on.least().filter(|_| !only_sarif);
    let fails = least.is_some_and(|least| (engine.severities)(&result).into_iter().any(|s| s >= least));
    Ok(u8::from(fails))
}

fn print(around: &mut Surroundings<'_>, text: &str) -> anyhow::Result<()> {
    around.stdout.write_all(with_newline(text).as_bytes()).context("cannot write to standard output")
}

fn with_newline(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_empty() || text.ends_with('\n') { text.into() } else { format!("{text}\n").into() }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests;
