//! Every row of the catalogue at work: code as people write it, in `fixtures/catalogue`, with what is expected at the line
//! of the call.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use towhom::ScanOptions;
use towhom::catalogue::Catalogue;

use crate::fixtures::differences;
use crate::support::{Folder, repository};

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
        let given = || recognised.iter().any(|r| r.row == row.id && r.given);
        if at.peek().is_none() {
            let _ = writeln!(missing, "{}: no call in fixtures/catalogue is recognised by this row", row.id);
        } else if !(given() || row.content.is_empty() && row.files.is_empty()) {
            let _ = writeln!(missing, "{}: none of its cases has an argument that it says is sent", row.id);
        } else if !NO_SEND.contains(&row.op.as_str()) && !at.any(|l| reported.contains(&(l.file.to_string(), l.line))) {
            let _ = writeln!(missing, "{}: its cases are recognised, but no call is reported", row.id);
        }
    }
    assert!(missing.is_empty(), "\n{missing}");
}

#[test]
fn the_command_lists_what_is_known() {
    let folder = Folder::with_a_flow();
    let all = folder.towhom(&["catalogue"]).ends_with(0).out;
    for part in ["python · openai", "js · ai", "chat.completions.create", "Anthropic", "api.openai.com", "hosts"] {
        assert!(all.contains(part), "{part} is not listed");
    }
    let few = folder.towhom(&["catalogue", "cohere", "--language", "python", "--operation", "rerank"]).ends_with(0).out;
    assert!(few.contains("python · cohere") && !few.contains("js · ") && !few.contains("embed"), "{few}");
    let used = folder.towhom(&["catalogue", "--used-in", "app.py", "--format", "json"]).ends_with(0).out;
    let used: serde_json::Value = serde_json::from_str(&used).unwrap();
    assert_eq!(used["calls"].as_array().unwrap().len(), 1);
    assert_eq!(used["calls"][0]["id"], "openai.python.chat.create");
    assert_eq!(used["calls"][0]["own"], false);
}

#[test]
fn the_command_marks_rows_of_ones_own() {
    let folder = Folder::new();
    folder.write(
        "towhom.toml",
        r#"
[[provider]]
id = "acme-llm"
name = "Acme model gateway"
host = "llm.acme.example"

[[type]]
id = "acme.client"
lang = "python"
package = "acme_llm"
provider = "acme-llm"
ctor = ["acme_llm.Client"]

[[call]]
id = "acme.generate"
lang = "python"
package = "acme_llm"
provider = "by-type"
op = "chat"
on = "acme.client"
chain = ["generate"]
content = ["prompt"]
"#,
    );
    let text = folder.towhom(&["catalogue", "acme"]).ends_with(0).out;
    assert!(text.contains("python · acme_llm\n* chat"), "{text}");
    assert!(text.contains("* llm.acme.example"), "{text}");
    assert!(text.ends_with("* from towhom.toml\n"), "{text}");
}

#[test]
fn what_is_asked_wrongly_ends_with_2() {
    let folder = Folder::new();
    let run = folder.towhom(&["catalogue", "no-such-sdk"]).ends_with(2);
    assert!(run.err.contains("nothing in the catalogue fits"), "{}", run.err);
    folder.towhom(&["catalogue", "--language", "cobol"]).ends_with(2);
    folder.towhom(&["catalogue", "--used-in", "nowhere"]).ends_with(2);
    folder.towhom(&["catalogue", "--config", "nowhere.toml"]).ends_with(2);
}
