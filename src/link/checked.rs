//! What a function asks of a value: `if not isinstance(self.config.model, BaseChatModel): raise`. Where nothing else is
//! known of the value, it is taken for what it is asked to be.

use std::sync::Arc;

use super::abs::Abs;
use super::resolve::Resolver;
use super::{Gv, Program};
use crate::catalogue::Lang;
use crate::ir::{Call, ClassKind, Function, Sym, ValueId, ValueKind};

/// A variable, and the attributes read from it.
type Place = (Option<Sym>, Option<u32>, Vec<Sym>);

/// The longest chain of attributes that is looked at.
const LONGEST: usize = 6;

/// The value that `isinstance(value, Class)` asks about, and the class.
pub(super) fn check(f: &Function, call: &Call) -> Option<(ValueId, ValueId)> {
    let asks = matches!(f.kind_of(call.callee), ValueKind::Free(name) if &**name == "isinstance");
    match call.args.as_slice() {
        [value, class] if asks => Some((value.value, class.value)),
        _ => None,
    }
}

impl Resolver<'_> {
    /// The catalogued types that the function around asks a value for.
    pub(super) fn checked(&mut self, gv: Gv) -> Vec<Abs> {
        let program = self.program;
        let Some(checks) = program.checks.get(&gv.func) else { return Vec::new() };
        let Some(place) = place(program, gv) else { return Vec::new() };
        let mut found = Vec::new();
        for (value, class) in checks.iter().take(LONGEST) {
            let at = |value| Gv { func: gv.func, value };
            if at(*value) == gv || self::place(program, at(*value)).as_ref() == Some(&place) {
                for class in self.classes_asked(at(*class)) {
                    if let Abs::Ext(path) = class
                        && let Some(ty) = program.catalogue.type_by_ctor(Lang::Python, &path, None)
                    {
                        found.push(Abs::Typed { ty, chain: Arc::from(""), site: None });
                    }
                }
            }
        }
        found
    }

    /// The catalogued types that a decorated function declares to return: what its decorators make of it calls it at last.
    pub(super) fn declared_by_decorated(&mut self, callee: Gv) -> Vec<Abs> {
        let program = self.program;
        let ValueKind::Free(name) = program.kind(callee) else { return Vec::new() };
        let mut found = Vec::new();
        for definition in program.free(callee.func, name) {
            let ValueKind::Decorated { func, .. } = program.kind(definition) else { continue };
            let file = program.file_of(definition.func);
            if let Some(ty) = &program.function(program.func_id(file, *func)).return_type {
                found.extend(self.instances(file, ty).into_iter().filter(Abs::is_declared));
            }
        }
        found
    }

    /// What a method gives that only one catalogued type has: `config["llm"].with_structured_output(Answer)`.
    pub(super) fn by_method(&self, gv: Gv, call: &Call) -> Option<Abs> {
        let program = self.program;
        let ValueKind::Field(_, name) = program.kind(Gv { func: gv.func, value: call.callee }) else { return None };
        let ty = program.catalogue.type_by_method(program.lang(gv.func), name)?;
        Some(Abs::Typed { ty, chain: Arc::from(""), site: None })
    }

    /// `isinstance(x, (A, B))`
    fn classes_asked(&mut self, class: Gv) -> Vec<Abs> {
        match self.program.kind(class) {
            ValueKind::List(items) => {
                items.iter().flat_map(|(v, _)| self.resolve(Gv { func: class.func, value: *v })).collect()
            }
            _ => self.resolve(class),
        }
    }
}

impl Program<'_> {
    /// Whether a declared type describes what a package exports, for a package that is loaded at run time:
    /// `interface Sdk { BedrockRuntimeClient: new (…) => any }`.
    pub(super) fn is_package_shape(&self, abs: &Abs) -> bool {
        let Abs::Instance(class) = abs else { return false };
        let c = self.class(*class);
        let is_class = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase())
        };
        matches!(c.kind, ClassKind::Interface | ClassKind::TypeAlias)
            && !c.fields.is_empty()
            && c.fields.iter().all(|f| is_class(&f.name))
    }
}

/// The place that a value was read from: `self.config.model`.
fn place(program: &Program<'_>, gv: Gv) -> Option<Place> {
    let f = program.function(gv.func);
    let mut names = Vec::new();
    let mut at = gv.value;
    for _ in 0..4 * LONGEST {
        match f.kind_of(at) {
            ValueKind::Field(base, name) => {
                names.push(name.clone());
                at = *base;
            }
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                at = *base
            }
            ValueKind::Param(ix) => return Some((None, Some(*ix), names)),
            ValueKind::Free(name) => return Some((Some(name.clone()), None, names)),
            _ => return None,
        }
    }
    None
}
