//! The ways of one source to one call that are kept.

use crate::id;
use crate::inventory::{Flow, Source};
use crate::link::{FuncId, Program};
use crate::trace::Found;

/// Ways of one source that are kept: each is met in another function.
const WAYS: usize = 12;

/// Keep one flow for each source and function it is met in: the surest, then the shortest.
pub(super) fn add(program: &Program<'_>, flows: &mut Vec<(FuncId, Flow)>, call: &str, role: &str, found: Found) {
    let origin = found.origin;
    let met = found.at;
    let place = program.qualified(met);
    let id = id::of("f", &[call, &origin.location.file, &origin.label, &origin.category, &origin.kind, &place]);
    let flow = Flow {
        id,
        call: call.to_owned(),
        confidence: found.confidence,
        source: Source {
            location: origin.location,
            label: origin.label,
            category: origin.category,
            special_category: origin.special,
            kind: origin.kind,
        },
        steps: found.steps,
        safeguards: found.safeguards,
        role: role.to_owned(),
        activities: Vec::new(),
    };
    let alike = |f: &Flow| {
        f.source.location == flow.source.location
            && f.source.label == flow.source.label
            && f.source.category == flow.source.category
    };
    let ways = flows.iter().filter(|(_, f)| alike(f)).count();
    let same = flows.iter_mut().find(|(at, f)| alike(f) && (*at == met || ways >= WAYS));
    match same {
        Some((_, known)) => {
            // An unguarded way is what counts.
            let better = (known.safeguards.is_empty(), known.confidence, std::cmp::Reverse(known.steps.len()))
                < (flow.safeguards.is_empty(), flow.confidence, std::cmp::Reverse(flow.steps.len()));
            if better {
                *known = flow;
            }
        }
        None => {
            let mut flow = flow;
            let n = flows.iter().filter(|(_, f)| f.id == flow.id || f.id.starts_with(&format!("{}-", flow.id))).count();
            if n > 0 {
                flow.id = format!("{}-{}", flow.id, n + 1);
            }
            flows.push((met, flow));
        }
    }
}
