//! Where a value goes, and where its ways end.

use super::{BUDGET, Forward, Use, Walk};
use crate::catalogue::Passes;
use crate::inventory::Location;
use crate::ir::{ValueKind, users};
use crate::link::Gv;
use crate::place;

impl Forward<'_> {
    /// The uses of a value, and the places behind which nothing of it goes on, each with the reason.
    pub(crate) fn trail(&self, start: Gv) -> (Vec<Use>, Vec<(Location, String)>) {
        let mut walk = Walk::new(self);
        let mut ends = Vec::new();
        walk.start(start);
        while let Some((gv, here, part)) = walk.queue.pop_front() {
            (walk.here, walk.part) = (here, part);
            if walk.seen.len() > BUDGET {
                ends.push((place::of(self.program, gv), "the budget of the walk ended".to_owned()));
                break;
            }
            let (seen, found) = (walk.seen.len(), walk.found.len());
            walk.step(gv, start);
            if walk.seen.len() == seen && walk.found.len() == found {
                ends.push((place::of(self.program, gv), self.reason(gv)));
            }
        }
        (walk.found.into_iter().map(|(u, _)| u).collect(), ends)
    }

    fn reason(&self, gv: Gv) -> String {
        let program = self.program;
        let f = program.function(gv.func);
        let users = users(f);
        for user in &users[gv.value.0 as usize] {
            match f.kind_of(*user) {
                ValueKind::Call(call) => {
                    let names = crate::sinks::names(program, Gv { func: gv.func, value: call.callee });
                    let name = names.last().map_or("", |n| &**n);
                    if program.catalogue.passes(program.lang(gv.func), name, None) == Some(Passes::Nothing) {
                        return format!("given to {name}, whose result carries nothing of it");
                    }
                    if call.args.iter().any(|a| a.value == gv.value) {
                        return format!("given to {name}, whose result is not used further");
                    }
                }
                ValueKind::Opaque(_) => return "compared, or asked whether it is there".to_owned(),
                _ => {}
            }
        }
        "not used further".to_owned()
    }
}
