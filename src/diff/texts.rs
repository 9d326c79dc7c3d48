//! Texts under other names: what people write has a name in each function that hands it on, and none of its own.

use std::collections::BTreeSet;

use super::rows;
use super::unit::{Item, Unit};

/// Whether the other side has the text too, by another name: of a variable, a parameter, or a class that was renamed,
/// split or newly declared.
pub(super) fn is_known(label: &str, item: &Item<'_>, other: &Unit<'_>) -> bool {
    let from_outside = |item: &Item<'_>| item.flows.iter().any(|f| is_handed_in(&f.source.kind));
    if is_whole_request(item) {
        // A member that is none of personal data, or the whole where parts of it were known.
        return label.contains(": ") || other.items.values().any(from_outside);
    }
    if !is_text(item) || item.special {
        return false;
    }
    let own = words(label);
    other.items.iter().filter(|(_, o)| is_text(o)).any(|(name, _)| !own.is_disjoint(&words(name)))
}

/// Text that people write, and requests of which no more is known than that.
pub(super) fn is_text(item: &Item<'_>) -> bool {
    matches!(item.category, "free_text" | "communications_content") || is_whole_request(item)
}

fn is_whole_request(item: &Item<'_>) -> bool {
    item.category == "other" && item.flows.iter().all(|f| matches!(&*f.source.kind, "http_request" | "form"))
}

fn is_handed_in(kind: &str) -> bool {
    matches!(kind, "http_request" | "form" | "cli" | "field" | "read")
}

/// What tells a text from others in its name: `prevMessages.content` → `said`, `Ticket.body` → `ticket`.
fn words(label: &str) -> BTreeSet<String> {
    let names = rows::text_names();
    let all = split(label);
    let plain = |word: &String| {
        let one = word.strip_suffix('s').filter(|w| w.len() > 2).unwrap_or(word).to_owned();
        if names.said.contains(&one) { "said".to_owned() } else { one }
    };
    let all: BTreeSet<String> = all.iter().map(plain).collect();
    let telling: BTreeSet<String> = all.iter().filter(|w| !names.any.contains(w)).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

/// The words of a name in lower case: `AssistantMessage.content`, `chat_history` and `typed input: budgets`.
fn split(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|w| !w.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn what_is_said_has_many_names() {
        for name in ["query", "input.chat_history", "UserMessage.content", "prevMessages.content", "form input.content"]
        {
            assert!(words(name).contains("said"), "{name}");
        }
        assert_eq!(words("Ticket.body"), ["ticket".to_owned()].into());
        assert!(words("Ticket.body").is_disjoint(&words("Review.body")));
    }
}
