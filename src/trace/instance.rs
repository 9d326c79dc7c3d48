//! Instances: which object a method works on, what its constructor and its methods put into it, and which code runs.

use std::rc::Rc;

use super::{Context, End, Exit, Note, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::catalogue::Lang;
use crate::ir::{Call, CallKind, FnKind, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, ClassId, FuncId, Gv, RECEIVER, bind, bind_field};
use crate::path::Overlap;

impl Tracer<'_> {
    // ---- the receiver of a method ----------------------------------------------------------------------------------

    /// The index by which summaries name the receiver of a function.
    pub(super) fn receiver_index(&self, func: FuncId) -> u32 {
        if self.program.takes_receiver(func) { 0 } else { RECEIVER }
    }

    pub(super) fn is_receiver(&self, func: FuncId, index: u32) -> bool {
        index == RECEIVER || index == 0 && self.program.takes_receiver(func)
    }

    /// `self`, `this`: the object that the method was called on.
    pub(super) fn receiver(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let func = state.gv.func;
        match scope {
            Scope::Summary(f) if f == func => {
                let index = self.receiver_index(func);
                queue.exits.push(Exit::Param { index, path: state.path.clone(), end: state.end() });
            }
            Scope::Summary(_) => {
                queue.exits.push(Exit::Elsewhere { gv: state.gv, path: state.path.clone(), end: state.end() });
            }
            Scope::Top => {
                let mut whole_class = !self.made_here(state, func, queue);
                for site in self.calls.callers(func).to_vec() {
                    if program.in_test(site.call.func) && !program.in_test(func) {
                        continue;
                    }
                    whole_class &= !self.at_receiver(state, &site, func, queue) || self.hands_on(&site, func);
                }
                if whole_class {
                    self.class_wide(state, scope, queue);
                }
            }
        }
    }

    /// Go on at the object that a call's receiver is. False where the call does not say.
    pub(super) fn at_receiver(&mut self, state: &State, site: &CallSite, func: FuncId, queue: &mut Queue) -> bool {
        let program = self.program;
        if self.calls.is_guess(site.call) {
            return false;
        }
        let ValueKind::Call(call) = program.kind(site.call) else { return false };
        let name = program.function(func).name.clone();
        let chain = self.link(site.call, Note::PassedTo(name), state.chain);
        let state = &State { chain, ..state.clone() };
        let gv = match bind(program, site, func, self.receiver_index(func)).first() {
            Some(bound) => bound.gv(site.call.func),
            None if call.kind == CallKind::New => return true,
            None => {
                // `super(x)`
                let callee = Gv { func: site.call.func, value: call.callee };
                match self.called_instance(site, func, call.callee) {
                    _ if self.is_super(callee) => callee,
                    Some(instance) => instance,
                    None => return false,
                }
            }
        };
        queue.push(State { gv, ..state.clone() });
        true
    }

    /// Whether a call stands in a function that nothing calls, and hands its own parameter on as the receiver: what a
    /// decorator puts around a method.
    fn hands_on(&self, site: &CallSite, func: FuncId) -> bool {
        let f = self.program.function(site.call.func);
        let Some(bound) = bind(self.program, site, func, self.receiver_index(func)).into_iter().next() else {
            return false;
        };
        let mut at = bound.gv(site.call.func).value;
        while let ValueKind::Field(base, _)
        | ValueKind::Index(base, _)
        | ValueKind::Elem(base)
        | ValueKind::Rest(base, _)
        | ValueKind::AfterCall { base, .. } = f.kind_of(at)
        {
            at = *base;
        }
        let around = site.call.func;
        matches!(f.kind_of(at), ValueKind::Param(_))
            && !self.program.takes_receiver(around)
            && self.calls.callers(around).is_empty()
            && self.calls.callbacks(around).is_empty()
    }

    pub(super) fn is_super(&self, gv: Gv) -> bool {
        match self.program.kind(gv) {
            ValueKind::Free(name) => &**name == "super",
            ValueKind::Call(call) => {
                matches!(self.program.kind(Gv { func: gv.func, value: call.callee }), ValueKind::Free(n) if &**n == "super")
            }
            _ => false,
        }
    }

    /// `super` and captured `this`: the receiver of the method around.
    pub(super) fn own_receiver(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let mut at = Some(state.gv.func);
        while let Some(func) = at {
            let f = program.function(func);
            let own = if program.takes_receiver(func) {
                f.params.first().map(|p| p.value)
            } else {
                f.locals.get("this").and_then(|v| v.first().copied())
            };
            if let Some(value) = own {
                self.elsewhere(state, Gv { func, value }, state.path.clone(), scope, queue);
                return;
            }
            at = program.parent(func);
        }
    }

    /// Any instance of the class: what its methods put into the attribute that is asked for.
    pub(super) fn class_wide(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let Some(class) = self.program.this_class(state.gv.func) else { return };
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return };
        let name = name.clone();
        self.attribute(state, class, &name, scope, queue);
    }

    /// An instance that other code may have changed as well: one in a variable that is shared, or that came in from
    /// somewhere that is not known.
    pub(super) fn shared_instance(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return };
        let name = name.clone();
        for abs in self.resolver.resolve(state.gv) {
            if let Abs::Instance(class) = abs
                && self
                    .program
                    .lineage(class)
                    .iter()
                    .any(|c| self.program.attr_stores.contains_key(&(*c, name.clone())))
            {
                self.attribute(state, class, &name, scope, queue);
            }
        }
    }

    /// Answers of a method in terms of a receiver that is not at hand: any instance of the class.
    pub(super) fn unbound_receiver(
        &mut self,
        state: &State,
        class: ClassId,
        exits: &[Exit],
        scope: Scope,
        queue: &mut Queue,
    ) {
        for exit in exits {
            if let Exit::Param { index: 0 | RECEIVER, path, end } = exit
                && let Some(PathSeg::Field(name, _)) = path.first()
            {
                let name = name.clone();
                let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                if inner.path != state.path {
                    self.attribute(&inner, class, &name, scope, queue);
                }
            }
        }
    }

    pub(super) fn default_of(&mut self, state: &State, func: FuncId, ix: u32, queue: &mut Queue) {
        if let Some(default) = self.program.function(func).params.get(ix as usize).and_then(|p| p.default) {
            self.go(state, Gv { func, value: default }, state.path.clone(), Note::Value, queue);
        }
    }

    // ---- constructors ----------------------------------------------------------------------------------------------

    /// What a new instance holds that its constructor did not store: defaults of the class, getters, methods.
    pub(super) fn initial(&mut self, state: &State, call: &Call, class: ClassId, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let Some(PathSeg::Field(name, read)) = state.path.first() else { return };
        let (name, read) = (name.clone(), *read);
        let rest = state.path.rest();
        let state = &mut state.clone();
        self.tell(state, false, queue);
        if let Some(method) = program.method(class, &name) {
            let f = program.function(method);
            let asked = match rest.first() {
                _ if f.kind == FnKind::Property => Some(rest.clone()),
                Some(PathSeg::Ret) => Some(rest.rest()),
                _ => None,
            };
            if let Some(path) = asked {
                let returns = f.returns.clone();
                let context = Rc::new(Context { this: Some((method, class)), ..Context::default() });
                let exits = self.summary(method, &returns, &path, context);
                self.of_object(state, method, &exits, queue);
                return;
            }
        }
        self.class_decorated(state, class, queue);
        for owner in program.lineage(class) {
            for store in self.class_stores_seen(class, owner, &name, read) {
                let path = match rest.overlap(&store.rest) {
                    Overlap::Apart => continue,
                    Overlap::Inside => Path::whole(),
                    Overlap::Covers(rest, _) => rest,
                };
                if let Some(class) = self.exact(store.value)
                    && self.by_protocol(state, class, &["__get__"], &path, queue)
                {
                    continue;
                }
                self.elsewhere(state, store.value, path, scope, queue);
            }
        }
        if let Some((owner, i)) = program.declared_field(class, &name) {
            self.shared_by_class(state, owner, i, &name, scope, queue);
            if let Some(default) = program.class(owner).fields[i].default {
                let func = program.func_id(program.class_file(owner), program.class(owner).scope);
                let default = Gv { func, value: default };
                if !self.described(state, default, &rest, queue) {
                    self.elsewhere(state, default, rest, scope, queue);
                }
            }
            return;
        }
        if program.method(class, &name).is_none() && self.asked_member(state, class, &name, &rest, queue) {
            return;
        }
        if !program.external_base_paths(class).is_empty() {
            let is_error = |base: &std::sync::Arc<str>| base.ends_with("Error");
            if program.lang(state.gv.func) == Lang::Js
                && program.external_base_paths(class).iter().any(is_error)
                && let Some(init) = program.constructor(class)
                && let Some(handed) = self.message_for_base(init)
            {
                if matches!(&*name, "message" | "stack") {
                    let site = CallSite::direct(state.gv);
                    let context = self.context_at(&site, init);
                    let exits = self.summary(init, &handed, &rest, context);
                    self.apply_at(state, &site, init, &exits, queue);
                }
                return;
            }
            // A base outside the tree may keep what it is given.
            let less = state.less(crate::inventory::Confidence::Medium);
            self.arguments(&less, call, queue);
        }
    }

    /// `new F(x)` of a plain function: what it puts into `this`, and what its prototype holds.
    pub(super) fn made_by_function(&mut self, state: &State, func: FuncId, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let f = program.function(func);
        let site = CallSite::direct(state.gv);
        let Some(last) = f.exit.get("this").copied() else {
            self.prototype(state, func, 4, scope, queue);
            return;
        };
        let context = self.context_at(&site, func);
        let exits = self.summary(func, &[last], &state.path, context);
        for exit in exits.iter() {
            match exit {
                Exit::Param { index: RECEIVER, path, end } => {
                    let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                    self.prototype(&inner, func, 4, scope, queue);
                }
                other => self.apply_at(state, &site, func, std::slice::from_ref(other), queue),
            }
        }
    }

    /// `F.prototype.name = …`, `F.prototype = { name … }`, `F.prototype = Object.create(G.prototype)`
    fn prototype(&mut self, state: &State, func: FuncId, depth: u32, scope: Scope, queue: &mut Queue) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let program = self.program;
        let name = program.function(func).name.clone();
        let Some(owner) = program.parent(func) else { return };
        let asked = state.path.prefixed(PathSeg::Field(Sym::from("prototype"), None));
        // In the function that declares it, and in others.
        let f = program.function(owner);
        let mut stores: Vec<(Vec<Seg>, Gv)> = Vec::new();
        for value in &f.values {
            if let ValueKind::Update { base, path, value, .. } = &value.kind
                && f.locals.get(&name).is_some_and(|v| v.contains(&self.first_version(owner, *base)))
            {
                stores.push((path.clone(), Gv { func: owner, value: *value }));
            }
        }
        for def in program.outer_defs.get(&(owner, name)).into_iter().flatten().filter(|d| !d.mutation) {
            stores.push((def.path.clone(), def.value));
        }
        // What it defines itself hides what it inherits.
        let own = |path: &[Seg]| path.len() > 1 && matches!(asked.overlap(path), Overlap::Covers(..));
        let hides = stores.iter().any(|(path, _)| own(path));
        for (path, value) in stores {
            let rest = match asked.overlap(&path) {
                Overlap::Covers(rest, _) => rest,
                _ => continue,
            };
            if let Some(parent) = self.prototype_of(value) {
                if !hides {
                    self.prototype(state, parent, depth, scope, queue);
                }
                continue;
            }
            let methods: Vec<(FuncId, Path)> = match (program.kind(value), rest.segs()) {
                (ValueKind::Func(ix), [PathSeg::Ret, ..]) => {
                    vec![(program.func_id(program.file_of(value.func), *ix), rest.rest())]
                }
                (ValueKind::Object(entries), [PathSeg::Field(name, _), PathSeg::Ret, ..]) => entries
                    .iter()
                    .filter_map(|(key, v)| match (key, program.kind(Gv { func: value.func, value: *v })) {
                        (crate::ir::Key::Name(n), ValueKind::Func(ix)) if n == name => {
                            Some((program.func_id(program.file_of(value.func), *ix), rest.rest().rest()))
                        }
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            if methods.is_empty() {
                self.elsewhere(state, value, rest, scope, queue);
            }
            for (method, path) in methods {
                let returns = program.function(method).returns.clone();
                let exits = self.summary(method, &returns, &path, Rc::default());
                self.of_object(state, method, &exits, queue);
            }
        }
    }

    /// The function from whose prototype another is made: `Object.create(G.prototype)`, `new G()`.
    fn prototype_of(&mut self, value: Gv) -> Option<FuncId> {
        let program = self.program;
        let ValueKind::Call(call) = program.kind(value) else { return None };
        let at = |v: ValueId| Gv { func: value.func, value: v };
        let made = match program.kind(at(call.callee)) {
            ValueKind::Field(_, name) if &**name == "create" => match program.kind(at(call.args.first()?.value)) {
                ValueKind::Field(of, name) if &**name == "prototype" => at(*of),
                _ => return None,
            },
            _ if call.kind == CallKind::New => at(call.callee),
            _ => return None,
        };
        self.resolver.resolve(made).into_iter().find_map(|abs| match abs {
            Abs::Func(func, _) => Some(func),
            _ => None,
        })
    }

    fn first_version(&self, func: FuncId, mut value: ValueId) -> ValueId {
        for _ in 0..40 {
            match self.program.function(func).kind_of(value) {
                ValueKind::Update { base, .. } | ValueKind::AfterCall { base, .. } => value = *base,
                ValueKind::Phi(options) if !options.is_empty() => value = options[0],
                _ => break,
            }
        }
        value
    }

    /// What the decorators of a class put into it.
    fn class_decorated(&mut self, state: &State, class: ClassId, queue: &mut Queue) {
        let program = self.program;
        let of = program.class(class);
        let scope = program.func_id(program.class_file(class), of.scope);
        for decorator in &of.decorators {
            for abs in self.resolver.resolve(Gv { func: scope, value: *decorator }) {
                let Abs::Func(func, _) = abs else { continue };
                let f = program.function(func);
                let Some(given) = f.params.first() else { continue };
                let Some(last) = f.exit.get(&given.name).copied().filter(|last| *last != given.value) else { continue };
                let exits = self.summary(func, &[last], &state.path, Rc::default());
                self.apply_without_call(state, &exits, queue);
            }
        }
    }

    /// A member of a class itself.
    pub(super) fn class_member(&mut self, state: &State, class: ClassId, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        if self.enumerated(state, class, scope, queue) {
            return;
        }
        let Some(PathSeg::Field(name, read)) = state.path.first() else { return };
        let (name, read) = (name.clone(), *read);
        let rest = state.path.rest();
        let getter = program.method(class, &name).filter(|m| program.function(*m).kind == FnKind::Property);
        if program.lang(state.gv.func) == Lang::Js && getter.is_some() {
            self.by_protocol(state, class, &[&name], &rest, queue);
            return;
        }
        self.class_decorated(state, class, queue);
        for owner in program.lineage(class) {
            for store in self.class_stores_seen(class, owner, &name, read) {
                let path = match rest.overlap(&store.rest) {
                    Overlap::Apart => continue,
                    Overlap::Inside => Path::whole(),
                    Overlap::Covers(rest, _) => rest,
                };
                self.elsewhere(state, store.value, path, scope, queue);
            }
        }
        if let Some((owner, i)) = program.declared_field(class, &name) {
            self.shared_by_class(state, owner, i, &name, scope, queue);
            if let Some(default) = program.class(owner).fields[i].default {
                let func = program.func_id(program.class_file(owner), program.class(owner).scope);
                self.elsewhere(state, Gv { func, value: default }, rest, scope, queue);
            }
        }
    }

    /// Answers of a method or getter in terms of the object that `state` is at.
    pub(super) fn of_object(&mut self, state: &State, func: FuncId, exits: &[Exit], queue: &mut Queue) {
        let name = self.program.function(func).name.clone();
        let outer = self.link(state.gv, Note::ReturnedBy(name), state.chain);
        for exit in exits {
            match exit {
                Exit::Param { index, path, end } => {
                    if self.is_receiver(func, *index) {
                        let inner = self.resume(state, *end, outer);
                        queue.push(State { path: path.clone(), ..inner });
                    }
                }
                other => self.pass_on(state, other, outer, queue),
            }
        }
    }

    /// `object.name = value`, where `name` has a setter: what the setter stores. False where it has none.
    pub(super) fn set(&mut self, state: &State, base: Gv, path: &[Seg], value: Gv, queue: &mut Queue) -> bool {
        let program = self.program;
        let [Seg::Field(name)] = path else { return false };
        if state.path.first().is_none() || self.is_read_back(value, name) {
            return false;
        }
        if self.set_by_descriptor(state, base, name, value, queue) {
            return true;
        }
        if !program.has_setters(name) {
            return false;
        }
        let found = match self.exact(base) {
            Some(class) => program.setter(class, name),
            None => self.resolver.resolve(base).iter().find_map(|abs| match abs {
                Abs::Instance(class) => program.setter(*class, name),
                _ => None,
            }),
        };
        let Some(setter) = found.or_else(|| self.object_setter(base, name)) else { return false };
        let f = program.function(setter);
        let this = if program.takes_receiver(setter) { f.params.first().map_or("self", |p| &*p.name) } else { "this" };
        let Some(last) = f.exit.get(this).copied() else { return false };
        let exits = self.summary(setter, &[last], &state.path, Rc::default());
        for exit in exits.iter() {
            match exit {
                Exit::Param { index, path, end } => {
                    let gv = if self.is_receiver(setter, *index) { base } else { value };
                    let inner = self.resume(state, *end, state.chain);
                    queue.push(State { gv, path: path.clone(), ..inner });
                }
                other => self.pass_on(state, other, state.chain, queue),
            }
        }
        true
    }

    /// What a setter is given: `object.name = value` in the same file. False where `func` is none, or nothing is assigned.
    pub(super) fn assigned(&mut self, state: &State, func: FuncId, queue: &mut Queue) -> bool {
        let program = self.program;
        let name = program.function(func).name.clone();
        if !program.has_setters(&name) {
            return false;
        }
        let mut found = false;
        for writer in program.functions_of(program.file_of(func)) {
            for value in &program.function(writer).values {
                let ValueKind::Update { base, path, value, .. } = &value.kind else { continue };
                let base = Gv { func: writer, value: *base };
                if !matches!(path.as_slice(), [Seg::Field(n)] if *n == name) {
                    continue;
                }
                let of_class =
                    |abs: &Abs| matches!(abs, Abs::Instance(class) if program.setter(*class, &name) == Some(func));
                if self.object_setter(base, &name) == Some(func) || self.resolver.resolve(base).iter().any(of_class) {
                    found = true;
                    self.go(state, Gv { func: writer, value: *value }, state.path.clone(), Note::Put, queue);
                }
            }
        }
        found
    }

    /// The setter of an object literal.
    fn object_setter(&self, base: Gv, name: &Sym) -> Option<FuncId> {
        let program = self.program;
        let mut at = base;
        for _ in 0..12 {
            match program.kind(at) {
                ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                    at = Gv { func: at.func, value: *base };
                }
                ValueKind::Object(entries) => {
                    return entries.iter().find_map(|(key, value)| {
                        match (key, program.kind(Gv { func: at.func, value: *value })) {
                            (crate::ir::Key::Name(n), ValueKind::Func(ix)) if n == name => {
                                let func = program.func_id(program.file_of(at.func), *ix);
                                let f = program.function(func);
                                (f.kind == FnKind::Property && !f.params.is_empty()).then_some(func)
                            }
                            _ => None,
                        }
                    });
                }
                _ => return None,
            }
        }
        None
    }

    /// Whether a value surely is a mapping: iterating over it gives keys.
    pub(super) fn is_mapping(&self, gv: Gv, depth: u32) -> bool {
        let program = self.program;
        if depth == 0 {
            return false;
        }
        let at = |value: ValueId| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::Object(_) => program.lang(gv.func) == Lang::Python,
            ValueKind::Update { base, .. }
            | ValueKind::AfterCall { base, .. }
            | ValueKind::Delete { base, .. }
            | ValueKind::Typed(base, _) => self.is_mapping(at(*base), depth - 1),
            ValueKind::Phi(options) => options.first().is_some_and(|o| self.is_mapping(at(*o), depth - 1)),
            ValueKind::Call(call) => match program.kind(at(call.callee)) {
                ValueKind::Free(name) => program.catalogue.is_mapping(name),
                ValueKind::Import(_) => {
                    program.imported_name(at(call.callee)).is_some_and(|n| program.catalogue.is_mapping(&n))
                }
                ValueKind::Field(_, name) => program.catalogue.is_mapping(name),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a value is a later version of an element that iterating over a mapping gave.
    pub(super) fn is_key_of(&self, value: Gv, mapping: Gv) -> bool {
        let mut at = value.value;
        for _ in 0..8 {
            match self.program.function(value.func).kind_of(at) {
                ValueKind::AfterCall { base, .. } => at = *base,
                ValueKind::Elem(_) => return at != value.value && self.is_mapping(mapping, 12),
                _ => return false,
            }
        }
        false
    }

    pub(super) fn resume(&mut self, state: &State, end: End, outer: Option<u32>) -> State {
        State {
            chain: self.splice(end.chain, outer),
            confidence: state.confidence.min(end.confidence),
            guarded: state.guarded || end.guarded,
            via: end.under.or(state.via),
            ..state.clone()
        }
    }

    /// What the attribute of a class's instances may hold: stores in methods, constructor arguments, declared defaults.
    pub(super) fn attribute(&mut self, state: &State, class: ClassId, name: &Sym, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let state = &mut state.clone();
        self.tell(state, false, queue);
        let rest = state.path.rest();
        let mut stored = false;
        for owner in program.lineage(class) {
            for store in program.attr_stores.get(&(owner, name.clone())).into_iter().flatten() {
                let path = match rest.overlap(&store.rest) {
                    Overlap::Apart => continue,
                    Overlap::Inside => Path::whole(),
                    Overlap::Covers(rest, _) => rest,
                };
                let asked = rest.segs().get(store.rest.len().wrapping_sub(1));
                let asked = asked.filter(|_| store.rest.last() == Some(&Seg::Elem)).cloned();
                let key = if asked.is_some() { self.key_of_stored(store.value) } else { crate::path::Key::Open };
                let Some(state) = &self.put_under(state, &key, asked.as_ref()) else { continue };
                // A later version of what is there already adds nothing by itself.
                stored |= !matches!(program.kind(store.value), ValueKind::AfterCall { .. } | ValueKind::Update { .. });
                self.elsewhere(state, store.value, path, scope, queue);
            }
        }
        if program.constructor(class).is_none() {
            for owner in program.descendants(class) {
                for call in self.calls.news(owner).to_vec() {
                    if let ValueKind::Call(c) = program.kind(call)
                        && let Some(bound) = bind_field(program, c, owner, name, call)
                        && (!program.in_test(call.func) || program.in_test(state.gv.func))
                    {
                        stored = true;
                        self.elsewhere(state, bound.gv(call.func), rest.under(&bound.path), scope, queue);
                    }
                }
            }
        }
        if let Some((owner, i)) = program.declared_field(class, name)
            && let Some(default) = program.class(owner).fields[i].default
            && (!stored || self.constants)
        {
            let func = program.func_id(program.class_file(owner), program.class(owner).scope);
            self.elsewhere(state, Gv { func, value: default }, rest.clone(), scope, queue);
        }
        if let Some(method) = program.method(class, name) {
            let f = program.function(method);
            let path = if f.kind == FnKind::Property {
                Some(rest)
            } else if let Some(PathSeg::Ret) = rest.first() {
                Some(rest.rest())
            } else {
                None
            };
            if let Some(path) = path {
                let returns = f.returns.clone();
                let exits = self.summary(method, &returns, &path, Rc::default());
                self.apply_without_call(state, &exits, queue);
                self.unbound_receiver(state, class, &exits, scope, queue);
            }
        }
    }
}
