//! The data-flow diagram: who and what takes part, what goes from where to where, and the trust boundary between.
//!
//! Nodes that say the same are one node, and where there are too many of a kind the rest is one node that says how many.

use std::collections::BTreeMap;

use petgraph::graphmap::DiGraphMap;

use super::features::Features;
use super::model::{Arg, Say};
use super::names::Names;

/// A diagram of one activity or of the whole repository.
#[derive(Clone, Debug, Default)]
pub struct Diagram {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    /// The column, from the left.
    pub layer: usize,
    /// Lines of text.
    pub lines: Vec<Say>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Person,
    Data,
    Activity,
    Call,
    Use,
    Recipient,
}

impl Kind {
    /// Outside of the trust boundary.
    #[must_use]
    pub fn outside(self) -> bool {
        matches!(self, Kind::Person | Kind::Recipient)
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Person => "person",
            Kind::Data => "data",
            Kind::Activity => "activity",
            Kind::Call => "call",
            Kind::Use => "use",
            Kind::Recipient => "recipient",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Indices of nodes.
    pub from: usize,
    pub to: usize,
    /// How many ways it stands for.
    pub ways: usize,
}

/// Nodes of one kind before the rest is put together.
const MOST: usize = 9;

/// Nodes by kind and key, with the lines that are shown; edges between keys.
struct Draft {
    nodes: BTreeMap<(Kind, String), Vec<Say>>,
    order: Vec<(Kind, String)>,
    edges: Vec<((Kind, String), (Kind, String))>,
}

impl Draft {
    fn node(&mut self, kind: Kind, key: &str, lines: impl FnOnce() -> Vec<Say>) -> (Kind, String) {
        let id = (kind, key.to_owned());
        if !self.nodes.contains_key(&id) {
            self.nodes.insert(id.clone(), lines());
            self.order.push(id.clone());
        }
        id
    }

    fn edge(&mut self, from: &(Kind, String), to: &(Kind, String)) {
        self.edges.push((from.clone(), to.clone()));
    }

    fn done(mut self, layer: impl Fn(Kind) -> usize) -> Diagram {
        // The rest of a kind with too many becomes one node.
        let mut merged: BTreeMap<(Kind, String), (Kind, String)> = BTreeMap::new();
        for kind in [Kind::Data, Kind::Activity, Kind::Call, Kind::Use, Kind::Recipient] {
            let of: Vec<_> = self.order.iter().filter(|(k, _)| *k == kind).cloned().collect();
            if of.len() > MOST {
                let rest = (kind, "\u{0}rest".to_owned());
                let more = Say::new("diagram.data_more").number("n", of.len() - (MOST - 1));
                self.nodes.insert(rest.clone(), vec![more]);
                for id in &of[MOST - 1..] {
                    merged.insert(id.clone(), rest.clone());
                }
                self.order.push(rest);
            }
        }
        self.order.retain(|id| !merged.contains_key(id));
        let at = |id: &(Kind, String)| {
            let id = merged.get(id).unwrap_or(id);
            self.order.iter().position(|o| o == id)
        };
        let mut graph: DiGraphMap<usize, usize> = DiGraphMap::new();
        for (from, to) in &self.edges {
            let (Some(from), Some(to)) = (at(from), at(to)) else { continue };
            match graph.edge_weight_mut(from, to) {
                Some(ways) => *ways += 1,
                None => {
                    graph.add_edge(from, to, 1);
                }
            }
        }
        let mut edges: Vec<Edge> = graph.all_edges().map(|(from, to, ways)| Edge { from, to, ways: *ways }).collect();
        edges.sort_by_key(|e| (e.from, e.to));
        let nodes = self
            .order
            .iter()
            .map(|id| Node { kind: id.0, layer: layer(id.0), lines: self.nodes[id].clone() })
            .collect();
        Diagram { nodes, edges }
    }
}

impl Diagram {
    /// One activity: who starts it, the data, the calls, who receives, what the answer is used for.
    pub(crate) fn of_activity(features: &Features, names: &Names) -> Diagram {
        let mut draft = Draft { nodes: BTreeMap::new(), order: Vec::new(), edges: Vec::new() };
        let start = draft.node(Kind::Activity, &features.id, || {
            let mut lines = vec![Say::new("cell.text").plain("text", &features.name)];
            lines.extend(features.entries.iter().take(2).map(|e| Say::new("cell.text").code("text", &e.label)));
            lines
        });
        if features.entries.iter().any(|e| matches!(e.kind.as_str(), "http" | "handler" | "page" | "message")) {
            let person = draft.node(Kind::Person, "person", || vec![Say::new("diagram.person")]);
            draft.edge(&person, &start);
        }
        let mut calls: BTreeMap<String, (Kind, String)> = BTreeMap::new();
        for call in &features.calls {
            let key = format!("{} {} {:?}", call.operation, call.provider, call.model);
            let node = draft.node(Kind::Call, &key, || {
                let mut lines = vec![Say::new("cell.text").term("text", "operation", &call.operation)];
                lines.extend(call.model.iter().map(|m| Say::new("cell.text").code("text", m)));
                lines
            });
            draft.edge(&start, &node);
            for recipient in &features.recipients {
                if recipient.places.contains(&call.location) && recipient.outside() {
                    let to = recipient_node(&mut draft, &recipient.number, &recipient.id, names);
                    draft.edge(&node, &to);
                }
            }
            calls.insert(key, node);
        }
        let many = features.items.len() > MOST;
        let items: Vec<&super::features::Item> = features.items.iter().collect();
        for item in &features.items {
            let data = if many { category_node(&mut draft, item, &items) } else { data_node(&mut draft, item) };
            for (key, node) in &calls {
                let reached = features.calls.iter().any(|c| {
                    format!("{} {} {:?}", c.operation, c.provider, c.model) == *key
                        && features
                            .recipients
                            .iter()
                            .any(|r| item.recipients.contains(&r.number) && r.places.contains(&c.location))
                });
                if reached {
                    draft.edge(&data, node);
                }
            }
        }
        for use_ in &features.uses {
            let to = draft.node(Kind::Use, &use_.id, || vec![Say::new("cell.text").term("text", "use", &use_.id)]);
            for node in calls.values() {
                draft.edge(node, &to);
            }
        }
        draft.done(|kind| match kind {
            Kind::Person => 0,
            Kind::Data | Kind::Activity => 1,
            Kind::Call => 2,
            Kind::Use => 3,
            Kind::Recipient => 4,
        })
    }

    /// The whole repository: data, activities, recipients, uses.
    pub(crate) fn of_all(all: &[Features], names: &Names) -> Diagram {
        let mut draft = Draft { nodes: BTreeMap::new(), order: Vec::new(), edges: Vec::new() };
        let groups: std::collections::BTreeSet<&str> =
            all.iter().flat_map(|f| f.items.iter().map(|i| i.key.as_str())).collect();
        let by_category = groups.len() > MOST;
        let mut seen = std::collections::BTreeSet::new();
        let items: Vec<&super::features::Item> =
            all.iter().flat_map(|f| &f.items).filter(|i| seen.insert(&i.number)).collect();
        for features in all {
            let activity =
                draft.node(Kind::Activity, &features.id, || vec![Say::new("cell.text").plain("text", &features.name)]);
            for item in &features.items {
                let data =
                    if by_category { category_node(&mut draft, item, &items) } else { data_node(&mut draft, item) };
                draft.edge(&data, &activity);
            }
            for recipient in features.recipients.iter().filter(|r| r.outside()) {
                let to = recipient_node(&mut draft, &recipient.number, &recipient.id, names);
                draft.edge(&activity, &to);
            }
            for use_ in &features.uses {
                let to = draft.node(Kind::Use, &use_.id, || vec![Say::new("cell.text").term("text", "use", &use_.id)]);
                draft.edge(&activity, &to);
            }
        }
        draft.done(|kind| match kind {
            Kind::Person | Kind::Data => 0,
            Kind::Activity | Kind::Call => 1,
            Kind::Use => 2,
            Kind::Recipient => 3,
        })
    }
}

fn recipient_node(draft: &mut Draft, number: &str, id: &str, names: &Names) -> (Kind, String) {
    draft.node(Kind::Recipient, id, || {
        vec![Say::new("doc.activity").with("number", Arg::Plain(number.to_owned())).with("name", names.recipient(id))]
    })
}

/// One node for all items of a category, with their numbers.
fn category_node(draft: &mut Draft, item: &super::features::Item, all: &[&super::features::Item]) -> (Kind, String) {
    draft.node(Kind::Data, &item.category, || {
        let of = all.iter().filter(|i| i.category == item.category).copied();
        let category = Say::new("cell.text").term("text", "category", &item.category);
        vec![category, Say::new("cell.number").with("id", super::sections::refs(of))]
    })
}

fn data_node(draft: &mut Draft, item: &super::features::Item) -> (Kind, String) {
    draft.node(Kind::Data, &item.key, || {
        let category = Arg::Term("category", item.category.clone());
        let head = Say::new("doc.activity").with("number", Arg::Plain(item.number.clone())).with("name", category);
        let of = item.owner.as_deref().or(item.fields.first().map(|f| f.label.as_str()));
        let mut lines = vec![head];
        lines.extend(of.map(|o| Say::new("cell.text").code("text", o)));
        lines
    })
}
