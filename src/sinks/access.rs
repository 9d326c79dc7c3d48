//! What an entry point asks of those who call it: a sign-in, a permission. The names are rows of
//! `queries/practices.toml`.

use super::practices::{phrases, spelled};
use crate::inventory::Access;
use crate::ir::{ValueId, ValueKind};
use crate::link::{FuncId, Gv, Program, to_u32};
use crate::place;

/// Every sign-in or permission that the function asks for: by a decorator, a dependency, a handler that is registered
/// before it, or a call in its own body.
pub(crate) fn of(program: &Program<'_>, func: FuncId) -> Vec<Access> {
    let f = program.function(func);
    let mut found = Vec::new();
    for value in f.params.iter().filter_map(|p| p.default) {
        named(program, Gv { func, value }, 3, &mut found);
    }
    if let Some(parent) = program.parent(func) {
        for value in f.decorators.iter().chain(f.params.iter().flat_map(|p| &p.decorators)) {
            named(program, Gv { func: parent, value: *value }, 3, &mut found);
        }
    }
    // `router.post("/chat", requireUser, handler)`, `protectedProcedure.input(…).mutation(handler)`
    for site in program.call_graph.callbacks(func) {
        let ValueKind::Call(call) = program.kind(site.call) else { continue };
        let at = |value| Gv { func: site.call.func, value };
        by_name(program, at(call.callee), site.call, &mut found);
        for arg in &call.args {
            if !matches!(program.kind(at(arg.value)), ValueKind::Func(_)) {
                by_name(program, at(arg.value), at(arg.value), &mut found);
            }
        }
    }
    for (i, value) in f.values.iter().enumerate() {
        if let ValueKind::Call(call) = &value.kind {
            let gv = Gv { func, value: ValueId(to_u32(i)) };
            by_name(program, Gv { func, value: call.callee }, gv, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The names in a decorator or a default: `Depends(get_current_user)`, `UseGuards(AuthGuard("jwt"))`.
fn named(program: &Program<'_>, gv: Gv, depth: u32, found: &mut Vec<Access>) {
    by_name(program, gv, gv, found);
    let at = |value| Gv { func: gv.func, value };
    match program.kind(gv) {
        ValueKind::Call(call) if depth > 0 => {
            named(program, at(call.callee), 0, found);
            for arg in &call.args {
                named(program, at(arg.value), depth - 1, found);
            }
        }
        ValueKind::List(items) if depth > 0 => {
            for (value, _) in items {
                named(program, at(*value), depth - 1, found);
            }
        }
        _ => {}
    }
}

fn by_name(program: &Program<'_>, named: Gv, at: Gv, found: &mut Vec<Access>) {
    let names = super::names(program, named);
    let asks = |name: &&crate::ir::Sym| phrases("access").iter().any(|pattern| spelled(name, pattern));
    // Of a chain, its root or its end: `auth.protect`, `protectedProcedure.input`.
    if let Some(name) = names.last().filter(asks).or_else(|| names.first().filter(asks)) {
        found.push(Access { name: name.to_string(), location: place::of(program, at) });
    }
}
