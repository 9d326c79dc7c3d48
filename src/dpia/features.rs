//! What the inventory shows about one processing activity, put in the order of a description: data, recipients, uses.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::Numbers;
use super::classes::{Class, Owners, classes};
use crate::inventory::{
    Activity, Candidate, EntryPoint, Flow, Inventory, Location, ModelCall, Output, Practice, Setting,
};
use crate::words;

/// The facts of one activity.
#[derive(Clone, Debug)]
pub struct Features {
    /// The activity's id in the inventory.
    pub id: String,
    pub name: String,
    pub entries: Vec<EntryPoint>,
    pub calls: Vec<ModelCall>,
    pub items: Vec<Item>,
    pub recipients: Vec<Recipient>,
    pub uses: Vec<Use>,
    pub safeguards: Vec<Guard>,
    /// Ways from a source to a model, and how many of them meet no safeguard.
    pub paths: usize,
    pub unguarded: usize,
    /// How many of them meet a safeguard of each kind.
    guarded: BTreeMap<String, usize>,
    /// Where data are put into text or objects on their way.
    pub prompt: Vec<Location>,
    /// Classes of which personal fields are sent.
    pub classes: Vec<Class>,
    /// Tools, approvals, caches and logs of prompts in the functions on the way, and those of their files.
    pub practices: Vec<Practice>,
}

/// Personal data of one category from one place of declaration.
#[derive(Clone, Debug)]
pub struct Item {
    /// `D1`
    pub number: String,
    /// Stable: `email Ticket`.
    pub key: String,
    pub category: String,
    pub special: bool,
    /// The class or table that declares it.
    pub owner: Option<String>,
    pub fields: Vec<Field>,
    /// `R1`
    pub recipients: Vec<String>,
    /// Where the code takes it up.
    pub taken: Vec<Location>,
    pub safeguards: BTreeSet<String>,
    pub unguarded: bool,
    /// Sent beside the text: as the identifier of an end user.
    pub beside: Vec<Location>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    pub label: String,
    pub location: Location,
    pub kind: String,
}

/// One who gets the data in this activity.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// `R1`
    pub number: String,
    /// The provider's id; `local`, `by-config`.
    pub id: String,
    pub gateway: bool,
    pub operations: BTreeSet<String>,
    pub models: BTreeSet<String>,
    pub endpoints: BTreeSet<String>,
    pub regions: BTreeSet<String>,
    pub settings: Vec<Setting>,
    pub candidates: Vec<Candidate>,
    pub places: Vec<Location>,
    pub sdks: BTreeSet<String>,
}

/// What is done with the answers.
#[derive(Clone, Debug)]
pub struct Use {
    /// `stored`, `decision` …
    pub id: String,
    pub places: Vec<(String, Location)>,
}

#[derive(Clone, Debug)]
pub struct Guard {
    pub kind: String,
    pub name: String,
    pub location: Location,
}

/// The order in which items stand.
fn rank(category: &str, special: bool) -> usize {
    if special { 0 } else { 1 + words::category_rank(category) }
}

/// What is typed, said or drawn, and may hold anything about anyone.
pub(crate) fn unbounded(category: &str) -> bool {
    matches!(category, "free_text" | "communications_content" | "photo" | "biometric")
}

impl Item {
    #[must_use]
    pub fn unbounded(&self) -> bool {
        unbounded(&self.category)
    }

    #[must_use]
    pub fn places(&self) -> Vec<Location> {
        let mut places: Vec<Location> = self.fields.iter().map(|f| f.location.clone()).collect();
        places.sort();
        places.dedup();
        places
    }
}

impl Recipient {
    fn new(id: &str, gateway: bool) -> Recipient {
        Recipient {
            number: String::new(),
            id: id.to_owned(),
            gateway,
            operations: BTreeSet::new(),
            models: BTreeSet::new(),
            endpoints: BTreeSet::new(),
            regions: BTreeSet::new(),
            settings: Vec::new(),
            candidates: Vec::new(),
            places: Vec::new(),
            sdks: BTreeSet::new(),
        }
    }

    /// With what another activity shows of the same recipient.
    pub(crate) fn join(&mut self, other: &Recipient) {
        self.gateway &= other.gateway;
        self.operations.extend(other.operations.iter().cloned());
        self.models.extend(other.models.iter().cloned());
        self.endpoints.extend(other.endpoints.iter().cloned());
        self.regions.extend(other.regions.iter().cloned());
        self.settings.extend(other.settings.iter().cloned());
        self.candidates.extend(other.candidates.iter().cloned());
        self.places.extend(other.places.iter().cloned());
        self.sdks.extend(other.sdks.iter().cloned());
    }

    /// Whether the data leave the organisation's own machines, as far as the code says.
    #[must_use]
    pub fn outside(&self) -> bool {
        self.id != "local"
    }

    /// In stable words, for what an answer is about.
    pub(crate) fn words(&self) -> Vec<String> {
        let more = |kind: &str, set: &BTreeSet<String>| set.iter().map(|m| format!("{kind} {m}")).collect::<Vec<_>>();
        let mut all = vec![format!("recipient {}", self.id)];
        all.extend(more("model", &self.models));
        all.extend(more("endpoint", &self.endpoints));
        all.extend(more("region", &self.regions));
        all.extend(self.settings.iter().map(|s| format!("setting {} = {}", s.name, s.value)));
        all.sort();
        all.dedup();
        all
    }
}

impl Features {
    pub(crate) fn of(inventory: &Inventory, activity: &Activity, numbers: &mut Numbers) -> Features {
        let calls: Vec<ModelCall> =
            activity.calls.iter().filter_map(|id| inventory.call(id)).filter(|c| !c.in_test).cloned().collect();
        let here = |f: &&Flow| {
            activity.calls.contains(&f.call) && (f.activities.is_empty() || f.activities.contains(&activity.id))
        };
        let flows = longest(inventory.flows.iter().filter(here).collect());
        let recipients = recipients(&calls, numbers);
        let of_call = |call: &str| {
            let at = inventory.call(call).map(|c| c.location.clone());
            recipients.iter().filter(move |r| at.as_ref().is_some_and(|at| r.places.contains(at)))
        };
        let owners = Owners::of(inventory);
        let mut items: BTreeMap<(usize, String), Item> = BTreeMap::new();
        for flow in &flows {
            let source = &flow.source;
            let label = owners.label(source);
            let owner = owners.of_source(source);
            let of = owner.unwrap_or(&label);
            let special = if source.special_category { " special" } else { "" };
            let key = format!("{} {of}{special}", source.category);
            let rank = rank(&source.category, source.special_category);
            let item = items.entry((rank, key.clone())).or_insert_with(|| Item {
                number: String::new(),
                key,
                category: source.category.clone(),
                special: source.special_category,
                owner: owner.map(str::to_owned),
                fields: Vec::new(),
                recipients: Vec::new(),
                taken: Vec::new(),
                safeguards: BTreeSet::new(),
                unguarded: false,
                beside: Vec::new(),
            });
            // Two spellings of one field are one: the place that does not declare it is where it is taken up.
            let declared = source.kind == "field";
            match item.fields.iter_mut().find(|f| f.label == label && f.location != source.location) {
                Some(known) if declared && known.kind != "field" => {
                    let taken = std::mem::replace(&mut known.location, source.location.clone());
                    known.kind.clone_from(&source.kind);
                    item.taken.push(taken);
                }
                Some(_) => item.taken.push(source.location.clone()),
                None => item.fields.push(Field { label, location: source.location.clone(), kind: source.kind.clone() }),
            }
            item.recipients.extend(of_call(&flow.call).map(|r| r.number.clone()));
            item.taken.extend(flow.steps.first().map(|s| s.location.clone()));
            item.safeguards.extend(flow.safeguards.iter().map(|s| s.kind.clone()));
            item.unguarded |= flow.safeguards.is_empty();
            if flow.role == "ids" {
                item.beside.extend(inventory.call(&flow.call).map(|c| c.location.clone()));
            }
        }
        let mut items: Vec<Item> = items.into_values().collect();
        for item in &mut items {
            tidy(&mut item.fields);
            tidy(&mut item.recipients);
            tidy(&mut item.taken);
            tidy(&mut item.beside);
        }
        let mut prompt: Vec<Location> = flows
            .iter()
            .flat_map(|f| f.steps.iter().rfind(|s| s.label.starts_with("put into")))
            .map(|s| s.location.clone())
            .collect();
        tidy(&mut prompt);
        Features {
            id: activity.id.clone(),
            name: activity.name.clone(),
            entries: activity.entry_points.clone(),
            uses: uses(inventory, &calls, &activity.id),
            safeguards: guards(&flows),
            paths: flows.len(),
            unguarded: flows.iter().filter(|f| f.safeguards.is_empty()).count(),
            guarded: guarded(&flows),
            classes: classes(inventory, &flows, &owners),
            practices: practices(inventory, &flows, &calls),
            calls,
            items,
            recipients,
            prompt,
        }
    }

    /// The items of all activities get their numbers, by category, so that those of one follow on each other.
    pub(crate) fn number_items(all: &mut [Features], numbers: &mut Numbers) {
        let keys: BTreeSet<(usize, String)> =
            all.iter().flat_map(|f| &f.items).map(|i| (rank(&i.category, i.special), i.key.clone())).collect();
        for (_, key) in &keys {
            numbers.of('D', key);
        }
        for item in all.iter_mut().flat_map(|f| &mut f.items) {
            item.number = numbers.of('D', &item.key);
        }
    }

    /// Where the calls stand.
    #[must_use]
    pub fn call_places(&self) -> Vec<Location> {
        let mut places: Vec<Location> = self.calls.iter().map(|c| c.location.clone()).collect();
        tidy(&mut places);
        places
    }

    /// Where it begins; where no entry point is known, where the calls stand.
    #[must_use]
    pub fn entry_places(&self) -> Vec<Location> {
        let places: Vec<Location> = self.entries.iter().map(|e| e.location.clone()).collect();
        if places.is_empty() { self.call_places() } else { places }
    }

    /// Ways that meet a safeguard of this kind.
    pub(crate) fn flows_with(&self, kind: &str) -> usize {
        self.guarded.get(kind).copied().unwrap_or_default()
    }

    pub(crate) fn used(&self, id: &str) -> Option<&Use> {
        self.uses.iter().find(|u| u.id == id)
    }

    pub(crate) fn calls_of(&self, operations: &[&str]) -> Vec<&ModelCall> {
        self.calls.iter().filter(|c| operations.contains(&c.operation.as_str())).collect()
    }

    /// In stable words, for what an answer is about.
    pub(crate) fn data_words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.items.iter().map(|i| format!("data {}", i.key)).collect();
        tidy(&mut words);
        words
    }

    pub(crate) fn recipient_words(&self) -> Vec<String> {
        self.recipients.iter().map(|r| format!("recipient {}", r.id)).collect()
    }

    pub(crate) fn use_words(&self) -> Vec<String> {
        self.uses.iter().map(|u| format!("use {}", u.id)).collect()
    }
}

/// Without the ways that are the end of another: a parameter is no beginning where the way into it is known.
fn longest(flows: Vec<&Flow>) -> Vec<&Flow> {
    let end_of = |short: &Flow, long: &Flow| {
        let same = short.call == long.call && short.source == long.source && short.safeguards == long.safeguards;
        let tail = short.steps.get(1..).unwrap_or_default();
        same && long.steps.len() > short.steps.len() && covers(&long.steps, tail)
    };
    flows.iter().filter(|short| !flows.iter().any(|long| end_of(short, long))).copied().collect()
}

/// Whether `steps` end with `tail`, but for returns from functions at the very end.
fn covers(steps: &[crate::inventory::Step], tail: &[crate::inventory::Step]) -> bool {
    !tail.is_empty() && (1..=steps.len()).any(|end| steps[..end].ends_with(tail))
}

fn recipients(calls: &[ModelCall], numbers: &mut Numbers) -> Vec<Recipient> {
    let mut all: BTreeMap<(bool, &str), Recipient> = BTreeMap::new();
    for call in calls {
        let ids = std::iter::once((false, call.provider.as_str())).chain(call.gateway.as_deref().map(|g| (true, g)));
        for further in &call.also {
            let r = all.entry((false, &further.provider)).or_insert_with(|| Recipient::new(&further.provider, false));
            let operation = match further.role.as_str() {
                "store" => "vector_upsert",
                "tool_server" => "tool_server",
                "model" => &call.operation,
                _ => "observability",
            };
            r.operations.insert(operation.to_owned());
            r.places.push(call.location.clone());
        }
        for (gateway, id) in ids {
            let r = all.entry((gateway, id)).or_insert_with(|| Recipient::new(id, gateway));
            r.operations.insert(call.operation.clone());
            r.places.push(call.location.clone());
            r.sdks.insert(call.sdk.clone());
            r.regions.extend(call.region.clone());
            r.models.extend(call.model.clone());
            if !gateway {
                r.endpoints.extend(call.endpoint.clone());
                r.settings.extend(call.settings.iter().cloned());
                r.candidates.extend(call.candidates.iter().cloned());
            }
        }
    }
    let mut all: Vec<Recipient> = all.into_values().collect();
    for r in &mut all {
        r.number = numbers.of('R', &r.id);
        tidy(&mut r.settings);
        tidy(&mut r.candidates);
        tidy(&mut r.places);
    }
    all
}

/// What stands in the functions that the calls stand in, and in the files of the ways to them.
fn practices(inventory: &Inventory, flows: &[&Flow], calls: &[ModelCall]) -> Vec<Practice> {
    let mut files: BTreeSet<&str> = calls.iter().map(|c| &*c.location.file).collect();
    files.extend(flows.iter().flat_map(|f| f.steps.iter().map(|s| &*s.location.file)));
    let here = |p: &&Practice| files.contains(&*p.location.file);
    let mut all: Vec<Practice> = inventory.practices.iter().filter(here).cloned().collect();
    tidy(&mut all);
    all
}

fn uses(inventory: &Inventory, calls: &[ModelCall], activity: &str) -> Vec<Use> {
    const ORDER: [&str; 6] = ["stored", "decision", "tool_execution", "returned_to_user", "sent", "fed_to_model"];
    let mut all: BTreeMap<(usize, &str), Vec<(String, Location)>> = BTreeMap::new();
    let mine = |o: &&Output| {
        let here = o.activities.is_empty() || o.activities.iter().any(|a| a == activity);
        here && calls.iter().any(|c| c.id == o.call)
    };
    for output in inventory.outputs.iter().filter(mine) {
        let rank = ORDER.iter().position(|u| *u == output.use_).unwrap_or(ORDER.len());
        all.entry((rank, &output.use_)).or_default().push((output.label.clone(), output.location.clone()));
    }
    let group = |((_, id), mut places): ((usize, &str), Vec<(String, Location)>)| {
        places.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        places.dedup();
        Use { id: id.to_owned(), places }
    };
    all.into_iter().map(group).collect()
}

fn guarded(flows: &[&Flow]) -> BTreeMap<String, usize> {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for flow in flows {
        let kinds: BTreeSet<&str> = flow.safeguards.iter().map(|s| s.kind.as_str()).collect();
        for kind in kinds {
            *all.entry(kind.to_owned()).or_default() += 1;
        }
    }
    all
}

fn guards(flows: &[&Flow]) -> Vec<Guard> {
    let met: BTreeSet<(&str, &str, &Location)> =
        flows.iter().flat_map(|f| &f.safeguards).map(|s| (&*s.kind, &*s.name, &s.location)).collect();
    met.into_iter()
        .map(|(kind, name, location)| Guard {
            kind: kind.to_owned(),
            name: name.to_owned(),
            location: location.clone(),
        })
        .collect()
}

pub(crate) fn tidy<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}
