//! The inventory as a bill of materials of its AI: CycloneDX 1.6 with models, services and the data that flow to them.
//!
//! Fields: <https://cyclonedx.org/docs/1.6/json/>. There is neither a time nor a serial number in it: the same tree gives
//! the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::text::clean;
use crate::inventory::{Inventory, Location, ModelCall};
use crate::words;

/// The whole document, with a line end at the end.
#[must_use]
pub fn render(inv: &Inventory) -> String {
    let calls: Vec<&ModelCall> = inv.model_calls.iter().filter(|c| !c.in_test).collect();
    let mut components = models(&calls);
    components.extend(libraries(&calls));
    components.extend(datasets(inv));
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{ "phase": "pre-build" }],
            "tools": { "components": [{ "type": "application", "name": inv.tool.name, "version": inv.tool.version }] },
        },
        "components": components,
        "services": services(inv, &calls),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// One component for each model of a provider that the code names.
fn models(calls: &[&ModelCall]) -> Vec<Value> {
    let mut named: BTreeMap<(&str, &str), Vec<&ModelCall>> = BTreeMap::new();
    for call in calls {
        let candidates = call.candidates.iter().filter_map(|c| Some((c.provider.as_str(), c.model.as_deref()?)));
        let own = call.model.as_deref().filter(|m| !m.starts_with('$')).map(|m| (call.provider.as_str(), m));
        for key in own.into_iter().chain(candidates).collect::<BTreeSet<_>>() {
            named.entry(key).or_default().push(call);
        }
    }
    let component = |((provider, model), calls): ((&str, &str), Vec<&ModelCall>)| {
        let tasks: BTreeSet<&str> = calls.iter().map(|c| words::operation(&c.operation)).collect();
        let mut properties = vec![property("towhom:provider", provider)];
        properties.extend(
            calls
                .iter()
                .filter_map(|c| c.model_setting.as_deref())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .map(|s| property("towhom:setting", s)),
        );
        json!({
            "type": "machine-learning-model",
            "bom-ref": format!("model:{provider}/{}", clean(model)),
            "name": clean(model),
            "modelCard": { "modelParameters": { "task": tasks.into_iter().collect::<Vec<_>>().join(", ") } },
            "evidence": { "occurrences": calls.iter().map(|c| occurrence(&c.location, &c.callee)).collect::<Vec<_>>() },
            "properties": properties,
        })
    };
    named.into_iter().map(component).collect()
}

/// The packages through which models are called.
fn libraries(calls: &[&ModelCall]) -> Vec<Value> {
    let mut used: BTreeMap<&str, Vec<&ModelCall>> = BTreeMap::new();
    for call in calls.iter().filter(|c| !matches!(c.sdk.as_str(), "http" | "user-defined")) {
        used.entry(&call.sdk).or_default().push(call);
    }
    let component = |(sdk, calls): (&str, Vec<&ModelCall>)| {
        json!({
            "type": "library",
            "bom-ref": format!("library:{}", clean(sdk)),
            "name": clean(sdk),
            "evidence": { "occurrences": calls.iter().map(|c| occurrence(&c.location, &c.callee)).collect::<Vec<_>>() },
        })
    };
    used.into_iter().map(component).collect()
}

/// What models are trained on, as far as configuration files name it.
fn datasets(inv: &Inventory) -> Vec<Value> {
    let mut named: BTreeMap<&str, Vec<&Location>> = BTreeMap::new();
    for fact in inv.configuration.iter().filter(|f| f.kind == "dataset") {
        named.entry(fact.value.as_deref().unwrap_or(&fact.name)).or_default().push(&fact.location);
    }
    let component = |(name, places): (&str, Vec<&Location>)| {
        json!({
            "type": "data",
            "bom-ref": format!("dataset:{}", clean(name)),
            "name": clean(name),
            "data": [{ "type": "dataset", "name": clean(name) }],
            "evidence": { "occurrences": places.iter().map(|at| occurrence(at, "")).collect::<Vec<_>>() },
        })
    };
    named.into_iter().map(component).collect()
}

/// One recipient, and what is known of the data that go to it.
#[derive(Default)]
struct Service<'a> {
    roles: BTreeSet<&'a str>,
    endpoints: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
    /// Category → names of the items.
    data: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

fn services(inv: &Inventory, calls: &[&ModelCall]) -> Vec<Value> {
    let mut all: BTreeMap<&str, Service<'_>> = BTreeMap::new();
    for call in calls {
        let flows: Vec<_> = inv.flows.iter().filter(|f| f.call == call.id).collect();
        let mut take = |provider, role, main: bool| {
            let service: &mut Service<'_> = all.entry(provider).or_default();
            service.roles.insert(role);
            if main {
                service
                    .endpoints
                    .extend(call.endpoint.as_deref().filter(|e| e.contains("://") && !e.contains(['{', '$'])));
                service.regions.extend(call.region.as_deref());
            }
            for flow in &flows {
                service.data.entry(&flow.source.category).or_default().insert(&flow.source.label);
            }
        };
        take(call.provider.as_str(), call.operation.as_str(), true);
        if let Some(gateway) = &call.gateway {
            take(gateway.as_str(), "gateway", false);
        }
        for further in &call.also {
            take(further.provider.as_str(), further.role.as_str(), false);
        }
    }
    let entry = |(provider, service): (&str, Service<'_>)| {
        let mut entry = Map::new();
        entry.insert("bom-ref".into(), json!(format!("service:{}", clean(provider))));
        entry.insert("name".into(), json!(clean(words::recipient(provider))));
        if !service.endpoints.is_empty() {
            entry.insert("endpoints".into(), json!(service.endpoints.iter().map(|e| clean(e)).collect::<Vec<_>>()));
        }
        entry.insert("x-trust-boundary".into(), json!(provider != "local"));
        let data = |(category, items): (&&str, &BTreeSet<&str>)| {
            json!({
                "flow": "outbound",
                "classification": category,
                "name": words::category(category),
                "description": items.iter().map(|i| clean(i)).collect::<Vec<_>>().join(", "),
            })
        };
        if !service.data.is_empty() {
            entry.insert("data".into(), json!(service.data.iter().map(data).collect::<Vec<_>>()));
        }
        let regions = service.regions.iter().map(|r| property("towhom:region", r));
        let properties: Vec<Value> =
            service.roles.iter().map(|r| property("towhom:operation", r)).chain(regions).collect();
        entry.insert("properties".into(), json!(properties));
        Value::Object(entry)
    };
    all.into_iter().map(entry).collect()
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": clean(value) })
}

fn occurrence(at: &Location, symbol: &str) -> Value {
    let mut occurrence = Map::new();
    occurrence.insert("location".into(), json!(clean(&at.file)));
    occurrence.insert("line".into(), json!(at.line));
    if !symbol.is_empty() {
        occurrence.insert("symbol".into(), json!(clean(symbol)));
    }
    Value::Object(occurrence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_worked_case() {
        insta::assert_snapshot!(render(&sample::triage()));
    }

    /// Each reference names one thing, as the standard asks.
    #[test]
    fn references_are_unique() {
        let document: Value = serde_json::from_str(&render(&sample::wide())).expect("is JSON");
        let all = ["components", "services"].iter().flat_map(|k| document[k].as_array().expect("a list").iter());
        let references: Vec<&str> = all.map(|e| e["bom-ref"].as_str().expect("a reference")).collect();
        assert!(references.len() > 6, "{references:?}");
        assert_eq!(references.len(), references.iter().collect::<BTreeSet<_>>().len(), "{references:?}");
    }
}
