//! Findings that somebody has accepted: comments in the code, rows of `towhom.toml`, and a baseline.
//!
//! A suppression needs a reason, names what it is about, and is reported when it is of no use any more. What it accepts
//! stays in the inventory, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use globset::{GlobBuilder, GlobMatcher};

use crate::config::{Config, IgnoreRule};
use crate::inventory::{Diagnostic, Inventory, Location, Suppression};
use crate::rules::{self, Finding};

/// What a comment of the scanned code says to towhom.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) location: Location,
    /// The line that it is about.
    pub(crate) line: u32,
    /// What follows `towhom:`.
    pub(crate) text: String,
}

/// Let the comments and the rows of the configuration accept findings of the inventory.
///
/// # Errors
/// Where a row of the configuration names a rule that there is not.
pub(crate) fn settle(inventory: &mut Inventory, comments: &[Comment], config: &Config) -> anyhow::Result<()> {
    let mut said = Vec::new();
    let mut wishes: Vec<(Suppression, u32)> = Vec::new();
    for comment in comments {
        match read(&comment.text) {
            Ok((rules, reason)) => wishes.extend(rules.into_iter().map(|rule| {
                let suppression = Suppression {
                    kind: "inline".into(),
                    location: Some(comment.location.clone()),
                    rule: Some(rule),
                    path: None,
                    reason: reason.clone(),
                    findings: Vec::new(),
                };
                (suppression, comment.line)
            })),
            Err(message) => said.push(remark("bad-suppression", Some(comment.location.clone()), message)),
        }
    }
    let rows = config.ignores.iter().map(row).collect::<anyhow::Result<Vec<_>>>()?;

    let findings = rules::all(inventory);
    for (wish, line) in &mut wishes {
        let here = |f: &&Finding<'_>| wish.location.as_ref().is_some_and(|at| beside(f.location, at, *line));
        let of_rule = |f: &&Finding<'_>| wish.rule.as_deref() == Some(f.rule.id);
        wish.findings = findings.iter().filter(here).filter(of_rule).map(|f| f.id.clone()).collect();
    }
    let mut suppressions: Vec<Suppression> = wishes.into_iter().map(|(s, _)| s).collect();
    for (mut wish, glob) in rows {
        let there = |f: &&Finding<'_>| glob.as_ref().is_none_or(|g| g.is_match(&*f.location.file));
        let of_rule = |f: &&Finding<'_>| wish.rule.as_deref().is_none_or(|rule| rule == f.rule.id);
        wish.findings = findings.iter().filter(there).filter(of_rule).map(|f| f.id.clone()).collect();
        suppressions.push(wish);
    }
    for suppression in suppressions.iter_mut() {
        suppression.findings.sort();
        if suppression.findings.is_empty() {
            said.push(remark("unused-suppression", suppression.location.clone(), unused(suppression)));
        }
    }
    suppressions.sort();
    inventory.suppressions = suppressions;
    inventory.diagnostics.extend(said);
    Ok(())
}

/// Accept what an earlier inventory of the same code has already. `name` is what the user calls it.
///
/// A finding is accepted as long as it tells nothing new: the same rule, the same recipient and model, and no item of
/// data that the earlier one has not. Where its call is not found by its id any more, because it was moved or renamed,
/// an earlier one that is gone may stand for it.
pub fn accept(inventory: &mut Inventory, baseline: &Inventory, name: &str) {
    let old = rules::all(baseline);
    let new = rules::all(inventory);
    let ids: BTreeSet<&str> = new.iter().map(|f| f.id.as_str()).collect();
    let by_id: BTreeMap<&str, &Finding<'_>> = old.iter().map(|f| (f.id.as_str(), f)).collect();
    let mut gone: Vec<&Finding<'_>> = old.iter().filter(|f| !ids.contains(f.id.as_str())).collect();
    let mut accepted = Vec::new();
    for finding in &new {
        let known = match by_id.get(finding.id.as_str()) {
            Some(known) => tells_no_more(finding, known),
            None => {
                let moved = gone.iter().position(|known| tells_no_more(finding, known));
                moved.map(|at| gone.remove(at)).is_some()
            }
        };
        if known {
            accepted.push(finding.id.clone());
        }
    }
    accepted.sort();
    if !gone.is_empty() {
        let message = format!(
            "{} no longer there; write it anew with --write-baseline, so that nothing comes back unseen",
            if gone.len() == 1 {
                format!("1 finding of {name} is")
            } else {
                format!("{} findings of {name} are", gone.len())
            }
        );
        inventory.diagnostics.push(remark("stale-baseline", None, message));
        inventory.diagnostics.sort();
    }
    inventory.suppressions.push(Suppression {
        kind: "baseline".into(),
        location: None,
        rule: None,
        path: None,
        reason: format!("known when {name} was written"),
        findings: accepted,
    });
    inventory.suppressions.sort();
}

/// Whether a finding says nothing that an earlier one did not.
fn tells_no_more(new: &Finding<'_>, old: &Finding<'_>) -> bool {
    fn items<'a>(finding: &Finding<'a>) -> BTreeSet<(&'a str, &'a str)> {
        let flows = finding.flows.iter().map(|f| (f.source.label.as_str(), f.source.category.as_str()));
        flows.chain(finding.outputs.iter().map(|o| (o.label.as_str(), o.use_.as_str()))).collect()
    }
    let (a, b) = (new.call, old.call);
    new.rule.id == old.rule.id
        && new.category == old.category
        && new.level <= old.level
        && (&a.provider, &a.gateway, &a.operation) == (&b.provider, &b.gateway, &b.operation)
        && items(new).is_subset(&items(old))
}

/// `ignore[rule, rule] reason`: the rules and the reason.
fn read(text: &str) -> Result<(Vec<String>, String), String> {
    const FORM: &str = "`towhom: ignore[rule] reason`";
    let Some(rest) = text.strip_prefix("ignore") else {
        return Err(format!("`towhom: {text}` is not understood; the form is {FORM}"));
    };
    let Some((list, reason)) = rest.trim_start().strip_prefix('[').and_then(|r| r.split_once(']')) else {
        return Err(format!("`towhom: {text}` names no rule, so it has no effect; the form is {FORM}"));
    };
    let rules: Vec<String> = list.split(',').map(|r| r.trim().to_owned()).filter(|r| !r.is_empty()).collect();
    if rules.is_empty() {
        return Err(format!("`towhom: {text}` names no rule, so it has no effect; the form is {FORM}"));
    }
    if let Some(unknown) = rules.iter().find(|r| rules::rule(r).is_none()) {
        return Err(format!("{}, so this has no effect", no_rule(unknown)));
    }
    let reason = reason.trim_start_matches([':', '-', '–', ' ']).trim();
    if reason.is_empty() {
        return Err(format!("`towhom: {text}` gives no reason, so it has no effect; write why after the bracket"));
    }
    Ok((rules, reason.to_owned()))
}

fn no_rule(id: &str) -> String {
    let known: Vec<&str> = rules::RULES.iter().map(|r| r.id).collect();
    format!("there is no rule `{id}` (the rules are: {})", known.join(", "))
}

fn row(rule: &IgnoreRule) -> anyhow::Result<(Suppression, Option<GlobMatcher>)> {
    if let Some(id) = rule.rule.as_deref().filter(|id| rules::rule(id).is_none()) {
        bail!("[[ignore]] of towhom.toml: {}", no_rule(id));
    }
    // `legacy/` means what is in it, as in .gitignore.
    let glob = rule.path.as_deref().map(|p| if p.ends_with('/') { format!("{p}**") } else { p.to_owned() });
    let glob = glob.map(|g| GlobBuilder::new(g.trim_start_matches("./")).literal_separator(true).build());
    let suppression = Suppression {
        kind: "config".into(),
        location: None,
        rule: rule.rule.clone(),
        path: rule.path.clone(),
        reason: rule.reason.clone().unwrap_or_default(),
        findings: Vec::new(),
    };
    Ok((suppression, glob.transpose()?.map(|g| g.compile_matcher())))
}

/// Whether a comment about a line of a file is about what stands at a place. A call of several lines is meant by a
/// comment at its first and its last line.
fn beside(place: &Location, comment: &Location, line: u32) -> bool {
    place.file == comment.file && (place.line == line || place.end_line == line && comment.line == line)
}

fn unused(suppression: &Suppression) -> String {
    let what = match (&suppression.rule, &suppression.path) {
        (Some(rule), _) if suppression.kind == "inline" => {
            return format!("`towhom: ignore[{rule}]` accepts nothing here any more; remove it");
        }
        (Some(rule), Some(path)) => format!("rule = \"{rule}\", path = \"{path}\""),
        (Some(rule), None) => format!("rule = \"{rule}\""),
        (None, path) => format!("path = \"{}\"", path.as_deref().unwrap_or_default()),
    };
    format!("[[ignore]] {what} of towhom.toml accepts nothing; remove or correct it")
}

fn remark(kind: &str, location: Option<Location>, message: String) -> Diagnostic {
    Diagnostic { kind: kind.into(), location, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_comment() {
        let fine = |text: &str| read(text).unwrap();
        let rules = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            fine("ignore[personal-data-to-model] agreed, DPIA item D3"),
            (rules(&["personal-data-to-model"]), "agreed, DPIA item D3".to_owned())
        );
        assert_eq!(
            fine("ignore[free-text-to-model,personal-data-to-model]: both"),
            (rules(&["free-text-to-model", "personal-data-to-model"]), "both".to_owned())
        );
        let wrong = |text: &str| read(text).unwrap_err();
        assert!(wrong("ignore[personal-data-to-model]").contains("gives no reason"));
        assert!(wrong("ignore because").contains("names no rule"));
        assert!(wrong("ignore[] why").contains("names no rule"));
        assert!(
            wrong("ignore[personal-data] why").contains("there is no rule `personal-data` (the rules are: special")
        );
        assert!(wrong("hello").contains("is not understood"));
    }
}
