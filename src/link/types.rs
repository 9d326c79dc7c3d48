//! Types as written → what a value of that type is.

use std::sync::Arc;

use super::abs::Abs;
use super::{ClassId, FileId, Gv, Resolver};
use crate::ir::{ClassKind, FnIx, Language, Sym, TypeExpr, ValueKind};

impl Resolver<'_> {
    /// What a value declared with this type, in this file, may be.
    pub(crate) fn instances(&mut self, file: FileId, ty: &TypeExpr) -> Vec<Abs> {
        self.instances_within(file, ty, 8)
    }

    fn instances_within(&mut self, file: FileId, ty: &TypeExpr, depth: u32) -> Vec<Abs> {
        if depth == 0 {
            return Vec::new();
        }
        match ty {
            TypeExpr::Union(options) | TypeExpr::Intersection(options) => {
                options.iter().flat_map(|o| self.instances_within(file, o, depth - 1)).collect()
            }
            TypeExpr::Inline(ix) => vec![Abs::Instance(self.program.class_id(file, *ix))],
            TypeExpr::TypeOf(name) => self.type_of(file, name),
            TypeExpr::Member(inner, key) => {
                let inner = self.instances_within(file, inner, depth - 1);
                inner.into_iter().flat_map(|abs| self.member(&abs, key)).collect()
            }
            TypeExpr::Name(name, args) => self.named(file, name, args, depth),
            TypeExpr::Literal(_) | TypeExpr::Entered | TypeExpr::Unknown => Vec::new(),
        }
    }

    fn named(&mut self, file: FileId, name: &Sym, args: &[TypeExpr], depth: u32) -> Vec<Abs> {
        let last = name.rsplit('.').next().unwrap_or(name);
        match last {
            "list" | "List" | "Sequence" | "Iterable" | "Iterator" | "AsyncIterator" | "AsyncIterable" | "set"
            | "Set" | "frozenset" | "tuple" | "Tuple" | "Array" | "ReadonlyArray" | "Generator" | "AsyncGenerator"
            | "deque" | "Collection" | "ReadonlySet" | "ReadableStream" => {
                return self.sequence(file, args.first(), depth);
            }
            "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "OrderedDict" | "Record" | "Map"
            | "WeakMap" => {
                return self.sequence(file, args.get(1), depth);
            }
            "Optional" | "Annotated" | "Awaitable" | "Coroutine" | "Promise" | "PromiseLike" | "Awaited"
            | "Partial" | "Required" | "Readonly" | "NonNullable" | "Pick" | "Omit" | "Final" | "ClassVar"
            | "Mapped" | "infer" | "input" | "output" | "InferSelectModel" | "InferInsertModel" | "TypeOf"
            | "Infer" | "InferOutput" | "InferInput" | "Static" | "DeepPartial" | "Simplify" | "Prettify"
                if !args.is_empty() =>
            {
                let arg = if last == "Coroutine" { args.last() } else { args.first() };
                return arg.map(|a| self.instances_within(file, a, depth - 1)).unwrap_or_default();
            }
            "InstanceType" if !args.is_empty() => {
                let lang = self.program.lang(self.program.func_id(file, FnIx(0)));
                let made = |abs| match abs {
                    Abs::Ext(path) if !path.ends_with(')') => {
                        match self.program.catalogue.type_by_ctor(lang, &path, None) {
                            Some(ty) => Abs::Typed { ty, chain: Arc::from(""), site: None },
                            None => Abs::Ext(Arc::from(format!("{path}()"))),
                        }
                    }
                    other => other,
                };
                return self.instances_within(file, &args[0], depth - 1).into_iter().map(made).collect();
            }
            "Function" | "Callable" => {
                let result = if last == "Function" { args.first() } else { args.last() };
                let inner = result.map(|a| self.instances_within(file, a, depth - 1)).unwrap_or_default();
                return inner.into_iter().map(|abs| Abs::Gives(Box::new(abs))).collect();
            }
            "ReturnType" if !args.is_empty() => {
                let functions = self.instances_within(file, &args[0], depth - 1);
                let gives = |abs| match abs {
                    Abs::Func(func, _) => self.returned(func),
                    Abs::Gives(inner) => vec![*inner],
                    _ => Vec::new(),
                };
                return functions.into_iter().flat_map(gives).collect();
            }
            "type" | "Type" => {
                let inner = args.first().map(|a| self.instances_within(file, a, depth - 1)).unwrap_or_default();
                return inner
                    .into_iter()
                    .map(|abs| match abs {
                        Abs::Instance(c) => Abs::Class(c),
                        other => other,
                    })
                    .collect();
            }
            _ => {}
        }
        if let Some(class) = self.class_named(file, name) {
            return self.expanded(class, depth);
        }
        // Not a type of the tree: a value of that name gives the canonical path.
        let language = self.program.file(file).language;
        let mut found = Vec::new();
        for abs in self.module_name(file, name) {
            match abs {
                Abs::Class(c) => found.extend(self.expanded(c, depth)),
                Abs::Ext(path) => {
                    let lang = if language == Language::Python {
                        crate::catalogue::Lang::Python
                    } else {
                        crate::catalogue::Lang::Js
                    };
                    found.push(match self.program.catalogue.type_by_ctor(lang, &path, None) {
                        Some(ty) => Abs::Typed { ty, chain: Arc::from(""), site: None },
                        None => Abs::Ext(Arc::from(format!("{path}()"))),
                    });
                }
                _ => {}
            }
        }
        found
    }

    fn sequence(&mut self, file: FileId, arg: Option<&TypeExpr>, depth: u32) -> Vec<Abs> {
        let inner = arg.map(|a| self.instances_within(file, a, depth - 1)).unwrap_or_default();
        inner.into_iter().map(|abs| Abs::Seq(Box::new(abs))).collect()
    }

    fn class_named(&self, file: FileId, name: &str) -> Option<ClassId> {
        if name.contains('.') {
            return None;
        }
        self.program.exported_class(file, name, 8)
    }

    /// An alias is what it stands for.
    fn expanded(&mut self, class: ClassId, depth: u32) -> Vec<Abs> {
        let c = self.program.class(class);
        if c.kind == ClassKind::TypeAlias && c.fields.is_empty() && !c.base_types.is_empty() {
            let file = self.program.class_file(class);
            return c.base_types.iter().flat_map(|t| self.instances_within(file, t, depth - 1)).collect();
        }
        vec![Abs::Instance(class)]
    }

    /// What a dotted name means at the top of a file.
    fn module_name(&mut self, file: FileId, name: &str) -> Vec<Abs> {
        let module = self.program.func_id(file, FnIx(0));
        let mut parts = name.split('.');
        let head: Sym = Arc::from(parts.next().unwrap_or(name));
        let mut found: Vec<Abs> = Vec::new();
        for def in self.program.definitions(module, &head) {
            found.extend(self.resolve(def));
        }
        if found.is_empty() {
            // Imported for its type only, or inside a function.
            let ir = self.program.file(file);
            if let Some(ix) = ir.imports.iter().position(|i| i.local == head) {
                found = self.import_abs(file, super::to_u32(ix));
            }
        }
        for part in parts {
            let part: Sym = Arc::from(part);
            found = found.into_iter().flat_map(|abs| self.member(&abs, &part)).collect();
        }
        found
    }

    /// `typeof x`, `typeof table.$inferSelect`: the thing itself as a type.
    fn type_of(&mut self, file: FileId, name: &str) -> Vec<Abs> {
        let mut found = Vec::new();
        for abs in self.module_name(file, name) {
            match abs {
                Abs::Class(c) => found.push(Abs::Instance(c)),
                other => found.push(other),
            }
        }
        found
    }

    /// What the base classes of a class are.
    pub(super) fn base_values(&mut self, class: ClassId) -> Vec<Abs> {
        let program = self.program;
        let c = program.class(class);
        let file = program.class_file(class);
        let scope = program.func_id(file, c.scope);
        let mut found = Vec::new();
        for base in &c.bases {
            let gv = Gv { func: scope, value: *base };
            match program.kind(gv) {
                // `class Foo(Generic[T])`, `class Foo(Base[T])`
                ValueKind::Index(inner, _) => found.extend(self.resolve(Gv { func: scope, value: *inner })),
                _ => found.extend(self.resolve(gv)),
            }
        }
        // A plain alias is expanded where it is used; here it would make every alias a subclass.
        if c.kind != ClassKind::TypeAlias || !c.fields.is_empty() {
            for ty in &c.base_types {
                found.extend(self.instances(file, ty).into_iter().filter_map(|abs| match abs {
                    Abs::Instance(c) => Some(Abs::Instance(c)),
                    Abs::Ext(path) => path.strip_suffix("()").map(|p| Abs::Ext(Arc::from(p))),
                    _ => None,
                }));
            }
        }
        found
    }
}
