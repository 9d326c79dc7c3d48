//! Every rule has what its readers need, and every flow is told once.

use std::collections::BTreeMap;

use super::*;
use crate::report::sample;

#[test]
fn rules_are_complete() {
    for rule in RULES {
        assert_eq!(RULES.iter().filter(|r| r.id == rule.id).count(), 1, "{}", rule.id);
        assert_ne!(rule.id, rule.name);
        assert!(rule.short.ends_with('.') && rule.full.ends_with('.'), "{}", rule.id);
        assert!(rule.full.len() <= 1024 && rule.name.len() <= 255);
        assert!(["high", "medium", "low"].contains(&rule.precision));
        for title in [
            "What it means",
            "What usually solves it",
            "How to accept it",
            "What this rule cannot see",
            "Legal background",
        ] {
            assert!(rule.help_markdown.contains(&format!("## {title}\n")), "{}: {title}", rule.id);
        }
    }
}

#[test]
fn every_flow_is_told_once() {
    let inv = sample::wide();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for flow in all(&inv).iter().flat_map(|f| &f.flows) {
        *told.entry(&flow.id).or_default() += 1;
    }
    for flow in &inv.flows {
        let in_test = inv.call(&flow.call).is_some_and(|c| c.in_test);
        assert_eq!(told.get(flow.id.as_str()).copied().unwrap_or(0), usize::from(!in_test), "{}", flow.id);
    }
}

#[test]
fn every_rule_finds_something() {
    let inv = sample::wide();
    let found = findings(&inv);
    for rule in RULES {
        assert!(found.iter().any(|f| f.rule.id == rule.id), "{}", rule.id);
    }
    assert!(found.is_sorted_by(|a, b| a.level >= b.level));
}

#[test]
fn a_safeguard_lowers_and_is_named() {
    let inv = sample::wide();
    let found = findings(&inv);
    let health = found.iter().find(|f| f.category == "health").expect("there");
    assert_eq!(health.level, Level::Note);
    assert!(health.message.contains("redaction by redact (app/reply.py:12)"), "{}", health.message);
}

#[test]
fn finding_personal_data_is_not_removing_it() {
    let mut inv = sample::wide();
    for safeguard in inv.flows.iter_mut().flat_map(|f| &mut f.safeguards) {
        safeguard.kind = "detection".into();
    }
    let found = findings(&inv);
    let health = found.iter().find(|f| f.category == "health").expect("there");
    assert_eq!(health.level, Level::Error);
    assert!(health.message.contains("redact looks at it but does not take it out"), "{}", health.message);
}

#[test]
fn a_model_on_this_machine_is_no_recipient() {
    let mut inv = sample::triage();
    inv.model_calls[0].provider = "local".into();
    let found = findings(&inv);
    let email = found.iter().find(|f| f.category == "email").expect("there");
    assert_eq!(email.level, Level::Note);
    assert!(email.message.contains("is given to a local model"), "{}", email.message);
}

#[test]
fn ids_do_not_depend_on_lines() {
    let mut inv = sample::wide();
    let ids = |inv: &Inventory| findings(inv).iter().map(|f| f.id.clone()).collect::<std::collections::BTreeSet<_>>();
    let before = ids(&inv);
    for call in &mut inv.model_calls {
        call.location.line += 7;
    }
    for flow in &mut inv.flows {
        flow.source.location.line += 3;
    }
    assert_eq!(before, ids(&inv));
}

#[test]
fn explanations() {
    assert!(explain("no-such-rule").is_none());
    insta::assert_snapshot!(explain("personal-data-to-model").expect("a rule"));
    insta::assert_snapshot!(list());
}
