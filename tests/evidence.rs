//! What configuration files say, and what is made of it.

use crate::support::{Folder, repository, scan};

/// Each line of what the configuration files of a program say: file and line, kind, name, value, provider.
#[test]
fn configuration_files_are_evidence() {
    let found = scan(&repository().join("fixtures/programs/python/configured"));
    let lines: Vec<String> = found
        .configuration
        .iter()
        .map(|f| {
            let of = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".into());
            let at = format!("{}:{}", f.location.file, f.location.line);
            format!("{at} {} {} {} {}", f.kind, f.name, of(&f.value), of(&f.provider))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(found.coverage.undeclared_services, ["summariser"]);
    let text = serde_json::to_string(&found).unwrap();
    for secret in ["this-is-no-key", "secret@", "abcdef", "key=1", "hunter22", "swordfish"] {
        assert!(!text.contains(secret), "{secret} is shown");
    }
}

#[test]
fn a_variable_that_no_sdk_reads_is_named() {
    let found = scan(&repository().join("fixtures/programs/python/agents-tracing"));
    let said: Vec<_> =
        found.diagnostics.iter().filter(|d| d.kind == "ineffective-setting").map(|d| d.message.as_str()).collect();
    assert_eq!(
        said,
        ["OPENAI_TRACING_DISABLED is set, but openai-agents reads OPENAI_AGENTS_DISABLE_TRACING: its tracing stays on"]
    );
}

#[test]
fn a_file_of_ones_own_is_evidence() {
    let folder = Folder::new();
    let json = r#"{ "assistant": { "model": "letters-large", "host": "https://llm.acme.example" } }"#;
    folder.write("config/assistant.json", json);
    let rows = r#"
[[configuration]]
file = ["config/*.json"]
path = "assistant > model"
kind = "model"
provider = "acme"
"#;
    folder.write("towhom.toml", rows);
    let found = scan(folder.path());
    let said: Vec<_> =
        found.configuration.iter().map(|f| (f.kind.as_str(), f.name.as_str(), f.value.as_deref())).collect();
    assert_eq!(said, [("model", "assistant.model", Some("letters-large"))]);
    assert_eq!(found.configuration[0].provider.as_deref(), Some("acme"));
}
