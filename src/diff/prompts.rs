//! What a call asks for: what its instructions want to know about people, and which form its answer must have.

use super::draft::Draft;
use super::recipients::draft;
use super::unit::{Kind, Unit};
use super::{Direction, Severity, Side, State, View};
use crate::inventory::Circumstance;

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    for pair in &view.matching.pairs {
        let (old, new) = (&view.old[pair.base], &view.new[pair.head]);
        purpose(old, new, drafts);
        form(old, new, drafts);
    }
}

/// T38: the instructions newly ask something about people, or no longer do.
fn purpose(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let lacks = |unit: &Unit<'_>, kind: &str| !unit.asks.iter().any(|a| a.kind == kind);
    for (side, of, other) in [(Side::Head, new, old), (Side::Base, old, new)] {
        for ask in of.asks.iter().filter(|a| lacks(other, &a.kind)) {
            let mut made = draft("T38", old, new);
            made.places.insert(0, (side, ask.location.clone(), ask.text.clone()));
            let state = Some(State { text: ask.text.clone(), ..State::default() });
            let what = words(ask);
            if side == Side::Head {
                made.direction = Some(Direction::Increase);
                if matches!(&*ask.kind, "sensitive_trait" | "decision") {
                    made.severity = Some(Severity::High);
                }
                made.message = format!("{} newly asks the model {what}: \u{201c}{}\u{201d}.", new.name(), ask.text);
                made.after = state;
            } else {
                made.severity = Some(Severity::Low);
                made.message = format!("{} no longer asks the model {what}.", new.name());
                made.before = state;
            }
            made.places.truncate(1);
            made.must_touch = true;
            drafts.push(made);
        }
    }
}

fn words(ask: &Circumstance) -> &'static str {
    match &*ask.kind {
        "evaluation" => "to score, rank or screen people",
        "emotion" => "for feelings of people",
        "sensitive_trait" => "for traits that may be of a special category",
        "decision" => "to decide about people",
        _ => "to describe what people are like",
    }
}

/// T27: the answer was bound to fixed values or fields, and may now be any text.
fn form(old: &Unit<'_>, new: &Unit<'_>, drafts: &mut Vec<Draft>) {
    let Some(bound) = old.call.answer.as_ref().filter(|_| new.call.answer.is_none() && new.kind == Kind::Text) else {
        return;
    };
    let mut made = draft("T27", old, new);
    made.places.insert(0, (Side::Base, bound.location.clone(), "what bounded the answer".to_owned()));
    let what = if bound.kind == "label" { "one of" } else { "an object of" };
    let values: Vec<&str> = bound.values.iter().take(6).map(String::as_str).collect();
    let more = if bound.values.len() > values.len() { " …" } else { "" };
    made.before = Some(State { text: format!("{what} {}{more}", values.join(", ")), ..State::default() });
    made.after = Some(State { text: "any text".to_owned(), ..State::default() });
    made.message = format!("The answer of {} was bound to fixed values, and may now be any text.", new.name());
    made.must_touch = true;
    drafts.push(made);
}
