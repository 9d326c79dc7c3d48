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

/// A class whose rows lead to those of another, by the call that declares it.
pub(super) type Reverse = (ClassId, Gv);

/// By the name under which the other class has them: `related_name="bots"`, or the class's own name and `_set`.
pub(super) fn reverse(program: &Program<'_>) -> FxHashMap<Sym, Vec<Reverse>> {
    let mut found: FxHashMap<Sym, Vec<Reverse>> = FxHashMap::default();
    for class in program.classes() {
        let c = program.class(class);
        let scope = program.func_id(program.class_file(class), c.scope);
        for default in c.fields.iter().filter_map(|field| field.default) {
            let made = Gv { func: scope, value: default };
            let Some(call) = relation(program, made) else { continue };
            let named = call.args.iter().find(|a| a.name.as_deref() == Some("related_name"));
            let name = match named.map(|a| program.kind(Gv { func: scope, value: a.value })) {
                Some(ValueKind::Str(name)) => name.clone(),
                Some(_) => continue,
                None => Sym::from(format!("{}_set", c.name.to_lowercase())),
            };
            found.entry(name).or_default().push((class, made));
        }
    }
    found
}

/// The call that declares a relation to another class: `ForeignKey(Team)`.
fn relation<'p>(program: &'p Program<'_>, made: Gv) -> Option<&'p crate::ir::Call> {
    if program.lang(made.func) != Lang::Python {
        return None;
    }
    let ValueKind::Call(call) = program.kind(made) else { return None };
    let callee = Gv { func: made.func, value: call.callee };
    let name = match program.kind(callee) {
        ValueKind::Field(_, name) => name.clone(),
        ValueKind::Import(_) | ValueKind::Free(_) => program.imported_name(program.origin(callee))?,
        _ => return None,
    };
    program.catalogue.is_relation(&name).then_some(&**call)
}

impl Program<'_> {
    /// The class of this name: of the file, or else the only one of the tree.
    fn class_named(&self, file: super::FileId, name: &str) -> Option<ClassId> {
        if let Some(own) = self.class_names[file.0 as usize].get(name) {
            return Some(*own);
        }
        let mut all = self.class_names.iter().filter_map(|names| names.get(name));
        let first = all.next()?;
        all.next().is_none().then_some(*first)
    }
}

impl Resolver<'_> {
    /// The rows that a relation leads to: `ForeignKey(Team)`, `ForeignKey("teams.Team")`. None where the call is none.
    pub(super) fn related_rows(&mut self, owner: ClassId, made: Gv) -> Option<Abs> {
        let to = relation(self.program, made)?.args.first()?;
        let to = Gv { func: made.func, value: to.value };
        let class = match self.program.kind(to) {
            ValueKind::Str(name) => match name.rsplit('.').next().unwrap_or_default() {
                "self" => Some(owner),
                name => self.program.class_named(self.program.class_file(owner), name),
            },
            _ => self.resolve(to).into_iter().find_map(|abs| match abs {
                Abs::Class(class) => Some(class),
                _ => None,
            }),
        };
        class.map(Abs::Instance)
    }

    /// The rows that lead to one of this class: `team.bot_set`.
    pub(super) fn reverse_rows(&mut self, class: ClassId, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        let mut found = Vec::new();
        for (owner, made) in program.reverse.get(name).into_iter().flatten() {
            if let Some(Abs::Instance(to)) = self.related_rows(*owner, *made)
                && (program.lineage(class).contains(&to))
            {
                found.push(Abs::Instance(*owner));
            }
        }
        found
    }

    /// The functions and classes in a table that a class declares: `cls.handlers[kind]`.
    pub(super) fn declared_table(&mut self, base: Gv) -> Vec<Abs> {
        let program = self.program;
        let ValueKind::Field(receiver, name) = program.kind(base) else { return Vec::new() };
        if program.lang(base.func) != Lang::Python {
            return Vec::new();
        }
        let mut found = Vec::new();
        for abs in self.resolve(Gv { func: base.func, value: *receiver }) {
            if let Abs::Class(class) | Abs::Instance(class) = abs
                && let Some((owner, i)) = program.declared_field(class, name)
                && let Some(default) = program.class(owner).fields[i].default
            {
                let func = program.func_id(program.class_file(owner), program.class(owner).scope);
                let table = Gv { func, value: default };
                if matches!(program.kind(table), ValueKind::Object(_) | ValueKind::List(_)) {
                    found.extend(self.element(table));
                }
            }
        }
        found.retain(|abs| matches!(abs, Abs::Class(_) | Abs::Func(..)));
        found
    }

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
