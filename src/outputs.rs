//! Where a model's answer goes: forwards from the call, through variables, functions and callbacks, until it is stored,
//! returned to a user, sent, acted on, or given to the next model.

mod branches;
mod calls;
mod closed;
mod context;
mod graph;
mod held;
mod kept;
mod part;
mod returned;
mod trail;

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::inputs::Inputs;
use crate::inventory::Location;
use crate::ir::{FnKind, Key, RAISED, Seg, Sym, ValueId, ValueKind, users};
use crate::link::{Abs, FuncId, Gv, Program, Resolver};
use crate::place;
use crate::sinks::Sink;

use context::Context;
use part::Part;

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
    /// Where in this value the answer is.
    part: Part,
    seen: FxHashSet<(Gv, Context, Part)>,
    queue: VecDeque<(Gv, Context, Part)>,
    found: Vec<(Use, FuncId)>,
    /// For each value of a function, the values made of it.
    users: FxHashMap<FuncId, Rc<Vec<Vec<ValueId>>>>,
    /// Whether the call stands in test code: only then uses in test code count.
    in_test: bool,
    /// Whether the answer is vectors: they are kept and compared, nobody reads them.
    of_vectors: bool,
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
            part: Part::WHOLE,
            seen: FxHashSet::default(),
            queue: VecDeque::new(),
            found: Vec::new(),
            users: FxHashMap::default(),
            in_test: false,
            of_vectors: false,
            gates: None,
        }
    }

    /// The uses of the sink's answer, sorted, and whether the budget was enough for all of them.
    fn run(&mut self, sink: &Sink) -> Option<(Vec<Use>, bool)> {
        if !answers(&sink.operation) {
            return None;
        }
        self.in_test = self.shared.program.in_test(sink.gv.func);
        // A search by a vector gives what it finds.
        self.of_vectors = sink.operation == "embedding" && self.calls_embedder(sink.gv);
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
        while let Some((gv, here, part)) = self.queue.pop_front() {
            if self.seen.len() > BUDGET {
                break;
            }
            (self.here, self.part) = (here, part);
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
    fn calls_embedder(&self, gv: Gv) -> bool {
        let ValueKind::Call(call) = self.shared.program.kind(gv) else { return false };
        let names = crate::sinks::names(self.shared.program, Gv { func: gv.func, value: call.callee });
        names.iter().any(|name| self.shared.program.catalogue.embeds(name))
    }

    fn start(&mut self, gv: Gv) {
        (self.here, self.part) = (Context::at(gv.func), Part::WHOLE);
        self.push(gv);
    }

    /// Go on at a value that is the answer, or has it somewhere.
    fn push(&mut self, gv: Gv) {
        self.push_in(gv, self.here, Part::WHOLE);
    }

    /// Go on at a value that holds the answer where the one at hand does.
    fn push_same(&mut self, gv: Gv) {
        self.push_in(gv, self.here, self.part.clone());
    }

    fn push_part(&mut self, gv: Gv, part: Option<Part>) {
        if let Some(part) = part {
            self.push_in(gv, self.here, part);
        }
    }

    fn push_in(&mut self, gv: Gv, context: Context, part: Part) {
        // What only a test brings together does not happen.
        if !self.in_test && self.shared.program.in_test(gv.func) {
            return;
        }
        if !part.is_whole() && self.seen.contains(&(gv, context, Part::WHOLE)) {
            return;
        }
        if self.seen.insert((gv, context, part.clone())) {
            self.queue.push_back((gv, context, part));
        }
    }

    /// Go on at a read of what was kept: whoever gets there has it.
    fn push_read(&mut self, gv: Gv, part: Part) {
        self.push_in(gv, Context::at(gv.func), part);
    }

    /// Go on at a read of a variable of `owner`.
    fn push_captured(&mut self, owner: FuncId, read: Gv) {
        if self.shared.program.function(owner).kind == FnKind::Module {
            self.push_read(read, self.part.clone());
        } else {
            self.push_same(read);
        }
    }

    fn record(&mut self, usage: &str, gv: Gv, label: &str) {
        if self.of_vectors && matches!(usage, "decision" | "tool_execution") {
            return;
        }
        let location = place::of(self.shared.program, gv);
        let tops = vec![self.here.top];
        self.found.push((Use { usage: usage.to_owned(), location, label: label.to_owned(), tops }, gv.func));
    }

    /// For each value of a function, the values made of it.
    fn users_of(&mut self, func: FuncId) -> Rc<Vec<Vec<ValueId>>> {
        let program = self.shared.program;
        self.users.entry(func).or_insert_with(|| Rc::new(users(program.function(func)))).clone()
    }

    /// Whether a value is called in its function.
    fn is_callee(&mut self, gv: Gv) -> bool {
        let f = self.shared.program.function(gv.func);
        let called = |user: &ValueId| matches!(f.kind_of(*user), ValueKind::Call(call) if call.callee == gv.value);
        self.users_of(gv.func)[gv.value.0 as usize].iter().any(called)
    }

    fn step(&mut self, gv: Gv, sink: Gv) {
        let program = self.shared.program;
        let f = program.function(gv.func);
        let users = self.users_of(gv.func);
        for user in &users[gv.value.0 as usize] {
            self.used(gv, Gv { func: gv.func, value: *user }, sink);
        }
        if self.part.is_whole() {
            self.branches(gv);
        }
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
            ValueKind::Update { base, path, value, strong } => {
                if *base == gv.value {
                    let left = if *strong { self.part.replaced(path) } else { Some(self.part.clone()) };
                    self.push_part(user, left);
                }
                if *value == gv.value {
                    self.push_part(user, Some(self.part.under(path)));
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
            ValueKind::AfterCall { base, .. } if *base == gv.value => self.push_part(user, Some(self.part.moved())),
            ValueKind::Index(base, key) if *key == gv.value && *base != gv.value => {
                if !self.part.is_whole() {
                    return;
                }
                // `handlers[answer.name](…)`: the answer chooses what runs.
                if self.is_callee(user) {
                    self.record("tool_execution", user, "the answer chooses the function that runs");
                } else if self.is_table(Gv { func: user.func, value: *base }) {
                    self.record("decision", user, "the answer chooses from a fixed table");
                    self.push(user);
                }
            }
            ValueKind::Opaque(_) if !self.part.is_whole() => {}
            ValueKind::Opaque(_) => {
                // A comparison carries no data, but it may decide.
                self.branches(user);
                self.handed_as_verdict(user);
            }
            ValueKind::Object(entries) => {
                for (key, _) in entries.iter().filter(|(_, value)| *value == gv.value) {
                    let part = match key {
                        Key::Name(name) => self.part.under(&[Seg::Field(name.clone())]),
                        Key::Dynamic(_) => self.part.under(&[Seg::Elem]),
                        Key::Spread => self.part.clone(),
                    };
                    self.push_part(user, Some(part));
                }
                // As a key.
                if entries.iter().any(|(key, _)| matches!(key, Key::Dynamic(k) if *k == gv.value)) {
                    self.push(user);
                }
                self.put_into_state(gv, user, entries);
            }
            ValueKind::List(items) => {
                let spread = items.iter().any(|(_, spread)| *spread);
                for (ix, (_, of)) in items.iter().enumerate().filter(|(_, (value, _))| *value == gv.value) {
                    let part = match of {
                        true => self.part.moved(),
                        false if spread => self.part.under(&[Seg::Elem]),
                        false => self.part.under(&[Seg::Field(ix.to_string().into())]),
                    };
                    self.push_part(user, Some(part));
                }
            }
            // What it cost, and that it failed, is none of what it says.
            ValueKind::Field(_, name) if &**name == RAISED || program.catalogue.is_about_answer(name) => {}
            // A method: what becomes of it is the call's matter.
            ValueKind::Field(..) if !self.part.is_whole() && self.is_callee(user) => self.push_same(user),
            ValueKind::Field(_, name) => self.push_part(user, self.part.member(name)),
            ValueKind::Elem(_) | ValueKind::Index(..) => self.push_part(user, Some(self.part.element())),
            ValueKind::Rest(_, named) => self.push_part(user, self.part.without(named)),
            ValueKind::Delete { path, .. } => self.push_part(user, self.part.replaced(path)),
            ValueKind::Phi(_) | ValueKind::Typed(..) => self.push_same(user),
            ValueKind::Concat(_) | ValueKind::Unknown(_) => self.push(user),
            _ => {}
        }
    }
}

/// Whether what a call of this operation gives is a model's answer, and no identifier of what was handed over.
pub(crate) fn answers(operation: &str) -> bool {
    !matches!(operation, "file_upload" | "observability" | "fine_tune" | "training")
}
