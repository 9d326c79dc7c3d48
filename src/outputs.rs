//! Where a model's answer goes: forwards from the call, through variables, functions and callbacks, until it is stored,
//! returned to a user, sent, acted on, or given to the next model.

mod branches;
mod closed;
mod context;
mod graph;
mod held;
mod kept;
mod returned;
mod trail;

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalogue::{OutputRow, Passes};
use crate::inputs::Inputs;
use crate::inventory::Location;
use crate::ir::{ArgRole, Call, CallKind, FnKind, Key, RAISED, Sym, ValueId, ValueKind, users};
use crate::link::{Abs, CallSite, FuncId, Gv, Program, Resolver, bind};
use crate::place;
use crate::sinks::Sink;

use context::Context;

/// Values that one answer is followed to, each counted for every way of being there.
const BUDGET: usize = 12_000;

/// One use of an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) usage: String,
    pub(crate) location: Location,
    pub(crate) label: String,
    /// The functions that the answer came up to before it was used: the use is one of whoever calls these.
    pub(crate) tops: Vec<FuncId>,
}

/// What is shared between the walks of all sinks.
pub(crate) struct Forward<'p> {
    program: &'p Program<'p>,
    inputs: &'p Inputs,
    /// The model calls, each with its SDK.
    sinks: FxHashMap<Gv, String>,
    /// Reads of a name of an outer function: (declaring function, name) → reads.
    free_reads: FxHashMap<(FuncId, Sym), Vec<Gv>>,
    /// Reads of an attribute of `self`/`this`: (class, name) → reads.
    attr_reads: FxHashMap<(crate::link::ClassId, Sym), Vec<Gv>>,
    states: graph::States,
}

impl<'p> Forward<'p> {
    pub(crate) fn new(program: &'p Program<'p>, inputs: &'p Inputs, sinks: &[Sink]) -> Self {
        let mut free_reads: FxHashMap<(FuncId, Sym), Vec<Gv>> = FxHashMap::default();
        let mut attr_reads: FxHashMap<(crate::link::ClassId, Sym), Vec<Gv>> = FxHashMap::default();
        for func in program.functions() {
            let f = program.function(func);
            for (i, value) in f.values.iter().enumerate() {
                let gv = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                match &value.kind {
                    ValueKind::Free(name) => {
                        if let Some(owner) = program.declaring(func, name) {
                            free_reads.entry((owner, name.clone())).or_default().push(gv);
                        }
                    }
                    ValueKind::Field(base, name) => {
                        let class = match f.kind_of(*base) {
                            ValueKind::Param(0) if f.kind == FnKind::Method => program.class_of(func),
                            ValueKind::This => program.class_of(func),
                            ValueKind::Free(n) if &**n == "this" || &**n == "self" => program.this_class(func),
                            _ => None,
                        };
                        if let Some(class) = class {
                            attr_reads.entry((class, name.clone())).or_default().push(gv);
                        }
                    }
                    _ => {}
                }
            }
        }
        Forward {
            program,
            inputs,
            sinks: sinks.iter().map(|s| (s.gv, s.sdk.clone())).collect(),
            free_reads,
            attr_reads,
            states: graph::States::find(program),
        }
    }

    /// The uses of a sink's answer, sorted, and whether the walk came to its end.
    pub(crate) fn uses(&self, sink: &Sink) -> (Vec<Use>, bool) {
        Walk::new(self).run(sink).unwrap_or_else(|| (Vec::new(), true))
    }
}

struct Walk<'f, 'p> {
    shared: &'f Forward<'p>,
    resolver: Resolver<'p>,
    entered: context::Entered,
    /// How the walk came to the value that it is at.
    here: Context,
    seen: FxHashSet<(Gv, Context)>,
    queue: VecDeque<(Gv, Context)>,
    found: Vec<(Use, FuncId)>,
    /// For each value of a function, the values made of it.
    users: FxHashMap<FuncId, Rc<Vec<Vec<ValueId>>>>,
    /// Whether the call stands in test code: only then uses in test code count.
    in_test: bool,
    /// Closed sets that the walk stopped at, where it is to stop there.
    gates: Option<Vec<closed::Gate>>,
}

impl<'f, 'p> Walk<'f, 'p> {
    fn new(shared: &'f Forward<'p>) -> Self {
        Walk {
            shared,
            resolver: Resolver::new(shared.program, Some(&shared.program.call_graph)),
            entered: context::Entered::default(),
            here: Context::at(FuncId(0)),
            seen: FxHashSet::default(),
            queue: VecDeque::new(),
            found: Vec::new(),
            users: FxHashMap::default(),
            in_test: false,
            gates: None,
        }
    }

    /// The uses of the sink's answer, sorted, and whether the budget was enough for all of them.
    fn run(&mut self, sink: &Sink) -> Option<(Vec<Use>, bool)> {
        self.in_test = self.shared.program.in_test(sink.gv.func);
        self.start(sink.gv);
        // Callbacks in the options (`onFinish`), and handlers given to the call.
        let ValueKind::Call(call) = self.shared.program.kind(sink.gv) else { return None };
        self.callbacks(sink.gv, call);
        let tools = sink.sent.iter().filter(|s| s.role == "tools");
        let given: Vec<Gv> = tools.flat_map(|s| kept::parts(self.shared.program, s.value, s.path.segs(), 6)).collect();
        // A list stands for tools, however they are described.
        let listed = |v: &Gv| matches!(self.shared.program.kind(self.shared.program.origin(*v)), ValueKind::List(items) if !items.is_empty());
        if given.iter().any(|value| listed(value) || self.holds_function(*value, 4)) {
            self.record("tool_execution", sink.gv, "the model may call the tools it is given");
        }
        for value in given {
            self.tools(value);
        }
        while let Some((gv, here)) = self.queue.pop_front() {
            if self.seen.len() > BUDGET {
                break;
            }
            self.here = here;
            self.step(gv, sink.gv);
        }
        let whole = self.seen.len() <= BUDGET;
        let mut found = std::mem::take(&mut self.found);
        // Branches and attributes are many: the first of a kind in each function says enough.
        found.sort();
        let mut known: FxHashMap<_, usize> = FxHashMap::default();
        let mut uses: Vec<Use> = Vec::new();
        for (u, func) in found {
            let each = u.usage != "decision" && !u.label.starts_with("kept in");
            let line = if each { u.location.line } else { 0 };
            let key = (u.usage.clone(), u.label.clone(), u.location.file.clone(), func, line);
            match known.get(&key) {
                Some(n) => uses[*n].tops.extend(u.tops),
                None => {
                    known.insert(key, uses.len());
                    uses.push(u);
                }
            }
        }
        for u in &mut uses {
            u.tops.sort();
            u.tops.dedup();
        }
        Some((uses, whole))
    }
}

impl Walk<'_, '_> {
    fn start(&mut self, gv: Gv) {
        self.here = Context::at(gv.func);
        self.push(gv);
    }

    fn push(&mut self, gv: Gv) {
        self.push_in(gv, self.here);
    }

    fn push_in(&mut self, gv: Gv, context: Context) {
        // What only a test brings together does not happen.
        if !self.in_test && self.shared.program.in_test(gv.func) {
            return;
        }
        if self.seen.insert((gv, context)) {
            self.queue.push_back((gv, context));
        }
    }

    /// Go on at a read of what was kept: whoever gets there has it.
    fn push_read(&mut self, gv: Gv) {
        self.push_in(gv, Context::at(gv.func));
    }

    /// Go on at a read of a variable of `owner`.
    fn push_captured(&mut self, owner: FuncId, read: Gv) {
        if self.shared.program.function(owner).kind == FnKind::Module {
            self.push_read(read);
        } else {
            self.push(read);
        }
    }

    fn record(&mut self, usage: &str, gv: Gv, label: &str) {
        let location = place::of(self.shared.program, gv);
        let tops = vec![self.here.top];
        self.found.push((Use { usage: usage.to_owned(), location, label: label.to_owned(), tops }, gv.func));
    }

    fn step(&mut self, gv: Gv, sink: Gv) {
        let program = self.shared.program;
        let f = program.function(gv.func);
        let users = self.users.entry(gv.func).or_insert_with(|| Rc::new(users(f))).clone();
        for user in &users[gv.value.0 as usize] {
            self.used(gv, Gv { func: gv.func, value: *user }, sink);
        }
        self.branches(gv);
        if f.returns.contains(&gv.value) {
            self.returned(gv);
        }
        for (name, values) in &f.locals {
            if values.contains(&gv.value) || f.exit.get(name) == Some(&gv.value) {
                for read in self.shared.free_reads.get(&(gv.func, name.clone())).into_iter().flatten() {
                    self.push_captured(gv.func, *read);
                }
            }
        }
        for (name, value) in &f.outer_writes {
            if *value == gv.value
                && let Some(owner) = program.declaring(gv.func, name)
            {
                for read in self.shared.free_reads.get(&(owner, name.clone())).into_iter().flatten() {
                    self.push_captured(owner, *read);
                }
            }
        }
    }

    fn used(&mut self, gv: Gv, user: Gv, sink: Gv) {
        let program = self.shared.program;
        if self.gates.is_some()
            && let Some(gate) = self.gate(gv, user)
        {
            self.gates.get_or_insert_default().push(gate);
            return;
        }
        match program.kind(user) {
            ValueKind::Call(call) => self.call(gv, user, call, sink),
            ValueKind::Update { base, path, value, .. } => {
                self.push(user);
                if *value == gv.value {
                    self.stored_attribute(user, *base, path);
                    let base = Gv { func: user.func, value: *base };
                    if self
                        .resolver
                        .resolve(base)
                        .iter()
                        .any(|abs| matches!(abs, Abs::Instance(c) if program.is_record(*c)))
                    {
                        self.record("stored", user, "put into a field of a record");
                    } else if !path.is_empty()
                        && let Some(label) = kept::kept_in(program, &mut self.resolver, base)
                    {
                        self.record("stored", user, label);
                    } else if !path.is_empty() && kept::committed(program, &mut self.resolver, base) {
                        self.record("stored", user, "put into an object, which is kept");
                    }
                }
            }
            // The call's result does not go into its receiver; its arguments may (see `call`).
            ValueKind::AfterCall { base, .. } if *base == gv.value => self.push(user),
            ValueKind::Index(base, key) if *key == gv.value && *base != gv.value => {
                // `handlers[answer.name](…)`: the answer chooses what runs.
                let f = program.function(user.func);
                let called = f.values.iter().any(|v| matches!(&v.kind, ValueKind::Call(c) if c.callee == user.value));
                if called {
                    self.record("tool_execution", user, "the answer chooses the function that runs");
                } else if self.is_table(Gv { func: user.func, value: *base }) {
                    self.record("decision", user, "the answer chooses from a fixed table");
                    self.push(user);
                }
            }
            ValueKind::Opaque(_) => {
                // A comparison carries no data, but it may decide.
                self.branches(user);
                self.handed_as_verdict(user);
            }
            ValueKind::Object(entries) => {
                self.push(user);
                self.put_into_state(gv, user, entries);
            }
            // What it cost, and that it failed, is none of what it says.
            ValueKind::Field(_, name) if &**name == RAISED || program.catalogue.is_about_answer(name) => {}
            ValueKind::List(_)
            | ValueKind::Concat(_)
            | ValueKind::Phi(_)
            | ValueKind::Field(..)
            | ValueKind::Elem(_)
            | ValueKind::Index(..)
            | ValueKind::Rest(..)
            | ValueKind::Typed(..)
            | ValueKind::Unknown(_)
            | ValueKind::Delete { .. } => self.push(user),
            _ => {}
        }
    }

    fn call(&mut self, gv: Gv, user: Gv, call: &Call, sink: Gv) {
        let program = self.shared.program;
        let catalogue = program.catalogue;
        let lang = program.lang(user.func);
        let argument = call.args.iter().any(|a| a.value == gv.value);
        if let Some(sdk) = self.shared.sinks.get(&user) {
            if argument {
                let label = if user == sink { "the next step of the same call" } else { "another model call" };
                self.record("fed_to_model", user, label);
                if self.shared.sinks.get(&sink).is_some_and(|own| own != sdk) {
                    self.record("sent", user, "to another provider's model");
                }
            } else if call.callee != gv.value {
                self.push(user);
            }
            return;
        }
        let names = crate::sinks::names(program, Gv { func: user.func, value: call.callee });
        let words: Vec<&str> = names.iter().map(|n| &**n).collect();
        let path = program.call_graph.paths(user).next().cloned();
        let inside: Vec<FuncId> = program.call_graph.functions(user).collect();
        if inside.is_empty() {
            let rows = catalogue.outputs_by_call(lang, path.as_deref(), &words);
            if let Some(row) = rows.into_iter().find(|r| self.fits(r, user, call, gv)) {
                self.record(&row.usage, user, words.last().copied().unwrap_or_default());
            }
        }
        if argument
            && let ValueKind::Field(table, method) = program.kind(Gv { func: user.func, value: call.callee })
            && catalogue.passes(lang, method, None) == Some(Passes::Member)
            && self.is_table(Gv { func: user.func, value: *table })
        {
            self.record("decision", user, "the answer chooses from a fixed table");
        }
        if call.callee == gv.value {
            // Calling what the answer holds: `agent.result()`.
            self.push(user);
            return;
        }
        if call.kind == CallKind::Jsx {
            self.record("returned_to_user", user, "rendered");
        }
        for func in &inside {
            let site = CallSite::direct(user);
            for ix in 0..program.function(*func).params.len() {
                let ix = u32::try_from(ix).unwrap_or(0);
                if bind(program, &site, *func, ix).iter().any(|b| b.value == gv.value) {
                    let param = program.function(*func).params[ix as usize].value;
                    let (context, returned) = self.entered.enter(self.here, user, *func);
                    self.push_in(Gv { func: *func, value: param }, context);
                    if returned {
                        self.push(user);
                    }
                }
            }
        }
        for abs in program.call_graph.callees(user) {
            if let Abs::Class(_) = abs {
                self.push(user);
            }
        }
        if !inside.is_empty() || !argument {
            return;
        }
        self.callbacks(user, call);
        let name = words.last().copied().unwrap_or_default();
        if let ValueKind::Field(receiver, _) = program.kind(Gv { func: user.func, value: call.callee }) {
            self.through_writer(Gv { func: user.func, value: *receiver });
        }
        if catalogue.is_mutator(name) {
            if let ValueKind::Field(receiver, _) = program.kind(Gv { func: user.func, value: call.callee })
                && let Some(label) =
                    kept::kept_in(program, &mut self.resolver, Gv { func: user.func, value: *receiver })
            {
                self.record("stored", user, label);
            }
            let f = program.function(user.func);
            for (i, value) in f.values.iter().enumerate() {
                if matches!(&value.kind, ValueKind::AfterCall { call, role: ArgRole::Receiver, .. } if *call == user.value)
                {
                    self.push(Gv { func: user.func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) });
                }
            }
        }
        if catalogue.passes(lang, name, path.as_deref()) != Some(Passes::Nothing) {
            self.push(user);
        }
    }

    /// Functions handed to the call get the answer as their parameters.
    fn callbacks(&mut self, user: Gv, call: &Call) {
        for arg in &call.args {
            self.callback_in(Gv { func: user.func, value: arg.value }, 3);
        }
    }

    fn callback_in(&mut self, gv: Gv, depth: u32) {
        let program = self.shared.program;
        let at = |value| Gv { func: gv.func, value };
        match program.kind(gv) {
            ValueKind::Func(ix) => {
                let func = program.func_id(program.file_of(gv.func), *ix);
                for param in &program.function(func).params {
                    self.push(Gv { func, value: param.value });
                }
            }
            ValueKind::Object(entries) if depth > 0 => {
                let told = |key: &Key| !matches!(key, Key::Name(n) if program.catalogue.is_failure_option(n));
                for (_, value) in entries.iter().filter(|(key, _)| told(key)) {
                    self.callback_in(at(*value), depth - 1);
                }
            }
            ValueKind::Call(call) if depth > 0 => {
                for arg in &call.args {
                    self.callback_in(at(arg.value), depth - 1);
                }
            }
            _ => {}
        }
    }

    fn fits(&self, row: &OutputRow, user: Gv, call: &Call, gv: Gv) -> bool {
        let program = self.shared.program;
        let file = program.file(program.file_of(user.func));
        // The client may be made in another file of one's own.
        let from = |module: &str| row.with_import.iter().any(|p| module.starts_with(p.as_str()));
        let imported = row.with_import.is_empty()
            || file.imports.iter().any(|i| from(&i.module))
            || program.call_graph.paths(user).any(|path| from(path))
            || program.call_graph.callees(user).iter().any(|callee| match callee {
                Abs::Typed { site: Some(made), .. } => program.call_graph.paths(*made).any(|path| from(path)),
                _ => false,
            });
        if !imported {
            return false;
        }
        if row.args.is_empty() {
            return true;
        }
        let picked = row.args.iter().flat_map(|p| crate::sinks::args::pick(program, user, call, p, 0));
        picked.into_iter().any(|(v, _)| v == gv)
    }
}
