//! Which declared fields of the program's classes are personal data.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::inventory::Location;
use crate::ir::{ClassKind, TypeExpr, ValueId, ValueKind};
use crate::link::{Abs, ClassId, Gv, Program, Resolver};
use crate::personal::{FieldQuery, PersonalData};
use crate::place;

/// A declared field that is personal data.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) location: Location,
    pub(crate) name: String,
    pub(crate) owner: String,
    /// `User.email`
    pub(crate) label: String,
    pub(crate) category: String,
    pub(crate) special: bool,
}

pub(crate) struct Fields {
    by_field: FxHashMap<(ClassId, usize), Declared>,
    pub(crate) personal: PersonalData,
}

/// How deep a whole object is followed into the objects it holds.
const DEPTH: u32 = 4;

impl Fields {
    pub(crate) fn new(program: &Program<'_>, personal: PersonalData) -> Self {
        let mut by_field = FxHashMap::default();
        let mut columns = FxHashSet::default();
        let path = |class: ClassId| &program.file(program.class_file(class)).path;
        // Of a table that several SQL files create, the one that lies highest in the tree tells.
        let mut classes: Vec<ClassId> = program.classes().collect();
        classes.sort_by_cached_key(|class| {
            let sql = path(*class).ends_with(".sql");
            (sql, if sql { path(*class).matches('/').count() } else { 0 })
        });
        for class in classes {
            let c = program.class(class);
            if c.kind == ClassKind::Enum {
                continue;
            }
            let owner = program.class_label(class);
            let siblings: Vec<&str> = c.fields.iter().map(|f| &*f.name).collect();
            let file = program.class_file(class);
            for (i, field) in c.fields.iter().enumerate() {
                let ty = type_text(program, class, i);
                let query = FieldQuery {
                    name: &field.name,
                    owner: &owner,
                    owner_kind: c.kind,
                    ty: ty.as_deref(),
                    siblings: &siblings,
                    file: &program.file(file).path,
                };
                if let Some(hit) = personal.classify(&query) {
                    if path(class).ends_with(".sql")
                        && !columns.insert((owner.to_ascii_lowercase(), field.name.to_ascii_lowercase()))
                    {
                        continue;
                    }
                    let declared = Declared {
                        location: place::at(program, file, field.span),
                        name: field.name.to_string(),
                        label: if c.name.is_empty() {
                            field.name.to_string()
                        } else {
                            format!("{owner}.{}", field.name)
                        },
                        owner: owner.clone(),
                        category: hit.category,
                        special: hit.special,
                    };
                    by_field.insert((class, i), declared);
                }
            }
        }
        records(program, &mut by_field);
        Fields { by_field, personal }
    }

    /// No fields: for walks that ask for constants.
    pub(crate) fn none() -> Self {
        Fields { by_field: FxHashMap::default(), personal: PersonalData::default() }
    }

    pub(crate) fn of(&self, class: ClassId, field: usize) -> Option<&Declared> {
        self.by_field.get(&(class, field))
    }

    /// All of them, in the order of classes and fields.
    pub(crate) fn all(&self) -> Vec<(ClassId, &Declared)> {
        let mut all: Vec<_> = self.by_field.iter().map(|((class, i), d)| (*class, *i, d)).collect();
        all.sort_by_key(|(class, i, _)| (*class, *i));
        all.into_iter().map(|(class, _, d)| (class, d)).collect()
    }

    /// The personal fields of a class and of what its fields hold.
    pub(crate) fn within(&self, program: &Program<'_>, resolver: &mut Resolver<'_>, class: ClassId) -> Vec<Declared> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        self.collect(program, resolver, class, DEPTH, &mut seen, &mut found);
        found
    }

    fn collect(
        &self,
        program: &Program<'_>,
        resolver: &mut Resolver<'_>,
        class: ClassId,
        depth: u32,
        seen: &mut FxHashSet<ClassId>,
        found: &mut Vec<Declared>,
    ) {
        if depth == 0 || !seen.insert(class) {
            return;
        }
        for owner in program.lineage(class) {
            for i in 0..program.class(owner).fields.len() {
                if let Some(declared) = self.by_field.get(&(owner, i)) {
                    found.push(declared.clone());
                }
                for abs in resolver.declared_type_of(owner, i) {
                    let mut abs = abs;
                    while let Abs::Seq(inner) = abs {
                        abs = *inner;
                    }
                    if let Abs::Instance(inner) = abs
                        && !program.is_relation(owner, i)
                    {
                        self.collect(program, resolver, inner, depth - 1, seen, found);
                    }
                }
            }
        }
    }
}

/// Categories of which a value is one text, and no record with fields of its own.
const OF_TEXTS: &[&str] = &["email", "phone", "ip_address", "national_id", "other"];
const MESSAGES: &str = "communications_content";

/// Fields that are called like a text and hold a record: `email: Mail` is a message, and a `contact: Score` of which no
/// field is personal is nothing.
fn records(program: &Program<'_>, by_field: &mut FxHashMap<(ClassId, usize), Declared>) {
    let mut types = Resolver::new(program, None);
    let of_texts = by_field.iter().filter(|(_, d)| OF_TEXTS.contains(&d.category.as_str()));
    let mut asked: Vec<(ClassId, usize)> = of_texts.map(|(at, _)| *at).collect();
    asked.sort();
    let mut changed: Vec<((ClassId, usize), Option<&str>)> = Vec::new();
    for (class, field) in asked {
        let mut held = Vec::new();
        let mut record = false;
        for abs in types.declared_type_of(class, field) {
            let (Abs::Instance(inner) | Abs::Class(inner)) = abs else { continue };
            for owner in program.lineage(inner) {
                let declared = program.class(owner);
                let fields = declared.fields.len();
                // A class that only sets what its base offers is a text all the same: `class Phone(PhoneNumber)`.
                let typed = declared.kind == ClassKind::Schema || declared.fields.iter().any(|f| f.ty.is_some());
                record |= fields > 0 && typed && declared.kind != ClassKind::Enum;
                held.extend((0..fields).filter_map(|i| by_field.get(&(owner, i))).map(|d| d.category.as_str()));
            }
        }
        if record && held.is_empty() {
            changed.push(((class, field), None));
        } else if record && by_field[&(class, field)].category == "email" && held.contains(&MESSAGES) {
            changed.push(((class, field), Some(MESSAGES)));
        }
    }
    for (at, category) in changed {
        match category {
            Some(category) => {
                if let Some(declared) = by_field.get_mut(&at) {
                    declared.category = category.to_owned();
                }
            }
            None => {
                by_field.remove(&at);
            }
        }
    }
}

/// A field's type as text: as declared, or the schema call that makes it (`z.string()`).
fn type_text(program: &Program<'_>, class: ClassId, field: usize) -> Option<String> {
    let c = program.class(class);
    let decl = &c.fields[field];
    if let Some(ty) = &decl.ty {
        return Some(render(ty));
    }
    let func = program.func_id(program.class_file(class), c.scope);
    decl.default.map(|value| call_text(program, Gv { func, value }, 8))
}

fn render(ty: &TypeExpr) -> String {
    let list = |types: &[TypeExpr], between: &str| types.iter().map(render).collect::<Vec<_>>().join(between);
    match ty {
        TypeExpr::Name(name, args) if args.is_empty() => name.to_string(),
        TypeExpr::Name(name, args) => format!("{name}[{}]", list(args, ", ")),
        TypeExpr::Union(options) => list(options, " | "),
        TypeExpr::Intersection(parts) => list(parts, " & "),
        TypeExpr::Inline(_) => "object".into(),
        TypeExpr::Literal(text) => format!("\"{text}\""),
        TypeExpr::TypeOf(name) => format!("typeof {name}"),
        TypeExpr::Member(inner, key) => format!("{}[\"{key}\"]", render(inner)),
        TypeExpr::Unknown | TypeExpr::Entered => "unknown".into(),
    }
}

/// `z.string().email()`, `Column(String)`: the calls of a declaration as text.
fn call_text(program: &Program<'_>, gv: Gv, depth: u32) -> String {
    let at = |value: ValueId| Gv { func: gv.func, value };
    if depth == 0 {
        return String::new();
    }
    match program.kind(gv) {
        ValueKind::Call(call) => {
            let args: Vec<String> = call.args.iter().map(|a| call_text(program, at(a.value), depth - 1)).collect();
            format!("{}({})", call_text(program, at(call.callee), depth - 1), args.join(", "))
        }
        ValueKind::Field(base, name) => format!("{}.{name}", call_text(program, at(*base), depth - 1)),
        ValueKind::Free(name) => name.to_string(),
        ValueKind::Import(ix) => program.file(program.file_of(gv.func)).imports[*ix as usize].local.to_string(),
        ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } => call_text(program, at(*base), depth),
        ValueKind::List(items) => {
            let parts: Vec<String> = items.iter().map(|(v, _)| call_text(program, at(*v), depth - 1)).collect();
            parts.join(", ")
        }
        ValueKind::Bool(b) => b.to_string(),
        ValueKind::Num(n) => n.to_string(),
        ValueKind::Str(s) => format!("{s:?}"),
        _ => String::new(),
    }
}
