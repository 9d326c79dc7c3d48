//! Statements as HTML: what the page and the CNIL's file share. Everything that is not ours is escaped here.

use super::{Line, address, shown_after};
use crate::dpia::model::Hosting;
use crate::dpia::wording::{Inline, Run, runs};
use crate::inventory::Location;

pub(crate) use crate::report::text::escape;

/// How references to other parts become links; none keeps them as text.
pub(crate) type Target<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(crate) fn inlines(all: &[Inline], hosting: Option<&Hosting>, target: Target<'_>) -> String {
    all.iter()
        .map(|inline| match inline {
            Inline::Text(t) => ticks(t),
            Inline::Code(t) => format!("<code>{}</code>", escape(t)),
            Inline::Plain(t) => escape(t),
            Inline::Ref(t) => reference(t, target),
            Inline::Refs(all) => runs(all)
                .map(|run| match run {
                    Run::Ref(t) => reference(t, target),
                    Run::Between(_) => String::new(),
                    Run::Text(t) => t.to_owned(),
                })
                .collect(),
            // Sources come from the facts file, and only `https` becomes a link.
            Inline::Link(url) if url.starts_with("https://") => {
                format!("<a href=\"{0}\" rel=\"noreferrer\">{0}</a>", escape(url))
            }
            Inline::Link(url) => escape(url),
            Inline::Place(at) => place(None, at, hosting),
            Inline::Places(all) => places(all, hosting),
        })
        .collect()
}

fn reference(text: &str, target: Target<'_>) -> String {
    match target(text) {
        Some(id) => format!("<a href=\"#{}\">{}</a>", escape(&id), escape(text)),
        None => escape(text),
    }
}

/// Our own words may hold code in backticks.
fn ticks(text: &str) -> String {
    let mut out = String::new();
    for (n, part) in text.split('`').enumerate() {
        if n % 2 == 1 {
            out.push_str(&format!("<code>{}</code>", escape(part)));
        } else {
            // `clean` would join the blanks at the ends.
            out.push_str(&part.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        }
    }
    out
}

fn places(all: &[Location], hosting: Option<&Hosting>) -> String {
    let before = |n: usize| n.checked_sub(1).map(|n| &all[n]);
    let shown: Vec<String> = all.iter().enumerate().map(|(n, at)| place(before(n), at, hosting)).collect();
    shown.join(", ")
}

/// The place; after another of the same file, its line.
fn place(before: Option<&Location>, at: &Location, hosting: Option<&Hosting>) -> String {
    let shown = format!("<code>{}</code>", escape(&shown_after(before, at)));
    match address(hosting, at) {
        Some(url) => format!("<a href=\"{}\" rel=\"noreferrer\">{shown}</a>", escape(&url)),
        None => shown,
    }
}

/// The places behind a statement: `[a, b +3]`.
pub(crate) fn evidence(line: &Line<'_>, hosting: Option<&Hosting>) -> String {
    if line.evidence.is_empty() {
        return String::new();
    }
    let more = if line.more > 0 { format!(" +{}", line.more) } else { String::new() };
    format!(" [{}{more}]", places(&line.evidence, hosting))
}
