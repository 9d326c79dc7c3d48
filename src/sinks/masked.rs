//! Safeguards that stand before a call without being on the way of a value: a mask that the client was given, a client
//! that checks what it sends, a middleware of the agent.

use crate::catalogue::SafeguardRow;
use crate::inventory::Safeguard;
use crate::ir::{Call, ValueKind};
use crate::link::{Abs, Gv, Program};
use crate::place;

use super::{Sink, args};

/// How far back a client is followed to what made it.
const DEEPEST: usize = 4;

/// The safeguards before all that a call sends.
pub(crate) fn safeguards(program: &Program<'_>, sink: &Sink) -> Vec<Safeguard> {
    let mut found = Vec::new();
    let mut sites: Vec<Gv> = sink.ty.and_then(|(_, site)| site).into_iter().collect();
    sites.push(sink.gv);
    let mut at = 0;
    while let Some(site) = sites.get(at).copied() {
        at += 1;
        let ValueKind::Call(call) = program.kind(site) else { continue };
        for row in program.catalogue.safeguards_beside(program.lang(site.func)) {
            found.extend(of_row(program, site, call, row));
        }
        for abs in program.call_graph.callees(site) {
            if let Abs::Typed { site: Some(maker), .. } = abs
                && sites.len() < DEEPEST
                && !sites.contains(maker)
            {
                sites.push(*maker);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn of_row(program: &Program<'_>, site: Gv, call: &Call, row: &SafeguardRow) -> Option<Safeguard> {
    let safeguard = |at: Gv, name: &str| Safeguard {
        kind: row.kind.clone(),
        location: place::of(program, at),
        name: name.to_owned(),
    };
    let called = |gv: Gv, name: &str| program.call_graph.paths(gv).any(|path| **path == *name);
    for (maker, argument) in row.argument.iter().filter_map(|a| a.strip_suffix(')')?.rsplit_once('(')) {
        let given = || args::pick_exactly(program, site, call, argument, 0).into_iter().next();
        if called(site, maker)
            && let Some((value, _)) = given()
            && !matches!(program.kind(value), ValueKind::Bool(false) | ValueKind::Null)
        {
            return Some(safeguard(value, argument.rsplit('.').next().unwrap_or(argument)));
        }
    }
    for covered in &row.covers {
        if covered == "client" {
            if let Some(name) = row.call.iter().find(|name| called(site, name)) {
                return Some(safeguard(site, last(name)));
            }
            continue;
        }
        for (value, path) in args::pick_exactly(program, site, call, covered, 0) {
            let (value, _) = args::written(program, value, &path);
            let ValueKind::List(items) = program.kind(value) else { continue };
            for (item, _) in items {
                let item = Gv { func: value.func, value: *item };
                if let Some(name) = row.call.iter().find(|name| called(item, name)) {
                    return Some(safeguard(item, last(name)));
                }
            }
        }
    }
    None
}

fn last(path: &str) -> &str {
    path.rsplit(['.', '#']).next().unwrap_or(path)
}
