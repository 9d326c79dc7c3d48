//! Which values of the program are prompts, so that a log of one is known.

use rustc_hash::FxHashSet;

use crate::ir::{Key, ValueId, ValueKind, operands};
use crate::link::{CallSite, FuncId, Gv, Program, bind};
use crate::sinks::Sink;

/// Values that one prompt is followed back through.
const BUDGET: usize = 3_000;

/// Values that are a prompt, or hold one: what is sent, and what it is built from in the functions that build it.
pub(super) fn all(program: &Program<'_>, sinks: &[Sink]) -> FxHashSet<Gv> {
    let mut found = FxHashSet::default();
    for sink in sinks.iter().filter(|s| s.operation != "observability") {
        let roots = sink.sent.iter().filter(|s| matches!(s.role, "content" | "system")).map(|s| s.value);
        let mut open: Vec<(Gv, u32)> = roots.map(|gv| (gv, 0)).collect();
        let mut seen = FxHashSet::default();
        while let Some((gv, calls)) = open.pop() {
            if !seen.insert(gv) || seen.len() > BUDGET {
                continue;
            }
            let builds = matches!(
                program.kind(gv),
                ValueKind::Concat(_)
                    | ValueKind::Object(_)
                    | ValueKind::List(_)
                    | ValueKind::AfterCall { .. }
                    | ValueKind::Update { .. }
                    | ValueKind::Phi(_)
            );
            let mut add = |value: ValueId| open.push((Gv { func: gv.func, value }, calls));
            match program.kind(gv) {
                ValueKind::AfterCall { base, call, .. } => {
                    add(*base);
                    // `messages.push({ content: prompt })`
                    if let ValueKind::Call(inner) = program.kind(Gv { func: gv.func, value: *call })
                        && let ValueKind::Field(_, name) = program.kind(Gv { func: gv.func, value: inner.callee })
                        && program.catalogue.is_mutator(name)
                    {
                        inner.args.iter().for_each(|a| add(a.value));
                    }
                }
                ValueKind::Typed(base, _) => add(*base),
                ValueKind::Field(base, name) if matches!(&**name, "join" | "trim" | "strip" | "format") => add(*base),
                // What a wrapper is given was built by who calls it, also as a member of its options.
                ValueKind::Param(ix) => open.extend(given(program, gv.func, *ix, calls)),
                ValueKind::Field(base, name) if parameter(program, gv, *base).is_some() => {
                    let ix = parameter(program, gv, *base).unwrap_or_default();
                    for (options, calls) in given(program, gv.func, ix, calls) {
                        let ValueKind::Object(entries) = program.kind(options) else { continue };
                        let of = entries.iter().filter(|(k, _)| matches!(k, Key::Name(n) if n == name));
                        open.extend(of.map(|(_, value)| (Gv { func: options.func, value: *value }, calls)));
                    }
                }
                ValueKind::Call(call) => {
                    add(call.callee);
                    let inner: Vec<FuncId> = program.call_graph.functions(gv).filter(|_| calls < 2).collect();
                    for func in &inner {
                        let returns = program.function(*func).returns.iter();
                        open.extend(returns.map(|value| (Gv { func: *func, value: *value }, calls + 1)));
                    }
                    if !inner.is_empty() {
                        found.insert(gv);
                    } else if writes_out(program, gv.func, call.callee) {
                        open.extend(call.args.first().map(|a| (Gv { func: gv.func, value: a.value }, calls)));
                    }
                }
                _ if builds => operands(program.kind(gv), add),
                _ => {}
            }
            if builds {
                found.insert(gv);
            }
        }
        found.extend(sink.sent.iter().filter(|s| matches!(s.role, "content" | "system")).map(|s| s.value));
    }
    // A literal is nobody's data.
    found.retain(|gv| {
        !matches!(program.kind(*gv), ValueKind::Str(_) | ValueKind::Num(_) | ValueKind::Null | ValueKind::Bool(_))
    });
    found
}

/// `JSON.stringify`, `json.dumps`: the text of what it is given.
fn writes_out(program: &Program<'_>, func: FuncId, callee: ValueId) -> bool {
    let kind = program.kind(Gv { func, value: callee });
    matches!(kind, ValueKind::Field(_, name) if matches!(&**name, "stringify" | "dumps"))
}

/// What callers give for a parameter.
fn given(program: &Program<'_>, func: FuncId, ix: u32, calls: u32) -> Vec<(Gv, u32)> {
    let sites = program.call_graph.callers(func).iter().filter(|_| calls < 2).take(8);
    let of = |site: &CallSite| {
        let caller = site.call.func;
        bind(program, site, func, ix).iter().map(|b| (b.gv(caller), calls + 1)).collect::<Vec<_>>()
    };
    sites.flat_map(of).collect()
}

/// The parameter that a value is.
fn parameter(program: &Program<'_>, gv: Gv, value: ValueId) -> Option<u32> {
    match program.kind(Gv { func: gv.func, value }) {
        ValueKind::Param(ix) => Some(*ix),
        _ => None,
    }
}
