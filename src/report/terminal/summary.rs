//! The last lines of the terminal report: totals, what was read and what was not.

use std::collections::BTreeSet;

use super::{BOLD, PLAIN, Page, clean, count, place};
use crate::inventory::{Flow, ModelCall};
use crate::{rules, words};

/// Remarks on the scan that are shown before it says how many more there are.
const REMARKS: usize = 5;

impl Page<'_> {
    pub(super) fn totals(&mut self) {
        let inv = self.inv;
        let calls: Vec<&ModelCall> = inv.model_calls.iter().filter(|c| !c.in_test).collect();
        let ids: BTreeSet<&str> = calls.iter().map(|c| c.id.as_str()).collect();
        let flows: Vec<&Flow> = inv.flows.iter().filter(|f| ids.contains(f.call.as_str())).collect();
        let items: BTreeSet<_> = flows.iter().map(|f| (&f.source.label, &f.source.category)).collect();
        let special: BTreeSet<_> =
            flows.iter().filter(|f| f.source.special_category).map(|f| (&f.source.label, &f.source.category)).collect();
        let fields = inv.personal_data_fields.iter().filter(|f| !f.in_test).count();

        let text = if calls.is_empty() {
            match fields {
                0 => "No call to a model and no field with personal data found.".to_string(),
                n => format!("No call to a model found. {} with personal data declared.", count(n, "field")),
            }
        } else {
            let served: usize =
                inv.activities.iter().filter(|a| a.calls.iter().any(|c| ids.contains(c.as_str()))).count();
            let recipients: BTreeSet<&str> = calls
                .iter()
                .flat_map(|c| std::iter::once(c.provider.as_str()).chain(c.gateway.as_deref()))
                .filter(|p| !matches!(*p, "local" | "by-config"))
                .collect();
            let data = match (items.len(), special.len()) {
                (0, _) if fields == 0 => "no field with personal data found".to_string(),
                (0, _) => format!("no personal data seen on the way to a model, {} declared", count(fields, "field")),
                (n, 0) => {
                    format!("{}, none of a special category", count(n, "item of personal data/items of personal data"))
                }
                (n, s) => {
                    format!("{}, {s} of a special category", count(n, "item of personal data/items of personal data"))
                }
            };
            let open: Vec<&ModelCall> = calls.iter().copied().filter(|c| c.provider == "by-config").collect();
            let mut parts = vec![count(served, "activity/activities"), count(calls.len(), "model call")];
            if !recipients.is_empty() || open.is_empty() {
                parts.push(count(recipients.len(), "recipient"));
            }
            parts.extend(open_recipients(&open));
            parts.push(data);
            parts.join(" · ")
        };
        self.wrap(BOLD, &text);
    }

    pub(super) fn coverage(&mut self) {
        let cover = &self.inv.coverage;
        let skipped: usize = cover.files_skipped.values().sum();
        let why: Vec<String> = cover.files_skipped.iter().map(|(why, n)| format!("{n} {}", clean(why))).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.join(", ")) };
        let read = format!(
            "Read {} of {} ({} with syntax errors, {skipped} skipped{why}).",
            cover.files_read,
            count(cover.files_read + skipped, "file"),
            cover.files_with_errors
        );
        let open = match (cover.calls_by_config, self.inv.model_calls.iter().any(|c| !c.in_test)) {
            (0, true) => " Every recipient resolved.".to_string(),
            (0, false) => String::new(),
            (n, _) => format!(" {}: only configuration decides the recipient.", count(n, "model call")),
        };
        let test = match cover.calls_in_test {
            0 => String::new(),
            n => format!(" {} in test code left out.", count(n, "model call")),
        };
        let services = match cover.undeclared_services.as_slice() {
            [] => String::new(),
            names => format!(
                " {} given a model provider's key and not declared in towhom.toml: {}.",
                count(names.len(), "service"),
                names.iter().map(|n| clean(n)).collect::<Vec<_>>().join(", ")
            ),
        };
        self.wrap(PLAIN, &format!("{read}{open}{test}{services}"));

        let accepted = rules::suppressed(self.inv);
        if !accepted.is_empty() {
            let by = |kind: &str| accepted.iter().filter(|(_, by)| by[0].kind == kind).count();
            let ways = [("inline", "in the code"), ("config", "in towhom.toml"), ("baseline", "in the baseline")];
            let ways = ways.iter().filter(|(kind, _)| by(kind) > 0).map(|(kind, what)| format!("{} {what}", by(kind)));
            let ways = ways.collect::<Vec<_>>().join(", ");
            let text = format!("{} accepted, not reported: {ways}.", count(accepted.len(), "finding"));
            self.wrap(PLAIN, &text);
        }
        let mut remarks: Vec<_> = self.inv.diagnostics.iter().filter(|d| d.kind != "syntax-error").collect();
        remarks.sort();
        let shown = if self.opts.paths { remarks.len() } else { REMARKS };
        for remark in remarks.iter().take(shown) {
            let at = remark.location.as_ref().map(|l| format!("{}: ", place(l))).unwrap_or_default();
            self.wrap(PLAIN, &format!("note: {at}{}", clean(&remark.message)));
        }
        self.more(0, remarks.len().saturating_sub(shown));
        if !self.inv.flows.is_empty() && !self.opts.paths {
            self.wrap(PLAIN, "More: --paths shows each step · towhom explain says what each rule means and what to do");
        }
    }
}

/// Of calls whose recipient configuration decides: how many, and whom the code allows.
fn open_recipients(open: &[&ModelCall]) -> Option<String> {
    let candidates: BTreeSet<&str> =
        open.iter().flat_map(|c| &c.candidates).map(|c| words::recipient(&c.provider)).collect();
    let allowed = match candidates.len() {
        0 => String::new(),
        _ => format!(" (may be {})", candidates.iter().map(|n| clean(n)).collect::<Vec<_>>().join(", ")),
    };
    (!open.is_empty())
        .then(|| format!("{} to a recipient that configuration decides{allowed}", count(open.len(), "call")))
}
