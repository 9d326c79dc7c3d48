//! Two inventories compared: which changes call for a review of the DPIA, and nothing else.
//!
//! Calls are matched by meaning (`matcher`), then compared: one file a family of triggers. A change must show on a
//! changed line, where the lines are known: what the analysis sees otherwise for another reason is not reported.

pub mod acknowledge;
mod calls;
mod changes;
mod circumstances;
mod configuration;
mod coverage;
mod data;
mod draft;
mod drift;
mod entries;
mod further;
mod matcher;
mod outputs;
mod practices;
mod prompts;
mod recipients;
mod references;
pub mod rows;
mod settings;
mod sources;
mod texts;
mod unit;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::inventory::{Inventory, Location};
use changes::Changes;
pub use changes::{Side, Texts};
use draft::Draft;
use matcher::Matching;
pub use rows::{Direction, Row, Severity};
use unit::Unit;

/// Something that changed between two revisions and calls for a review.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trigger {
    /// `T01`
    pub code: String,
    /// `model-swap`
    pub id: String,
    pub severity: Severity,
    pub direction: Direction,
    /// The processing activity, as people call it.
    pub activity: String,
    /// Where to look: on a changed line, where these are known.
    pub location: Place,
    pub before: Option<State>,
    pub after: Option<State>,
    /// Sections of the EDPB's DPIA template to open again.
    pub sections: Vec<String>,
    /// Questions of the CNIL's PIA tool that hold the same.
    pub cnil: Vec<String>,
    /// What changed, in one sentence.
    pub message: String,
    pub why: String,
    pub source: String,
    /// Further places, the steps of a flow first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
}

/// A place in one of the revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: u32,
    /// `base` where the place is only in the base revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Of a place that is only in the base: the line of the head before which it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_line: Option<u32>,
}

/// How it was, or is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct State {
    /// For people.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Place>,
}

/// Somebody has looked at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    pub who: String,
    pub when: String,
    pub why: String,
}

/// The result of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    pub triggers: Vec<Trigger>,
    /// Activities of the head that no trigger is about.
    pub unchanged: usize,
    /// How the calls were matched, for people.
    pub explanation: String,
}

/// What the families of triggers look at.
struct View<'i> {
    base: &'i Inventory,
    head: &'i Inventory,
    old: Vec<Unit<'i>>,
    new: Vec<Unit<'i>>,
    matching: Matching,
    changes: Changes<'i>,
}

/// Compare two revisions.
#[must_use]
pub fn compare<'i>(base: &'i Inventory, head: &'i Inventory, texts: Option<&'i dyn Texts>) -> Comparison {
    let (mut old, mut new) = (unit::units(base), unit::units(head));
    let matching = matcher::matching(&old, &new);
    let (before, after) = (unit::units(base), unit::units(head));
    for pair in &matching.pairs {
        for (b, _) in matching.merged.iter().filter(|(_, h)| *h == pair.head) {
            old[pair.base].join(&before[*b]);
        }
        for (h, _) in matching.split.iter().filter(|(_, b)| *b == pair.base) {
            new[pair.head].join(&after[*h]);
        }
    }
    let view = View { base, head, old, new, matching, changes: Changes::new(texts) };
    let mut drafts: Vec<Draft> = Vec::new();
    recipients::find(&view, &mut drafts);
    calls::find(&view, &mut drafts);
    further::find(&view, &mut drafts);
    references::find(&view, &mut drafts);
    data::find(&view, &mut drafts);
    settings::find(&view, &mut drafts);
    outputs::find(&view, &mut drafts);
    practices::find(&view, &mut drafts);
    prompts::find(&view, &mut drafts);
    entries::find(&view, &mut drafts);
    circumstances::find(&view, &mut drafts);
    sources::find(&view, &mut drafts);
    configuration::find(&view, &mut drafts);
    coverage::find(&view, &mut drafts);
    said_once(&mut drafts);
    let mut triggers = draft::finish(&view.changes, drafts);
    triggers.extend(texts.and_then(|texts| drift::find(texts, base, head, &triggers)));
    let touched: BTreeSet<&str> = triggers.iter().map(|t| &*t.activity).collect();
    let unchanged = head.activities.iter().filter(|a| !touched.iter().any(|t| t.contains(&*a.name))).count();
    Comparison { unchanged, explanation: explain(&view), triggers }
}

/// Whether the provider may use the data is more than how it keeps them: a setting of both is reported as the first.
fn said_once(drafts: &mut Vec<Draft>) {
    let shared: BTreeSet<(String, u32)> = drafts
        .iter()
        .filter(|d| d.code == "T33")
        .flat_map(|d| &d.places)
        .filter(|(side, ..)| *side == Side::Head)
        .map(|(_, at, _)| (at.file.to_string(), at.line))
        .collect();
    let same = |(side, at, _): &(Side, Location, String)| {
        *side == Side::Head && shared.contains(&(at.file.to_string(), at.line))
    };
    drafts.retain(|d| d.code != "T15" || !d.places.first().is_some_and(same));
}

fn explain(view: &View<'_>) -> String {
    let mut text = String::new();
    let place = |l: &Location| format!("{}:{}", l.file, l.line);
    let name = |u: &Unit<'_>| format!("{} {} ({})", place(&u.call.location), u.call.function, u.call.operation);
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        let _ = writeln!(
            text,
            "same      {} = {}: {} points, {}",
            name(old),
            name(new),
            pair.score.points,
            pair.score.reasons.join(", ")
        );
    }
    for (b, h) in &view.matching.merged {
        let _ = writeln!(text, "merged    {} into {}", name(&view.old[*b]), name(&view.new[*h]));
    }
    for (h, b) in &view.matching.split {
        let _ = writeln!(text, "part of   {} of {}", name(&view.new[*h]), name(&view.old[*b]));
    }
    let nearest = |unit: &Unit<'_>, others: &[Unit<'_>]| {
        let best = others.iter().map(|o| (matcher::score(o, unit), o)).max_by_key(|(s, _)| s.points);
        best.filter(|(s, _)| s.points > 0).map_or_else(String::new, |(s, o)| {
            format!("; nearest {}: {} points, {}", name(o), s.points, s.reasons.join(", "))
        })
    };
    for h in &view.matching.added {
        let _ = writeln!(text, "new       {}{}", name(&view.new[*h]), nearest(&view.new[*h], &view.old));
    }
    for b in &view.matching.removed {
        let _ = writeln!(text, "gone      {}{}", name(&view.old[*b]), nearest(&view.old[*b], &view.new));
    }
    text
}
