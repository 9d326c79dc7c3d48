//! Attributes that something else answers for: descriptors, `property(f)`, `__getattr__` by the name that is asked for, and
//! the members of enumerations.

use std::rc::Rc;

use super::{Context, Exit, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::catalogue::Lang;
use crate::ir::{FnKind, Seg, Sym, ValueKind};
use crate::link::{ClassId, FuncId, Gv};
use crate::path::Key;

/// Methods that answer for members that an object does not have.
const MEMBERS: [&str; 4] = ["__getattribute__", "__getattr__", "__getitem__", "__missing__"];

impl Tracer<'_> {
    /// What `__getattr__` and the like give for this name. False where the class has none.
    pub(super) fn asked_member(
        &mut self,
        state: &State,
        class: ClassId,
        name: &Sym,
        rest: &Path,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let Some(method) = MEMBERS.iter().find_map(|m| program.method(class, m)) else { return false };
        let returns = program.function(method).returns.clone();
        let context = Rc::new(Context { this: Some((method, class)), ..Context::default() });
        let exits = self.summary(method, &returns, rest, context);
        let named: Vec<Exit> = exits
            .iter()
            .map(|exit| match exit {
                Exit::Param { index, path, end } if path.key_of(method).is_some() => {
                    Exit::Param { index: *index, path: path.with_key(&Key::Is(name.clone())), end: *end }
                }
                other => other.clone(),
            })
            .collect();
        self.of_object(state, method, &named, queue);
        true
    }

    /// What a class declares as an attribute, and an instance answers for by it: `x = property(f)`, a descriptor with
    /// `__get__`. False where it is neither.
    pub(super) fn described(&mut self, state: &State, default: Gv, rest: &Path, queue: &mut Queue) -> bool {
        let program = self.program;
        if program.lang(default.func) != Lang::Python {
            return false;
        }
        if let ValueKind::Call(call) = program.kind(default)
            && let Some(getter) = call.args.first()
            && matches!(program.kind(Gv { func: default.func, value: call.callee }), ValueKind::Free(n) if &**n == "property")
        {
            for func in self.functions_of(Gv { func: default.func, value: getter.value }) {
                let exits = self.given_by(func, rest);
                self.of_parameter(state, &exits, 0, queue);
            }
            return true;
        }
        let Some(get) = self.exact(default).and_then(|class| program.method(class, "__get__")) else { return false };
        let exits = self.given_by(get, rest);
        if !self.says_where(&exits) {
            return false;
        }
        self.of_parameter(state, &exits, 1, queue);
        true
    }

    fn given_by(&mut self, func: FuncId, path: &Path) -> Rc<Vec<Exit>> {
        let returns = self.program.function(func).returns.clone();
        self.summary(func, &returns, path, Rc::default())
    }

    /// Whether a descriptor's answers are members of the object that have names.
    fn says_where(&self, exits: &[Exit]) -> bool {
        exits.iter().all(|exit| match exit {
            Exit::Param { index: 1, path, .. } => matches!(path.first(), Some(PathSeg::Field(..))),
            Exit::Param { .. } => false,
            _ => true,
        })
    }

    /// Go on at the object for what a function takes from the parameter that holds it.
    fn of_parameter(&mut self, state: &State, exits: &[Exit], object: u32, queue: &mut Queue) {
        for exit in exits {
            match exit {
                Exit::Param { index, path, end } if *index == object => {
                    let inner = self.resume(state, *end, state.chain);
                    queue.push(State { path: path.clone(), ..inner });
                }
                Exit::Param { .. } => {}
                other => self.pass_on(state, other, state.chain, queue),
            }
        }
    }

    /// The class of the descriptor that stands under a name in the class of an object made here.
    fn descriptor(&mut self, base: Gv, name: &Sym) -> Option<ClassId> {
        let program = self.program;
        if program.lang(base.func) != Lang::Python {
            return None;
        }
        let class = self.exact(base)?;
        let (owner, i) = program.declared_field(class, name)?;
        let value = program.class(owner).fields[i].default?;
        let func = program.func_id(program.class_file(owner), program.class(owner).scope);
        self.exact(Gv { func, value })
    }

    /// Whether a value is what was read of an attribute, which a call was given since: nothing was assigned.
    pub(super) fn is_read_back(&self, value: Gv, name: &Sym) -> bool {
        let first = self.program.first_version(value);
        first != value && matches!(self.program.kind(first), ValueKind::Field(_, read) if read == name)
    }

    /// What is read after `object.name = value`, where a descriptor with `__set__` and `__get__` says it. False where it
    /// does not, or gives what it was given.
    pub(super) fn got_by_descriptor(
        &mut self,
        state: &State,
        base: Gv,
        name: &Sym,
        rest: &Path,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let Some(class) = self.descriptor(base, name) else { return false };
        let (Some(get), Some(_)) = (program.method(class, "__get__"), program.method(class, "__set__")) else {
            return false;
        };
        let exits = self.given_by(get, rest);
        if exits.iter().any(|exit| matches!(exit, Exit::Param { .. })) {
            return false;
        }
        self.of_parameter(state, &exits, 1, queue);
        true
    }

    /// What `object.name = value` puts elsewhere into the object, where a descriptor's `__set__` does it.
    pub(super) fn set_by_descriptor(
        &mut self,
        state: &State,
        base: Gv,
        name: &Sym,
        value: Gv,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let Some(PathSeg::Field(asked, _)) = state.path.first() else { return false };
        let Some(set) = self.descriptor(base, name).and_then(|class| program.method(class, "__set__")) else {
            return false;
        };
        let f = program.function(set);
        let Some(object) = f.params.get(1) else { return false };
        let stores = f.values.iter().any(|v| {
            matches!(&v.kind, ValueKind::Update { path, .. }
                if matches!(path.first(), Some(Seg::Field(n)) if n == asked))
        });
        let Some(last) = f.exit.get(&object.name).copied().filter(|_| stores) else { return false };
        let exits = self.summary(set, &[last], &state.path, Rc::default());
        for exit in exits.iter() {
            match exit {
                Exit::Param { index: index @ (1 | 2), path, end } => {
                    let inner = self.resume(state, *end, state.chain);
                    let gv = if *index == 1 { base } else { value };
                    queue.push(State { gv, path: path.clone(), ..inner });
                }
                Exit::Param { .. } => {}
                other => self.pass_on(state, other, state.chain, queue),
            }
        }
        true
    }

    /// Members of an enumeration: their names are constants, and to go through it gives them all.
    pub(super) fn enumerated(&mut self, state: &State, class: ClassId, scope: Scope, queue: &mut Queue) -> bool {
        let program = self.program;
        let is = program.external_base_paths(class).iter().any(|base| program.catalogue.is_enumeration(base));
        if !is || program.lang(state.gv.func) != Lang::Python {
            return false;
        }
        let named = |seg: Option<&PathSeg>| matches!(seg, Some(PathSeg::Field(n, _)) if &**n == "name");
        match state.path.first() {
            Some(PathSeg::Field(..)) => named(state.path.segs().get(1)),
            Some(PathSeg::Iter | PathSeg::Elem) => {
                let rest = state.path.rest();
                let scope_of = program.func_id(program.class_file(class), program.class(class).scope);
                for field in program.class(class).fields.iter().filter(|_| !named(rest.first())) {
                    let method = program.method(class, &field.name).map(|m| program.function(m).kind);
                    if let (Some(value), None | Some(FnKind::Lambda)) = (field.default, method) {
                        self.elsewhere(state, Gv { func: scope_of, value }, rest.clone(), scope, queue);
                    }
                }
                true
            }
            _ => false,
        }
    }
}
