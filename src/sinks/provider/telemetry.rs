//! Tracing that a call switches on in its own options (`experimental_telemetry: { isEnabled: true }`): who collects the
//! spans receives what is asked and answered.
//!
//! <https://ai-sdk.dev/docs/ai-sdk-core/telemetry>, looked up on 2026-11-22: inputs and outputs are recorded unless
//! `recordInputs` and `recordOutputs` say otherwise.

use std::collections::BTreeSet;

use super::{BY_CONFIG, Finding};
use crate::catalogue::CallRow;
use crate::inventory::{FurtherRecipient, ModelCall};
use crate::ir::{Call, ValueKind};
use crate::link::Program;
use crate::sinks::{Row, Sink, args};

const ROLE: &str = "observability";

impl Finding<'_, '_> {
    /// Whether prompts or answers of this call go into spans; to whom is a matter of the exporter.
    pub(super) fn telemetry(&mut self, sink: &Sink, call: &Call, row: &CallRow) {
        for option in &row.telemetry {
            let kept = ["recordInputs", "recordOutputs"]
                .iter()
                .any(|n| self.may_be_on(sink, call, &format!("{option}.{n}"), true));
            if kept && self.may_be_on(sink, call, &format!("{option}.isEnabled"), false) {
                self.also(BY_CONFIG, ROLE);
            }
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
