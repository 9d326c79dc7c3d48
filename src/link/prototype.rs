//! Methods that are not looked up by the class of a value: those of `super`, and those that a constructor function gives
//! its instances (`this.m = function …`, `F.prototype.m = function …`).

use super::abs::Abs;
use super::{FuncId, Gv, Program, Resolver};
use crate::catalogue::Lang;
use crate::ir::{CallKind, Key, Seg, Sym, ValueId, ValueKind};

/// Versions of a variable that are looked through.
const FAR: u32 = 40;

impl Resolver<'_> {
    /// The functions that `new F(…).name` may be; none where `base` is no such instance.
    pub(super) fn prototype_methods(&mut self, base: Gv, name: &Sym) -> Vec<Abs> {
        let program = self.program;
        if program.lang(base.func) != Lang::Js {
            return Vec::new();
        }
        let made = program.first_version(base);
        let ValueKind::Call(call) = program.kind(made) else { return Vec::new() };
        if call.kind != CallKind::New {
            return Vec::new();
        }
        let mut found = Vec::new();
        for abs in self.resolve(Gv { func: made.func, value: call.callee }) {
            if let Abs::Func(func, _) = abs {
                found.extend(program.given_to_instances(func, name).into_iter().map(|f| Abs::Func(f, None)));
            }
        }
        found
    }

    /// `super().m`, `super(Base, self).m`: the method of a base class, whatever overrides it.
    pub(super) fn inherited(&mut self, base: Gv, name: &Sym) -> Option<FuncId> {
        let program = self.program;
        let at = |value| Gv { func: base.func, value };
        let (callee, args) = match program.kind(base) {
            ValueKind::Call(call) => (at(call.callee), call.args.as_slice()),
            _ => (base, [].as_slice()),
        };
        if !matches!(program.kind(callee), ValueKind::Free(n) if &**n == "super") {
            return None;
        }
        let mut parents = self.resolve(base);
        if let Some(arg) = args.first() {
            let of = self.resolve(at(arg.value));
            let of =
                of.iter().find_map(|abs| if let Abs::Class(class) = abs { Some(class.0 as usize) } else { None })?;
            parents = program.base_classes.get(of).into_iter().flatten().map(|c| Abs::Instance(*c)).collect();
        }
        parents.iter().find_map(|abs| if let Abs::Instance(c) = abs { program.method(*c, name) } else { None })
    }
}

impl Program<'_> {
    /// Whether a member of this name is a property of some class.
    pub(crate) fn is_accessor(&self, name: &Sym) -> bool {
        self.accessor_names.contains(name)
    }

    #[must_use]
    pub(crate) fn has_setters(&self, name: &Sym) -> bool {
        self.setter_names.contains(name)
    }

    /// The value that a variable was first given, before what was changed in it since.
    pub(crate) fn first_version(&self, gv: Gv) -> Gv {
        let mut at = gv.value;
        for _ in 0..FAR {
            match self.function(gv.func).kind_of(at) {
                ValueKind::Update { base, .. } | ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
                    at = *base;
                }
                _ => break,
            }
        }
        Gv { func: gv.func, value: at }
    }

    fn given_to_instances(&self, func: FuncId, name: &Sym) -> Vec<FuncId> {
        let mut found = Vec::new();
        let f = self.function(func);
        let as_function = |of: FuncId, value: ValueId| match self.function(of).kind_of(value) {
            ValueKind::Func(ix) => Some(self.func_id(self.file_of(of), *ix)),
            _ => None,
        };
        let mut last = f.exit.get("this").copied();
        for _ in 0..FAR {
            let Some(value) = last else { break };
            last = match f.kind_of(value) {
                ValueKind::Update { base, path, value, .. } => {
                    if matches!(path.as_slice(), [Seg::Field(n)] if n == name) {
                        found.extend(as_function(func, *value));
                    }
                    Some(*base)
                }
                ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => Some(*base),
                _ => None,
            };
        }
        let Some(owner) = self.parent(func) else { return found };
        let o = self.function(owner);
        for value in &o.values {
            let ValueKind::Update { base, path, value, .. } = &value.kind else { continue };
            // `F.prototype.m = …`, `F.prototype = { … }`
            let (of, rest) = match (o.kind_of(*base), path.as_slice()) {
                (ValueKind::Field(of, name), rest) if &**name == "prototype" => (*of, rest),
                (_, [Seg::Field(name), rest @ ..]) if &**name == "prototype" => (*base, rest),
                _ => continue,
            };
            let of = self.first_version(Gv { func: owner, value: of }).value;
            if as_function(owner, of) != Some(func) {
                continue;
            }
            match (rest, o.kind_of(*value)) {
                ([Seg::Field(n)], _) if n == name => found.extend(as_function(owner, *value)),
                ([], ValueKind::Object(entries)) => {
                    for (key, value) in entries {
                        if matches!(key, Key::Name(n) if n == name) {
                            found.extend(as_function(owner, *value));
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }
}
