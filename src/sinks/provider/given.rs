//! Models that a value gets after it was made: by a method of its own, or by a setting of the whole library.

use super::Finding;
use super::candidates::Found;
use crate::catalogue::{TypeIx, TypeRow};
use crate::ir::{Call, Seg, ValueId, ValueKind};
use crate::link::{Abs, FuncId, Gv, to_u32};
use crate::sinks::args;

impl<'a> Finding<'a, '_> {
    /// What methods hand to the value made at `site`: `pipeline.add_component("llm", generator)`.
    pub(super) fn given_later(&mut self, ty: TypeIx, site: Gv, row: &TypeRow) -> Vec<Gv> {
        let mut given = Vec::new();
        for (method, argument) in row.given_by.iter().filter_map(|spec| parts(spec)) {
            for (gv, call) in self.calls_named(method) {
                let program = self.program;
                let ValueKind::Field(receiver, _) = program.kind(Gv { func: gv.func, value: call.callee }) else {
                    continue;
                };
                let of = self.tracer.resolver.resolve(Gv { func: gv.func, value: *receiver });
                let this = |abs: &Abs| matches!(abs, Abs::Typed { ty: t, site: Some(s), .. } if *t == ty && *s == site);
                if of.iter().any(this) {
                    let picked = args::pick_exactly(self.program, gv, call, argument, 0);
                    given.extend(picked.into_iter().filter(|(_, path)| path.is_whole()).map(|(value, _)| value));
                }
            }
        }
        given
    }

    /// The functions that a graph made at `site` runs as its nodes, as far as its own file adds them.
    pub(super) fn nodes(&mut self, ty: TypeIx, site: Gv, row: &TypeRow) -> Vec<FuncId> {
        let program = self.program;
        let file = program.file_of(site.func);
        let mut found = Vec::new();
        for (method, argument) in row.nodes.iter().filter_map(|spec| parts(spec)) {
            for (gv, call) in self.calls_within(program.functions_of(file), method) {
                let ValueKind::Field(receiver, _) = program.kind(Gv { func: gv.func, value: call.callee }) else {
                    continue;
                };
                let of = self.tracer.resolver.resolve(Gv { func: gv.func, value: *receiver });
                let this = |abs: &Abs| matches!(abs, Abs::Typed { ty: t, site: Some(s), .. } if *t == ty && *s == site);
                if !of.iter().any(this) {
                    continue;
                }
                for (value, path) in args::pick_exactly(program, gv, call, argument, 0) {
                    for abs in self.tracer.resolver.resolve(value) {
                        if let Abs::Func(func, _) = abs
                            && path.is_whole()
                            && !found.contains(&func)
                        {
                            found.push(func);
                        }
                    }
                }
            }
        }
        found
    }

    /// The clients that a function calls, itself or through functions of the tree.
    pub(super) fn in_function(&mut self, func: FuncId, found: &mut Vec<Found>, depth: u32, deeper: u32) {
        let program = self.program;
        for (i, value) in program.function(func).values.iter().enumerate() {
            if !matches!(value.kind, ValueKind::Call(_)) {
                continue;
            }
            let gv = Gv { func, value: ValueId(to_u32(i)) };
            for abs in program.call_graph.callees(gv) {
                match abs {
                    Abs::Typed { ty, chain, site: Some(site) } if !chain.is_empty() => {
                        let row = program.catalogue.method(*ty, chain).map(|row| program.catalogue.call_row(row));
                        if row.is_some_and(|row| matches!(row.op.as_str(), "chat" | "completion" | "agent_run")) {
                            self.client(*ty, Some(*site), found, depth + 1);
                        }
                    }
                    Abs::Func(callee, _) if deeper > 0 && !program.call_graph.is_guess(gv) => {
                        self.in_function(*callee, found, depth, deeper - 1);
                    }
                    _ => {}
                }
            }
        }
    }

    /// The values given to a library's global setting, by assignment (`llama_index.core.Settings.llm`) or by a function
    /// (`dspy.configure(lm)`): those in the file of `site`, or else in the whole program.
    pub(super) fn assigned(&mut self, site: Gv, setting: &str) -> Vec<Gv> {
        let all = match parts(setting) {
            Some((function, argument)) => self.by_function(function, argument),
            None => self.by_assignment(setting),
        };
        let file = self.program.file_of(site.func);
        let same: Vec<Gv> = all.iter().copied().filter(|v| self.program.file_of(v.func) == file).collect();
        if same.is_empty() { all } else { same }
    }

    fn by_function(&mut self, function: &str, argument: &str) -> Vec<Gv> {
        let name = function.rsplit('.').next().unwrap_or(function);
        let mut values = Vec::new();
        for (gv, call) in self.calls_named(name) {
            if self.program.call_graph.paths(gv).any(|path| **path == *function) {
                let picked = args::pick_exactly(self.program, gv, call, argument, 0);
                values.extend(picked.into_iter().filter(|(_, path)| path.is_whole()).map(|(value, _)| value));
            }
        }
        values
    }

    fn by_assignment(&mut self, setting: &str) -> Vec<Gv> {
        let split = setting.rsplit_once('.').filter(|(object, _)| !object.is_empty());
        let Some((object, name)) = split else { return Vec::new() };
        let program = self.program;
        let mut values = Vec::new();
        for func in program.functions().filter(|f| !program.in_test(*f)) {
            for value in &program.function(func).values {
                if let ValueKind::Update { base, path, value, .. } = &value.kind
                    && let [Seg::Field(field)] = path.as_slice()
                    && **field == *name
                {
                    let base = self.tracer.resolver.resolve(Gv { func, value: *base });
                    if base.iter().any(|abs| matches!(abs, Abs::Ext(p) if **p == *object)) {
                        values.push(Gv { func, value: *value });
                    }
                }
            }
        }
        values
    }

    /// Calls of a method or function of this name outside of tests.
    fn calls_named(&self, name: &str) -> Vec<(Gv, &'a Call)> {
        let program = self.program;
        self.calls_within(program.functions().filter(|f| !program.in_test(*f)), name)
    }

    fn calls_within(&self, functions: impl Iterator<Item = FuncId>, name: &str) -> Vec<(Gv, &'a Call)> {
        let program = self.program;
        let mut found = Vec::new();
        for func in functions {
            for (i, value) in program.function(func).values.iter().enumerate() {
                let ValueKind::Call(call) = &value.kind else { continue };
                let written = match program.kind(Gv { func, value: call.callee }) {
                    ValueKind::Field(_, written) | ValueKind::Free(written) => **written == *name,
                    ValueKind::Import(_) => {
                        program.imported_name(Gv { func, value: call.callee }).is_some_and(|n| *n == *name)
                    }
                    _ => false,
                };
                if written {
                    found.push((Gv { func, value: ValueId(to_u32(i)) }, &**call));
                }
            }
        }
        found
    }
}

/// `add_component(#1|instance)` → the function and the argument.
fn parts(spec: &str) -> Option<(&str, &str)> {
    let (function, argument) = spec.split_once('(')?;
    Some((function, argument.strip_suffix(')')?))
}
