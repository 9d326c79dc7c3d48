//! Variables that several functions share, in the order in which a function runs the calls that read and write them: what
//! is written later, or was written over, is not read.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Exit, Queue, Scope, State, Tracer};
use crate::catalogue::Lang;
use crate::ir::{BlockKind, CallKind, FnKind, Function, Seg, Sym, ValueId, ValueKind};
use crate::link::{Abs, AttrStore, CallSite, ClassId, FileId, FuncId, Gv, OuterDef};

/// How far from a function the calls may be by which another one runs it.
const DEEPEST: u32 = 6;
/// Places at which a function may run that are looked at one by one.
const MOST_MOMENTS: usize = 24;

/// Where functions of the tree are handed on as values, so that nobody knows when they run.
#[derive(Default)]
pub(super) struct Orders {
    moments: FxHashMap<(FuncId, FuncId), Option<Rc<[ValueId]>>>,
    loose: FxHashMap<FileId, Rc<Loose>>,
    imported: Option<Rc<FxHashSet<FileId>>>,
}

#[derive(Default)]
struct Loose {
    functions: FxHashSet<FuncId>,
    /// Names of methods that are read and not called.
    methods: FxHashSet<Sym>,
}

/// What a read may see of a variable.
struct Seen {
    own: Vec<ValueId>,
    /// Of the writes of other functions: whether it may see them.
    others: Vec<bool>,
    /// What was written over before: nothing from before this value is left.
    since: Option<ValueId>,
    /// A call wrote over it.
    by_call: bool,
}

/// Whether `a` may be computed before `b` is, or in an earlier round.
fn may_precede(f: &Function, a: ValueId, b: ValueId) -> bool {
    a <= b || f.blocks.iter().any(|block| block.kind == BlockKind::Loop && block.has(a) && block.has(b))
}

/// Whether `a` surely was computed when `b` is.
fn precedes(f: &Function, a: ValueId, b: ValueId) -> bool {
    a <= b && !f.blocks.iter().any(|block| block.has(a) && (block.kind == BlockKind::Operand || !block.has(b)))
}

impl Tracer<'_> {
    /// What a function reads of a variable of one around it, where it is known when it runs. False where it is not.
    pub(super) fn free_in_order(
        &mut self,
        state: &State,
        owner: FuncId,
        name: &Sym,
        scope: Scope,
        queue: &mut Queue,
    ) -> bool {
        if !self.is_ordered(owner, name) {
            return false;
        }
        let Some(moments) = self.read_moments(state.gv.func, owner) else { return false };
        if let (Scope::Summary(_), true) = (scope, moments.len() > 1) {
            // Which call it is, the caller knows.
            queue.exits.push(Exit::Elsewhere { gv: state.gv, path: state.path.clone(), end: state.end() });
            return true;
        }
        for moment in moments.iter() {
            self.read_at(state, owner, name, *moment, scope, queue);
        }
        true
    }

    /// The same where a call in the function whose variable it is says when. False where it does not.
    pub(super) fn free_at_call(&mut self, state: &State, read: Gv, call: Gv, queue: &mut Queue) -> bool {
        let ValueKind::Free(name) = self.program.kind(read) else { return false };
        let name = name.clone();
        let Some(owner) = self.program.declaring(read.func, &name) else { return false };
        if owner != call.func || !self.is_ordered(owner, &name) || self.read_moments(read.func, owner).is_none() {
            return false;
        }
        self.read_at(&State { gv: read, ..state.clone() }, owner, &name, call.value, Scope::Top, queue);
        true
    }

    /// What inner functions have put into a variable when a value of its own function is computed.
    pub(super) fn captured_in_order(&mut self, state: &State, name: &Sym, scope: Scope, queue: &mut Queue) {
        let (owner, at) = (state.gv.func, state.gv.value);
        match self.seen(owner, name, at) {
            Some(seen) => self.written_in_order(state, owner, name, seen, at, scope, queue),
            None => self.outer(state, owner, name, scope, queue),
        }
    }

    /// Whether what a variable held before is gone: a call of an inner function wrote over it.
    pub(super) fn is_written_over(&mut self, gv: Gv, options: &[ValueId]) -> bool {
        let [before, inner] = options else { return false };
        let ValueKind::Captured(name) = self.program.kind(Gv { func: gv.func, value: *inner }) else { return false };
        let name = name.clone();
        let Some(seen) = self.seen(gv.func, &name, *inner) else { return false };
        let f = self.program.function(gv.func);
        let from = f.versions.get(&name).into_iter().flatten().find(|v| v.value == *before).map(|v| v.from);
        seen.by_call && from.is_some_and(|from| seen.since.is_some_and(|since| from <= since))
    }

    fn read_at(&mut self, state: &State, owner: FuncId, name: &Sym, at: ValueId, scope: Scope, queue: &mut Queue) {
        let Some(seen) = self.seen(owner, name, at) else { return };
        for value in &seen.own {
            self.elsewhere(state, Gv { func: owner, value: *value }, state.path.clone(), scope, queue);
        }
        self.written_in_order(state, owner, name, seen, at, scope, queue);
    }

    /// What the writes that are seen put there: each as the calls before `at` made it.
    #[expect(clippy::too_many_arguments)]
    fn written_in_order(
        &mut self,
        state: &State,
        owner: FuncId,
        name: &Sym,
        mut seen: Seen,
        at: ValueId,
        scope: Scope,
        queue: &mut Queue,
    ) {
        let program = self.program;
        let f = program.function(owner);
        let defs: &[OuterDef] = program.outer_defs.get(&(owner, name.clone())).map_or(&[], Vec::as_slice);
        for (i, def) in defs.iter().enumerate() {
            let writer = def.value.func;
            if !seen.others[i] || !def.path.is_empty() || def.mutation || writer == owner {
                continue;
            }
            let sites = self.calls.callers(writer).to_vec();
            if self.moments(writer, owner).is_none() || sites.iter().any(|site| site.call.func != owner) {
                continue;
            }
            seen.others[i] = false;
            let left = |when: ValueId| seen.since.is_none_or(|since| when >= since || when > at);
            for site in sites.iter().filter(|s| may_precede(f, s.call.value, at) && left(s.call.value)) {
                let context = self.context_at(site, writer);
                let exits = self.summary(writer, &[def.value.value], &state.path, context);
                self.apply_at(state, site, writer, &exits, queue);
            }
        }
        self.outer_where(state, owner, name, Some(&seen.others), scope, queue);
    }

    /// Whether the order of what is written to a variable says something.
    fn is_ordered(&self, owner: FuncId, name: &Sym) -> bool {
        let program = self.program;
        if self.constants {
            return false;
        }
        let versions = program.function(owner).versions.get(name).map_or(0, Vec::len);
        versions > 1 || versions == 1 && program.outer_defs.contains_key(&(owner, name.clone()))
    }

    fn seen(&mut self, owner: FuncId, name: &Sym, at: ValueId) -> Option<Seen> {
        if !self.is_ordered(owner, name) {
            return None;
        }
        let program = self.program;
        let f = program.function(owner);
        let defs: &[OuterDef] = program.outer_defs.get(&(owner, name.clone())).map_or(&[], Vec::as_slice);
        let versions = f.versions.get(name)?;
        let last = versions.iter().rfind(|v| precedes(f, v.from, at));
        let mut since = versions.iter().rfind(|v| v.assigned && precedes(f, v.from, at)).map(|v| v.from);
        let mut by_call = false;
        let mut whens: Vec<Option<Rc<[ValueId]>>> = Vec::new();
        for def in defs {
            let when = if def.value.func == owner { None } else { self.moments(def.value.func, owner) };
            let certain = when.iter().flat_map(|when| when.iter()).copied();
            let certain = certain.filter(|w| {
                *w < at && precedes(f, *w, at) && self.surely_writes(def, Gv { func: owner, value: *w }, name)
            });
            if let Some(call) = certain.max()
                && since.is_none_or(|since| since < call)
            {
                since = Some(call);
                by_call = true;
            }
            whens.push(when);
        }
        let left = |when: &ValueId| may_precede(f, *when, at) && since.is_none_or(|since| *when >= since || *when > at);
        let others = whens.iter().map(|when| when.as_ref().is_none_or(|when| when.iter().any(left))).collect();
        let mut own: Vec<ValueId> =
            last.filter(|v| !by_call || Some(v.from) > since).map(|v| v.value).into_iter().collect();
        // Of the last round of a loop around.
        let later = versions.iter().filter(|v| v.from > at && may_precede(f, v.from, at));
        own.extend(later.map(|v| v.value));
        if last.is_none() && own.is_empty() {
            // Assigned on some way only.
            own.extend(versions.iter().filter(|v| may_precede(f, v.from, at)).map(|v| v.value));
        }
        own.dedup();
        Some(Seen { own, others, since, by_call })
    }

    /// Whether a call does nothing but run the function in which a variable is surely written.
    fn surely_writes(&self, def: &OuterDef, call: Gv, name: &Sym) -> bool {
        let writer = def.value.func;
        let f = self.program.function(writer);
        def.path.is_empty()
            && !def.mutation
            && matches!(self.calls.callees(call), [Abs::Func(func, _)] if *func == writer)
            && f.blocks.is_empty()
            && !f.is_async
            && !f.is_generator
            && f.exit.get(name) == Some(&def.value.value)
    }

    /// As [`Self::moments`], for a function that reads when it is called.
    fn read_moments(&mut self, func: FuncId, frame: FuncId) -> Option<Rc<[ValueId]>> {
        let mut at = Some(func);
        while let Some(f) = at.filter(|f| *f != frame) {
            let f = self.program.function(f);
            if f.is_async || f.is_generator {
                return None;
            }
            at = f.parent.map(|ix| self.program.func_id(self.program.file_of(func), ix));
        }
        self.moments(func, frame).filter(|moments| !moments.is_empty() && moments.len() <= MOST_MOMENTS)
    }

    /// The calls in `frame` by which a function runs, itself or through others. None: nobody knows.
    fn moments(&mut self, func: FuncId, frame: FuncId) -> Option<Rc<[ValueId]>> {
        if let Some(known) = self.orders.moments.get(&(func, frame)) {
            return known.clone();
        }
        let mut open = Vec::new();
        let found = self.moments_within(func, frame, DEEPEST, &mut open).map(|mut all| {
            all.sort();
            all.dedup();
            Rc::from(all)
        });
        self.orders.moments.insert((func, frame), found.clone());
        found
    }

    fn moments_within(
        &mut self,
        func: FuncId,
        frame: FuncId,
        depth: u32,
        open: &mut Vec<FuncId>,
    ) -> Option<Vec<ValueId>> {
        let depth = depth.checked_sub(1)?;
        if open.contains(&func) {
            return Some(Vec::new());
        }
        let sites = self.calls.callers(func).to_vec();
        if func == frame || sites.is_empty() || self.is_handed_out(func) {
            return None;
        }
        open.push(func);
        let mut found = Vec::new();
        for site in &sites {
            if self.calls.is_guess(site.call) || self.program.file_of(site.call.func) != self.program.file_of(frame) {
                return None;
            }
            match site.call.func == frame {
                true => found.push(site.call.value),
                false => found.extend(self.moments_within(site.call.func, frame, depth, open)?),
            }
        }
        open.pop();
        Some(found)
    }

    /// Whether a function may run at other times than those at which the code of its file calls it.
    fn is_handed_out(&mut self, func: FuncId) -> bool {
        let program = self.program;
        let f = program.function(func);
        let file = program.file_of(func);
        let foreign = |class: ClassId| !program.external_base_paths(class).is_empty();
        f.decorators.len() > usize::from(matches!(f.kind, FnKind::ClassMethod | FnKind::StaticMethod))
            || f.kind == FnKind::Property
            // What it does behind its first `await` is done later.
            || program.lang(func) == Lang::Js && (f.is_async || f.is_generator)
            || f.name.starts_with("__") && &*f.name != "__init__"
            || self.shared.inputs.entries.contains_key(&func)
            || !self.calls.callbacks(func).is_empty()
            || program.class_of(func).is_some_and(foreign)
            || program.parent(func).is_some_and(|p| program.function(p).kind == FnKind::Module)
                && self.imported_files().contains(&file)
            || {
                let loose = self.loose(file);
                loose.functions.contains(&func) || program.class_of(func).is_some() && loose.methods.contains(&f.name)
            }
    }

    fn imported_files(&mut self) -> Rc<FxHashSet<FileId>> {
        if let Some(known) = &self.orders.imported {
            return known.clone();
        }
        let found = Rc::new(self.program.imported_files());
        self.orders.imported = Some(found.clone());
        found
    }

    /// What a file does with its functions but call them.
    fn loose(&mut self, file: FileId) -> Rc<Loose> {
        if let Some(known) = self.orders.loose.get(&file) {
            return known.clone();
        }
        let program = self.program;
        let mut loose = Loose::default();
        for func in program.functions_of(file) {
            let f = program.function(func);
            let untyped = |mut value: ValueId| {
                while let ValueKind::Typed(inner, _) = f.kind_of(value) {
                    value = *inner;
                }
                value
            };
            let mut note = |value: ValueId| match f.kind_of(untyped(value)) {
                ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } => {
                    loose.functions.insert(program.func_id(file, *ix));
                }
                ValueKind::Free(name) => {
                    for gv in program.free(func, name) {
                        if let ValueKind::Func(ix) | ValueKind::Decorated { func: ix, .. } = program.kind(gv) {
                            loose.functions.insert(program.func_id(program.file_of(gv.func), *ix));
                        }
                    }
                }
                ValueKind::Field(_, name) => {
                    loose.methods.insert(name.clone());
                }
                _ => {}
            };
            for value in &f.values {
                match &value.kind {
                    // What decorates a function is looked at with the function.
                    ValueKind::Call(call) if call.kind == CallKind::Decorator => {}
                    ValueKind::Call(call) => call.args.iter().for_each(|arg| note(arg.value)),
                    ValueKind::Typed(..) => {}
                    kind => crate::ir::operands(kind, &mut note),
                }
            }
            f.returns.iter().for_each(|value| note(*value));
            f.outer_writes.iter().for_each(|(_, value)| note(*value));
        }
        for class in &program.file(file).classes {
            let scope = program.func_id(file, class.scope);
            for default in class.fields.iter().filter_map(|field| field.default) {
                if let ValueKind::Func(ix) = program.kind(Gv { func: scope, value: default }) {
                    loose.functions.insert(program.func_id(file, *ix));
                }
            }
        }
        let loose = Rc::new(loose);
        self.orders.loose.insert(file, loose.clone());
        loose
    }

    /// The stores to an attribute of a class itself that a read of it may see.
    pub(super) fn class_stores_seen(
        &mut self,
        asked: ClassId,
        owner: ClassId,
        name: &Sym,
        read: Option<Gv>,
    ) -> Vec<AttrStore> {
        let program = self.program;
        let stores = program.class_stores(owner, name);
        if self.constants || stores.is_empty() {
            return stores.to_vec();
        }
        let stores: Vec<AttrStore> = stores.iter().filter(|s| self.is_for(asked, s)).cloned().collect();
        let frame = program.func_id(program.class_file(owner), program.class(owner).scope);
        let moments = match read {
            Some(read) if read.func == frame => Some(Rc::from([read.value])),
            Some(read) => self.read_moments(read.func, frame),
            None => None,
        };
        let Some(moments) = moments else { return stores };
        let f = program.function(frame);
        let whens: Vec<Option<Rc<[ValueId]>>> = stores
            .iter()
            .map(|store| match store.value.func == frame {
                true => stored_at(f, name, store.value.value).map(|at| Rc::from([at])),
                false => self.moments(store.value.func, frame),
            })
            .collect();
        let since = |at: ValueId| {
            let own = |(store, when): (&AttrStore, &Option<Rc<[ValueId]>>)| match when.as_deref() {
                Some([when]) if store.value.func == frame && store.rest.is_empty() && precedes(f, *when, at) => {
                    Some(*when)
                }
                _ => None,
            };
            stores.iter().zip(&whens).filter_map(own).max()
        };
        let sees = |at: ValueId, when: ValueId| {
            may_precede(f, when, at) && since(at).is_none_or(|since| when >= since || when > at)
        };
        let kept = stores.iter().zip(&whens).filter(|(_, when)| {
            when.as_ref().is_none_or(|when| moments.iter().any(|at| when.iter().any(|when| sees(*at, *when))))
        });
        kept.map(|(store, _)| store.clone()).collect()
    }

    /// Whether a class method that stores to its class may be called on the one that is asked for, or one above it.
    fn is_for(&self, asked: ClassId, store: &AttrStore) -> bool {
        let program = self.program;
        let func = store.value.func;
        if program.function(func).kind != FnKind::ClassMethod {
            return true;
        }
        let above = program.lineage(asked);
        let callers = self.calls.callers(func);
        let may_be = |site: &CallSite| {
            let ValueKind::Call(call) = program.kind(site.call) else { return true };
            let ValueKind::Field(base, _) = program.kind(Gv { func: site.call.func, value: call.callee }) else {
                return true;
            };
            let on = program.origin(Gv { func: site.call.func, value: *base });
            match program.kind(on) {
                ValueKind::Class(ix) => above.contains(&program.class_id(program.file_of(on.func), *ix)),
                _ => true,
            }
        };
        callers.is_empty() || callers.iter().any(may_be)
    }
}

/// The place of `C.name = value`.
fn stored_at(f: &Function, name: &Sym, value: ValueId) -> Option<ValueId> {
    let store = |kind: &ValueKind| {
        matches!(kind, ValueKind::Update { path, value: stored, .. }
        if *stored == value && matches!(path.first(), Some(Seg::Field(n)) if n == name))
    };
    let mut places = f.values.iter().enumerate().filter(|(_, v)| store(&v.kind)).map(|(i, _)| i);
    let first = places.next()?;
    if places.next().is_some() {
        return None;
    }
    u32::try_from(first).ok().map(ValueId)
}
