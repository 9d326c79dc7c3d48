//! Functions that run at other times than those at which the code around them calls them.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::Tracer;
use crate::catalogue::Lang;
use crate::ir::{CallKind, FnKind, Sym, ValueId, ValueKind};
use crate::link::{ClassId, FileId, FuncId, Gv};

/// What a file does with its functions but call them.
#[derive(Default)]
pub(super) struct Loose {
    functions: FxHashSet<FuncId>,
    /// Names of methods that are read and not called.
    methods: FxHashSet<Sym>,
}

impl Tracer<'_> {
    /// Whether a function may run at other times than those at which the code of its file calls it.
    pub(super) fn is_handed_out(&mut self, func: FuncId) -> bool {
        let program = self.program;
        let f = program.function(func);
        let file = program.file_of(func);
        let foreign = |class: ClassId| !program.external_base_paths(class).is_empty();
        f.decorators.len() > usize::from(matches!(f.kind, FnKind::ClassMethod | FnKind::StaticMethod))
            || f.kind == FnKind::Property
            // What it does behind its first `await` is done later.
            || program.lang(func) == Lang::Js && (f.is_async || f.is_generator)
            || f.name.starts_with("__") && &*f.name != "__init__"
            || self.shared.inputs.entries.contains_key(&func)
            || !self.calls.callbacks(func).is_empty()
            || program.class_of(func).is_some_and(foreign)
            || program.parent(func).is_some_and(|p| program.function(p).kind == FnKind::Module)
                && self.imported_files().contains(&file)
            || {
                let loose = self.loose(file);
                loose.functions.contains(&func) || program.class_of(func).is_some() && loose.methods.contains(&f.name)
            }
    }

    fn imported_files(&mut self) -> Rc<FxHashSet<FileId>> {
        if let Some(known) = &self.orders.imported {
            return known.clone();
        }
        let found = Rc::new(self.program.imported_files());
        self.orders.imported = Some(found.clone());
        found
    }

    /// What a file does with its functions but call them.
    fn loose(&mut self, file: FileId) -> Rc<Loose> {
        if let Some(known) = self.orders.loose.get(&file) {
            return known.clone();
        }
        let program = self.program;
        let mut loose = Loose::default();
        for func in program.functions_of(file) {
            let f = program.function(func);
            let untyped = |mut value: ValueId| {
                while let ValueKind::Typed(inner, _) = f.kind_of(value) {
                    value = *inner;
                }
                value
            };
            let mut note = |value: ValueId| match f.kind_of(untyped(value)) {
                ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } => {
                    loose.functions.insert(program.func_id(file, *ix));
                }
                ValueKind::Free(name) => {
                    for gv in program.free(func, name) {
                        if let ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } = program.kind(gv) {
                            loose.functions.insert(program.func_id(program.file_of(gv.func), *ix));
                        }
                    }
                }
                ValueKind::Field(_, name) => {
                    loose.methods.insert(name.clone());
                }
                _ => {}
            };
            for value in &f.values {
                match &value.kind {
                    // What decorates a function is looked at with the function.
                    ValueKind::Call(call) if call.kind == CallKind::Decorator => {}
                    ValueKind::Call(call) => call.args.iter().for_each(|arg| note(arg.value)),
                    ValueKind::Typed(..) => {}
                    kind => crate::ir::operands(kind, &mut note),
                }
            }
            f.returns.iter().for_each(|value| note(*value));
            f.outer_writes.iter().for_each(|(_, value)| note(*value));
        }
        for class in &program.file(file).classes {
            let scope = program.func_id(file, class.scope);
            for default in class.fields.iter().filter_map(|field| field.default) {
                if let ValueKind::Func(ix) = program.kind(Gv { func: scope, value: default }) {
                    loose.functions.insert(program.func_id(file, *ix));
                }
            }
        }
        let loose = Rc::new(loose);
        self.orders.loose.insert(file, loose.clone());
        loose
    }
}
