//! What a tool takes from the model: the names of its parameters.

use crate::ir::{Call, Function, Key, ValueId, ValueKind};

/// Where the schema of a tool stands among its members.
const SCHEMAS: &[&str] = &["parameters", "inputSchema", "input_schema", "schema"];

/// Of `{ description, parameters: z.object({ threadId: … }), execute }`.
pub(super) fn declared(f: &Function, members: &[(Key, ValueId)]) -> Vec<String> {
    let schema = SCHEMAS.iter().find_map(|name| member(members, name));
    schema.map(|value| names(f, value)).unwrap_or_default()
}

/// Of the call that makes it: `tool({ parameters })`, or `@tool` of a function.
pub(super) fn taken(f: &Function, call: &Call, function: Option<&Function>) -> Vec<String> {
    let in_options = call.args.iter().find_map(|arg| match f.kind_of(arg.value) {
        ValueKind::Object(members) => Some(declared(f, members)).filter(|names| !names.is_empty()),
        _ => None,
    });
    let of_function = || {
        let params = function.map(|function| function.params.iter()).into_iter().flatten();
        // The first of a method, and what the framework hands in.
        let own = params.map(|p| p.name.to_string()).filter(|n| !matches!(&**n, "self" | "cls" | "ctx" | "context"));
        own.collect()
    };
    in_options.unwrap_or_else(of_function)
}

fn member(members: &[(Key, ValueId)], name: &str) -> Option<ValueId> {
    members.iter().find(|(key, _)| matches!(key, Key::Name(n) if &**n == name)).map(|(_, value)| *value)
}

/// The keys of `z.object({ … })`, and of `properties` of a JSON schema.
fn names(f: &Function, schema: ValueId) -> Vec<String> {
    let object = match f.kind_of(schema) {
        ValueKind::Call(call) => call.args.first().map(|a| a.value),
        ValueKind::Object(members) => member(members, "properties"),
        _ => None,
    };
    let Some(ValueKind::Object(members)) = object.map(|value| f.kind_of(value)) else { return Vec::new() };
    let mut names: Vec<String> = members
        .iter()
        .filter_map(|(key, _)| match key {
            Key::Name(name) => Some(name.to_string()),
            _ => None,
        })
        .collect();
    names.sort();
    names
}
