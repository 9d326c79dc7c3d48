//! The `towhom` program: hands the parts of the library to the command line.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use towhom::cli::{self, CatalogueFormat, Engine, Progress, Severity};
use towhom::inventory::{Inventory, Location};
use towhom::report::{catalogue, codequality, cyclonedx, fingerprint, github, json, sarif, schema, terminal};
use towhom::rules::{self, Level};
use towhom::suppress;

/// A scan is many small allocations on all threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A finished scan, and where its files are.
struct Scan {
    inventory: Inventory,
    root: PathBuf,
}

const ENGINE: Engine<Scan> = Engine {
    scan: |options, progress| {
        let say = |stage: &'static str, done: usize, total: usize| progress(Progress { stage, done, total });
        let mut inventory = towhom::scan(&library_options(options), &say)?;
        if let Some(path) = &options.baseline {
            let name = path.display().to_string();
            suppress::accept(&mut inventory, &json::read(path)?, &name);
        }
        let file = options.root.is_file();
        let root = if file { options.root.parent().map(PathBuf::from) } else { None };
        Ok(Scan { inventory, root: root.unwrap_or_else(|| options.root.clone()) })
    },
    text: |scan, options| {
        let options = terminal::TerminalOptions {
            paths: options.paths,
            color: options.color,
            ..terminal::TerminalOptions::default()
        };
        Ok(terminal::render(&scan.inventory, &options))
    },
    json: |scan| Ok(json::render(&scan.inventory)),
    sarif: |scan, host| {
        let read: Mutex<HashMap<Arc<str>, Vec<String>>> = Mutex::new(HashMap::new());
        let hash = |location: &Location| {
            let mut read = read.lock().ok()?;
            let hashes = read.entry(location.file.clone()).or_insert_with(|| {
                let text = std::fs::read_to_string(scan.root.join(&*location.file));
                text.map(|t| fingerprint::line_hashes(&t)).unwrap_or_default()
            });
            hashes.get(location.line.checked_sub(1)? as usize).cloned()
        };
        let options = sarif::SarifOptions {
            line_hash: &hash,
            hide_suppressed: host.hide_suppressed,
            path_prefix: host.path_prefix.clone(),
            category: host.category.clone(),
            ..sarif::SarifOptions::default()
        };
        sarif::render(&scan.inventory, &options)
    },
    cyclonedx: |scan| Ok(cyclonedx::render(&scan.inventory)),
    codequality: |scan, host| Ok(codequality::render(&scan.inventory, host.path_prefix.as_deref())),
    github: |scan, host| Ok(github::render(&scan.inventory, host.path_prefix.as_deref())),
    severities: |scan| {
        let findings = rules::findings(&scan.inventory);
        findings
            .iter()
            .map(|f| match f.level {
                Level::Error => Severity::High,
                Level::Warning => Severity::Medium,
                Level::Note => Severity::Low,
            })
            .collect()
    },
    explain: rules::explain,
    rules: || rules::RULES.iter().map(|r| (r.id.to_owned(), r.short.to_owned())).collect(),
    schema: || schema::INVENTORY.to_owned(),
    why: |options, place, progress| {
        let say = |stage: &'static str, done: usize, total: usize| progress(Progress { stage, done, total });
        towhom::explain_place(&library_options(options), place, &say)
    },
    catalogue: |options| {
        let folder = options.used_in.clone().unwrap_or_else(|| PathBuf::from("."));
        let root =
            if folder.is_file() { folder.parent().map(PathBuf::from).unwrap_or_default() } else { folder.clone() };
        let (config, _) = towhom::config::load(&root, options.config.as_deref())?;
        let own = config.catalogue_rows();
        let rows = match &options.used_in {
            Some(path) => {
                let scan = towhom::ScanOptions {
                    root: path.clone(),
                    config: options.config.clone(),
                    ..towhom::ScanOptions::default()
                };
                Some(towhom::recognise(&scan)?.into_iter().map(|r| r.row).collect())
            }
            None => None,
        };
        let filter = catalogue::Filter {
            language: options.language.clone(),
            operation: options.operation.clone(),
            provider: options.provider.clone(),
            word: options.word.clone(),
            rows,
        };
        let known = towhom::catalogue::Catalogue::with(own.clone())?;
        let list = match options.format {
            CatalogueFormat::Text => catalogue::text,
            CatalogueFormat::Json => catalogue::json,
            CatalogueFormat::Markdown => catalogue::markdown,
        };
        Ok(list(&known, &own, &filter))
    },
};

fn library_options(options: &cli::ScanOptions) -> towhom::ScanOptions {
    towhom::ScanOptions {
        root: options.root.clone(),
        include_tests: options.include_tests,
        exclude: options.exclude.clone(),
        config: options.config.clone(),
        threads: options.threads.map(Into::into),
        ..towhom::ScanOptions::default()
    }
}

fn main() -> ExitCode {
    cli::main(&ENGINE)
}
