//! The call graph: what each call may call, and who calls each function.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::abs::Abs;
use super::resolve::together;
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
    shapes: FxHashMap<Gv, Shape>,
}

/// How the arguments of a call stand to its target's parameters, where they are not simply these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The arguments before this one are not the target's.
    pub(crate) skip: usize,
    /// The last argument holds the arguments: `f.apply(o, args)`.
    pub(crate) spread: bool,
    /// The receiver, where it is an argument: `f.call(o)`.
    pub(crate) this: Option<ValueId>,
    /// The call that gave earlier arguments (`partial(f, x)`, `f.bind(o, x)`), and the first of them.
    pub(crate) partial: Option<(Gv, usize)>,
    /// The receiver is the first argument: `Base.__init__(self)`.
    pub(crate) unbound: bool,
}

impl CallGraph {
    #[must_use]
    pub(crate) fn callees(&self, call: Gv) -> &[Callee] {
        self.callees.get(&call).map_or(&[], Vec::as_slice)
    }

    /// The functions of the tree among the callees.
    pub(crate) fn functions(&self, call: Gv) -> impl Iterator<Item = FuncId> + '_ {
        self.callees(call).iter().filter_map(|callee| match callee {
            Abs::Func(func, _) => Some(*func),
            _ => None,
        })
    }

    /// The import paths of the functions outside of the tree among the callees.
    pub(crate) fn paths(&self, call: Gv) -> impl Iterator<Item = &crate::ir::Sym> + '_ {
        self.callees(call).iter().filter_map(|callee| match callee {
            Abs::Ext(path) => Some(path),
            _ => None,
        })
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
    pub(crate) fn shape(&self, call: Gv) -> Option<&Shape> {
        self.shapes.get(&call)
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
    shape: Option<Shape>,
    /// Functions called through this call, and how.
    calls: Vec<(FuncId, Via)>,
    news: Vec<ClassId>,
}

/// Resolve every call. With an earlier graph, callees that come in through parameters are followed too.
pub(super) fn build(program: &Program<'_>, earlier: Option<&CallGraph>) -> CallGraph {
    let all: Vec<FuncId> = program.functions().collect();
    let found: Vec<Vec<Found>> = all
        .par_chunks(together(all.len()))
        .map(|funcs| {
            let mut resolver = Resolver::new(program, earlier);
            let mut found = Vec::new();
            for func in funcs {
                for (i, value) in program.function(*func).values.iter().enumerate() {
                    if let ValueKind::Call(call) = &value.kind {
                        found.push(resolver.call_targets(Gv { func: *func, value: ValueId(to_u32(i)) }, call));
                    }
                }
            }
            found
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
        if let Some(shape) = f.shape {
            graph.shapes.insert(f.call, shape);
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
        let mut found =
            Found { call: gv, callees: Vec::new(), guessed: false, shape: None, calls: Vec::new(), news: Vec::new() };
        let mut callees = if matches!(program.kind(at(call.callee)), ValueKind::Str(_)) {
            Vec::new() // an intrinsic JSX element
        } else {
            self.resolve(at(call.callee))
        };
        if call.kind == CallKind::Decorator {
            if self.is_copied_decorator(at(call.callee)) {
                return found;
            }
            callees.retain(|c| matches!(c, Abs::Func(..)));
            if callees.is_empty() {
                return found; // its function is registered with a library, or stays what it is
            }
        }
        if program.lang(gv.func) == crate::catalogue::Lang::Python {
            self.registered(&mut callees);
        }
        if let Some((shape, targets)) = self.shape_of(gv, call, &callees) {
            found.shape = Some(shape);
            callees = targets;
        }
        if callees.is_empty()
            && let ValueKind::Field(_, name) = program.kind(at(call.callee))
            && name.len() >= 4
            && !program.catalogue.is_common_method(name)
        {
            // A guess is never the function itself: that one's receiver would be known.
            for func in program.methods_named(name, 2).iter().filter(|f| **f != gv.func) {
                callees.push(Abs::Func(*func, None));
                found.guessed = true;
            }
        }
        // The stand-ins of tests are not what the program calls.
        if !program.in_test(gv.func) {
            callees.retain(|c| !matches!(c, Abs::Func(f, _) if program.in_test(*f)));
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

    /// `f.call(o, x)`, `f.apply(o, xs)`, calls of `f.bind(o, x)` and `partial(f, x)`, and `Base.method(self, x)`.
    fn shape_of(&mut self, gv: Gv, call: &Call, callees: &[Abs]) -> Option<(Shape, Vec<Abs>)> {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        let functions =
            |all: Vec<Abs>| -> Vec<Abs> { all.into_iter().filter(|a| matches!(a, Abs::Func(..))).collect() };
        if let ValueKind::Field(base, name) = program.kind(at(call.callee)) {
            let js = program.lang(gv.func) == crate::catalogue::Lang::Js;
            if js && matches!(&**name, "call" | "apply") {
                let targets = functions(self.resolve(at(*base)));
                if !targets.is_empty() {
                    let shape = Shape {
                        skip: 1,
                        spread: &**name == "apply",
                        this: call.args.first().map(|a| a.value),
                        ..Shape::default()
                    };
                    return Some((shape, targets));
                }
            }
            if js
                && &**name == "apply"
                && matches!(program.kind(at(*base)), ValueKind::Free(n) if &**n == "Reflect")
                && let Some(arg) = call.args.first()
            {
                let targets = functions(self.resolve(at(arg.value)));
                if !targets.is_empty() {
                    let shape =
                        Shape { skip: 2, spread: true, this: call.args.get(1).map(|a| a.value), ..Shape::default() };
                    return Some((shape, targets));
                }
            }
            if !js
                && callees.iter().any(|c| matches!(c, Abs::Func(f, _) if program.function(*f).kind == FnKind::Method))
                && self.resolve(at(*base)).iter().any(|a| matches!(a, Abs::Class(_)))
            {
                return Some((Shape { unbound: true, ..Shape::default() }, callees.to_vec()));
            }
        }
        if !callees.iter().any(|c| matches!(c, Abs::Func(..))) {
            return None;
        }
        let taken = |c: &Abs| match c {
            Abs::Func(f, receiver) => (program.function(*f).kind == FnKind::Method).then_some(receiver.is_none()),
            _ => None,
        };
        if program.lang(gv.func) == crate::catalogue::Lang::Python
            && !matches!(program.kind(at(call.callee)), ValueKind::Field(..))
            && callees.iter().any(|c| taken(c) == Some(true))
            && !callees.iter().any(|c| taken(c) == Some(false))
        {
            // A method that was taken from no object: a decorator of methods calls it with `self` as the first argument.
            return Some((Shape { unbound: true, ..Shape::default() }, callees.to_vec()));
        }
        let (made, first) = self.partial_of(at(call.callee), 6)?;
        let mut shape = Shape { partial: Some((made, first)), ..Shape::default() };
        if first == 1
            && made.func == gv.func
            && let ValueKind::Call(c) = program.kind(made)
            && matches!(program.kind(Gv { func: made.func, value: c.callee }), ValueKind::Field(_, n) if &**n == "bind")
        {
            shape.this = c.args.first().map(|a| a.value);
        }
        Some((shape, callees.to_vec()))
    }

    /// The call that gave a function some of its arguments, and the first of these.
    fn partial_of(&mut self, callee: Gv, depth: u32) -> Option<(Gv, usize)> {
        if depth == 0 {
            return None;
        }
        let program = self.program;
        let at = |value| Gv { func: callee.func, value };
        match program.kind(callee) {
            ValueKind::Call(made) => {
                if let ValueKind::Field(base, name) = program.kind(at(made.callee))
                    && &**name == "bind"
                    && program.lang(callee.func) == crate::catalogue::Lang::Js
                {
                    let bound = self.resolve(at(*base)).iter().any(|a| matches!(a, Abs::Func(..)));
                    return bound.then_some((callee, 1));
                }
                self.resolve(at(made.callee)).iter().find_map(|abs| match abs {
                    Abs::Ext(path) => {
                        let wrapper = program.catalogue.wrapper(program.lang(callee.func), path);
                        (wrapper == Some(Wrapper::Partial)).then_some((callee, 1))
                    }
                    _ => None,
                })
            }
            ValueKind::Free(name) => match program.free(callee.func, name).as_slice() {
                [one] if *one != callee => self.partial_of(*one, depth - 1),
                _ => None,
            },
            ValueKind::Import(_) => match program.imported(callee).as_slice() {
                [one] => self.partial_of(*one, depth - 1),
                _ => None,
            },
            ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                self.partial_of(at(*base), depth - 1)
            }
            _ => None,
        }
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
