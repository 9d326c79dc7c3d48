//! Objects by where they were made: the classes that decide what is called, and closures that several makings share.

use std::rc::Rc;

use super::{Context, Exit, Note, Queue, State, Tracer};
use crate::ir::{ArgRole, FnKind, ValueId, ValueKind};
use crate::link::{CallSite, ClassId, FuncId, Gv, bind};

impl Tracer<'_> {
    /// The classes of what a value surely is: instances made here, in a list made here, or given by the caller.
    pub(super) fn classes(&mut self, gv: Gv, depth: u32) -> Option<Vec<ClassId>> {
        if let Some(class) = self.exact(gv) {
            return Some(vec![class]);
        }
        let depth = depth.checked_sub(1)?;
        let program = self.program;
        let at = |value: ValueId| Gv { func: gv.func, value };
        if !self.context.instances.is_empty()
            && let Some(param) = self.param_behind(gv, 6)
        {
            return self.context.instances.iter().find(|(p, _)| *p == param).map(|(_, classes)| classes.clone());
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
            _ => return None,
        }
        found.sort();
        found.dedup();
        (!found.is_empty()).then_some(found)
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
            if self.calls.callees(gv).len() > 1
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
}
