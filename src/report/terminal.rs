//! The answer for a person at a terminal: a block for each activity, then totals and what was not read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::Style;

use super::text::{clean, place, shorten, width};
use crate::inventory::{Activity, Flow, Inventory, Location, ModelCall, Output};
use crate::words::{self, count};

mod summary;

#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions {
    /// Every step of every path, and nothing left out.
    pub paths: bool,
    pub color: bool,
    /// Columns to write in.
    pub width: usize,
}

impl Default for TerminalOptions {
    fn default() -> Self {
        TerminalOptions { paths: false, color: false, width: 100 }
    }
}

/// Lines that a list shows before it says how many more there are.
const ITEMS: usize = 12;
const CALLS: usize = 10;
const USES: usize = 6;
const ALL: &str = "(towhom scan --paths shows all)";

/// The report, with a line end at the end.
#[must_use]
pub fn render(inv: &Inventory, opts: &TerminalOptions) -> String {
    let opts = TerminalOptions { width: opts.width.max(60), ..*opts };
    let mut page = Page { inv, opts, flows: BTreeMap::new(), outputs: BTreeMap::new(), out: String::new() };
    for flow in &inv.flows {
        page.flows.entry(&flow.call).or_default().push(flow);
    }
    for output in &inv.outputs {
        page.outputs.entry(&output.call).or_default().push(output);
    }
    page.blocks();
    page.totals();
    page.coverage();
    page.out
}

struct Page<'a> {
    inv: &'a Inventory,
    opts: TerminalOptions,
    flows: BTreeMap<&'a str, Vec<&'a Flow>>,
    outputs: BTreeMap<&'a str, Vec<&'a Output>>,
    out: String,
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

impl<'a> Page<'a> {
    fn blocks(&mut self) {
        let calls: BTreeMap<&str, &ModelCall> =
            self.inv.model_calls.iter().filter(|c| !c.in_test).map(|c| (c.id.as_str(), c)).collect();
        let mut bare: BTreeMap<(&Location, &str), &ModelCall> = BTreeMap::new();
        let mut placed: BTreeSet<&str> = BTreeSet::new();
        let mut activities: Vec<&Activity> = self.inv.activities.iter().collect();
        activities.sort_by_key(|a| (&a.name, &a.id));
        for activity in activities {
            let mut own: Vec<&ModelCall> =
                activity.calls.iter().filter_map(|id| calls.get(id.as_str()).copied()).collect();
            let page = &*self;
            own.sort_by_key(|c| (page.flows_of(c, Some(activity)).is_empty(), &c.location, &c.id));
            placed.extend(own.iter().map(|c| c.id.as_str()));
            if own.iter().any(|c| !self.flows_of(c, Some(activity)).is_empty()) {
                self.heading(activity);
                own.iter().for_each(|c| self.call(c, Some(activity)));
                self.out.push('\n');
            } else {
                bare.extend(own.into_iter().map(|c| ((&c.location, c.id.as_str()), c)));
            }
        }
        let mut alone: Vec<&ModelCall> = calls.values().filter(|c| !placed.contains(c.id.as_str())).copied().collect();
        alone.sort_by_key(|c| (&c.location, &c.id));
        let (with, without): (Vec<_>, Vec<_>) = alone.into_iter().partition(|c| self.flows.contains_key(c.id.as_str()));
        if !with.is_empty() {
            self.line(0, BOLD, "In no activity that could be named", PLAIN, "");
            with.into_iter().for_each(|c| self.call(c, None));
            self.out.push('\n');
        }
        bare.extend(without.into_iter().map(|c| ((&c.location, c.id.as_str()), c)));
        self.bare(&bare.into_values().collect::<Vec<_>>());
    }

    fn heading(&mut self, activity: &Activity) {
        let mut entries: Vec<_> = activity.entry_points.iter().collect();
        entries.sort();
        let more = if entries.len() > 1 { format!(" +{} more", entries.len() - 1) } else { String::new() };
        let entry = entries.first().map(|e| format!("{} · {}{more}", clean(&e.label), place(&e.location)));
        self.line(0, BOLD, &clean(&activity.name), DIM, &entry.unwrap_or_default());
    }

    fn call(&mut self, call: &ModelCall, activity: Option<&Activity>) {
        let flows = self.flows_of(call, activity);
        let at = place(&call.location);
        if flows.is_empty() {
            self.line(2, PLAIN, &format!("also {} · no personal data seen", recipient(call)), DIM, &at);
            return self.answer(call, activity);
        }
        let (to, set) = (recipient(call), settings(call));
        if 7 + width(&to) + 3 + width(&set) + 2 + width(&at) <= self.opts.width {
            self.line(2, PLAIN, &format!("to   {to} · {set}"), DIM, &at);
        } else {
            self.line(2, PLAIN, &format!("to   {to}"), DIM, &at);
            self.line(7, PLAIN, &set, PLAIN, "");
        }
        for candidate in &call.candidates {
            let model = candidate.model.as_ref().map(|m| format!(" · {}", clean(m))).unwrap_or_default();
            let mut when = candidate.condition.as_ref().map(|c| format!(" if {}", clean(c))).unwrap_or_default();
            if candidate.default {
                when.push_str(", by default");
            }
            let at = candidate.location.as_ref().map(place).unwrap_or_default();
            let text = format!("may be {}{model}{when}", clean(words::recipient(&candidate.provider)));
            self.line(7, PLAIN, &text, DIM, &at);
        }
        for further in &call.also {
            let text = format!("and {} · {}", clean(words::recipient(&further.provider)), words::role(&further.role));
            self.line(7, PLAIN, &text, PLAIN, "");
        }
        self.items(call, &flows);
        self.safeguards(&flows);
        self.answer(call, activity);
    }

    /// One line for each category and label; its places are counted.
    fn items(&mut self, call: &ModelCall, flows: &[&'a Flow]) {
        let mut items: BTreeMap<(usize, &str, &str), Vec<&Flow>> = BTreeMap::new();
        for flow in flows {
            let source = &flow.source;
            let rank = if source.special_category { 0 } else { 1 + words::category_rank(&source.category) };
            items.entry((rank, &source.category, &source.label)).or_default().push(flow);
        }
        let label_width = items.keys().map(|k| width(&clean(k.2))).max().unwrap_or(0).min(self.opts.width / 2 - 14);
        let shown = if self.opts.paths { items.len() } else { ITEMS };
        let left = items.len().saturating_sub(shown);
        for ((_, category, label), mut flows) in items.into_iter().take(shown) {
            flows.sort_by_key(|f| (&f.source.location, &f.id));
            let label = clean(label);
            let label = shorten(&label, label_width);
            let pad = " ".repeat(label_width - width(&label));
            let mut places: Vec<String> = flows.iter().map(|f| place(&f.source.location)).collect();
            places.dedup();
            let more = if places.len() > 1 { format!(" +{} more", places.len() - 1) } else { String::new() };
            let note = remark(&flows);
            let category = format!("{:16}", shorten(words::category(&clean(category)), 16));
            let (bold, dim) = (self.paint(BOLD, &label), self.paint(DIM, &format!("{}{more}", places[0])));
            let used = 7 + 16 + label_width + 2 + width(&places[0]) + width(&more);
            let (gap, note) = match note {
                "" => ("", ""),
                // Where it does not fit beside the place it stands below.
                _ if used + 3 + width(note) > self.opts.width => ("\n                       ", note),
                _ => ("   ", note),
            };
            let _ = writeln!(self.out, "       {category}{bold}{pad}  {dim}{gap}{note}");
            if self.opts.paths {
                flows.iter().for_each(|f| self.path(call, f));
            }
        }
        self.more(7, left);
    }

    /// The steps of one flow.
    fn path(&mut self, call: &ModelCall, flow: &Flow) {
        let source = &flow.source;
        let first = (place(&source.location), format!("{} ({})", source.label, source.kind));
        let last = (place(&call.location), call.callee.clone());
        let steps = flow.steps.iter().map(|s| (place(&s.location), s.label.clone()));
        let steps: Vec<(String, String)> = std::iter::once(first).chain(steps).chain([last]).collect();
        let wide = steps.iter().map(|s| width(&s.0)).max().unwrap_or(0).min(self.opts.width / 2);
        let confidence = flow.confidence.as_str();
        let _ = writeln!(
            self.out,
            "         {}",
            self.paint(DIM, &format!("{confidence} confidence, as {}", clean(&flow.role)))
        );
        for (at, label) in steps {
            let pad = " ".repeat(wide.saturating_sub(width(&at)));
            let label = clean(&label);
            let label = shorten(&label, self.opts.width.saturating_sub(11 + wide.max(width(&at)) + 2));
            let _ = writeln!(self.out, "           {}{pad}  {label}", self.paint(DIM, &at));
        }
        if let Some(others) = words::other_ways(flow) {
            let others = clean(&others);
            let others = shorten(&others, self.opts.width.saturating_sub(11));
            let _ = writeln!(self.out, "           {}", self.paint(DIM, &others));
        }
    }

    fn safeguards(&mut self, flows: &[&Flow]) {
        let without = flows.iter().filter(|f| f.safeguards.is_empty()).count();
        if without == flows.len() {
            let these = if flows.len() == 1 { "this path" } else { "any of these paths" };
            return self.line(7, PLAIN, &format!("no safeguard on {these}"), PLAIN, "");
        }
        let mut met: BTreeMap<(&str, &str, &Location), usize> = BTreeMap::new();
        for safeguard in flows.iter().flat_map(|f| &f.safeguards) {
            *met.entry((&safeguard.kind, &safeguard.name, &safeguard.location)).or_default() += 1;
        }
        for ((kind, name, location), on) in met {
            let text = format!("{} by {} on {on} of {}", clean(kind), clean(name), count(flows.len(), "path"));
            self.line(7, PLAIN, &text, DIM, &place(location));
        }
        if without > 0 {
            let be = if without == 1 { "is" } else { "are" };
            self.line(7, PLAIN, &format!("{} {be} without a safeguard", count(without, "path")), PLAIN, "");
        }
    }

    /// Where the answer goes.
    fn answer(&mut self, call: &ModelCall, activity: Option<&Activity>) {
        let mut outputs = self.outputs.get(call.id.as_str()).cloned().unwrap_or_default();
        outputs.retain(|o| of_activity(&o.activities, activity));
        outputs.sort_by_key(|o| (&o.location, &o.use_, &o.label));
        outputs.dedup();
        // What is done in many places alike is one line, by its first place; `--paths` shows each.
        let mut alike: Vec<(&Output, usize)> = Vec::new();
        for output in outputs {
            // How it is returned says little: stream, response object and `return` are one to a reader.
            let same = |(first, _): &&mut (&Output, usize)| {
                first.use_ == output.use_ && (first.label == output.label || output.use_ == "returned_to_user")
            };
            match alike.iter_mut().find(same).filter(|_| !self.opts.paths) {
                Some((_, more)) => *more += 1,
                None => alike.push((output, 0)),
            }
        }
        let shown = if self.opts.paths { alike.len() } else { USES };
        for (n, (output, more)) in alike.iter().take(shown).enumerate() {
            let label = if output.label.is_empty() { String::new() } else { format!(": {}", clean(&output.label)) };
            let text = format!("{} {}{label}", if n == 0 { "back" } else { "    " }, words::answer_use(&output.use_));
            let more = if *more > 0 { format!(" +{more} more") } else { String::new() };
            self.line(2, PLAIN, &text, DIM, &format!("{}{more}", place(&output.location)));
        }
        self.more(7, alike.len().saturating_sub(shown));
    }

    /// Calls in which no personal data was seen, a line each.
    fn bare(&mut self, calls: &[&ModelCall]) {
        if calls.is_empty() {
            return;
        }
        self.line(0, BOLD, "No personal data seen", PLAIN, "");
        let shown = if self.opts.paths { calls.len() } else { CALLS };
        for call in calls.iter().take(shown) {
            self.line(2, PLAIN, &format!("to   {}", recipient(call)), DIM, &place(&call.location));
        }
        self.more(7, calls.len().saturating_sub(shown));
        self.out.push('\n');
    }

    fn flows_of(&self, call: &ModelCall, activity: Option<&Activity>) -> Vec<&'a Flow> {
        let all = self.flows.get(call.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|f| of_activity(&f.activities, activity)).copied().collect()
    }

    fn more(&mut self, indent: usize, left: usize) {
        if left > 0 {
            self.line(indent, DIM, &format!("and {left} more {ALL}"), PLAIN, "");
        }
    }

    /// Text on the left and a place at the right edge; where both do not fit, the place stands on a line of its own.
    fn line(&mut self, indent: usize, left_style: Style, left: &str, right_style: Style, right: &str) {
        let start = " ".repeat(indent);
        let room = self.opts.width;
        let _ = write!(self.out, "{start}{}", self.paint(left_style, left));
        let used = indent + width(left);
        if right.is_empty() {
            self.out.push('\n');
        } else if used + 2 + width(right) <= room {
            let gap = " ".repeat(room - used - width(right));
            let _ = writeln!(self.out, "{gap}{}", self.paint(right_style, right));
        } else {
            let gap = " ".repeat(room.saturating_sub(width(right)).min(indent + 5));
            let _ = writeln!(self.out, "\n{gap}{}", self.paint(right_style, right));
        }
    }

    /// A sentence or more, broken at blanks.
    fn wrap(&mut self, style: Style, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > self.opts.width {
                let _ = writeln!(self.out, "{}", self.paint(style, &line));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let _ = writeln!(self.out, "{}", self.paint(style, &line));
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.opts.color && style != PLAIN && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}

/// `OpenAI · gpt-4o · embedding · through OpenRouter`: the operation where it is not the usual one.
fn recipient(call: &ModelCall) -> String {
    let mut parts = vec![clean(words::recipient(&call.provider)).into_owned()];
    parts.extend(call.model.as_deref().map(|m| clean(m).into_owned()));
    if !matches!(call.operation.as_str(), "chat" | "completion") {
        parts.push(clean(words::operation(&call.operation)).into_owned());
    }
    parts.extend(call.gateway.as_deref().map(|g| format!("through {}", clean(words::recipient(g)))));
    parts.join(" · ")
}

/// Host, region and what the code sets about storage.
fn settings(call: &ModelCall) -> String {
    // What configuration decides has no default that is known, and what runs here has no host.
    let host = match (call.endpoint.as_deref(), call.provider.as_str()) {
        (Some(endpoint), _) => clean(endpoint),
        (None, "by-config") => "host left to configuration".into(),
        (None, "local") => "no host in the code".into(),
        (None, _) => "default host".into(),
    };
    let region = call.region.as_deref().map_or("no region set".into(), clean);
    let settings: Vec<String> =
        call.settings.iter().map(|s| format!("{}={}", clean(&s.name), clean(&s.value))).collect();
    let storage = if settings.is_empty() { "no storage setting".to_string() } else { settings.join(" ") };
    match call.provider.as_str() {
        "local" => format!("{host} · {storage}"),
        _ => format!("{host}, {region} · {storage}"),
    }
}

/// What a reader should know of an item beyond its name.
fn remark(flows: &[&Flow]) -> &'static str {
    let source = &flows[0].source;
    if source.special_category {
        "special category (GDPR Art. 9)"
    } else if matches!(source.category.as_str(), "free_text" | "communications_content") {
        "may hold anything about anyone"
    } else if flows.iter().all(|f| f.confidence == crate::inventory::Confidence::Low) {
        "a guess: check the path"
    } else {
        ""
    }
}

/// Whether what belongs to these activities, or to all of its call's where there are none, belongs to this one.
fn of_activity(activities: &[String], activity: Option<&Activity>) -> bool {
    activity.is_none_or(|a| activities.is_empty() || activities.contains(&a.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn plain(inv: &Inventory) -> String {
        render(inv, &TerminalOptions::default())
    }

    #[test]
    fn worked_case() {
        insta::assert_snapshot!(plain(&sample::triage()));
    }

    #[test]
    fn everything() {
        insta::assert_snapshot!(plain(&sample::wide()));
    }

    #[test]
    fn every_step() {
        insta::assert_snapshot!(render(
            &sample::triage(),
            &TerminalOptions { paths: true, ..TerminalOptions::default() }
        ));
    }

    #[test]
    fn little_found() {
        let mut inv = sample::triage();
        inv.flows.clear();
        inv.outputs.clear();
        let no_flow = plain(&inv);
        inv.personal_data_fields.clear();
        let no_field = plain(&inv);
        inv.model_calls.clear();
        inv.activities.clear();
        let nothing = plain(&inv);
        inv.personal_data_fields = sample::triage().personal_data_fields;
        let no_call = plain(&inv);
        insta::assert_snapshot!([no_flow, no_field, nothing, no_call].join("-----\n"));
    }

    #[test]
    fn colours_only_where_wanted() {
        let text = render(&sample::triage(), &TerminalOptions { color: true, ..TerminalOptions::default() });
        assert!(text.contains("\u{1b}[1m"));
        assert_eq!(strip(&text), plain(&sample::triage()));
        // The sample holds an escape sequence in a label.
        assert!(!plain(&sample::wide()).contains('\u{1b}'));
    }

    fn strip(text: &str) -> String {
        let parts = text.split('\u{1b}').enumerate();
        parts.map(|(n, p)| if n == 0 { p } else { p.split_once('m').map_or(p, |x| x.1) }).collect()
    }

    #[test]
    fn lines_fit() {
        for line in plain(&sample::wide()).lines() {
            assert!(width(line) <= 100, "{line}");
        }
    }

    /// With a wrapper, each of its callers is shown with its own data.
    #[test]
    fn a_shared_call_shows_each_activity_its_own() {
        let mut inv = sample::triage();
        let mut other = inv.activities[0].clone();
        (other.id, other.name) = ("other".into(), "Other feature".into());
        inv.activities.push(other);
        for (n, flow) in inv.flows.iter_mut().enumerate() {
            flow.activities = vec![if n == 0 { "other".into() } else { "post-tickets-id-triage".into() }];
        }
        inv.outputs[0].activities = vec!["other".into()];
        let text = plain(&inv);
        let (first, second) = text.split_once("Other feature").expect("both are there");
        assert!(!first.contains("Ticket.customer_name") && second.contains("Ticket.customer_name"), "{text}");
        assert!(first.contains("Ticket.body") && !second.contains("Ticket.body"), "{text}");
        assert!(!first.contains("stored") && second.contains("stored"), "{text}");
        assert!(first.contains("decides") && second.contains("decides"), "{text}");
    }
}
