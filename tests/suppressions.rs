//! Findings that were accepted: by a comment, by a row of the configuration, by a baseline.

use serde_json::Value;

use crate::support::Folder;

/// A program that sends an e-mail address to one model, with this comment at the end of the call's first line.
fn with_comment(comment: &str) -> Folder {
    let folder = Folder::with_a_flow();
    let call = "client.chat.completions.create(";
    folder.write("app.py", folder.read("app.py").replace(call, &format!("{call}{comment}")));
    folder
}

fn inventory(folder: &Folder, args: &[&str]) -> Value {
    serde_json::from_str(&folder.towhom(&[&["scan", "-f", "json"], args].concat()).ends_with(0).out).unwrap()
}

/// The diagnostics of a kind.
fn said(folder: &Folder, kind: &str) -> Vec<String> {
    let report = inventory(folder, &[]);
    let all = report["diagnostics"].as_array().unwrap().iter();
    all.filter(|d| d["kind"] == kind).map(|d| d["message"].as_str().unwrap().to_owned()).collect()
}

fn code(folder: &Folder, args: &[&str]) -> Option<i32> {
    folder.towhom(&[&["scan", "--fail-on", "any"], args].concat()).code
}

#[test]
fn a_comment_with_a_reason_accepts() {
    let folder = with_comment("  # towhom: ignore[personal-data-to-model] item D1 of the DPIA");
    assert_eq!(code(&folder, &[]), Some(0));
    let report = inventory(&folder, &[]);
    let suppression = &report["suppressions"][0];
    assert_eq!(suppression["reason"], "item D1 of the DPIA");
    assert_eq!(suppression["location"]["line"], 16);
    assert_eq!(suppression["findings"].as_array().unwrap().len(), 1);
    assert!(!report["flows"].as_array().unwrap().is_empty(), "what happens stays in the inventory");
    let text = folder.towhom(&["scan"]).ends_with(0).out;
    assert!(text.contains("1 finding accepted, not reported: 1 in the code."), "{text}");
}

#[test]
fn the_line_above_and_the_last_line_do_too() {
    let folder = Folder::with_a_flow();
    let note = "# towhom: ignore[personal-data-to-model] item D1";
    let program = folder.read("app.py");
    folder.write("app.py", program.replace("    response = client", &format!("    {note}\n    response = client")));
    assert_eq!(code(&folder, &[]), Some(0));
    folder.write("app.py", program.replace("    )\n    return", &format!("    )  {note}\n    return")));
    assert_eq!(code(&folder, &[]), Some(0));
    folder.write("app.py", format!("{note}\n{program}"));
    assert_eq!(code(&folder, &[]), Some(1), "not from anywhere");
}

#[test]
fn typescript_and_notebooks() {
    let folder = Folder::new();
    let program = |note: &str| {
        format!(
            "import OpenAI from \"openai\";\nconst client = new OpenAI();\n\
             export async function greet(customer: {{ email: string }}) {{\n{note}\n  \
             return client.chat.completions.create({{\n    model: \"gpt-4o\",\n    \
             messages: [{{ role: \"user\", content: `Greet ${{customer.email}}` }}],\n  }});\n}}\n"
        )
    };
    folder.write("app.ts", program(""));
    assert_eq!(code(&folder, &[]), Some(1));
    folder.write("app.ts", program("  // towhom: ignore[personal-data-to-model] item D1"));
    assert_eq!(code(&folder, &[]), Some(0));

    let folder = with_comment("  # towhom: ignore[personal-data-to-model] item D1");
    let lines: Vec<String> = folder.read("app.py").lines().map(|l| format!("{l}\n")).collect();
    let cell = serde_json::json!({"cell_type": "code", "metadata": {}, "outputs": [], "source": lines});
    let book = serde_json::json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    folder.write("app.ipynb", serde_json::to_string_pretty(&book).unwrap());
    folder.write("app.py", "");
    assert_eq!(inventory(&folder, &[])["suppressions"][0]["location"]["cell"]["number"], 1);
    assert_eq!(code(&folder, &[]), Some(0));
}

#[test]
fn without_a_reason_or_a_rule_it_has_no_effect_and_that_is_said() {
    for (comment, expected) in [
        ("ignore[personal-data-to-model]", "gives no reason, so it has no effect"),
        ("ignore", "names no rule"),
        ("ignore[everything] because", "there is no rule `everything`"),
        ("ignored", "names no rule"),
        ("off", "is not understood"),
    ] {
        let folder = with_comment(&format!("  # towhom: {comment}"));
        assert_eq!(code(&folder, &[]), Some(1), "{comment}");
        let said = said(&folder, "bad-suppression");
        assert!(said.len() == 1 && said[0].contains(expected), "{comment}: {said:?}");
    }
}

#[test]
fn one_of_no_use_is_reported() {
    let folder = with_comment("  # towhom: ignore[free-text-to-model, personal-data-to-model] item D1");
    let unused = said(&folder, "unused-suppression");
    assert_eq!(unused, ["`towhom: ignore[free-text-to-model]` accepts nothing here any more; remove it"]);
    let text = folder.towhom(&["scan"]).ends_with(0).out;
    assert!(text.contains("note: app.py:16: `towhom: ignore[free-text-to-model]` accepts nothing here"), "{text}");
    // Nothing is reported in test code, so a comment there is neither used nor unused.
    let folder = Folder::new();
    folder.write("tests/test_a.py", "# towhom: ignore[personal-data-to-model] made-up data\nx = 1\n");
    assert_eq!(said(&folder, "unused-suppression"), [""; 0]);
}

#[test]
fn rows_of_the_configuration() {
    let folder = Folder::with_a_flow();
    let row = |rest: &str| format!("[[ignore]]\nreason = 'agreed'\n{rest}\n");
    for (rest, expected) in [
        ("rule = 'personal-data-to-model'", 0),
        ("path = 'app.py'", 0),
        ("path = '**/*.py'", 0),
        ("path = '*.ts'", 1),
        ("rule = 'free-text-to-model'\npath = 'app.py'", 1),
    ] {
        folder.write("towhom.toml", row(rest));
        assert_eq!(code(&folder, &[]), Some(expected), "{rest}");
        assert_eq!(said(&folder, "unused-suppression").len(), expected as usize, "{rest}");
    }
    let folder = Folder::new();
    folder.write("legacy/app.py", Folder::with_a_flow().read("app.py"));
    folder.write("towhom.toml", row("path = 'legacy/'"));
    assert_eq!(code(&folder, &[]), Some(0));
    folder.write("towhom.toml", row("rule = 'personal-data'"));
    let run = folder.towhom(&["scan"]).ends_with(2);
    assert!(run.err.contains("[[ignore]] of towhom.toml: there is no rule `personal-data`"), "{}", run.err);
}

#[test]
fn sarif_carries_them_or_leaves_them_out() {
    let folder = with_comment("  # towhom: ignore[personal-data-to-model] item D1");
    let results = |args: &[&str]| {
        let text = folder.towhom(&[&["scan", "-f", "sarif"], args].concat()).ends_with(0).out;
        serde_json::from_str::<Value>(&text).unwrap()["runs"][0]["results"].clone()
    };
    assert_eq!(results(&[])[0]["suppressions"][0]["justification"], "item D1");
    assert_eq!(results(&["--hide-suppressed"]), serde_json::json!([]));
}

#[test]
fn a_baseline_accepts_what_was_there() {
    let folder = Folder::with_a_flow();
    folder.towhom(&["scan", "--write-baseline", "known.json"]).ends_with(0);
    assert_eq!(code(&folder, &["--baseline", "known.json"]), Some(0));
    let program = folder.read("app.py");

    // Moved lines, and the whole file.
    folder.write("app.py", format!("\n\n\n{program}"));
    assert_eq!(code(&folder, &["--baseline", "known.json"]), Some(0));
    folder.write("app.py", "");
    folder.write("lib/greeting.py", &program);
    assert_eq!(code(&folder, &["--baseline", "known.json"]), Some(0));

    // A second such call, another item, and another recipient are new.
    folder.write("app.py", &program);
    assert_eq!(code(&folder, &["--baseline", "known.json"]), Some(1));
    folder.write("lib/greeting.py", "");
    folder.write(
        "app.py",
        program
            .replace("    email: str\n", "    email: str\n    second_email: str\n")
            .replace("{customer.email}", "{customer.email} {customer.second_email}"),
    );
    assert_eq!(code(&folder, &["--baseline", "known.json"]), Some(1));
    folder.write("app.py", program.replace("OpenAI()", "OpenAI(base_url='https://api.deepseek.com')"));
    assert_eq!(code(&folder, &["--baseline", "known.json"]), Some(1));

    // What is gone is said, since it could come back unseen.
    folder.write("app.py", "");
    let report = inventory(&folder, &["--baseline", "known.json"]);
    let message = report["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("1 finding of known.json is no longer there"), "{message}");
}

#[test]
fn a_baseline_that_is_none() {
    let folder = Folder::with_a_flow();
    let run = folder.towhom(&["scan", "--baseline", "no.json"]).ends_with(2);
    assert!(run.err.contains("cannot read `no.json`"), "{}", run.err);
    folder.write("no.json", "{}");
    let run = folder.towhom(&["scan", "--baseline", "no.json"]).ends_with(2);
    assert!(run.err.contains("`no.json` is no inventory") && run.err.contains("--format json"), "{}", run.err);
}
