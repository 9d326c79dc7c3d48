//! Reading and lowering the files of a scan, in parallel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{Lowered, Progress};
use crate::discover::{self, Discovered, FileKind};
use crate::inventory::{Coverage, Diagnostic, Location};
use crate::ir::{FileIr, Note};
use crate::link::{FileId, Program};
use crate::place;
use crate::suppress::Comment;
use crate::syntax::{self, Grammar};

pub(super) struct Read {
    pub(super) files: Vec<(Arc<FileIr>, bool)>,
    pub(super) coverage: Coverage,
    pub(super) diagnostics: Vec<Diagnostic>,
}

pub(super) fn read_all(found: &Discovered, watch: &[String], known: Option<&Lowered>, progress: Progress<'_>) -> Read {
    let done = AtomicUsize::new(0);
    let total = found.files.len();
    // Large files first: one of them at the end would leave the other thread idle.
    let mut order: Vec<usize> = (0..total).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(found.files[*i].size), *i));
    let mut lowered: Vec<(usize, Result<Arc<FileIr>, String>)> = order
        .par_iter()
        .map(|i| {
            let file = &found.files[*i];
            let result = read_one(found, file, watch, known);
            progress("Reading files", done.fetch_add(1, Ordering::Relaxed) + 1, total);
            (*i, result)
        })
        .collect();
    lowered.sort_by_key(|(i, _)| *i);
    let mut coverage = Coverage::default();
    let mut diagnostics = Vec::new();
    let mut skipped: BTreeMap<String, usize> =
        found.skipped.iter().map(|(reason, paths)| (reason.clone(), paths.len())).collect();
    let mut files = Vec::new();
    for (i, result) in lowered {
        let file = &found.files[i];
        match result {
            Ok(ir) => {
                coverage.files_read += 1;
                coverage.files_in_test += usize::from(file.in_test);
                if let Some(first) = ir.errors.first() {
                    coverage.files_with_errors += 1;
                    diagnostics.push(Diagnostic {
                        kind: "syntax-error".into(),
                        location: Some(Location {
                            file: ir.path.clone(),
                            line: first.line,
                            column: first.column,
                            end_line: first.end_line,
                            end_column: first.end_column,
                            cell: None,
                        }),
                        message: format!(
                            "{} place(s) could not be parsed; the rest of the file was read",
                            ir.errors.len()
                        ),
                    });
                }
                files.push((ir, file.in_test));
            }
            Err(reason) => *skipped.entry(reason).or_default() += 1,
        }
    }
    coverage.files_skipped = skipped;
    Read { files, coverage, diagnostics }
}

fn read_one(
    found: &Discovered,
    file: &discover::SourceFile,
    watch: &[String],
    known: Option<&Lowered>,
) -> Result<Arc<FileIr>, String> {
    let text = found.read_text(&file.path).map_err(str::to_owned)?;
    if let Some(reason) = discover::judge(&file.path, &text) {
        return Err(reason.to_owned());
    }
    if let Some(ir) = known.and_then(|known| known.get(&file.path, &text)) {
        return Ok(ir);
    }
    let ir = Arc::new(match file.kind {
        FileKind::Python => syntax::lower(&file.path, &text, Grammar::Python, watch),
        FileKind::TypeScript => syntax::lower(&file.path, &text, Grammar::TypeScript, watch),
        FileKind::Tsx => syntax::lower(&file.path, &text, Grammar::Tsx, watch),
        FileKind::Notebook => syntax::lower_notebook(&file.path, &text, watch)?,
        FileKind::Sql => syntax::lower_sql(&file.path, &text),
        FileKind::Prisma => syntax::lower_prisma(&file.path, &text),
    });
    if let Some(known) = known {
        known.put(&file.path, text, &ir);
    }
    Ok(ir)
}

/// What comments outside of test code say to towhom. Nothing is reported in test code, so nothing is accepted there.
pub(super) fn comments(program: &Program<'_>) -> Vec<Comment> {
    let files = (0..).map(FileId).zip(&program.files).filter(|(id, _)| !program.in_test[id.0 as usize]);
    let of_file = files.flat_map(|(id, file)| file.notes.iter().map(move |note| (id, note)));
    let comment = |(id, note): (FileId, &Note)| Comment {
        location: place::at(program, id, note.span),
        line: note.about.line,
        text: note.text.to_string(),
    };
    of_file.map(comment).collect()
}
