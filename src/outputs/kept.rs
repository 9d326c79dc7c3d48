//! Places that outlive the function: attributes of objects, variables of modules, sessions; and functions that get the
//! answer in other ways than as an argument.

use super::Walk;
use crate::ir::{FnKind, Key, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, FuncId, Gv, Program, Resolver, bind};
use crate::path::PathSeg;

/// Where a value that something is put into is kept, if it outlives the function.
pub(super) fn kept_in(program: &Program<'_>, resolver: &mut Resolver<'_>, gv: Gv) -> Option<&'static str> {
    let f = program.function(gv.func);
    let mut at = gv.value;
    let mut members = 0;
    for _ in 0..40 {
        if program.stores.stored(program, Gv { func: gv.func, value: at }).is_some() {
            return Some("kept in a session");
        }
        match f.kind_of(at) {
            ValueKind::Field(base, _) | ValueKind::Index(base, _) => {
                members += 1;
                at = *base;
            }
            ValueKind::Update { base, .. } | ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
                at = *base
            }
            ValueKind::Phi(options) if !options.is_empty() => at = options[0],
            _ => break,
        }
    }
    let attribute = "kept in an attribute of an object";
    match f.kind_of(at) {
        ValueKind::Param(0) if matches!(f.kind, FnKind::Method | FnKind::Property) => Some(attribute),
        ValueKind::This => Some(attribute),
        ValueKind::Free(name) if matches!(&**name, "this" | "self") => Some(attribute),
        ValueKind::Free(name) => {
            let owner = program.declaring(gv.func, name)?;
            (program.function(owner).kind == FnKind::Module).then_some("kept in a variable of the module")
        }
        // An object that came in, or was looked up.
        ValueKind::Param(_) | ValueKind::Call(_) if members > 0 || matches!(f.kind_of(at), ValueKind::Call(_)) => {
            let root = Gv { func: gv.func, value: at };
            if matches!(program.call_graph.callees(root), [Abs::Class(_), ..]) {
                return None; // made here
            }
            let object = resolver.resolve(root).iter().any(|abs| {
                matches!(abs, Abs::Instance(c)
                    if program.class(*c).kind == crate::ir::ClassKind::Class && !program.class(*c).fields.is_empty())
            });
            object.then_some(attribute)
        }
        _ => None,
    }
}

/// Whether a value is an object that came in, in a function that commits what was changed: `session.commit()`.
pub(super) fn committed(program: &Program<'_>, resolver: &mut Resolver<'_>, gv: Gv) -> bool {
    let came_in = program.first_version(gv);
    if !matches!(program.kind(came_in), ValueKind::Param(_)) {
        return false;
    }
    let declares = |abs: &Abs| matches!(abs, Abs::Instance(c) if !program.class(*c).fields.is_empty());
    let f = program.function(gv.func);
    let commits = f.values.iter().any(|value| {
        let ValueKind::Call(call) = &value.kind else { return false };
        let named = matches!(f.kind_of(call.callee), ValueKind::Field(_, name) if program.catalogue.commits(name));
        named && call.args.is_empty()
    });
    commits && resolver.resolve(came_in).iter().any(declares)
}

impl Walk<'_, '_> {
    /// From a store to an attribute of `self` to the reads of it.
    pub(super) fn stored_attribute(&mut self, update: Gv, base: ValueId, path: &[crate::ir::Seg]) {
        let program = self.shared.program;
        let f = program.function(update.func);
        let mut at = base;
        for _ in 0..100 {
            match f.kind_of(at) {
                ValueKind::Update { base, .. } | ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
                    at = *base
                }
                ValueKind::Phi(options) if !options.is_empty() => at = options[0],
                _ => break,
            }
        }
        let class = match f.kind_of(at) {
            ValueKind::Param(0) if f.kind == FnKind::Method => program.class_of(update.func),
            ValueKind::This => program.class_of(update.func),
            ValueKind::Free(n) if &**n == "this" || &**n == "self" => program.this_class(update.func),
            _ => None,
        };
        if let (Some(class), Some(crate::ir::Seg::Field(name))) = (class, path.first()) {
            for read in self.shared.attr_reads.get(&(class, name.clone())).into_iter().flatten() {
                self.push_read(*read, self.part.under(&path[1..]));
            }
        }
    }

    /// The functions that a model may call: their parameters are its answer, what they give goes back to it.
    pub(super) fn tools(&mut self, value: Gv) {
        let program = self.shared.program;
        let mut found: Vec<FuncId> = Vec::new();
        tool_functions(program, value, 6, &mut found);
        for func in found {
            let f = program.function(func);
            for (i, param) in f.params.iter().enumerate() {
                if !(i == 0 && program.takes_receiver(func)) {
                    self.push(Gv { func, value: param.value });
                }
            }
            let returned = f.returns.iter().find(|v| {
                !matches!(f.kind_of(**v), ValueKind::Null | ValueKind::Str(_) | ValueKind::Bool(_) | ValueKind::Num(_))
            });
            if let Some(value) = returned {
                self.record("fed_to_model", Gv { func, value: *value }, "what a tool gives goes back to the model");
            }
        }
    }

    /// A comparison with the answer that is handed over as what decides: `Verdict(tripped=not answer.ok)`.
    pub(super) fn handed_as_verdict(&mut self, opaque: Gv) {
        let program = self.shared.program;
        let f = program.function(opaque.func);
        for (i, value) in f.values.iter().enumerate() {
            let ValueKind::Call(call) = &value.kind else { continue };
            if !call.args.iter().any(|a| a.value == opaque.value) {
                continue;
            }
            let user = Gv { func: opaque.func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
            let names = crate::sinks::names(program, Gv { func: user.func, value: call.callee });
            let words: Vec<&str> = names.iter().map(|n: &Sym| &**n).collect();
            let path = program.call_graph.callees(user).iter().find_map(|abs| match abs {
                Abs::Ext(path) => Some(path.clone()),
                _ => None,
            });
            let rows = program.catalogue.outputs_by_call(program.lang(user.func), path.as_deref(), &words);
            if let Some(row) = rows.into_iter().find(|r| r.usage == "decision" && self.fits(r, user, call, opaque)) {
                self.record(&row.usage, user, words.last().copied().unwrap_or_default());
            }
        }
    }

    /// `createStream({ execute({ writer }) { writer.merge(answer) }, onFinish })`: what is put into a writer that a
    /// library hands to a function comes out of the call that was given the function, and goes to its other functions.
    pub(super) fn through_writer(&mut self, receiver: Gv) {
        let program = self.shared.program;
        let f = program.function(receiver.func);
        let mut at = program.origin(receiver);
        for _ in 0..4 {
            match program.kind(at) {
                ValueKind::Field(base, _) => at = program.origin(Gv { func: at.func, value: *base }),
                _ => break,
            }
        }
        let ValueKind::Param(_) = program.kind(at) else { return };
        if f.kind == FnKind::Method {
            return;
        }
        for site in program.call_graph.callbacks(at.func).to_vec() {
            self.push(site.call);
            if let ValueKind::Call(call) = program.kind(site.call) {
                self.callbacks(site.call, call);
            }
        }
    }
}

/// What stands at a path in options that the program writes out: `{ model, tools: { search } }` at `tools`.
pub(super) fn parts(program: &Program<'_>, gv: Gv, path: &[PathSeg], depth: u32) -> Vec<Gv> {
    let Some((PathSeg::Field(name, _), rest)) = path.split_first() else { return vec![gv] };
    if depth == 0 {
        return Vec::new();
    }
    let at = |value| Gv { func: gv.func, value };
    let each = |values: Vec<Gv>| values.into_iter().flat_map(|v| parts(program, v, path, depth - 1)).collect();
    match program.kind(gv) {
        ValueKind::Object(entries) => entries
            .iter()
            .flat_map(|(key, value)| match key {
                Key::Name(n) if n == name => parts(program, at(*value), rest, depth),
                Key::Spread => parts(program, at(*value), path, depth - 1),
                Key::Name(_) | Key::Dynamic(_) => Vec::new(),
            })
            .collect(),
        ValueKind::Update { base, path: stored, value, strong } => {
            let here = matches!(stored.as_slice(), [Seg::Field(n)] if n == name);
            let mut found = if here { parts(program, at(*value), rest, depth - 1) } else { Vec::new() };
            if !(here && *strong) {
                found.extend(parts(program, at(*base), path, depth - 1));
            }
            found
        }
        ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => parts(program, at(*base), path, depth - 1),
        ValueKind::Phi(options) => each(options.iter().map(|v| at(*v)).collect()),
        ValueKind::Free(name) => each(program.free(gv.func, name).into_iter().collect()),
        ValueKind::Import(_) => each(program.imported(gv).into_iter().collect()),
        ValueKind::Call(_) => {
            let made = program.call_graph.functions(gv);
            let returns = |func| program.function(func).returns.iter().map(move |v| Gv { func, value: *v });
            each(made.flat_map(returns).collect())
        }
        // `({ prompt, ...options }) => generate({ prompt, ...options })`: what the callers put there.
        ValueKind::Rest(base, named) if !named.contains(name) => parts(program, at(*base), path, depth - 1),
        ValueKind::Param(ix) => each(handed_in(program, gv.func, *ix)),
        _ => Vec::new(),
    }
}

/// What the callers of a function give as a parameter.
fn handed_in(program: &Program<'_>, func: FuncId, ix: u32) -> Vec<Gv> {
    let sites = program.call_graph.callers(func).iter().filter(|site| !program.in_test(site.call.func));
    let given = sites.flat_map(|site| {
        let bound = bind(program, site, func, ix);
        bound.into_iter().map(|b| Gv { func: site.call.func, value: b.value }).collect::<Vec<_>>()
    });
    given.collect()
}

fn tool_functions(program: &Program<'_>, gv: Gv, depth: u32, found: &mut Vec<FuncId>) {
    let at = |value| Gv { func: gv.func, value };
    if depth == 0 || found.len() >= 64 {
        return;
    }
    match program.kind(gv) {
        ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } => {
            let func = program.func_id(program.file_of(gv.func), *ix);
            if !found.contains(&func) {
                found.push(func);
            }
        }
        ValueKind::Object(entries) => entries.iter().for_each(|(_, v)| tool_functions(program, at(*v), depth, found)),
        ValueKind::List(items) => items.iter().for_each(|(v, _)| tool_functions(program, at(*v), depth, found)),
        ValueKind::Call(call) => {
            let made: Vec<FuncId> = program.call_graph.functions(gv).collect();
            if made.is_empty() {
                call.args.iter().for_each(|a| tool_functions(program, at(a.value), depth - 1, found));
            }
            for maker in made {
                for value in &program.function(maker).returns {
                    tool_functions(program, Gv { func: maker, value: *value }, depth - 1, found);
                }
            }
        }
        ValueKind::Free(name) => {
            program.free(gv.func, name).into_iter().for_each(|v| tool_functions(program, v, depth - 1, found));
        }
        ValueKind::Import(_) => {
            program.imported(gv).into_iter().for_each(|v| tool_functions(program, v, depth - 1, found));
        }
        ValueKind::Phi(options) => {
            // What inner functions put there as well is no step.
            let own = options.iter().filter(|v| !matches!(program.kind(at(**v)), ValueKind::Captured(_)));
            let depth = if own.clone().count() == 1 { depth } else { depth - 1 };
            own.for_each(|v| tool_functions(program, at(*v), depth, found));
        }
        ValueKind::Update { base, value, .. } => {
            tool_functions(program, at(*base), depth, found);
            tool_functions(program, at(*value), depth - 1, found);
        }
        ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
            tool_functions(program, at(*base), depth, found);
        }
        _ => {}
    }
}
