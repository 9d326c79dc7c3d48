//! Tracing: backwards from the arguments of a model call to where the data come from.
//!
//! The walk asks "what is in `value.path`?" and steps to the values that make it up, on demand: cost grows with what
//! reaches a model, not with the size of the repository. A callee is summarised once for each path that is asked of it
//! ([`Tracer::summary`]): which of its parameters, and which sources, make up the answer. So a walk that went into a
//! callee comes out at the call it went in by; only from the sink's own function upwards does it go to all callers.

mod builtin;
mod call;
mod callback;
mod change;
mod class_order;
mod collection;
mod constants;
mod context;
mod declared;
mod descriptor;
mod environment;
mod form;
mod handed_out;
mod instance;
mod js_library;
mod keyed;
mod making;
mod mutation;
mod names;
mod order;
mod outside;
mod promise;
mod protocol;
mod python_library;
mod queue;
mod raised;
mod record;
mod remote;
mod reread;
mod schema;
mod sequence;
mod source;
mod step;
mod strings;
mod wrapper;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use queue::{Carried, Onward, Queue};
pub(crate) use source::{Found, Origin};
pub(crate) use strings::{BASE_URL, Constant};

use crate::classify::Fields;
use crate::inputs::Inputs;
use crate::inventory::Confidence;
use crate::ir::{Literal, Sym};
use crate::link::{CallGraph, ClassId, FuncId, Gv, Program, Resolver};
use crate::path::{Path, PathSeg};

/// States that one question may visit, callees included. Real wrappers need a few thousand.
const BUDGET: u32 = 50_000;
/// Callees within callees that are summarised before the walk gives up on depth.
const CALL_DEPTH: u32 = 32;

/// How often a function that calls itself is looked at, each time with what the last one gave.
const ROUNDS: u32 = 3;

/// Sources that one question may come to, over all ways.
const MOST_SOURCES: usize = 600;
/// Values of other functions that one question may come to.
const MOST_ELSEWHERE: usize = 1_000;
/// Steps of a path that are kept.
const LONGEST_PATH: usize = 400;

/// What a step of the walk did, for the path that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Read(Sym),
    Text,
    PassedTo(Sym),
    ReturnedBy(Sym),
    Through(Sym),
    Put,
    Built,
    Value,
    ToolResult(Sym),
    Safeguard { kind: Sym, name: Sym },
}

struct Link {
    at: Gv,
    note: Note,
    next: Option<u32>,
    /// A sub-walk whose steps stand here, before `next`.
    inner: Option<u32>,
}

/// One question of the walk: what is in this value, at this path?
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) gv: Gv,
    pub(crate) path: Path,
    /// The steps taken so far, towards the sink.
    chain: Option<u32>,
    confidence: Confidence,
    /// A safeguard stands between here and the sink.
    guarded: bool,
    /// Declared personal fields of this value were reported on the way.
    declared: bool,
    /// The walk came out of a function that a parameter of a caller holds, or under a key that it holds: only calls that give
    /// it count.
    via: Option<Via>,
    /// Which classes these are of: nearer to the sink, the same fields are said once.
    told: Option<Rc<Told>>,
}

/// A parameter of a function, and the function that it held on this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Via {
    of: FuncId,
    param: u32,
    /// Which member of the parameter, by its place in [`Tracer::asked_keys`].
    member: Option<u32>,
    holds: Holds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holds {
    Function(FuncId),
    /// A key, by its place in [`Tracer::asked_keys`]: under another one nothing was put that is asked for.
    Key(u32),
    /// A key, as above, under which the same was there before: under this one it was put anew.
    Other(u32),
    /// The value of a function, in place of a parameter, is a key that is not known, and asked for is this one: `to[key] =
    /// from[key]` in a loop over the keys puts under it what was under it.
    Same(u32),
}

/// A class of which all fields, or one, were reported on the way.
#[derive(Debug)]
struct Told {
    class: ClassId,
    field: Option<Sym>,
    before: Option<Rc<Told>>,
}

/// What a walk came to.
#[derive(Clone, Debug)]
enum Exit {
    Source {
        origin: Rc<Origin>,
        /// The function in which this walk met it, itself or through a callee.
        at: FuncId,
        /// The data enter here: behind it there is nothing that says more.
        begins: bool,
        end: End,
    },
    /// A parameter of the summarised function.
    Param { index: u32, path: Path, end: End },
    /// A value of another function, reached through a captured or module variable.
    Elsewhere { gv: Gv, path: Path, end: End },
    /// A literal, when constants are asked for.
    Text { constant: Constant, end: End },
}

#[derive(Clone, Copy, Debug)]
struct End {
    chain: Option<u32>,
    confidence: Confidence,
    guarded: bool,
    /// The key under which a parameter must have put it.
    under: Option<Via>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Stop at the parameters of this function.
    Summary(FuncId),
    /// Go on to the callers.
    Top,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    func: FuncId,
    values: Vec<crate::ir::ValueId>,
    path: Path,
    context: Rc<Context>,
}

/// A summary that is being worked out.
struct Open {
    depth: u32,
    /// It was asked for again meanwhile.
    asked: bool,
    /// What the last round gave.
    so_far: Rc<Vec<Exit>>,
}

/// A parameter of a function, or a member of what it is given.
type Given = (FuncId, u32, Option<Sym>);

/// What a callee is called with, as far as it decides which code runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Context {
    /// Functions that parameters hold.
    functions: Vec<((FuncId, u32), Vec<FuncId>)>,
    /// Parameters that hold a function of the user's whose results are no personal data any more.
    drops: Vec<(FuncId, u32)>,
    /// Parameters that hold a function of a library: its path.
    outside: Vec<((FuncId, u32), Sym)>,
    /// The method, and the class whose instance it is called on.
    this: Option<(FuncId, ClassId)>,
    /// The class method, and the class that it is called on.
    class: Option<(FuncId, ClassId)>,
    /// Parameters, and members of parameters, that are constants, where that decides what is given.
    constants: Vec<(Given, Literal)>,
    /// Parameters that hold instances made by the callers, where that decides what is called.
    instances: Vec<((FuncId, u32), Vec<ClassId>)>,
    /// What the object holds that the method is called on, where that decides what is called.
    held: Vec<(Sym, Vec<ClassId>)>,
    held_functions: Vec<(Sym, Vec<FuncId>)>,
}

/// What the walks of all sinks share, read-only.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'p> {
    pub(crate) program: &'p Program<'p>,
    pub(crate) fields: &'p Fields,
    pub(crate) inputs: &'p Inputs,
}

/// The walks of some sinks, one after the other: what was worked out of a callee for one is there for the next.
pub(crate) struct Tracer<'p> {
    program: &'p Program<'p>,
    calls: &'p CallGraph,
    shared: Shared<'p>,
    pub(crate) resolver: Resolver<'p>,
    /// For what values are declared as: of a parameter, what its callers pass is met at the callers.
    types: Resolver<'p>,
    summaries: FxHashMap<Question, Rc<Vec<Exit>>>,
    /// Those of the other kind of walk: for constants where this one is for data, and the other way round.
    other_summaries: FxHashMap<Question, Rc<Vec<Exit>>>,
    open: FxHashMap<Question, Open>,
    /// Summaries that depend on one that is open, with the least depth of these.
    provisional: FxHashMap<Question, (Rc<Vec<Exit>>, u32)>,
    /// The least depth of an open summary that was asked for again.
    lowest: u32,
    context: Rc<Context>,
    exact: FxHashMap<Gv, Option<ClassId>>,
    /// Of functions: the parameters with methods of several classes.
    deciding: FxHashMap<FuncId, Rc<[u32]>>,
    /// Of classes: the attributes with methods of several classes.
    deciding_attributes: FxHashMap<ClassId, Rc<[Sym]>>,
    /// Of parameters: the classes of what all calls give.
    given_classes: FxHashMap<(FuncId, u32), Option<Vec<ClassId>>>,
    /// Of functions: the calls whose exceptions go on to the caller, and whether they raise at all, looked at so deep.
    raising: FxHashMap<FuncId, Rc<[crate::ir::ValueId]>>,
    raises: FxHashMap<FuncId, (bool, u32)>,
    /// Keys that were asked for where a parameter decides under which key something is put.
    asked_keys: Vec<Sym>,
    orders: order::Orders,
    links: Vec<Link>,
    budget: u32,
    depth: u32,
    /// Literals instead of personal data.
    constants: bool,
    /// The budget ended a walk.
    pub(crate) cut: bool,
}

impl<'p> Tracer<'p> {
    pub(crate) fn new(shared: Shared<'p>) -> Self {
        let program = shared.program;
        Tracer {
            program,
            calls: &program.call_graph,
            shared,
            resolver: Resolver::new(program, Some(&program.call_graph)),
            types: Resolver::declared(program, &program.call_graph),
            summaries: FxHashMap::default(),
            other_summaries: FxHashMap::default(),
            open: FxHashMap::default(),
            provisional: FxHashMap::default(),
            lowest: u32::MAX,
            context: Rc::default(),
            exact: FxHashMap::default(),
            deciding: FxHashMap::default(),
            deciding_attributes: FxHashMap::default(),
            given_classes: FxHashMap::default(),
            raising: FxHashMap::default(),
            raises: FxHashMap::default(),
            asked_keys: Vec::new(),
            orders: order::Orders::default(),
            links: Vec::new(),
            budget: BUDGET,
            depth: 0,
            constants: false,
            cut: false,
        }
    }

    /// A new sink: its own budget.
    pub(crate) fn begin(&mut self) {
        self.refill();
        self.cut = false;
    }

    /// A new question about the same sink.
    pub(crate) fn refill(&mut self) {
        self.budget = BUDGET;
    }

    /// The sources of personal data in a value that is sent in this role.
    pub(crate) fn sources(&mut self, gv: Gv, path: Path, role: &str, confidence: Confidence) -> Vec<Found> {
        self.constants = false;
        self.context = Rc::default();
        let start = State { gv, path, chain: None, confidence, guarded: false, declared: false, via: None, told: None };
        let exits = self.explore(vec![start], Scope::Top);
        let exits = self.distinct(exits);
        let found = exits.into_iter().filter_map(|exit| match exit {
            Exit::Source { origin, at, begins, end } => {
                let found = Found { begins, ..self.found(&origin, at, end) };
                let said = self.still_said(end, &found) && !(role == "content" && self.given_by_a_handler(end));
                said.then_some(found)
            }
            _ => None,
        });
        found.collect()
    }

    fn explore(&mut self, starts: Vec<State>, scope: Scope) -> Vec<Exit> {
        let mut queue = Queue::default();
        starts.into_iter().for_each(|s| queue.push(s));
        while let Some(state) = queue.pop() {
            if !queue.seen.insert((state.gv, state.path.clone(), state.guarded, state.via)) {
                continue;
            }
            if self.budget == 0 {
                self.cut = true;
                break;
            }
            self.budget -= 1;
            self.step(&state, scope, &mut queue);
        }
        queue.exits
    }

    /// What makes up `path` of these values of a function, in terms of its parameters and of sources.
    fn summary(
        &mut self,
        func: FuncId,
        values: &[crate::ir::ValueId],
        path: &Path,
        context: Rc<Context>,
    ) -> Rc<Vec<Exit>> {
        let question = Question { func, values: values.to_vec(), path: path.clone(), context: context.clone() };
        if let Some((asked, known)) = self.summaries.get_key_value(&question) {
            return self.reread(known, &asked.path, path);
        }
        if let Some((asked, (known, lowest))) = self.provisional.get_key_value(&question) {
            self.lowest = self.lowest.min(*lowest);
            return self.reread(known, &asked.path, path);
        }
        if let Some(open) = self.open.get_mut(&question) {
            // Recursion: what is known of it so far.
            open.asked = true;
            self.lowest = self.lowest.min(open.depth);
            return open.so_far.clone();
        }
        if self.depth >= CALL_DEPTH {
            return Rc::new(Vec::new());
        }
        self.depth += 1;
        let own = self.depth;
        let lowest = std::mem::replace(&mut self.lowest, u32::MAX);
        let outer = std::mem::replace(&mut self.context, context);
        let mut exits: Rc<Vec<Exit>> = Rc::default();
        for round in 1..=ROUNDS {
            let open = Open { depth: own, asked: false, so_far: exits.clone() };
            self.open.insert(question.clone(), open);
            let start = |value: &crate::ir::ValueId| State {
                gv: Gv { func, value: *value },
                path: path.clone(),
                chain: None,
                confidence: Confidence::High,
                guarded: false,
                declared: false,
                via: None,
                told: None,
            };
            let found = self.explore(values.iter().map(start).collect(), Scope::Summary(func));
            let found = self.distinct(found);
            let grew = found.len() > exits.len();
            exits = Rc::new(found);
            let asked = self.open.get(&question).is_some_and(|open| open.asked);
            if !asked || !grew || self.lowest < own || self.budget == 0 || round == ROUNDS {
                break;
            }
            // What calls itself is looked at again with what it gave.
            self.provisional.clear();
        }
        self.context = outer;
        self.depth -= 1;
        self.open.remove(&question);
        let depends = self.lowest < own;
        let below = std::mem::replace(&mut self.lowest, lowest);
        // What the budget ended is no answer for others.
        if depends {
            self.lowest = self.lowest.min(below);
            self.provisional.insert(question, (exits.clone(), below));
        } else if self.budget > 0 {
            if below == own {
                self.provisional.clear();
            }
            self.summaries.insert(question, exits.clone());
        }
        exits
    }

    /// Whether a summary is being worked out: what it gives now is not all.
    fn is_open(&self, func: FuncId, values: &[crate::ir::ValueId], path: &Path, context: &Rc<Context>) -> bool {
        let question = Question { func, values: values.to_vec(), path: path.clone(), context: context.clone() };
        self.depth >= CALL_DEPTH || self.open.contains_key(&question)
    }

    fn link(&mut self, at: Gv, note: Note, next: Option<u32>) -> Option<u32> {
        // One step a line is enough for a reader; what a step did counts more than where it stands.
        if let Some(last) = next.and_then(|n| self.links.get(n as usize))
            && note == Note::Value
            && last.at.func == at.func
            && self.program.span(last.at).line == self.program.span(at).line
        {
            return next;
        }
        self.links.push(Link { at, note, next, inner: None });
        u32::try_from(self.links.len() - 1).ok()
    }

    /// The steps of a finished sub-walk, put before those of the walk that asked.
    fn splice(&mut self, inner: Option<u32>, outer: Option<u32>) -> Option<u32> {
        let Some(n) = inner else { return outer };
        let at = self.links[n as usize].at;
        self.links.push(Link { at, note: Note::Value, next: outer, inner });
        u32::try_from(self.links.len() - 1).ok()
    }

    /// The steps of a chain, from the source on.
    fn steps(&self, chain: Option<u32>) -> Vec<&Link> {
        let mut steps = Vec::new();
        let mut after: Vec<Option<u32>> = vec![chain];
        while let Some(at) = after.pop() {
            let Some(n) = at else { continue };
            let link = &self.links[n as usize];
            after.push(link.next);
            match link.inner {
                Some(inner) => after.push(Some(inner)),
                None => steps.push(link),
            }
            if steps.len() >= LONGEST_PATH {
                break;
            }
        }
        steps
    }

    /// One way of a source in each function is enough.
    fn distinct(&mut self, exits: Vec<Exit>) -> Vec<Exit> {
        let mut seen = FxHashSet::default();
        let mut kept: Vec<Exit> = Vec::with_capacity(exits.len().min(64));
        let (mut sources, mut elsewhere) = (0, 0);
        for exit in exits {
            if matches!(exit, Exit::Elsewhere { .. }) {
                elsewhere += 1;
                if elsewhere > MOST_ELSEWHERE {
                    self.cut = true;
                    continue;
                }
            }
            if let Exit::Source { origin, at, begins, end } = &exit {
                if !seen.insert((origin.clone(), end.guarded, *begins, *at)) {
                    continue;
                }
                sources += 1;
                if sources > MOST_SOURCES {
                    self.cut = true;
                    continue;
                }
            }
            kept.push(exit);
        }
        kept
    }

    /// Go on from `state` at another value.
    fn go(&mut self, state: &State, gv: Gv, path: Path, note: Note, queue: &mut Queue) {
        let chain = self.link(gv, note, state.chain);
        queue.push(State { gv, path, chain, ..state.clone() });
    }
}
