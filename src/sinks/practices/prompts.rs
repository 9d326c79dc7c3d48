//! Which values of the program are prompts, so that a log of one is known.

use rustc_hash::FxHashSet;

use crate::ir::{ValueId, ValueKind, operands};
use crate::link::{FuncId, Gv, Program, bind};
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
                ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => add(*base),
                // What a wrapper is given was built by who calls it.
                ValueKind::Param(ix) if calls < 2 => {
                    for site in program.call_graph.callers(gv.func).iter().take(8) {
                        let given = bind(program, site, gv.func, *ix);
                        open.extend(given.iter().map(|b| (b.gv(site.call.func), calls + 1)));
                    }
                }
                ValueKind::Field(base, name) if matches!(&**name, "join" | "trim" | "strip" | "format") => add(*base),
                ValueKind::Call(call) => {
                    add(call.callee);
                    let inner: Vec<FuncId> = program.call_graph.functions(gv).filter(|_| calls < 2).collect();
                    for func in &inner {
                        let returns = program.function(*func).returns.iter();
                        open.extend(returns.map(|value| (Gv { func: *func, value: *value }, calls + 1)));
                    }
                    if !inner.is_empty() {
                        found.insert(gv);
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
