//! The marks around a generated document: by their checksum edits by hand are seen, by their state what has changed.
//!
//! What stands before and after the marks belongs to people and stays.

use std::collections::BTreeMap;

use anyhow::bail;

const BEGIN: &str = "<!-- towhom:begin ";
const END: &str = "<!-- towhom:end ";

/// A generated document with its marks.
#[must_use]
pub fn wrap(text: &str, language: &str, state: &[(String, String)]) -> String {
    let body = format!("\n{}\n", text.trim_end());
    let sum = checksum(&body);
    let state: Vec<String> = state.iter().map(|(part, hash)| format!("{part}={hash}")).collect();
    format!("{BEGIN}checksum={sum} lang={language} -->{body}{END}{} -->\n", state.join(" "))
}

/// A document as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    pub before: &'a str,
    pub after: &'a str,
    pub language: &'a str,
    /// Part and hash.
    pub state: BTreeMap<&'a str, &'a str>,
    /// Somebody changed something between the marks.
    pub edited: bool,
}

/// The marks of a document; nothing where it has none.
#[must_use]
pub fn find(text: &str) -> Option<Found<'_>> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (head, rest) = rest.split_once(" -->")?;
    let (body, rest) = rest.rsplit_once(END)?;
    let (tail, after) = rest.split_once(" -->")?;
    let pairs = |text: &'_ str| -> BTreeMap<String, String> {
        text.split_whitespace().filter_map(|p| p.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    };
    let head_pairs = pairs(head);
    let value = |name: &str| head.split_whitespace().filter_map(|p| p.split_once('=')).find(|(k, _)| *k == name);
    Some(Found {
        before,
        after: after.strip_prefix('\n').unwrap_or(after),
        language: value("lang").map_or("en", |(_, v)| v),
        state: tail.split_whitespace().filter_map(|p| p.split_once('=')).collect(),
        edited: head_pairs.get("checksum").is_none_or(|sum| *sum != checksum(body)),
    })
}

/// The file as it is to be written: `fresh` (with its marks) in the place of the old document.
///
/// # Errors
/// If that would lose what people wrote, unless `force`.
pub fn merge(old: &str, fresh: &str, file: &str, force: bool) -> anyhow::Result<String> {
    if old.trim().is_empty() {
        return Ok(fresh.to_owned());
    }
    match find(old) {
        None if force => Ok(fresh.to_owned()),
        None => bail!("`{file}` was not written by towhom; choose another file, or --force to replace it"),
        Some(found) if found.edited && !force => bail!(
            "`{file}` was edited by hand between the marks of towhom, and this would lose the edit; put answers and \
             corrections into dpia.toml, text of your own before or after the marks, then run with --force"
        ),
        Some(found) => Ok(format!("{}{fresh}{}", found.before, found.after)),
    }
}

/// Line ends do not count: Git may change them.
fn checksum(text: &str) -> String {
    crate::dpia::hash(&[text.replace("\r\n", "\n")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_seen_and_text_around_stays() {
        let state = [("a1".to_owned(), "x9".to_owned())];
        let first = wrap("# One\n", "en", &state);
        let found = find(&first).unwrap();
        assert!(!found.edited && found.state["a1"] == "x9" && found.language == "en");
        assert!(!find(&first.replace('\n', "\r\n")).unwrap().edited);

        let around = format!("Our introduction.\n{first}Our end.\n");
        let second = wrap("# Two\n", "en", &[]);
        let merged = merge(&around, &second, "DPIA.md", false).unwrap();
        assert!(merged.starts_with("Our introduction.\n<!--") && merged.ends_with("-->\nOur end.\n"));
        assert!(merged.contains("# Two") && !merged.contains("# One"));

        let edited = around.replace("# One", "# Won");
        assert!(find(&edited).unwrap().edited);
        let error = merge(&edited, &second, "DPIA.md", false).unwrap_err().to_string();
        assert!(error.contains("edited by hand") && error.contains("DPIA.md"), "{error}");
        assert!(merge(&edited, &second, "DPIA.md", true).unwrap().starts_with("Our introduction."));
        assert!(merge("my notes", &second, "DPIA.md", false).is_err());
        assert_eq!(merge("", &second, "DPIA.md", false).unwrap(), second);
    }
}
