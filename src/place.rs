//! Values and spans as [`Location`]s.

use crate::inventory::{Cell, Location};
use crate::ir::Span;
use crate::link::{FileId, Gv, Program};

/// The place of a value.
#[must_use]
pub(crate) fn of(program: &Program<'_>, gv: Gv) -> Location {
    at(program, program.file_of(gv.func), program.span(gv))
}

/// A span of a file as a location; in a notebook with its cell.
#[must_use]
pub(crate) fn at(program: &Program<'_>, file: FileId, span: Span) -> Location {
    let ir = program.file(file);
    let cell = ir.cells.iter().rev().find(|(first, _)| *first <= span.line);
    Location {
        file: ir.path.clone(),
        line: span.line,
        column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
        cell: cell.map(|(first, number)| Cell { number: *number, line: span.line - first + 1 }),
    }
}
