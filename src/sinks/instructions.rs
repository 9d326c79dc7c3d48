//! What the instructions of a call ask about people: to score or screen them, to infer feelings or traits, to decide.
//!
//! Of a prompt, the literal texts are read that it is put together from, in the functions that build it. The words are
//! rows of `queries/prompts.toml`; prompts that lie in files of their own are not read.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::Sink;
use crate::inventory::Circumstance;
use crate::ir::{Key, Sym, ValueId, ValueKind, operands};
use crate::link::{FuncId, Gv, Program, bind};
use crate::place;

const TEXT: &str = include_str!("../../queries/prompts.toml");

static ASKS: LazyLock<File> =
    LazyLock::new(|| toml::from_str(TEXT).expect("queries/prompts.toml is sound, as a test says"));

/// Values that one prompt is followed back through.
const BUDGET: usize = 1_500;
/// Words between the verb and what it is about.
const APART: usize = 8;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Words that turn a request into its opposite.
    not: Vec<String>,
    ask: Vec<Ask>,
}

/// A row of `queries/prompts.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    kind: String,
    verb: Vec<String>,
    about: Vec<String>,
}

/// What the literal texts of a sink's prompt ask, each kind at its first place.
pub(crate) fn asks(program: &Program<'_>, sink: &Sink) -> Vec<Circumstance> {
    if matches!(sink.operation.as_str(), "embedding" | "vector_upsert" | "observability" | "file_upload") {
        return Vec::new();
    }
    let mut found: Vec<Circumstance> = Vec::new();
    for (gv, text) in texts(program, sink) {
        for (kind, words, line) in asked(&text) {
            if found.iter().any(|c| c.kind == kind) {
                continue;
            }
            let mut location = place::of(program, gv);
            // The line of the words, in a text of several lines.
            let last = location.end_line;
            location.line = (location.line + line).min(last);
            if line > 0 {
                (location.column, location.end_line, location.end_column) = (1, location.line, 1);
            }
            found.push(Circumstance { kind: kind.to_owned(), text: words, location });
        }
    }
    found.sort();
    found
}

/// The literal texts that the content and the instructions of a call are made of.
fn texts(program: &Program<'_>, sink: &Sink) -> Vec<(Gv, Sym)> {
    let roots = sink.sent.iter().filter(|s| matches!(s.role, "content" | "system"));
    let mut open: Vec<(Gv, u32)> = roots.map(|s| (s.value, 0)).collect();
    open.reverse();
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    while let Some((gv, depth)) = open.pop() {
        if !seen.insert(gv) || seen.len() > BUDGET {
            continue;
        }
        let at = |value: ValueId| (Gv { func: gv.func, value }, depth);
        match program.kind(gv) {
            // One word is a name or a role.
            ValueKind::Str(text) if text.contains(char::is_whitespace) => found.push((gv, text.clone())),
            ValueKind::Concat(_) | ValueKind::List(_) | ValueKind::Phi(_) | ValueKind::Update { .. } => {
                operands(program.kind(gv), |v| open.push(at(v)));
            }
            ValueKind::Object(entries) => open.extend(entries.iter().map(|(_, v)| at(*v))),
            ValueKind::Typed(base, _) => open.push(at(*base)),
            ValueKind::AfterCall { base, call, .. } => {
                open.push(at(*base));
                // `messages.append({...})`
                if let ValueKind::Call(call) = program.kind(at(*call).0) {
                    open.extend(call.args.iter().map(|a| at(a.value)));
                }
            }
            ValueKind::Field(base, name) => member(program, gv, *base, name, depth, &mut open),
            ValueKind::Call(call) => {
                if let ValueKind::Field(base, _) = program.kind(at(call.callee).0) {
                    open.push(at(*base));
                }
                let inner: Vec<FuncId> = program.call_graph.functions(gv).filter(|_| depth < 3).collect();
                for func in &inner {
                    let returns = program.function(*func).returns.iter();
                    open.extend(returns.map(|value| (Gv { func: *func, value: *value }, depth + 1)));
                }
                // What a function of a package makes of its arguments: `dedent("…")`, `SystemMessage("…")`.
                if inner.is_empty() {
                    open.extend(call.args.iter().map(|a| at(a.value)));
                }
            }
            ValueKind::Free(name) => {
                open.extend(program.free(gv.func, name).into_iter().map(|gv| (gv, depth)));
            }
            ValueKind::Import(_) => open.extend(program.imported(gv).into_iter().map(|gv| (gv, depth))),
            ValueKind::Param(ix) if depth < 3 => {
                for site in program.call_graph.callers(gv.func).iter().take(8) {
                    let given = bind(program, site, gv.func, *ix);
                    open.extend(given.iter().map(|b| (b.gv(site.call.func), depth + 1)));
                }
            }
            _ => {}
        }
    }
    found
}

/// `PROMPTS.triage`, `self.instructions`.
fn member(program: &Program<'_>, gv: Gv, base: ValueId, name: &Sym, depth: u32, open: &mut Vec<(Gv, u32)>) {
    let origin = program.origin(Gv { func: gv.func, value: base });
    match program.kind(origin) {
        ValueKind::Object(entries) => {
            let of = entries.iter().filter(|(k, _)| matches!(k, Key::Name(n) if n == name));
            open.extend(of.map(|(_, value)| (Gv { func: origin.func, value: *value }, depth)));
        }
        ValueKind::This | ValueKind::Param(0) => {
            if let Some(class) = program.this_class(origin.func) {
                open.extend(program.class_stores(class, name).iter().map(|s| (s.value, depth)));
            }
        }
        _ => {}
    }
}

/// What a text asks: the kind, the words, and their line in the text.
fn asked(text: &str) -> Vec<(&'static str, String, u32)> {
    let file: &'static File = &ASKS;
    let mut found: Vec<(&str, String, u32)> = Vec::new();
    for (number, line) in (0_u32..).zip(text.lines()).filter(|(_, line)| !is_code(line)) {
        for sentence in line.split(['.', '!', '?', ';']) {
            let words: Vec<String> = sentence
                .split(|c: char| !c.is_alphanumeric() && c != '\'')
                .filter(|w| !w.is_empty())
                .map(str::to_lowercase)
                .collect();
            for ask in &file.ask {
                if found.iter().any(|(kind, ..)| *kind == ask.kind) {
                    continue;
                }
                if let Some((from, to)) = within(&words, ask, &file.not) {
                    found.push((ask.kind.as_str(), words[from..to].join(" "), number));
                }
            }
        }
    }
    found
}

/// A program that is handed on as text speaks of no people: `matches.filter((m) => m.candidates)`.
fn is_code(line: &str) -> bool {
    ["=>", "==", "&&", "||", " = ", "();"].iter().any(|sign| line.contains(sign))
}

/// The words from a verb to what it is about.
fn within(words: &[String], ask: &Ask, not: &[String]) -> Option<(usize, usize)> {
    let fits = |patterns: &[String], at: usize| -> usize {
        let longest = patterns.iter().filter(|p| {
            let parts: Vec<&str> = p.split(' ').collect();
            at + parts.len() <= words.len()
                && parts.iter().zip(&words[at..]).all(|(p, w)| crate::catalogue::glob(p, w, b""))
        });
        longest.map(|p| p.split(' ').count()).max().unwrap_or(0)
    };
    for from in 0..words.len() {
        let verb = fits(&ask.verb, from);
        if verb == 0 || words[from.saturating_sub(4)..from].iter().any(|w| not.contains(w)) {
            continue;
        }
        if ask.about.is_empty() {
            return Some((from, from + verb));
        }
        let last = (from + verb + APART).min(words.len());
        for (at, word) in words.iter().enumerate().take(last).skip(from + verb) {
            // "Inference: don't infer gender"
            if not.contains(word) {
                break;
            }
            let about = fits(&ask.about, at);
            if about > 0 {
                return Some((from, at + about));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        asked(text).into_iter().map(|(kind, ..)| kind).collect()
    }

    #[test]
    fn what_is_asked_about_people() {
        assert_eq!(kinds("Score the applicant from 1 to 10."), ["evaluation"]);
        assert_eq!(kinds("Read the text.\nDetect the customer's emotional state"), ["emotion"]);
        assert_eq!(kinds("Guess the gender of the writer"), ["sensitive_trait"]);
        assert_eq!(kinds("Decide whether the borrower is eligible"), ["decision"]);
    }

    #[test]
    fn what_is_not() {
        assert!(kinds("Summarise the ticket in a friendly tone.").is_empty());
        assert!(kinds("Do not infer the gender of anyone.").is_empty());
        assert!(kinds("Rank the search results by relevance.").is_empty());
        assert!(kinds("Score. The applicant is named below.").is_empty());
        assert!(kinds("No inference: don't infer gender from a name").is_empty());
        assert!(kinds("const best = match(rows, (row) => row.candidates)").is_empty());
    }

    #[test]
    fn the_line_is_that_of_the_words() {
        let text = "You help recruiters.\n\nRank the candidates by fit.";
        assert_eq!(asked(text), [("evaluation", "rank the candidates".to_owned(), 2)]);
    }
}
