//! `towhom diff`: two revisions, or two inventory files, and what of the change calls for a review of the DPIA.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::{Args, ValueEnum};

use super::output::{self, Target};
use super::{Color, Input, Surroundings, Writing, print, progress, with_newline};
use crate::diff::{self, Severity, Side, Texts, acknowledge};
use crate::discover::{DiscoverOptions, Files, discover};
use crate::inventory::{Inventory, SCHEMA_VERSION};
use crate::report::triggers::{self, Compared};
use crate::scan::{ScanOptions, scan, scan_both};
use crate::vcs::{Repository, Tree};

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// What to compare with: a commit, or an inventory file (.json)
    base: String,

    /// What to look at: a commit, or an inventory file; by default the work tree, in a bare repository HEAD
    head: Option<String>,

    /// The repository, or a folder in it
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,

    /// Look at what is staged for the next commit
    #[arg(long, conflicts_with = "head")]
    index: bool,

    /// Compare with the commit that BASE and HEAD have in common, as a pull request does
    #[arg(long)]
    merge_base: bool,

    /// Say how the calls of the two revisions were matched
    #[arg(long)]
    explain: bool,

    /// Keep inventories of commits in this folder, and read them from there
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,

    /// Reviewed triggers; by default dpia.toml of the repository
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,

    #[command(flatten)]
    input: Input,

    #[command(flatten)]
    writing: Writing<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    /// For a comment on a pull request or the summary of a job
    Markdown,
    Json,
    Sarif,
}

impl output::Kind for Format {
    const DEFAULT: Format = Format::Text;

    fn by_name(name: &str) -> Option<Format> {
        match name.rsplit('.').next()? {
            "json" => Some(Format::Json),
            "sarif" => Some(Format::Sarif),
            "md" => Some(Format::Markdown),
            "txt" => Some(Format::Text),
            _ => None,
        }
    }

    fn endings() -> &'static str {
        ".json, .sarif, .md or .txt"
    }
}

pub(super) fn run(args: Diff, around: &mut Surroundings<'_>) -> anyhow::Result<u8> {
    let outputs = output::pair(&args.writing.format, &args.writing.output)?;
    let line = progress::Line::new(around.stderr_is_terminal && !args.writing.quiet);
    let compared = compare(&args, &|stage, done, total| line.show(super::Progress { stage, done, total }));
    line.clear();
    let compared = compared?;

    let color = args.writing.color.wanted(around);
    let rendered = outputs.into_iter().map(|output| {
        let color = color && (output.target == Target::Stdout || args.writing.color == Color::Always);
        let text = match output.format {
            Format::Text => triggers::text(&compared, color),
            Format::Markdown => triggers::markdown(&compared),
            Format::Json => triggers::json(&compared),
            Format::Sarif => crate::report::triggers_sarif::render(&compared)?,
        };
        Ok((output, text))
    });
    let rendered: Vec<(output::Output<Format>, String)> = rendered.collect::<anyhow::Result<_>>()?;
    for (output, text) in &rendered {
        if let Target::File(path) = &output.target {
            output::write_file(path, &with_newline(text))?;
        }
    }
    if args.explain {
        write!(around.stderr, "{}", compared.comparison.explanation)?;
    }
    for (output, text) in &rendered {
        if output.target == Target::Stdout {
            print(around, text)?;
        }
    }
    around.stdout.flush()?;
    let least = match args.writing.fail_on.least() {
        None => return Ok(0),
        Some(super::Severity::Low) => Severity::Low,
        Some(super::Severity::Medium) => Severity::Medium,
        Some(super::Severity::High) => Severity::High,
    };
    let open = compared.comparison.triggers.iter().filter(|t| t.acknowledged.is_none());
    Ok(u8::from(open.into_iter().any(|t| t.severity >= least)))
}

pub(super) fn options(input: &Input) -> ScanOptions {
    ScanOptions {
        root: PathBuf::from("."),
        include_tests: input.include_tests,
        exclude: input.exclude.clone(),
        config: input.config.clone(),
        threads: input.threads.map(Into::into),
        ..ScanOptions::default()
    }
}

fn compare(args: &Diff, progress: crate::scan::Progress<'_>) -> anyhow::Result<Compared> {
    let (mut compared, answers) = compare_unanswered(args, progress)?;
    let answers = match &args.answers {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            Some((text, path.display().to_string()))
        }
        None => answers.map(|text| (text, acknowledge::FILE_NAME.to_owned())),
    };
    if let Some((text, name)) = answers {
        acknowledge::acknowledge(&mut compared.comparison.triggers, &text, &name)?;
    }
    Ok(compared)
}

/// The comparison, and the text of the head's own answers file.
fn compare_unanswered(args: &Diff, progress: crate::scan::Progress<'_>) -> anyhow::Result<(Compared, Option<String>)> {
    if is_inventory(&args.base) && args.head.as_deref().is_some_and(is_inventory) {
        let head = args.head.clone().unwrap_or_default();
        let (before, after) = (read_inventory(&args.base)?, read_inventory(&head)?);
        let comparison = diff::compare(&before, &after, None);
        return Ok((Compared { base: args.base.clone(), head, comparison }, None));
    }
    let repository = Repository::open(&args.repo)?;
    let (name, head) = head(args, &repository)?;
    if is_inventory(&args.base) {
        let before = read_inventory(&args.base)?;
        let after = scan(&head.options(args), progress)?;
        let comparison = diff::compare(&before, &after, None);
        return Ok((Compared { base: args.base.clone(), head: name, comparison }, head.text(acknowledge::FILE_NAME)));
    }
    let mut base = repository.commit(&args.base)?;
    if args.merge_base {
        let other = if let Tip::Commit(_) = head { name.clone() } else { repository.commit("HEAD")? };
        base = repository.merge_base(&base, &other)?;
    }
    let before = repository.files(&base)?;
    let texts = Both { changed: head.changed(&before), before: Arc::clone(&before), after: head };
    if !texts.changed.iter().any(|f| matters(f)) {
        return Ok((Compared { base, head: name, comparison: diff::Comparison::default() }, None));
    }
    let first = ScanOptions { files: Some(before), ..options(&args.input) };
    let second = texts.after.options(args);
    let cache = Cache::new(args)?;
    let head_id = matches!(texts.after, Tip::Commit(_)).then_some(&*name);
    let (before, after) = match (cache.read(Some(&base)), cache.read(head_id)) {
        (Some(before), Some(after)) => (before, after),
        (Some(before), None) => (before, scan(&second, progress)?),
        (None, Some(after)) => (scan(&first, progress).context("the base revision")?, after),
        (None, None) => scan_both(&first, &second, progress)?,
    };
    cache.write(Some(&base), &before)?;
    cache.write(head_id, &after)?;
    let comparison = diff::compare(&before, &after, Some(&texts));
    let answers = texts.after.text(acknowledge::FILE_NAME);
    Ok((Compared { base, head: name, comparison }, answers))
}

/// Inventories of commits, by commit and by what else decides their content.
struct Cache<'a> {
    folder: Option<&'a Path>,
    key: String,
}

impl Cache<'_> {
    fn new(args: &Diff) -> anyhow::Result<Cache<'_>> {
        let mut parts = vec![env!("CARGO_PKG_VERSION").to_owned(), args.input.include_tests.to_string()];
        parts.extend(args.input.exclude.iter().cloned());
        if let Some(config) = &args.input.config {
            parts.push(std::fs::read_to_string(config).unwrap_or_default());
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let key = crate::id::of("", &parts);
        let folder = args.cache.as_deref();
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        }
        Ok(Cache { folder, key })
    }

    fn file(&self, commit: Option<&str>) -> Option<PathBuf> {
        Some(self.folder?.join(format!("{}-{}.json", commit?, self.key)))
    }

    /// An entry that cannot be read is made anew.
    fn read(&self, commit: Option<&str>) -> Option<Inventory> {
        serde_json::from_str(&std::fs::read_to_string(self.file(commit)?).ok()?).ok()
    }

    fn write(&self, commit: Option<&str>, inventory: &Inventory) -> anyhow::Result<()> {
        match self.file(commit) {
            Some(file) if !file.exists() => output::write_file(&file, &crate::report::json::render(inventory)),
            _ => Ok(()),
        }
    }
}

/// Where the head's files are.
enum Tip {
    Commit(Arc<Tree>),
    Index(Arc<Tree>),
    WorkTree(PathBuf),
}

fn head(args: &Diff, repository: &Repository) -> anyhow::Result<(String, Tip)> {
    if args.index {
        return Ok(("index".to_owned(), Tip::Index(repository.index()?)));
    }
    match (&args.head, repository.work_tree()) {
        (None, Some(folder)) => Ok(("work tree".to_owned(), Tip::WorkTree(folder.to_path_buf()))),
        (name, _) => {
            let id = repository.commit(name.as_deref().unwrap_or("HEAD"))?;
            let files = repository.files(&id)?;
            Ok((id, Tip::Commit(files)))
        }
    }
}

impl Tip {
    fn options(&self, args: &Diff) -> ScanOptions {
        let options = options(&args.input);
        match self {
            Tip::Commit(files) | Tip::Index(files) => ScanOptions { files: Some(Arc::clone(files) as _), ..options },
            Tip::WorkTree(folder) => ScanOptions { root: folder.clone(), ..options },
        }
    }

    /// The files that differ from `before`, sorted.
    fn changed(&self, before: &Tree) -> Vec<Arc<str>> {
        let mut changed: Vec<Arc<str>> = Vec::new();
        let old = before.list().iter().map(|f| &f.path);
        match self {
            Tip::Commit(after) | Tip::Index(after) => {
                changed.extend(old.filter(|p| before.id(p) != after.id(p)).cloned());
                changed.extend(after.list().iter().map(|f| &f.path).filter(|p| before.id(p).is_none()).cloned());
            }
            Tip::WorkTree(folder) => {
                let read = |path: &str| std::fs::read(folder.join(path)).ok();
                let differs = |path: &&Arc<str>| read(path) != before.read(path).ok();
                changed.extend(old.filter(differs).cloned());
                // What is not tracked yet, as far as a scan would read it.
                if let Ok(found) = discover(folder, &DiscoverOptions::default()) {
                    let new = found.files.iter().map(|f| &f.path).chain(&found.configs);
                    changed.extend(new.filter(|p| before.id(p).is_none()).cloned());
                }
            }
        }
        changed.sort();
        changed.dedup();
        changed
    }

    fn text(&self, path: &str) -> Option<String> {
        let bytes = match self {
            Tip::Commit(files) | Tip::Index(files) => files.read(path).ok()?,
            Tip::WorkTree(folder) => std::fs::read(folder.join(path)).ok()?,
        };
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

struct Both {
    changed: Vec<Arc<str>>,
    before: Arc<Tree>,
    after: Tip,
}

impl Texts for Both {
    fn changed_files(&self) -> &[Arc<str>] {
        &self.changed
    }

    fn text(&self, side: Side, path: &str) -> Option<String> {
        match side {
            Side::Base => self.before.read(path).ok().map(|b| String::from_utf8_lossy(&b).into_owned()),
            Side::Head => self.after.text(path),
        }
    }
}

/// Whether a change of the file can change what a scan finds.
fn matters(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    !matches!(ending, "md" | "mdx" | "rst" | "png" | "jpg" | "jpeg" | "gif" | "svg" | "css" | "scss" | "pdf" | "woff2")
}

fn is_inventory(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == "json") && Path::new(name).is_file()
}

fn read_inventory(path: &str) -> anyhow::Result<Inventory> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{path}`"))?;
    let inventory: Inventory = serde_json::from_str(&text)
        .map_err(|e| anyhow!("`{path}` is not an inventory ({e}); write one with `towhom baseline`"))?;
    if inventory.schema_version != SCHEMA_VERSION {
        bail!(
            "`{path}` has version {} of the format, and this program reads {SCHEMA_VERSION}; write it anew with \
             `towhom baseline`",
            inventory.schema_version
        );
    }
    Ok(inventory)
}
