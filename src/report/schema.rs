//! The JSON Schema of the inventory, which `towhom schema` prints. A test keeps it in step with the types.

/// JSON Schema 2020-12.
pub const INVENTORY: &str = include_str!("inventory.schema.json");
/// The schema of `towhom diff --format json`.
pub const TRIGGERS: &str = include_str!("triggers.schema.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value};

    use super::{INVENTORY, TRIGGERS};
    use crate::report::{json, sample};

    /// Checks a value against the part of JSON Schema that ours uses, and that no key is missing from the schema.
    struct Check {
        defs: Map<String, Value>,
        problems: Vec<String>,
        /// `definition.property` of every property met.
        met: BTreeSet<String>,
    }

    impl Check {
        fn value(&mut self, value: &Value, schema: &Value, name: &str, path: &str) {
            if let Some(target) = schema["$ref"].as_str() {
                let target = target.strip_prefix("#/$defs/").expect("references stay in the file").to_string();
                let schema = self.defs.get(&target).cloned().unwrap_or_else(|| panic!("{target} is not defined"));
                return self.value(value, &schema, &target, path);
            }
            if schema["description"].as_str().is_none_or(str::is_empty) && !path.ends_with(']') {
                self.problems.push(format!("{path}: no description"));
            }
            if let Some(allowed) = schema["enum"].as_array()
                && !allowed.contains(value)
            {
                self.problems.push(format!("{path}: {value} is not listed"));
            }
            if schema.get("const").is_some_and(|c| c != value) {
                self.problems.push(format!("{path}: {value} is not the constant"));
            }
            let types: Vec<&str> = match &schema["type"] {
                Value::String(one) => vec![one],
                Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            let kind = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "integer",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            if !types.is_empty() && !types.contains(&kind) {
                self.problems.push(format!("{path}: {kind} where {types:?} should be"));
            }
            match value {
                Value::Array(items) => {
                    for (n, item) in items.iter().enumerate() {
                        self.value(item, &schema["items"], name, &format!("{path}[{n}]"));
                    }
                }
                Value::Object(map) => self.object(map, schema, name, path),
                _ => {}
            }
        }

        fn object(&mut self, map: &Map<String, Value>, schema: &Value, name: &str, path: &str) {
            for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !map.contains_key(key) {
                    self.problems.push(format!("{path}: {key} is missing"));
                }
            }
            for (key, value) in map {
                match (schema["properties"].get(key), schema.get("additionalProperties")) {
                    (Some(inner), _) => {
                        self.met.insert(format!("{name}.{key}"));
                        self.value(value, inner, &format!("{name}.{key}"), &format!("{path}.{key}"));
                    }
                    (None, Some(any)) => self.value(value, any, name, &format!("{path}[{key}]")),
                    (None, None) => self.problems.push(format!("{path}: {key} is not in the schema")),
                }
            }
        }
    }

    fn check(text: &str) -> Check {
        check_with(INVENTORY, "inventory", text)
    }

    fn check_with(schema: &str, name: &str, text: &str) -> Check {
        let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
        let value: Value = serde_json::from_str(text).expect("the report is JSON");
        let defs = schema["$defs"].as_object().expect("definitions").clone();
        let mut check = Check { defs, problems: Vec::new(), met: BTreeSet::new() };
        check.value(&value, &schema, name, name);
        check
    }

    #[test]
    fn the_triggers_fit() {
        use crate::diff::{self, Acknowledgement, Comparison, Place};
        let mut comparison: Comparison = diff::compare(&sample::triage(), &sample::wide(), None);
        for trigger in &mut comparison.triggers {
            let by = || "x".to_owned();
            trigger.acknowledged = Some(Acknowledgement { who: by(), when: by(), why: by() });
            trigger.related =
                vec![Place { file: by(), line: 1, at: Some("base".into()), label: Some(by()), head_line: Some(1) }];
        }
        assert!(!comparison.triggers.is_empty());
        let compared = crate::report::triggers::Compared { base: "a".into(), head: "b".into(), comparison };
        let check = check_with(TRIGGERS, "triggers", &crate::report::triggers::json(&compared));
        assert_eq!(check.problems, Vec::<String>::new());
    }

    #[test]
    fn the_sample_fits() {
        assert_eq!(check(&json::render(&sample::wide())).problems, Vec::<String>::new());
        assert_eq!(
            check(&json::render(&crate::inventory::Inventory::default())).problems.len(),
            1,
            "version 0 is none"
        );
    }

    /// Otherwise a property could stay in the schema that the types no longer have.
    #[test]
    fn the_sample_has_every_property() {
        let schema: Value = serde_json::from_str(INVENTORY).expect("the schema is JSON");
        let met = check(&json::render(&sample::wide())).met;
        let tops = std::iter::once(("inventory", &schema));
        let defs = schema["$defs"].as_object().expect("definitions").iter().map(|(k, v)| (k.as_str(), v));
        for (name, def) in tops.chain(defs) {
            for key in def["properties"].as_object().into_iter().flatten().map(|(k, _)| k) {
                assert!(met.contains(&format!("{name}.{key}")), "{name}.{key} is not in the sample");
            }
        }
    }

    #[test]
    fn a_wrong_value_is_found() {
        let text =
            json::render(&sample::triage()).replace("\"chat\"", "\"chatting\"").replace("\"callee\"", "\"called\"");
        let problems = check(&text).problems.join("\n");
        assert!(problems.contains("chatting") && problems.contains("callee is missing"), "{problems}");
        assert!(problems.contains("called is not in the schema"), "{problems}");
    }
}
