//! Linking: from single files to one program. Names to definitions across files, classes to their hierarchy, values to
//! what they may be ([`Abs`]), calls to their targets.

mod abs;
mod bind;
mod calls;
mod checked;
mod continued;
mod follow;
mod generic;
mod graphs;
mod hierarchy;
mod module_store;
mod parts;
mod prototype;
mod registry;
mod related;
mod resolve;
mod schema;
mod shared;
mod stores;
mod types;
mod unchanged;
mod validated;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use abs::Abs;
pub(crate) use bind::{Bound, RECEIVER, bind, bind_field};
pub(crate) use calls::{CallGraph, CallSite};
pub(crate) use related::is_envelope;
pub(crate) use resolve::{Resolver, together};
pub(crate) use stores::Stores;

use crate::catalogue::{Catalogue, Lang};
use crate::ir::{Class, ClassIx, FileIr, FnIx, FnKind, Function, Language, Seg, Span, Sym, Value, ValueId, ValueKind};
use crate::project::Project;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId(pub u32);
/// A function of the whole program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FuncId(pub u32);
/// A class of the whole program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClassId(pub u32);

/// A value of the whole program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Gv {
    pub func: FuncId,
    pub value: ValueId,
}

/// Where an import leads.
#[derive(Clone, Debug)]
pub(crate) enum ImportTarget {
    File(FileId),
    /// A package that is not part of the scanned tree.
    External,
}

/// The linked program. Immutable; every later stage reads it.
pub(crate) struct Program<'c> {
    pub files: Vec<Arc<FileIr>>,
    pub in_test: Vec<bool>,
    pub catalogue: &'c Catalogue,
    pub(crate) project: Project,
    by_path: FxHashMap<Sym, FileId>,
    fn_base: Vec<u32>,
    class_base: Vec<u32>,
    fn_file: Vec<FileId>,
    class_file: Vec<FileId>,
    import_targets: Vec<Vec<ImportTarget>>,
    star_targets: Vec<Vec<FileId>>,
    /// Class name → classes, per file.
    class_names: Vec<FxHashMap<Sym, ClassId>>,
    /// Stores to attributes of a class's instances: (class, attribute) → values stored, with the rest of the path.
    pub(crate) attr_stores: FxHashMap<(ClassId, Sym), Vec<AttrStore>>,
    /// Assignments and mutations of a name from inner functions: (declaring function, name) → values.
    pub(crate) outer_defs: FxHashMap<(FuncId, Sym), Vec<OuterDef>>,
    /// The class that a schema call declares.
    pub(crate) schemas: FxHashMap<Gv, ClassId>,
    /// Internal classes by base class.
    pub(crate) subclasses: FxHashMap<ClassId, Vec<ClassId>>,
    pub(crate) base_classes: Vec<Vec<ClassId>>,
    /// Canonical paths of base classes outside the tree.
    pub(crate) external_bases: Vec<Vec<Arc<str>>>,
    /// Functions and classes that define a method of this name.
    methods_by_name: FxHashMap<Sym, Vec<FuncId>>,
    pub(crate) call_graph: calls::CallGraph,
    pub stores: Stores,
    /// Schema classes by name in lower case.
    schema_names: FxHashMap<String, ClassId>,
    /// Names that have a setter in some class or object.
    setter_names: FxHashSet<Sym>,
    /// Names that are a property of some class.
    accessor_names: FxHashSet<Sym>,
    /// Parameters that are called, or passed on.
    called_params: FxHashSet<(FuncId, u32)>,
    /// Stores to attributes of objects that came from elsewhere: `state.items = x`.
    pub(crate) loose_stores: FxHashMap<(ClassId, Sym), Vec<AttrStore>>,
    /// Functions that share a state.
    pub(crate) graphs: graphs::Graphs,
    /// What functions ask of values: the value, and the class it is to be of.
    pub(crate) checks: FxHashMap<FuncId, Vec<(ValueId, ValueId)>>,
    /// Relations between tables, by name.
    relations: FxHashMap<Sym, Vec<related::Relation>>,
    /// Classes whose rows lead to those of another, by the name under which that one has them.
    reverse: FxHashMap<Sym, Vec<related::Reverse>>,
    /// Stores to attributes of classes themselves.
    class_stores: FxHashMap<(ClassId, Sym), Vec<AttrStore>>,
}

#[derive(Clone, Debug)]
pub(crate) struct AttrStore {
    pub(crate) value: Gv,
    /// What of the attribute was stored to: empty for the attribute itself.
    pub(crate) rest: Vec<Seg>,
}

#[derive(Clone, Debug)]
pub(crate) struct OuterDef {
    pub(crate) value: Gv,
    /// Empty for an assignment; otherwise what of the variable was stored to.
    pub(crate) path: Vec<Seg>,
    /// The value is a call that mutates the variable.
    pub(crate) mutation: bool,
}

impl<'c> Program<'c> {
    /// Link lowered files. `files` must be sorted by path.
    #[must_use]
    pub(crate) fn new(files: Vec<(Arc<FileIr>, bool)>, project: Project, catalogue: &'c Catalogue) -> Self {
        let (files, in_test): (Vec<Arc<FileIr>>, Vec<bool>) = files.into_iter().unzip();
        let mut program = Program {
            by_path: FxHashMap::default(),
            fn_base: Vec::new(),
            class_base: Vec::new(),
            fn_file: Vec::new(),
            class_file: Vec::new(),
            import_targets: Vec::new(),
            star_targets: Vec::new(),
            class_names: Vec::new(),
            attr_stores: FxHashMap::default(),
            outer_defs: FxHashMap::default(),
            schemas: FxHashMap::default(),
            subclasses: FxHashMap::default(),
            base_classes: Vec::new(),
            external_bases: Vec::new(),
            methods_by_name: FxHashMap::default(),
            call_graph: CallGraph::default(),
            stores: Stores::default(),
            schema_names: FxHashMap::default(),
            setter_names: FxHashSet::default(),
            accessor_names: FxHashSet::default(),
            called_params: FxHashSet::default(),
            class_stores: FxHashMap::default(),
            loose_stores: FxHashMap::default(),
            graphs: graphs::Graphs::default(),
            checks: FxHashMap::default(),
            relations: FxHashMap::default(),
            reverse: FxHashMap::default(),
            files,
            in_test,
            catalogue,
            project,
        };
        program.number();
        program.link_imports();
        schema::declare(&mut program);
        program.number_classes();
        program.index();
        program.link_bases();
        program.index_class_stores();
        program.relations = related::find(&program);
        program.reverse = related::reverse(&program);
        program.call_graph = calls::build(&program, None);
        program.stores = stores::find(&program);
        // Callees that come in through parameters are known only once the direct calls are.
        program.call_graph = calls::build(&program, Some(&program.call_graph));
        program.index_calls();
        program.loose_stores = stores::loose(&program);
        program.graphs = graphs::find(&program);
        program
    }

    fn number(&mut self) {
        let mut next = 0;
        for (i, file) in self.files.iter().enumerate() {
            let id = FileId(to_u32(i));
            self.by_path.insert(file.path.clone(), id);
            self.fn_base.push(next);
            next += to_u32(file.functions.len());
            self.fn_file.extend(std::iter::repeat_n(id, file.functions.len()));
        }
    }

    fn number_classes(&mut self) {
        let mut next = 0;
        for (i, file) in self.files.iter().enumerate() {
            let id = FileId(to_u32(i));
            self.class_base.push(next);
            let mut names = FxHashMap::default();
            for (c, class) in file.classes.iter().enumerate() {
                if !class.name.is_empty() {
                    names.entry(class.name.clone()).or_insert(ClassId(next + to_u32(c)));
                }
            }
            self.class_names.push(names);
            next += to_u32(file.classes.len());
            self.class_file.extend(std::iter::repeat_n(id, file.classes.len()));
        }
        // What the program declares of a table tells more than the statements that create it.
        let sql = |class: &ClassId| self.file(self.class_file(*class)).path.ends_with(".sql");
        let (later, first): (Vec<_>, Vec<_>) = self.classes().partition(sql);
        for class in first.into_iter().chain(later) {
            let c = self.class(class);
            if c.kind == crate::ir::ClassKind::Schema && !c.name.is_empty() {
                self.schema_names.entry(c.name.to_ascii_lowercase()).or_insert(class);
            }
        }
        // Schema calls were given file-local indices before the numbering.
        let schemas = std::mem::take(&mut self.schemas);
        self.schemas = schemas
            .into_iter()
            .map(|(gv, local)| {
                let base = self.class_base[self.file_of(gv.func).0 as usize];
                (gv, ClassId(base + local.0))
            })
            .collect();
    }

    fn link_imports(&mut self) {
        for file in &self.files {
            let resolve = |module: &str| match file.language {
                Language::Python => self.project.resolve_python(&file.path, module),
                _ => self.project.resolve_node(&file.path, module),
            };
            let targets = file
                .imports
                .iter()
                .map(|import| match resolve(&import.module).and_then(|p| self.by_path.get(&p).copied()) {
                    Some(id) => ImportTarget::File(id),
                    None => ImportTarget::External,
                })
                .collect();
            self.import_targets.push(targets);
            let stars = file.star_imports.iter().filter_map(|m| resolve(m).and_then(|p| self.by_path.get(&p).copied()));
            self.star_targets.push(stars.collect());
        }
    }

    fn index(&mut self) {
        let mut attr: FxHashMap<(ClassId, Sym), Vec<AttrStore>> = FxHashMap::default();
        let mut outer: FxHashMap<(FuncId, Sym), Vec<OuterDef>> = FxHashMap::default();
        let mut methods: FxHashMap<Sym, Vec<FuncId>> = FxHashMap::default();
        let mut checks: FxHashMap<FuncId, Vec<(ValueId, ValueId)>> = FxHashMap::default();
        for func in self.functions() {
            let f = self.function(func);
            if f.class.is_some() && f.kind != FnKind::Lambda {
                methods.entry(f.name.clone()).or_default().push(func);
            }
            for (name, value) in &f.outer_writes {
                // A name that nothing declares is a global, here one of the module.
                let owner = self.declaring(func, name).unwrap_or_else(|| self.module_of(func));
                let value = Gv { func, value: *value };
                outer.entry((owner, name.clone())).or_default().push(OuterDef {
                    value,
                    path: Vec::new(),
                    mutation: false,
                });
            }
            for (i, value) in f.values.iter().enumerate() {
                match &value.kind {
                    ValueKind::Update { base, path, value: stored, .. } => {
                        let gv = Gv { func, value: *stored };
                        self.index_store(func, *base, path, gv, &mut attr, &mut outer);
                    }
                    ValueKind::Call(call) => {
                        if let Some(check) = checked::check(f, call) {
                            checks.entry(func).or_default().push(check);
                        }
                        // `captured.append(x)`: a mutation of a variable of an enclosing scope.
                        if let ValueKind::Field(receiver, method) = f.kind_of(call.callee)
                            && let Some((ValueKind::Free(name), path)) = self.root(f, *receiver)
                            && self.catalogue.is_mutator(method)
                            && let Some(owner) = self.declaring(func, name)
                        {
                            let gv = Gv { func, value: ValueId(to_u32(i)) };
                            outer.entry((owner, name.clone())).or_default().push(OuterDef {
                                value: gv,
                                path,
                                mutation: true,
                            });
                        }
                    }
                    _ => {}
                }
            }
        }
        self.share_imported(&mut outer);
        self.attr_stores = attr;
        self.outer_defs = outer;
        self.methods_by_name = methods;
        self.checks = checks;
    }

    /// What the call graph lets one say of variables and classes.
    fn index_calls(&mut self) {
        let mut outer: Vec<((FuncId, Sym), OuterDef)> = Vec::new();
        let mut called = FxHashSet::default();
        for func in self.functions() {
            let f = self.function(func);
            if f.kind == FnKind::Property {
                let (name, of_class) = (f.name.clone(), f.class.is_some());
                if !of_class {
                    self.setter_names.insert(name.clone());
                }
                self.accessor_names.insert(name);
            }
        }
        for file in &self.files {
            for class in &file.classes {
                self.setter_names.extend(class.setters.keys().cloned());
            }
        }
        for func in self.functions() {
            let f = self.function(func);
            for (i, value) in f.values.iter().enumerate() {
                let gv = Gv { func, value: ValueId(to_u32(i)) };
                let ValueKind::Call(call) = &value.kind else { continue };
                for operand in std::iter::once(call.callee).chain(call.args.iter().map(|a| a.value)) {
                    self.called_param(func, operand, &mut called);
                }
                // A method of the tree that is called on a variable of an enclosing scope.
                if let ValueKind::Field(receiver, method) = f.kind_of(call.callee)
                    && !self.catalogue.is_mutator(method)
                    && self
                        .call_graph
                        .callees(gv)
                        .iter()
                        .any(|c| matches!(c, Abs::Func(f, _) if self.class_of(*f).is_some()))
                    && let Some((ValueKind::Free(name), path)) = self.root(f, *receiver)
                    && let Some(owner) = self.declaring(func, name)
                {
                    outer.push(((owner, name.clone()), OuterDef { value: gv, path, mutation: true }));
                }
            }
        }
        for (key, def) in outer {
            self.outer_defs.entry(key).or_default().push(def);
        }
        self.called_params = called;
        let mut attr = std::mem::take(&mut self.attr_stores);
        attr.values_mut().for_each(|stores| stores.retain(|store| !self.only_read(store.value)));
        self.attr_stores = attr;
        let mut outer = std::mem::take(&mut self.outer_defs);
        outer
            .values_mut()
            .for_each(|defs| defs.retain(|d| d.mutation || d.path.is_empty() || !self.only_read(d.value)));
        self.outer_defs = outer;
    }

    fn called_param(&self, func: FuncId, value: ValueId, called: &mut FxHashSet<(FuncId, u32)>) {
        let f = self.function(func);
        match f.kind_of(value) {
            ValueKind::Param(ix) => {
                called.insert((func, *ix));
            }
            ValueKind::Free(name) => {
                if let Some(owner) = self.declaring(func, name) {
                    let o = self.function(owner);
                    if let Some(ix) = o.params.iter().position(|p| p.name == *name) {
                        called.insert((owner, to_u32(ix)));
                    }
                }
            }
            ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => self.called_param(func, *base, called),
            ValueKind::Phi(options) if options.first().is_some_and(|o| *o < value) => {
                self.called_param(func, options[0], called);
            }
            _ => {}
        }
    }

    /// Whether a parameter is called, or passed on to what may call it.
    #[must_use]
    pub(crate) fn param_is_called(&self, func: FuncId, ix: u32) -> bool {
        self.called_params.contains(&(func, ix))
    }

    /// What is stored to an attribute of the class itself.
    pub(crate) fn class_stores(&self, class: ClassId, name: &Sym) -> &[AttrStore] {
        self.class_stores.get(&(class, name.clone())).map_or(&[], Vec::as_slice)
    }

    /// The setter of an attribute, looked up in the class and its bases.
    #[must_use]
    pub(crate) fn setter(&self, class: ClassId, name: &str) -> Option<FuncId> {
        self.lineage(class).into_iter().find_map(|c| {
            let ix = self.class(c).setters.get(name)?;
            Some(self.func_id(self.class_file(c), *ix))
        })
    }

    fn index_store(
        &self,
        func: FuncId,
        base: ValueId,
        path: &[Seg],
        stored: Gv,
        attr: &mut FxHashMap<(ClassId, Sym), Vec<AttrStore>>,
        outer: &mut FxHashMap<(FuncId, Sym), Vec<OuterDef>>,
    ) {
        let f = self.function(func);
        let Some((root, mut prefix)) = self.root(f, base) else { return };
        prefix.extend(path.iter().cloned());
        let class = match root {
            ValueKind::Param(0) if f.kind == FnKind::Method => self.class_of(func),
            ValueKind::This => self.class_of(func),
            ValueKind::Free(name) if &**name == "this" => self.this_class(func),
            ValueKind::Free(name) => self.captured_receiver(func, name, FnKind::Method),
            _ => None,
        };
        if let Some(class) = class
            && let Some(Seg::Field(name)) = prefix.first()
        {
            // The store of an attribute's own later version (`self.items` after `append`) leads back here: the walk
            // meets it again and stops.
            let rest = prefix[1..].to_vec();
            attr.entry((class, name.clone())).or_default().push(AttrStore { value: stored, rest });
        }
        self.index_module_store(func, root, &prefix, stored, outer);
        if let ValueKind::Free(name) = root
            && let Some(owner) = self
                .declaring(func, name)
                .or_else(|| matches!(&**name, "global" | "globalThis" | "window").then(|| self.module_of(func)))
        {
            outer.entry((owner, name.clone())).or_default().push(OuterDef {
                value: stored,
                path: prefix,
                mutation: false,
            });
        }
    }

    /// The value at the root of a chain of field reads and updates, and the path from it.
    fn root<'f>(&self, f: &'f Function, mut at: ValueId) -> Option<(&'f ValueKind, Vec<Seg>)> {
        let mut path = Vec::new();
        for _ in 0..200 {
            match f.kind_of(at) {
                ValueKind::Field(base, name) => {
                    path.push(Seg::Field(name.clone()));
                    at = *base;
                }
                ValueKind::Elem(base) | ValueKind::Index(base, _) => {
                    path.push(Seg::Elem);
                    at = *base;
                }
                ValueKind::Update { base, .. } | ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
                    at = *base;
                }
                ValueKind::Phi(options) => at = *options.first()?,
                kind => {
                    path.reverse();
                    return Some((kind, path));
                }
            }
        }
        None
    }

    fn link_bases(&mut self) {
        let mut bases = Vec::with_capacity(self.class_file.len());
        let mut external = Vec::with_capacity(self.class_file.len());
        for id in 0..to_u32(self.class_file.len()) {
            let id = ClassId(id);
            let (mut inside, mut outside) = (Vec::new(), Vec::new());
            let mut resolver = Resolver::new(self, None);
            for abs in resolver.base_values(id) {
                match abs {
                    Abs::Class(c) | Abs::Instance(c) if c != id && !inside.contains(&c) => inside.push(c),
                    Abs::Ext(path) if !outside.contains(&path) => outside.push(path),
                    _ => {}
                }
            }
            bases.push(inside);
            external.push(outside);
        }
        for (i, parents) in bases.iter().enumerate() {
            for parent in parents {
                self.subclasses.entry(*parent).or_default().push(ClassId(to_u32(i)));
            }
        }
        self.base_classes = bases;
        self.external_bases = external;
    }

    // ---- look-ups --------------------------------------------------------------------------------------------------

    pub(crate) fn functions(&self) -> impl Iterator<Item = FuncId> + use<> {
        (0..to_u32(self.fn_file.len())).map(FuncId)
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = ClassId> + use<> {
        (0..to_u32(self.class_file.len())).map(ClassId)
    }

    /// The module body of the file that a function is in.
    #[must_use]
    pub(crate) fn module_of(&self, func: FuncId) -> FuncId {
        self.func_id(self.file_of(func), FnIx(0))
    }

    /// The functions of a file.
    pub(crate) fn functions_of(&self, file: FileId) -> impl Iterator<Item = FuncId> + use<> {
        let first = self.fn_base[file.0 as usize];
        let count = to_u32(self.files[file.0 as usize].functions.len());
        (first..first + count).map(FuncId)
    }

    #[must_use]
    pub(crate) fn file_of(&self, func: FuncId) -> FileId {
        self.fn_file[func.0 as usize]
    }

    #[must_use]
    pub(crate) fn file(&self, id: FileId) -> &FileIr {
        &self.files[id.0 as usize]
    }

    #[must_use]
    pub(crate) fn lang(&self, func: FuncId) -> Lang {
        match self.file(self.file_of(func)).language {
            Language::Python => Lang::Python,
            _ => Lang::Js,
        }
    }

    #[must_use]
    pub(crate) fn function(&self, id: FuncId) -> &Function {
        let file = self.file_of(id);
        &self.files[file.0 as usize].functions[(id.0 - self.fn_base[file.0 as usize]) as usize]
    }

    #[must_use]
    pub(crate) fn func_id(&self, file: FileId, ix: FnIx) -> FuncId {
        FuncId(self.fn_base[file.0 as usize] + ix.0)
    }

    #[must_use]
    pub(crate) fn class_id(&self, file: FileId, ix: ClassIx) -> ClassId {
        ClassId(self.class_base[file.0 as usize] + ix.0)
    }

    #[must_use]
    pub(crate) fn class_file(&self, id: ClassId) -> FileId {
        self.class_file[id.0 as usize]
    }

    #[must_use]
    pub(crate) fn class(&self, id: ClassId) -> &Class {
        let file = self.class_file(id);
        &self.files[file.0 as usize].classes[(id.0 - self.class_base[file.0 as usize]) as usize]
    }

    #[must_use]
    pub(crate) fn value(&self, gv: Gv) -> &Value {
        self.function(gv.func).value(gv.value)
    }

    #[must_use]
    pub(crate) fn kind(&self, gv: Gv) -> &ValueKind {
        &self.value(gv).kind
    }

    #[must_use]
    pub(crate) fn span(&self, gv: Gv) -> Span {
        self.value(gv).span
    }

    /// The function in whose body `func` is written.
    #[must_use]
    pub(crate) fn parent(&self, func: FuncId) -> Option<FuncId> {
        self.function(func).parent.map(|ix| self.func_id(self.file_of(func), ix))
    }

    #[must_use]
    pub(crate) fn class_of(&self, func: FuncId) -> Option<ClassId> {
        self.function(func).class.map(|ix| self.class_id(self.file_of(func), ix))
    }

    /// The class whose instance `this` is in `func`: that of the nearest enclosing method.
    #[must_use]
    pub(crate) fn this_class(&self, func: FuncId) -> Option<ClassId> {
        let mut at = Some(func);
        while let Some(f) = at {
            if let Some(class) = self.class_of(f) {
                return Some(class);
            }
            at = self.parent(f);
        }
        None
    }

    /// The nearest function around `func` (not itself) that defines `name`.
    #[must_use]
    pub(crate) fn declaring(&self, func: FuncId, name: &str) -> Option<FuncId> {
        let mut at = self.parent(func);
        while let Some(f) = at {
            if self.function(f).locals.contains_key(name) {
                return Some(f);
            }
            at = self.parent(f);
        }
        None
    }

    /// The definitions that a free name of `func` may refer to: in an enclosing function all of them, in a module the
    /// last, with what inner functions assign.
    #[must_use]
    pub(crate) fn free(&self, func: FuncId, name: &Sym) -> Vec<Gv> {
        // A hoisted function or a use before the definition: the function's own names first.
        let owner = if self.function(func).locals.contains_key(name) {
            func
        } else {
            match self.declaring(func, name) {
                Some(owner) => owner,
                None => return self.star_imported(self.file_of(func), name),
            }
        };
        self.definitions(owner, name)
    }

    /// The values that a name of a function or module stands for, seen from outside.
    #[must_use]
    pub(crate) fn definitions(&self, owner: FuncId, name: &Sym) -> Vec<Gv> {
        let f = self.function(owner);
        let mut values: Vec<ValueId> = match f.exit.get(name) {
            Some(last) if f.kind == FnKind::Module => vec![*last],
            _ => f.locals.get(name).cloned().unwrap_or_default(),
        };
        if values.len() > 1
            && let Some(last) = f.exit.get(name)
            && !values.contains(last)
        {
            values.push(*last);
        }
        values.into_iter().map(|value| Gv { func: owner, value }).collect()
    }

    fn star_imported(&self, file: FileId, name: &Sym) -> Vec<Gv> {
        if self.file(file).language != Language::Python {
            return Vec::new();
        }
        self.star_targets[file.0 as usize].iter().flat_map(|target| self.exported(*target, name)).collect()
    }

    /// The values that a file exports under a name.
    #[must_use]
    pub(crate) fn exported(&self, file: FileId, name: &Sym) -> Vec<Gv> {
        self.exported_within(file, name, 8)
    }

    fn exported_within(&self, file: FileId, name: &Sym, depth: u32) -> Vec<Gv> {
        use crate::ir::Export;
        if depth == 0 {
            return Vec::new();
        }
        let ir = self.file(file);
        let module = self.func_id(file, FnIx(0));
        if ir.language == Language::Python {
            let own = self.definitions(module, name);
            if !own.is_empty() {
                return own;
            }
        } else {
            for export in &ir.exports {
                match export {
                    Export::Local { exported, local } if exported == name => {
                        let own = self.definitions(module, local);
                        if !own.is_empty() {
                            return own;
                        }
                    }
                    Export::Value { exported, value } if exported == name => {
                        return vec![Gv { func: module, value: *value }];
                    }
                    Export::From { exported, module: from, name: inner } if exported == name => {
                        if let Some(inner) = inner
                            && let Some(target) = self.resolve_module(file, from)
                        {
                            let found = self.exported_within(target, inner, depth - 1);
                            if !found.is_empty() {
                                return found;
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        let stars = &self.star_targets[file.0 as usize];
        stars.iter().map(|t| self.exported_within(*t, name, depth - 1)).find(|v| !v.is_empty()).unwrap_or_default()
    }

    /// The file whose exports are exported under a name: `export * as name from "./file"`.
    #[must_use]
    pub(crate) fn exported_namespace(&self, file: FileId, name: &str, depth: u32) -> Option<FileId> {
        use crate::ir::Export;
        if depth == 0 {
            return None;
        }
        for export in &self.file(file).exports {
            if let Export::From { exported, module, name: inner } = export
                && **exported == *name
            {
                let target = self.resolve_module(file, module)?;
                return match inner {
                    None => Some(target),
                    Some(inner) => self.exported_namespace(target, inner, depth - 1),
                };
            }
        }
        self.star_targets[file.0 as usize].iter().find_map(|t| self.exported_namespace(*t, name, depth - 1))
    }

    /// The type (class, interface, alias) that a file exports or declares under a name.
    #[must_use]
    pub(crate) fn exported_class(&self, file: FileId, name: &str, depth: u32) -> Option<ClassId> {
        use crate::ir::Export;
        if depth == 0 {
            return None;
        }
        if let Some(id) = self.class_names[file.0 as usize].get(name) {
            return Some(*id);
        }
        let ir = self.file(file);
        for export in &ir.exports {
            match export {
                Export::Local { exported, local } if **exported == *name && **local != *name => {
                    if let Some(id) = self.exported_class(file, local, depth - 1) {
                        return Some(id);
                    }
                }
                Export::From { exported, module, name: Some(inner) } if **exported == *name => {
                    let target = self.resolve_module(file, module)?;
                    return self.exported_class(target, inner, depth - 1);
                }
                _ => {}
            }
        }
        for (i, import) in ir.imports.iter().enumerate() {
            if *import.local == *name
                && let ImportTarget::File(target) = self.import_targets[file.0 as usize][i]
            {
                let inner = import.name.as_ref()?;
                return self.exported_class(target, inner, depth - 1);
            }
        }
        self.star_targets[file.0 as usize].iter().find_map(|t| self.exported_class(*t, name, depth - 1))
    }

    pub(crate) fn resolve_module(&self, from: FileId, module: &str) -> Option<FileId> {
        let ir = self.file(from);
        let path = match ir.language {
            Language::Python => self.project.resolve_python(&ir.path, module),
            _ => self.project.resolve_node(&ir.path, module),
        }?;
        self.by_path.get(&path).copied()
    }

    pub(crate) fn import_target(&self, file: FileId, import: u32) -> &ImportTarget {
        &self.import_targets[file.0 as usize][import as usize]
    }

    /// A method by name, looked up in the class and its bases.
    #[must_use]
    pub(crate) fn method(&self, class: ClassId, name: &str) -> Option<FuncId> {
        self.lineage(class).into_iter().find_map(|c| {
            let ix = self.class(c).methods.get(name)?;
            Some(self.func_id(self.class_file(c), *ix))
        })
    }

    /// A declared field, looked up in the class and its bases: the class that declares it, and its index there.
    #[must_use]
    pub(crate) fn declared_field(&self, class: ClassId, name: &str) -> Option<(ClassId, usize)> {
        self.lineage(class)
            .into_iter()
            .find_map(|c| self.class(c).fields.iter().position(|f| *f.name == *name).map(|i| (c, i)))
    }

    /// The methods of this name in the whole program, if no more than `most` classes have one.
    pub(crate) fn methods_named(&self, name: &str, most: usize) -> &[FuncId] {
        self.methods_by_name.get(name).filter(|v| v.len() <= most).map_or(&[], Vec::as_slice)
    }

    /// The definitions that an import leads to; none for modules and for what is outside the tree.
    #[must_use]
    pub(crate) fn imported(&self, gv: Gv) -> Vec<Gv> {
        let ValueKind::Import(ix) = self.kind(gv) else { return Vec::new() };
        let file = self.file_of(gv.func);
        match (self.import_target(file, *ix), &self.file(file).imports[*ix as usize].name) {
            (ImportTarget::File(target), Some(name)) => self.exported(*target, name),
            _ => Vec::new(),
        }
    }

    /// The name that an import takes from its module.
    #[must_use]
    pub(crate) fn imported_name(&self, gv: Gv) -> Option<Sym> {
        let ValueKind::Import(ix) = self.kind(gv) else { return None };
        self.file(self.file_of(gv.func)).imports[*ix as usize].name.clone()
    }

    /// A class's name for people; an inline type goes by the field or function that holds it.
    #[must_use]
    pub(crate) fn class_label(&self, class: ClassId) -> String {
        let c = self.class(class);
        if c.name.is_empty() { "object".to_owned() } else { c.name.to_string() }
    }

    /// Canonical paths of the bases outside the tree.
    #[must_use]
    pub(crate) fn external_base_paths(&self, class: ClassId) -> &[Arc<str>] {
        self.external_bases.get(class.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a declared field leads to other records, which a query gives only when it is told to: a Prisma relation,
    /// an ORM's `relationship()` or foreign key.
    #[must_use]
    pub(crate) fn is_relation(&self, class: ClassId, field: usize) -> bool {
        let file = self.class_file(class);
        let c = self.class(class);
        if self.file(file).language == Language::Schema {
            return true;
        }
        let Some(default) = c.fields[field].default else { return false };
        let scope = self.function(self.func_id(file, c.scope));
        let ValueKind::Call(call) = scope.kind_of(default) else { return false };
        match scope.kind_of(call.callee) {
            ValueKind::Field(_, name) => self.catalogue.is_relation(name),
            ValueKind::Free(name) => self.catalogue.is_relation(name),
            ValueKind::Import(ix) => {
                self.file(file).imports[*ix as usize].name.as_ref().is_some_and(|n| self.catalogue.is_relation(n))
            }
            _ => false,
        }
    }

    /// `Class.method`, `outer.inner`.
    #[must_use]
    pub(crate) fn qualified(&self, func: FuncId) -> String {
        let mut parts = Vec::new();
        let mut at = Some(func);
        while let Some(f) = at {
            let function = self.function(f);
            if function.kind != FnKind::Module && !function.name.is_empty() {
                parts.push(function.name.to_string());
            }
            if let Some(class) = self.class_of(f) {
                parts.push(self.class(class).name.to_string());
            }
            at = self.parent(f);
        }
        if parts.is_empty() {
            return "<module>".into();
        }
        parts.reverse();
        parts.join(".")
    }

    /// Whether instances of the class are kept in a database: it derives from an ORM's base.
    #[must_use]
    pub(crate) fn is_record(&self, class: ClassId) -> bool {
        self.class(class).kind == crate::ir::ClassKind::Schema
            || self
                .lineage(class)
                .iter()
                .any(|c| self.external_base_paths(*c).iter().any(|p| self.catalogue.is_record_base(p)))
    }

    /// The schema class that a table's name in a query chain means: `prisma.user`, `db.query.users`.
    #[must_use]
    pub(crate) fn schema_named(&self, name: &str) -> Option<ClassId> {
        self.schema_names.get(&name.to_ascii_lowercase()).copied()
    }

    #[must_use]
    pub(crate) fn in_test(&self, func: FuncId) -> bool {
        self.in_test[self.file_of(func).0 as usize]
    }
}

pub(crate) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
