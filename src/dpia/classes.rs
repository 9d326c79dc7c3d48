//! The classes and tables whose fields are sent: under which name they are shown, and how much of each goes to a model.

use std::collections::{BTreeMap, BTreeSet};

use super::features::tidy;
use crate::inventory::{Flow, Inventory, Location, Source};

/// A class or table, and how much of its personal data is sent.
#[derive(Clone, Debug)]
pub struct Class {
    pub name: String,
    /// Personal fields that it declares, and how many of them are sent.
    pub declared: usize,
    pub sent: usize,
    /// Where several of its fields are taken up as one, and go the same way.
    pub whole: Vec<Location>,
    pub places: Vec<Location>,
}

/// The class or table that declares a field.
fn owner_of(source: &Source) -> Option<&str> {
    (source.kind == "field").then(|| source.label.rsplit_once('.')).flatten().map(|(owner, _)| owner)
}

/// Names of classes that differ in nothing but their writing: `Customer`, a row of `customer`.
pub(crate) struct Owners(BTreeMap<String, String>);

impl Owners {
    pub(crate) fn of(inventory: &Inventory) -> Owners {
        let mut shown: BTreeMap<String, String> = BTreeMap::new();
        let declared = inventory.personal_data_fields.iter().map(|f| f.owner.as_str());
        let sent = inventory.flows.iter().filter_map(|f| owner_of(&f.source));
        for owner in declared.chain(sent) {
            let known = shown.entry(plain(owner)).or_insert_with(|| owner.to_owned());
            // The class before the variable; capital letters sort first.
            if owner < known.as_str() {
                owner.clone_into(known);
            }
        }
        Owners(shown)
    }

    /// The class or table that a source is a field of: declared so, or read from something with its name.
    pub(crate) fn of_source(&self, source: &Source) -> Option<&str> {
        let (owner, _) = source.label.rsplit_once('.')?;
        let known = self.0.get(&plain(owner)).map(String::as_str);
        known.filter(|_| matches!(source.kind.as_str(), "field" | "read"))
    }

    fn shown<'a>(&'a self, owner: &'a str) -> &'a str {
        self.0.get(&plain(owner)).map_or(owner, String::as_str)
    }

    pub(crate) fn label(&self, source: &Source) -> String {
        match (self.of_source(source), source.label.rsplit_once('.')) {
            (Some(owner), Some((_, field))) => format!("{owner}.{field}"),
            _ => source.label.clone(),
        }
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// A call, and the steps to it.
type Way<'a> = (&'a str, Vec<(&'a Location, &'a str)>);

/// How much of each class is sent, and where it is taken as a whole.
pub(crate) fn classes(inventory: &Inventory, flows: &[&Flow], owners: &Owners) -> Vec<Class> {
    /// Fields that go the same way before a reader would say that the object does.
    const WHOLE: usize = 3;
    let mut sent: BTreeMap<&str, BTreeMap<String, Vec<&Flow>>> = BTreeMap::new();
    for flow in flows {
        if let Some(owner) = owners.of_source(&flow.source) {
            sent.entry(owner).or_default().entry(owners.label(&flow.source)).or_default().push(flow);
        }
    }
    let class = |(name, fields): (&str, BTreeMap<String, Vec<&Flow>>)| {
        let declared = inventory.personal_data_fields.iter().filter(|f| !f.in_test && owners.shown(&f.owner) == name);
        let mut declared: BTreeSet<String> = declared.map(|f| format!("{name}.{}", f.name)).collect();
        declared.extend(fields.keys().cloned());
        let mut ways: BTreeMap<Way<'_>, BTreeSet<&str>> = BTreeMap::new();
        for (label, flow) in fields.iter().flat_map(|(label, flows)| flows.iter().map(move |f| (label, f))) {
            let steps = flow.steps.iter().map(|s| (&s.location, s.label.as_str())).collect();
            ways.entry((&flow.call, steps)).or_default().insert(label);
        }
        let whole = ways.iter().filter(|(_, labels)| labels.len() >= WHOLE);
        let mut whole: Vec<Location> =
            whole.filter_map(|((_, steps), _)| steps.first()).map(|(at, _)| (*at).clone()).collect();
        tidy(&mut whole);
        let mut places: Vec<Location> = fields.values().flatten().map(|f| f.source.location.clone()).collect();
        tidy(&mut places);
        Class { name: name.to_owned(), declared: declared.len(), sent: fields.len(), whole, places }
    };
    sent.into_iter().map(class).collect()
}
