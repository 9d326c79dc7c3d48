//! Findings as annotations on a GitHub workflow run: workflow commands, one a line.
//!
//! GitHub shows 10 errors, 10 warnings and 10 notices of a step and drops the rest without a word, so the gravest come
//! first, the rest are counted, and where they can be read is said.

use std::fmt::Write as _;

use super::text::{clean, is_about_suppression, joined};
use crate::inventory::{Inventory, Location};
use crate::rules::{self, Level};

/// Annotations of one kind that GitHub shows of one step.
const SHOWN: usize = 10;

/// One line for each annotation, then how many are left out. `prefix` is the path of the scanned folder from the root of
/// the repository.
#[must_use]
pub fn render(inv: &Inventory, prefix: Option<&str>) -> String {
    let mut all: Vec<(Level, &Location, String, String)> = Vec::new();
    for finding in rules::findings(inv) {
        let title = format!("{} ({})", finding.rule.short.trim_end_matches('.'), finding.rule.id);
        all.push((finding.level, finding.location, title, finding.message));
    }
    for remark in inv.diagnostics.iter().filter(|d| is_about_suppression(d)) {
        if let Some(location) = &remark.location {
            all.push((Level::Warning, location, "A comment to towhom".to_owned(), remark.message.clone()));
        }
    }
    all.sort_by_key(|(level, ..)| std::cmp::Reverse(*level));
    let mut out = String::new();
    let mut left = 0;
    let mut shown = [0; 3];
    for (level, location, title, message) in all {
        let (kind, count) = match level {
            Level::Error => ("error", &mut shown[0]),
            Level::Warning => ("warning", &mut shown[1]),
            Level::Note => ("notice", &mut shown[2]),
        };
        *count += 1;
        if *count > SHOWN {
            left += 1;
            continue;
        }
        let _ = writeln!(
            out,
            "::{kind} file={},line={},endLine={},title={}::{}",
            property(&joined(prefix, &location.file)),
            location.line.max(1),
            location.end_line.max(location.line).max(1),
            property(&title),
            data(&message)
        );
    }
    if left > 0 {
        let _ = writeln!(
            out,
            "{left} more findings have no annotation: GitHub shows {SHOWN} of a kind. The job summary and the JSON and \
             SARIF files have all."
        );
    }
    out
}

/// As the runner unescapes it; one line without control characters.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_worked_case() {
        insta::assert_snapshot!(render(&sample::triage(), Some("services/api/")));
    }

    #[test]
    fn text_from_code_ends_no_command() {
        let mut inv = sample::triage();
        inv.outputs.clear();
        inv.flows[0].source.label = "a\n::error::b %0A ,title=x".into();
        inv.model_calls[0].location.file = "a,line=1:b%.py".into();
        let text = render(&inv, None);
        assert!(text.lines().all(|l| l.starts_with("::warning file=a%2Cline=1%3Ab%25.py,line=41,")), "{text}");
        assert!(text.contains("%250A"));
    }

    #[test]
    fn what_github_would_drop_is_counted() {
        let mut inv = sample::triage();
        for n in 0..30 {
            let mut call = sample::call(&format!("call{n}"), "app/more.py", n + 1);
            call.model = None;
            inv.flows.push(sample::flow(&call.id, "User.email", "email", 1, Vec::new()));
            inv.model_calls.push(call);
        }
        let text = render(&inv, None);
        let count = |kind: &str| text.lines().filter(|l| l.starts_with(&format!("::{kind} "))).count();
        assert_eq!(count("warning"), 10);
        assert!(count("notice") <= 10 && count("error") <= 10);
        let left: usize = text.lines().last().and_then(|l| l.split(' ').next()?.parse().ok()).expect("a number");
        assert_eq!(left + text.lines().count() - 1, rules::findings(&inv).len());
    }
}
