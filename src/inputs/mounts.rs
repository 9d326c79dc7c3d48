//! Whole addresses of entries: a router has a prefix of its own, and what mounts it gives it another; a procedure has a path
//! in its routers.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::ir::{Call, ValueKind};
use crate::link::{Abs, FuncId, Gv, Program, Resolver};

/// Routers within routers.
const DEPTH: u32 = 4;

/// Put the prefixes before the routes of `entries`. `made` are the calls that made them routes: `router.post("/x")`.
pub(crate) fn mount(program: &Program<'_>, entries: &mut FxHashMap<FuncId, String>, made: &FxHashMap<FuncId, Gv>) {
    let mounts = Mounts::of(program);
    for func in program.functions() {
        let (Some(label), Some(made)) = (entries.get_mut(&func), made.get(&func)) else { continue };
        let ValueKind::Call(call) = program.kind(*made) else { continue };
        let ValueKind::Field(router, method) = program.kind(Gv { func: made.func, value: call.callee }) else {
            continue;
        };
        let prefix = mounts.prefix(defined(program, Gv { func: made.func, value: *router }), DEPTH);
        if prefix.is_empty() {
            continue;
        }
        *label = match label.split_once(' ') {
            Some((method, route)) => format!("{method} {prefix}{}", if route == "/" { "" } else { route }),
            // `@router.post("")`
            None => format!("{} {prefix}", method.to_uppercase()),
        };
    }
}

/// Entries that are procedures get their path: `mail.send` instead of `mutation`.
pub(crate) fn name_procedures(procedures: &BTreeMap<String, Vec<FuncId>>, entries: &mut FxHashMap<FuncId, String>) {
    for (path, handlers) in procedures {
        for handler in handlers {
            let Some(label) = entries.get_mut(handler) else { continue };
            // The longest path: a router may be looked at before what it is part of.
            if !label.contains('/') && (!label.contains('.') || path.len() > label.len()) {
                label.clone_from(path);
            }
        }
    }
}

/// Which routers are mounted on what, and under which prefix.
struct Mounts<'p> {
    program: &'p Program<'p>,
    on: BTreeMap<Gv, (Gv, String)>,
}

impl<'p> Mounts<'p> {
    fn of(program: &'p Program<'p>) -> Self {
        let words = &program.catalogue.remote;
        let mut on = BTreeMap::new();
        for func in program.functions().filter(|f| !program.in_test(*f)) {
            for value in &program.function(func).values {
                let ValueKind::Call(call) = &value.kind else { continue };
                let at = |value| Gv { func, value };
                let ValueKind::Field(parent, method) = program.kind(at(call.callee)) else { continue };
                if !words.mounts.contains(&**method) {
                    continue;
                }
                let prefix = prefix_of(program, func, call);
                for arg in &call.args {
                    let router = defined(program, at(arg.value));
                    if matches!(program.kind(router), ValueKind::Call(_)) {
                        on.entry(router).or_insert_with(|| (defined(program, at(*parent)), prefix.clone()));
                    }
                }
            }
        }
        Mounts { program, on }
    }

    fn prefix(&self, router: Gv, depth: u32) -> String {
        let own = match self.program.kind(router) {
            ValueKind::Call(call) => prefix_of(self.program, router.func, call),
            _ => String::new(),
        };
        match self.on.get(&router) {
            Some((parent, prefix)) if depth > 0 && *parent != router => {
                format!("{}{prefix}{own}", self.prefix(*parent, depth - 1))
            }
            _ => own,
        }
    }
}

/// The prefix among the arguments: by its keyword, or the first text that is a path.
fn prefix_of(program: &Program<'_>, func: FuncId, call: &Call) -> String {
    let words = &program.catalogue.remote;
    let text = |value| match program.kind(program.origin(Gv { func, value })) {
        ValueKind::Str(s) if s.starts_with('/') => Some(s.trim_end_matches('/').to_owned()),
        _ => None,
    };
    let named = call.args.iter().filter(|a| a.name.as_ref().is_some_and(|n| words.prefixes.contains(&**n)));
    let plain = call.args.iter().filter(|a| a.name.is_none()).take(1);
    named.chain(plain).find_map(|a| text(a.value)).unwrap_or_default()
}

/// Where a router is made, also through the module that holds it: `users.router`.
fn defined(program: &Program<'_>, gv: Gv) -> Gv {
    let mut at = program.origin(gv);
    for _ in 0..DEPTH {
        let ValueKind::Field(base, name) = program.kind(at) else { return at };
        let base = Gv { func: at.func, value: *base };
        let modules = Resolver::new(program, Some(&program.call_graph)).resolve(base);
        let [Abs::Module(file)] = modules.as_slice() else { return at };
        match program.exported(*file, name).as_slice() {
            [one] if *one != at => at = program.origin(*one),
            _ => return at,
        }
    }
    at
}
