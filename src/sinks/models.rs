//! Models that the code names, with what holds each name: a constant, a default, an entry of a registry, an argument.
//!
//! A call's own model may come from configuration; what the code offers for it still says which models are meant. Lists
//! of models to choose from, tables keyed by models and comparisons with a model's name are none of these.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::catalogue::{Catalogue, Lang};
use crate::inventory::ModelReference;
use crate::ir::{Function, Key, Seg, Spread, Sym, ValueId, ValueKind, users};
use crate::link::{Abs, FuncId, Gv, Program, Resolver};
use crate::place;

/// How far what holds a name is looked for.
const STEPS: usize = 10;

/// Every model that code outside of tests names, by place.
pub(crate) fn named(program: &Program<'_>, include_tests: bool) -> Vec<ModelReference> {
    let all: Vec<FuncId> = program.functions().filter(|f| include_tests || !program.in_test(*f)).collect();
    let defaults = class_defaults(program);
    let found: Vec<Vec<ModelReference>> = all.par_iter().map(|func| in_function(program, *func, &defaults)).collect();
    let mut found: Vec<ModelReference> = found.into_iter().flatten().collect();
    found.sort();
    found
}

/// Declared defaults of fields: (scope, value) → `Class.field`.
fn class_defaults(program: &Program<'_>) -> FxHashMap<Gv, String> {
    let mut defaults = FxHashMap::default();
    for id in program.classes() {
        let class = program.class(id);
        let file = program.class_file(id);
        let Some(scope) = program.functions_of(file).nth(class.scope.0 as usize) else { continue };
        for field in &class.fields {
            if let Some(value) = field.default {
                defaults.insert(Gv { func: scope, value }, format!("{}.{}", class.name, field.name));
            }
        }
    }
    defaults
}

fn in_function(program: &Program<'_>, func: FuncId, defaults: &FxHashMap<Gv, String>) -> Vec<ModelReference> {
    let f = program.function(func);
    let mut found = Vec::new();
    let mut walk: Option<Walk<'_>> = None;
    for (i, value) in f.values.iter().enumerate() {
        let ValueKind::Str(text) = &value.kind else { continue };
        if !may_be_model(text) {
            continue;
        }
        let known = is_known(program.catalogue, text);
        let walk = walk.get_or_insert_with(|| Walk::new(program, func, defaults));
        let start = ValueId(u32::try_from(i).unwrap_or(u32::MAX));
        let Some(holder) = walk.holder(start) else { continue };
        let meant = says_model(&holder.names);
        let sure = known || meant && is_versioned(text) || holder.provider.is_some() && text.contains(['-', '/']);
        if !(sure && (meant || holder.given)) {
            continue;
        }
        found.push(ModelReference {
            location: place::of(program, Gv { func, value: start }),
            model: text.to_string(),
            provider: holder.provider,
            function: program.qualified(func),
            name: holder.names.join("."),
        });
    }
    found
}

/// What holds a literal.
struct Holder {
    /// From the outermost in: `models`, `chat`.
    names: Vec<String>,
    /// It is an argument of a function that takes it alone, as `model("gpt-4o")`.
    given: bool,
    /// Whose model it is, by the function that it is given to.
    provider: Option<String>,
}

struct Walk<'p> {
    program: &'p Program<'p>,
    func: FuncId,
    f: &'p Function,
    users: Vec<Vec<ValueId>>,
    names: FxHashMap<ValueId, String>,
    resolver: Resolver<'p>,
}

impl<'p> Walk<'p> {
    fn new(program: &'p Program<'p>, func: FuncId, defaults: &FxHashMap<Gv, String>) -> Self {
        let f = program.function(func);
        let mut names: FxHashMap<ValueId, String> = FxHashMap::default();
        for value in (0..).map(ValueId).take(f.values.len()) {
            if let Some(name) = defaults.get(&Gv { func, value }) {
                names.insert(value, name.clone());
            }
        }
        for (name, values) in &f.locals {
            for value in values {
                names.entry(*value).or_insert_with(|| name.to_string());
            }
        }
        for (name, value) in &f.outer_writes {
            names.entry(*value).or_insert_with(|| name.to_string());
        }
        for param in &f.params {
            if let Some(value) = param.default {
                names.insert(value, param.name.to_string());
            }
        }
        Walk { program, func, f, users: users(f), names, resolver: Resolver::new(program, Some(&program.call_graph)) }
    }

    /// The nearest thing with a name around a literal; nothing for a list, a comparison or a text.
    fn holder(&mut self, start: ValueId) -> Option<Holder> {
        let mut holder = Holder { names: Vec::new(), given: false, provider: None };
        let mut at = start;
        'up: for _ in 0..STEPS {
            if let Some(name) = self.names.get(&at) {
                holder.names.push(name.clone());
                break;
            }
            for user in &self.users[at.0 as usize].clone() {
                match self.f.kind_of(*user) {
                    ValueKind::Object(entries) => {
                        let (key, _) = entries.iter().find(|(_, v)| *v == at)?;
                        match key {
                            Key::Name(name) if is_prose(name) => return None,
                            Key::Name(name) => holder.names.push(name.to_string()),
                            Key::Dynamic(_) | Key::Spread => {}
                        }
                        at = *user;
                        continue 'up;
                    }
                    ValueKind::Phi(_) | ValueKind::Typed(..) => {
                        at = *user;
                        continue 'up;
                    }
                    ValueKind::Update { path, value, .. } if *value == at => {
                        let last = path.iter().rev().find_map(|s| match s {
                            Seg::Field(name) => Some(name.to_string()),
                            Seg::Elem => None,
                        });
                        holder.names.push(last?);
                        break 'up;
                    }
                    ValueKind::Call(call) if call.callee != at => {
                        let arg = call.args.iter().find(|a| a.value == at && a.spread == Spread::None)?;
                        let gv = Gv { func: self.func, value: *user };
                        holder.provider = holder.provider.take().or_else(|| self.provider(gv, call.callee));
                        if let Some(name) = &arg.name {
                            holder.names.push(name.to_string());
                        } else if holder.names.is_empty() {
                            holder.given = true;
                            // What it is given to may itself be held by something.
                            if self.users[user.0 as usize].is_empty() || self.f.returns.contains(user) {
                                holder.names.push(self.callee(call.callee));
                                break 'up;
                            }
                        }
                        // A named setting of a call is held by the call.
                        if !holder.given {
                            holder.names.push(self.callee(call.callee));
                            break 'up;
                        }
                        at = *user;
                        continue 'up;
                    }
                    ValueKind::List(_) | ValueKind::Concat(_) | ValueKind::Opaque(_) | ValueKind::Index(..) => {
                        return None;
                    }
                    _ => {}
                }
            }
            if self.f.returns.contains(&at) {
                holder.names.push("return".to_owned());
            }
            break;
        }
        holder.names.reverse();
        (!holder.names.is_empty()).then_some(holder)
    }

    fn callee(&self, callee: ValueId) -> String {
        let names = super::names(self.program, Gv { func: self.func, value: callee });
        names.last().map_or_else(String::new, ToString::to_string)
    }

    /// Whose models the function gives: `ChatGroq(model=…)`, `openai("…")`.
    fn provider(&mut self, call: Gv, callee: ValueId) -> Option<String> {
        let catalogue = self.program.catalogue;
        let open = |p: &str| p.is_empty() || p.starts_with("by-");
        for abs in self.resolver.resolve(call) {
            let Abs::Typed { ty, .. } = abs else { continue };
            let row = catalogue.type_row(ty);
            if !open(&row.provider) {
                return Some(row.provider.clone());
            }
            for abs in self.resolver.resolve(Gv { func: call.func, value: callee }) {
                if let Abs::Ext(path) = abs
                    && let Some(provider) = catalogue.class_provider(&row.class_table, &path)
                    && !open(provider)
                {
                    return Some(provider.to_owned());
                }
            }
        }
        let lang: Lang = self.program.lang(call.func);
        for abs in self.resolver.resolve(Gv { func: call.func, value: callee }) {
            if let Abs::Ext(path) = abs
                && let Some(row) = catalogue.function(lang, &path)
            {
                let row = catalogue.call_row(row);
                if !open(&row.provider) {
                    return Some(row.provider.clone());
                }
            }
        }
        None
    }
}

/// One word that could be the id of a model, and is no path, URL or sentence.
fn may_be_model(text: &str) -> bool {
    (3..=100).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._:/@".contains(c))
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && !text.contains("://")
        && ![".py", ".ts", ".js", ".json", ".txt", ".com", ".png", ".yaml", ".toml"].iter().any(|e| text.ends_with(e))
}

fn is_versioned(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.contains(['-', '.', ':', '/'])
}

/// By the table of models, hosts of open weights included.
fn is_known(catalogue: &Catalogue, text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let last = lower.rsplit('/').next().unwrap_or(&lower);
    is_versioned(text)
        && catalogue.models.iter().any(|m| last.starts_with(m.prefix.as_str()) || lower.starts_with(m.prefix.as_str()))
}

fn says_model(names: &[String]) -> bool {
    names.iter().any(|name| {
        let lower = name.to_ascii_lowercase();
        ["model", "llm", "engine", "deployment"].iter().any(|w| lower.contains(w))
    })
}

/// Keys under which a model's name is shown to people.
fn is_prose(key: &Sym) -> bool {
    matches!(&**key, "label" | "title" | "description" | "displayName" | "display_name" | "placeholder" | "children")
}
