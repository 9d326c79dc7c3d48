//! Tracing that a call switches on in its own options (`experimental_telemetry: { isEnabled: true }`), or that the program
//! has registered for all calls of an SDK: who collects the spans receives what is asked and answered.

use std::collections::BTreeSet;

use super::{BY_CONFIG, Finding};
use crate::catalogue::CallRow;
use crate::inventory::{FurtherRecipient, ModelCall};
use crate::ir::{Call, ValueId, ValueKind};
use crate::link::{Gv, Program, to_u32};
use crate::sinks::{Row, Sink, args};

const ROLE: &str = "observability";

impl Finding<'_, '_> {
    /// Whether prompts or answers of this call go into spans; to whom is a matter of the exporter.
    pub(super) fn telemetry(&mut self, sink: &Sink, call: &Call, row: &CallRow) {
        let program = self.program;
        let given = |option: &&String| {
            let places = args::pick_exactly(program, sink.gv, call, option, sink.skip);
            places.into_iter().any(|(value, path)| !args::lacks(program, value, &path))
        };
        let by_default = self.registered.contains(&row.package);
        let options: Vec<&String> = row.telemetry.iter().filter(given).collect();
        let recorded = match options.as_slice() {
            [] => by_default && !row.telemetry.is_empty(),
            options => options.iter().any(|option| {
                let keys = row.telemetry_keeps.iter();
                let kept = row.telemetry_keeps.is_empty()
                    || keys.clone().any(|key| self.may_be_on(sink, call, &format!("{option}.{key}"), true));
                kept && self.may_be_on(sink, call, &format!("{option}.{}", row.telemetry_on), by_default)
            }),
        };
        if recorded {
            self.also(BY_CONFIG, ROLE);
        }
    }

    /// Whether a switch is on for some caller; `unset` is what holds where nothing is given.
    fn may_be_on(&mut self, sink: &Sink, call: &Call, path: &str, unset: bool) -> bool {
        let program = self.program;
        let places = args::pick_exactly(program, sink.gv, call, path, sink.skip);
        let given: Vec<_> = places.into_iter().filter(|(value, path)| !args::lacks(program, *value, path)).collect();
        if given.is_empty() {
            return unset;
        }
        // A comparison that is written out, `isEnabled: stage === "production"`, is on for some.
        let written = given.iter().any(|(value, path)| {
            let (value, path) = args::written(program, *value, path);
            let kind = program.kind(value);
            // `AISDKExporter.getSettings()` gives settings that are on.
            matches!(kind, ValueKind::Call(_))
                || path.is_whole() && !matches!(kind, ValueKind::Bool(_) | ValueKind::Null | ValueKind::Param(_))
        });
        let found = self.constants_at(given);
        match found.is_empty() {
            true => written || unset,
            false => found.iter().any(|c| c.setting || &*c.text == "true"),
        }
    }
}

/// The packages whose calls record spans because the program registered somebody who takes them.
pub(crate) fn registered(program: &Program<'_>) -> BTreeSet<String> {
    let mut packages = BTreeSet::new();
    for func in program.functions().filter(|f| !program.in_test(*f)) {
        for (i, value) in program.function(func).values.iter().enumerate() {
            let gv = Gv { func, value: ValueId(to_u32(i)) };
            if !matches!(value.kind, ValueKind::Call(_)) {
                continue;
            }
            for path in program.call_graph.paths(gv) {
                let row = program.catalogue.function(program.lang(func), path);
                let row = row.map(|row| program.catalogue.call_row(row));
                packages.extend(row.filter(|row| row.registers_telemetry).map(|row| row.package.clone()));
            }
        }
    }
    packages
}

/// Who collects the spans of a program, by the exporters that it makes: they receive what the calls record.
pub(crate) fn collected<'s>(program: &Program<'_>, sinks: impl Iterator<Item = &'s Sink>, calls: &mut [ModelCall]) {
    let collects = |sink: &&Sink| !program.in_test(sink.gv.func);
    let rows = sinks.filter(collects).filter_map(|sink| match &sink.row {
        Row::Catalogue(row) => Some(program.catalogue.call_row(*row)),
        _ => None,
    });
    let exporters: BTreeSet<&str> = rows.filter(|row| row.spans).map(|row| row.provider.as_str()).collect();
    let open = FurtherRecipient { provider: BY_CONFIG.to_owned(), role: ROLE.to_owned() };
    for call in calls.iter_mut().filter(|c| c.also.contains(&open) && !exporters.is_empty()) {
        call.also.retain(|further| *further != open);
        for exporter in &exporters {
            let further = FurtherRecipient { provider: (*exporter).to_owned(), role: ROLE.to_owned() };
            if !call.also.contains(&further) {
                call.also.push(further);
            }
        }
    }
}
