//! Front ends: tree-sitter trees to [`crate::ir`]. Nothing after this stage sees a syntax tree.

mod builder;
#[cfg(test)]
mod dump;
mod notebook;
mod prisma;
mod python;
mod typescript;

use crate::ir::{FileIr, Span};

/// Which grammar reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    Python,
    /// `.ts .mts .cts`
    TypeScript,
    /// `.tsx` and all JavaScript endings
    Tsx,
}

/// Parse and lower one file. Never fails: what could not be read is in [`FileIr::errors`].
#[must_use]
pub fn lower(path: &str, source: &str, grammar: Grammar) -> FileIr {
    match grammar {
        Grammar::Python => python::lower(path, source),
        Grammar::TypeScript | Grammar::Tsx => typescript::lower(path, source, grammar == Grammar::Tsx),
    }
}

/// Lower the code cells of a Jupyter notebook, with places in the raw file.
///
/// # Errors
/// When the text is not JSON.
pub fn lower_notebook(path: &str, raw: &str) -> Result<FileIr, String> {
    notebook::lower(path, raw)
}

/// The models of a `schema.prisma`, as classes.
#[must_use]
pub fn lower_prisma(path: &str, source: &str) -> FileIr {
    prisma::lower(path, source)
}

/// Spans of tree-sitter nodes, with columns in UTF-16 code units.
pub(super) struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let starts = std::iter::once(0).chain(source.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Lines { source, starts }
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
        let text = self.source.as_bytes().get(start..start + bytes).unwrap_or_default();
        if text.is_ascii() {
            return count(bytes) + 1;
        }
        count(String::from_utf8_lossy(text).encode_utf16().count()) + 1
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
