//! What a family of triggers hands in, and how it becomes a [`Trigger`]: placed on a changed line, joined with others of
//! the same cause, sorted.

use std::collections::BTreeMap;

use super::changes::{Changes, Side};
use super::rows::{self, Direction, Joined, Severity};
use super::{Place, State, Trigger};
use crate::inventory::Location;

/// A trigger before it is placed.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) code: &'static str,
    /// Other than the row's.
    pub(super) severity: Option<Severity>,
    pub(super) direction: Option<Direction>,
    pub(super) activity: String,
    pub(super) before: Option<State>,
    pub(super) after: Option<State>,
    pub(super) message: String,
    /// Places that show it, the most telling first.
    pub(super) places: Vec<(Side, Location, String)>,
    /// Literals that a changed line must hold to be the cause: on the side they are of.
    pub(super) words: Vec<(Side, String)>,
    /// Report it only where a place or a word lies on a changed line.
    pub(super) must_touch: bool,
    /// With `must_touch`: the place says what the changed lines of the other side do not say. A line that was moved or was
    /// given one argument more brings and takes nothing else.
    pub(super) must_be_new: bool,
    /// What it is one of, where several of a kind are said in one: a registry of models.
    pub(super) one_of: Option<String>,
}

/// Code, and how it was and is, in words.
type Cause = (&'static str, Option<String>, Option<String>);

/// Join the drafts of one cause and place them.
pub(super) fn finish(changes: &Changes<'_>, drafts: Vec<Draft>) -> Vec<Trigger> {
    let mut joined: BTreeMap<Cause, Vec<Draft>> = BTreeMap::new();
    for draft in drafts {
        if draft.must_touch && changes.known() && cause(changes, &draft).is_none() {
            continue;
        }
        let text = |s: &Option<State>| s.as_ref().map(|s| s.text.clone());
        joined.entry((draft.code, text(&draft.before), text(&draft.after))).or_default().push(draft);
    }
    let made = joined.into_values().filter_map(|same| {
        let of = same.iter().find_map(|d| d.one_of.clone());
        trigger(changes, same).map(|t| (of, t))
    });
    let mut triggers = told_together(made.collect());
    triggers.sort_by(|a, b| {
        let key = |t: &Trigger| (std::cmp::Reverse(t.severity), t.code.clone(), t.location.clone(), t.message.clone());
        key(a).cmp(&key(b))
    });
    triggers
}

fn trigger(changes: &Changes<'_>, same: Vec<Draft>) -> Option<Trigger> {
    let (lead, location) = same
        .iter()
        .find_map(|d| cause(changes, d).map(|place| (d, place)))
        .or_else(|| same.first().map(|d| (d, anywhere(d))))?;
    let mut location = location;
    if location.at.is_some() {
        location.head_line = changes.in_head(&location.file, location.line);
    }
    let row = rows::find(lead.code)?;
    let mut names: Vec<&str> = same.iter().map(|d| &*d.activity).collect();
    names.sort_unstable();
    names.dedup();
    let activity = match names.as_slice() {
        [one] => (*one).to_owned(),
        [one, two] => format!("{one}, {two}"),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => String::new(),
    };
    let mut related: Vec<Place> = Vec::new();
    for (side, place, label) in same.iter().flat_map(|d| &d.places) {
        let place = at(*side, place, label);
        let known = |p: &Place| (&*p.file, p.line, &p.at) == (&*place.file, place.line, &place.at);
        if !known(&location) && !related.iter().any(known) && related.len() < MOST_RELATED {
            related.push(place);
        }
    }
    let count = same.len();
    let message = if count > 1 {
        format!("{} The same holds at {} other place(s).", lead.message, count - 1)
    } else {
        lead.message.clone()
    };
    Some(Trigger {
        code: row.code.clone(),
        id: row.id.clone(),
        severity: same.iter().filter_map(|d| d.severity).max().unwrap_or(row.severity),
        direction: lead.direction.unwrap_or(row.direction),
        activity,
        location,
        before: lead.before.clone(),
        after: lead.after.clone(),
        sections: row.sections.clone(),
        cnil: row.cnil.clone(),
        message,
        why: row.why.clone(),
        source: row.source.clone(),
        related,
        acknowledged: None,
    })
}

/// As many are named in the sentence; all are in the states.
const MOST_NAMED: usize = 4;

/// One trigger for those that belong together, as its row says: each is named, and the places of all are kept.
fn told_together(all: Vec<(Option<String>, Trigger)>) -> Vec<Trigger> {
    let mut groups: BTreeMap<(String, String), Vec<Trigger>> = BTreeMap::new();
    for (n, (one_of, trigger)) in all.into_iter().enumerate() {
        let at = &trigger.location;
        let joined = rows::find(&trigger.code).and_then(|row| row.joined);
        let group = match (one_of, joined) {
            (Some(of), _) => of,
            (None, Some(Joined::Line)) => format!("{}:{}:{:?}", at.file, at.line, at.at),
            (None, Some(Joined::Sentence)) => trigger.message.clone(),
            (None, None) => n.to_string(),
        };
        groups.entry((trigger.code.clone(), group)).or_default().push(trigger);
    }
    groups.into_values().filter_map(together).collect()
}

fn together(mut all: Vec<Trigger>) -> Option<Trigger> {
    all.sort_by_key(|t| std::cmp::Reverse(t.severity));
    let mut others = all.into_iter();
    let mut first = others.next()?;
    let mut named = Vec::new();
    for other in others {
        let same = other.message == first.message;
        for (state, more) in [(&mut first.before, &other.before), (&mut first.after, &other.after)] {
            if let (Some(state), Some(more)) = (state, more) {
                state.text = format!("{}; {}", state.text, more.text);
            }
        }
        if !same {
            named.extend(other.after.or(other.before).map(|s| s.text));
        }
        for place in [other.location].into_iter().chain(other.related) {
            if first.related.len() < MOST_RELATED && place != first.location && !first.related.contains(&place) {
                first.related.push(place);
            }
        }
    }
    if !named.is_empty() {
        let more = named.len().saturating_sub(MOST_NAMED);
        named.truncate(MOST_NAMED);
        let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
        first.message = format!("{} Likewise: {}{rest}.", first.message, named.join("; "));
    }
    Some(first)
}

/// Places beyond those say no more to a reader.
const MOST_RELATED: usize = 12;

/// The changed line that shows it.
fn cause(changes: &Changes<'_>, draft: &Draft) -> Option<Place> {
    if !changes.known() {
        return Some(anywhere(draft));
    }
    let files: Vec<&str> = draft.places.iter().map(|(_, p, _)| &*p.file).collect();
    for (side, word) in &draft.words {
        if let Some((file, line)) = changes.find(*side, &[word], &files) {
            let at = (*side == Side::Base).then(|| "base".to_owned());
            return Some(Place { file: file.to_string(), line, at, ..Place::default() });
        }
    }
    let shows = |side: Side, place: &Location, label: &str| match draft.must_be_new {
        true => changes.is_new(side, place, label),
        false => changes.touches(side, place),
    };
    let on = |side: Side| draft.places.iter().find(|(s, place, label)| *s == side && shows(side, place, label));
    let found = on(Side::Head).or_else(|| on(Side::Base));
    found.map(|(side, place, label)| at(*side, place, label))
}

fn anywhere(draft: &Draft) -> Place {
    draft.places.first().map(|(side, place, label)| at(*side, place, label)).unwrap_or_default()
}

pub(super) fn at(side: Side, place: &Location, label: &str) -> Place {
    Place {
        file: place.file.to_string(),
        line: place.line,
        at: (side == Side::Base).then(|| "base".to_owned()),
        label: (!label.is_empty()).then(|| label.to_owned()),
        head_line: None,
    }
}
