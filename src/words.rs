//! The words people read for the ids in an inventory: providers, data categories, operations, uses of an answer.
//!
//! An id that is not listed here is shown as it stands, so a user's own catalogue rows need no entry.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::inventory::{Flow, ModelCall};

/// Id and the name its vendor uses, as `queries/providers.toml` has them.
static RECIPIENTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Row {
        id: String,
        name: String,
    }
    #[derive(Deserialize)]
    struct Names {
        provider: Vec<Row>,
    }
    let names = toml::from_str::<Names>(include_str!("../queries/providers.toml"));
    names.map(|n| n.provider.into_iter().map(|r| (r.id, r.name)).collect()).unwrap_or_default()
});

/// Category id, short label, the same for one item and for several as they begin a sentence. In the order of reports:
/// what identifies a person first, free text and the rest last.
#[rustfmt::skip]
const CATEGORIES: &[(&str, &str, &str, &str)] = &[
    ("name", "name", "A person's name", "Names of people"),
    ("email", "e-mail", "An e-mail address", "E-mail addresses"),
    ("phone", "phone", "A phone number", "Phone numbers"),
    ("postal_address", "postal address", "A postal address", "Postal addresses"),
    ("dob", "date of birth", "A date of birth", "Dates of birth"),
    ("national_id", "national id", "A national identification number", "National identification numbers"),
    ("health", "health", "Health data", "Health data"),
    ("biometric", "biometric", "Biometric data", "Biometric data"),
    ("financial", "financial", "Financial data", "Financial data"),
    ("employment", "employment", "Employment data", "Employment data"),
    ("education", "education", "Education data", "Education data"),
    ("credentials", "credentials", "A credential", "Credentials"),
    ("location", "location", "Location data", "Location data"),
    ("photo", "photo", "A picture of a person", "Pictures of people"),
    ("ip_address", "ip address", "An IP address", "IP addresses"),
    ("online_identifier", "online id", "An online identifier", "Online identifiers"),
    ("communications_content", "messages", "The content of a message", "The content of messages"),
    ("free_text", "free text", "Free text", "Free text"),
    ("special_category", "special", "Special-category data", "Special-category data"),
    ("other", "other", "Other personal data", "Other personal data"),
];

/// The name of a recipient.
pub(crate) fn recipient(id: &str) -> &str {
    match id {
        "local" => "a local model",
        "by-config" => "a provider set by configuration",
        _ => RECIPIENTS.get(id).map_or(id, String::as_str),
    }
}

/// A category in a table or list.
pub(crate) fn category(id: &str) -> &str {
    CATEGORIES.iter().find(|c| c.0 == id).map_or(id, |c| c.1)
}

/// A category at the start of a sentence, for one item or several.
pub(crate) fn category_sentence(id: &str, several: bool) -> String {
    match CATEGORIES.iter().find(|c| c.0 == id) {
        Some(c) => if several { c.3 } else { c.2 }.to_string(),
        None => format!("Personal data ({id})"),
    }
}

/// Whether the words of [`category_sentence`] need a plural verb when they stand for several items.
pub(crate) fn counts(id: &str) -> bool {
    CATEGORIES.iter().any(|c| c.0 == id && c.2 != c.3 && id != "communications_content")
}

/// Where a category stands in a report.
pub(crate) fn category_rank(id: &str) -> usize {
    CATEGORIES.iter().position(|c| c.0 == id).unwrap_or(CATEGORIES.len())
}

/// An operation, as a noun.
pub(crate) fn operation(id: &str) -> &str {
    match id {
        "agent_run" => "agent run",
        "file_upload" => "file upload",
        "fine_tune" => "fine-tuning",
        "local_inference" => "local inference",
        "vector_upsert" => "vector store",
        _ => id,
    }
}

/// What a further recipient of a call does with the data.
pub(crate) fn role(id: &str) -> &str {
    match id {
        "store" => "keeps it",
        "model" => "runs the model",
        "observability" => "records it",
        "tool_server" => "runs tools that the model calls",
        _ => id,
    }
}

/// A use of an answer, as it stands before what it is used for.
pub(crate) fn answer_use(id: &str) -> &str {
    match id {
        "stored" => "stored",
        "returned_to_user" => "returned to the user",
        "sent" => "sent on",
        "decision" => "decides",
        "tool_execution" => "runs a tool",
        "fed_to_model" => "fed to a model",
        _ => id,
    }
}

/// Who receives what a call sends, with the model: `OpenAI (gpt-4o)`, `OpenAI or Anthropic (as configured)`.
pub(crate) fn recipient_of(call: &ModelCall) -> String {
    let mut names = vec![recipient(&call.provider)];
    let mut more: Vec<&str> = call.model.as_deref().into_iter().collect();
    if call.provider == "by-config" && !call.candidates.is_empty() {
        names.clear();
        for name in call.candidates.iter().map(|c| recipient(&c.provider)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        more.push(if call.candidates.len() == 1 { "unless configured otherwise" } else { "as configured" });
    }
    let mut text = alternatives(&names);
    if !more.is_empty() {
        text.push_str(&format!(" ({})", more.join(", ")));
    }
    if let Some(gateway) = &call.gateway {
        text.push_str(&format!(" through {}", recipient(gateway)));
    }
    text
}

/// `a`, `a or b`, `a, b or c`.
fn alternatives(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_string(),
        [many @ .., last] => format!("{} or {last}", many.join(", ")),
    }
}

/// `1 file`, `2 files`; a plural that is not made with `s` is written out: `activity/activities`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    match (n, noun.split_once('/')) {
        (1, Some((one, _))) => format!("1 {one}"),
        (_, Some((_, many))) => format!("{n} {many}"),
        (1, None) => format!("1 {noun}"),
        (_, None) => format!("{n} {noun}s"),
    }
}

/// The ways of a flow that are not listed: how many, and where the first of them run.
#[must_use]
pub(crate) fn other_ways(flow: &Flow) -> Option<String> {
    if flow.other_ways == 0 {
        return None;
    }
    let places: Vec<String> = flow.other_ways_by.iter().map(|l| format!("{}:{}", l.file, l.line)).collect();
    let by = if places.is_empty() { String::new() } else { format!(", by {}", places.join(", ")) };
    let more = if places.len() < flow.other_ways && !places.is_empty() { " …" } else { "" };
    Some(format!("{}{by}{more}", count(flow.other_ways, "other way")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_have_names() {
        assert_eq!(recipient("stability"), "Stability AI");
        assert_eq!(recipient("openai"), "OpenAI");
        assert_eq!(recipient("their_own"), "their_own");
    }

    #[test]
    fn counts_are_readable() {
        assert_eq!(count(1, "activity/activities"), "1 activity");
        assert_eq!(count(0, "activity/activities"), "0 activities");
        assert_eq!(count(2, "file"), "2 files");
        assert_eq!(alternatives(&["a", "b", "c"]), "a, b or c");
    }
}
