//! Front ends: tree-sitter trees to [`crate::ir`]. Nothing after this stage sees a syntax tree.

mod builder;
mod conditions;
mod constant;
#[cfg(test)]
mod dump;
mod notebook;
mod notes;
mod prisma;
mod python;
mod sql;
mod typescript;

use crate::ir::{FileIr, Span};

/// Which grammar reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    Python,
    /// `.ts .mts .cts`
    TypeScript,
    /// `.tsx` and all JavaScript endings
    Tsx,
}

/// Parse and lower one file; reads of the names in `watch` get values of their own. Never fails: what could not be read is in [`FileIr::errors`].
#[must_use]
pub(crate) fn lower(path: &str, source: &str, grammar: Grammar, watch: &[String]) -> FileIr {
    match grammar {
        Grammar::Python => python::lower(path, source, watch),
        Grammar::TypeScript | Grammar::Tsx => typescript::lower(path, source, grammar == Grammar::Tsx, watch),
    }
}

/// Lower the code cells of a Jupyter notebook, with places in the raw file.
///
/// # Errors
/// When the text is not JSON.
pub(crate) fn lower_notebook(path: &str, raw: &str, watch: &[String]) -> Result<FileIr, String> {
    notebook::lower(path, raw, watch)
}

/// The tables that SQL statements create, as classes.
#[must_use]
pub(crate) fn lower_sql(path: &str, source: &str) -> FileIr {
    sql::lower(path, source)
}

/// The models of a `schema.prisma`, as classes.
#[must_use]
pub(crate) fn lower_prisma(path: &str, source: &str) -> FileIr {
    prisma::lower(path, source)
}

/// Spans of tree-sitter nodes, with columns in UTF-16 code units.
pub(super) struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
    /// For each character that is not ASCII, where it ends, and by how many bytes the text up to there is longer than
    /// it is in UTF-16. Counting anew for every node would take quadratic time in files of one long line.
    wide: Vec<(usize, usize)>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let starts = std::iter::once(0).chain(source.match_indices('\n').map(|(i, _)| i + 1)).collect();
        let mut wide = Vec::new();
        if !source.is_ascii() {
            let mut excess = 0;
            for (at, c) in source.char_indices().filter(|(_, c)| !c.is_ascii()) {
                excess += c.len_utf8() - c.len_utf16();
                wide.push((at + c.len_utf8(), excess));
            }
        }
        Lines { source, starts, wide }
    }

    pub(super) fn span(&self, node: tree_sitter::Node<'_>) -> Span {
        let (a, b) = (node.start_position(), node.end_position());
        Span {
            line: count(a.row) + 1,
            column: self.column(a.row, a.column),
            end_line: count(b.row) + 1,
            end_column: self.column(b.row, b.column),
        }
    }

    fn column(&self, row: usize, bytes: usize) -> u32 {
        let start = self.starts.get(row).copied().unwrap_or(0);
        let end = (start + bytes).min(self.source.len());
        count((end - start.min(end)) - (self.excess(end) - self.excess(start.min(end)))) + 1
    }

    /// By how many bytes the text before an offset is longer than it is in UTF-16.
    fn excess(&self, at: usize) -> usize {
        let before = self.wide.partition_point(|(end, _)| *end <= at);
        before.checked_sub(1).map_or(0, |i| self.wide[i].1)
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
