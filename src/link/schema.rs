//! Schemas that are made by calls (`z.object({…})`, `pgTable("users", {…})`) become classes of the program.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{ClassId, FuncId, Gv, Program, to_u32};
use crate::catalogue::Lang;
use crate::ir::{Class, ClassKind, FieldDecl, FnIx, Function, Key, Sym, ValueId, ValueKind};

/// Find the schema calls of all files and add a class for each. Class ids are file-local until classes are numbered.
pub(super) fn declare(program: &mut Program<'_>) {
    for file in 0..program.files.len() {
        let mut made: Vec<(FnIx, ValueId, Class)> = Vec::new();
        let functions = &program.files[file].functions;
        let lang = if program.files[file].language == crate::ir::Language::Python { Lang::Python } else { Lang::Js };
        for (fx, f) in functions.iter().enumerate() {
            let mut keys = None;
            for (vx, value) in f.values.iter().enumerate() {
                let ValueKind::Call(call) = &value.kind else { continue };
                let names = callee_names(functions, f, call.callee);
                let Some(row) = names.iter().find_map(|name| program.catalogue.schema(lang, name)) else { continue };
                let Some(arg) = call.args.get(row.object) else { continue };
                let Some((scope, entries)) = object_entries(functions, FnIx(to_u32(fx)), arg.value) else { continue };
                let declaring = &functions[scope.0 as usize];
                let fields = entries
                    .iter()
                    .filter_map(|(key, v)| match key {
                        Key::Name(name) => Some(FieldDecl {
                            name: name.clone(),
                            span: declaring.value(*v).span,
                            ty: None,
                            default: Some(*v),
                        }),
                        _ => None,
                    })
                    .collect();
                let id = ValueId(to_u32(vx));
                let table = row.name.and_then(|n| call.args.get(n)).and_then(|a| match f.kind_of(a.value) {
                    ValueKind::Str(s) => Some(s.clone()),
                    _ => None,
                });
                let held = variable_of(f, id).or(table);
                let name = held
                    .or_else(|| keys.get_or_insert_with(|| keys_of(f)).get(&id).cloned())
                    .unwrap_or_else(|| place_name(f));
                made.push((
                    FnIx(to_u32(fx)),
                    id,
                    Class {
                        name,
                        kind: ClassKind::Schema,
                        span: value.span,
                        scope,
                        bases: Vec::new(),
                        base_types: Vec::new(),
                        fields,
                        methods: std::collections::BTreeMap::new(),
                        setters: std::collections::BTreeMap::new(),
                        decorators: Vec::new(),
                        exported: true,
                    },
                ));
            }
        }
        let base = program.fn_base[file];
        for (fx, value, class) in made {
            let local = ClassId(to_u32(program.files[file].classes.len()));
            Arc::make_mut(&mut program.files[file]).classes.push(class);
            program.schemas.insert(Gv { func: FuncId(base + fx.0), value }, local);
        }
    }
}

/// The object with the fields, and the function that it stands in: `pgTable("user", (t) => ({ … }))`.
fn object_entries(functions: &[Function], at: FnIx, value: ValueId) -> Option<(FnIx, &Vec<(Key, ValueId)>)> {
    match functions[at.0 as usize].kind_of(value) {
        ValueKind::Object(entries) => Some((at, entries)),
        ValueKind::Func(inner) => {
            let f = functions.get(inner.0 as usize)?;
            match f.returns.iter().map(|v| f.kind_of(*v)).next()? {
                ValueKind::Object(entries) => Some((*inner, entries)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The key of an object under which a call's result stands, through what is made of it:
/// `{ customer: z.array(z.object({ … })).optional() }`.
fn keys_of(f: &Function) -> FxHashMap<ValueId, Sym> {
    let mut keys = FxHashMap::default();
    for value in &f.values {
        let ValueKind::Object(entries) = &value.kind else { continue };
        for (key, value) in entries {
            let Key::Name(name) = key else { continue };
            let mut open = vec![(*value, 0)];
            while let Some((at, depth)) = open.pop() {
                let ValueKind::Call(call) = f.kind_of(at) else { continue };
                keys.entry(at).or_insert_with(|| name.clone());
                if depth < 6 {
                    open.extend(call.args.iter().map(|a| (a.value, depth + 1)));
                    if let ValueKind::Field(receiver, _) = f.kind_of(call.callee) {
                        open.push((*receiver, depth + 1));
                    }
                }
            }
        }
    }
    keys
}

/// What a callee may go by: as it is written, and by what its receiver was made with (`pgSchema("auth").table`).
fn callee_names(functions: &[Function], f: &Function, callee: ValueId) -> Vec<String> {
    let mut names: Vec<String> = callee_name(functions, f, callee).into_iter().collect();
    if let ValueKind::Field(base, name) = f.kind_of(callee) {
        let made = match f.kind_of(*base) {
            ValueKind::Free(root) => {
                functions.first().and_then(|module| maker(module, first(module, *module.exit.get(root)?)))
            }
            _ => maker(f, first(f, *base)),
        };
        names.extend(made.map(|made| format!("{made}.{name}")));
    }
    names
}

/// The first version of a value.
fn first(f: &Function, mut value: ValueId) -> ValueId {
    for _ in 0..24 {
        match f.kind_of(value) {
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                value = *base
            }
            _ => break,
        }
    }
    value
}

/// The last two names of a callee: `z.object`, `pgTable`; a local maker (`const createTable = pgTableCreator(…)`) goes
/// by what it was made with.
fn callee_name(functions: &[Function], f: &Function, callee: ValueId) -> Option<String> {
    match f.kind_of(callee) {
        ValueKind::Field(base, name) => match f.kind_of(*base) {
            ValueKind::Free(root) => Some(format!("{root}.{name}")),
            ValueKind::Import(_) => Some(format!("{}.{name}", variable_of(f, *base)?)),
            ValueKind::AfterCall { .. } | ValueKind::Update { .. } | ValueKind::Phi(_) => {
                Some(format!("{}.{name}", variable_of(f, *base).unwrap_or_default()))
            }
            ValueKind::Field(_, middle) => Some(format!("{middle}.{name}")),
            _ => None,
        },
        ValueKind::Free(name) => {
            let module = functions.first()?;
            let made = module.exit.get(name).and_then(|v| maker(module, *v));
            Some(made.unwrap_or_else(|| name.to_string()))
        }
        ValueKind::Call(_) => maker(f, callee),
        ValueKind::Import(_) => variable_of(f, callee).map(|s| s.to_string()),
        _ => None,
    }
}

fn maker(f: &Function, value: ValueId) -> Option<String> {
    let ValueKind::Call(call) = f.kind_of(value) else { return None };
    match f.kind_of(call.callee) {
        ValueKind::Free(name) => Some(name.to_string()),
        ValueKind::Import(_) => variable_of(f, call.callee).map(|s| s.to_string()),
        _ => None,
    }
}

/// The variable that holds a value, or a value made from it by a chain of calls (`z.object({…}).strict()`).
fn variable_of(f: &Function, value: ValueId) -> Option<Sym> {
    f.locals
        .iter()
        .find(|(_, values)| values.iter().any(|v| chain_root(f, *v) == value || *v == value))
        .map(|(n, _)| n.clone())
}

fn chain_root(f: &Function, mut value: ValueId) -> ValueId {
    for _ in 0..12 {
        let ValueKind::Call(call) = f.kind_of(value) else { break };
        let ValueKind::Field(receiver, _) = f.kind_of(call.callee) else { break };
        if !matches!(f.kind_of(*receiver), ValueKind::Call(_)) {
            break;
        }
        value = *receiver;
    }
    value
}

/// A name for a schema that no variable holds: the function it stands in.
fn place_name(f: &Function) -> Sym {
    if f.name.is_empty() || &*f.name == "<module>" {
        Sym::from("input")
    } else {
        Sym::from(format!("{} input", f.name))
    }
}

impl Program<'_> {
    /// The columns that a query names itself: `findMany({ select: { email: true } })`.
    #[must_use]
    pub(crate) fn selected(&self, gv: Gv) -> Option<Vec<Sym>> {
        let f = self.function(gv.func);
        let ValueKind::Call(call) = f.kind_of(gv.value) else { return None };
        let ValueKind::Object(options) = f.kind_of(call.args.first()?.value) else { return None };
        let select = options.iter().find_map(|(key, value)| match key {
            crate::ir::Key::Name(n) if &**n == "select" => Some(*value),
            _ => None,
        })?;
        let ValueKind::Object(columns) = f.kind_of(select) else { return None };
        let named = columns.iter().filter_map(|(key, value)| match key {
            crate::ir::Key::Name(n) if !matches!(f.kind_of(*value), ValueKind::Bool(false)) => Some(n.clone()),
            _ => None,
        });
        Some(named.collect())
    }
}
