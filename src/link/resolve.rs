//! What may a value be? Follows a value back through assignments, imports, attributes, calls and types until it is a
//! function, a class, an instance, or something of a package outside the tree.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::abs::{Abs, member_path, push_chain};
use super::calls::CallGraph;
use super::{ClassId, FileId, Gv, ImportTarget, Program, bind};
use crate::catalogue::{Passes, Wrapper};
use crate::ir::{ArgRole, Call, ClassKind, FnIx, FnKind, Language, ParamKind, Seg, Sym, TypeExpr, ValueKind};

/// How deep a question may lead before it is left open.
const DEPTH: u32 = 48;
/// How often a question that came out empty because of a cycle is asked again.
const TRIES: u8 = 6;
/// How many answers to a question are kept.
pub(super) const MOST: usize = 48;

/// Answers questions about one program; keeps what it found. Its answers depend on the questions' order only through
/// cycles, so give each independent piece of work its own.
pub(crate) struct Resolver<'p> {
    pub(super) program: &'p Program<'p>,
    pub(super) calls: Option<&'p CallGraph>,
    /// Whether a parameter is also what its callers pass.
    pub(super) callers: bool,
    known: FxHashMap<Gv, Vec<Abs>>,
    /// Parts of what functions return, by name.
    pub(super) parts: FxHashMap<(super::FuncId, Sym), (Vec<Gv>, bool)>,
    /// What callers put under a name in the object that they pass for a parameter.
    pub(super) passed: FxHashMap<(super::FuncId, u32, Sym), Vec<Gv>>,
    /// What is under a name of an attribute's value.
    pub(super) held: FxHashMap<(Gv, Sym), Vec<Gv>>,
    pub(super) open: FxHashSet<Gv>,
    open_types: u32,
    depth: u32,
    /// How often a cycle or the depth limit left a question open.
    cuts: u32,
    tries: FxHashMap<Gv, u8>,
}

/// In a table of a library (`defaultdict(list)`) so many functions may stand for one that is called; the listeners of all
/// events of a large bus would not.
const FEW_KEPT: usize = 6;

/// How many of `all` functions are looked at with one resolver: near each other, they lead to the same questions. Each
/// group may ask them of the whole program anew, so there are at most [`GROUPS`]. They do not depend on the number of
/// threads.
pub(crate) fn together(all: usize) -> usize {
    all.div_ceil(GROUPS).max(64)
}

const GROUPS: usize = 64;

impl<'p> Resolver<'p> {
    /// With a call graph, parameters are also followed to the arguments at their call sites.
    #[must_use]
    pub(crate) fn new(program: &'p Program<'_>, calls: Option<&'p CallGraph>) -> Self {
        Resolver {
            program,
            calls,
            callers: true,
            known: FxHashMap::default(),
            parts: FxHashMap::default(),
            passed: FxHashMap::default(),
            held: FxHashMap::default(),
            open: FxHashSet::default(),
            open_types: 0,
            depth: 0,
            cuts: 0,
            tries: FxHashMap::default(),
        }
    }

    /// One that holds a parameter for what it is declared as, whoever calls: for those who go to the callers themselves.
    #[must_use]
    pub(crate) fn declared(program: &'p Program<'_>, calls: &'p CallGraph) -> Self {
        Resolver { callers: false, ..Resolver::new(program, Some(calls)) }
    }

    /// Everything the value may be, as far as known; sorted by discovery, without duplicates.
    pub(crate) fn resolve(&mut self, gv: Gv) -> Vec<Abs> {
        if let Some(known) = self.known.get(&gv) {
            return known.clone();
        }
        if self.depth >= DEPTH || !self.open.insert(gv) {
            self.cuts += 1;
            return Vec::new();
        }
        let cuts = self.cuts;
        self.depth += 1;
        let mut found = self.compute(gv);
        if found.iter().all(|abs| matches!(abs, Abs::Ext(_))) && !self.program.checks.is_empty() {
            found.extend(self.checked(gv));
        }
        self.depth -= 1;
        self.open.remove(&gv);
        dedupe(&mut found);
        // An answer that a cycle or the depth limit left empty is asked again from elsewhere, but not for ever.
        let tries = if found.is_empty() && cuts != self.cuts && self.depth > 0 {
            let tries = self.tries.entry(gv).or_default();
            *tries += 1;
            *tries
        } else {
            TRIES
        };
        if tries >= TRIES {
            self.known.insert(gv, found.clone());
        }
        found
    }

    fn compute(&mut self, gv: Gv) -> Vec<Abs> {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        if let Some(class) = program.schemas.get(&gv) {
            return vec![Abs::Class(*class)];
        }
        match program.kind(gv) {
            ValueKind::Func(ix) => vec![Abs::Func(program.func_id(program.file_of(gv.func), *ix), None)],
            ValueKind::Decorated { func, call, .. } => {
                let own = Abs::Func(program.func_id(program.file_of(gv.func), *func), None);
                self.decorated(at(*call), own, 4)
            }
            ValueKind::Class(ix) => vec![Abs::Class(program.class_id(program.file_of(gv.func), *ix))],
            ValueKind::Import(ix) => self.import_abs(program.file_of(gv.func), *ix),
            ValueKind::Free(name) => self.free(gv, name),
            ValueKind::This => program.this_class(gv.func).map(Abs::Instance).into_iter().collect(),
            ValueKind::Param(ix) => self.param(gv, *ix),
            ValueKind::Field(base, name) => match program.stores.stored(program, gv) {
                Some(values) => values.into_iter().flat_map(|v| self.resolve(v)).collect(),
                None => self.field(at(*base), name),
            },
            ValueKind::Index(base, key) => {
                let found = self.named_alike(at(*base), at(*key));
                if found.is_empty() { self.element(at(*base)) } else { found }
            }
            ValueKind::Elem(base) => self.element(at(*base)),
            ValueKind::Call(call) => self.call(gv, call),
            ValueKind::Phi(options) => options.iter().flat_map(|v| self.resolve(at(*v))).collect(),
            ValueKind::Update { base, .. }
            | ValueKind::AfterCall { base, .. }
            | ValueKind::Delete { base, .. }
            | ValueKind::Rest(base, _) => self.resolve(at(*base)),
            ValueKind::Typed(value, ty) => {
                let mut found = self.resolve(at(*value));
                let declared = self.instances(program.file_of(gv.func), ty);
                // `new Map<string, Person>()`: the collection is what it holds.
                if declared.iter().any(|a| matches!(a, Abs::Seq(_))) {
                    found.retain(|a| !matches!(a, Abs::Ext(path) if path.starts_with("global#")));
                }
                found.extend(declared);
                found
            }
            ValueKind::Concat(parts) | ValueKind::Unknown(parts) => self.piped(gv, parts),
            _ => Vec::new(),
        }
    }

    /// What a decorator of the tree makes of a function; libraries' decorators leave it what it is.
    fn decorated(&mut self, call: Gv, own: Abs, depth: u32) -> Vec<Abs> {
        let program = self.program;
        let ValueKind::Call(c) = program.kind(call) else { return vec![own] };
        let at = |value| Gv { func: call.func, value };
        if depth == 0 || c.kind != crate::ir::CallKind::Decorator {
            return vec![own];
        }
        let inner = c.args.first().map(|a| self.decorated(at(a.value), own.clone(), depth - 1)).unwrap_or_default();
        let mut found = Vec::new();
        if self.is_copied_decorator(at(c.callee)) {
            return inner;
        }
        for abs in self.resolve(at(c.callee)) {
            let Abs::Func(decorator, _) = abs else { continue };
            for value in &program.function(decorator).returns {
                let value = Gv { func: decorator, value: *value };
                match program.kind(value) {
                    ValueKind::Param(_) => found.extend(inner.iter().cloned()),
                    _ => found.extend(self.resolve(value).into_iter().filter(|a| matches!(a, Abs::Func(..)))),
                }
            }
        }
        if found.is_empty() { inner } else { found }
    }

    /// `@wraps(f)`: what a library makes of `f` is a decorator, and not `f` itself.
    pub(super) fn is_copied_decorator(&mut self, callee: Gv) -> bool {
        let program = self.program;
        let ValueKind::Call(made) = program.kind(callee) else { return false };
        let lang = program.lang(callee.func);
        self.resolve(Gv { func: callee.func, value: made.callee }).iter().any(|abs| {
            matches!(abs, Abs::Ext(path) if matches!(program.catalogue.wrapper(lang, path), Some(Wrapper::Callable | Wrapper::Value)))
        })
    }

    /// `prompt | model | parser`: a chain, where an operand's type says so.
    fn piped(&mut self, gv: Gv, parts: &[crate::ir::ValueId]) -> Vec<Abs> {
        if self.program.lang(gv.func) != crate::catalogue::Lang::Python || parts.len() > 8 {
            return Vec::new();
        }
        for part in parts {
            for abs in self.resolve(Gv { func: gv.func, value: *part }) {
                if let Abs::Typed { ty, chain, .. } = abs
                    && chain.is_empty()
                    && let Some(ty) = self.program.catalogue.pipe(ty)
                {
                    return vec![Abs::Typed { ty, chain: Arc::from(""), site: Some(gv) }];
                }
            }
        }
        Vec::new()
    }

    pub(super) fn import_abs(&mut self, file: FileId, ix: u32) -> Vec<Abs> {
        let program = self.program;
        let ir = program.file(file);
        let import = &ir.imports[ix as usize];
        match (program.import_target(file, ix), &import.name) {
            (ImportTarget::File(target), None) => vec![Abs::Module(*target)],
            (ImportTarget::File(target), Some(name)) => {
                let values = program.exported(*target, name);
                if !values.is_empty() {
                    return values.into_iter().flat_map(|v| self.resolve(v)).collect();
                }
                let sub = self.submodule(*target, name).or_else(|| program.exported_namespace(*target, name, 4));
                if let Some(sub) = sub {
                    return vec![Abs::Module(sub)];
                }
                program.exported_class(*target, name, 8).map(Abs::Class).into_iter().collect()
            }
            (ImportTarget::External, name) => {
                // `from pkg import module` of a namespace package.
                if ir.language == Language::Python
                    && let Some(name) = name
                    && let Some(sub) = program.resolve_module(file, &python_join(&import.module, name))
                {
                    return vec![Abs::Module(sub)];
                }
                let own = match ir.language {
                    Language::Python => None,
                    _ => program.project.own_name(&ir.path, &import.module),
                };
                let module = own.as_deref().unwrap_or(&import.module);
                vec![self.external(&match (ir.language, name) {
                    (Language::Python, None) => import.module.to_string(),
                    (Language::Python, Some(name)) => python_join(&import.module, name),
                    (_, None) => format!("{module}#"),
                    (_, Some(name)) => format!("{module}#{name}"),
                })]
            }
        }
    }

    fn submodule(&self, package: FileId, name: &str) -> Option<FileId> {
        let ir = self.program.file(package);
        if ir.language != Language::Python || !ir.path.ends_with("__init__.py") {
            return None;
        }
        self.program.resolve_module(package, &format!(".{name}"))
    }

    fn external(&self, path: &str) -> Abs {
        Abs::Ext(Arc::from(path))
    }

    fn free(&mut self, gv: Gv, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        if &**name == "this" {
            return program.this_class(gv.func).map(Abs::Instance).into_iter().collect();
        }
        let mut values = program.free(gv.func, name);
        let declared = !values.is_empty();
        if let Some(owner) = program.declaring(gv.func, name)
            && let Some(outer) = program.outer_defs.get(&(owner, name.clone()))
        {
            values.extend(outer.iter().filter(|d| d.path.is_empty() && !d.mutation).map(|d| d.value));
        }
        if !declared && values.is_empty() {
            if &**name == "super" {
                return self.parents(gv);
            }
            return vec![match program.lang(gv.func) {
                crate::catalogue::Lang::Python => Abs::Ext(name.clone()),
                crate::catalogue::Lang::Js => Abs::Ext(Arc::from(format!("global#{name}"))),
            }];
        }
        values.into_iter().filter(|v| *v != gv).flat_map(|v| self.resolve(v)).collect()
    }

    /// `super`: the base classes of the class around.
    fn parents(&mut self, gv: Gv) -> Vec<Abs> {
        let program = self.program;
        let Some(class) = program.this_class(gv.func) else { return Vec::new() };
        let mut found: Vec<Abs> =
            program.base_classes.get(class.0 as usize).into_iter().flatten().map(|c| Abs::Instance(*c)).collect();
        if found.is_empty() && program.subclasses.contains_key(&class) {
            // Of a mixin: what comes after it in the classes that take it in.
            for sub in program.descendants(class).into_iter().skip(1).take(MOST) {
                let next = program.lineage(sub).into_iter().skip_while(|c| *c != class).nth(1);
                found.extend(next.map(Abs::Instance).filter(|abs| !found.contains(abs)));
            }
        }
        if found.is_empty() {
            let lang = program.lang(gv.func);
            for base in program.external_bases.get(class.0 as usize).into_iter().flatten() {
                found.push(match program.catalogue.type_by_ctor(lang, base, None) {
                    Some(ty) => Abs::Typed { ty, chain: Arc::from(""), site: None },
                    None => Abs::Ext(Arc::from(format!("{base}()"))),
                });
            }
        }
        found
    }

    fn param(&mut self, gv: Gv, ix: u32) -> Vec<Abs> {
        let program = self.program;
        let f = program.function(gv.func);
        let Some(param) = f.params.get(ix as usize) else { return Vec::new() };
        if ix == 0 && program.lang(gv.func) == crate::catalogue::Lang::Python {
            match (f.kind, program.class_of(gv.func)) {
                (FnKind::Method | FnKind::Property, Some(class)) => return vec![Abs::Instance(class)],
                (FnKind::ClassMethod, Some(class)) if &*f.name == "__init_subclass__" => {
                    let below = program.descendants(class).into_iter().skip(1).take(MOST);
                    return below.map(Abs::Class).collect();
                }
                (FnKind::ClassMethod, Some(class)) => return vec![Abs::Class(class)],
                _ => {}
            }
        }
        let mut found = Vec::new();
        if let Some(ty) = &param.ty {
            let instances = self.instances(program.file_of(gv.func), ty);
            match param.kind {
                ParamKind::Rest | ParamKind::Keywords => {
                    found.extend(instances.into_iter().map(|a| Abs::Seq(Box::new(a))));
                }
                _ => found.extend(instances),
            }
        }
        if let Some(default) = param.default {
            found.extend(self.default(gv.func, &param.name, default));
        }
        if let Some(calls) = self.calls
            && found.is_empty()
            // What one place hands to a function says nothing of what it is given elsewhere.
            && (self.callers || calls.callers(gv.func).is_empty() && calls.callbacks(gv.func).len() == 1)
        {
            // `handlers.forEach(h => h(x))`, `import("sdk").then(sdk => …)`
            for site in calls.callbacks(gv.func).iter().take(4) {
                if let ValueKind::Call(call) = program.kind(site.call)
                    && site.callback() == Some(0)
                    && ix == 0
                    && let ValueKind::Field(receiver, name) =
                        program.kind(Gv { func: site.call.func, value: call.callee })
                    && &**name == "then"
                {
                    found.extend(self.resolve(Gv { func: site.call.func, value: *receiver }));
                }
                if let ValueKind::Call(call) = program.kind(site.call)
                    && site.callback() == Some(0)
                    && ix == 0
                    && let ValueKind::Field(receiver, name) =
                        program.kind(Gv { func: site.call.func, value: call.callee })
                    && program.catalogue.is_iteration(name)
                    && !program.catalogue.is_fold(name)
                {
                    let of = Gv { func: site.call.func, value: *receiver };
                    found.extend(self.element(of).into_iter().filter(|a| match a {
                        Abs::Func(..) => true,
                        // Of what does something, its methods say what they give; data are met at the receiver.
                        Abs::Instance(class) => self.does_something(*class),
                        _ => false,
                    }));
                }
            }
        }
        if let Some(calls) = self.calls.filter(|_| self.callers) {
            // What a test hands in is not what the program runs with.
            let in_test = program.in_test(gv.func);
            let callers = calls.callers(gv.func).iter().filter(|s| in_test || !program.in_test(s.call.func));
            for site in callers.take(MOST) {
                for bound in bind::bind(program, site, gv.func, ix) {
                    let arg = bound.gv(site.call.func);
                    found.extend(match bound.path.as_slice() {
                        [] => self.resolve(arg),
                        [Seg::Field(name)] => self.field_of(arg, name),
                        _ => self.element(arg),
                    });
                }
            }
        }
        found
    }

    // ---- members ---------------------------------------------------------------------------------------------------

    pub(super) fn field(&mut self, base: Gv, name: &Sym) -> Vec<Abs> {
        let mut found = self.field_of(base, name);
        for abs in &mut found {
            if let Abs::Func(f, receiver @ None) = abs
                && matches!(self.program.function(*f).kind, FnKind::Method | FnKind::ClassMethod)
            {
                *receiver = Some(base);
            }
        }
        found
    }

    /// The members of this name of whatever `base` may be.
    pub(crate) fn field_of(&mut self, base: Gv, name: &Sym) -> Vec<Abs> {
        if let ValueKind::Param(0) = self.program.kind(base) {
            let validated = self.validated_member(base.func, name);
            if !validated.is_empty() {
                return validated;
            }
        }
        if let Some(method) = self.inherited(base, name) {
            return vec![Abs::Func(method, None)];
        }
        let (stored, complete) = self.stored(base, name, 0);
        let mut found: Vec<Abs> = stored.into_iter().flat_map(|v| self.resolve(v)).collect();
        if complete && !found.is_empty() {
            return found;
        }
        for abs in self.resolve(base) {
            found.extend(self.member(&abs, name));
        }
        if found.is_empty() {
            found = self.prototype_methods(base, name);
        }
        if found.is_empty()
            && matches!(self.program.kind(base), ValueKind::Field(..))
            && !self.program.catalogue.is_collection_method(name)
        {
            found = self.kept_functions(base, Some(name));
        }
        found
    }

    /// What a module gives under a name: a value, or a module inside of it.
    pub(crate) fn module_member(&mut self, file: FileId, name: &Sym) -> Vec<Abs> {
        let mut found = self.member(&Abs::Module(file), name);
        if !found.iter().any(|a| matches!(a, Abs::Module(_))) {
            found.extend(self.submodule(file, name).map(Abs::Module));
        }
        found
    }

    pub(super) fn member(&mut self, abs: &Abs, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        match abs {
            Abs::Module(file) => {
                let values = program.exported(*file, name);
                if !values.is_empty() {
                    return values.into_iter().flat_map(|v| self.resolve(v)).collect();
                }
                if let Some(sub) = self.submodule(*file, name) {
                    return vec![Abs::Module(sub)];
                }
                program.exported_class(*file, name, 8).map(Abs::Class).into_iter().collect()
            }
            Abs::Class(class) => {
                let found = self.class_member(*class, name);
                // Of a library's base class only one of a database says what its members are.
                let rows =
                    found.is_empty() || program.is_record(*class) && found.iter().all(|abs| matches!(abs, Abs::Ext(_)));
                if rows && self.has_rows(*class) && program.declared_field(*class, name).is_none() {
                    // `User.objects`, `User.query`: still the class, as a store of its instances.
                    return std::iter::once(Abs::Class(*class)).chain(found).collect();
                }
                found
            }
            Abs::Instance(class) => self.instance_member(*class, name),
            Abs::Ext(path) => vec![self.external(&member_path(path, name))],
            // `model, tokenizer = load(...)`
            Abs::Typed { chain, .. } if chain.is_empty() && name.parse::<u32>().is_ok() => vec![abs.clone()],
            Abs::Typed { ty, chain, site } => {
                let chain = push_chain(chain, name);
                match program.catalogue.member(*ty, &chain, false) {
                    Some(to) if to != *ty => vec![Abs::Typed { ty: to, chain: Arc::from(""), site: *site }],
                    // A member of the same type (`client.beta`) stays in the chain: some rows name it.
                    _ => vec![Abs::Typed { ty: *ty, chain, site: *site }],
                }
            }
            Abs::Seq(inner) if name.parse::<i64>().is_ok() => vec![(**inner).clone()],
            // A dict of things, read by key.
            Abs::Seq(inner) if !program.catalogue.is_collection_method(name) => vec![(**inner).clone()],
            Abs::Func(..) if &**name == "__call__" => vec![abs.clone()],
            Abs::Seq(_) | Abs::Func(..) | Abs::Gives(_) => Vec::new(),
        }
    }

    fn class_member(&mut self, class: ClassId, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        if let Some(f) = program.method(class, name) {
            return vec![Abs::Func(f, None)];
        }
        if let Some((owner, i)) = program.declared_field(class, name) {
            return self.declared_type(owner, i);
        }
        self.external_bases(class, name)
    }

    fn instance_member(&mut self, class: ClassId, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        let mut found = Vec::new();
        if let Some(f) = program.method(class, name) {
            let function = program.function(f);
            if function.kind == FnKind::Property {
                return self.returned(f);
            }
            let open = function.is_abstract || program.class(class).kind == ClassKind::Interface;
            if !open {
                found.push(Abs::Func(f, None));
            }
            if open || program.subclasses.contains_key(&class) {
                for sub in program.descendants(class).into_iter().skip(1).take(MOST) {
                    if let Some(ix) = program.class(sub).methods.get(name) {
                        found.push(Abs::Func(program.func_id(program.class_file(sub), *ix), None));
                    }
                }
            }
            if found.is_empty() {
                found.push(Abs::Func(f, None));
            }
            return found;
        }
        if program.subclasses.contains_key(&class) {
            for sub in program.descendants(class).into_iter().skip(1).take(MOST) {
                if let Some(ix) = program.class(sub).methods.get(name) {
                    found.push(Abs::Func(program.func_id(program.class_file(sub), *ix), None));
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        if let Some((owner, i)) = program.declared_field(class, name) {
            found.extend(self.declared_type(owner, i));
        }
        for owner in program.lineage(class) {
            if let Some(stores) = program.attr_stores.get(&(owner, name.clone())) {
                for store in stores.iter().filter(|s| s.rest.is_empty()).take(MOST) {
                    found.extend(self.resolve(store.value));
                }
            }
        }
        if found.is_empty() {
            found = self.reverse_rows(class, name);
        }
        if found.is_empty() {
            found = self.external_bases(class, name);
        }
        if found.is_empty() && program.declared_field(class, name).is_none() {
            found = self.beside_fields(class, name);
        }
        found
    }

    fn external_bases(&mut self, class: ClassId, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        let mut found = Vec::new();
        for owner in program.lineage(class) {
            for base in program.external_bases.get(owner.0 as usize).into_iter().flatten() {
                let lang = program.lang(program.func_id(program.class_file(owner), FnIx(0)));
                let abs = match program.catalogue.type_by_ctor(lang, base, None) {
                    Some(ty) => Abs::Typed { ty, chain: Arc::from(""), site: None },
                    None => Abs::Ext(Arc::from(format!("{base}()"))),
                };
                found.extend(self.member(&abs, name));
            }
        }
        found
    }

    /// What an instance of a tree class is for the catalogue: a class derived from a catalogued type is of that type.
    pub(crate) fn catalogue_types(&mut self, class: ClassId) -> Vec<Abs> {
        let program = self.program;
        let mut found = Vec::new();
        for owner in program.lineage(class) {
            for base in program.external_bases.get(owner.0 as usize).into_iter().flatten() {
                let lang = program.lang(program.func_id(program.class_file(owner), FnIx(0)));
                if let Some(ty) = program.catalogue.type_by_ctor(lang, base, None) {
                    found.push(Abs::Typed { ty, chain: Arc::from(""), site: None });
                }
            }
        }
        found
    }

    /// What a declared field holds.
    pub(crate) fn declared_type_of(&mut self, class: ClassId, field: usize) -> Vec<Abs> {
        self.declared_type(class, field)
    }

    fn declared_type(&mut self, class: ClassId, field: usize) -> Vec<Abs> {
        let program = self.program;
        if self.open_types > 16 {
            return Vec::new();
        }
        self.open_types += 1;
        let file = program.class_file(class);
        let decl = &program.class(class).fields[field];
        let mut found = decl.ty.as_ref().map(|ty| self.instances(file, ty)).unwrap_or_default();
        if found.is_empty()
            && let Some(default) = decl.default
        {
            let scope = program.func_id(file, program.class(class).scope);
            let gv = Gv { func: scope, value: default };
            found = self.related_rows(class, gv).into_iter().collect();
            if found.is_empty() {
                found = self.schemas_in(gv, 6);
            }
            if found.is_empty() {
                found = self.resolve(gv);
            }
        }
        self.open_types -= 1;
        found
    }

    pub(super) fn element(&mut self, base: Gv) -> Vec<Abs> {
        let program = self.program;
        let mut found = self.listed(base);
        if !found.is_empty() {
            return found;
        }
        for abs in self.resolve(base) {
            match abs {
                Abs::Seq(inner) => found.push(*inner),
                // Rows of a query: iterating gives the instances.
                Abs::Instance(c) => found.push(Abs::Instance(c)),
                Abs::Typed { .. } | Abs::Ext(_) => found.push(abs),
                _ => {}
            }
        }
        if found.is_empty() {
            let at = |value| Gv { func: base.func, value };
            match program.kind(base) {
                ValueKind::List(items) => {
                    for (value, spread) in items.iter().take(MOST) {
                        found.extend(if *spread { self.element(at(*value)) } else { self.resolve(at(*value)) });
                    }
                }
                ValueKind::Object(entries) => {
                    for (_, value) in entries.iter().take(MOST) {
                        found.extend(self.resolve(at(*value)));
                    }
                }
                ValueKind::Update { base, path, value, .. } if path.len() == 1 => {
                    found.extend(self.resolve(at(*value)));
                    found.extend(self.element(at(*base)));
                }
                ValueKind::Typed(inner, _) => found = self.element(at(*inner)),
                // A list of functions that a function gives.
                ValueKind::Call(_) if program.lang(base.func) == crate::catalogue::Lang::Python => {
                    found = self.given_elements(base);
                }
                ValueKind::AfterCall { base: inner, call, role: ArgRole::Receiver } => {
                    found = self.element(at(*inner));
                    if let ValueKind::Call(c) = program.kind(at(*call)) {
                        for arg in c.args.iter().take(2) {
                            let put = self.resolve(at(arg.value));
                            found.extend(put.into_iter().filter(|a| matches!(a, Abs::Func(..))));
                        }
                    }
                }
                ValueKind::Phi(options) if self.open.insert(base) => {
                    for option in options.iter().take(4) {
                        found.extend(self.element(at(*option)));
                    }
                    self.open.remove(&base);
                }
                ValueKind::Free(name) => {
                    for def in program.free(base.func, name).into_iter().take(4) {
                        if def != base && self.open.insert(base) {
                            found.extend(self.element(def));
                            self.open.remove(&base);
                        }
                    }
                }
                ValueKind::Import(ix) => {
                    let file = program.file_of(base.func);
                    let import = &program.file(file).imports[*ix as usize];
                    if let (ImportTarget::File(target), Some(n)) = (program.import_target(file, *ix), &import.name) {
                        for def in program.exported(*target, n) {
                            found.extend(self.element(def));
                        }
                    }
                }
                _ => {}
            }
        }
        if found.is_empty() {
            found = self.declared_table(base);
        }
        if found.iter().all(|abs| matches!(abs, Abs::Ext(_))) {
            let kept = self.kept_functions(base, None);
            let seen: FxHashSet<&Abs> = kept.iter().collect();
            if found.is_empty() || (1..=FEW_KEPT).contains(&seen.len()) {
                found = kept;
            }
        }
        if found.is_empty()
            && program.lang(base.func) == crate::catalogue::Lang::Python
            && let ValueKind::Field(..) = program.kind(base)
        {
            found = self.kept_instances(base);
        }
        found
    }

    // ---- calls -----------------------------------------------------------------------------------------------------

    /// What calling a function of the tree gives.
    pub(super) fn returned(&mut self, func: super::FuncId) -> Vec<Abs> {
        let program = self.program;
        let f = program.function(func);
        let mut found = match &f.return_type {
            Some(ty) => self.instances(program.file_of(func), ty),
            None => Vec::new(),
        };
        if found.iter().any(|abs| self.program.is_package_shape(abs)) {
            for value in f.returns.iter().take(MOST) {
                let package = |abs: &Abs| matches!(abs, Abs::Ext(path) if path.ends_with('#'));
                found.extend(self.resolve(Gv { func, value: *value }).into_iter().filter(package));
            }
        }
        // A declared client says less than the one that is made.
        if found.iter().all(Abs::is_declared) {
            let declared = !found.is_empty();
            for value in f.returns.iter().take(MOST) {
                let returned = self.resolve(Gv { func, value: *value });
                found.extend(returned.into_iter().filter(|abs| !declared || abs.is_made()));
            }
        }
        found
    }

    fn call(&mut self, gv: Gv, call: &Call) -> Vec<Abs> {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        let lang = program.lang(gv.func);
        let mut found = Vec::new();
        if let Some(values) = program.stores.stored(program, gv) {
            return values.into_iter().flat_map(|v| self.resolve(v)).collect();
        }
        if let Some(found) = self.got_by_name(gv, call) {
            return found;
        }
        let validated = self.validated_call(gv, call);
        if !validated.is_empty() {
            return validated;
        }
        let callees = self.resolve(at(call.callee));
        if matches!(program.kind(at(call.callee)), ValueKind::Free(n) if &**n == "super") {
            return callees; // `super()` is the instance, seen as its base
        }
        if let ValueKind::Field(base, name) = program.kind(at(call.callee))
            && &**name == "bind"
            && lang == crate::catalogue::Lang::Js
        {
            let method = |a: &Abs| match a {
                Abs::Func(..) => true,
                Abs::Typed { chain, .. } => !chain.is_empty(),
                _ => false,
            };
            let bound: Vec<Abs> = self.resolve(at(*base)).into_iter().filter(method).collect();
            if !bound.is_empty() {
                return bound;
            }
        }
        // A promise is what it will hold: its methods are never those of what it holds.
        if lang == crate::catalogue::Lang::Js
            && !callees.iter().any(|c| matches!(c, Abs::Func(..)))
            && let ValueKind::Field(_, name) = program.kind(at(call.callee))
            && matches!(&**name, "then" | "catch" | "finally")
            && let Some(inner) = self.continued(gv, call)
        {
            return inner;
        }
        for callee in &callees {
            match callee {
                Abs::Class(class) => {
                    found.push(Abs::Instance(*class));
                }
                Abs::Func(f, _) => match self.handed_back(gv, call, *f) {
                    Some(same) => found.extend(same),
                    None => found.extend(self.returned(*f)),
                },
                Abs::Gives(inner) => found.push((**inner).clone()),
                Abs::Ext(path) => {
                    let first = call.args.first().and_then(|a| match program.kind(at(a.value)) {
                        ValueKind::Str(s) => Some(&**s),
                        _ => None,
                    });
                    if let Some(ty) = program.catalogue.type_by_ctor(lang, path, first) {
                        found.push(Abs::Typed { ty, chain: Arc::from(""), site: Some(gv) });
                        continue;
                    }
                    if let Some(row) = program.catalogue.function(lang, path)
                        && let Some(ty) = program.catalogue.result_type(row)
                    {
                        found.push(Abs::Typed { ty, chain: Arc::from(""), site: Some(gv) });
                        continue;
                    }
                    match program.catalogue.wrapper(lang, path) {
                        Some(Wrapper::Callable | Wrapper::Partial | Wrapper::Value) => {
                            if let Some(arg) = call.args.first() {
                                found.extend(self.resolve(at(arg.value)));
                            }
                            continue;
                        }
                        Some(Wrapper::CallArgument(n)) => {
                            if let Some(arg) = call.args.get(n) {
                                for abs in self.resolve(at(arg.value)) {
                                    found.extend(self.call_result(&abs, gv));
                                }
                            }
                            continue;
                        }
                        Some(Wrapper::Default(n)) => {
                            if let Some(arg) = call.args.get(n) {
                                found.extend(self.default_of(at(arg.value)));
                            }
                            continue;
                        }
                        None => {}
                    }
                    if let Some(inner) = self.continued(gv, call) {
                        found.extend(inner);
                        continue;
                    }
                    // `Array.from(map.values())`
                    if &**path == "global#Array.from"
                        && let [of] = call.args.as_slice()
                    {
                        let of = self.resolve(at(of.value));
                        found.extend(of.into_iter().filter(|a| matches!(a, Abs::Seq(_))));
                    }
                    match self.rows_named(gv, call).or_else(|| self.by_method(gv, call)) {
                        Some(abs) => found.push(abs),
                        None => found.push(Abs::Ext(Arc::from(format!("{path}()")))),
                    }
                }
                Abs::Typed { .. } => found.extend(self.call_result(callee, gv)),
                // `User.objects.get()` kept the class; what comes back are its instances.
                Abs::Instance(_) | Abs::Seq(_) | Abs::Module(_) => {}
            }
        }
        if found.iter().all(|abs| matches!(abs, Abs::Ext(_))) {
            found.extend(self.declared_by_decorated(at(call.callee)));
        }
        if callees.is_empty() {
            found.extend(self.rows_named(gv, call).or_else(|| self.by_method(gv, call)));
            // `TABLE.get(kind)`
            if let ValueKind::Field(table, name) = program.kind(at(call.callee))
                && (lang, &**name, call.args.is_empty()) == (crate::catalogue::Lang::Python, "get", false)
            {
                let kept = self.element(at(*table)).into_iter();
                found.extend(kept.filter(|abs| matches!(abs, Abs::Func(..) | Abs::Class(_))));
            }
            if found.is_empty() {
                found.extend(self.continued(gv, call).unwrap_or_default());
            }
            // A method that the class does not define, on an instance: `.model_copy()`, `.limit(1)`, `.first()`.
            if let ValueKind::Field(receiver, name) = program.kind(at(call.callee))
                && found.is_empty()
                && !program.catalogue.passes_nothing(name)
            {
                let made = program.catalogue.is_iteration(name) && !program.catalogue.keeps_elements(name);
                let text = program.catalogue.passes(lang, name, None) == Some(Passes::Text);
                for abs in self.resolve(at(*receiver)) {
                    match abs {
                        // Rows of a query.
                        Abs::Instance(_) if made && lang == crate::catalogue::Lang::Js => {
                            found.extend(self.mapped(gv, call, name));
                        }
                        Abs::Instance(c) => found.push(Abs::Instance(c)),
                        Abs::Seq(inner) if program.catalogue.takes_one(name) => found.push(*inner),
                        // `xs.map(f)` holds what the function gives, `xs.join()` is a text.
                        Abs::Seq(_) if made => found.extend(self.mapped(gv, call, name)),
                        Abs::Seq(_) if text => {}
                        Abs::Seq(inner) => found.push(Abs::Seq(inner)),
                        _ => {}
                    }
                }
            }
        }
        // A store's method called on the class itself: `User.objects.get(...)`, `schema.parse(x)`.
        if let ValueKind::Field(receiver, name) = program.kind(at(call.callee)) {
            for abs in self.resolve(at(*receiver)) {
                if let Abs::Class(c) = abs
                    && self.has_rows(c)
                    && program.method(c, name).is_none()
                {
                    found.retain(|a| *a != Abs::Instance(c));
                    found.push(Abs::Instance(c));
                }
            }
        }
        // `select(Ticket)`, `session.get(Ticket, id)`, `db.select().from(users)`: rows of the class that is passed.
        if found.iter().all(|a| matches!(a, Abs::Ext(_)))
            && (callees.is_empty() || callees.iter().all(|a| matches!(a, Abs::Ext(_))))
        {
            let reads = match program.kind(at(call.callee)) {
                ValueKind::Field(_, name) | ValueKind::Free(name) => program.catalogue.is_row_reader(name),
                ValueKind::Import(_) => {
                    program.imported_name(at(call.callee)).is_some_and(|n| program.catalogue.is_row_reader(&n))
                }
                _ => false,
            };
            for arg in call.args.iter().take(if reads { 4 } else { 0 }) {
                for abs in self.resolve(at(arg.value)) {
                    if let Abs::Class(c) = abs
                        && self.has_rows(c)
                    {
                        found.push(Abs::Instance(c));
                    }
                }
            }
            // What a function or a text makes of rows is none.
            let made = |name: &Sym| {
                lang == crate::catalogue::Lang::Js
                    && (program.catalogue.is_iteration(name) && !program.catalogue.keeps_elements(name)
                        || program.catalogue.passes(lang, name, None) == Some(Passes::Text))
            };
            if let ValueKind::Field(receiver, name) = program.kind(at(call.callee))
                && !made(name)
            {
                let rows = self.resolve(at(*receiver)).into_iter().filter(|a| matches!(a, Abs::Instance(_)));
                found.extend(rows);
            }
        }
        found
    }

    fn call_result(&mut self, callee: &Abs, gv: Gv) -> Vec<Abs> {
        let program = self.program;
        match callee {
            Abs::Typed { ty, chain, site } => {
                let asked = if chain.is_empty() { "__call__" } else { chain };
                if let Some(to) = program.catalogue.member(*ty, asked, true) {
                    // A client's copy keeps what the client was made with; another thing is made here.
                    let site = if to == *ty { site.or(Some(gv)) } else { Some(gv) };
                    return vec![Abs::Typed { ty: to, chain: Arc::from(""), site }];
                }
                vec![Abs::Typed { ty: *ty, chain: Arc::from(format!("{chain}()")), site: *site }]
            }
            Abs::Func(f, _) => self.returned(*f),
            Abs::Class(c) => vec![Abs::Instance(*c)],
            Abs::Ext(path) => vec![Abs::Ext(Arc::from(format!("{path}()")))],
            _ => Vec::new(),
        }
    }

    /// `prisma.user.findUnique()`, `db.query.users.findFirst()`: the schema class that the chain names.
    fn rows_named(&mut self, gv: Gv, call: &Call) -> Option<Abs> {
        let program = self.program;
        let ValueKind::Field(receiver, method) = program.kind(Gv { func: gv.func, value: call.callee }) else {
            return None;
        };
        if !program.catalogue.is_row_reader(method) {
            return None;
        }
        let ValueKind::Field(_, table) = program.kind(Gv { func: gv.func, value: *receiver }) else { return None };
        program.schema_named(table).map(Abs::Instance)
    }

    /// Whether a type of the tree declares functions.
    fn does_something(&self, class: ClassId) -> bool {
        let c = self.program.class(class);
        let function = |ty: &TypeExpr| matches!(ty, TypeExpr::Name(name, _) if &**name == "Function");
        c.fields.iter().any(|field| field.ty.as_ref().is_some_and(function))
            || c.kind == ClassKind::Interface && !c.methods.is_empty()
    }

    /// Whether instances of the class are records: it declares fields and is no enum.
    fn has_rows(&self, class: ClassId) -> bool {
        let c = self.program.class(class);
        c.kind != ClassKind::Enum
            && self.program.lineage(class).iter().any(|c| !self.program.class(*c).fields.is_empty())
    }
}

fn python_join(module: &str, name: &str) -> String {
    if module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") }
}

fn dedupe(found: &mut Vec<Abs>) {
    let mut seen = FxHashSet::default();
    found.retain(|abs| seen.insert(abs.clone()));
    found.truncate(MOST);
}
