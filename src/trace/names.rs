//! Names that are not of the function at hand: of an outer function, a module, or another file.

use super::{Exit, Note, Path, PathSeg, Queue, Scope, State, Tracer};
use crate::catalogue::Lang;
use crate::ir::{FnKind, SENT, Sym, ValueKind};
use crate::link::{Abs, Gv};
use crate::path::Overlap;

impl Tracer<'_> {
    pub(super) fn free(&mut self, state: &State, name: &Sym, scope: Scope, queue: &mut Queue) {
        let program = self.program;
        if matches!(&**name, "this" | "super") {
            self.own_receiver(state, scope, queue);
            return;
        }
        if &**name == SENT {
            self.sent(state, scope, queue);
            return;
        }
        if let (Some(held), Some(around)) =
            (program.function(state.gv.func).held.get(&state.gv.value), program.parent(state.gv.func))
        {
            self.elsewhere(state, Gv { func: around, value: *held }, state.path.clone(), scope, queue);
            return;
        }
        let definitions = program.free(state.gv.func, name);
        if definitions.is_empty() {
            // A global that functions of the file assign.
            self.outer(state, program.module_of(state.gv.func), name, scope, queue);
            self.external_name(state, name, queue);
            return;
        }
        if let Scope::Summary(func) = scope
            && state.path.key_of(func).is_some()
        {
            // Under the key that a call gives.
            queue.exits.push(Exit::Elsewhere { gv: state.gv, path: state.path.clone(), end: state.end() });
            return;
        }
        if let Some(owner) = program.declaring(state.gv.func, name)
            && self.free_in_order(state, owner, name, scope, queue)
        {
            self.shared_instance(state, scope, queue);
            return;
        }
        for gv in definitions {
            let gv = self.as_left(gv, name);
            self.elsewhere(state, gv, state.path.clone(), scope, queue);
        }
        if let Some(owner) = program.declaring(state.gv.func, name) {
            self.outer(state, owner, name, scope, queue);
        }
        self.shared_instance(state, scope, queue);
    }

    /// What an enclosing function has made of a variable's only value in the end: `d = {}`, then `d["a"] = x`.
    fn as_left(&self, gv: Gv, name: &Sym) -> Gv {
        let program = self.program;
        let f = program.function(gv.func);
        let only = f.locals.get(name).is_some_and(|all| all.as_slice() == [gv.value]);
        match f.exit.get(name).filter(|_| only && program.lang(gv.func) == Lang::Python) {
            Some(last) if program.first_version(Gv { func: gv.func, value: *last }) == gv => {
                Gv { func: gv.func, value: *last }
            }
            _ => gv,
        }
    }

    /// What inner functions put into a variable of `owner`.
    pub(super) fn outer(
        &mut self,
        state: &State,
        owner: crate::link::FuncId,
        name: &Sym,
        scope: Scope,
        queue: &mut Queue,
    ) {
        self.outer_where(state, owner, name, None, scope, queue);
    }

    /// The same, of those writes only that `seen` says yes of.
    pub(super) fn outer_where(
        &mut self,
        state: &State,
        owner: crate::link::FuncId,
        name: &Sym,
        seen: Option<&[bool]>,
        scope: Scope,
        queue: &mut Queue,
    ) {
        let program = self.program;
        for (i, def) in program.outer_defs.get(&(owner, name.clone())).into_iter().flatten().enumerate() {
            if seen.is_some_and(|seen| !seen[i]) {
                continue;
            }
            let path = match state.path.overlap(&def.path) {
                Overlap::Apart => continue,
                Overlap::Inside => Path::whole(),
                Overlap::Covers(rest, _) => rest,
            };
            let asked = state.path.segs().get(def.path.len().wrapping_sub(1));
            let asked = asked.filter(|_| !def.mutation && def.path.last() == Some(&crate::ir::Seg::Elem)).cloned();
            let key = if asked.is_some() { self.key_of_stored(def.value) } else { crate::path::Key::Open };
            let Some(state) = &self.put_under(state, &key, asked.as_ref()) else { continue };
            if let ValueKind::Call(call) = program.kind(def.value)
                && def.mutation
            {
                // `captured.append(x)`
                let known = !self.calls.is_guess(def.value) && self.calls.functions(def.value).next().is_some();
                let under = State { path: path.clone(), ..state.clone() };
                if !known
                    && self.is_mutation(def.value, call)
                    && let Some(state) = &self.put_by_method(&under, def.value, call)
                {
                    for (value, path) in self.mutated(def.value, call, &path) {
                        self.elsewhere(state, value, path, scope, queue);
                    }
                }
                self.changed_by(state, def.value, call, &path, queue);
                continue;
            }
            match scope {
                // An earlier call of the same function put it there: with other arguments than this one.
                Scope::Summary(func) if func == def.value.func && owner != func => {
                    let chain = self.link(def.value, Note::Value, state.chain);
                    let end = super::End { chain, ..state.end() };
                    queue.exits.push(Exit::Elsewhere { gv: def.value, path: path.clone(), end });
                    self.go(state, def.value, path, Note::Value, queue);
                }
                _ => self.elsewhere(state, def.value, path, scope, queue),
            }
        }
    }

    /// Go on at a value of another function. A summary hands it to whoever asked.
    pub(super) fn elsewhere(&mut self, state: &State, gv: Gv, path: Path, scope: Scope, queue: &mut Queue) {
        match scope {
            Scope::Summary(func) if func != gv.func => {
                // A module's values have no parameters: the answer is the same for every caller.
                if self.program.function(gv.func).kind == FnKind::Module {
                    self.go(state, gv, path, Note::Value, queue);
                } else {
                    let chain = self.link(gv, Note::Value, state.chain);
                    let end = super::End { chain, ..state.end() };
                    queue.exits.push(Exit::Elsewhere { gv, path, end });
                }
            }
            _ => self.go(state, gv, path, Note::Value, queue),
        }
    }

    pub(super) fn import(&mut self, state: &State, scope: Scope, queue: &mut Queue) {
        let values = self.program.imported(state.gv);
        if values.is_empty() || values.contains(&state.gv) {
            // A module of the tree: `settings.MODEL`, `package.module.VALUE`.
            let mut modules = self.resolver.resolve(state.gv);
            let mut path = state.path.clone();
            let python = self.program.lang(state.gv.func) == Lang::Python;
            if let (true, ValueKind::Import(ix)) = (python, self.program.kind(state.gv)) {
                let local = self.program.file(self.program.file_of(state.gv.func)).imports[*ix as usize].local.clone();
                self.outer(state, state.gv.func, &local, scope, queue);
            }
            for _ in 0..4 {
                let Some(PathSeg::Field(name, _)) = path.first() else { return };
                let name = name.clone();
                path = path.rest();
                let mut inner = Vec::new();
                for abs in modules {
                    if let Abs::Module(file) = abs {
                        let found = self.program.exported(file, &name);
                        for gv in found.into_iter().filter(|gv| *gv != state.gv) {
                            self.elsewhere(state, gv, path.clone(), scope, queue);
                        }
                        if python {
                            let owner = self.program.func_id(file, crate::ir::FnIx(0));
                            let within = State { path: path.clone(), ..state.clone() };
                            self.outer(&within, owner, &name, scope, queue);
                        }
                        inner.extend(
                            self.resolver
                                .module_member(file, &name)
                                .into_iter()
                                .filter(|a| matches!(a, Abs::Module(_))),
                        );
                    }
                }
                modules = inner;
            }
            return;
        }
        for gv in values {
            self.elsewhere(state, gv, state.path.clone(), scope, queue);
            if let Some(name) = self.program.imported_name(state.gv) {
                // In Python the name stands for what it was when it was imported; what that holds may change.
                let python = self.program.lang(gv.func) == Lang::Python;
                let defs = self.program.outer_defs.get(&(gv.func, name.clone())).into_iter().flatten();
                let changes: Vec<bool> = defs.map(|d| !python || d.mutation || !d.path.is_empty()).collect();
                self.outer_where(state, gv.func, &name, Some(&changes), scope, queue);
            }
        }
        self.shared_instance(state, scope, queue);
    }
}
