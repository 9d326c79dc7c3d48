//! Where data enter the program, what lessens them, and what is kept under a key: the catalogue's rows, matched against
//! the program once, before the walks.

mod defined;
mod files;
mod guards;
mod imported;
mod marked;
mod mounts;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalogue::{Catalogue, InputBy, InputRow, Lang};
use crate::config::Config;
use crate::inventory::Confidence;
use crate::ir::{Call, CallKind, Export, FnIx, FnKind, Function, Sym, TypeExpr, ValueId, ValueKind};
use crate::link::{Abs, FileId, FuncId, Gv, Program, Resolver, together};
use crate::named::{ends_with, is_named, is_only, refers_to};
use crate::path::Path;
use crate::remote::{Remote, route_of};

pub(crate) use files::{Files, Written, decoded};

/// An input of the program.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) kind: String,
    pub(crate) label: String,
    pub(crate) category: String,
    pub(crate) confidence: Confidence,
    /// Paths within the value that count; empty: everything.
    only: Vec<Vec<String>>,
    /// The value is made of what it was given (a decoder), not selected by it.
    pub(crate) passes: bool,
    /// Code of the tree that runs elsewhere calls the function by its name: what it hands over enters with it.
    pub(crate) called: bool,
    /// Known by the parameter's type alone: where callers of the tree hand it on, it enters with them.
    pub(crate) by_type: bool,
}

/// A safeguard at a call.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) kind: Sym,
    pub(crate) name: Sym,
    pub(crate) clears: bool,
    /// The user wants flows through it left out.
    pub(crate) drop: bool,
    /// What it is called on goes in as well: `text.replace(…)`, `hash.digest()`.
    pub(crate) receiver: bool,
}

#[derive(Default)]
pub(crate) struct Inputs {
    calls: FxHashMap<Gv, Input>,
    reads: FxHashMap<Gv, Input>,
    params: FxHashMap<(FuncId, u32), Input>,
    user: FxHashMap<Gv, Input>,
    guards: FxHashMap<Gv, Guard>,
    model_calls: FxHashMap<Gv, (&'static str, String)>,
    /// What is written into the files that the program reads.
    pub(crate) files: Files,
    /// Functions that the outside world calls, and how.
    pub(crate) entries: FxHashMap<FuncId, String>,
    /// The calls that made them routes: `router.post("/x")`.
    routes: FxHashMap<FuncId, Gv>,
    /// What other parts of the tree send to them.
    pub(crate) remote: Remote,
    /// Functions whose result goes to the outside caller.
    answers: FxHashSet<FuncId>,
    /// The user's functions whose results are personal data.
    sources: Vec<(String, Input)>,
    /// The user's functions whose results are no personal data any more.
    drops: Vec<String>,
    /// Which of the user's rows matched something: `source 0`, `safeguard 2`.
    pub(crate) matched: FxHashSet<String>,
}

impl Input {
    /// Whether what is asked at `path` is part of the input.
    pub(crate) fn covers(&self, path: &Path) -> bool {
        self.only.is_empty() || path.is_whole() || self.only.iter().any(|only| begins(path, only))
    }

    /// Whether the name is how the input itself is read (`request.json()`), not a field of it.
    pub(crate) fn member(&self, name: &str) -> bool {
        self.only.iter().any(|only| only.last().is_some_and(|n| n == name))
    }
}

/// Whether the path goes into `only`, or `only` lies along the path (`data.user.email` of a hook for `user.email`).
fn begins(path: &Path, only: &[String]) -> bool {
    let names: Vec<&str> = path.names().map(|(n, _)| &**n).collect();
    let shared = only.len().min(names.len());
    let fits = |part: &[&str]| only.iter().zip(part).all(|(a, b)| a == b || a == "*");
    fits(&names[..shared]) || (only.len() <= names.len() && names.windows(only.len()).any(fits))
}

impl Inputs {
    /// No inputs: for walks that ask for constants.
    pub(crate) fn none() -> Self {
        Inputs::default()
    }

    pub(crate) fn call(&self, gv: Gv) -> Option<&Input> {
        self.calls.get(&gv)
    }

    pub(crate) fn read(&self, gv: Gv) -> Option<&Input> {
        self.reads.get(&gv)
    }

    pub(crate) fn param(&self, func: FuncId, ix: u32) -> Option<&Input> {
        self.params.get(&(func, ix))
    }

    pub(crate) fn user(&self, gv: Gv) -> Option<&Input> {
        self.user.get(&gv)
    }

    /// Whether a callee is one of the user's functions whose results are no personal data any more.
    pub(crate) fn drops(&self, program: &Program<'_>, callee: &Abs) -> bool {
        self.drops.iter().any(|name| is_named(program, callee, name))
    }

    /// Whether a value that is handed over is such a function: `map(scrub, xs)`.
    pub(crate) fn drops_by(&self, program: &Program<'_>, resolver: &mut Resolver<'_>, value: Gv) -> bool {
        self.drops.iter().any(|name| refers_to(program, resolver, value, name))
    }

    pub(crate) fn safeguard(&self, gv: Gv) -> Option<&Guard> {
        self.guards.get(&gv)
    }

    /// For a model call: the category and the label of its answer as a source.
    pub(crate) fn model_call(&self, gv: Gv) -> Option<(&'static str, &str)> {
        self.model_calls.get(&gv).map(|(category, label)| (*category, label.as_str()))
    }

    /// Tell of the model calls: each with its operation and callee.
    pub(crate) fn set_model_calls(&mut self, calls: impl IntoIterator<Item = (Gv, String, String)>) {
        self.model_calls = calls
            .into_iter()
            .map(|(gv, operation, callee)| {
                let (category, what) = match operation.as_str() {
                    "audio" => ("communications_content", "speech as text, from"),
                    "embedding" | "moderation" | "vector_upsert" | "rerank" => ("other", "result of"),
                    _ => ("free_text", "answer of"),
                };
                (gv, (category, format!("{what} {callee}")))
            })
            .collect();
    }

    /// Whether what the function returns goes to whoever called the program.
    pub(crate) fn answers(&self, func: FuncId) -> bool {
        self.answers.contains(&func)
    }

    /// Match all rows. The result does not depend on the number of threads.
    pub(crate) fn new(program: &Program<'_>, config: &Config) -> Self {
        let all: Vec<FuncId> = program.functions().collect();
        let parts: Vec<Vec<Inputs>> = all
            .par_chunks(together(all.len()))
            .map(|funcs| {
                let mut resolver = Resolver::new(program, Some(&program.call_graph));
                funcs.iter().map(|func| Matcher::new(program, config, *func, &mut resolver).run()).collect()
            })
            .collect();
        let mut inputs = Inputs::default();
        for part in parts.into_iter().flatten() {
            inputs.calls.extend(part.calls);
            inputs.reads.extend(part.reads);
            inputs.params.extend(part.params);
            inputs.user.extend(part.user);
            inputs.guards.extend(part.guards);
            inputs.entries.extend(part.entries);
            inputs.routes.extend(part.routes);
            inputs.answers.extend(part.answers);
            inputs.matched.extend(part.matched);
        }
        by_file(program, &mut inputs);
        inputs.sources =
            config.sources.iter().filter_map(|row| Some((row.call.clone()?, defined::input(row)))).collect();
        inputs.drops = config.safeguards.iter().filter(|row| row.drop).map(|row| row.call.clone()).collect();
        inputs.remote = Remote::new(program, &inputs.entries);
        mounts::mount(program, &mut inputs.entries, &inputs.routes);
        mounts::name_procedures(&inputs.remote.procedures, &mut inputs.entries);
        inputs
    }
}

/// Matches the rows against one function.
struct Matcher<'r, 'p> {
    program: &'p Program<'p>,
    catalogue: &'p Catalogue,
    config: &'p Config,
    func: FuncId,
    f: &'p Function,
    lang: Lang,
    resolver: &'r mut Resolver<'p>,
    out: Inputs,
}

impl<'r, 'p> Matcher<'r, 'p> {
    fn new(program: &'p Program<'p>, config: &'p Config, func: FuncId, resolver: &'r mut Resolver<'p>) -> Self {
        Matcher {
            program,
            catalogue: program.catalogue,
            config,
            func,
            f: program.function(func),
            lang: program.lang(func),
            resolver,
            out: Inputs::default(),
        }
    }

    fn gv(&self, value: ValueId) -> Gv {
        Gv { func: self.func, value }
    }

    fn run(mut self) -> Inputs {
        for (i, value) in self.f.values.iter().enumerate() {
            let id = ValueId(u32::try_from(i).unwrap_or(u32::MAX));
            match &value.kind {
                ValueKind::Call(call) if call.kind != CallKind::Decorator => self.call(id, call),
                ValueKind::Field(..) => self.read(id),
                ValueKind::Str(text) => {
                    for (n, row) in self.config.sources.iter().enumerate() {
                        if row.string.as_deref() == Some(&**text) {
                            self.mark_user(n, id);
                        }
                    }
                }
                _ => {}
            }
        }
        if !self.config.sources.is_empty() {
            for (name, value) in &self.f.named_reads {
                self.user_name(name, *value);
            }
            for param in &self.f.params {
                for (n, row) in self.config.sources.iter().enumerate() {
                    if row.parameter.as_deref() == Some(&*param.name) {
                        self.mark_user(n, param.value);
                    }
                }
            }
        }
        self.imported();
        self.marked();
        self.decorated();
        self.passed();
        self.typed_params();
        self.out
    }

    fn user_name(&mut self, name: &str, value: ValueId) {
        for (n, row) in self.config.sources.iter().enumerate() {
            if row.name.as_deref() == Some(name) {
                self.mark_user(n, value);
            }
        }
    }

    fn mark_user(&mut self, row: usize, value: ValueId) {
        let input = defined::input(&self.config.sources[row]);
        self.out.matched.insert(format!("source {row}"));
        let gv = self.gv(value);
        self.out.user.insert(gv, input);
    }

    /// The canonical path and the written names of a callee or read.
    fn names(&mut self, value: ValueId) -> (Option<Sym>, Vec<Sym>) {
        let mut names = Vec::new();
        let mut at = value;
        for _ in 0..8 {
            match self.f.kind_of(at) {
                ValueKind::Field(base, name) => {
                    names.push(name.clone());
                    at = *base;
                }
                ValueKind::Call(call) => at = call.callee,
                ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                    at = *base;
                }
                ValueKind::Free(name) => {
                    names.push(name.clone());
                    break;
                }
                ValueKind::Import(ix) => {
                    names.push(self.program.file(self.program.file_of(self.func)).imports[*ix as usize].local.clone());
                    break;
                }
                ValueKind::Param(ix) => {
                    names.push(self.f.params[*ix as usize].name.clone());
                    break;
                }
                ValueKind::This => {
                    names.push(Sym::from("this"));
                    break;
                }
                _ => {
                    if let Some((name, _)) = self.f.locals.iter().find(|(_, v)| v.contains(&at)) {
                        names.push(name.clone());
                    }
                    break;
                }
            }
        }
        names.reverse();
        let gv = self.gv(value);
        let path = self.resolver.resolve(gv).into_iter().find_map(|abs| match abs {
            Abs::Ext(path) => Some(path),
            _ => None,
        });
        (path, names)
    }

    /// Whether the file has to do with one of the packages: it imports one, or what is matched comes from one.
    fn concerns(&self, packages: &[String], path: Option<&str>) -> bool {
        let from = |p: &String| {
            path.and_then(|path| path.strip_prefix(p.as_str())).is_some_and(|rest| rest.starts_with(['.', '#', '/']))
        };
        packages.is_empty() || packages.iter().any(from) || {
            let file = self.program.file(self.program.file_of(self.func));
            file.imports.iter().any(|i| {
                packages.iter().any(|p| {
                    i.module.strip_prefix(p.as_str()).is_some_and(|r| r.is_empty() || r.starts_with(['.', '/']))
                })
            })
        }
    }

    fn call(&mut self, id: ValueId, call: &'p Call) {
        let gv = self.gv(id);
        let (path, names) = self.names(call.callee);
        let words: Vec<&str> = names.iter().map(|n| &**n).collect();
        for (n, row) in self.config.sources.iter().enumerate() {
            if row.call.as_deref().is_some_and(|c| is_only(self.program, gv, &words, c)) {
                self.mark_user(n, id);
            }
        }
        if self.guarded(gv, call, path.as_deref(), &words) {
            return;
        }
        let rows = self.catalogue.inputs_by(self.lang, InputBy::Call, path.as_deref(), &words);
        if let Some(row) = rows.into_iter().find(|r| self.concerns(&r.with_import, path.as_deref())) {
            let input = input_of(row);
            self.out.calls.insert(gv, input);
        }
    }

    fn read(&mut self, id: ValueId) {
        let gv = self.gv(id);
        let (path, names) = self.names(id);
        let words: Vec<&str> = names.iter().map(|n| &**n).collect();
        for (n, row) in self.config.sources.iter().enumerate() {
            if row.attribute.as_deref().is_some_and(|a| ends_with(&words, a)) {
                self.mark_user(n, id);
            }
        }
        let rows = self.catalogue.inputs_by(self.lang, InputBy::Attribute, path.as_deref(), &words);
        if let Some(row) = rows.into_iter().find(|r| self.concerns(&r.with_import, path.as_deref())) {
            let input = input_of(row);
            self.out.reads.insert(gv, input);
        }
    }

    /// Parameters of a function that a framework calls because of its decorator.
    fn decorated(&mut self) {
        let Some(parent) = self.program.parent(self.func) else { return };
        for decorator in &self.f.decorators {
            let outer = self.program.function(parent);
            let callee = match outer.kind_of(*decorator) {
                ValueKind::Call(call) => call.callee,
                _ => *decorator,
            };
            let mut there = Matcher::new(self.program, self.config, parent, self.resolver);
            let (path, names) = there.names(callee);
            let words: Vec<&str> = names.iter().map(|n| &**n).collect();
            self.answering(path.as_deref(), &words);
            let rows = self.catalogue.inputs_by(self.lang, InputBy::Decorator, path.as_deref(), &words);
            let Some(row) = rows.into_iter().find(|r| self.concerns(&r.with_import, path.as_deref())) else { continue };
            let label = entry_label(outer, *decorator, words.last().copied().unwrap_or_default(), &row.kind);
            self.out.entries.insert(self.func, label);
            self.out.routes.insert(self.func, Gv { func: parent, value: *decorator });
            self.take_params(row);
        }
    }

    /// What such a function returns goes to whoever called the program.
    fn answering(&mut self, path: Option<&str>, words: &[&str]) {
        let row = self.catalogue.output_of_return(self.lang, path, words);
        if row.is_some_and(|r| r.usage == "returned_to_user") {
            self.out.answers.insert(self.func);
        }
    }

    /// Parameters of a function that was handed to a framework.
    fn passed(&mut self) {
        for site in self.program.call_graph.callbacks(self.func) {
            let caller = self.program.function(site.call.func);
            let ValueKind::Call(call) = caller.kind_of(site.call.value) else { continue };
            let mut there = Matcher::new(self.program, self.config, site.call.func, self.resolver);
            let (path, names) = there.names(call.callee);
            let words: Vec<&str> = names.iter().map(|n| &**n).collect();
            let rows = self.catalogue.inputs_by(self.lang, InputBy::Callback, path.as_deref(), &words);
            let Some(row) = rows.into_iter().find(|r| there.concerns(&r.with_import, path.as_deref())) else {
                continue;
            };
            self.answering(path.as_deref(), &words);
            let label = entry_label(caller, site.call.value, words.last().copied().unwrap_or_default(), &row.kind);
            self.out.entries.insert(self.func, label);
            self.out.routes.insert(self.func, site.call);
            self.take_params(row);
        }
    }

    fn typed_params(&mut self) {
        let file = self.program.file_of(self.func);
        for (i, param) in self.f.params.iter().enumerate() {
            let Some(ty) = &param.ty else { continue };
            let mut names = Vec::new();
            type_names(ty, &mut names);
            for name in names {
                let path = self.resolver.instances(file, &TypeExpr::Name(name.clone(), Vec::new())).into_iter();
                let path = path.into_iter().find_map(|abs| match abs {
                    Abs::Ext(p) => p.strip_suffix("()").map(Sym::from),
                    _ => None,
                });
                let words: Vec<&str> = name.split('.').collect();
                let rows = self.catalogue.inputs_by(self.lang, InputBy::ParamType, path.as_deref(), &words);
                if let Some(row) = rows.into_iter().find(|r| self.concerns(&r.with_import, path.as_deref())) {
                    let input = Input { by_type: true, ..input_of(row) };
                    self.out.params.entry((self.func, u32::try_from(i).unwrap_or(0))).or_insert(input);
                }
            }
        }
        let class = self.program.class_of(self.func);
        let bases = class.into_iter().flat_map(|c| self.program.lineage(c));
        let bases: Vec<_> = bases.flat_map(|c| self.program.external_base_paths(c).to_vec()).collect();
        for base in bases {
            let words: Vec<&str> = base.split(['.', '#']).collect();
            let rows = self.catalogue.inputs_by(self.lang, InputBy::ClassBase, Some(&base), &words);
            for row in rows {
                let named = row.function_name.is_empty() || row.function_name.iter().any(|n| **n == *self.f.name);
                if named && self.f.kind == FnKind::Method && self.concerns(&row.with_import, Some(&base)) {
                    self.out.entries.insert(self.func, self.f.name.to_string());
                    self.take_params(row);
                }
            }
        }
    }

    fn take_params(&mut self, row: &InputRow) {
        let input = input_of(row);
        take_params(self.program, self.func, row, &input, &mut self.out);
    }
}

fn take_params(program: &Program<'_>, func: FuncId, row: &InputRow, input: &Input, out: &mut Inputs) {
    let f = program.function(func);
    let offset = usize::from(program.takes_receiver(func));
    for (i, param) in f.params.iter().enumerate().skip(offset) {
        let place = (i - offset).to_string();
        let wanted = row.params.is_empty() || row.params.iter().any(|p| *p == place || **p == *param.name);
        if wanted && !row.except_names.iter().any(|n| **n == *param.name) {
            out.params.entry((func, u32::try_from(i).unwrap_or(0))).or_insert_with(|| input.clone());
        }
    }
}

/// Rows that match by the file's place: route files, `"use server"` modules, functions with a known name.
fn by_file(program: &Program<'_>, inputs: &mut Inputs) {
    let rows: Vec<(&InputRow, Option<globset::GlobSet>)> = program
        .catalogue
        .inputs
        .iter()
        .filter(|r| {
            !r.file.is_empty() || !r.directive.is_empty() || (!r.function_name.is_empty() && r.class_base.is_empty())
        })
        .map(|row| (row, globs(&row.file)))
        .collect();
    for i in 0..program.files.len() {
        let file = FileId(u32::try_from(i).unwrap_or(u32::MAX));
        let ir = program.file(file);
        let lang = program.lang(program.func_id(file, FnIx(0)));
        for (row, globs) in rows.iter().filter(|(r, _)| r.lang == lang) {
            let input = input_of(row);
            let mut entries: Vec<(FuncId, String)> = Vec::new();
            if globs.as_ref().is_some_and(|g| g.is_match(&*ir.path)) {
                for name in &row.export {
                    for func in exported_functions(program, file, name) {
                        // A file's only function answers all methods, or shows a page.
                        let method = match name.as_str() {
                            "default" | "handler" if ir.path.contains("pages/api/") => "ANY",
                            "default" => "page",
                            method => method,
                        };
                        entries.push((func, format!("{method} {}", route_of(&ir.path))));
                    }
                }
            }
            if !row.directive.is_empty() {
                if ir.directives.iter().any(|d| **d == *row.directive) {
                    for export in &ir.exports {
                        let (Export::Local { exported, .. } | Export::Value { exported, .. }) = export else {
                            continue;
                        };
                        for func in exported_functions(program, file, exported) {
                            entries.push((func, exported.to_string()));
                        }
                    }
                }
                for (n, f) in ir.functions.iter().enumerate() {
                    if f.directives.iter().any(|d| **d == *row.directive) {
                        entries.push((program.func_id(file, FnIx(u32::try_from(n).unwrap_or(0))), f.name.to_string()));
                    }
                }
            }
            if row.file.is_empty() && row.directive.is_empty() {
                for (n, f) in ir.functions.iter().enumerate() {
                    let imported = row.with_import.is_empty()
                        || ir.imports.iter().any(|i| row.with_import.iter().any(|p| i.module.starts_with(p.as_str())));
                    if imported && row.function_name.iter().any(|name| **name == *f.name) {
                        entries.push((program.func_id(file, FnIx(u32::try_from(n).unwrap_or(0))), f.name.to_string()));
                    }
                }
            }
            for (func, label) in entries {
                if matches!(row.kind.as_str(), "http_request" | "form") {
                    inputs.answers.insert(func);
                }
                inputs.entries.entry(func).or_insert(label);
                take_params(program, func, row, &input, inputs);
            }
        }
    }
}

fn globs(patterns: &[String]) -> Option<globset::GlobSet> {
    if patterns.is_empty() {
        return None;
    }
    let mut set = globset::GlobSetBuilder::new();
    for pattern in patterns {
        set.add(globset::GlobBuilder::new(pattern).literal_separator(true).build().ok()?);
    }
    set.build().ok()
}

fn exported_functions(program: &Program<'_>, file: FileId, name: &str) -> Vec<FuncId> {
    let mut resolver = Resolver::new(program, Some(&program.call_graph));
    let values = program.exported(file, &Sym::from(name));
    let found = values.into_iter().flat_map(|gv| resolver.resolve(gv));
    found
        .filter_map(|abs| match abs {
            Abs::Func(f, _) => Some(f),
            _ => None,
        })
        .collect()
}

/// `POST /tickets/{id}` from a route decorator or registration.
fn entry_label(f: &Function, call: ValueId, method: &str, kind: &str) -> String {
    let route = match f.kind_of(call) {
        ValueKind::Call(call) => call.args.iter().find_map(|a| match f.kind_of(a.value) {
            ValueKind::Str(s) if s.starts_with('/') => Some(s.clone()),
            _ => None,
        }),
        _ => None,
    };
    match route {
        Some(route) if kind == "http_request" => format!("{} {route}", method.to_uppercase()),
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    }
}

fn type_names(ty: &TypeExpr, names: &mut Vec<Sym>) {
    match ty {
        TypeExpr::Name(name, args) => {
            names.push(name.clone());
            args.iter().for_each(|a| type_names(a, names));
        }
        TypeExpr::Union(options) | TypeExpr::Intersection(options) => {
            options.iter().for_each(|o| type_names(o, names));
        }
        _ => {}
    }
}

fn input_of(row: &InputRow) -> Input {
    Input {
        kind: row.kind.clone(),
        label: row.label.clone(),
        category: if row.category.is_empty() { "other".into() } else { row.category.clone() },
        confidence: match row.confidence.as_str() {
            "high" | "" => Confidence::High,
            "low" => Confidence::Low,
            _ => Confidence::Medium,
        },
        only: row.only.iter().map(|p| only_path(p)).collect(),
        passes: row.passes,
        called: !row.directive.is_empty(),
        by_type: false,
    }
}

/// `req.json()` → `req`, `json`
fn only_path(text: &str) -> Vec<String> {
    text.split(['.', '[', ']'])
        .map(|n| n.trim_end_matches("()").trim_matches(['"', '\'']).to_owned())
        .filter(|n| !n.is_empty())
        .collect()
}
