//! The facts of a description as JSON-LD with the Data Privacy Vocabulary (W3C Community Group, version 2.3).
//!
//! Only what the code shows: purposes, legal basis and risks are not in it.

use serde_json::{Map, Value, json};

use crate::dpia::features::{Features, Item};
use crate::dpia::model::Document;
use crate::dpia::terms::Terms;
use crate::words;

/// # Errors
/// If the data file of terms has a mistake.
pub fn render(document: &Document) -> anyhow::Result<String> {
    let terms = Terms::builtin()?;
    let mut graph: Vec<Value> = Vec::new();
    let mut recipients: Map<String, Value> = Map::new();
    for part in &document.activities {
        let f = &part.features;
        for r in &f.recipients {
            recipients.entry(r.id.clone()).or_insert_with(|| {
                json!({
                    "@id": format!("urn:towhom:recipient:{}", id(&r.id)),
                    "@type": "dpv:Recipient",
                    "dct:title": words::recipient(&r.id),
                })
            });
        }
        graph.push(process(f, &terms));
    }
    graph.extend(recipients.into_iter().map(|(_, v)| v));
    let mut assessment = json!({
        "@id": "urn:towhom:description",
        "@type": "dpv:DPIA",
        "dct:title": document.sheet.name,
        "dct:date": document.sheet.date,
        "dct:creator": document.sheet.tool,
        "dct:subject": document
            .activities
            .iter()
            .map(|p| json!({ "@id": format!("urn:towhom:activity:{}", id(&p.features.id)) }))
            .collect::<Vec<_>>(),
    });
    if let Some(commit) = &document.sheet.commit {
        assessment["dct:hasVersion"] = json!(commit);
    }
    graph.push(assessment);
    let all = json!({
        "@context": {
            "dpv": "https://w3id.org/dpv#",
            "pd": "https://w3id.org/dpv/pd#",
            "ai": "https://w3id.org/dpv/ai#",
            "dct": "http://purl.org/dc/terms/",
            "skos": "http://www.w3.org/2004/02/skos/core#",
        },
        "@graph": graph,
    });
    let mut text = serde_json::to_string_pretty(&all)?;
    text.push('\n');
    Ok(text)
}

fn process(f: &Features, terms: &Terms) -> Value {
    let data: Vec<Value> = f
        .items
        .iter()
        .map(|item| {
            let concept = terms.dpv.get(&item.category).map_or("dpv:PersonalData", String::as_str);
            let concept =
                if item.special && concept == "dpv:PersonalData" { "dpv:SpecialCategoryPersonalData" } else { concept };
            let labels: Vec<&str> = item.fields.iter().map(|x| x.label.as_str()).collect();
            json!({ "@type": concept, "dct:identifier": item.number, "skos:note": labels.join(", ") })
        })
        .collect();
    let mut operations: Vec<&str> = vec!["dpv:Use", "dpv:Disclose"];
    for u in &f.uses {
        operations.push(match u.id.as_str() {
            "stored" => "dpv:Store",
            "sent" => "dpv:Share",
            "returned_to_user" => "dpv:MakeAvailable",
            "decision" => "dpv:DecisionMaking",
            _ => continue,
        });
    }
    let subjects: std::collections::BTreeSet<&str> = f.items.iter().flat_map(|i| subjects(i, terms)).collect();
    let mut value = json!({
        "@id": format!("urn:towhom:activity:{}", id(&f.id)),
        "@type": "dpv:Process",
        "dct:title": f.name,
        "dpv:hasPersonalData": data,
        "dpv:hasProcessing": operations.iter().map(|o| json!({ "@id": o })).collect::<Vec<_>>(),
        "dpv:hasRecipient": f
            .recipients
            .iter()
            .map(|r| json!({ "@id": format!("urn:towhom:recipient:{}", id(&r.id)) }))
            .collect::<Vec<_>>(),
        "dpv:hasContext": [{ "@id": "dpv:InnovativeUseOfTechnology" }],
    });
    if !subjects.is_empty() {
        value["dpv:hasDataSubject"] = subjects.into_iter().map(|s| json!({ "@id": s })).collect();
    }
    value
}

fn subjects<'a>(item: &Item, terms: &'a Terms) -> Vec<&'a str> {
    let named = item.fields.iter().flat_map(|f| terms.subjects(&f.label));
    named.filter_map(|s| s.dpv.as_deref()).collect()
}

/// Ids are URNs: nothing in them but letters, digits and `-._`.
fn id(raw: &str) -> String {
    raw.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect()
}
