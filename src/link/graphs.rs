//! Graphs of functions that share a state: which functions work on it, and what the graph and its parts are handed.

use rustc_hash::FxHashMap;

use super::{ClassId, FuncId, Gv, Program, Resolver, to_u32};
use crate::catalogue::Lang;
use crate::ir::{Call, Sym, ValueId, ValueKind};
use crate::link::Abs;

#[derive(Default)]
pub(crate) struct Graphs {
    /// The class of the state that a function works on, as a part of a graph.
    of: FxHashMap<FuncId, ClassId>,
    parts: FxHashMap<ClassId, Vec<FuncId>>,
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
    if !calls.iter().any(|(gv, call)| is_graph(program, *gv, call)) {
        return graphs;
    }
    let mut resolver = Resolver::new(program, Some(&program.call_graph));
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
            let given = call.args.iter().flat_map(|arg| resolver.resolve(Gv { func: made.func, value: arg.value }));
            return given.into_iter().find_map(|abs| match abs {
                Abs::Class(class) => Some(class),
                _ => None,
            });
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
