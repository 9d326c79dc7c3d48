//! The diagram as Graphviz DOT and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::mermaid::label;
use crate::dpia::diagram::{Diagram, Kind};
use crate::dpia::wording::Wording;

#[must_use]
pub fn dot(diagram: &Diagram, wording: &Wording) -> String {
    let mut out = String::from("digraph dataflow {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    let line = |n: usize| {
        let node = &diagram.nodes[n];
        let shape = match node.kind {
            Kind::Person => "ellipse",
            Kind::Data => "parallelogram",
            Kind::Use => "box, style=rounded",
            Kind::Recipient => "box3d",
            Kind::Activity | Kind::Call => "box",
        };
        let text: Vec<String> =
            label(wording, node).iter().map(|l| l.replace('\\', "\\\\").replace('"', "\\\"")).collect();
        format!("n{n} [label=\"{}\", shape={shape}];", text.join("\\n"))
    };
    for (n, _) in diagram.nodes.iter().enumerate().filter(|(_, n)| n.kind.outside()) {
        let _ = writeln!(out, "  {}", line(n));
    }
    let _ = writeln!(
        out,
        "  subgraph cluster_app {{\n    label=\"{}\";\n    style=dashed;",
        wording.text("diagram.boundary").replace('"', "")
    );
    for (n, _) in diagram.nodes.iter().enumerate().filter(|(_, n)| !n.kind.outside()) {
        let _ = writeln!(out, "    {}", line(n));
    }
    out.push_str("  }\n");
    for edge in &diagram.edges {
        let bold = if diagram.nodes[edge.to].kind == Kind::Recipient { " [style=bold]" } else { "" };
        let _ = writeln!(out, "  n{} -> n{}{bold};", edge.from, edge.to);
    }
    out.push_str("}\n");
    out
}

#[must_use]
pub fn as_json(diagram: &Diagram, wording: &Wording) -> String {
    let nodes: Vec<Value> = diagram
        .nodes
        .iter()
        .enumerate()
        .map(|(n, node)| {
            let lines: Vec<String> = node.lines.iter().map(|say| wording.plain(say)).collect();
            json!({ "id": n, "kind": node.kind.as_str(), "outside": node.kind.outside(), "label": lines })
        })
        .collect();
    let edges: Vec<Value> =
        diagram.edges.iter().map(|e| json!({ "from": e.from, "to": e.to, "ways": e.ways })).collect();
    let mut text = serde_json::to_string_pretty(&json!({ "nodes": nodes, "edges": edges })).unwrap_or_default();
    text.push('\n');
    text
}
