//! Instances: which object a method works on, what its constructor and its methods put into it, and which code runs.

use std::rc::Rc;

use super::{Context, End, Exit, Note, Path, PathSeg, Queue, Scope, State, Tracer};
use rustc_hash::FxHashSet;

use crate::catalogue::Lang;
use crate::ir::{ArgRole, Call, CallKind, FnKind, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, ClassId, FuncId, Gv, RECEIVER, bind};
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
                let mut whole_class = true;
                for site in self.calls.callers(func).to_vec() {
                    if program.in_test(site.call.func) && !program.in_test(func) {
                        continue;
                    }
                    whole_class &= !self.at_receiver(state, &site, func, queue);
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
                if self.is_super(callee) { callee } else { return false }
            }
        };
        queue.push(State { gv, ..state.clone() });
        true
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

    // ---- which code runs -------------------------------------------------------------------------------------------

    /// The class of a value that surely is an instance made here, or the receiver of a method called on one.
    pub(super) fn exact(&mut self, gv: Gv) -> Option<ClassId> {
        if let Some((func, class)) = self.context.this
            && self.is_own_receiver(gv, func)
        {
            return Some(class);
        }
        if let Some(known) = self.exact.get(&gv) {
            return *known;
        }
        let found = self.exact_within(gv, 12);
        self.exact.insert(gv, found);
        found
    }

    fn is_own_receiver(&self, gv: Gv, method: FuncId) -> bool {
        match self.program.kind(gv) {
            ValueKind::Param(0) => gv.func == method && self.program.takes_receiver(method),
            ValueKind::This => gv.func == method,
            ValueKind::Free(name) => {
                &**name == "this" && self.program.this_class(gv.func) == self.program.class_of(method)
            }
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                self.is_own_receiver(Gv { func: gv.func, value: *base }, method)
            }
            _ => false,
        }
    }

    fn exact_within(&mut self, gv: Gv, depth: u32) -> Option<ClassId> {
        if depth == 0 {
            return None;
        }
        let program = self.program;
        let at = |value: ValueId| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::Call(call) => match self.calls.callees(gv) {
                [Abs::Class(class)] => Some(*class),
                [Abs::Func(func, _)] => {
                    let func = *func;
                    let returns = program.function(func).returns.clone();
                    let mut class = None;
                    for value in returns.iter().take(4) {
                        let value = Gv { func, value: *value };
                        let one = if self.is_own_receiver(value, func) {
                            match program.kind(at(call.callee)) {
                                ValueKind::Field(base, _) => self.exact_within(at(*base), depth - 1)?,
                                _ => return None,
                            }
                        } else if let ValueKind::Call(made) = program.kind(value)
                            && program.function(func).kind == FnKind::ClassMethod
                            && matches!(program.kind(Gv { func, value: made.callee }), ValueKind::Param(0))
                            && let ValueKind::Field(base, _) = program.kind(at(call.callee))
                        {
                            match self.resolver.resolve(at(*base)).as_slice() {
                                [Abs::Class(class)] => *class,
                                _ => return None,
                            }
                        } else {
                            self.exact_within(value, depth.min(4) - 1)?
                        };
                        if class.is_some_and(|c| c != one) {
                            return None;
                        }
                        class = Some(one);
                    }
                    class
                }
                _ => None,
            },
            ValueKind::AfterCall { base, .. }
            | ValueKind::Update { base, .. }
            | ValueKind::Delete { base, .. }
            | ValueKind::Typed(base, _) => self.exact_within(at(*base), depth - 1),
            ValueKind::Phi(options) => {
                let mut class = None;
                for option in options.iter().take(6) {
                    if matches!(program.kind(at(*option)), ValueKind::Captured(_) | ValueKind::Null) {
                        continue;
                    }
                    let one = self.exact_within(at(*option), depth.min(5) - 1)?;
                    if class.is_some_and(|c| c != one) {
                        return None;
                    }
                    class = Some(one);
                }
                class
            }
            ValueKind::Field(base, _) => {
                let rooted = self.exact_within(at(*base), depth - 1).is_some()
                    || matches!(program.kind(at(*base)), ValueKind::List(_) | ValueKind::Object(_));
                match self.resolver.resolve(gv).as_slice() {
                    [Abs::Instance(class)] if rooted => Some(*class),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The functions that a value holds in the context at hand.
    fn functions_here(&self, gv: Gv) -> Option<Vec<FuncId>> {
        let program = self.program;
        let of_param = |func: FuncId, ix: u32| {
            self.context.functions.iter().find(|(param, _)| *param == (func, ix)).map(|(_, f)| f.clone())
        };
        if self.context.functions.is_empty() {
            return None;
        }
        match program.kind(gv) {
            ValueKind::Param(ix) => of_param(gv.func, *ix),
            ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
                [one] => match program.kind(*one) {
                    ValueKind::Param(ix) => of_param(one.func, *ix),
                    _ => None,
                },
                _ => None,
            },
            ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
                self.functions_here(Gv { func: gv.func, value: *base })
            }
            ValueKind::Phi(options) => match options.as_slice() {
                [one, other] if matches!(program.kind(Gv { func: gv.func, value: *other }), ValueKind::Captured(_)) => {
                    self.functions_here(Gv { func: gv.func, value: *one })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What a call calls, in the context at hand.
    pub(super) fn callees_here(&mut self, gv: Gv, call: &Call) -> Vec<Abs> {
        let program = self.program;
        let callee = Gv { func: gv.func, value: call.callee };
        if let Some(functions) = self.functions_here(callee) {
            return functions.into_iter().map(|f| Abs::Func(f, None)).collect();
        }
        let known = self.calls.callees(gv);
        if let ValueKind::Field(base, name) = program.kind(callee)
            && known.len() > 1
            && known.iter().all(|c| matches!(c, Abs::Func(..)))
        {
            let base = Gv { func: gv.func, value: *base };
            if !self.is_super(base)
                && let Some(class) = self.exact(base)
                && let Some(func) = program.method(class, name)
            {
                return vec![Abs::Func(func, Some(base))];
            }
        }
        self.calls.callees(gv).to_vec()
    }

    /// What decides which code runs in `func` when it is called from a place.
    pub(super) fn context_at(&mut self, site: &CallSite, func: FuncId) -> Rc<Context> {
        let program = self.program;
        let mut context = Context::default();
        // A function inside of one that is being looked at sees what that one was given.
        for (param, functions) in &self.context.functions {
            let mut around = program.parent(func);
            while let Some(f) = around {
                if f == param.0 {
                    context.functions.push((*param, functions.clone()));
                    break;
                }
                around = program.parent(f);
            }
        }
        self.add_functions(site, func, &mut context);
        // A function that another one made was given its functions there.
        if let ValueKind::Call(call) = program.kind(site.call) {
            let mut around = program.parent(func);
            while let Some(outer) = around {
                if program.function(outer).kind == FnKind::Module {
                    break;
                }
                let callee = Gv { func: site.call.func, value: call.callee };
                if let Some(made) = self.made_by(callee, outer, 8) {
                    context.functions.retain(|((f, _), _)| *f != outer);
                    self.add_functions(&made, outer, &mut context);
                }
                around = program.parent(outer);
            }
            if let ValueKind::Field(base, _) = program.kind(Gv { func: site.call.func, value: call.callee })
                && program.class_of(func).is_some()
            {
                let base = Gv { func: site.call.func, value: *base };
                let class = if self.is_super(base) {
                    self.context.this.filter(|(f, _)| *f == site.call.func).map(|(_, c)| c)
                } else {
                    self.exact(base)
                };
                context.this = class.map(|class| (func, class));
            } else if (call.kind == CallKind::New || matches!(self.calls.callees(site.call), [Abs::Class(_)]))
                && let [Abs::Class(class)] = self.calls.callees(site.call)
            {
                context.this = Some((func, *class));
            }
        }
        context.functions.sort();
        Rc::new(context)
    }

    fn add_functions(&mut self, site: &CallSite, func: FuncId, context: &mut Context) {
        let program = self.program;
        for ix in 0..program.function(func).params.len().min(16) as u32 {
            if !program.param_is_called(func, ix) {
                continue;
            }
            let bounds = bind(program, site, func, ix);
            let mut functions = Vec::new();
            for bound in &bounds {
                if !bound.path.is_empty() || bound.of.is_some() {
                    functions.clear();
                    break;
                }
                let gv = bound.gv(site.call.func);
                if let Some(here) = self.functions_here(gv) {
                    functions.extend(here);
                    continue;
                }
                for abs in self.resolver.resolve(gv) {
                    if let Abs::Func(f, _) = abs {
                        functions.push(f);
                    }
                }
            }
            functions.sort();
            functions.dedup();
            if !functions.is_empty() {
                context.functions.push(((func, ix), functions));
            }
        }
    }

    /// The call of `outer` that gave the function that `callee` is.
    pub(super) fn made_by(&mut self, callee: Gv, outer: FuncId, depth: u32) -> Option<CallSite> {
        if depth == 0 {
            return None;
        }
        let program = self.program;
        let at = |value: ValueId| Gv { func: callee.func, value };
        match program.kind(callee) {
            ValueKind::Call(call) => {
                if self.calls.callees(callee).iter().any(|c| matches!(c, Abs::Func(f, _) if *f == outer)) {
                    return Some(CallSite::direct(callee));
                }
                if let Some(functions) = self.functions_here(at(call.callee))
                    && functions.contains(&outer)
                {
                    return Some(CallSite::direct(callee));
                }
                self.made_by(at(call.callee), outer, depth - 1).or_else(|| {
                    // `wraps(f)(wrapper)`
                    let arg = call.args.first()?;
                    (call.kind == CallKind::Decorator).then(|| self.made_by(at(arg.value), outer, depth - 1)).flatten()
                })
            }
            ValueKind::Decorated { call, .. } => self.made_by(at(*call), outer, depth - 1),
            ValueKind::Field(base, _)
            | ValueKind::AfterCall { base, .. }
            | ValueKind::Update { base, .. }
            | ValueKind::Typed(base, _) => self.made_by(at(*base), outer, depth - 1),
            ValueKind::Free(name) => match program.free(callee.func, name).as_slice() {
                [one] if *one != callee => self.made_by(*one, outer, depth - 1),
                _ => None,
            },
            ValueKind::Import(_) => match program.imported(callee).as_slice() {
                [one] => self.made_by(*one, outer, depth - 1),
                _ => None,
            },
            ValueKind::Phi(options) => match options.as_slice() {
                [one, other] if matches!(program.kind(at(*other)), ValueKind::Captured(_)) => {
                    self.made_by(at(*one), outer, depth - 1)
                }
                _ => None,
            },
            _ => None,
        }
    }

    // ---- constructors ----------------------------------------------------------------------------------------------

    /// What a new instance holds that its constructor did not store: defaults of the class, getters, methods.
    pub(super) fn initial(&mut self, state: &State, call: &Call, class: ClassId, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return };
        let name = name.clone();
        let rest = state.path.rest();
        self.typed(state, queue);
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
        for owner in program.lineage(class) {
            for store in program.class_stores(owner, &name) {
                let path = match rest.overlap(&store.rest) {
                    Overlap::Apart => continue,
                    Overlap::Inside => Path::whole(),
                    Overlap::Covers(rest, _) => rest,
                };
                self.elsewhere(state, store.value, path, scope, queue);
            }
        }
        if let Some((owner, i)) = program.declared_field(class, &name) {
            if let Some(default) = program.class(owner).fields[i].default {
                let func = program.func_id(program.class_file(owner), program.class(owner).scope);
                self.elsewhere(state, Gv { func, value: default }, rest, scope, queue);
            }
            return;
        }
        if program.method(class, &name).is_none()
            && let Some(method) = program.method(class, "__getattr__")
        {
            let returns = program.function(method).returns.clone();
            let context = Rc::new(Context { this: Some((method, class)), ..Context::default() });
            let exits = self.summary(method, &returns, &rest, context);
            self.of_object(state, method, &exits, queue);
            return;
        }
        if !program.external_base_paths(class).is_empty() {
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
        let Some(last) = f.exit.get("this").copied() else { return };
        let context = self.context_at(&site, func);
        let exits = self.summary(func, &[last], &state.path, context);
        for exit in exits.iter() {
            match exit {
                Exit::Param { index: RECEIVER, path, end } => {
                    let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                    self.prototype(&inner, func, scope, queue);
                }
                other => self.apply_at(state, &site, func, std::slice::from_ref(other), queue),
            }
        }
    }

    /// `F.prototype.name = …`, `F.prototype = { name … }`
    fn prototype(&mut self, state: &State, func: FuncId, scope: Scope, queue: &mut Queue) {
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
        for (path, value) in stores {
            let rest = match asked.overlap(&path) {
                Overlap::Covers(rest, _) => rest,
                _ => continue,
            };
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

    /// A member of a class itself.
    pub(super) fn class_member(&mut self, state: &State, class: ClassId, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        let Some(PathSeg::Field(name, _)) = state.path.first() else { return };
        let name = name.clone();
        let rest = state.path.rest();
        for owner in program.lineage(class) {
            for store in program.class_stores(owner, &name) {
                let path = match rest.overlap(&store.rest) {
                    Overlap::Apart => continue,
                    Overlap::Inside => Path::whole(),
                    Overlap::Covers(rest, _) => rest,
                };
                self.elsewhere(state, store.value, path, scope, queue);
            }
        }
        if let Some((owner, i)) = program.declared_field(class, &name)
            && let Some(default) = program.class(owner).fields[i].default
        {
            let func = program.func_id(program.class_file(owner), program.class(owner).scope);
            self.elsewhere(state, Gv { func, value: default }, rest, scope, queue);
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
        if state.path.first().is_none() || !program.has_setters(name) {
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

    // ---- versions after calls --------------------------------------------------------------------------------------

    pub(super) fn after_call(
        &mut self,
        state: &State,
        base: Gv,
        call: Gv,
        role: ArgRole,
        scope: Scope,
        queue: &mut Queue,
    ) {
        let program = self.program;
        let ValueKind::Call(c) = program.kind(call) else {
            self.go(state, base, state.path.clone(), Note::Value, queue);
            return;
        };
        let callees = self.callees_here(call, c);
        // What was there before stays, unless all that the call may run says what becomes of it.
        let mut replaced = !callees.is_empty();
        let mut inside = false;
        for callee in &callees {
            let func = match callee {
                Abs::Func(func, _) => *func,
                Abs::Class(class) | Abs::Instance(class) => match program.constructor(*class) {
                    Some(init)
                        if matches!(role, ArgRole::Arg(_))
                            || self.is_super(Gv { func: call.func, value: c.callee }) =>
                    {
                        init
                    }
                    _ => {
                        replaced = false;
                        continue;
                    }
                },
                _ => {
                    replaced = false;
                    continue;
                }
            };
            inside = true;
            replaced &= self.changed(state, base, call, c, func, role, queue);
        }
        if !replaced {
            let path =
                if inside || role != ArgRole::Receiver { Some(state.path.clone()) } else { self.kept(state, call, c) };
            if let Some(path) = path {
                self.go(state, base, path, Note::Value, queue);
            }
        }
        if !inside && role == ArgRole::Receiver && self.is_mutation(call, c) {
            for (value, path) in self.mutated(call, c, &state.path) {
                self.go(state, value, path, Note::Put, queue);
            }
        }
        if role == ArgRole::Arg(0) && self.mutates_first(call) {
            self.put_into_first(state, call, c, queue);
        }
        let _ = scope;
    }

    /// What of the receiver a method outside the tree leaves as it was; none if nothing that is asked for.
    fn kept(&self, state: &State, call: Gv, c: &Call) -> Option<Path> {
        let program = self.program;
        let at = |value: ValueId| Gv { func: call.func, value };
        let ValueKind::Field(_, name) = program.kind(at(c.callee)) else { return Some(state.path.clone()) };
        if c.args.is_empty() && program.catalogue.empties(name) {
            return None;
        }
        if program.catalogue.reorders(name)
            && let Some(PathSeg::Field(asked, _)) = state.path.first()
            && asked.bytes().all(|b| b.is_ascii_digit())
        {
            return Some(state.path.rest().prefixed(PathSeg::Elem));
        }
        if program.catalogue.mutates_whole(name)
            && let Some(PathSeg::Field(asked, _)) = state.path.first()
        {
            // `d.update({"a": x})`, `d.update(a=x)`
            let hides = c.args.iter().any(|arg| match (&arg.name, program.kind(at(arg.value))) {
                (Some(name), _) => name == asked,
                (None, ValueKind::Object(entries)) => {
                    entries.iter().any(|(k, _)| matches!(k, crate::ir::Key::Name(n) if n == asked))
                }
                _ => false,
            });
            if hides {
                return None;
            }
        }
        let key = match c.args.first().map(|a| program.kind(at(a.value))) {
            Some(ValueKind::Str(key)) => key.clone(),
            _ => return Some(state.path.clone()),
        };
        let replaces = program.catalogue.removes(name) || c.args.len() == 2 && program.catalogue.replaces(name);
        if !replaces {
            return Some(state.path.clone());
        }
        match state.path.first() {
            Some(PathSeg::Field(asked, _)) if *asked == key => None,
            None => Some(state.path.leaving_out(&[Seg::Field(key)])),
            _ => Some(state.path.clone()),
        }
    }

    /// `setattr(o, "a", v)`, `Object.assign(o, a, b)`
    fn put_into_first(&mut self, state: &State, call: Gv, c: &Call, queue: &mut Queue) {
        let program = self.program;
        let at = |value: ValueId| Gv { func: call.func, value };
        if let [_, key, value] = c.args.as_slice()
            && let ValueKind::Str(key) = program.kind(at(key.value))
        {
            // `Object.defineProperty(o, "a", { value: v })`
            let under = matches!(program.kind(at(c.callee)), ValueKind::Field(_, n) if &**n == "defineProperty");
            let path = match state.path.overlap(&[Seg::Field(key.clone())]) {
                Overlap::Apart => return,
                Overlap::Inside => Path::whole(),
                Overlap::Covers(rest, _) if under => rest.under(&[Seg::Field(Sym::from("value"))]),
                Overlap::Covers(rest, _) => rest,
            };
            self.go(state, at(value.value), path, Note::Put, queue);
            return;
        }
        for arg in c.args.iter().skip(1) {
            self.go(state, at(arg.value), state.path.clone(), Note::Put, queue);
        }
    }

    /// What a callee of the tree does to a value that it was given. True if that says all of it.
    #[expect(clippy::too_many_arguments)]
    fn changed(
        &mut self,
        state: &State,
        base: Gv,
        call: Gv,
        c: &Call,
        func: FuncId,
        role: ArgRole,
        queue: &mut Queue,
    ) -> bool {
        let program = self.program;
        let f = program.function(func);
        let site = CallSite::direct(call);
        let shape = self.calls.shape(call).copied().unwrap_or_default();
        let takes = program.takes_receiver(func) && !shape.unbound;
        let offset = u32::from(takes);
        let name: &str = match role {
            ArgRole::Receiver if takes => f.params.first().map_or("", |p| &*p.name),
            ArgRole::Receiver => "this",
            ArgRole::Arg(n) => {
                let Some(arg) = c.args.get(n as usize) else { return false };
                if shape.skip > n as usize || shape.partial.is_some() || arg.spread != crate::ir::Spread::None {
                    return false;
                }
                let n = n - shape.skip as u32;
                match &arg.name {
                    Some(name) => name,
                    None => f.params.get((n + offset) as usize).map_or("", |p| &*p.name),
                }
            }
        };
        if name.is_empty() {
            return false;
        }
        let first = match role {
            ArgRole::Receiver if !takes => f.locals.get("this").and_then(|v| v.first().copied()),
            _ => f.params.iter().find(|p| *p.name == *name).map(|p| p.value),
        };
        let Some(first) = first else { return false };
        let Some(last) = f.exit.get(name).copied() else { return false };
        if last == first {
            return false;
        }
        // Only a later version of the same object: `x = other` changes nothing for the caller.
        let (same, only) = self.versions(func, last, first);
        if !same {
            return false;
        }
        let context = self.context_at(&site, func);
        let exits = self.summary(func, &[last], &state.path, context);
        let receiver = matches!(role, ArgRole::Receiver);
        let outer = self.link(call, Note::ReturnedBy(f.name.clone()), state.chain);
        for exit in exits.iter() {
            match exit {
                Exit::Param { index, path, end }
                    if receiver && self.is_receiver(func, *index) && (takes || *index == RECEIVER)
                        || f.params.get(*index as usize).is_some_and(|p| p.value == first) =>
                {
                    let inner = self.resume(state, *end, outer);
                    queue.push(State { gv: base, path: path.clone(), ..inner });
                }
                other => self.apply_at(state, &site, func, std::slice::from_ref(other), queue),
            }
        }
        only
    }

    /// Whether `last` is a later version of `first`, and whether it can be nothing else.
    fn versions(&self, func: FuncId, last: ValueId, first: ValueId) -> (bool, bool) {
        let f = self.program.function(func);
        let (mut same, mut only) = (false, true);
        let mut seen = FxHashSet::default();
        let mut open = vec![last];
        while let Some(value) = open.pop() {
            if value == first {
                same = true;
                continue;
            }
            if !seen.insert(value) {
                continue;
            }
            match f.kind_of(value) {
                ValueKind::Update { base, .. }
                | ValueKind::AfterCall { base, .. }
                | ValueKind::Delete { base, .. }
                | ValueKind::Typed(base, _) => open.push(*base),
                ValueKind::Captured(_) => {}
                ValueKind::Phi(options) => open.extend(options.iter().copied()),
                _ => only = false,
            }
        }
        (same, only)
    }

    /// What a call inside another function does to a captured variable: `captured.add(x)`, `fill(captured)`.
    pub(super) fn changed_by(
        &mut self,
        state: &State,
        gv: Gv,
        call: &Call,
        path: &Path,
        within: &[Seg],
        queue: &mut Queue,
    ) {
        let program = self.program;
        let _ = within;
        let ValueKind::Field(receiver, _) = program.kind(Gv { func: gv.func, value: call.callee }) else { return };
        let base = Gv { func: gv.func, value: *receiver };
        for callee in self.calls.callees(gv).to_vec() {
            if let Abs::Func(func, _) = callee {
                let state = State { path: path.clone(), ..state.clone() };
                self.changed(&state, base, gv, call, func, ArgRole::Receiver, queue);
            }
        }
    }

    pub(super) fn resume(&mut self, state: &State, end: End, outer: Option<u32>) -> State {
        State {
            chain: self.splice(end.chain, outer),
            confidence: state.confidence.min(end.confidence),
            guarded: state.guarded || end.guarded,
            ..state.clone()
        }
    }
}
