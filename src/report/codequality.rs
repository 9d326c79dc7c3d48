//! Findings as a GitLab code quality report, which merge requests show beside the changed lines.

use serde_json::json;

use super::text::{clean, is_about_suppression, joined};
use crate::id;
use crate::inventory::Inventory;
use crate::rules::{self, Level};

/// A JSON array, with a line end at the end. `prefix` is the path of the scanned folder from the root of the repository.
#[must_use]
pub fn render(inv: &Inventory, prefix: Option<&str>) -> String {
    let entry = |check: &str, severity: &str, key: &str, description: &str, at: &crate::inventory::Location| {
        let path = joined(prefix, &at.file);
        json!({
            "description": clean(description),
            "check_name": check,
            // One of each in a report, and the same as long as the finding is.
            "fingerprint": id::of("", &[check, key]),
            "severity": severity,
            "location": {
                "path": path,
                "lines": { "begin": at.line.max(1), "end": at.end_line.max(at.line).max(1) },
            },
        })
    };
    let findings = rules::findings(inv);
    let mut entries: Vec<serde_json::Value> = Vec::new();
    for finding in &findings {
        let severity = match finding.level {
            Level::Error => "critical",
            Level::Warning => "major",
            Level::Note => "minor",
        };
        entries.push(entry(finding.rule.id, severity, &finding.id, &finding.message, finding.location));
    }
    for remark in inv.diagnostics.iter().filter(|d| is_about_suppression(d)) {
        if let Some(at) = &remark.location {
            let key = format!("{}:{}:{}:{}", at.file, at.line, at.column, remark.message);
            entries.push(entry(&remark.kind, "minor", &key, &remark.message, at));
        }
    }
    let mut text = serde_json::to_string_pretty(&entries).expect("entries have only string keys");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::report::sample;

    /// What GitLab requires of an entry, and that no two have one fingerprint.
    #[test]
    fn has_what_gitlab_requires() {
        let entries: Vec<Value> = serde_json::from_str(&render(&sample::wide(), Some("api"))).expect("is JSON");
        assert_eq!(entries.len(), rules::findings(&sample::wide()).len());
        let mut seen = BTreeSet::new();
        for entry in &entries {
            assert!(entry["description"].as_str().is_some_and(|d| !d.is_empty() && !d.contains('\u{1b}')));
            assert!(rules::rule(entry["check_name"].as_str().expect("text")).is_some());
            assert!(["minor", "major", "critical"].contains(&entry["severity"].as_str().expect("text")));
            assert!(entry["location"]["path"].as_str().is_some_and(|p| p.starts_with("api/")));
            assert!(entry["location"]["lines"]["begin"].as_u64().is_some_and(|n| n > 0));
            assert!(seen.insert(entry["fingerprint"].as_str().expect("text").to_owned()));
        }
        assert_eq!(render(&Inventory::default(), None), "[]\n");
    }
}
