//! Answers of which nothing is used but the values of a closed set: `label if label in LABELS else "other"`,
//! `Label(text)`, and sets that are asked for with the call.

use super::{Forward, Walk};
use crate::inventory::AnswerShape;
use crate::ir::{ClassKind, Function, Key, TypeExpr, ValueId, ValueKind};
use crate::link::{Abs, ClassId, Gv, Program, Resolver};
use crate::place;
use crate::sinks::Sink;
use crate::sinks::args;

/// Steps from a name to the set that it stands for.
const DEPTH: u32 = 8;
/// A set with more values says nothing to a reader.
const MOST: usize = 200;

/// A place where an answer passes through a closed set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gate {
    at: Gv,
    values: Vec<String>,
}

impl Forward<'_> {
    /// The bound on a sink's answer: checked, where every use goes through one closed set; else what is asked for.
    pub(crate) fn shape(&self, sink: &Sink, used: bool) -> Option<AnswerShape> {
        if used && let Some(shape) = self.checked(sink) {
            return Some(shape);
        }
        asked(self.program, sink)
    }

    /// Walks on from the answer, but not through closed sets: if nothing is used then, they bound all that is.
    fn checked(&self, sink: &Sink) -> Option<AnswerShape> {
        let mut walk = Walk::new(self);
        walk.gates = Some(Vec::new());
        let (uses, whole) = walk.run(sink)?;
        let mut gates = walk.gates.take().unwrap_or_default();
        gates.sort();
        gates.dedup();
        let first = gates.first()?;
        let place = place::of(self.program, first.at);
        // The test itself is a branch on the answer.
        let test =
            |u: &super::Use| u.usage == "decision" && u.location.file == place.file && u.location.line == place.line;
        let outside = !uses.iter().all(test);
        if outside || !whole || gates.iter().any(|g| g.values != first.values) {
            return None;
        }
        Some(AnswerShape { kind: "label".into(), values: first.values.clone(), location: place, checked: true })
    }
}

impl Walk<'_, '_> {
    /// Whether `user` lets only values of a closed set of `gv` through.
    pub(super) fn gate(&self, gv: Gv, user: Gv) -> Option<Gate> {
        let program = self.shared.program;
        let values = match program.kind(user) {
            ValueKind::Phi(options) => {
                let f = program.function(gv.func);
                let constant = |v: &ValueId| matches!(f.kind_of(*v), ValueKind::Str(_) | ValueKind::Null);
                if !options.iter().all(|v| same(f, *v, gv.value) || constant(v)) || options.len() < 2 {
                    return None;
                }
                let mut values = self.membership(gv, user)?;
                values.extend(options.iter().filter_map(|v| match f.kind_of(*v) {
                    ValueKind::Str(s) => Some(s.to_string()),
                    _ => None,
                }));
                values
            }
            ValueKind::Call(call) if call.args.len() == 1 && call.args[0].value == gv.value => {
                let callees = program.call_graph.callees(user);
                let class = callees.iter().find_map(|abs| match abs {
                    Abs::Class(class) => Some(*class),
                    _ => None,
                })?;
                enumeration(program, class)?
            }
            _ => return None,
        };
        let mut values = values;
        values.sort();
        values.dedup();
        (!values.is_empty() && values.len() <= MOST).then_some(Gate { at: user, values })
    }

    /// The set that a branch over `user` compares `gv` with.
    fn membership(&self, gv: Gv, user: Gv) -> Option<Vec<String>> {
        let program = self.shared.program;
        let f = program.function(gv.func);
        let at = |value| Gv { func: gv.func, value };
        let span = program.span(user);
        f.branches.iter().find_map(|branch| {
            // A ternary is its own branch; the join of an `if` comes after it.
            let governs = branch.span.line <= span.end_line;
            if !governs {
                return None;
            }
            match f.kind_of(branch.cond) {
                ValueKind::Opaque(parts) if parts.len() == 2 && same(f, parts[0], gv.value) => {
                    strings(program, at(parts[1]), DEPTH)
                }
                ValueKind::Call(call) if call.args.len() == 1 && same(f, call.args[0].value, gv.value) => {
                    match f.kind_of(call.callee) {
                        ValueKind::Field(set, name) if matches!(&**name, "includes" | "has") => {
                            strings(program, at(*set), DEPTH)
                        }
                        _ => None,
                    }
                }
                _ => None,
            }
        })
    }
}

/// Whether two values are one: a call that was given it makes a new version of a variable.
fn same(f: &Function, a: ValueId, b: ValueId) -> bool {
    f.before_calls(a) == f.before_calls(b)
}

/// The constants of a collection of strings; none if it is anything else.
fn strings(program: &Program<'_>, gv: Gv, depth: u32) -> Option<Vec<String>> {
    let at = |value: ValueId| Gv { func: gv.func, value };
    let one = |values: Vec<Gv>| match values.as_slice() {
        [one] if depth > 0 => strings(program, *one, depth - 1),
        _ => None,
    };
    match program.kind(gv) {
        ValueKind::List(items) => items
            .iter()
            .map(|(value, spread)| match program.kind(at(*value)) {
                ValueKind::Str(s) if !spread => Some(s.to_string()),
                _ => None,
            })
            .collect(),
        ValueKind::Object(entries) => entries
            .iter()
            .map(|(key, _)| match key {
                Key::Name(name) => Some(name.to_string()),
                _ => None,
            })
            .collect(),
        ValueKind::Call(call) if call.args.len() == 1 && depth > 0 => {
            let name = crate::sinks::names(program, at(call.callee));
            let wraps =
                matches!(name.last().map(|n| &**n), Some("set" | "frozenset" | "tuple" | "list" | "sorted" | "Set"));
            if wraps { strings(program, at(call.args[0].value), depth - 1) } else { None }
        }
        ValueKind::Typed(inner, _) if depth > 0 => strings(program, at(*inner), depth - 1),
        // `sorted(LABELS)`, `LABELS.has(x)`: the set is as it was, unless the call is one that changes it.
        ValueKind::AfterCall { base, call, .. } if depth > 0 => {
            let ValueKind::Call(inner) = program.kind(at(*call)) else { return None };
            let name = crate::sinks::names(program, at(inner.callee));
            let changes = name.last().is_none_or(|n| program.catalogue.is_mutator(n));
            let ours = program.call_graph.callees(at(*call)).iter().any(|abs| matches!(abs, Abs::Func(..)));
            if changes || ours { None } else { strings(program, at(*base), depth - 1) }
        }
        ValueKind::Free(name) => one(program.free(gv.func, name)),
        ValueKind::Import(_) => one(program.imported(gv)),
        _ => None,
    }
}

/// The values of an enumeration of strings.
fn enumeration(program: &Program<'_>, class: ClassId) -> Option<Vec<String>> {
    let declared = program.class(class);
    let named = program.external_base_paths(class).iter().any(|p| p.ends_with("Enum"));
    if declared.kind != ClassKind::Enum && !named {
        return None;
    }
    let file = program.class_file(class);
    let func = program.func_id(file, declared.scope);
    let values = declared.fields.iter().map(|field| match program.kind(Gv { func, value: field.default? }) {
        ValueKind::Str(s) => Some(s.to_string()),
        _ => None,
    });
    values.collect::<Option<Vec<String>>>().filter(|v| !v.is_empty())
}

/// Arguments with which SDKs are asked for an answer of a shape.
const SCHEMAS: &[&str] = &[
    "response_format",
    "text_format",
    "response_model",
    "output_type",
    "result_type",
    "response_schema",
    "schema",
    "#0.schema",
    "#0.response_format",
    "#0.output",
];

/// What a call asks the answer to be: the fields of a class or schema given with it.
fn asked(program: &Program<'_>, sink: &Sink) -> Option<AnswerShape> {
    let ValueKind::Call(call) = program.kind(sink.gv) else { return None };
    let mut resolver = Resolver::new(program, Some(&program.call_graph));
    for path in SCHEMAS {
        for (gv, inner) in args::pick(program, sink.gv, call, path, 0) {
            // In an options object the schema is a property of it.
            let gv = inner.names().try_fold(gv, |at, (name, _)| match program.kind(at) {
                ValueKind::Object(entries) => entries
                    .iter()
                    .find(|(k, _)| matches!(k, Key::Name(n) if n == name))
                    .map(|(_, v)| Gv { func: at.func, value: *v }),
                _ => None,
            });
            let Some(gv) = gv else { continue };
            let class = resolver.resolve(gv).into_iter().find_map(|abs| match abs {
                Abs::Class(class) | Abs::Instance(class) => Some(class),
                _ => None,
            });
            let Some(class) = class else { continue };
            let location = place::at(program, program.class_file(class), program.class(class).span);
            let fields = &program.class(class).fields;
            if let [only] = fields.as_slice()
                && let Some(values) = only.ty.as_ref().and_then(literals)
            {
                return Some(AnswerShape { kind: "label".into(), values, location, checked: false });
            }
            let names: Vec<String> = fields.iter().map(|f| f.name.to_string()).collect();
            if !names.is_empty() {
                return Some(AnswerShape { kind: "object".into(), values: names, location, checked: false });
            }
        }
    }
    None
}

/// `Literal["a", "b"]`, `"a" | "b"`.
fn literals(ty: &TypeExpr) -> Option<Vec<String>> {
    match ty {
        TypeExpr::Literal(value) => Some(vec![value.to_string()]),
        TypeExpr::Union(options) => options.iter().map(literals).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        TypeExpr::Name(name, args) if name.ends_with("Literal") => {
            args.iter().map(literals).collect::<Option<Vec<_>>>().map(|all| all.concat()).filter(|all| !all.is_empty())
        }
        _ => None,
    }
}
