//! The program as people and build servers run it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Folder, repository};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// How many model calls personal data reach.
fn reached(report: &Value) -> usize {
    let calls: BTreeSet<&str> =
        report["flows"].as_array().unwrap().iter().map(|f| f["call"].as_str().unwrap()).collect();
    calls.len()
}

fn scan(folder: &Folder, args: &[&str]) -> Value {
    json(&folder.towhom(&[&["scan", "--format", "json"], args].concat()).ends_with(0).out)
}

fn flows(folder: &Folder, args: &[&str]) -> usize {
    reached(&scan(folder, args))
}

#[test]
fn exit_codes() {
    let folder = Folder::with_a_flow();
    folder.towhom(&["scan"]).ends_with(0);
    folder.towhom(&["scan", "--fail-on", "any"]).ends_with(1);
    folder.towhom(&["scan", "--fail-on", "low"]).ends_with(1);
    folder.towhom(&["scan", "-o", "a.json", "--fail-on", "any"]).ends_with(1);
    // Readers of SARIF take another code for a failed run.
    folder.towhom(&["scan", "-o", "a.sarif", "--fail-on", "any"]).ends_with(0);
    folder.towhom(&["scan", "--fail-on", "everything"]).ends_with(2);
    folder.towhom(&["scam"]).ends_with(2);
    folder.towhom(&[]).ends_with(2);
    folder.towhom(&["--version"]).ends_with(0);
    assert!(folder.towhom(&["scan", "--help"]).ends_with(0).out.contains("--include-tests"));
}

#[test]
fn a_missing_path_is_named() {
    let run = Folder::new().towhom(&["scan", "nowhere", "-o", "a.json"]).ends_with(2);
    assert_eq!(run.err, "error: there is no file or folder `nowhere`; give the path of the repository to scan\n");
    assert_eq!(run.out, "");
}

#[test]
fn a_misspelt_setting_is_an_error() {
    let folder = Folder::with_a_flow();
    folder.write("towhom.toml", "exclude = []\n[[sauce]]\nname = 'x'\n");
    let run = folder.towhom(&["scan", "-o", "a.json"]).ends_with(2);
    assert!(run.err.contains("towhom.toml:2: unknown key `sauce`"), "{}", run.err);
    assert_eq!(folder.names(), ["app.py", "towhom.toml"], "a failed run writes nothing");
    let run = folder.towhom(&["scan", "--config", "other.toml"]).ends_with(2);
    assert!(run.err.contains("other.toml"), "{}", run.err);
}

#[test]
fn several_reports_of_one_run() {
    let folder = Folder::with_a_flow();
    let run = folder.towhom(&["scan", "-o", "a.json", "-o", "a.sarif", "-o", "a.txt", "-f", "json"]).ends_with(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert_eq!(folder.names(), ["a.json", "a.sarif", "a.txt", "app.py"], "no temporary file is left");
    assert_eq!(reached(&json(&folder.read("a.json"))), 1);
    assert!(folder.read("a.txt").contains("OpenAI"));
    let sarif = json(&folder.read("a.sarif"));
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "app.py");
    assert!(result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len() > 1);
}

#[test]
fn an_output_that_cannot_be_written() {
    let folder = Folder::with_a_flow();
    folder.write("a.json", "the old report");
    let run = folder.towhom(&["scan", "-o", "no/such/folder/a.sarif", "-o", "a.json"]).ends_with(2);
    assert!(run.err.contains("does not exist; create it first"), "{}", run.err);
    let run = folder.towhom(&["scan", "nowhere", "-o", "a.json"]).ends_with(2);
    assert!(run.err.starts_with("error: "), "{}", run.err);
    assert_eq!(folder.read("a.json"), "the old report");
    folder.towhom(&["scan", "-o", "a.xml"]).ends_with(2);
    folder.towhom(&["scan", "-o", "a.json", "-o", "a.json"]).ends_with(2);
}

#[test]
fn the_small_commands() {
    let folder = Folder::new();
    let rules = folder.towhom(&["explain"]).ends_with(0).out;
    for rule in rules.lines().filter_map(|l| l.split_whitespace().next()) {
        assert!(folder.towhom(&["explain", rule]).ends_with(0).out.len() > 200, "{rule}");
    }
    assert!(rules.contains("personal-data-to-model"));
    let run = folder.towhom(&["explain", "no-such-rule"]).ends_with(2);
    assert!(run.err.contains("there is no rule `no-such-rule`; the rules are: "), "{}", run.err);
    let schema = json(&folder.towhom(&["schema"]).ends_with(0).out);
    assert_eq!(schema["type"], "object");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(folder.towhom(&["completions", shell]).ends_with(0).out.contains("towhom"), "{shell}");
    }
}

#[test]
fn the_same_bytes_every_time() {
    let fixture = repository().join("fixtures/support-triage");
    let fixture = fixture.to_str().unwrap();
    let elsewhere = Folder::new();
    for format in ["text", "json", "sarif"] {
        let run =
            |threads: &str| elsewhere.towhom(&["scan", fixture, "-f", format, "--threads", threads]).ends_with(0).out;
        let first = run("1");
        assert_eq!(first, run("2"), "{format}: another number of threads");
        assert_eq!(first, run("1"), "{format}: another time");
        assert!(!first.contains(fixture), "{format}: no path of this machine");
    }
    // From within, and with a way there that is written differently.
    let folder = Folder::with_a_flow();
    folder.write("sub/other.py", "x = 1\n");
    let absolute = folder.path().to_str().unwrap().to_owned();
    let here = folder.towhom(&["scan", "-f", "json"]).ends_with(0).out;
    for way in ["./", "sub/..", &absolute] {
        assert_eq!(here, folder.towhom(&["scan", way, "-f", "json"]).ends_with(0).out, "{way}");
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let folder = Folder::with_a_flow();
    let colored = |args: &[&str], env: &[(&str, &str)]| {
        folder.towhom_with(&[&["scan"], args].concat(), env).ends_with(0).out.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "not into a pipe");
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]), "what is typed goes first");
    assert!(colored(&[], &[("FORCE_COLOR", "1")]));
    assert!(!colored(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[cfg(unix)]
#[test]
fn hostile_names_reach_no_terminal() {
    let folder = Folder::with_a_flow();
    let program = folder.read("app.py");
    folder.write("we\u{1b}[31mird\nname\u{202e}.py", program.replace("gpt-4o", "gpt\\x1b[2J"));
    let text = folder.towhom(&["scan", "--paths"]).ends_with(0).out;
    assert!(text.contains("ird") && !text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    let sarif = folder.towhom(&["scan", "-f", "sarif"]).ends_with(0).out;
    json(&sarif);
    assert!(!sarif.contains('\u{1b}'));
    assert_eq!(flows(&folder, &[]), 2);
}

#[test]
fn an_empty_folder_and_a_single_file() {
    let folder = Folder::new();
    let run = folder.towhom(&["scan", "--fail-on", "any"]).ends_with(0);
    assert!(run.out.contains("0 files"), "{}", run.out);
    let folder = Folder::with_a_flow();
    folder.write("second.py", folder.read("app.py"));
    assert_eq!(flows(&folder, &[]), 2);
    assert_eq!(flows(&folder, &["app.py"]), 1);
}

#[test]
fn junk_is_skipped_and_counted() {
    let folder = Folder::with_a_flow();
    folder.write("junk.py", (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>());
    folder.write("zeros.ts", [0u8; 1000]);
    folder.write("broken.ipynb", "{\"cells\": [");
    folder.write("not-a-notebook.ipynb", "[1, 2]");
    folder.write("empty.py", "");
    folder.write("large.py", vec![b'#'; 3 << 20]);
    assert_eq!(flows(&folder, &[]), 1);
    let coverage = &scan(&folder, &[])["coverage"];
    assert!(coverage["files_skipped"]["too large"] == 1, "{coverage}");
}

#[test]
fn what_does_not_parse_hides_nothing_else() {
    let folder = Folder::with_a_flow();
    folder.write("bad.py", folder.read("app.py") + "\n\ndef broken(:\n    return )\n");
    let report = scan(&folder, &[]);
    assert_eq!(reached(&report), 2);
    assert_eq!(report["coverage"]["files_with_errors"], 1);
    assert_eq!(report["diagnostics"][0]["kind"], "syntax-error");
    assert_eq!(report["diagnostics"][0]["location"]["file"], "bad.py");
}

#[test]
fn deep_nesting_is_no_danger() {
    let folder = Folder::with_a_flow();
    let deep = 20_000;
    folder.write("brackets.py", format!("x = {}1{}\n", "(".repeat(deep), ")".repeat(deep)));
    folder.write("lists.ts", format!("export const x = {}{};\n", "[".repeat(deep), "]".repeat(deep)));
    folder.write("sum.py", format!("x = 1{}\n", " + y".repeat(deep)));
    folder.write("calls.ts", format!("export const z = f{};\n", "()".repeat(deep)));
    folder.write("members.py", format!("x = a{}\n", ".b".repeat(deep)));
    folder.write("open.py", "{".repeat(deep));
    assert_eq!(flows(&folder, &[]), 1);
}

#[test]
fn what_is_ignored_is_not_read() {
    for ignore in [".gitignore", ".towhomignore"] {
        let folder = Folder::with_a_flow();
        folder.write("drafts/copy.py", folder.read("app.py"));
        assert_eq!(flows(&folder, &[]), 2, "{ignore}");
        folder.write(ignore, "drafts/\n");
        assert_eq!(flows(&folder, &[]), 1, "{ignore}");
    }
    let folder = Folder::with_a_flow();
    folder.write("drafts/copy.py", folder.read("app.py"));
    assert_eq!(flows(&folder, &["--exclude", "drafts/"]), 1);
    folder.write("towhom.toml", "exclude = ['drafts/']");
    assert_eq!(flows(&folder, &[]), 1);
    folder.write("node_modules/x/index.py", folder.read("app.py"));
    assert_eq!(flows(&folder, &[]), 1);
}

#[test]
fn calls_in_tests_are_counted_apart() {
    let folder = Folder::new();
    folder.write("tests/test_app.py", Folder::with_a_flow().read("app.py"));
    let report = scan(&folder, &[]);
    assert_eq!((reached(&report), &report["coverage"]["calls_in_test"]), (0, &Value::from(1)));
    assert_eq!(flows(&folder, &["--include-tests"]), 1);
}
