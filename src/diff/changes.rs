//! The changed lines of two revisions, for what lies on them and what does not.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::discover::is_test;
use crate::inventory::Location;
use crate::vcs::{Changed, changed};

/// A side of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Base,
    Head,
}

/// The texts behind two inventories.
pub trait Texts {
    /// The files that differ or are on one side only, sorted.
    fn changed_files(&self) -> &[Arc<str>];
    fn text(&self, side: Side, path: &str) -> Option<String>;
}

/// Without texts, as with two inventory files, everything counts as changed.
pub(super) struct Changes<'t> {
    texts: Option<&'t dyn Texts>,
    known: RefCell<BTreeMap<String, Arc<Lines>>>,
    /// The tokens of all changed lines of code, each between spaces: of the base, of the head.
    tokens: [OnceCell<String>; 2],
}

#[derive(Debug, Default)]
struct Lines {
    changed: Changed,
    base: String,
    head: String,
}

impl Lines {
    /// The numbers of the changed lines of a side, ascending, and its text.
    fn of(&self, side: Side) -> (&[u32], &str) {
        match side {
            Side::Base => (&self.changed.before, &self.base),
            Side::Head => (&self.changed.after, &self.head),
        }
    }

    fn changed_of(&self, side: Side) -> impl Iterator<Item = (u32, &str)> {
        let (numbers, text) = self.of(side);
        let mut next = numbers.iter().peekable();
        (1..).zip(text.lines()).filter(move |(number, _)| next.next_if_eq(&number).is_some())
    }
}

impl<'t> Changes<'t> {
    pub(super) fn new(texts: Option<&'t dyn Texts>) -> Self {
        Changes { texts, known: RefCell::default(), tokens: Default::default() }
    }

    pub(super) fn known(&self) -> bool {
        self.texts.is_some()
    }

    /// Whether a place lies on a changed line.
    pub(super) fn touches(&self, side: Side, place: &Location) -> bool {
        let Some(lines) = self.lines(&place.file) else { return self.texts.is_none() };
        let (all, _) = lines.of(side);
        let first = all.partition_point(|l| *l < place.line);
        all.get(first).is_some_and(|l| *l <= place.end_line.max(place.line))
    }

    /// Whether a place begins on a changed line and says there what no changed line of the other side says; so does the
    /// function that its label names.
    pub(super) fn is_new(&self, side: Side, place: &Location, label: &str) -> bool {
        let start = Location { end_line: place.line, ..place.clone() };
        if !self.touches(side, &start) {
            return false;
        }
        let Some(lines) = self.lines(&place.file) else { return true };
        let Some(line) = lines.of(side).1.lines().nth(place.line.saturating_sub(1) as usize) else { return true };
        let end = if place.end_line == place.line { place.end_column } else { u32::MAX };
        let other = self.tokens(if side == Side::Base { Side::Head } else { Side::Base });
        let says = |text: &str| other.contains(&tokens(text));
        let named = NAMING.iter().find_map(|words| label.strip_prefix(words));
        !(says(undeclared(&columns(line, place.column, end))) && named.is_none_or(says))
    }

    fn tokens(&self, side: Side) -> &str {
        self.tokens[usize::from(side == Side::Head)].get_or_init(|| {
            let mut all = String::new();
            for file in self.texts.map(Texts::changed_files).unwrap_or_default().iter().filter(|f| may_hold_settings(f))
            {
                let Some(lines) = self.lines(file) else { continue };
                for (_, line) in lines.changed_of(side) {
                    all.push_str(tokens(line).trim_end());
                }
            }
            all.push(' ');
            all
        })
    }

    pub(super) fn file_changed(&self, file: &str) -> bool {
        self.texts.is_none_or(|t| t.changed_files().binary_search_by(|f| (**f).cmp(file)).is_ok())
    }

    /// Where a line of the base that is gone stood, as a line of the head; none where the file is gone.
    pub(super) fn in_head(&self, file: &str, line: u32) -> Option<u32> {
        let lines = self.lines(file)?;
        let last = u32::try_from(lines.head.lines().count()).ok().filter(|n| *n > 0)?;
        let gone = lines.changed.before.partition_point(|l| *l < line);
        // Kept lines are the same on both sides: the next one after as many of them.
        let mut kept = line.saturating_sub(u32::try_from(gone).unwrap_or(0));
        for new in &lines.changed.after {
            if *new > kept {
                break;
            }
            kept += 1;
        }
        Some(kept.clamp(1, last))
    }

    /// A changed line that holds all the words, first in the files that are preferred.
    pub(super) fn find(&self, side: Side, words: &[&str], preferred: &[&str]) -> Option<(Arc<str>, u32)> {
        let files = self.texts?.changed_files();
        let wanted = |file: &Arc<str>| preferred.contains(&&**file);
        let first = files.iter().filter(|f| wanted(f));
        let rest = files.iter().filter(|f| !wanted(f) && may_hold_settings(f) && !is_test(f));
        for file in first.chain(rest) {
            let Some(lines) = self.lines(file) else { continue };
            let holds = |(_, line): &(u32, &str)| words.iter().all(|w| line.contains(w));
            if let Some((number, _)) = lines.changed_of(side).find(holds) {
                return Some((file.clone(), number));
            }
        }
        None
    }

    fn lines(&self, file: &str) -> Option<Arc<Lines>> {
        if !self.file_changed(file) {
            return None;
        }
        let texts = self.texts?;
        if let Some(known) = self.known.borrow().get(file) {
            return Some(Arc::clone(known));
        }
        let base = texts.text(Side::Base, file).unwrap_or_default();
        let head = texts.text(Side::Head, file).unwrap_or_default();
        let lines = Arc::new(Lines { changed: changed(&base, &head), base, head });
        self.known.borrow_mut().insert(file.to_owned(), Arc::clone(&lines));
        Some(lines)
    }
}

/// How labels of steps begin that name a function or a member.
const NAMING: &[&str] = &["passed to ", "returned by ", "read "];

/// Names, numbers and signs, each between spaces.
fn tokens(text: &str) -> String {
    let mut all = String::from(" ");
    for c in text.chars() {
        let word = c.is_alphanumeric() || c == '_';
        if !word && !all.ends_with(' ') {
            all.push(' ');
        }
        if !c.is_whitespace() {
            all.push(c);
            if !word {
                all.push(' ');
            }
        }
    }
    if !all.ends_with(' ') {
        all.push(' ');
    }
    all
}

/// A parameter without its type, which brings no data: `guest` of `guest: Guest`.
fn undeclared(text: &str) -> &str {
    let name = text.split_once(':').map(|(name, _)| name.trim_end().trim_end_matches('?'));
    name.filter(|n| n.chars().all(|c| c.is_alphanumeric() || c == '_')).unwrap_or(text)
}

/// A part of a line; columns count UTF-16 code units from 1.
fn columns(line: &str, from: u32, to: u32) -> String {
    let mut column = 1;
    let mut part = String::new();
    for c in line.chars() {
        if (from..to).contains(&column) {
            part.push(c);
        }
        column += u32::try_from(c.len_utf16()).unwrap_or(1);
    }
    part
}

/// Prose names models too.
fn may_hold_settings(file: &str) -> bool {
    let ending = file.rsplit('.').next().unwrap_or_default();
    !matches!(ending, "md" | "mdx" | "rst" | "txt" | "lock" | "html" | "css" | "svg" | "png")
}
