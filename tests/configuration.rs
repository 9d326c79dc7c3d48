//! What `docs/configuration.md` says about `towhom.toml`, tried.

use serde_json::Value;

use crate::support::{Folder, repository};

/// A program for the example of the page: a source, a sink and a safeguard of its own.
const PROGRAM: &str = r#"
import acme_llm
import ai
import crm
import privacy



def remind(customer_id):
    customer = crm.get_customer(customer_id)
    ai.client.ask(customer)


def remind_safely(customer_id):
    customer = crm.get_customer(customer_id)
    ai.client.ask(privacy.scrub(customer))


def summarise(visit_id, db):
    row = db.load(visit_id)
    acme = acme_llm.Client()
    acme.generate(prompt=row.diagnosis_code)
"#;

fn example() -> String {
    let page = std::fs::read_to_string(repository().join("docs/configuration.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn scan(folder: &Folder) -> Value {
    let run = folder.towhom(&["scan", "-f", "json"]).ends_with(0);
    serde_json::from_str(&run.out).unwrap()
}

/// Line of the call, category, and kinds of safeguards of each flow.
fn flows(report: &Value) -> Vec<(u64, String, Vec<String>)> {
    let calls = report["model_calls"].as_array().unwrap();
    let line = |id: &Value| calls.iter().find(|c| c["id"] == *id).unwrap()["location"]["line"].as_u64().unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let mut flows: Vec<_> = report["flows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let safeguards = f["safeguards"].as_array().unwrap().iter().map(|s| text(&s["kind"])).collect();
            (line(&f["call"]), text(&f["source"]["category"]), safeguards)
        })
        .collect();
    flows.sort();
    flows
}

#[test]
fn the_example_does_what_it_says() {
    let folder = Folder::new();
    folder.write("app.py", PROGRAM);
    folder.write("towhom.toml", example());
    let report = scan(&folder);
    let providers: Vec<_> = report["model_calls"].as_array().unwrap().iter().map(|c| c["provider"].as_str()).collect();
    assert_eq!(providers, [Some("openai"), Some("openai"), Some("acme-llm")]);
    assert_eq!(
        flows(&report),
        [
            (11, "other".to_owned(), vec![]),
            (16, "other".to_owned(), vec!["redaction".to_owned()]),
            (22, "health".to_owned(), vec![]),
        ]
    );
    let messages: Vec<_> = report["diagnostics"].as_array().unwrap().iter().map(|d| d["message"].to_string()).collect();
    assert!(messages.iter().any(|m| m.contains("Customer.notes") && m.contains("matches nothing")), "{messages:?}");
}

#[test]
fn without_it_nothing_is_known() {
    let folder = Folder::new();
    folder.write("app.py", PROGRAM);
    assert_eq!(scan(&folder)["model_calls"].as_array().unwrap().len(), 0);
}

#[test]
fn a_dropping_safeguard_ends_the_flow() {
    let folder = Folder::new();
    folder.write("app.py", PROGRAM);
    folder.write("towhom.toml", example().replace("drop = false", "drop = true"));
    assert_eq!(flows(&scan(&folder)).iter().map(|f| f.0).collect::<Vec<_>>(), [11, 22]);
}

#[test]
fn every_category_of_the_page_is_known() {
    let page = std::fs::read_to_string(repository().join("docs/configuration.md")).unwrap();
    let (_, list) = page.split_once("Categories: `").unwrap();
    let listed: Vec<&str> = list.split('`').next().unwrap().split_whitespace().collect();
    let known = std::fs::read_to_string(repository().join("queries/personal-data.toml")).unwrap();
    for id in known.lines().filter_map(|l| l.strip_prefix("id = \"")?.strip_suffix('"')) {
        assert!(listed.contains(&id), "docs/configuration.md does not list the category `{id}`");
    }
}
