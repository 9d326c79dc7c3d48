//! The pipeline: a folder in, an [`Inventory`] out.

mod ways;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

mod lowered;
mod read;

pub use lowered::Lowered;
use read::{Read, read_all};

use crate::activities;
use crate::catalogue::Catalogue;
use crate::classify::Fields;
use crate::config::Config;
use crate::discover::{self, DiscoverOptions, Discovered, Files};
use crate::id;
use crate::inputs::Inputs;
use crate::inventory::{
    Diagnostic, Flow, Inventory, Location, ModelCall, Output, PersonalDataField, SCHEMA_VERSION, Tool,
};
use crate::ir::FileIr;
use crate::link::{FuncId, Program};
use crate::outputs::Forward;
use crate::path::Path;
use crate::personal::PersonalData;
use crate::place;
use crate::project::Project;
use crate::sinks::{self, Sink, provider};
use crate::suppress;
use crate::trace::{Shared, Tracer};
use crate::why;

/// What to scan, and how.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    pub root: PathBuf,
    /// Report calls and flows of test code too.
    pub include_tests: bool,
    pub exclude: Vec<String>,
    pub config: Option<PathBuf>,
    /// Threads to use; none for as many as there are processors.
    pub threads: Option<usize>,
    /// The files to scan, if they do not lie in the folder `root`.
    pub files: Option<Arc<dyn Files>>,
    /// Lowered files, shared between scans of trees that have most of their files in common.
    pub lowered: Option<Arc<Lowered>>,
}

/// Called with what is being done, how much of it is done, and how much there is.
pub type Progress<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// Deep syntax trees are walked by recursion.
const STACK: usize = 128 << 20;

/// Scan a folder or a file, or the files of a list.
///
/// # Errors
/// If the path cannot be read, or the configuration has a mistake.
pub fn scan(options: &ScanOptions, progress: Progress<'_>) -> anyhow::Result<Inventory> {
    let found = pool(options)?.install(|| finish(prepare(options, progress)?, options, progress, None))?;
    Ok(found.0)
}

/// Scan two trees that have most of their files in common: those are parsed once.
///
/// # Errors
/// As [`scan`].
pub fn scan_both(
    before: &ScanOptions,
    after: &ScanOptions,
    progress: Progress<'_>,
) -> anyhow::Result<(Inventory, Inventory)> {
    let lowered = Some(Arc::new(Lowered::default()));
    let before = ScanOptions { lowered: lowered.clone(), ..before.clone() };
    let after = ScanOptions { lowered, ..after.clone() };
    pool(&after)?.install(|| {
        let first = prepare(&before, progress).context("the base revision")?;
        let second = prepare(&after, progress)?;
        let (first, second) =
            rayon::join(|| finish(first, &before, progress, None), || finish(second, &after, progress, None));
        Ok((first.context("the base revision")?.0, second?.0))
    })
}

/// A call that a row of the catalogue speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recognised {
    pub location: Location,
    /// The `id` of the `[[call]]` row.
    pub row: String,
    /// Something is there that the row says is sent: content or a file.
    pub given: bool,
}

/// The calls of a folder or file that rows of the catalogue speak of, those that send nothing too. For those who write
/// rows: a row that no call is listed with does nothing.
///
/// # Errors
/// If the path cannot be read, or the configuration has a mistake.
pub fn recognise(options: &ScanOptions) -> anyhow::Result<Vec<Recognised>> {
    pool(options)?.install(|| {
        let Prepared { config, found, read, .. } = prepare(options, &|_, _, _| ())?;
        let catalogue = Catalogue::with(config.catalogue_rows())?;
        let (project, _) = project(&found, &read.files);
        let program = Program::new(read.files, project, &catalogue);
        let mut rows: Vec<Recognised> = sinks::recognised(&program, &config)
            .into_iter()
            .map(|(gv, row)| Recognised {
                location: place::of(&program, gv),
                row: catalogue.call_row(row).id.clone(),
                given: sinks::is_given(&program, gv, catalogue.call_row(row)),
            })
            .collect();
        rows.sort();
        Ok(rows)
    })
}

fn pool(options: &ScanOptions) -> anyhow::Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .stack_size(STACK)
        .build()
        .context("cannot start threads")
}

/// What is known before anything is linked.
struct Prepared {
    config: Config,
    config_path: Option<PathBuf>,
    found: Discovered,
    read: Read,
}

fn prepare(options: &ScanOptions, progress: Progress<'_>) -> anyhow::Result<Prepared> {
    let (config, config_path) = match &options.files {
        Some(files) if options.config.is_none() => {
            let text = files.read(crate::config::FILE_NAME).ok().and_then(|b| String::from_utf8(b).ok());
            crate::config::of_text(text.as_deref())?
        }
        _ => crate::config::load(&options.root, options.config.as_deref())?,
    };
    let mut exclude = options.exclude.clone();
    exclude.extend(config.exclude.iter().cloned());
    let own = config.configurations.iter().flat_map(|row| row.file.iter().cloned()).collect();
    let opts = DiscoverOptions { exclude, configs: own };
    let found = match &options.files {
        Some(files) => discover::of_list(files, &opts)?,
        None => discover::discover(&options.root, &opts)?,
    };
    let watch: Vec<String> = config.sources.iter().filter_map(|s| s.name.clone()).collect();
    let read = read_all(&found, &watch, options.lowered.as_deref(), progress);
    Ok(Prepared { config, config_path, found, read })
}

fn project(found: &Discovered, files: &[(Arc<FileIr>, bool)]) -> (Project, Vec<Diagnostic>) {
    let paths: Vec<Arc<str>> = files.iter().map(|(f, _)| f.path.clone()).collect();
    Project::new(&paths, &configs(found))
}

/// The configuration files, with their text.
fn configs(found: &Discovered) -> Vec<(Arc<str>, String)> {
    found.configs.iter().filter_map(|path| Some((path.clone(), found.read_text(path).ok()?))).collect()
}

/// Scan, and follow what stands at a place: `FILE:LINE`, the file relative to the scanned folder.
///
/// # Errors
/// As for [`scan`], and if the place is not a file of the scan and a line.
pub fn explain_place(options: &ScanOptions, place: &str, progress: Progress<'_>) -> anyhow::Result<String> {
    let (file, line) = place
        .rsplit_once(':')
        .and_then(|(file, line)| Some((file.trim_start_matches("./"), line.parse::<u32>().ok()?)))
        .with_context(|| format!("`{place}` is no place: write FILE:LINE, such as app/models.py:12"))?;
    let (inventory, trails) =
        pool(options)?.install(|| finish(prepare(options, progress)?, options, progress, Some((file, line))))?;
    why::render(&inventory, file, line, &trails)
}

fn finish(
    prepared: Prepared,
    options: &ScanOptions,
    progress: Progress<'_>,
    asked: Option<(&str, u32)>,
) -> anyhow::Result<(Inventory, Vec<why::FieldTrail>)> {
    let Prepared { config, config_path, found, read } = prepared;
    let catalogue = Catalogue::with(config.catalogue_rows())?;
    let mut personal = PersonalData::builtin()?;
    for rule in &config.categories {
        for field in &rule.fields {
            personal.add(field, &rule.category, Some(rule.special_category));
        }
    }
    let mut inventory = Inventory {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "towhom".into(), version: env!("CARGO_PKG_VERSION").into() },
        ..Inventory::default()
    };
    inventory.coverage = read.coverage;
    inventory.diagnostics = read.diagnostics;

    let evidence = crate::evidence::read(&configs(&found), &catalogue, &config.configurations)?;
    let (project, more) = project(&found, &read.files);
    inventory.diagnostics.extend(more);
    progress("Linking", 0, 1);
    let program = Program::new(read.files, project, &catalogue);
    let known = Known { personal, decided: evidence.decided() };
    let trails = analyse(&program, &config, known, options, progress, asked, &mut inventory);
    let declared = config.providers.iter().filter_map(|p| p.host.clone()).collect();
    evidence.apply(&program, &declared, &mut inventory);
    inventory.coverage.calls_by_config = inventory.model_calls.iter().filter(|c| c.provider == "by-config").count();
    suppress::settle(&mut inventory, &read::comments(&program), &config)?;
    if let Some(path) = config_path {
        hidden(&config, &path.display().to_string(), &found, &mut inventory);
    }
    inventory.diagnostics.sort();
    inventory.diagnostics.dedup();
    Ok((inventory, trails))
}

/// What the program does not say.
struct Known {
    personal: PersonalData,
    /// Packages whose calls a platform's file tells to send.
    decided: BTreeSet<String>,
}

fn analyse(
    program: &Program<'_>,
    config: &Config,
    known: Known,
    options: &ScanOptions,
    progress: Progress<'_>,
    asked: Option<(&str, u32)>,
    inventory: &mut Inventory,
) -> Vec<why::FieldTrail> {
    let fields = Fields::new(program, known.personal);
    let mut inputs = Inputs::new(program, config);
    let all = sinks::find(program, config, known.decided);
    let sends_words = |s: &&Sink| {
        // What a function of the user's own gives back is not known to be an answer.
        s.user_call.is_none() && s.operation != "tool" && crate::outputs::answers(&s.operation)
    };
    inputs.set_model_calls(all.iter().filter(sends_words).map(|s| (s.gv, s.operation.clone(), callee(program, s))));
    inputs.files = sinks::files(program);
    let shown: Vec<&Sink> = all.iter().filter(|s| options.include_tests || !program.in_test(s.gv.func)).collect();
    inventory.coverage.calls_in_test =
        all.iter().filter(|s| program.in_test(s.gv.func) && !sinks::if_personal(program, s)).count();
    inventory.personal_data_fields = fields
        .all()
        .into_iter()
        .filter_map(|(class, declared)| {
            let in_test = program.in_test[program.class_file(class).0 as usize];
            (options.include_tests || !in_test).then(|| PersonalDataField {
                location: declared.location.clone(),
                name: declared.name.clone(),
                owner: declared.owner.clone(),
                category: declared.category.clone(),
                special_category: declared.special,
                in_test,
            })
        })
        .collect();
    inventory.personal_data_fields.sort_by(|a, b| (&a.location, &a.name).cmp(&(&b.location, &b.name)));
    let models: BTreeSet<Location> = all.iter().map(|s| place::of(program, s.gv)).collect();
    inventory.requests = inputs.remote.elsewhere.iter().filter(|r| !models.contains(&r.location)).cloned().collect();
    inventory.requests.sort();
    inventory.requests.dedup();

    let shared = Shared { program, fields: &fields, inputs: &inputs };
    let forward = Forward::new(program, &inputs, &all);
    let ids = call_ids(program, &shown);
    let registered = provider::telemetry::registered(program);
    let done = AtomicUsize::new(0);
    // Calls near each other ask the same questions. The groups do not depend on the number of threads.
    let traced: Vec<Vec<Traced>> = shown
        .par_chunks(TOGETHER)
        .zip(ids.par_chunks(TOGETHER))
        .map(|(sinks, ids)| {
            let mut tracer = Tracer::new(shared);
            let of_group = sinks.iter().zip(ids).map(|(sink, id)| {
                let traced = trace(shared, &mut tracer, &forward, &registered, (sink, id));
                progress("Tracing", done.fetch_add(1, Ordering::Relaxed) + 1, shown.len());
                traced
            });
            of_group.collect()
        })
        .collect();
    let reported = |sink: &Sink, t: &Traced| !t.flows.is_empty() || !sinks::if_personal(program, sink);
    let (shown, traced): (Vec<&Sink>, Vec<Traced>) =
        shown.into_iter().zip(traced.into_iter().flatten()).filter(|(sink, t)| reported(sink, t)).unzip();
    let sinks_by_function: Vec<_> = shown.iter().zip(&traced).map(|(s, t)| (s.gv.func, t.call.id.clone())).collect();
    let mut groups = activities::group(program, &inputs, &sinks_by_function);
    let (mut flows, mut outputs) = (Vec::new(), Vec::new());
    for t in traced {
        inventory.model_calls.push(t.call);
        flows.extend(t.flows);
        outputs.extend(t.outputs);
        inventory.diagnostics.extend(t.diagnostics);
    }
    inventory.model_references = sinks::models::named(program, options.include_tests);
    inventory.practices = sinks::practices::find(program, &all, options.include_tests);
    let on_way = flows.iter_mut().map(|w: &mut ways::Way| (&mut w.flow, &w.on));
    activities::assign(program, &mut groups, on_way, &mut outputs);
    let mut serving: FxHashMap<String, usize> = FxHashMap::default();
    for call in groups.activities.iter().flat_map(|a| &a.calls) {
        *serving.entry(call.clone()).or_default() += 1;
    }
    inventory.flows = ways::most_direct(flows, &serving);
    inventory.outputs = outputs.into_iter().map(|(output, _)| output).collect();
    inventory.activities = groups.activities;
    sinks::provider::from_same_file(&mut inventory.model_calls);
    sinks::provider::telemetry::collected(program, shown.iter().copied(), &mut inventory.model_calls);
    inventory.model_calls.sort_by(|a, b| (&a.location, &a.id).cmp(&(&b.location, &b.id)));
    inventory.flows.sort_by(|a, b| {
        let key = |f: &Flow| (f.call.clone(), f.source.location.clone(), f.source.label.clone(), f.id.clone());
        key(a).cmp(&key(b))
    });
    inventory.outputs.sort();
    unmatched(config, &inputs, &all, inventory);
    match asked {
        Some((file, line)) => why::trails(program, &fields, &forward, file, line),
        None => Vec::new(),
    }
}

struct Traced {
    call: ModelCall,
    flows: Vec<ways::Way>,
    /// Each with the functions that the answer came up to.
    outputs: Vec<(Output, Vec<FuncId>)>,
    diagnostics: Vec<Diagnostic>,
}

fn call_ids(program: &Program<'_>, sinks: &[&Sink]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    sinks
        .iter()
        .map(|sink| {
            let file = &program.file(program.file_of(sink.gv.func)).path;
            let function = program.qualified(sink.gv.func);
            let name = callee(program, sink);
            let key = format!("{file}\u{0}{function}\u{0}{name}");
            let n = seen.entry(key).or_default();
            *n += 1;
            id::of("c", &[file, &function, &name, &n.to_string()])
        })
        .collect()
}

fn callee(program: &Program<'_>, sink: &Sink) -> String {
    use crate::ir::{Seg, ValueKind};
    let (value, member) = match program.kind(sink.gv) {
        ValueKind::Call(call) => (call.callee, None),
        // `litellm.callbacks = [...]`
        ValueKind::Update { base, path, .. } => (*base, path.first()),
        _ => return String::new(),
    };
    let mut names = sinks::names(program, crate::link::Gv { func: sink.gv.func, value });
    if let Some(Seg::Field(name)) = member {
        names.push(name.clone());
    }
    names.iter().map(|n| &**n).collect::<Vec<_>>().join(".")
}

/// Calls that share what was worked out for one of them.
const TOGETHER: usize = 16;

fn trace<'p>(
    shared: Shared<'p>,
    tracer: &mut Tracer<'p>,
    forward: &Forward<'_>,
    registered: &BTreeSet<String>,
    (sink, id): (&Sink, &str),
) -> Traced {
    let program = shared.program;
    tracer.begin();
    let recipient = provider::recipient(program, tracer, registered, sink);
    tracer.refill();
    let location = place::of(program, sink.gv);
    let mut call = ModelCall {
        id: id.to_owned(),
        location: location.clone(),
        operation: provider::operation(program, sink, &recipient),
        sdk: sink.sdk.clone(),
        provider: recipient.provider,
        candidates: recipient.candidates,
        gateway: recipient.gateway,
        also: recipient.also,
        model: recipient.model,
        model_setting: recipient.model_setting,
        region: recipient.region,
        region_setting: recipient.region_setting,
        endpoint: recipient.endpoint,
        settings: recipient.settings,
        in_test: program.in_test(sink.gv.func),
        confidence: sink.confidence,
        function: program.qualified(sink.gv.func),
        callee: callee(program, sink),
        answer: None,
        asks: sinks::instructions::asks(program, sink),
        circumstances: sinks::circumstances::of(program, shared.inputs, sink),
    };
    let mut ways = ways::Ways::default();
    for sent in &sink.sent {
        let mut all = tracer.sources(sent.value, sent.path.clone(), sent.role, sink.confidence);
        if sent.role == "files" {
            // A file that is named by its path.
            let path = sent.path.then(Path::content_of_file());
            all.extend(tracer.sources(sent.value, path, sent.role, sink.confidence));
        }
        for found in all {
            ways.add(program, id, sent.role, found);
        }
    }
    let flows = ways.into_ways(&sinks::masked::safeguards(program, sink));
    let (uses, whole) = forward.uses(sink);
    let outputs: Vec<(Output, Vec<FuncId>)> = uses
        .into_iter()
        .map(|u| {
            let output = Output {
                call: id.to_owned(),
                use_: u.usage,
                location: u.location,
                label: u.label,
                activities: Vec::new(),
            };
            (output, u.tops)
        })
        .collect();
    call.answer = forward.shape(sink, !outputs.is_empty());
    let ended =
        |message: &str| Diagnostic { kind: "budget".into(), location: Some(location.clone()), message: message.into() };
    let mut diagnostics = Vec::new();
    if tracer.cut {
        diagnostics.push(ended("the walk back from this call was ended by its budget: there may be more sources"));
    }
    if !whole {
        diagnostics.push(ended("the walk of its answer was ended by its budget: there may be more uses of it"));
    }
    Traced { call, flows, outputs, diagnostics }
}

/// The user's rows that matched nothing: a misspelt name must not look like a clean result.
fn unmatched(config: &Config, inputs: &Inputs, sinks: &[Sink], inventory: &mut Inventory) {
    let mut say = |message: String| {
        inventory.diagnostics.push(Diagnostic { kind: "unmatched-row".into(), location: None, message });
    };
    for (n, rule) in config.sources.iter().enumerate() {
        if !inputs.matched.contains(&format!("source {n}")) {
            say(format!("[[source]] {} of towhom.toml matches nothing in the scanned code", rule.label()));
        }
    }
    for (n, rule) in config.safeguards.iter().enumerate() {
        if !inputs.matched.contains(&format!("safeguard {n}")) {
            say(format!("[[safeguard]] {} of towhom.toml matches nothing in the scanned code", rule.call));
        }
    }
    for rule in &config.sinks {
        let used = sinks.iter().any(|s| s.user_call.as_deref() == Some(rule.call.as_str()));
        if !used {
            say(format!("[[sink]] {} of towhom.toml matches nothing in the scanned code", rule.call));
        }
    }
}

/// What the scanned folder's own configuration hides is named in every output.
fn hidden(config: &Config, path: &str, found: &Discovered, inventory: &mut Inventory) {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    if !config.exclude.is_empty() {
        let n = found.skipped.get("excluded").map_or(0, Vec::len);
        inventory.diagnostics.push(Diagnostic {
            kind: "hidden-by-config".into(),
            location: None,
            message: format!("{name} excludes {n} file(s): {}", config.exclude.join(", ")),
        });
    }
    for rule in config.safeguards.iter().filter(|r| r.drop) {
        inventory.diagnostics.push(Diagnostic {
            kind: "hidden-by-config".into(),
            location: None,
            message: format!("{name} leaves out every flow through {}", rule.call),
        });
    }
}
