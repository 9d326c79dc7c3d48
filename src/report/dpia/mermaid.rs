//! The diagram as Mermaid, for Markdown that draws it.

use std::fmt::Write as _;

use crate::dpia::diagram::{Diagram, Kind, Node};
use crate::dpia::wording::Wording;
use crate::report::text;

/// A line of a label goes on in the next, and is cut there: long names make a diagram that nobody can read.
pub(crate) const LABEL: usize = 34;

/// The lines of a node's label, without markup.
pub(crate) fn label(wording: &Wording, node: &Node) -> Vec<String> {
    node.lines.iter().flat_map(|say| broken(&text::clean(&wording.plain(say)))).collect()
}

/// One line, or two where a blank allows it.
fn broken(line: &str) -> Vec<String> {
    let fits = |text: &str| text.chars().count() <= LABEL;
    let cut = |text: &str| text::shorten(text, LABEL).into_owned();
    let blank = line.char_indices().rfind(|(at, c)| *c == ' ' && fits(&line[..*at]));
    match blank {
        Some((at, _)) if !fits(line) => vec![line[..at].to_owned(), cut(&line[at + 1..])],
        _ => vec![cut(line)],
    }
}

/// Text that Mermaid shows as it is: everything that is no letter, digit or blank as a character reference.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '–' | '_' | '/' | '·' | '…') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", c as u32);
        }
    }
    out
}

/// The diagram, without a fence.
#[must_use]
pub fn render(diagram: &Diagram, wording: &Wording) -> String {
    let mut out = String::from("flowchart LR\n");
    let nodes = |outside: bool| diagram.nodes.iter().enumerate().filter(move |(_, n)| n.kind.outside() == outside);
    for (n, node) in nodes(true) {
        let _ = writeln!(out, "  {}", shape(n, node, wording));
    }
    let _ = writeln!(out, "  subgraph app [\"{}\"]", escape(wording.text("diagram.boundary")));
    for (n, node) in nodes(false) {
        let _ = writeln!(out, "    {}", shape(n, node, wording));
    }
    out.push_str("  end\n");
    for edge in &diagram.edges {
        let to = diagram.nodes[edge.to].kind;
        let arrow = if to == Kind::Recipient { "==>" } else { "-->" };
        let answer = wording.text("diagram.answer");
        let label = if to == Kind::Use { format!("|{}|", escape(answer)) } else { String::new() };
        let _ = writeln!(out, "  n{} {arrow}{label} n{}", edge.from, edge.to);
    }
    out
}

fn shape(n: usize, node: &Node, wording: &Wording) -> String {
    let label = label(wording, node).iter().map(|l| escape(l)).collect::<Vec<_>>().join("<br/>");
    let (open, close) = match node.kind {
        Kind::Person => ("([", "])"),
        Kind::Data => ("[/", "/]"),
        Kind::Use => ("(", ")"),
        Kind::Recipient => ("[[", "]]"),
        Kind::Activity | Kind::Call => ("[", "]"),
    };
    format!("n{n}{open}\"{label}\"{close}")
}
