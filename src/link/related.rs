//! Relations between tables that calls declare: `relations(users, ({ many }) => ({ posts: many(posts) }))`.

use rustc_hash::FxHashMap;

use super::abs::Abs;
use super::resolve::Resolver;
use super::{ClassId, Gv, Program};
use crate::catalogue::Lang;
use crate::ir::{ClassKind, Key, Sym, ValueKind};

/// A table, the one that a relation of it leads to, and whether to many of its rows.
pub(super) type Relation = (Gv, Gv, bool);

/// What validators put around the value that they give, and libraries around the rows of a query.
const ENVELOPES: &[&str] = &["data", "value", "values", "output", "result", "results", "rows", "row", "item", "items"];

/// Whether a member of a validated or fetched record holds the whole of it: `schema.safeParse(x).data`.
pub(crate) fn is_envelope(name: &str) -> bool {
    ENVELOPES.contains(&name) || name.parse::<i64>().is_ok()
}

/// The relations of all tables, by name.
pub(super) fn find(program: &Program<'_>) -> FxHashMap<Sym, Vec<Relation>> {
    let mut found: FxHashMap<Sym, Vec<Relation>> = FxHashMap::default();
    for func in program.functions().filter(|f| program.lang(*f) == Lang::Js) {
        let f = program.function(func);
        for value in &f.values {
            let ValueKind::Call(call) = &value.kind else { continue };
            let [table, made] = call.args.as_slice() else { continue };
            let ValueKind::Func(ix) = f.kind_of(made.value) else { continue };
            let callee = program.origin(Gv { func, value: call.callee });
            if program.imported_name(callee).as_deref() != Some("relations") {
                continue;
            }
            let inner = program.func_id(program.file_of(func), *ix);
            let inside = program.function(inner);
            for returned in &inside.returns {
                let ValueKind::Object(entries) = inside.kind_of(*returned) else { continue };
                for (key, value) in entries {
                    if let (Key::Name(name), ValueKind::Call(one)) = (key, inside.kind_of(*value))
                        && let Some(to) = one.args.first()
                    {
                        let many = matches!(inside.kind_of(one.callee), ValueKind::Field(_, n) if &**n == "many");
                        let to = Gv { func: inner, value: to.value };
                        let relation = (Gv { func, value: table.value }, to, many);
                        found.entry(name.clone()).or_default().push(relation);
                    }
                }
            }
        }
    }
    found
}

impl Resolver<'_> {
    /// What a member is that a schema does not declare: a relation to another table, or the envelope of its values.
    pub(super) fn beside_fields(&mut self, class: ClassId, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        if program.class(class).kind != ClassKind::Schema {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (table, to, many) in program.relations.get(name).into_iter().flatten() {
            if self.resolve(*table).contains(&Abs::Class(class)) {
                found.extend(self.resolve(*to).into_iter().filter_map(|abs| match abs {
                    Abs::Class(other) if *many => Some(Abs::Seq(Box::new(Abs::Instance(other)))),
                    Abs::Class(other) => Some(Abs::Instance(other)),
                    _ => None,
                }));
            }
        }
        if found.is_empty() {
            // `schema.safeParse(x).data`; the rows of a join lie under the names of the tables.
            match program.schema_named(name) {
                Some(other) => found.push(Abs::Instance(other)),
                None if is_envelope(name) => {
                    found.push(Abs::Instance(class));
                }
                None => {}
            }
        }
        found
    }
}
