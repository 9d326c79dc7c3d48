//! Settings that the code itself makes: `os.environ["X"] = "1"`, and functions that switch tracing off.

use super::is_variable;
use super::read::Found;
use super::rows::Rows;
use crate::inventory::{ConfigurationFact, Location};
use crate::ir::{CallKind, Seg, ValueId, ValueKind};
use crate::link::{Abs, Gv, Program, Resolver, to_u32};
use crate::place;

pub(super) struct Switched {
    pub(super) facts: Vec<Found>,
    /// Functions called that switch something off.
    pub(super) off: Vec<(String, Location)>,
}

pub(super) fn settings(program: &Program<'_>, rows: &Rows) -> Switched {
    let mut resolver = Resolver::new(program, Some(&program.call_graph));
    let mut switched = Switched { facts: Vec::new(), off: Vec::new() };
    for func in program.functions().filter(|f| !program.in_test(*f)) {
        for (i, value) in program.function(func).values.iter().enumerate() {
            let gv = Gv { func, value: ValueId(to_u32(i)) };
            let at = |value| Gv { func, value };
            match &value.kind {
                ValueKind::Update { base, path, value, .. } => {
                    if let [Seg::Field(name)] = path.as_slice()
                        && is_variable(name)
                        && is_environment(program, &mut resolver, at(*base))
                    {
                        switched.facts.extend(fact(program, gv, name, at(*value)));
                    }
                }
                ValueKind::Call(call) if call.kind == CallKind::Plain => {
                    let Some(path) = program.call_graph.paths(gv).next() else { continue };
                    if rows.switch.iter().any(|row| row.call.iter().any(|c| **c == **path)) {
                        let on = call
                            .args
                            .first()
                            .is_some_and(|a| matches!(program.kind(at(a.value)), ValueKind::Bool(false)));
                        if !on {
                            switched.off.push((path.to_string(), place::of(program, gv)));
                        }
                    } else if &**path == "os.environ.setdefault"
                        && let [name, value, ..] = call.args.as_slice()
                        && let ValueKind::Str(name) = program.kind(at(name.value))
                        && is_variable(name)
                    {
                        switched.facts.extend(fact(program, gv, name, at(value.value)));
                    }
                }
                _ => {}
            }
        }
    }
    switched
}

fn is_environment(program: &Program<'_>, resolver: &mut Resolver<'_>, base: Gv) -> bool {
    resolver.resolve(base).iter().any(|abs| matches!(abs, Abs::Ext(path) if program.catalogue.is_environment(path)))
}

/// Only switches: a value that is true, false or a number is no secret.
fn fact(program: &Program<'_>, gv: Gv, name: &str, value: Gv) -> Option<Found> {
    let text = match program.kind(value) {
        ValueKind::Bool(value) => value.to_string(),
        ValueKind::Num(text) => text.to_string(),
        ValueKind::Str(text) if matches!(&*text.to_ascii_lowercase(), "true" | "false" | "0" | "1" | "yes" | "no") => {
            text.to_string()
        }
        _ => return None,
    };
    let provider = program.catalogue.variable(name).map(|v| v.provider.clone()).filter(|p| !p.is_empty());
    let fact = ConfigurationFact {
        location: place::of(program, gv),
        kind: "setting".into(),
        name: name.to_owned(),
        value: Some(text),
        provider,
        source: "code".into(),
    };
    let certain = fact.provider.is_some() || name.contains("TRAC") || name.contains("TELEMETRY");
    Some(Found { fact, certain, template: false })
}
