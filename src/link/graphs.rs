//! Graphs of functions that share a state: which functions work on it, what the graph and its parts are handed, and which
//! calls run it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{ClassId, FuncId, Gv, Program, Resolver, to_u32};
use crate::catalogue::Lang;
use crate::ir::{Call, Sym, ValueId, ValueKind};
use crate::link::Abs;

#[derive(Default)]
pub(crate) struct Graphs {
    /// The class of the state that a function works on, as a part of a graph.
    of: FxHashMap<FuncId, ClassId>,
    parts: FxHashMap<ClassId, Vec<FuncId>>,
    /// The classes that graphs are made with.
    classes: FxHashSet<ClassId>,
    /// The calls that run graphs of a class.
    runs: FxHashMap<ClassId, Vec<Gv>>,
    /// What graphs of a class are run with.
    given: FxHashMap<ClassId, Vec<Gv>>,
    /// What a part is sent by itself.
    sent: FxHashMap<FuncId, Vec<Gv>>,
}

impl Graphs {
    /// The class of the state that a function of a graph is handed.
    pub(crate) fn state_of(&self, func: FuncId) -> Option<ClassId> {
        self.of.get(&func).copied()
    }

    /// The functions of the graphs of a class.
    pub(crate) fn parts(&self, class: ClassId) -> &[FuncId] {
        self.parts.get(&class).map_or(&[], Vec::as_slice)
    }

    /// Whether graphs are made with this class.
    pub(crate) fn is_state(&self, class: ClassId) -> bool {
        self.classes.contains(&class)
    }

    /// Whether the program makes any.
    pub(crate) fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The functions that graphs are made of, each with the class of the state.
    pub(crate) fn all_parts(&self) -> impl Iterator<Item = (FuncId, ClassId)> + '_ {
        self.parts.values().flatten().filter_map(|part| Some((*part, self.state_of(*part)?)))
    }

    /// The calls that run graphs of a class: what they give is the state at its end.
    pub(crate) fn runs(&self, class: ClassId) -> &[Gv] {
        self.runs.get(&class).map_or(&[], Vec::as_slice)
    }

    /// What a function of a graph is handed as its state from outside of the graph, or is sent.
    pub(crate) fn handed(&self, func: FuncId) -> impl Iterator<Item = Gv> + '_ {
        let given = self.of.get(&func).and_then(|class| self.given.get(class));
        given.into_iter().chain(self.sent.get(&func)).flatten().copied()
    }
}

/// Find them by the class that a graph is made with: `StateGraph(State)`.
pub(super) fn find(program: &Program<'_>) -> Graphs {
    let mut graphs = Graphs::default();
    let calls: Vec<(Gv, &Call)> = program
        .functions()
        .filter(|f| program.lang(*f) == Lang::Python && !program.in_test(*f))
        .flat_map(|func| {
            program.function(func).values.iter().enumerate().filter_map(move |(i, value)| match &value.kind {
                ValueKind::Call(call) => Some((Gv { func, value: ValueId(to_u32(i)) }, &**call)),
                _ => None,
            })
        })
        .collect();
    let made: Vec<&(Gv, &Call)> = calls.iter().filter(|(gv, call)| is_graph(program, *gv, call)).collect();
    if made.is_empty() {
        return graphs;
    }
    let mut resolver = Resolver::new(program, Some(&program.call_graph));
    graphs.classes = made.into_iter().flat_map(|(gv, call)| classes_given(&mut resolver, *gv, call)).collect();
    let mut names: FxHashMap<Sym, Vec<FuncId>> = FxHashMap::default();
    for (gv, call) in &calls {
        let at = |value: ValueId| Gv { func: gv.func, value };
        let ValueKind::Field(graph, method) = program.kind(at(call.callee)) else { continue };
        let (runs, adds) = (program.catalogue.runs_state(method), program.catalogue.adds_to_graph(method));
        let chooses = program.catalogue.chooses_next(method);
        if !runs && !adds && !chooses {
            continue;
        }
        let Some(class) = class_of(program, &mut resolver, at(*graph), 4) else { continue };
        if runs {
            let input = call.args.iter().find(|a| a.name.as_deref() == Some("input"));
            let input = input.or_else(|| call.args.first().filter(|a| a.name.is_none()));
            graphs.given.entry(class).or_default().extend(input.map(|a| at(a.value)));
            graphs.runs.entry(class).or_default().push(*gv);
            continue;
        }
        for arg in &call.args {
            for abs in resolver.resolve(at(arg.value)) {
                let Abs::Func(part, _) = abs else { continue };
                graphs.of.insert(part, class);
                if chooses {
                    continue; // it gives the name of a part
                }
                let parts = graphs.parts.entry(class).or_default();
                if !parts.contains(&part) {
                    parts.push(part);
                }
                let name = match call.args.first().map(|a| program.kind(at(a.value))) {
                    Some(ValueKind::Str(name)) => name.clone(),
                    _ => program.function(part).name.clone(),
                };
                names.entry(name).or_default().push(part);
            }
        }
    }
    for (gv, call) in &calls {
        let at = |value: ValueId| Gv { func: gv.func, value };
        // `Send("answer", {...})`
        if let [node, state] = call.args.as_slice()
            && named(program, *gv, call).is_some_and(|name| program.catalogue.sends_state(&name))
            && let ValueKind::Str(node) = program.kind(at(node.value))
        {
            for part in names.get(node).into_iter().flatten() {
                graphs.sent.entry(*part).or_default().push(at(state.value));
            }
        }
    }
    graphs
}

fn named(program: &Program<'_>, gv: Gv, call: &Call) -> Option<Sym> {
    let callee = Gv { func: gv.func, value: call.callee };
    match program.kind(callee) {
        ValueKind::Field(_, name) => Some(name.clone()),
        ValueKind::Import(_) => program.imported_name(callee),
        ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
            [one] => program.imported_name(*one),
            _ => None,
        },
        _ => None,
    }
}

fn is_graph(program: &Program<'_>, gv: Gv, call: &Call) -> bool {
    named(program, gv, call).is_some_and(|name| program.catalogue.shares_state(&name))
}

/// The classes among the arguments of a call.
fn classes_given(resolver: &mut Resolver<'_>, gv: Gv, call: &Call) -> Vec<ClassId> {
    let given = call.args.iter().flat_map(|arg| resolver.resolve(Gv { func: gv.func, value: arg.value }));
    given.filter_map(|abs| if let Abs::Class(class) = abs { Some(class) } else { None }).collect()
}

/// The class of the state of a graph, through what compiles it.
fn class_of(program: &Program<'_>, resolver: &mut Resolver<'_>, graph: Gv, depth: u32) -> Option<ClassId> {
    let depth = depth.checked_sub(1)?;
    let mut made: Vec<Gv> = resolver
        .resolve(graph)
        .into_iter()
        .filter_map(|abs| match abs {
            Abs::Typed { site, .. } => site,
            _ => None,
        })
        .collect();
    made.push(program.origin(graph));
    made.into_iter().find_map(|made| {
        let ValueKind::Call(call) = program.kind(made) else { return None };
        if is_graph(program, made, call) {
            return classes_given(resolver, made, call).into_iter().next();
        }
        match program.kind(Gv { func: made.func, value: call.callee }) {
            ValueKind::Field(base, _) => class_of(program, resolver, Gv { func: made.func, value: *base }, depth),
            // `graph = build()`, which gives it compiled.
            _ => {
                let functions: Vec<FuncId> = program.call_graph.functions(made).collect();
                functions.into_iter().find_map(|func| {
                    let returns = program.function(func).returns.first().copied()?;
                    class_of(program, resolver, Gv { func, value: returns }, depth)
                })
            }
        }
    })
}
