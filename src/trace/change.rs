//! What calls do to the values that they are given: the versions of a variable after a call.

use rustc_hash::FxHashSet;

use super::{Exit, Note, Queue, State, Tracer};
use crate::inventory::Confidence;
use crate::ir::{ArgRole, Call, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, FuncId, Gv, RECEIVER};
use crate::path::{Overlap, Path, PathSeg};

impl Tracer<'_> {
    pub(super) fn after_call(&mut self, state: &State, base: Gv, call: Gv, role: ArgRole, queue: &mut Queue) {
        let program = self.program;
        let ValueKind::Call(c) = program.kind(call) else {
            self.go(state, base, state.path.clone(), Note::Value, queue);
            return;
        };
        if let ([_, key], ArgRole::Arg(0)) = (c.args.as_slice(), role)
            && let ValueKind::Str(key) = program.kind(Gv { func: call.func, value: key.value })
            && matches!(program.kind(Gv { func: call.func, value: c.callee }), ValueKind::Free(n) if &**n == "delattr")
        {
            let deleted = [Seg::Field(key.clone())];
            if !state.path.deleted_by(&deleted) {
                self.go(state, base, state.path.leaving_out(&deleted), Note::Value, queue);
            }
            return;
        }
        if role == ArgRole::Receiver
            && self.is_of_chain(base, call, c)
            && !self.gives_receiver(program.first_version(base), call, c, 6)
        {
            self.go(state, base, state.path.clone(), Note::Value, queue);
            return;
        }
        // `f.call(o, x)`
        let given_as_this = |n: u32| {
            let this = self.calls.shape(call).and_then(|shape| shape.this);
            this.is_some() && c.args.get(n as usize).map(|a| a.value) == this
        };
        let role = match role {
            ArgRole::Arg(n) if given_as_this(n) => ArgRole::Receiver,
            role => role,
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
        if !inside && role == ArgRole::Receiver && self.item_after(state, base, c, queue) {
            return;
        }
        if !replaced {
            let path =
                if inside || role != ArgRole::Receiver { Some(state.path.clone()) } else { self.kept(state, call, c) };
            if let Some(path) = path {
                self.go(state, base, path, Note::Value, queue);
            }
        }
        if !inside && role == ArgRole::Receiver && self.is_mutation(call, c) {
            let Some(state) = &self.put_by_method(state, call, c) else { return };
            let put = self.put_at(state, call);
            for (value, path) in self.mutated(call, c, &state.path) {
                self.go(&put, value, path, Note::Value, queue);
            }
        }
        if let ArgRole::Arg(n) = role
            && !inside
            && !self.constants
        {
            self.written_through(state, call, c, n, queue);
        }
        if role == ArgRole::Arg(0) && !inside {
            self.put_by_apply(state, call, c, queue);
        }
        if role == ArgRole::Arg(0) && self.mutates_first(call) {
            self.put_into_first(state, call, c, queue);
        }
    }

    /// Whether a call is on what another call gives, and `base` is not that but what the chain began with.
    fn is_of_chain(&self, base: Gv, call: Gv, c: &Call) -> bool {
        let at = |value: ValueId| Gv { func: call.func, value };
        match self.program.kind(at(c.callee)) {
            ValueKind::Field(of, _) if *of != base.value => match self.program.kind(at(*of)) {
                ValueKind::Call(inner) => matches!(self.program.kind(at(inner.callee)), ValueKind::Field(_, name)
                    if !matches!(&**name, "get" | "setdefault")),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether each call that a call is on, back to the object that the chain began with, gives back what it was called on:
    /// `o.set("a").set(x)`.
    fn gives_receiver(&mut self, first: Gv, call: Gv, c: &Call, depth: u32) -> bool {
        let program = self.program;
        let at = |value: ValueId| Gv { func: call.func, value };
        let Some(depth) = depth.checked_sub(1) else { return false };
        let ValueKind::Field(of, _) = program.kind(at(c.callee)) else { return false };
        let ValueKind::Call(inner) = program.kind(at(*of)) else { return true };
        if at(*of) == first {
            return true;
        }
        let ValueKind::Field(_, name) = program.kind(at(inner.callee)) else { return false };
        let functions: Vec<FuncId> = self.calls.functions(at(*of)).collect();
        let same = match functions.as_slice() {
            [] => matches!(&**name, "set" | "add" | "sort" | "reverse" | "fill" | "copyWithin"),
            all => all.iter().all(|func| {
                let f = program.function(*func);
                let own = |v: &ValueId| {
                    let first = program.first_version(Gv { func: *func, value: *v });
                    match program.kind(first) {
                        ValueKind::This => true,
                        ValueKind::Param(0) => program.takes_receiver(*func),
                        _ => false,
                    }
                };
                !f.returns.is_empty() && f.returns.iter().all(own)
            }),
        };
        same && self.gives_receiver(first, at(*of), inner, depth)
    }

    /// What was put into a value was not raised by making it. False where the kind of value says nothing of it.
    pub(super) fn kept_apart(&mut self, state: &State, queue: &mut Queue) -> bool {
        match self.program.kind(state.gv) {
            ValueKind::Update { base, .. } | ValueKind::AfterCall { base, .. } => {
                let base = Gv { func: state.gv.func, value: *base };
                self.go(state, base, state.path.clone(), Note::Value, queue);
                true
            }
            ValueKind::Object(_) | ValueKind::List(_) | ValueKind::Concat(_) | ValueKind::Unknown(_) => true,
            _ => false,
        }
    }

    /// What of the receiver a method outside the tree leaves as it was; none if nothing that is asked for.
    fn kept(&self, state: &State, call: Gv, c: &Call) -> Option<Path> {
        let program = self.program;
        let at = |value: ValueId| Gv { func: call.func, value };
        let ValueKind::Field(_, name) = program.kind(at(c.callee)) else { return Some(state.path.clone()) };
        if c.args.is_empty() && program.catalogue.empties(name) || c.args.len() == 1 && &**name == "fill" {
            return None;
        }
        if program.catalogue.reorders(name)
            && let Some(PathSeg::Field(asked, _)) = state.path.first()
            && asked.parse::<i64>().is_ok()
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
                Overlap::Covers(rest, _) if under => {
                    let has_getter = matches!(program.kind(at(value.value)), ValueKind::Object(entries)
                        if entries.iter().any(|(key, _)| matches!(key, crate::ir::Key::Name(n) if &**n == "get")));
                    match has_getter {
                        true => rest.prefixed(PathSeg::Ret).under(&[Seg::Field(Sym::from("get"))]),
                        false => rest.under(&[Seg::Field(Sym::from("value"))]),
                    }
                }
                Overlap::Covers(rest, _) => rest,
            };
            let put = self.put_at(state, call);
            self.go(&put, at(value.value), path, Note::Value, queue);
            return;
        }
        // `heappush(h, x)`: an item of what it is put into.
        let name = match program.kind(at(c.callee)) {
            ValueKind::Field(_, name) => name.clone(),
            _ => program.imported_name(at(c.callee)).unwrap_or_else(|| Sym::from("")),
        };
        let item = matches!(&*name, "heappush" | "insort" | "heappushpop" | "heapreplace") && !state.path.is_whole();
        let put = self.put_at(state, call);
        for arg in c.args.iter().skip(1) {
            let path = if item { state.path.rest() } else { state.path.clone() };
            self.go(&put, at(arg.value), path, Note::Value, queue);
        }
    }

    /// The call that puts a value into another is a step of its own: the value may have been made far from it.
    fn put_at(&mut self, state: &State, call: Gv) -> State {
        State { chain: self.link(call, Note::Put, state.chain), ..state.clone() }
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
        let kept = if only { vec![last] } else { self.kept_versions(func, last, first) };
        if !same || kept.iter().all(|value| *value == first) {
            return false;
        }
        let context = self.context_at(&site, func);
        let complete = !self.is_open(func, &kept, &state.path, &context);
        let exits = self.summary(func, &kept, &state.path, context);
        let receiver = matches!(role, ArgRole::Receiver);
        let outer = self.link(call, Note::ReturnedBy(f.name.clone()), state.chain);
        for exit in exits.iter() {
            match exit {
                Exit::Param { index, path, end }
                    if receiver && self.is_receiver(func, *index) && (takes || *index == RECEIVER)
                        || f.params.get(*index as usize).is_some_and(|p| p.value == first) =>
                {
                    if *path == state.path && end.confidence == Confidence::High && !end.guarded {
                        // It is what it was: what the callee did with it is no part of the way.
                        self.go(state, base, path.clone(), Note::Value, queue);
                        continue;
                    }
                    let inner = self.resume(state, *end, outer);
                    queue.push(State { gv: base, path: path.clone(), ..inner });
                }
                other => self.apply_at(state, &site, func, std::slice::from_ref(other), queue),
            }
        }
        only && complete
    }

    /// Of what a parameter holds at the end, what is the object that was given: not what was assigned to its name since.
    fn kept_versions(&self, func: FuncId, last: ValueId, first: ValueId) -> Vec<ValueId> {
        let f = self.program.function(func);
        let mut seen = FxHashSet::default();
        let mut kept = Vec::new();
        let mut open = vec![last];
        while let Some(value) = open.pop() {
            if !seen.insert(value) {
                continue;
            }
            match f.kind_of(value) {
                ValueKind::Phi(options) => open.extend(options.iter().copied()),
                _ if self.versions(func, value, first).0 => kept.push(value),
                _ => {}
            }
        }
        kept.sort();
        kept
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
    pub(super) fn changed_by(&mut self, state: &State, gv: Gv, call: &Call, path: &Path, queue: &mut Queue) {
        let program = self.program;
        let ValueKind::Field(receiver, _) = program.kind(Gv { func: gv.func, value: call.callee }) else { return };
        let base = Gv { func: gv.func, value: *receiver };
        for callee in self.calls.callees(gv).to_vec() {
            if let Abs::Func(func, _) = callee {
                let state = State { path: path.clone(), ..state.clone() };
                self.changed(&state, base, gv, call, func, ArgRole::Receiver, queue);
            }
        }
    }
}
