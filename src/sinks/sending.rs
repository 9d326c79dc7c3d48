//! Values that send something only if they were told to: a store that embeds what it keeps where it was given an index,
//! by the call that made it or, where a platform hands it in, by the platform's file.

use std::collections::BTreeSet;

use crate::catalogue::{CallRow, TypeIx};
use crate::ir::{Call, ValueId, ValueKind};
use crate::link::{Abs, Gv, Program, to_u32};

use super::args;

/// What tells such values of this program to send.
#[derive(Default)]
pub(super) struct Told {
    /// The packages for which a file of a platform does.
    pub(super) by_file: BTreeSet<String>,
    /// The calls that make such values and do.
    makers: Vec<(TypeIx, Gv)>,
}

impl Told {
    pub(super) fn new(program: &Program<'_>, by_file: BTreeSet<String>) -> Told {
        let mut makers = Vec::new();
        for func in program.functions().filter(|f| !program.in_test(*f)) {
            for (i, value) in program.function(func).values.iter().enumerate() {
                let ValueKind::Call(call) = &value.kind else { continue };
                let gv = Gv { func, value: ValueId(to_u32(i)) };
                for abs in program.call_graph.callees(gv) {
                    let Abs::Ext(path) = abs else { continue };
                    let Some(ty) = program.catalogue.type_by_ctor(program.lang(func), path, None) else { continue };
                    if !program.catalogue.type_row(ty).sends_if.is_empty() && told(program, ty, gv, call) {
                        makers.push((ty, gv));
                    }
                }
            }
        }
        Told { by_file, makers }
    }

    /// Where a value that sends on demand was made, if it is one that sends; the same value for any other type. One that
    /// is handed in from outside is the only one that the program makes.
    pub(super) fn sends(
        &self,
        program: &Program<'_>,
        ty: Option<(TypeIx, Option<Gv>)>,
    ) -> Option<Option<(TypeIx, Option<Gv>)>> {
        let Some((ix, site)) = ty else { return Some(ty) };
        let row = program.catalogue.type_row(ix);
        if row.sends_if.is_empty() {
            return Some(ty);
        }
        match site.map(|site| (site, program.kind(site))) {
            Some((site, ValueKind::Call(call))) => told(program, ix, site, call).then_some(ty),
            _ if self.by_file.contains(&row.package) => Some(ty),
            _ => {
                let mut made =
                    self.makers.iter().filter(|(of, _)| program.catalogue.type_row(*of).package == row.package);
                let (of, site) = made.next()?;
                Some(Some((*of, made.next().is_none().then_some(*site))))
            }
        }
    }
}

fn told(program: &Program<'_>, ty: TypeIx, site: Gv, call: &Call) -> bool {
    let row = program.catalogue.type_row(ty);
    row.sends_if.iter().any(|path| !args::pick_exactly(program, site, call, path, 0).is_empty())
}

/// Whether an argument says that this call sends nothing: `index=False`.
pub(super) fn is_off(program: &Program<'_>, gv: Gv, call: &Call, row: &CallRow, skip: usize) -> bool {
    row.off_if.iter().filter_map(|condition| condition.split_once('=')).any(|(path, off)| {
        args::pick_exactly(program, gv, call, path, skip).into_iter().any(|(value, path)| {
            let (value, path) = args::written(program, value, &path);
            let said = match program.kind(value) {
                ValueKind::Bool(said) => said.to_string(),
                ValueKind::Str(said) => said.to_string(),
                _ => return false,
            };
            path.is_whole() && said == off
        })
    })
}
