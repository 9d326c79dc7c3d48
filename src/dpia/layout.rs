//! Where the nodes of a diagram stand: columns by what they are, in each column the order with the fewest crossings that a
//! few sweeps find. Lines that pass a column get a place in it, so that they do not run through boxes.

use super::diagram::Diagram;

/// A diagram with places, in pixels.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub width: u32,
    pub height: u32,
    /// One for each node, in the order of the diagram.
    pub boxes: Vec<Rect>,
    /// For each edge, in the order of the diagram: where it passes, from the right of one box to the left of another.
    pub lines: Vec<Vec<(u32, u32)>>,
    /// Around everything inside the trust boundary.
    pub boundary: Option<Rect>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

const LETTER: u32 = 7;
pub const LINE: u32 = 17;
const PADDING: u32 = 12;
const GAP: u32 = 16;
/// The place that a passing line takes in a column.
const LANE: u32 = 8;
const BETWEEN: u32 = 70;
const MARGIN: u32 = 16;
/// For the name of the boundary.
const HEAD: u32 = 26;
const SWEEPS: usize = 6;

/// Something in a column: a node, or the edges to a node that pass on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Node(usize),
    Passing(usize),
}

/// Lay out a diagram whose nodes have labels of so many lines and letters.
#[must_use]
pub fn lay_out(diagram: &Diagram, labels: &[Vec<String>]) -> Layout {
    if diagram.nodes.is_empty() {
        return Layout::default();
    }
    let mut layers: Vec<usize> = diagram.nodes.iter().map(|n| n.layer).collect();
    layers.sort_unstable();
    layers.dedup();
    // Columns without a node take no room.
    let column = |node: usize| layers.iter().position(|l| *l == diagram.nodes[node].layer).unwrap_or(0);
    let mut columns: Vec<Vec<Slot>> = vec![Vec::new(); layers.len()];
    for node in 0..diagram.nodes.len() {
        columns[column(node)].push(Slot::Node(node));
    }
    for edge in &diagram.edges {
        for passed in columns.iter_mut().take(column(edge.to)).skip(column(edge.from) + 1) {
            // Those to one node share a lane.
            if !passed.contains(&Slot::Passing(edge.to)) {
                passed.push(Slot::Passing(edge.to));
            }
        }
    }
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        let order: Vec<usize> =
            if forward { (1..columns.len()).collect() } else { (0..columns.len() - 1).rev().collect() };
        for c in order {
            let beside = if forward { c - 1 } else { c + 1 };
            let sorted = by_neighbours(diagram, &columns[c], &columns[beside], forward);
            columns[c] = sorted;
        }
    }
    place(diagram, labels, &columns)
}

/// A column sorted by the middle of what each slot is joined to in the column beside it.
fn by_neighbours(diagram: &Diagram, column: &[Slot], beside: &[Slot], forward: bool) -> Vec<Slot> {
    let at = |slot: Slot| beside.iter().position(|s| *s == slot);
    let middle = |slot: Slot| -> Option<usize> {
        let mut places: Vec<usize> = Vec::new();
        for edge in &diagram.edges {
            let (own, other) = if forward { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let mine = match slot {
                Slot::Node(n) => own == n,
                Slot::Passing(to) => edge.to == to,
            };
            if mine {
                places.extend(at(Slot::Node(other)).or_else(|| at(Slot::Passing(edge.to))));
            }
        }
        // A thousandth of a slot, to have whole numbers.
        (!places.is_empty()).then(|| places.iter().sum::<usize>() * 1000 / places.len())
    };
    let mut keyed: Vec<(usize, usize, Slot)> =
        column.iter().enumerate().map(|(i, slot)| (middle(*slot).unwrap_or(i * 1000), i, *slot)).collect();
    keyed.sort_by_key(|(middle, i, _)| (*middle, *i));
    keyed.into_iter().map(|(_, _, slot)| slot).collect()
}

fn place(diagram: &Diagram, labels: &[Vec<String>], columns: &[Vec<Slot>]) -> Layout {
    let size = |node: usize| {
        // The first line is bold, and a little wider.
        let letters =
            labels[node].iter().enumerate().map(|(n, l)| letters(l) + u32::from(n == 0) * 2).max().unwrap_or(0);
        let lines = u32::try_from(labels[node].len().max(1)).unwrap_or(1);
        ((letters * LETTER + 2 * PADDING).max(96), lines * LINE + 2 * PADDING - 6)
    };
    let tall = |slot: &Slot| match slot {
        Slot::Node(n) => size(*n).1,
        Slot::Passing(_) => LANE,
    };
    let heights: Vec<u32> =
        columns.iter().map(|c| c.iter().map(|s| tall(s) + GAP).sum::<u32>().saturating_sub(GAP)).collect();
    let most = heights.iter().copied().max().unwrap_or(0);
    let top = MARGIN + HEAD;
    let mut layout = Layout {
        boxes: vec![Rect::default(); diagram.nodes.len()],
        lines: vec![Vec::new(); diagram.edges.len()],
        height: top + most + MARGIN + PADDING,
        ..Layout::default()
    };
    // By the node that they lead to: left, right, height.
    let mut passing: Vec<Vec<(u32, u32, u32)>> = vec![Vec::new(); diagram.nodes.len()];
    let mut x = MARGIN;
    for (column, height) in columns.iter().zip(&heights) {
        let widest = column.iter().map(|s| if let Slot::Node(n) = s { size(*n).0 } else { 0 }).max().unwrap_or(0);
        let mut y = top + (most - height) / 2;
        for slot in column {
            match slot {
                Slot::Node(n) => {
                    let (width, height) = size(*n);
                    layout.boxes[*n] = Rect { x: x + (widest - width) / 2, y, width, height };
                }
                Slot::Passing(to) => passing[*to].push((x, x + widest, y + LANE / 2)),
            }
            y += tall(slot) + GAP;
        }
        x += widest + BETWEEN;
    }
    layout.width = x - BETWEEN + MARGIN;
    for (e, edge) in diagram.edges.iter().enumerate() {
        let (from, to) = (layout.boxes[edge.from], layout.boxes[edge.to]);
        let line = &mut layout.lines[e];
        line.push((from.x + from.width, from.y + from.height / 2));
        for (left, right, y) in passing[edge.to].iter().filter(|(left, _, _)| *left > from.x + from.width) {
            line.extend([(*left, *y), (*right, *y)]);
        }
        line.push((to.x, to.y + to.height / 2));
    }
    let inside = || diagram.nodes.iter().zip(&layout.boxes).filter(|(n, _)| !n.kind.outside()).map(|(_, b)| b);
    let left = inside().map(|b| b.x).min();
    let right = inside().map(|b| b.x + b.width).max();
    let upper = inside().map(|b| b.y).min();
    let lower = inside().map(|b| b.y + b.height).max();
    if let (Some(left), Some(right), Some(upper), Some(lower)) = (left, right, upper, lower) {
        let x = left.saturating_sub(PADDING);
        let y = upper.saturating_sub(PADDING + HEAD);
        layout.boundary = Some(Rect { x, y, width: right + PADDING - x, height: lower + PADDING - y });
    }
    layout
}

fn letters(text: &str) -> u32 {
    u32::try_from(text.chars().map(|c| if (c as u32) < 0x1100 { 1 } else { 2 }).sum::<usize>()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpia::diagram::{Edge, Kind, Node};

    fn diagram(nodes: &[(Kind, usize)], edges: &[(usize, usize)]) -> Diagram {
        Diagram {
            nodes: nodes.iter().map(|(kind, layer)| Node { kind: *kind, layer: *layer, lines: Vec::new() }).collect(),
            edges: edges.iter().map(|(from, to)| Edge { from: *from, to: *to, ways: 1 }).collect(),
        }
    }

    fn overlap(a: &Rect, b: &Rect) -> bool {
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    }

    /// Thirty nodes: no box on another, no line through a box, every line forward.
    #[test]
    fn thirty_nodes_stay_apart() {
        let mut nodes = vec![(Kind::Person, 0)];
        nodes.extend([(Kind::Data, 1); 9]);
        nodes.extend([(Kind::Call, 2); 9]);
        nodes.extend([(Kind::Use, 3); 5]);
        nodes.extend([(Kind::Recipient, 4); 6]);
        let mut edges: Vec<(usize, usize)> = (1..10).map(|d| (d, 10 + (d * 7) % 9)).collect();
        edges.extend((10..19).flat_map(|c| [(c, 19 + c % 5), (c, 24 + (c * 5) % 6)]));
        edges.push((0, 10));
        let diagram = diagram(&nodes, &edges);
        let labels = vec![vec!["D1 · content of messages".to_owned(), "Conversation".to_owned()]; nodes.len()];
        let layout = lay_out(&diagram, &labels);
        for (n, a) in layout.boxes.iter().enumerate() {
            assert!(a.x + a.width <= layout.width && a.y + a.height <= layout.height);
            for b in &layout.boxes[n + 1..] {
                assert!(!overlap(a, b), "{a:?} {b:?}");
            }
        }
        let boundary = layout.boundary.unwrap();
        for (node, rect) in diagram.nodes.iter().zip(&layout.boxes) {
            assert_eq!(overlap(rect, &boundary), !node.kind.outside(), "{:?} {rect:?} {boundary:?}", node.kind);
        }
        for line in &layout.lines {
            assert!(line.windows(2).all(|w| w[0].0 <= w[1].0), "{line:?}");
            for point in &line[1..line.len() - 1] {
                let inside =
                    |b: &Rect| point.0 > b.x && point.0 < b.x + b.width && point.1 > b.y && point.1 < b.y + b.height;
                assert!(!layout.boxes.iter().any(inside), "{point:?}");
            }
        }
    }

    /// Crossed pairs are uncrossed.
    #[test]
    fn crossings_go() {
        let diagram = diagram(&[(Kind::Data, 0), (Kind::Data, 0), (Kind::Call, 1), (Kind::Call, 1)], &[(0, 3), (1, 2)]);
        let layout = lay_out(&diagram, &vec![vec!["x".to_owned()]; 4]);
        let above = |a: usize, b: usize| layout.boxes[a].y < layout.boxes[b].y;
        assert_eq!(above(0, 1), above(3, 2));
        assert_eq!(lay_out(&Diagram::default(), &[]).width, 0);
    }
}
