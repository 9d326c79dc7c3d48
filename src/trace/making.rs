//! Objects by where they were made: the classes that decide what is called, and closures that several makings share.

use std::rc::Rc;

use super::{Context, Exit, Note, Queue, State, Tracer};
use crate::ir::{ArgRole, FnKind, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, ClassId, FuncId, Gv, bind};

/// Classes that the calls of a function may give.
const MOST_CLASSES: usize = 16;

impl Tracer<'_> {
    /// The classes of what a value surely is: instances made here, in a list made here, or given by the caller.
    pub(super) fn classes(&mut self, gv: Gv, depth: u32) -> Option<Vec<ClassId>> {
        if let Some(class) = self.exact(gv) {
            return Some(vec![class]);
        }
        let depth = depth.checked_sub(1)?;
        let program = self.program;
        let at = |value: ValueId| Gv { func: gv.func, value };
        if let Some(param) = self.param_behind(gv, 6) {
            return match self.context.instances.iter().find(|(p, _)| *p == param) {
                Some((_, classes)) => Some(classes.clone()),
                None => self.classes_given(param, depth),
            };
        }
        let mut found: Vec<ClassId> = Vec::new();
        match program.kind(gv) {
            ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => return self.classes(at(*base), depth),
            ValueKind::Phi(options) => {
                for option in options.clone() {
                    found.extend(self.classes(at(option), depth.min(3))?);
                }
            }
            ValueKind::Elem(list) | ValueKind::Index(list, _) => {
                let mut list = *list;
                for _ in 0..8 {
                    match program.kind(at(list)) {
                        ValueKind::Typed(base, _) | ValueKind::AfterCall { base, role: ArgRole::Arg(_), .. } => {
                            list = *base;
                        }
                        _ => break,
                    }
                }
                let ValueKind::List(items) = program.kind(at(list)) else { return None };
                for (item, spread) in items.clone() {
                    if spread {
                        return None;
                    }
                    found.extend(self.classes(at(item), depth.min(3))?);
                }
            }
            ValueKind::Field(base, name) if self.is_context_receiver(at(*base)) => {
                return self.context.held.iter().find(|(n, _)| n == name).map(|(_, classes)| classes.clone());
            }
            ValueKind::Field(base, name) if self.stays(at(*base)) => {
                let (held, true) = self.resolver.stored(at(*base), name, 0) else { return None };
                for value in held {
                    found.extend(self.classes(value, depth.min(3))?);
                }
            }
            _ => return None,
        }
        found.sort();
        found.dedup();
        (!found.is_empty()).then_some(found)
    }

    /// The classes of what all calls of a function give to a parameter, if each says so.
    fn classes_given(&mut self, param: (FuncId, u32), depth: u32) -> Option<Vec<ClassId>> {
        if let Some(known) = self.given_classes.get(&param) {
            return known.clone();
        }
        self.given_classes.insert(param, None);
        let (func, ix) = param;
        let program = self.program;
        let outer = std::mem::take(&mut self.context);
        let found = self.classes_at(self.calls.callers(func), func, ix, depth.min(4));
        self.context = outer;
        let found = found.filter(|_| self.calls.callbacks(func).is_empty() && !program.takes_receiver(func));
        self.given_classes.insert(param, found.clone());
        found
    }

    fn classes_at(&mut self, sites: &[CallSite], func: FuncId, ix: u32, depth: u32) -> Option<Vec<ClassId>> {
        let program = self.program;
        let mut found: Vec<ClassId> = Vec::new();
        for site in sites.iter().filter(|s| program.in_test(func) || !program.in_test(s.call.func)) {
            let given = bind(program, site, func, ix);
            let [bound] = given.as_slice() else { return None };
            if !bound.path.is_empty() || bound.of.is_some() || found.len() > MOST_CLASSES {
                return None;
            }
            found.extend(self.classes(bound.gv(site.call.func), depth)?);
        }
        found.sort();
        found.dedup();
        (!found.is_empty()).then_some(found)
    }

    /// Whether an object or list that is written out keeps each member where it is: no method was called on it.
    fn stays(&self, gv: Gv) -> bool {
        let mut at = gv;
        for _ in 0..12 {
            let next = match self.program.kind(at) {
                ValueKind::Object(_) | ValueKind::List(_) => return true,
                ValueKind::Typed(base, _)
                | ValueKind::Update { base, .. }
                | ValueKind::AfterCall { base, role: ArgRole::Arg(_), .. } => *base,
                _ => return false,
            };
            at = Gv { func: at.func, value: next };
        }
        false
    }

    /// Whether a call is one whose target depends on the class of its receiver: several classes have the method, or the one
    /// that has it has others under it, whose methods it may call.
    fn depends_on_class(&self, call: Gv) -> bool {
        let program = self.program;
        match self.calls.callees(call) {
            [Abs::Func(func, _)] => program.class_of(*func).is_some_and(|class| program.descendants(class).len() > 1),
            callees => callees.len() > 1,
        }
    }

    /// The attributes of a class's instances on which its methods call what depends on their class.
    fn deciding_attributes(&mut self, class: ClassId) -> Rc<[Sym]> {
        if let Some(known) = self.deciding_attributes.get(&class) {
            return known.clone();
        }
        let program = self.program;
        let mut found: Vec<Sym> = Vec::new();
        let methods_of = |owner: ClassId| {
            let file = program.class_file(owner);
            program.class(owner).methods.values().map(move |ix| program.func_id(file, *ix))
        };
        for func in program.lineage(class).into_iter().flat_map(methods_of) {
            let f = program.function(func);
            for (i, value) in f.values.iter().enumerate() {
                let ValueKind::Call(call) = &value.kind else { continue };
                let ValueKind::Field(base, called) = f.kind_of(call.callee) else { continue };
                let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                // `this.run(x)`, where it holds what the constructor was given.
                if self.is_own_receiver(Gv { func, value: *base }, func)
                    && !found.contains(called)
                    && program.method(class, called).is_none()
                    && self.calls.functions(gv).count() > 1
                {
                    found.push(called.clone());
                }
                let ValueKind::Field(of, name) = f.kind_of(f.before_calls(*base)) else { continue };
                if !found.contains(name)
                    && self.is_own_receiver(Gv { func, value: *of }, func)
                    && self.depends_on_class(gv)
                {
                    found.push(name.clone());
                }
            }
        }
        found.sort();
        let found: Rc<[Sym]> = found.into();
        self.deciding_attributes.insert(class, found.clone());
        found
    }

    /// The classes of what the object holds that a method is called on, where that decides what the method calls: it was made
    /// here, and its constructor put there what it was given.
    pub(super) fn add_held(&mut self, base: Gv, class: ClassId, context: &mut Context) {
        let program = self.program;
        let deciding = self.deciding_attributes(class);
        if deciding.is_empty() {
            return;
        }
        if self.is_context_receiver(base) {
            context.held = self.context.held.clone();
            context.held_functions = self.context.held_functions.clone();
            return;
        }
        let made = program.origin(base);
        let (ValueKind::Call(_), [Abs::Class(of)]) = (program.kind(made), self.calls.callees(made)) else { return };
        let Some(init) = program.constructor(*of) else { return };
        let f = program.function(init);
        let this = f.params.first().filter(|_| program.takes_receiver(init)).map_or("this", |p| &*p.name);
        let Some(last) = f.exit.get(this).copied() else { return };
        for name in deciding.iter() {
            let (held, true) = self.resolver.stored(Gv { func: init, value: last }, name, 0) else { continue };
            let [held] = held.as_slice() else { continue };
            let given = match self.param_behind(*held, 6) {
                Some((func, ix)) if func == init => match bind(program, &CallSite::direct(made), init, ix).as_slice() {
                    [bound] if bound.path.is_empty() && bound.of.is_none() => bound.gv(made.func),
                    _ => continue,
                },
                _ => *held,
            };
            if let Some(classes) = self.classes(given, 6) {
                context.held.push((name.clone(), classes));
                continue;
            }
            let functions = self.functions_of(given);
            if !functions.is_empty() {
                context.held_functions.push((name.clone(), functions));
            }
        }
    }

    /// Whether a value is the object that the method at hand was called on.
    pub(super) fn is_context_receiver(&self, gv: Gv) -> bool {
        self.context.this.is_some_and(|(func, _)| self.is_own_receiver(gv, func))
    }

    /// The parameters of a function on which it calls a method that several classes have.
    fn deciding(&mut self, func: FuncId) -> Rc<[u32]> {
        if let Some(known) = self.deciding.get(&func) {
            return known.clone();
        }
        let f = self.program.function(func);
        let mut found: Vec<u32> = Vec::new();
        for (i, value) in f.values.iter().enumerate().filter(|_| !f.params.is_empty()) {
            let ValueKind::Call(call) = &value.kind else { continue };
            let ValueKind::Field(base, _) = f.kind_of(call.callee) else { continue };
            let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
            if self.depends_on_class(gv)
                && let Some((_, ix)) = self.param_behind(Gv { func, value: *base }, 6).filter(|(f, _)| *f == func)
                && !found.contains(&ix)
            {
                found.push(ix);
            }
        }
        // The receiver has a context of its own.
        found.retain(|ix| *ix > 0 || !self.program.takes_receiver(func));
        let found: Rc<[u32]> = found.into();
        self.deciding.insert(func, found.clone());
        found
    }

    pub(super) fn add_instances(&mut self, site: &CallSite, func: FuncId, context: &mut Context) {
        for ix in self.deciding(func).iter() {
            let bounds = bind(self.program, site, func, *ix);
            let [bound] = bounds.as_slice() else { continue };
            if bound.path.is_empty()
                && bound.of.is_none()
                && let Some(classes) = self.classes(bound.gv(site.call.func), 8)
            {
                context.instances.push(((func, *ix), classes));
            }
        }
    }

    /// Whether what a value of another function is depends on the call: on what its closure was made with, or on whose method
    /// it is in.
    pub(super) fn is_of_a_making(&self, gv: Gv) -> bool {
        let program = self.program;
        matches!(program.kind(gv), ValueKind::Param(_) | ValueKind::This)
            || program.parent(gv.func).is_some_and(|owner| program.function(owner).kind != FnKind::Module)
    }

    /// What another function of the same closure was given: only by the calls of the object at hand, where several were
    /// made. False where that is not known.
    pub(super) fn of_same_making(&mut self, state: &State, site: &CallSite, gv: Gv, queue: &mut Queue) -> bool {
        let program = self.program;
        let Some(owner) = program.parent(gv.func).filter(|o| program.function(*o).kind != FnKind::Module) else {
            return false;
        };
        let callee_of = |call: Gv| match program.kind(call) {
            ValueKind::Call(c) => Some(Gv { func: call.func, value: c.callee }),
            _ => None,
        };
        let Some(made) = callee_of(site.call).and_then(|callee| self.made_by(callee, owner, 8)) else { return false };
        // An earlier call of the same closure runs the same function that its decorator was given.
        let again = self.calls.functions(site.call).any(|called| called == gv.func);
        let context = if again { self.context_at(site, gv.func) } else { Rc::default() };
        let exits = self.summary(gv.func, &[gv.value], &state.path, context);
        if again && exits.is_empty() {
            return true;
        }
        let own = |exit: &Exit| match exit {
            Exit::Param { .. } | Exit::Source { .. } | Exit::Text { .. } => true,
            // The variable itself, as it was before.
            Exit::Elsewhere { gv: at, .. } => at.func == gv.func || at.func == owner,
        };
        if exits.is_empty() || !exits.iter().all(own) {
            return false;
        }
        let callers = self.calls.callers(gv.func).to_vec();
        let mut here = Vec::new();
        for caller in &callers {
            let other = callee_of(caller.call).and_then(|callee| self.made_by(callee, owner, 8));
            if other.is_none_or(|other| other.call == made.call) {
                here.push(*caller);
            }
        }
        if here.len() == callers.len() {
            return false;
        }
        for exit in exits.iter() {
            match exit {
                Exit::Param { index, path, end } => {
                    let inner = State { path: path.clone(), ..self.resume(state, *end, state.chain) };
                    let note = Note::PassedTo(program.function(gv.func).name.clone());
                    for caller in &here {
                        for bound in bind(program, caller, gv.func, *index) {
                            self.bound(&inner, caller.call, &bound, &note, queue);
                        }
                    }
                }
                Exit::Elsewhere { gv: at, .. } if at.func == gv.func => {}
                other => self.pass_on(state, other, state.chain, queue),
            }
        }
        true
    }

    /// Whether a name is imported of a package, or where that fails of the tree: `try: import fast as m` and, in the handler,
    /// `import slow as m`.
    pub(super) fn stands_in(&self, callee: Gv) -> bool {
        let program = self.program;
        let name = match program.kind(callee) {
            ValueKind::Field(base, _) => Gv { func: callee.func, value: *base },
            _ => callee,
        };
        let held = match program.kind(name) {
            ValueKind::Free(n) => program.free(name.func, n),
            _ => vec![name],
        };
        let import = |func: FuncId, value: ValueId| {
            matches!(program.kind(Gv { func, value }), ValueKind::Import(_) | ValueKind::Func(_))
        };
        matches!(held.as_slice(), [one] if matches!(program.kind(*one), ValueKind::Phi(options)
            if options.iter().all(|o| import(one.func, *o))))
    }
}
