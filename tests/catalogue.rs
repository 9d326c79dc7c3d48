//! Every row of the catalogue at work: code as people write it, in `fixtures/catalogue`, with what is expected at the line
//! of the call.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use towhom::ScanOptions;
use towhom::catalogue::Catalogue;

use crate::fixtures::differences;
use crate::support::repository;

/// Operations whose rows send nothing, so that no call is reported for them.
const NO_SEND: [&str; 8] = ["propagate", "config", "tool", "ui", "db_read", "db_write", "http_out", "search"];

fn cases() -> PathBuf {
    repository().join("fixtures/catalogue")
}

fn check(language: &str) {
    let wrong = differences(&cases().join(language));
    assert!(wrong.is_empty(), "\nfixtures/catalogue/{language}\n    {}", wrong.join("\n    "));
}

#[test]
fn calls_in_python() {
    check("python");
}

#[test]
fn calls_in_typescript() {
    check("js");
}

/// A row without a case is a row nobody knows to work.
#[test]
fn every_row_has_a_case() {
    let options = ScanOptions { root: cases(), include_tests: true, ..ScanOptions::default() };
    let recognised = towhom::recognise(&options).unwrap();
    let reported: BTreeSet<(String, u32)> = towhom::scan(&options, &|_, _, _| ())
        .unwrap()
        .model_calls
        .iter()
        .map(|c| (c.location.file.to_string(), c.location.line))
        .collect();
    let mut missing = String::new();
    for row in &Catalogue::builtin().unwrap().calls {
        let mut at = recognised.iter().filter(|r| r.row == row.id).map(|r| &r.location).peekable();
        if at.peek().is_none() {
            let _ = writeln!(missing, "{}: no call in fixtures/catalogue is recognised by this row", row.id);
        } else if !NO_SEND.contains(&row.op.as_str()) && !at.any(|l| reported.contains(&(l.file.to_string(), l.line))) {
            let _ = writeln!(missing, "{}: its cases are recognised, but no call is reported", row.id);
        }
    }
    assert!(missing.is_empty(), "\n{missing}");
}
