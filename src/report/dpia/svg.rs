//! The diagram as SVG: stands alone, and takes the colours of the page it is put in.

use std::fmt::Write as _;

use super::mermaid::label;
use crate::dpia::diagram::{Diagram, Kind};
use crate::dpia::layout::{LINE, lay_out};
use crate::dpia::wording::Wording;
use crate::report::text::escape;

const STYLE: &str = "\
.dg-bg{fill:var(--dg-bg,#fff)}.dg-b{fill:none;stroke:var(--dg-line,#5b6472);stroke-dasharray:6 4}\
.dg-n{stroke:var(--dg-line,#5b6472);fill:var(--dg-box,#fff)}.dg-data{fill:var(--dg-data,#e6f0fb)}\
.dg-call{fill:var(--dg-call,#fff3d6)}.dg-use{fill:var(--dg-use,#e7f5e9)}.dg-recipient{fill:var(--dg-rec,#fbe3e0)}\
.dg-e{fill:none;stroke:var(--dg-line,#5b6472);stroke-width:1.3}.dg-out{stroke:var(--dg-out,#a3261a);stroke-width:2}\
.dg-t{font:13px system-ui,sans-serif;fill:var(--dg-text,#1b1f24)}.dg-h{font-weight:600}";

/// The whole image. `id` tells it from the others of a page, `title` says what it shows.
#[must_use]
pub fn render(diagram: &Diagram, wording: &Wording, id: &str, title: &str) -> String {
    let labels: Vec<Vec<String>> = diagram.nodes.iter().map(|n| label(wording, n)).collect();
    let layout = lay_out(diagram, &labels);
    let (width, height) = (layout.width.max(1), layout.height.max(1));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>\
         <style>{STYLE}</style><defs><marker id=\"{id}-a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"context-stroke\"/></marker></defs>\
         <rect class=\"dg-bg\" width=\"{width}\" height=\"{height}\"/>",
        escape(title),
        escape(&described(diagram, &labels)),
    );
    if let Some(b) = layout.boundary {
        let _ = write!(
            out,
            "<rect class=\"dg-b\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/><text class=\"dg-t\" x=\"{}\" y=\"{}\">{}</text>",
            b.x,
            b.y,
            b.width,
            b.height,
            b.x + 12,
            b.y + 19,
            escape(wording.text("diagram.boundary")),
        );
    }
    for (edge, line) in diagram.edges.iter().zip(&layout.lines) {
        let out_of = if diagram.nodes[edge.to].kind == Kind::Recipient { " dg-out" } else { "" };
        let _ = write!(out, "<path class=\"dg-e{out_of}\" d=\"{}\" marker-end=\"url(#{id}-a)\"/>", curve(line));
    }
    for ((node, rect), lines) in diagram.nodes.iter().zip(&layout.boxes).zip(&labels) {
        let round = if matches!(node.kind, Kind::Person | Kind::Use) { 16 } else { 4 };
        let _ = write!(
            out,
            "<g><rect class=\"dg-n dg-{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{round}\"/>",
            node.kind.as_str(),
            rect.x,
            rect.y,
            rect.width,
            rect.height,
        );
        for (n, line) in lines.iter().enumerate() {
            let y = rect.y + 20 + u32::try_from(n).unwrap_or(0) * LINE;
            let head = if n == 0 { " dg-h" } else { "" };
            let _ = write!(
                out,
                "<text class=\"dg-t{head}\" x=\"{}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
                rect.x + rect.width / 2,
                escape(line),
            );
        }
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

/// For those who do not see it: `a → b; c → d`.
fn described(diagram: &Diagram, labels: &[Vec<String>]) -> String {
    let name = |n: usize| labels[n].join(" ");
    let edges: Vec<String> = diagram.edges.iter().map(|e| format!("{} → {}", name(e.from), name(e.to))).collect();
    edges.join("; ")
}

/// Straight where it passes a column, bent between columns.
fn curve(points: &[(u32, u32)]) -> String {
    let mut out = String::new();
    for (n, (x, y)) in points.iter().enumerate() {
        if n == 0 {
            let _ = write!(out, "M{x} {y}");
        } else {
            let (px, py) = points[n - 1];
            let middle = (px + x) / 2;
            if py == *y {
                let _ = write!(out, "L{x} {y}");
            } else {
                let _ = write!(out, "C{middle} {py} {middle} {y} {x} {y}");
            }
        }
    }
    out
}
