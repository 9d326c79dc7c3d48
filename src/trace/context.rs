//! Which code runs: the functions that parameters hold, and the class that a method is called on.

use std::rc::Rc;

use super::{Context, Holds, State, Tracer, Via};
use crate::ir::{Call, CallKind, FnKind, ValueId, ValueKind};
use crate::link::{Abs, CallSite, ClassId, FuncId, Gv, bind};

/// Values that meet in one variable, as many as are looked at.
const MOST_MET: usize = 32;

impl Tracer<'_> {
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

    pub(super) fn is_own_receiver(&self, gv: Gv, method: FuncId) -> bool {
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
        if self.context.functions.is_empty() {
            return None;
        }
        let param = self.param_behind(gv, 6)?;
        self.context.functions.iter().find(|(p, _)| *p == param).map(|(_, f)| f.clone())
    }

    /// Whether a value holds, in the context at hand, a function of the user's that drops what it is given.
    pub(super) fn drops_here(&self, gv: Gv) -> bool {
        !self.context.drops.is_empty() && self.param_behind(gv, 6).is_some_and(|p| self.context.drops.contains(&p))
    }

    /// The parameter that a value is.
    pub(super) fn param_behind(&self, gv: Gv, depth: u32) -> Option<(FuncId, u32)> {
        let program = self.program;
        let depth = depth.checked_sub(1)?;
        match program.kind(gv) {
            ValueKind::Param(ix) => Some((gv.func, *ix)),
            ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
                [one] => match program.kind(*one) {
                    ValueKind::Param(ix) => Some((one.func, *ix)),
                    _ => None,
                },
                _ => None,
            },
            ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
                self.param_behind(Gv { func: gv.func, value: *base }, depth)
            }
            // At the head of a loop, or after inner functions: what came in, if nothing else was put there.
            ValueKind::Phi(_) => {
                let mut seen = vec![gv.value];
                let mut open = vec![gv.value];
                let mut found = None;
                while let Some(value) = open.pop() {
                    let at = Gv { func: gv.func, value };
                    match program.kind(at) {
                        ValueKind::Captured(_) => {}
                        ValueKind::Phi(options) => {
                            let fresh: Vec<ValueId> = options.iter().filter(|o| !seen.contains(o)).copied().collect();
                            seen.extend(&fresh);
                            open.extend(fresh);
                        }
                        _ => {
                            let param = self.param_behind(at, depth)?;
                            if found.is_some_and(|known| known != param) || seen.len() > MOST_MET {
                                return None;
                            }
                            found = Some(param);
                        }
                    }
                }
                found
            }
            _ => None,
        }
    }

    /// The functions that a value may be: those of the context at hand where it says.
    pub(super) fn functions_of(&mut self, gv: Gv) -> Vec<FuncId> {
        if let Some(functions) = self.functions_here(gv) {
            return functions;
        }
        let all = self.resolver.resolve(gv).into_iter();
        all.filter_map(|abs| match abs {
            Abs::Func(func, _) => Some(func),
            _ => None,
        })
        .collect()
    }

    /// What a call calls, in the context at hand.
    pub(super) fn callees_here(&mut self, gv: Gv, call: &Call) -> Vec<Abs> {
        let program = self.program;
        let callee = Gv { func: gv.func, value: call.callee };
        if let Some(functions) = self.functions_here(callee) {
            return functions.into_iter().map(|f| Abs::Func(f, None)).collect();
        }
        if let Some(path) = self.outside_here(callee) {
            return vec![Abs::Ext(path)];
        }
        if let (Some((func, class)), ValueKind::Param(0)) = (self.context.class, program.kind(callee))
            && func == gv.func
        {
            return vec![Abs::Class(class)];
        }
        if let Some((func, class)) = self.context.this.filter(|(func, _)| *func == gv.func)
            && let ValueKind::Field(base, name) = program.kind(callee)
            && let base = (Gv { func: gv.func, value: *base })
            && self.is_super(base)
            && let Some(owner) = self.super_of(base).or_else(|| program.class_of(func))
            && let Some(next) = program.next_method(class, owner, name)
        {
            return vec![Abs::Func(next, Some(base))];
        }
        if let ValueKind::Field(base, name) = program.kind(callee)
            && let Some((_, functions)) = self.context.held_functions.iter().find(|(held, _)| held == name)
            && self.is_context_receiver(Gv { func: gv.func, value: *base })
        {
            return functions.iter().map(|f| Abs::Func(*f, None)).collect();
        }
        let known = self.calls.callees(gv);
        if let ValueKind::Field(base, name) = program.kind(callee)
            && known.len() > 1
            && known.iter().all(|c| matches!(c, Abs::Func(..)))
        {
            let base = Gv { func: gv.func, value: *base };
            if !self.is_super(base)
                && let Some(classes) = self.classes(base, 8)
            {
                let mut found: Vec<Abs> = Vec::new();
                for class in classes {
                    match program.method(class, name).map(|func| Abs::Func(func, Some(base))) {
                        Some(method) if found.contains(&method) => {}
                        Some(method) => found.push(method),
                        None => return known.to_vec(),
                    }
                }
                return found;
            }
        }
        self.calls.callees(gv).to_vec()
    }

    /// The class that `super(Class, self)` names.
    fn super_of(&mut self, gv: Gv) -> Option<ClassId> {
        let ValueKind::Call(call) = self.program.kind(gv) else { return None };
        let first = call.args.first()?;
        match self.resolver.resolve(Gv { func: gv.func, value: first.value }).as_slice() {
            [Abs::Class(class)] => Some(*class),
            _ => None,
        }
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
        for (param, path) in &self.context.outside {
            let mut around = program.parent(func);
            while let Some(f) = around {
                if f == param.0 {
                    context.outside.push((*param, path.clone()));
                    break;
                }
                around = program.parent(f);
            }
        }
        for param in &self.context.drops {
            let mut around = program.parent(func);
            while let Some(f) = around {
                if f == param.0 {
                    context.drops.push(*param);
                    break;
                }
                around = program.parent(f);
            }
        }
        self.add_functions(site, func, &mut context);
        self.add_instances(site, func, &mut context);
        self.add_constants(site, func, &mut context);
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
                    context.drops.retain(|(f, _)| *f != outer);
                    context.outside.retain(|((f, _), _)| *f != outer);
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
                    self.exact(base).or_else(|| match self.classes(base, 8)?.as_slice() {
                        [one] => Some(*one),
                        _ => None,
                    })
                };
                if let Some(class) = class {
                    self.add_held(base, class, &mut context);
                }
                let class = class.or_else(|| self.made_in_closure(base, &mut context));
                context.this = class.map(|class| (func, class));
                if program.function(func).kind == FnKind::ClassMethod {
                    context.class = self.class_called_on(base).map(|class| (func, class));
                }
            } else if (call.kind == CallKind::New || matches!(self.calls.callees(site.call), [Abs::Class(_)]))
                && let [Abs::Class(class)] = self.calls.callees(site.call)
            {
                context.this = Some((func, *class));
            }
        }
        context.functions.sort();
        context.instances.sort();
        context.constants.sort();
        context.drops.sort();
        context.drops.dedup();
        context.outside.sort();
        Rc::new(context)
    }

    /// The class that a class method is called on.
    fn class_called_on(&mut self, base: Gv) -> Option<ClassId> {
        if let (Some((func, class)), ValueKind::Param(0)) = (self.context.class, self.program.kind(base))
            && func == base.func
        {
            return Some(class);
        }
        match self.resolver.resolve(base).as_slice() {
            [Abs::Class(class)] => Some(*class),
            _ => None,
        }
    }

    /// The class of an instance that a function of the tree made of a class of its own: `registry.clock.run()` where
    /// `clock = defineAction(f)`. Its methods see what that function was given there.
    fn made_in_closure(&mut self, base: Gv, context: &mut Context) -> Option<ClassId> {
        let program = self.program;
        let made = program.member_origin(base, 6);
        let [Abs::Func(outer, _)] = *self.calls.callees(made) else { return None };
        let class = self.exact_within(made, 6)?;
        let declared_in = program.func_id(program.class_file(class), program.class(class).scope);
        if declared_in != outer {
            return None;
        }
        context.functions.retain(|((f, _), _)| *f != outer);
        self.add_functions(&CallSite::direct(made), outer, context);
        Some(class)
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
            if functions.is_empty()
                && let [bound] = bounds.as_slice()
            {
                let gv = bound.gv(site.call.func);
                let inputs = self.shared.inputs;
                if self.drops_here(gv) || inputs.drops_by(program, &mut self.resolver, gv) {
                    context.drops.push((func, ix));
                } else if program.lang(func) == crate::catalogue::Lang::Python
                    && bound.path.is_empty()
                    && bound.of.is_none()
                    && let Some(path) = self.library_function(gv)
                {
                    context.outside.push(((func, ix), path));
                }
            }
            if !functions.is_empty() {
                context.functions.push(((func, ix), functions));
            }
        }
    }

    /// The parameter by which a call calls a function, if it does: `f(x)` in a function that is given `f`.
    pub(super) fn held(&self, site: &CallSite, holds: FuncId) -> Option<Via> {
        let program = self.program;
        let ValueKind::Call(call) = program.kind(site.call) else { return None };
        let callee = Gv { func: site.call.func, value: call.callee };
        let param = self.param_behind(callee, 6)?;
        Some(Via { of: param.0, param: param.1, member: None, holds: Holds::Function(holds) })
    }

    /// Whether a call gives the function that the walk came out of, where that came in by a parameter.
    pub(super) fn gives(&mut self, state: &State, site: &CallSite) -> bool {
        let program = self.program;
        let Some(via) = state.via else { return true };
        let Holds::Function(holds) = via.holds else {
            return via.of != state.gv.func || self.under_key(via, site).is_some();
        };
        let mut site = *site;
        if via.of != state.gv.func {
            // Out of a closure that was made with the function: the call of a decorator.
            let mut around = program.parent(state.gv.func);
            while around.is_some_and(|f| f != via.of) {
                around = around.and_then(|f| program.parent(f));
            }
            let ValueKind::Call(call) = program.kind(site.call) else { return true };
            let callee = Gv { func: site.call.func, value: call.callee };
            match around.and_then(|outer| self.made_by(callee, outer, 8)) {
                Some(made) => site = made,
                None => return true,
            }
        }
        let given = bind(program, &site, via.of, via.param);
        given.is_empty()
            || given.iter().any(|bound| {
                let held = self.resolver.resolve(bound.gv(site.call.func));
                let functions = held.iter().any(|abs| matches!(abs, Abs::Func(..)));
                !functions || held.iter().any(|abs| matches!(abs, Abs::Func(f, _) if *f == holds))
            })
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
}
