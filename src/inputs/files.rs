//! Files that the program writes and reads again: what a call that reads one of them gives.

use rustc_hash::FxHashMap;

use crate::ir::{ValueId, ValueKind};
use crate::link::{Gv, Program};
use crate::path::{Path, PathSeg};

/// What was put into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) value: Gv,
    /// It is one of the file's lines or rows; otherwise all of it.
    pub(crate) row: bool,
}

/// By the call that reads a file: what is written into a file of that name, and the parts that the reader divides it in.
#[derive(Default)]
pub(crate) struct Files {
    reads: FxHashMap<Gv, (Vec<Written>, Vec<String>)>,
}

impl Files {
    pub(crate) fn new(reads: FxHashMap<Gv, (Vec<Written>, Vec<String>)>) -> Self {
        Files { reads }
    }

    /// What a read of `path` of the file gives: values, and what is asked of each.
    pub(crate) fn read(&self, program: &Program<'_>, gv: Gv, path: &Path) -> Option<Vec<(Gv, Path)>> {
        let (written, parts) = self.reads.get(&gv)?;
        let mut asked = path.clone();
        if let Some(PathSeg::Field(name, _)) = asked.first()
            && parts.iter().any(|part| **part == **name)
        {
            asked = asked.rest();
        }
        let of_row = rows_left_out(&asked);
        let each = written.iter().map(|w| {
            let asked = if w.row { &of_row } else { &asked };
            (w.value, if names_nothing(program, w.value, asked) { Path::whole() } else { asked.clone() })
        });
        Some(each.collect())
    }
}

/// `[].email` of a file is `email` of a row.
fn rows_left_out(path: &Path) -> Path {
    let rest = path.segs().iter().skip_while(|s| {
        matches!(s, PathSeg::Elem | PathSeg::Iter) || matches!(s, PathSeg::Field(n, _) if n.parse::<u32>().is_ok())
    });
    Path::of(rest.cloned().collect())
}

/// A row whose columns stand in an order has no names: `writerow([name, email])`.
fn names_nothing(program: &Program<'_>, value: Gv, path: &Path) -> bool {
    matches!((program.kind(value), path.first()), (ValueKind::List(_), Some(PathSeg::Field(..))))
}

/// What is written, without what encodes it and the ends of lines: `json.dumps(row) + "\n"` is `row`.
pub(crate) fn decoded(program: &Program<'_>, mut value: Gv) -> Gv {
    let at = |func, value: ValueId| Gv { func, value };
    for _ in 0..4 {
        match program.kind(value) {
            ValueKind::Concat(parts) => {
                let mut open = parts.iter().filter(|p| !matches!(program.kind(at(value.func, **p)), ValueKind::Str(_)));
                let (Some(one), None) = (open.next(), open.next()) else { break };
                value.value = *one;
            }
            ValueKind::Call(call) => {
                let name = match program.kind(at(value.func, call.callee)) {
                    ValueKind::Field(_, name) | ValueKind::Free(name) => Some(name.clone()),
                    ValueKind::Import(_) => program.imported_name(at(value.func, call.callee)),
                    _ => None,
                };
                let Some(arg) = call.args.first().filter(|_| name.is_some_and(|n| program.catalogue.encodes(&n)))
                else {
                    break;
                };
                value.value = arg.value;
            }
            _ => break,
        }
    }
    value
}
