//! The call graph: what each call may call, and who calls each function.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::abs::Abs;
use super::{ClassId, FuncId, Gv, Program, Resolver, to_u32};
use crate::catalogue::Wrapper;
use crate::ir::{Call, CallKind, FnKind, ValueId, ValueKind};

/// What a call may call.
pub(crate) type Callee = Abs;

/// How a function is called from a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// By name, as a method, or as a constructor.
    Direct,
    /// Through a wrapper that calls its `n`-th argument with the arguments after it.
    Shifted(u32),
    /// Passed as the `n`-th argument to a function that is not of the tree, which may call it.
    Callback(u32),
}

/// A place that calls a function of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallSite {
    pub call: Gv,
    pub(crate) via: Via,
}

impl CallSite {
    #[must_use]
    pub(crate) fn direct(call: Gv) -> Self {
        CallSite { call, via: Via::Direct }
    }

    /// A wrapper's call of its `n`-th argument.
    #[must_use]
    pub(crate) fn shifted(call: Gv, n: usize) -> Self {
        CallSite { call, via: Via::Shifted(to_u32(n)) }
    }

    /// The function is the `n`-th argument of a call outside the tree.
    #[must_use]
    pub(crate) fn passed(call: Gv, n: usize) -> Self {
        CallSite { call, via: Via::Callback(to_u32(n)) }
    }

    /// Which argument the function is, where it is a callback.
    #[must_use]
    pub(crate) fn callback(&self) -> Option<u32> {
        match self.via {
            Via::Callback(n) => Some(n),
            _ => None,
        }
    }
}

#[derive(Default)]
pub(crate) struct CallGraph {
    callees: FxHashMap<Gv, Vec<Callee>>,
    callers: FxHashMap<FuncId, Vec<CallSite>>,
    callbacks: FxHashMap<FuncId, Vec<CallSite>>,
    news: FxHashMap<ClassId, Vec<Gv>>,
    /// Calls whose target is known by the method's name alone.
    guessed: FxHashSet<Gv>,
}

impl CallGraph {
    #[must_use]
    pub(crate) fn callees(&self, call: Gv) -> &[Callee] {
        self.callees.get(&call).map_or(&[], Vec::as_slice)
    }

    #[must_use]
    pub(crate) fn callers(&self, func: FuncId) -> &[CallSite] {
        self.callers.get(&func).map_or(&[], Vec::as_slice)
    }

    /// Calls outside the tree that the function is passed to.
    #[must_use]
    pub(crate) fn callbacks(&self, func: FuncId) -> &[CallSite] {
        self.callbacks.get(&func).map_or(&[], Vec::as_slice)
    }

    /// Where instances of a class are made.
    #[must_use]
    pub(crate) fn news(&self, class: ClassId) -> &[Gv] {
        self.news.get(&class).map_or(&[], Vec::as_slice)
    }

    #[must_use]
    pub(crate) fn is_guess(&self, call: Gv) -> bool {
        self.guessed.contains(&call)
    }
}

struct Found {
    call: Gv,
    callees: Vec<Callee>,
    guessed: bool,
    /// Functions called through this call, and how.
    calls: Vec<(FuncId, Via)>,
    news: Vec<ClassId>,
}

/// Resolve every call. With an earlier graph, callees that come in through parameters are followed too.
pub(super) fn build(program: &Program<'_>, earlier: Option<&CallGraph>) -> CallGraph {
    let all: Vec<FuncId> = program.functions().collect();
    // One resolver a function: the result does not depend on how functions are spread over threads.
    let found: Vec<Vec<Found>> = all
        .par_iter()
        .map(|func| {
            let mut resolver = Resolver::new(program, earlier);
            let values = &program.function(*func).values;
            (0..values.len())
                .filter_map(|i| match &values[i].kind {
                    ValueKind::Call(call) => {
                        Some(resolver.call_targets(Gv { func: *func, value: ValueId(to_u32(i)) }, call))
                    }
                    _ => None,
                })
                .collect()
        })
        .collect();
    let mut graph = CallGraph::default();
    for f in found.into_iter().flatten() {
        for (func, via) in f.calls {
            let site = CallSite { call: f.call, via };
            match via {
                Via::Callback(_) => graph.callbacks.entry(func).or_default().push(site),
                _ => graph.callers.entry(func).or_default().push(site),
            }
        }
        for class in f.news {
            graph.news.entry(class).or_default().push(f.call);
        }
        if f.guessed {
            graph.guessed.insert(f.call);
        }
        if !f.callees.is_empty() {
            graph.callees.insert(f.call, f.callees);
        }
    }
    graph
}

impl Resolver<'_> {
    fn call_targets(&mut self, gv: Gv, call: &Call) -> Found {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        let mut found = Found { call: gv, callees: Vec::new(), guessed: false, calls: Vec::new(), news: Vec::new() };
        let mut callees = if matches!(program.kind(at(call.callee)), ValueKind::Str(_)) {
            Vec::new() // an intrinsic JSX element
        } else {
            self.resolve(at(call.callee))
        };
        if callees.is_empty()
            && let ValueKind::Field(_, name) = program.kind(at(call.callee))
            && name.len() >= 4
            && !program.catalogue.is_common_method(name)
        {
            for func in program.methods_named(name, 2) {
                callees.push(Abs::Func(*func, None));
                found.guessed = true;
            }
        }
        let inside = callees.iter().any(|c| matches!(c, Abs::Func(..) | Abs::Class(_)));
        for callee in &callees {
            match callee {
                Abs::Func(f, _) => found.calls.push((*f, Via::Direct)),
                Abs::Class(class) => {
                    found.news.push(*class);
                    if let Some(init) = program.constructor(*class) {
                        found.calls.push((init, Via::Direct));
                    }
                }
                Abs::Instance(class) => {
                    // `super(...)` in a constructor, and callable instances.
                    let is_super = matches!(program.kind(at(call.callee)), ValueKind::Free(n) if &**n == "super");
                    let target =
                        if is_super { program.constructor(*class) } else { program.method(*class, "__call__") };
                    if let Some(f) = target {
                        found.calls.push((f, Via::Direct));
                    }
                }
                Abs::Ext(path) => {
                    if let Some(Wrapper::CallArgument(n)) = program.catalogue.wrapper(program.lang(gv.func), path)
                        && let Some(arg) = call.args.get(n)
                    {
                        for abs in self.resolve(at(arg.value)) {
                            if let Abs::Func(f, _) = abs {
                                found.calls.push((f, Via::Shifted(to_u32(n))));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        if !inside && call.kind != CallKind::Jsx {
            for (i, arg) in call.args.iter().enumerate() {
                self.callbacks(gv, arg.value, to_u32(i), 2, &mut found);
            }
        }
        found.callees = callees;
        found
    }

    /// Functions handed over as an argument, by themselves or as properties of an options object.
    fn callbacks(&mut self, gv: Gv, value: ValueId, arg: u32, depth: u32, found: &mut Found) {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        match program.kind(at(value)) {
            ValueKind::Func(_)
            | ValueKind::Decorated { .. }
            | ValueKind::Free(_)
            | ValueKind::Import(_)
            | ValueKind::Field(..) => {
                for abs in self.resolve(at(value)) {
                    if let Abs::Func(f, _) = abs
                        && !found.calls.iter().any(|(g, _)| *g == f)
                    {
                        found.calls.push((f, Via::Callback(arg)));
                    }
                }
            }
            ValueKind::Object(entries) if depth > 0 => {
                for (_, v) in entries {
                    if matches!(program.kind(at(*v)), ValueKind::Func(_) | ValueKind::Object(_)) {
                        self.callbacks(gv, *v, arg, depth - 1, found);
                    }
                }
            }
            ValueKind::List(items) if depth > 0 => {
                for (v, _) in items {
                    self.callbacks(gv, *v, arg, depth - 1, found);
                }
            }
            _ => {}
        }
    }
}

impl Program<'_> {
    /// The function that runs when an instance is made.
    #[must_use]
    pub(crate) fn constructor(&self, class: ClassId) -> Option<FuncId> {
        self.method(class, "__init__").or_else(|| self.method(class, "constructor"))
    }

    /// Whether the first declared parameter is the receiver.
    #[must_use]
    pub(crate) fn takes_receiver(&self, func: FuncId) -> bool {
        self.lang(func) == crate::catalogue::Lang::Python
            && matches!(self.function(func).kind, FnKind::Method | FnKind::ClassMethod | FnKind::Property)
    }
}
