//! The description of processing (Art. 35(7)(a) GDPR), built from an inventory: one document without language or format.
//!
//! `model` is the document; `features` and `classes` are the facts of an activity; `sections`, `risks` and `need` write it;
//! `recipients`, `criteria` and `annexes` what is said once for all;
//! `questions` and `answers` are what only people know; `wording` is the language, `facts` what providers publish.

mod annexes;
pub mod answers;
pub mod assets;
pub mod classes;
mod criteria;
pub mod date;
pub mod diagram;
pub mod facts;
pub mod features;
pub mod layout;
pub mod model;
pub mod names;
mod need;
mod questions;
mod recipients;
pub mod revision;
mod risks;
mod sections;
pub(crate) mod terms;
pub mod wording;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use answers::{Answers, Numbers};
use features::Features;
use model::{ActivityPart, Block, Document, Section, Sheet};
use questions::Asks;
use revision::Revision;
use sections::Part;

use crate::id;
use crate::inventory::Inventory;

pub(crate) use annexes::signed;

/// What a document is made of.
#[derive(Debug)]
pub struct Input<'a> {
    pub inventory: &'a Inventory,
    /// Where lock files are looked for; none where only the inventory is at hand.
    pub root: Option<&'a Path>,
    pub answers: &'a Answers,
    /// The day of the run.
    pub date: &'a str,
    pub revision: Revision,
    /// Shown as the name of what was scanned, where the repository has none.
    pub name: &'a str,
    pub names: names::Names,
}

/// Build the document.
///
/// # Errors
/// If a data file built into the program has a mistake.
pub fn build(input: &Input<'_>) -> anyhow::Result<(Document, Numbers)> {
    let inventory = input.inventory;
    let terms = terms::Terms::builtin()?;
    let facts = facts::Facts::builtin()?;
    let mut numbers = Numbers::new(input.answers);
    let mut all: Vec<Features> = Vec::new();
    for activity in &inventory.activities {
        let mut features = Features::of(inventory, activity, &mut numbers);
        if let Some(name) = input.answers.name(&activity.id) {
            features.name = name.to_owned();
        }
        if !features.calls.is_empty() {
            all.push(features);
        }
    }
    Features::number_items(&mut all, &mut numbers);
    let (with, bare): (Vec<Features>, Vec<Features>) = all.into_iter().partition(|f| !f.items.is_empty());
    let asks = questions::of_organisation(&with, input.answers);
    let recipients = recipient_questions(&with, input);
    let packages: BTreeSet<String> = with.iter().flat_map(|f| f.calls.iter().map(|c| c.sdk.clone())).collect();
    let files: BTreeSet<String> =
        with.iter().flat_map(|f| f.calls.iter().map(|c| c.location.file.to_string())).collect();
    let versions = input.root.map(|root| assets::versions(root, &packages, &files)).unwrap_or_default();

    let tools: Vec<_> = inventory.practices.iter().filter(|p| p.kind == "tool").cloned().collect();
    let mut areas = BTreeMap::new();
    let mut signs = Vec::new();
    let mut parts = Vec::new();
    for features in with {
        let number = numbers.of('A', &features.id);
        let own = questions::of_activity(&number, &features, &asks, input.answers);
        let part = Part {
            number: &number,
            f: &features,
            asks: &own,
            recipients: &recipients,
            terms: &terms,
            names: &input.names,
            answers: input.answers,
            tools: &tools,
        };
        let sections = part.all();
        signs.extend(criteria::signs(&part));
        areas.insert(number.clone(), annexes::areas(&part));
        parts.push(ActivityPart { number, sections, questions: own.questions.clone(), features });
    }
    for part in &mut parts {
        let mut section = Section::new("questions", "", &[]);
        section.blocks.push(Block::Questions(part.questions.clone()));
        part.sections.push(section);
    }
    let tool = format!("{} {}", inventory.tool.name, inventory.tool.version);
    let rest = annexes::Rest {
        inventory,
        parts: &parts,
        asks: &asks,
        recipients: &recipients,
        names: &input.names,
        facts: &facts,
        today: input.date,
        tool: tool.clone(),
    };
    let name = input.revision.name.clone().unwrap_or_else(|| input.name.to_owned());
    let commit = input.revision.commit.clone();
    let mut front = vec![rest.sheet(&name, commit.as_deref()), rest.overview()];
    front.extend(rest.bare(&bare));
    let asked_of = |activity: &str, id: &str| -> String {
        let own = parts.iter().find(|p| p.number == activity).into_iter().flat_map(|p| &p.questions);
        own.chain(&asks.questions).find(|q| q.id == id).map(|q| q.number.clone()).unwrap_or_default()
    };
    let annexes = vec![
        rest.recipients(),
        rest.published(),
        rest.assets(&versions),
        criteria::table(&signs, &parts.iter().collect::<Vec<_>>(), &asked_of),
        rest.legal(),
        rest.organisation(),
        rest.ai_act(&|p| areas.get(&p.number).cloned().unwrap_or_default()),
        rest.model_status(),
        rest.development(&versions),
        rest.blind(),
        rest.coverage(),
    ];
    let mut asked: Vec<&model::Question> = parts.iter().flat_map(|p| &p.questions).collect();
    asked.extend(asks.questions.iter().chain(recipients.values().flat_map(|a| &a.questions)));
    let orphans = rest.orphans(input.answers, &asked);
    let sheet = Sheet { name, date: input.date.to_owned(), tool, commit, hosting: input.revision.hosting.clone() };
    Ok((Document { sheet, front, activities: parts, annexes, orphans }, numbers))
}

/// The questions on each recipient of any activity, by its number.
fn recipient_questions(all: &[Features], input: &Input<'_>) -> BTreeMap<String, Asks> {
    let mut about: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for r in all.iter().flat_map(|f| &f.recipients) {
        about.entry((r.number.clone(), r.id.clone())).or_default().extend(r.words());
    }
    about
        .into_iter()
        .map(|((number, id), words)| {
            let asks = questions::of_recipient(&number, &id, &input.names.recipient(&id), &words, input.answers);
            (number, asks)
        })
        .collect()
}

/// A hash of texts, to see whether they are still the same. Not for what somebody might forge.
#[must_use]
pub fn hash(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    id::of("", &parts)
}
