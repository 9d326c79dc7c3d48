//! Schemas that are made by calls (`z.object({…})`, `pgTable("users", {…})`) become classes of the program.

use std::sync::Arc;

use super::{ClassId, FuncId, Gv, Program, to_u32};
use crate::catalogue::{Lang, SchemaCall};
use crate::ir::{Call, Class, ClassKind, FieldDecl, FnIx, Function, Key, Spread, Sym, ValueId, ValueKind};

/// A schema call of one function.
struct Made {
    call: ValueId,
    /// The variable that holds it.
    variable: Option<Sym>,
    /// The name that an argument gives it.
    table: Option<Sym>,
    /// The function that the values of the fields are of.
    scope: FnIx,
    fields: Vec<FieldDecl>,
    /// The schema that it is a part of, and the key it has there.
    within: Option<(ValueId, Sym)>,
    /// The schema that it extends.
    base: Option<ValueId>,
}

/// Find the schema calls of all files and add a class for each. Class ids are file-local until classes are numbered.
pub(super) fn declare(program: &mut Program<'_>) {
    for file in 0..program.files.len() {
        let mut declared: Vec<(FnIx, ValueId, Class)> = Vec::new();
        for (fx, f) in program.files[file].functions.iter().enumerate() {
            let fx = FnIx(to_u32(fx));
            let made = schema_calls(program, file, fx);
            for one in &made {
                let class = Class {
                    name: name_of(&made, one, f, 4),
                    kind: ClassKind::Schema,
                    span: f.value(one.call).span,
                    scope: one.scope,
                    bases: one.base.into_iter().collect(),
                    base_types: Vec::new(),
                    fields: one.fields.clone(),
                    methods: std::collections::BTreeMap::new(),
                    setters: std::collections::BTreeMap::new(),
                    decorators: Vec::new(),
                    exported: true,
                };
                declared.push((fx, one.call, class));
            }
        }
        let base = program.fn_base[file];
        for (fx, value, class) in declared {
            let local = ClassId(to_u32(program.files[file].classes.len()));
            Arc::make_mut(&mut program.files[file]).classes.push(class);
            program.schemas.insert(Gv { func: FuncId(base + fx.0), value }, local);
        }
    }
}

fn schema_calls(program: &Program<'_>, file: usize, fx: FnIx) -> Vec<Made> {
    let functions = &program.files[file].functions;
    let f = &functions[fx.0 as usize];
    let lang = if program.files[file].language == crate::ir::Language::Python { Lang::Python } else { Lang::Js };
    let mut made: Vec<Made> = Vec::new();
    for (vx, value) in f.values.iter().enumerate() {
        let ValueKind::Call(call) = &value.kind else { continue };
        let names = callee_names(functions, f, call.callee);
        let Some(row) = names.iter().find_map(|name| program.catalogue.schema(lang, name)) else { continue };
        let Some((scope, fields)) = fields_of(functions, fx, call, &row) else { continue };
        let base = match f.kind_of(call.callee) {
            ValueKind::Field(receiver, _) if !row.of.is_empty() => {
                // `base.extend({ … })`: only what is given fields of the library.
                if !fields.iter().any(|field| field.default.is_some_and(|v| row.of.contains(&root_name(f, v)))) {
                    continue;
                }
                Some(chain_start(f, *receiver))
            }
            _ => None,
        };
        let id = ValueId(to_u32(vx));
        let table = row.name.and_then(|n| call.args.get(n)).and_then(|a| match f.kind_of(a.value) {
            ValueKind::Str(s) => Some(s.clone()),
            _ => None,
        });
        made.push(Made { call: id, variable: variable_of(f, id), table, scope, fields, within: None, base });
    }
    let mut parts: Vec<(ValueId, ValueId, Sym)> = Vec::new();
    for outer in made.iter().filter(|m| m.scope == fx) {
        for field in &outer.fields {
            let Some(value) = field.default else { continue };
            let mut inner = Vec::new();
            parts_of(f, value, 8, &mut inner);
            parts.extend(inner.into_iter().map(|part| (part, outer.call, field.name.clone())));
        }
    }
    for (part, outer, key) in parts {
        if part != outer
            && let Some(inner) = made.iter_mut().find(|m| m.call == part)
        {
            inner.within = Some((outer, key));
        }
    }
    made
}

/// The calls that a field's schema is made of, as far as they may declare a record of its own: the receivers of its chain,
/// and what stands in the list or choice that it is.
fn parts_of(f: &Function, value: ValueId, depth: u32, found: &mut Vec<ValueId>) {
    if depth == 0 {
        return;
    }
    match f.kind_of(value) {
        ValueKind::Call(call) => {
            found.push(value);
            let name = match f.kind_of(call.callee) {
                ValueKind::Field(receiver, name) => {
                    parts_of(f, *receiver, depth - 1, found);
                    name.clone()
                }
                _ => variable_of(f, call.callee).unwrap_or_else(|| Sym::from("")),
            };
            if WRAPPERS.contains(&&*name) {
                call.args.iter().for_each(|a| parts_of(f, a.value, depth - 1, found));
            }
        }
        ValueKind::List(items) => items.iter().for_each(|(v, _)| parts_of(f, *v, depth - 1, found)),
        _ => {}
    }
}

/// Calls of schema libraries that hold the schema they are given.
const WRAPPERS: &[&str] = &[
    "array",
    "Array",
    "list",
    "record",
    "set",
    "map",
    "tuple",
    "optional",
    "Optional",
    "nullable",
    "nullish",
    "union",
    "Union",
    "intersection",
    "preprocess",
    "promise",
    "readonly",
    "partial",
];

/// What a schema is called: by its variable, as a part of another schema, or by where it stands.
fn name_of(made: &[Made], one: &Made, f: &Function, depth: u32) -> Sym {
    if let Some(name) = one.variable.as_ref().or(one.table.as_ref()) {
        return name.clone();
    }
    if let Some((outer, key)) = &one.within
        && depth > 0
        && let Some(outer) = made.iter().find(|m| m.call == *outer)
    {
        return Sym::from(format!("{}.{key}", name_of(made, outer, f, depth - 1)));
    }
    place_name(f)
}

/// The fields that a schema call is given, and the function that their values are of.
fn fields_of(functions: &[Function], fx: FnIx, call: &Call, row: &SchemaCall) -> Option<(FnIx, Vec<FieldDecl>)> {
    let f = &functions[fx.0 as usize];
    // `create_model("Person", email=(str, None))`
    let keywords = call.args.iter().filter(|a| row.keywords && a.spread == Spread::None).filter_map(|a| {
        let name = a.name.as_ref().filter(|n| !n.starts_with("__"))?;
        Some(FieldDecl { name: name.clone(), span: f.value(a.value).span, ty: None, default: Some(a.value) })
    });
    let mut fields: Vec<FieldDecl> = keywords.collect();
    let object = call.args.iter().filter(|a| a.name.is_none()).nth(row.object);
    let given = object.and_then(|arg| listed(functions, fx, arg.value));
    let scope = given.as_ref().map_or(fx, |(scope, _)| *scope);
    match given {
        Some((_, listed)) if fields.is_empty() => fields = listed,
        Some((_, listed)) if scope == fx => fields.extend(listed),
        None if fields.is_empty() => return None,
        _ => {}
    }
    Some((scope, fields))
}

fn listed(functions: &[Function], fx: FnIx, value: ValueId) -> Option<(FnIx, Vec<FieldDecl>)> {
    let f = &functions[fx.0 as usize];
    let decl = |name: &Sym, at: ValueId, default: Option<ValueId>| FieldDecl {
        name: name.clone(),
        span: f.value(at).span,
        ty: None,
        default,
    };
    match f.kind_of(value) {
        ValueKind::Object(entries) => {
            let fields = entries.iter().filter_map(|(key, v)| match key {
                Key::Name(name) => Some(decl(name, *v, Some(*v))),
                _ => None,
            });
            Some((fx, fields.collect()))
        }
        // `pgTable("user", (t) => ({ … }))`
        ValueKind::Func(inner) => {
            let made = &functions[inner.0 as usize];
            made.returns.iter().find_map(|v| match made.kind_of(*v) {
                ValueKind::Object(_) => listed(functions, *inner, *v),
                _ => None,
            })
        }
        // `namedtuple("Person", ["email"])`, `make_dataclass("Person", [("email", str)])`
        ValueKind::List(items) => {
            let fields = items.iter().filter_map(|(item, _)| match f.kind_of(*item) {
                ValueKind::Str(name) => Some(decl(name, *item, None)),
                ValueKind::List(pair) => match f.kind_of(pair.first()?.0) {
                    ValueKind::Str(name) => Some(decl(name, *item, pair.get(1).map(|p| p.0))),
                    _ => None,
                },
                _ => None,
            });
            let fields: Vec<FieldDecl> = fields.collect();
            (!fields.is_empty()).then_some((fx, fields))
        }
        _ => None,
    }
}

/// What a callee may go by: as it is written, and by what its receiver was made with (`pgSchema("auth").table`).
fn callee_names(functions: &[Function], f: &Function, callee: ValueId) -> Vec<String> {
    let mut names: Vec<String> = callee_name(functions, f, callee).into_iter().collect();
    if let ValueKind::Field(base, name) = f.kind_of(callee) {
        if let ValueKind::Call(_) = f.kind_of(*base) {
            names.push(format!("().{name}"));
        }
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

/// What a chain of calls is made on: `base` of `base.pick({…}).partial()`.
fn chain_start(f: &Function, mut value: ValueId) -> ValueId {
    for _ in 0..12 {
        let ValueKind::Call(call) = f.kind_of(value) else { break };
        let ValueKind::Field(receiver, _) = f.kind_of(call.callee) else { break };
        value = *receiver;
    }
    value
}

/// The name that a chain of calls begins with: `z` of `z.string().min(1)`.
fn root_name(f: &Function, value: ValueId) -> String {
    let start = chain_start(f, value);
    match f.kind_of(start) {
        ValueKind::Free(name) => name.to_string(),
        _ => variable_of(f, start).map(|name| name.to_string()).unwrap_or_default(),
    }
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
    /// The columns that a query names itself: `findMany({ select: { email: true } })`, in Drizzle `columns`.
    #[must_use]
    pub(crate) fn selected(&self, gv: Gv) -> Option<Vec<Sym>> {
        let f = self.function(gv.func);
        let ValueKind::Call(call) = f.kind_of(gv.value) else { return None };
        let ValueKind::Object(options) = f.kind_of(call.args.first()?.value) else { return None };
        let select = options.iter().find_map(|(key, value)| match key {
            crate::ir::Key::Name(n) if matches!(&**n, "select" | "columns") => Some(*value),
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
