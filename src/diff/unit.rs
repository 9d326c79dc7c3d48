//! A model call with all that belongs to it: what is matched between two inventories, and then compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Activity, Circumstance, Flow, Inventory, ModelCall, Output};

/// One call of one revision.
#[derive(Debug)]
pub(super) struct Unit<'i> {
    pub(super) call: &'i ModelCall,
    pub(super) kind: Kind,
    /// Number among the calls of one kind in one function.
    pub(super) ordinal: usize,
    pub(super) recipients: BTreeSet<Recipient>,
    /// By label: what reaches it.
    pub(super) items: BTreeMap<&'i str, Item<'i>>,
    pub(super) outputs: Vec<&'i Output>,
    pub(super) activities: Vec<&'i Activity>,
    /// What its instructions ask about people.
    pub(super) asks: Vec<&'i Circumstance>,
    pub(super) circumstances: Vec<&'i Circumstance>,
}

/// What kind of thing a call does: the part of its operation that is its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Chat, completion, agent: text in, text out.
    Text,
    Embedding,
    Image,
    Audio,
    /// Files, batches: kept by the provider.
    Upload,
    Training,
    Store,
    Observability,
    Moderation,
    Other,
}

impl Kind {
    fn of(operation: &str) -> Kind {
        match operation {
            "chat" | "completion" | "agent_run" | "local_inference" => Kind::Text,
            "embedding" => Kind::Embedding,
            "image" => Kind::Image,
            "audio" => Kind::Audio,
            "file_upload" | "batch" => Kind::Upload,
            "fine_tune" | "training" => Kind::Training,
            "vector_upsert" => Kind::Store,
            "observability" => Kind::Observability,
            "moderation" => Kind::Moderation,
            _ => Kind::Other,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Recipient {
    pub(super) provider: String,
    pub(super) model: Option<String>,
}

/// One source of personal data that reaches the call, by whatever ways.
#[derive(Debug)]
pub(super) struct Item<'i> {
    pub(super) category: &'i str,
    pub(super) special: bool,
    pub(super) flows: Vec<&'i Flow>,
}

impl<'i> Item<'i> {
    /// The measures that stand on every way.
    pub(super) fn guards(&self) -> BTreeSet<&'i str> {
        // Escaping protects the program, not the person.
        let measures = |f: &&'i Flow| -> BTreeSet<&'i str> {
            f.safeguards.iter().map(|s| &*s.kind).filter(|k| !matches!(*k, "escaping" | "detection")).collect()
        };
        let mut ways = self.flows.iter().map(measures);
        let first = ways.next().unwrap_or_default();
        ways.fold(first, |all, way| all.intersection(&way).copied().collect())
    }
}

impl<'i> Unit<'i> {
    /// Take in what another call of the same revision does: the two are one on the other side.
    pub(super) fn join(&mut self, other: &Unit<'i>) {
        self.recipients.extend(other.recipients.iter().cloned());
        for (label, item) in &other.items {
            let flows = item.flows.iter().copied();
            let own = self.items.entry(label).or_insert_with(|| Item { flows: Vec::new(), ..*item });
            own.flows.extend(flows);
        }
        self.outputs.extend(other.outputs.iter().copied());
        let new = other.activities.iter().filter(|a| self.activities.iter().all(|own| own.id != a.id));
        let new: Vec<_> = new.copied().collect();
        self.activities.extend(new);
        self.asks.extend(other.asks.iter().copied());
        self.circumstances.extend(other.circumstances.iter().copied());
    }
}

impl Unit<'_> {
    pub(super) fn file(&self) -> &str {
        &self.call.location.file
    }

    pub(super) fn providers(&self) -> BTreeSet<&str> {
        self.recipients.iter().map(|r| &*r.provider).collect()
    }

    /// How people call what it is part of.
    pub(super) fn name(&self) -> String {
        match self.activities.as_slice() {
            [] => self.call.function.clone(),
            [one] => one.name.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
        }
    }
}

/// The calls of an inventory, in its order.
pub(super) fn units(inventory: &Inventory) -> Vec<Unit<'_>> {
    let mut ordinals: BTreeMap<(&str, &str, Kind), usize> = BTreeMap::new();
    let mut flows: BTreeMap<&str, Vec<&Flow>> = BTreeMap::new();
    for flow in &inventory.flows {
        flows.entry(&flow.call).or_default().push(flow);
    }
    let mut outputs: BTreeMap<&str, Vec<&Output>> = BTreeMap::new();
    for output in &inventory.outputs {
        outputs.entry(&output.call).or_default().push(output);
    }
    let calls = inventory.model_calls.iter().filter(|c| !c.in_test);
    calls
        .map(|call| {
            let kind = Kind::of(&call.operation);
            let ordinal = ordinals.entry((&call.location.file, &call.function, kind)).or_default();
            *ordinal += 1;
            let mut items: BTreeMap<&str, Item<'_>> = BTreeMap::new();
            // What a model said is no item that people hand in: it is in the uses of an answer.
            let handed_in = |f: &&Flow| f.source.kind != "model_output";
            for flow in flows.remove(&*call.id).unwrap_or_default().into_iter().filter(handed_in) {
                let item = items.entry(&flow.source.label).or_insert_with(|| Item {
                    category: &flow.source.category,
                    special: flow.source.special_category,
                    flows: Vec::new(),
                });
                item.flows.push(flow);
            }
            let mut recipients: BTreeSet<Recipient> = call
                .candidates
                .iter()
                .map(|c| Recipient { provider: c.provider.clone(), model: c.model.clone() })
                .collect();
            if recipients.is_empty() {
                recipients.insert(Recipient { provider: call.provider.clone(), model: call.model.clone() });
            }
            Unit {
                call,
                kind,
                ordinal: *ordinal,
                recipients,
                items,
                outputs: outputs.remove(&*call.id).unwrap_or_default(),
                activities: inventory.activities.iter().filter(|a| a.calls.contains(&call.id)).collect(),
                asks: call.asks.iter().collect(),
                circumstances: call.circumstances.iter().collect(),
            }
        })
        .collect()
}
