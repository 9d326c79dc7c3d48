//! The description of processing as Markdown, HTML, the CNIL's file, DPV and CSV; the diagram as Mermaid, SVG, DOT, JSON.
//!
//! Everything that comes from scanned code, answers or file names is escaped here, by the format it goes into.

pub mod csv;
pub mod dpv;
pub mod graph;
pub mod html;
pub mod markdown;
pub mod marks;
mod markup;
pub mod mermaid;
pub mod pia;
pub mod svg;

use std::collections::BTreeSet;

use crate::dpia::model::{Basis, Document, Hosting, Question, Say, Statement};
use crate::dpia::wording::{Inline, Wording};
use crate::inventory::Location;
use crate::report::text;

/// Places shown behind a statement; the number of the others is said.
const EVIDENCE: usize = 3;

/// A statement in a language, with the places that are shown behind it.
#[derive(Clone, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) inlines: Vec<Inline>,
    pub(crate) evidence: Vec<Location>,
    /// How many places there are besides those.
    pub(crate) more: usize,
    pub(crate) basis: &'a Basis,
}

fn inline_places(inlines: &[Inline]) -> impl Iterator<Item = &Location> {
    inlines.iter().flat_map(|i| match i {
        Inline::Place(at) => std::slice::from_ref(at),
        Inline::Places(all) => all,
        _ => &[],
    })
}

fn inline_length(inline: &Inline) -> usize {
    match inline {
        Inline::Text(t) | Inline::Code(t) | Inline::Plain(t) | Inline::Ref(t) | Inline::Link(t) => t.len(),
        Inline::Refs(all) => all.iter().map(String::len).sum(),
        Inline::Place(_) | Inline::Places(_) => 0,
    }
}

/// Same file and line: what a reader sees of a place.
fn same(a: &Location, b: &Location) -> bool {
    a.file == b.file && a.line == b.line
}

fn line<'a>(wording: &Wording, statement: &'a Statement) -> Line<'a> {
    Line { inlines: wording.say(&statement.say), evidence: Vec::new(), more: 0, basis: &statement.basis }
}

/// Statements that stand for themselves: each shows its places.
pub(crate) fn lines<'a>(wording: &Wording, statements: &'a [Statement]) -> Vec<Line<'a>> {
    statements
        .iter()
        .map(|statement| {
            let mut one = line(wording, statement);
            let mut shown: Vec<Location> = inline_places(&one.inlines).cloned().collect();
            give(&mut one, &mut shown);
            one
        })
        .collect()
}

/// The cells of a row: a place is shown once in it, behind the statement that says least else.
pub(crate) fn row<'a>(wording: &Wording, cells: &'a [Vec<Statement>]) -> Vec<Vec<Line<'a>>> {
    let mut cells: Vec<Vec<Line<'a>>> =
        cells.iter().map(|cell| cell.iter().map(|s| line(wording, s)).collect()).collect();
    let mut shown: Vec<Location> = cells.iter().flatten().flat_map(|l| inline_places(&l.inlines).cloned()).collect();
    let mut order: Vec<(usize, std::cmp::Reverse<usize>, usize, usize)> = Vec::new();
    for (c, cell) in cells.iter().enumerate() {
        for (s, one) in cell.iter().enumerate() {
            // Of statements that rest on the same, the one that says most.
            let length: usize = one.inlines.iter().map(inline_length).sum();
            order.push((one.basis.places().len(), std::cmp::Reverse(length), c, s));
        }
    }
    order.sort();
    for (_, _, c, s) in order {
        give(&mut cells[c][s], &mut shown);
    }
    cells
}

fn give(line: &mut Line<'_>, shown: &mut Vec<Location>) {
    let mut new: Vec<Location> = Vec::new();
    for at in line.basis.places() {
        if !shown.iter().chain(&new).any(|s| same(s, at)) {
            new.push(at.clone());
        }
    }
    shown.extend(new.iter().cloned());
    line.more = new.len().saturating_sub(EVIDENCE);
    new.truncate(EVIDENCE);
    line.evidence = new;
}

/// How a place is shown after another: of the same file, its line alone.
pub(crate) fn shown_after(before: Option<&Location>, at: &Location) -> String {
    match before {
        Some(before) if before.file == at.file && at.cell.is_none() => format!(":{}", at.line),
        _ => text::place(at),
    }
}

/// The address of a place at the hosting service.
pub(crate) fn address(hosting: Option<&Hosting>, at: &Location) -> Option<String> {
    let hosting = hosting?;
    Some(hosting.file.replace("{path}", &text::uri(&at.file)).replace("{line}", &at.line.to_string()))
}

/// What is written as the answer of a question: the answer, and what is to be said of it.
pub(crate) fn answer(question: &Question) -> Vec<Say> {
    let Some(a) = &question.answer else { return vec![Say::new("answers.open")] };
    let mut all = vec![crate::dpia::signed("answers.answered", &a.text, &a.by, &a.date)];
    if a.outdated() {
        let added = a.added.iter().map(|w| Say::new("answers.added").code("what", w));
        let removed = a.removed.iter().map(|w| Say::new("answers.removed").code("what", w));
        let changes = added.chain(removed).map(crate::dpia::model::Arg::Say).collect();
        all.push(Say::new("answers.outdated").with("changes", crate::dpia::model::Arg::List(changes)));
    }
    all
}

/// One hash for each part of the document: of what it says, without lines, commit and date, so that it changes when the
/// processing does and not when code moves.
#[must_use]
pub fn state(document: &Document, wording: &Wording) -> Vec<(String, String)> {
    let say = |sections: &[crate::dpia::model::Section]| {
        let mut words: Vec<String> = Vec::new();
        for section in sections.iter().filter(|s| !matches!(s.id, "sheet" | "coverage")) {
            for statement in section.statements() {
                if let Basis::Fact(_) = statement.basis {
                    continue;
                }
                words.extend(wording.say(&statement.say).into_iter().flat_map(|inline| match inline {
                    Inline::Text(t) | Inline::Code(t) | Inline::Plain(t) | Inline::Ref(t) | Inline::Link(t) => vec![t],
                    Inline::Refs(all) => all,
                    Inline::Place(at) => vec![at.file.to_string()],
                    Inline::Places(all) => all.iter().map(|at| at.file.to_string()).collect(),
                }));
                let files: BTreeSet<&str> = statement.basis.places().iter().map(|p| &*p.file).collect();
                words.extend(files.into_iter().map(str::to_owned));
            }
        }
        words
    };
    let answers = |questions: &[Question]| -> Vec<String> {
        questions
            .iter()
            .filter_map(|q| q.answer.as_ref())
            .map(|a| format!("{}\n{}\n{}", a.text, a.by, a.date))
            .collect()
    };
    let mut all = Vec::new();
    for part in &document.activities {
        let mut words = say(&part.sections);
        words.extend(answers(&part.questions));
        all.push((part.features.id.clone(), crate::dpia::hash(&words)));
    }
    let rest: Vec<_> = document.front.iter().chain(&document.annexes).chain(&document.orphans).cloned().collect();
    let mut words = say(&rest);
    let own: Vec<Question> =
        document.questions().into_iter().filter(|q| !q.scope.starts_with("activity.")).cloned().collect();
    words.extend(answers(&own));
    all.push(("rest".to_owned(), crate::dpia::hash(&words)));
    all
}
