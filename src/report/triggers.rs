//! The triggers of a comparison as text, Markdown and JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::text::{clean, markdown as escape};
use crate::diff::{Comparison, Direction, Place, Severity, State, Trigger};

/// Version of the JSON format.
pub const SCHEMA_VERSION: u32 = 1;

/// A comparison, and what was compared.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// A commit id, or the name of an inventory file.
    pub base: String,
    /// A commit id, `index`, `work tree`, or the name of an inventory file.
    pub head: String,
    pub comparison: Comparison,
}

/// Indented, with a line end at the end.
#[must_use]
pub fn json(compared: &Compared) -> String {
    let value: Value = json!({
        "schema_version": SCHEMA_VERSION,
        "base": compared.base,
        "head": compared.head,
        "triggers": compared.comparison.triggers,
    });
    let mut text = serde_json::to_string_pretty(&value).expect("triggers have only string keys");
    text.push('\n');
    text
}

fn sign(trigger: &Trigger) -> &'static str {
    match trigger.direction {
        Direction::Increase => "▲",
        Direction::Decrease => "▼",
        Direction::Neutral => "◆",
    }
}

fn severity(trigger: &Trigger) -> &'static str {
    match trigger.severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

fn title(trigger: &Trigger) -> String {
    crate::diff::rows::find(&trigger.code).map_or_else(|| trigger.id.clone(), |row| row.title.clone())
}

fn state(state: Option<&State>) -> String {
    state.map_or_else(|| "–".to_owned(), |s| clean(&s.text).into_owned())
}

fn place(place: &Place) -> String {
    let at = if place.at.is_some() { " (before)" } else { "" };
    format!("{}:{}{at}", clean(&place.file), place.line)
}

fn short(id: &str) -> &str {
    let is_commit = id.len() >= 40 && id.chars().all(|c| c.is_ascii_hexdigit());
    if is_commit { &id[..10] } else { id }
}

fn count(n: usize, one: &str, several: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {several}") }
}

/// For a terminal.
#[must_use]
pub fn text(compared: &Compared, color: bool) -> String {
    let bold = if color { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    let mut out = String::new();
    let triggers = &compared.comparison.triggers;
    for t in triggers {
        let _ = writeln!(
            out,
            "{} {:6} {bold}{} {}{bold:#}  in {}  {}",
            sign(t),
            severity(t),
            t.code,
            title(t),
            clean(&t.activity),
            place(&t.location)
        );
        let _ = writeln!(out, "    {}", clean(&t.message));
        if t.before.is_some() || t.after.is_some() {
            let _ = writeln!(out, "    {} → {}", state(t.before.as_ref()), state(t.after.as_ref()));
        }
        let _ = writeln!(out, "    look again at {} · {} ({})", t.sections.join(", "), t.why, t.source);
        if let Some(done) = &t.acknowledged {
            let _ =
                writeln!(out, "    reviewed by {} on {}: {}", clean(&done.who), clean(&done.when), clean(&done.why));
        }
        out.push('\n');
    }
    let open = triggers.iter().filter(|t| t.acknowledged.is_none()).count();
    let _ = writeln!(
        out,
        "{} between {} and {}, {} not acknowledged; {} unchanged",
        count(triggers.len(), "trigger", "triggers"),
        short(&compared.base),
        short(&compared.head),
        open,
        count(compared.comparison.unchanged, "activity", "activities"),
    );
    out
}

const TABLE: &str = "| | change | in | before → after | look again at |\n|---|---|---|---|---|\n";
/// Rows of the table beyond which those of low severity are folded away.
const MOST_ROWS: usize = 8;

/// A row of [`TABLE`].
fn row(t: &Trigger) -> String {
    let cell = |text: &str| escape(text).replace('|', "\\|");
    format!(
        "| {} {} | **{}** ({}) | {} | {} → {} · `{}` | {} |\n",
        sign(t),
        severity(t),
        title(t),
        t.code,
        cell(&t.activity),
        cell(&state(t.before.as_ref())),
        cell(&state(t.after.as_ref())),
        place(&t.location).replace('`', "'").replace('|', "\\|"),
        t.sections.join(", ")
    )
}

/// For a comment on a pull request.
#[must_use]
pub fn markdown(compared: &Compared) -> String {
    let triggers = &compared.comparison.triggers;
    let (open, done): (Vec<&Trigger>, Vec<&Trigger>) = triggers.iter().partition(|t| t.acknowledged.is_none());
    let mut out = String::new();
    if triggers.is_empty() {
        out.push_str("### Nothing here changes what the DPIA describes\n\n");
        let _ = writeln!(
            out,
            "towhom compared {} with {} and found no change of a recipient, a model, an item of personal data, a \
             safeguard or the use of an answer. What it cannot see: settings in consoles, contracts, and who reviews what.",
            short(&compared.base),
            short(&compared.head)
        );
        return out;
    }
    let lead = if open.is_empty() {
        "### Every change to what the DPIA describes was reviewed\n\n"
    } else {
        "### This changes what the DPIA describes\n\n"
    };
    out.push_str(lead);
    if !open.is_empty() {
        out.push_str(TABLE);
    }
    // Half a minute is enough for a few rows: where there are many, the light ones are folded away.
    let fold = open.len() > MOST_ROWS && open.iter().any(|t| t.severity > Severity::Low);
    let (light, heavy): (Vec<&&Trigger>, Vec<&&Trigger>) =
        open.iter().partition(|t| fold && t.severity == Severity::Low);
    for t in heavy {
        out.push_str(&row(t));
    }
    if !light.is_empty() {
        let n = light.len();
        let _ = write!(out, "\n<details><summary>{n} more of low severity</summary>\n\n{TABLE}");
        for t in light {
            out.push_str(&row(t));
        }
        out.push_str("\n</details>\n");
    }
    if !open.is_empty() {
        out.push('\n');
        let _ = writeln!(
            out,
            "{} unchanged. The sections are those of the EDPB's DPIA template. Reviewed already? Add it to `dpia.toml` \
             with who, when and why (`[[acknowledged]]`).",
            count(compared.comparison.unchanged, "other activity is", "other activities are")
                .replace(" is unchanged", "")
        );
        out.push_str("\n<details><summary>Why, and how each was found</summary>\n\n");
        for t in &open {
            let _ = writeln!(out, "- **{} {}**: {} {} *{}*", t.code, title(t), escape(&t.message), t.why, t.source);
            for p in &t.related {
                let label = p.label.as_deref().map(|l| format!(" {}", escape(l))).unwrap_or_default();
                let _ = writeln!(out, "  - `{}`{label}", place(p).replace('`', "'"));
            }
        }
        out.push_str("\n</details>\n");
    }
    if !done.is_empty() {
        out.push_str("\nReviewed:\n\n");
        for t in &done {
            if let Some(by) = &t.acknowledged {
                let what = format!("{} in {}", title(t), escape(&t.activity));
                let _ = writeln!(
                    out,
                    "- {what} ({}): {}, {}: {}",
                    t.code,
                    escape(&by.who),
                    escape(&by.when),
                    escape(&by.why)
                );
            }
        }
    }
    out
}
