//! What a function gives: it comes back at the calls by which the walk came in, or else at all of them. What a closure gives
//! that was handed to a function (`tracked(() => generate(…))`) comes back where it was handed over.

use super::Walk;
use crate::catalogue::Passes;
use crate::ir::{Call, FnKind, Seg, ValueId, ValueKind};
use crate::link::{CallSite, FuncId, Gv, Program, bind};

/// Functions that hand a closure on to the next.
const DEEPEST: usize = 4;

/// What is looked for in a function: the closure itself, or the parameter that it came in by.
#[derive(Clone, Copy)]
enum Handed {
    Closure(FuncId),
    Param(Gv),
}

impl Handed {
    /// Whether a value is it, or an object that holds it.
    fn is(self, program: &Program<'_>, gv: Gv) -> bool {
        match (program.kind(gv), self) {
            (ValueKind::Object(entries), _) => {
                entries.iter().any(|(_, v)| self.is(program, Gv { func: gv.func, value: *v }))
            }
            (ValueKind::Func(ix), Handed::Closure(closure)) => {
                program.func_id(program.file_of(gv.func), *ix) == closure
            }
            (ValueKind::Field(base, _), Handed::Param(_)) => self.is(program, Gv { func: gv.func, value: *base }),
            (_, Handed::Param(param)) if gv == param => true,
            _ => {
                let origin = program.origin(gv);
                origin != gv && self.is(program, origin)
            }
        }
    }

    /// Whether a closure within `func` calls it there: `retry(async () => { const result = await operation(); … })`.
    fn is_captured(self, program: &Program<'_>, func: FuncId, callee: Gv) -> bool {
        let ValueKind::Free(name) = program.kind(callee) else { return false };
        program.declaring(callee.func, name) == Some(func)
            && program.free(callee.func, name).into_iter().any(|value| value.func == func && self.is(program, value))
    }
}

impl Walk<'_, '_> {
    pub(super) fn returned(&mut self, gv: Gv) {
        let program = self.shared.program;
        if self.shared.inputs.answers(gv.func) {
            self.record("returned_to_user", gv, "returned by the entry point");
            for runner in self.shared.inputs.remote.runners(gv.func) {
                self.record(
                    "tool_execution",
                    *runner,
                    "a function in the browser runs the tools that the answer names",
                );
            }
        }
        if self.here.entered(gv.func) {
            for (call, context) in self.entered.leave(self.here, &self.part) {
                self.push_in(call, context, self.part.clone());
            }
            return;
        }
        let counts = |site: &&CallSite| self.in_test || !program.in_test(site.call.func);
        let callers: Vec<CallSite> = program.call_graph.callers(gv.func).iter().filter(counts).copied().collect();
        for site in &callers {
            if self.returned_where_handed(gv.func, site.call) {
                continue;
            }
            // A closure's caller is a part of the function around it, or of what that calls.
            if program.parent(gv.func).is_some_and(|p| program.function(p).kind != FnKind::Module) {
                self.push_same(site.call);
            } else {
                self.push_read(site.call, self.part.clone());
            }
        }
        let f = program.function(gv.func);
        if callers.is_empty()
            && program.call_graph.callbacks(gv.func).is_empty()
            && !self.shared.inputs.entries.contains_key(&gv.func)
            && matches!(f.kind, FnKind::Function | FnKind::Method)
            && program.parent(gv.func).is_none_or(|p| program.function(p).kind == FnKind::Module)
        {
            self.record("returned_to_user", gv, "returned to a caller outside of this code");
        }
        // An async callback's result comes back from what it was handed to.
        for site in program.call_graph.callbacks(gv.func) {
            let ValueKind::Call(call) = program.kind(site.call) else { continue };
            let name = crate::sinks::names(program, Gv { func: site.call.func, value: call.callee });
            let Some(name) = name.last() else { continue };
            if program.catalogue.is_continuation(name) || program.catalogue.is_fold(name) {
                self.push_same(site.call);
            } else if program.catalogue.is_iteration(name) {
                if !program.catalogue.keeps_elements(name) {
                    self.push_part(site.call, Some(self.part.under(&[Seg::Elem])));
                }
            } else if self.gives_what_its_function_gives(gv.func, site.call, call, name)
                && !self.returned_where_handed(gv.func, site.call)
            {
                self.push_same(site.call);
            }
        }
    }

    /// Whether a library's function is handed a function to run and give its result: `pRetry(async () => generate(text))`.
    fn gives_what_its_function_gives(&self, func: FuncId, site: Gv, call: &Call, name: &str) -> bool {
        let program = self.shared.program;
        let catalogue = program.catalogue;
        let is_it = |value: ValueId| {
            let origin = program.origin(Gv { func: site.func, value });
            matches!(program.kind(origin), ValueKind::Func(ix) if program.func_id(program.file_of(origin.func), *ix) == func)
        };
        call.args.iter().any(|arg| is_it(arg.value))
            && !self.shared.inputs.entries.contains_key(&func)
            && !catalogue.listens(name)
            && !catalogue.delays(name)
            && catalogue.passes(program.lang(site.func), name, None) != Some(Passes::Nothing)
    }

    /// Go on at the call of a closure (`ran`) as if the walk had come down to it from where the closure was handed over.
    /// False where that is not seen.
    fn returned_where_handed(&mut self, closure: FuncId, ran: Gv) -> bool {
        let program = self.shared.program;
        let parent = program.parent(closure).filter(|p| program.function(*p).kind != FnKind::Module);
        let mut found = Vec::new();
        if let Some(parent) = parent.filter(|p| *p != ran.func) {
            handed_down(program, parent, Handed::Closure(closure), ran, &mut Vec::new(), &mut found);
        }
        for way in &found {
            let mut context = self.here;
            for (call, func) in way {
                let (below, returned) = self.entered.enter(context, *call, *func);
                for part in returned {
                    self.push_in(*call, context, part);
                }
                context = below;
            }
            self.push_in(ran, context, self.part.clone());
        }
        !found.is_empty()
    }
}

/// The calls by which what is handed on in `func` comes to where it is called (`ran`), each with the function called: in one
/// of these functions, or in a closure of it.
fn handed_down(
    program: &Program<'_>,
    func: FuncId,
    handed: Handed,
    ran: Gv,
    way: &mut Vec<(Gv, FuncId)>,
    found: &mut Vec<Vec<(Gv, FuncId)>>,
) {
    // Called there, or handed to a library's function that calls it: `storage.run(context, operation)`.
    let runs = |value| {
        func == ran.func && handed.is(program, Gv { func, value })
            || handed.is_captured(program, func, Gv { func: ran.func, value })
    };
    if let ValueKind::Call(call) = program.kind(ran)
        && (runs(call.callee) || call.args.iter().any(|arg| runs(arg.value)))
    {
        found.push(way.clone());
        return;
    }
    if way.len() == DEEPEST {
        return;
    }
    for (value, _) in (0u32..).zip(&program.function(func).values).filter(|(_, v)| matches!(v.kind, ValueKind::Call(_)))
    {
        let call = Gv { func, value: ValueId(value) };
        for inner in program.call_graph.functions(call) {
            for (ix, param) in (0u32..).zip(&program.function(inner).params) {
                let bound = bind(program, &CallSite::direct(call), inner, ix);
                if bound.iter().any(|b| handed.is(program, Gv { func, value: b.value })) {
                    way.push((call, inner));
                    let param = Handed::Param(Gv { func: inner, value: param.value });
                    handed_down(program, inner, param, ran, way, found);
                    way.pop();
                }
            }
        }
    }
}
