//! The rules: what is worth telling a developer about an inventory. One file a rule, which holds what the user reads.
//!
//! Every flow belongs to exactly one rule, the most specific one, so that nobody is told the same twice: special
//! categories first, then what the call does with the data (training, embedding, observability), then free text, then
//! the rest. Calls in test code are never reported.

mod free_text_to_model;
mod personal_data_in_embedding;
mod personal_data_in_training;
mod personal_data_to_model;
mod prompt_to_observability;
mod special_category_to_model;
mod unchecked_model_output;

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Confidence, Flow, Inventory, Location, ModelCall, Output, Suppression};
use crate::words;

/// All rules, in the order in which a report lists them.
pub const RULES: &[&Rule] = &[
    &special_category_to_model::RULE,
    &personal_data_in_training::RULE,
    &personal_data_to_model::RULE,
    &personal_data_in_embedding::RULE,
    &prompt_to_observability::RULE,
    &free_text_to_model::RULE,
    &unchecked_model_output::RULE,
];

pub struct Rule {
    /// Stable: alerts, settings and records refer to it.
    pub id: &'static str,
    pub name: &'static str,
    pub short: &'static str,
    pub full: &'static str,
    pub help_markdown: &'static str,
    /// The level of a finding that nothing lowers.
    pub severity: Level,
    /// `high`, `medium` or `low`: how often a finding is right about what it says.
    pub precision: &'static str,
    pub tags: &'static [&'static str],
    pub find: for<'a> fn(&'a Inventory) -> Vec<Finding<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }

    fn lower(self) -> Level {
        match self {
            Level::Error => Level::Warning,
            Level::Warning | Level::Note => Level::Note,
        }
    }
}

/// One thing to tell: a rule, a call and a category of data (or a use of the answer), with all items it is about.
pub struct Finding<'a> {
    /// Stable when lines move and when items are added.
    pub id: String,
    pub rule: &'static Rule,
    pub call: &'a ModelCall,
    /// Of the data; for an answer, its use.
    pub category: &'a str,
    /// Where a reader should look first.
    pub location: &'a Location,
    pub level: Level,
    pub confidence: Confidence,
    pub flows: Vec<&'a Flow>,
    pub outputs: Vec<&'a Output>,
    /// Plain text, names from the code as they are: escape it for the format it goes to. The first sentence is a title.
    pub message: String,
}

/// Every finding that nobody has accepted, the gravest first, then by place.
#[must_use]
pub fn findings(inv: &Inventory) -> Vec<Finding<'_>> {
    let accepted: BTreeSet<&str> = inv.suppressions.iter().flat_map(|s| &s.findings).map(String::as_str).collect();
    all(inv).into_iter().filter(|f| !accepted.contains(f.id.as_str())).collect()
}

/// The findings that somebody has accepted, each with all decisions about it.
#[must_use]
pub fn suppressed(inv: &Inventory) -> Vec<(Finding<'_>, Vec<&Suppression>)> {
    let mut found = Vec::new();
    for finding in all(inv) {
        let by: Vec<&Suppression> = inv.suppressions.iter().filter(|s| s.findings.contains(&finding.id)).collect();
        if !by.is_empty() {
            found.push((finding, by));
        }
    }
    found
}

/// Every finding, accepted or not.
#[must_use]
pub fn all(inv: &Inventory) -> Vec<Finding<'_>> {
    let mut all: Vec<Finding<'_>> = RULES.iter().flat_map(|rule| (rule.find)(inv)).collect();
    all.sort_by(|a, b| {
        let key = |f: &Finding<'_>| (std::cmp::Reverse(f.level), f.rule.id);
        (key(a), a.location, &a.id).cmp(&(key(b), b.location, &b.id))
    });
    all
}

#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|r| r.id == id)
}

/// What `towhom explain RULE` prints; nothing for an unknown id.
#[must_use]
pub fn explain(id: &str) -> Option<String> {
    let rule = rule(id)?;
    let facts = format!("level: {} · precision: {}", rule.severity.as_str(), rule.precision);
    Some(format!("# {}\n\n{}\n\n{facts}\n\n{}\n", rule.id, rule.full, rule.help_markdown.trim()))
}

/// The ids with a line each, for `towhom explain` without a known id.
#[must_use]
pub fn list() -> String {
    let wide = RULES.iter().map(|r| r.id.len()).max().unwrap_or(0);
    RULES.iter().map(|r| format!("{:wide$}  {:7}  {}\n", r.id, r.severity.as_str(), r.short)).collect()
}

/// The rule that a flow belongs to.
fn owner(flow: &Flow, call: &ModelCall) -> &'static str {
    if flow.source.special_category || flow.source.category == "special_category" {
        return special_category_to_model::RULE.id;
    }
    match call.operation.as_str() {
        "fine_tune" | "training" => personal_data_in_training::RULE.id,
        "file_upload" if uploaded_for_training(call) => personal_data_in_training::RULE.id,
        "embedding" | "vector_upsert" => personal_data_in_embedding::RULE.id,
        "observability" => prompt_to_observability::RULE.id,
        _ if matches!(flow.source.category.as_str(), "free_text" | "communications_content") => {
            free_text_to_model::RULE.id
        }
        _ => personal_data_to_model::RULE.id,
    }
}

/// OpenAI and those with the same interface name it: `purpose="fine-tune"`.
fn uploaded_for_training(call: &ModelCall) -> bool {
    let fine_tune =
        |value: &str| value.replace(['_', '"', '\''], "-").trim_matches('-').eq_ignore_ascii_case("fine-tune");
    call.settings.iter().any(|s| s.name == "purpose" && fine_tune(&s.value))
}

/// Whether the safeguards of a flow leave little or nothing of the item in the clear. Finding out that there is personal
/// data (`detection`) does not take it out.
#[must_use]
pub fn cleared(flow: &Flow) -> bool {
    let clears = |kind: &str| {
        const KINDS: [&str; 9] = [
            "redaction",
            "masking",
            "anonymisation",
            "pseudonymisation",
            "tokenisation",
            "hashing",
            "encryption",
            "aggregation",
            "removal",
        ];
        KINDS.contains(&kind)
    };
    flow.safeguards.iter().any(|s| clears(&s.kind))
}

/// The findings of a rule about flows: one for each call and category, those with and without a safeguard apart.
///
/// `verb` says what happens to the data: `is sent to OpenAI (gpt-4o)`, with `is` or `are`.
fn about_flows<'a>(inv: &'a Inventory, rule: &'static Rule, verb: fn(&ModelCall, &str) -> String) -> Vec<Finding<'a>> {
    let calls: BTreeMap<&str, &ModelCall> = inv.model_calls.iter().map(|c| (c.id.as_str(), c)).collect();
    let mut groups: BTreeMap<(&str, &str, bool), Vec<&Flow>> = BTreeMap::new();
    for flow in &inv.flows {
        if let Some(call) = calls.get(flow.call.as_str()).filter(|c| !c.in_test)
            && owner(flow, call) == rule.id
        {
            groups.entry((&flow.call, &flow.source.category, cleared(flow))).or_default().push(flow);
        }
    }
    let finding = |((call, category, cleared), mut flows): ((&'a str, &'a str, bool), Vec<&'a Flow>)| {
        let call = calls[call];
        flows.sort_by_key(|f| (&f.source.label, &f.source.location, &f.id));
        let confidence = flows.iter().map(|f| f.confidence).max().unwrap_or(Confidence::Low);
        let mut level = rule.severity;
        if cleared {
            level = Level::Note;
        }
        // A guess must not fail a build, and a model on the same machine is no recipient.
        if confidence == Confidence::Low {
            level = level.lower();
        }
        if call.provider == "local" {
            level = level.lower();
        }
        Finding {
            id: format!("{}/{}/{category}{}", rule.id, call.id, if cleared { "/safeguarded" } else { "" }),
            rule,
            call,
            category,
            location: &call.location,
            level,
            confidence,
            message: about(inv, call, category, &flows, cleared, verb),
            flows,
            outputs: Vec::new(),
        }
    };
    groups.into_iter().map(finding).collect()
}

/// How many items a message names.
const NAMED: usize = 8;

fn about(
    inv: &Inventory,
    call: &ModelCall,
    category: &str,
    flows: &[&Flow],
    cleared: bool,
    verb: fn(&ModelCall, &str) -> String,
) -> String {
    let labels = unique(flows.iter().map(|f| f.source.label.as_str()));
    let several = labels.len() > 1;
    let be = if several && words::counts(category) { "are" } else { "is" };
    let what = words::category_sentence(category, several);
    let title = format!("{what} ({}) {}.", named(&labels), verb(call, be));

    let mut text = title;
    if cleared {
        let kinds = flows.iter().flat_map(|f| &f.safeguards);
        let met: Vec<String> = kinds.map(|s| format!("{} by {} ({})", s.kind, s.name, at(&s.location))).collect();
        text.push_str(&format!(" On the way: {}.", named(&unique(met.iter().map(String::as_str)))));
        text.push_str(" Check that it covers all that the text can hold.");
    } else {
        let found = unique(flows.iter().flat_map(|f| &f.safeguards).map(|s| s.name.as_str()));
        let paths =
            if flows.len() == 1 { "on the path".into() } else { format!("on any of the {} paths", flows.len()) };
        match found.as_slice() {
            [] => text.push_str(&format!(" No redaction or pseudonymisation was seen {paths}.")),
            found => text.push_str(&format!(" {} looks at it but does not take it out.", named(found))),
        }
    }
    if flows.iter().all(|f| f.confidence == Confidence::Low) {
        text.push_str(" Part of the path is a guess: check it.");
    }
    let dpia = match activities(inv, call, flows).as_slice() {
        [] => "your DPIA".to_string(),
        [one] => format!("the DPIA for \"{one}\""),
        [first, rest @ ..] => format!("the DPIA for \"{first}\" and {} more", rest.len()),
    };
    text.push_str(&format!(" If {dpia} does not list it, check whether a review is needed (GDPR Art. 35(11))."));
    text
}

/// The names of the activities that the flows belong to.
fn activities<'a>(inv: &'a Inventory, call: &ModelCall, flows: &[&Flow]) -> Vec<&'a str> {
    let serves = |id: &String, f: &&Flow| f.activities.is_empty() || f.activities.contains(id);
    let of = inv.activities.iter().filter(|a| a.calls.contains(&call.id) && flows.iter().any(|f| serves(&a.id, f)));
    unique(of.map(|a| a.name.as_str()))
}

/// Sorted, each once.
fn unique<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut items: Vec<&str> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// `a, b, c and 4 more`.
fn named(items: &[&str]) -> String {
    let shown = items.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if items.len() > NAMED { format!("{shown} and {} more", items.len() - NAMED) } else { shown }
}

fn at(location: &Location) -> String {
    format!("{}:{}", location.file, location.line)
}

/// `is sent to OpenAI (gpt-4o)`: the verb of most rules.
fn sent(call: &ModelCall, be: &str) -> String {
    if call.provider == "local" {
        format!("{be} given to {}", words::recipient_of(call))
    } else {
        format!("{be} sent to {}", words::recipient_of(call))
    }
}

#[cfg(test)]
mod tests;
