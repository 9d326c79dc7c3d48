//! Variables that several functions share, in the order in which a function runs the calls that read and write them: what
//! is written later, or was written over, is not read.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::handed_out::Loose;
use super::{Exit, Queue, Scope, State, Tracer};
use crate::catalogue::Lang;
use crate::ir::{BlockKind, FnKind, Function, Sym, ValueId, ValueKind};
use crate::link::{Abs, CallSite, FileId, FuncId, Gv, OuterDef};

/// How far from a function the calls may be by which another one runs it.
const DEEPEST: u32 = 6;
/// Places at which a function may run that are looked at one by one.
const MOST_MOMENTS: usize = 24;
/// Writes to a variable that are compared one by one.
const MOST_WRITES: usize = 8;
/// Functions by which others may be run that are looked at.
const MOST_RUN: usize = 200;

/// Where functions of the tree are handed on as values, so that nobody knows when they run.
#[derive(Default)]
pub(super) struct Orders {
    moments: FxHashMap<(FuncId, FuncId), Option<Rc<[ValueId]>>>,
    pub(super) loose: FxHashMap<FileId, Rc<Loose>>,
    pub(super) imported: Option<Rc<FxHashSet<FileId>>>,
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
pub(super) fn may_precede(f: &Function, a: ValueId, b: ValueId) -> bool {
    a <= b || f.blocks.iter().any(|block| block.kind == BlockKind::Loop && block.has(a) && block.has(b))
}

/// Whether `a` surely was computed when `b` is.
pub(super) fn precedes(f: &Function, a: ValueId, b: ValueId) -> bool {
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
        if self.written_before(state, owner, name, state.gv, queue) {
            return true;
        }
        if let Scope::Summary(_) = scope
            && self.is_surely_written(owner, name)
        {
            // A call before that of this function may have written over it.
            queue.exits.push(Exit::Elsewhere { gv: state.gv, path: state.path.clone(), end: state.end() });
            return true;
        }
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
        let state = &State { gv: read, ..state.clone() };
        if self.written_before(state, owner, &name, call, queue) {
            return true;
        }
        if owner != call.func || !self.is_ordered(owner, &name) || self.read_moments(read.func, owner).is_none() {
            return false;
        }
        self.read_at(state, owner, &name, call.value, Scope::Top, queue);
        true
    }

    /// Whether some function does nothing but write a variable over, as far as that variable goes.
    fn is_surely_written(&self, owner: FuncId, name: &Sym) -> bool {
        // A function's own variable is another one each time that it runs.
        if self.constants
            || self.program.lang(owner) != Lang::Python
            || self.program.function(owner).kind != FnKind::Module
        {
            return false;
        }
        let defs = self.program.outer_defs.get(&(owner, name.clone())).map_or(&[][..], Vec::as_slice);
        defs.len() <= MOST_WRITES && defs.iter().any(|def| self.writes_over(def, name))
    }

    /// What a variable of another function holds at a place where a call before surely wrote it over. False where none did.
    fn written_before(&mut self, state: &State, owner: FuncId, name: &Sym, at: Gv, queue: &mut Queue) -> bool {
        if at.func == owner || !self.is_surely_written(owner, name) {
            return false;
        }
        let program = self.program;
        let f = program.function(at.func);
        let defs: &[OuterDef] = program.outer_defs.get(&(owner, name.clone())).map_or(&[], Vec::as_slice);
        let sites = |tracer: &Self, writer: FuncId| {
            let here =
                tracer.calls.callers(writer).iter().filter(|s| s.call.func == at.func && s.call.value < at.value);
            here.copied().collect::<Vec<CallSite>>()
        };
        let mut last: Option<(&OuterDef, CallSite)> = None;
        for def in defs {
            for site in sites(self, def.value.func) {
                if precedes(f, site.call.value, at.value)
                    && self.surely_writes(def, site.call, name)
                    && last.as_ref().is_none_or(|(_, l)| l.call.value < site.call.value)
                {
                    last = Some((def, site));
                }
            }
        }
        let Some((def, site)) = last else { return false };
        // Nobody else may have written to it since.
        let writers: FxHashSet<FuncId> = defs.iter().map(|d| d.value.func).collect();
        if writers.contains(&at.func) {
            return false;
        }
        for (i, value) in f.values.iter().enumerate().skip(site.call.value.0 as usize + 1) {
            let id = ValueId(u32::try_from(i).unwrap_or(u32::MAX));
            if matches!(value.kind, ValueKind::Call(_))
                && may_precede(f, id, at.value)
                && id != at.value
                && self.calls.functions(Gv { func: at.func, value: id }).any(|f| self.may_run(f, &writers))
            {
                return false;
            }
        }
        let context = self.context_at(&site, def.value.func);
        let exits = self.summary(def.value.func, &[def.value.value], &state.path, context);
        self.apply_at(&State { gv: at, ..state.clone() }, &site, def.value.func, &exits, queue);
        true
    }

    /// Whether a function may run one of these, itself or through others.
    fn may_run(&self, func: FuncId, wanted: &FxHashSet<FuncId>) -> bool {
        let mut seen: FxHashSet<FuncId> = FxHashSet::default();
        let mut open: Vec<FuncId> = wanted.iter().copied().collect();
        open.sort();
        while let Some(at) = open.pop() {
            if at == func || seen.len() > MOST_RUN {
                return true;
            }
            if seen.insert(at) {
                open.extend(self.calls.callers(at).iter().map(|site| site.call.func));
            }
        }
        false
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
        matches!(self.calls.callees(call), [Abs::Func(func, _)] if *func == def.value.func)
            && self.writes_over(def, name)
    }

    /// Whether the function that writes a variable always does, and gives it this in the end.
    fn writes_over(&self, def: &OuterDef, name: &Sym) -> bool {
        let f = self.program.function(def.value.func);
        def.path.is_empty()
            && !def.mutation
            && f.blocks.is_empty()
            && !f.is_async
            && !f.is_generator
            && f.exit.get(name) == Some(&def.value.value)
    }

    /// As [`Self::moments`], for a function that reads when it is called.
    pub(super) fn read_moments(&mut self, func: FuncId, frame: FuncId) -> Option<Rc<[ValueId]>> {
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
    pub(super) fn moments(&mut self, func: FuncId, frame: FuncId) -> Option<Rc<[ValueId]>> {
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
}
