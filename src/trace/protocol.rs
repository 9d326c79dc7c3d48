//! Special methods: what reading a member or an element of an instance runs.

use std::rc::Rc;

use super::{Context, Exit, Note, Path, PathSeg, Queue, State, Tracer};
use crate::catalogue::Lang;
use crate::ir::{Call, CallKind, FnKind, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, ClassId, FuncId, Gv, RECEIVER, bind_field};

/// Methods that give an instance as text, the first that it has.
pub(super) const TEXT: &[&str] = &["[Symbol.toPrimitive]", "__format__", "__str__", "__repr__", "toString"];
/// What `str` and `String` ask for.
pub(super) const STRING: &[&str] = &["[Symbol.toPrimitive]", "__str__", "__repr__", "toString"];
/// What `repr` asks for.
const SHOWN: &[&str] = &["__repr__"];
/// What serialising asks for.
const SERIALISED: &[&str] = &["toJSON"];

impl Tracer<'_> {
    /// An instance of a known class as text: what its method for that gives. False where it has none.
    pub(super) fn as_text(&mut self, state: &State, value: Gv, methods: &[&str], queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(class) = self.exact(value) else { return false };
        if !methods.iter().any(|m| program.method(class, m).is_some()) {
            return false;
        }
        let chain = self.link(state.gv, Note::Text, state.chain);
        let of = State { gv: value, chain, ..state.clone() };
        self.by_protocol(&of, class, methods, &Path::whole(), queue)
    }

    /// `str(x)`, `repr(x)`, `String(x)`, `JSON.stringify(x)` of such an instance.
    pub(super) fn made_text(&mut self, state: &State, call: &Call, name: &str, queue: &mut Queue) -> bool {
        let methods = match name {
            "str" | "String" => STRING,
            "format" => TEXT,
            "repr" => SHOWN,
            "int" => &["__int__", "__index__"],
            "float" => &["__float__"],
            "stringify" => SERIALISED,
            _ => return false,
        };
        let [arg, ..] = call.args.as_slice() else { return false };
        self.as_text(state, Gv { func: state.gv.func, value: arg.value }, methods, queue)
    }

    /// `a + b`, `a @ b`, `-a` of an instance that says what that is. False where it does not.
    pub(super) fn operated(&mut self, state: &State, parts: &[ValueId], method: &str, queue: &mut Queue) -> bool {
        let program = self.program;
        let (a, b) = match parts {
            [a] => (a, a),
            [a, b] => (a, b),
            _ => return false,
        };
        let (a, b) = (Gv { func: state.gv.func, value: *a }, Gv { func: state.gv.func, value: *b });
        // `a += b` is `a + b` where the class says nothing of it, and that is what `b` says where `a` does not.
        let plain = match method.strip_prefix("__i") {
            Some(rest) if parts.len() == 2 => format!("__{rest}"),
            _ => method.to_owned(),
        };
        let own =
            self.exact(a).and_then(|class| program.method(class, method).or_else(|| program.method(class, &plain)));
        let (method, a, b) = match own {
            Some(own) => (own, a, b),
            None => {
                let reflected = plain.replacen("__", "__r", 1);
                let of = self.exact(b).filter(|_| parts.len() == 2 && self.exact(a).is_none());
                let Some(method) = of.and_then(|class| program.method(class, &reflected)) else { return false };
                (method, b, a)
            }
        };
        let returns = program.function(method).returns.clone();
        let exits = self.summary(method, &returns, &state.path, Rc::default());
        for exit in exits.iter() {
            match exit {
                Exit::Param { index, path, end } => {
                    let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                    queue.push(State { gv: if *index == 0 { a } else { b }, ..inner });
                }
                other => self.pass_on(state, other, state.chain, queue),
            }
        }
        true
    }

    /// Whether an attribute is asked for of an instance that iterates by a method of its own and has no members by key.
    pub(super) fn is_attribute_of(&mut self, base: Gv, path: &Path) -> bool {
        let Some(PathSeg::Field(name, _)) = path.first() else { return false };
        let attribute = name.parse::<i64>().is_err() && !name.starts_with('<');
        let program = self.program;
        attribute
            && self.exact(base).is_some_and(|class| {
                program.method(class, "__iter__").is_some() && program.method(class, "__getitem__").is_none()
            })
    }

    /// What the first of these methods that a class has gives, at a path of its result; false where it has none.
    pub(super) fn by_protocol(
        &mut self,
        state: &State,
        class: ClassId,
        methods: &[&str],
        path: &Path,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let Some(method) = methods.iter().find_map(|name| program.method(class, name)) else { return false };
        let returns = program.function(method).returns.clone();
        let context = Rc::new(Context { this: Some((method, class)), ..Context::default() });
        let exits = self.summary(method, &returns, path, context);
        self.of_object(state, method, &exits, queue);
        true
    }

    /// `this` of a plain function that instances are made with: what it puts into them. False where it is none.
    pub(super) fn made_here(&mut self, state: &State, func: FuncId, queue: &mut Queue) -> bool {
        let program = self.program;
        let f = program.function(func);
        let Some(last) = f.exit.get("this").copied().filter(|_| f.class.is_none()) else { return false };
        let mut made = false;
        for site in self.calls.callers(func).to_vec() {
            if !matches!(program.kind(site.call), ValueKind::Call(call) if call.kind == CallKind::New) {
                continue;
            }
            made = true;
            let exits = self.summary(func, &[last], &state.path, Rc::default());
            for exit in exits.iter().filter(|e| !matches!(e, Exit::Param { index: RECEIVER, .. })) {
                self.apply_at(state, &site, func, std::slice::from_ref(exit), queue);
            }
        }
        made
    }

    /// A list or mapping that a class has as an attribute, and no instance one of its own: all instances put into it.
    pub(super) fn shared_by_class(
        &mut self,
        state: &State,
        owner: ClassId,
        field: usize,
        name: &Sym,
        scope: super::Scope,
        queue: &mut Queue,
    ) {
        let program = self.program;
        if program.lang(state.gv.func) == Lang::Js {
            return; // each instance has its own
        }
        let Some(default) = program.class(owner).fields[field].default else { return };
        let of = program.func_id(program.class_file(owner), program.class(owner).scope);
        let holds = matches!(program.kind(Gv { func: of, value: default }), ValueKind::List(_) | ValueKind::Object(_));
        let stores = program.attr_stores.get(&(owner, name.clone())).map_or(&[][..], Vec::as_slice);
        let changed = |value: Gv| matches!(program.kind(value), ValueKind::AfterCall { .. } | ValueKind::Update { .. });
        if !holds || stores.is_empty() || !stores.iter().all(|s| !s.rest.is_empty() || changed(s.value)) {
            return;
        }
        let rest = state.path.rest();
        for store in stores {
            let path = match rest.overlap(&store.rest) {
                crate::path::Overlap::Apart => continue,
                crate::path::Overlap::Inside => Path::whole(),
                crate::path::Overlap::Covers(rest, _) => rest,
            };
            self.elsewhere(state, store.value, path, scope, queue);
        }
    }

    /// Whether a value is an instance that a plain function made.
    pub(super) fn made_with(&self, instance: Gv, func: FuncId) -> bool {
        let made = self.program.first_version(instance);
        matches!(self.program.kind(made), ValueKind::Call(call) if call.kind == CallKind::New)
            && self.calls.functions(made).any(|f| f == func)
    }

    /// A member of an instance made here that a getter gives. False where it has none.
    pub(super) fn got(&mut self, state: &State, base: Gv, name: &Sym, queue: &mut Queue) -> bool {
        let program = self.program;
        if !program.is_accessor(name) {
            return false;
        }
        let Some(class) = self.exact(base) else { return false };
        let getter = program.method(class, name).filter(|m| program.function(*m).kind == FnKind::Property);
        getter.is_some() && {
            let object = State { gv: base, ..state.clone() };
            self.by_protocol(&object, class, &[name], &state.path, queue)
        }
    }

    /// What the getter gives after the setter of the same name. False where the class has no such two.
    pub(super) fn by_accessors(
        &mut self,
        state: &State,
        base: Gv,
        path: &[Seg],
        rest: &Path,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let [Seg::Field(name)] = path else { return false };
        if self.got_by_descriptor(state, base, name, rest, queue) {
            return true;
        }
        if !program.has_setters(name) {
            return false;
        }
        let Some(class) = self.exact(base) else { return false };
        let getter = program.method(class, name).filter(|m| program.function(*m).kind == FnKind::Property);
        getter.is_some()
            && program.setter(class, name).is_some()
            && self.by_protocol(state, class, &[name], rest, queue)
    }

    /// What `with value as name` gives.
    pub(super) fn entered(&mut self, state: &State, value: Gv, queue: &mut Queue) {
        let program = self.program;
        let class = self.exact(value).or_else(|| match self.resolver.resolve(value).as_slice() {
            [Abs::Instance(class)] => Some(*class),
            _ => None,
        });
        let within = State { gv: value, ..state.clone() };
        if let Some(class) = class
            && self.by_protocol(&within, class, &["__enter__", "__aenter__"], &state.path, queue)
        {
            return;
        }
        // A function with `yield` under `@contextmanager`.
        let yields = |func: FuncId| program.function(func).is_generator;
        let path = if self.calls.functions(value).next().is_some_and(yields) {
            state.path.prefixed(PathSeg::Iter)
        } else {
            state.path.clone()
        };
        self.go(state, value, path, Note::Value, queue);
    }

    /// An element of an instance that can be iterated over, or asked for its items.
    pub(super) fn element_of(&mut self, state: &State, class: ClassId, queue: &mut Queue) -> bool {
        let rest = state.path.rest();
        let iterates = |this: &mut Self, queue: &mut Queue| {
            this.by_protocol(state, class, &["__next__", "__anext__"], &rest, queue)
                || this.by_protocol(
                    state,
                    class,
                    &["__iter__", "__aiter__", "[Symbol.iterator]", "[Symbol.asyncIterator]"],
                    &rest.prefixed(PathSeg::Iter),
                    queue,
                )
        };
        match state.path.first() {
            Some(PathSeg::Iter) => {
                iterates(self, queue) || self.by_protocol(state, class, &["__getitem__"], &rest, queue)
            }
            Some(PathSeg::Elem) => {
                self.by_protocol(state, class, &["__getitem__"], &rest, queue) || iterates(self, queue)
            }
            _ => false,
        }
    }

    /// What a record's `__post_init__` makes of its fields. False where the class has none.
    pub(super) fn after_init(&mut self, state: &State, call: &Call, class: ClassId, queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(init) = program.method(class, "__post_init__") else { return false };
        let f = program.function(init);
        let Some(last) = f.params.first().and_then(|this| f.exit.get(&this.name)).copied() else { return false };
        let context = Rc::new(Context { this: Some((init, class)), ..Context::default() });
        let exits = self.summary(init, &[last], &state.path, context);
        for exit in exits.iter() {
            match exit {
                Exit::Param { index: 0, path, end } => {
                    let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                    let Some(PathSeg::Field(name, _)) = path.first() else {
                        self.arguments(&State { path: Path::whole(), ..inner }, call, queue);
                        continue;
                    };
                    if let Some(bound) = bind_field(program, call, class, name, state.gv) {
                        let inner = State { path: path.rest(), ..inner };
                        self.bound(&inner, state.gv, &bound, &Note::Built, queue);
                    } else {
                        self.initial(&inner, call, class, super::Scope::Top, queue);
                    }
                }
                // `InitVar`: a field that is only handed to it.
                Exit::Param { index, path, end } => {
                    let Some(param) = f.params.get(*index as usize) else { continue };
                    let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                    match bind_field(program, call, class, &param.name, state.gv) {
                        Some(bound) => self.bound(&inner, state.gv, &bound, &Note::Built, queue),
                        None => {
                            let path = path.prefixed(PathSeg::Field(param.name.clone(), None));
                            self.initial(&State { path, ..inner }, call, class, super::Scope::Top, queue);
                        }
                    }
                }
                other => self.pass_on(state, other, state.chain, queue),
            }
        }
        true
    }

    /// The callable instance that a call calls: `made(x)` of a class with `__call__`.
    pub(super) fn called_instance(&mut self, site: &CallSite, func: FuncId, callee: ValueId) -> Option<Gv> {
        (&*self.program.function(func).name == "__call__").then_some(Gv { func: site.call.func, value: callee })
    }
}
