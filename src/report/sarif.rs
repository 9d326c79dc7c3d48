//! SARIF 2.1.0, as GitHub code scanning reads it: one run, one result for each finding.
//!
//! GitHub shows the first location only, takes the first sentence of the message as a title, and follows `[text](1)` to
//! the related location with that id. It refuses a file with more than 25,000 results.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::json;
use serde_sarif::sarif;

use super::text;
use crate::inventory::{Flow, Inventory, Location, Suppression};
use crate::rules::{self, Finding, Rule};
use crate::words;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const ROOT: &str = "%SRCROOT%";
/// Sources that a message links.
const LINKED: usize = 8;
/// Paths that a result shows.
const PATHS: usize = 10;
/// Steps that a path shows: ten of them stay within the 1,000 that GitHub shows for a result.
const STEPS: usize = 90;
const RESULTS: usize = 25_000;

pub struct SarifOptions<'a> {
    /// Keeps the alerts of several scans of one repository apart.
    pub category: Option<String>,
    /// The scanned folder as a `file:` URI, for viewers that open files. Not needed by GitHub.
    pub source_root: Option<String>,
    /// The scanned folder's path from the root of the repository, where it is not that root.
    pub path_prefix: Option<String>,
    pub information_uri: Option<String>,
    /// Leave out the findings that somebody has accepted, for readers that do not know `suppressions`, as GitHub.
    pub hide_suppressed: bool,
    /// GitHub's fingerprint of a line (`fingerprint::line_hashes`), where its file can be read.
    pub line_hash: &'a dyn Fn(&Location) -> Option<String>,
}

impl Default for SarifOptions<'_> {
    fn default() -> Self {
        let repository = env!("CARGO_PKG_REPOSITORY");
        SarifOptions {
            category: None,
            source_root: None,
            path_prefix: None,
            information_uri: (!repository.is_empty()).then(|| repository.to_string()),
            hide_suppressed: false,
            line_hash: &|_| None,
        }
    }
}

/// The findings as a SARIF file, with a line end at the end.
///
/// # Errors
/// Where the file cannot be written as JSON.
pub fn render(inv: &Inventory, opts: &SarifOptions<'_>) -> anyhow::Result<String> {
    let write = Write { opts };
    let mut findings = if opts.hide_suppressed { rules::findings(inv) } else { rules::all(inv) };
    let mut notifications = write.notifications(inv);
    if findings.len() > RESULTS {
        let message = format!("{} results are left out: GitHub takes {RESULTS}.", findings.len() - RESULTS);
        notifications.push(notification("result-limit", "warning", &message, None));
        findings.truncate(RESULTS);
    }

    let rules: Vec<_> = rules::RULES.iter().map(|rule| descriptor(rule)).collect();
    let mut driver = sarif::ToolComponent::builder()
        .name(inv.tool.name.as_str())
        .semantic_version(inv.tool.version.as_str())
        .rules(rules)
        .build();
    driver.information_uri = opts.information_uri.clone();

    let mut invocation = sarif::Invocation::builder().execution_successful(true).build();
    invocation.tool_execution_notifications = Some(notifications);
    let mut root =
        sarif::ArtifactLocation::builder().description(sarif::Message::from("The root of the repository.")).build();
    root.uri = opts.source_root.as_ref().map(|uri| format!("{}/", uri.trim_end_matches('/')));

    // Up to the last slash it is the category, what follows names one run.
    let category = opts.category.as_deref().unwrap_or("towhom").trim_end_matches('/');
    let run = sarif::Run::builder()
        .tool(sarif::Tool::from(driver))
        .automation_details(sarif::RunAutomationDetails::builder().id(format!("{category}/")).build())
        .column_kind(json!("utf16CodeUnits"))
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_string(), root)]))
        .invocations(vec![invocation])
        .results(findings.iter().map(|f| write.result(f, inv)).collect::<Vec<_>>())
        .build();
    let file = sarif::Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    let mut text = serde_json::to_string_pretty(&file).context("writing SARIF")?;
    text.push('\n');
    Ok(text)
}

fn descriptor(rule: &Rule) -> sarif::ReportingDescriptor {
    let string = |text: &str| sarif::MultiformatMessageString::builder().text(text).build();
    let severity = match rule.severity {
        rules::Level::Error => "error",
        rules::Level::Warning => "warning",
        rules::Level::Note => "recommendation",
    };
    let more = BTreeMap::from([
        ("precision".to_string(), json!(rule.precision)),
        ("problem.severity".to_string(), json!(severity)),
    ]);
    let tags: Vec<String> = rule.tags.iter().map(ToString::to_string).collect();
    let help = sarif::MultiformatMessageString::builder()
        .text(text::plain(rule.help_markdown))
        .markdown(rule.help_markdown.trim())
        .build();
    sarif::ReportingDescriptor::builder()
        .id(rule.id)
        .name(rule.name)
        .short_description(string(rule.short))
        .full_description(string(rule.full))
        .help(help)
        .default_configuration(sarif::ReportingConfiguration::builder().level(json!(rule.severity.as_str())).build())
        .properties(sarif::PropertyBag::builder().tags(tags).additional_properties(more).build())
        .build()
}

fn notification(kind: &str, level: &str, text: &str, location: Option<sarif::Location>) -> sarif::Notification {
    let mut notification = sarif::Notification::builder()
        .message(sarif::Message::from(&text::markdown(text)))
        .level(json!(level))
        .descriptor(sarif::ReportingDescriptorReference::builder().id(kind).build())
        .build();
    notification.locations = location.map(|l| vec![l]);
    notification
}

struct Write<'a> {
    opts: &'a SarifOptions<'a>,
}

impl Write<'_> {
    fn result(&self, finding: &Finding<'_>, inv: &Inventory) -> sarif::Result {
        let rule_index = rules::RULES.iter().position(|r| r.id == finding.rule.id).unwrap_or_default() as i64;
        let level = match finding.level {
            rules::Level::Error => sarif::ResultLevel::Error,
            rules::Level::Warning => sarif::ResultLevel::Warning,
            rules::Level::Note => sarif::ResultLevel::Note,
        };
        let (related, links) = self.related(finding);
        let mut message = text::markdown(&finding.message);
        if !links.is_empty() {
            message.push_str(&format!(" See {links}."));
        }
        if finding.flows.len() > PATHS {
            message.push_str(&format!(" {PATHS} of {} paths are shown.", finding.flows.len()));
        }
        let mut fingerprints = BTreeMap::from([("towhom/flow/v1".to_string(), finding.id.clone())]);
        if let Some(hash) = (self.opts.line_hash)(finding.location) {
            fingerprints.insert("primaryLocationLineHash".to_string(), hash);
        }
        let more = BTreeMap::from([
            ("confidence".to_string(), json!(finding.confidence.as_str())),
            ("recipient".to_string(), json!(finding.call.provider)),
            ("category".to_string(), json!(finding.category)),
        ]);
        let mut result = sarif::Result::builder()
            .rule_id(finding.rule.id)
            .rule_index(rule_index)
            .level(level)
            .message(sarif::Message::from(&message))
            .locations(vec![self.location(finding.location)])
            .partial_fingerprints(fingerprints)
            .properties(sarif::PropertyBag::builder().additional_properties(more).build())
            .build();
        let flows: Vec<_> = finding.flows.iter().take(PATHS).map(|f| self.code_flow(f, finding)).collect();
        result.code_flows = (!flows.is_empty()).then_some(flows);
        result.related_locations = (!related.is_empty()).then_some(related);
        let by = inv.suppressions.iter().filter(|s| s.findings.contains(&finding.id));
        let suppressions: Vec<_> = by.map(|s| self.suppression(s)).collect();
        result.suppressions = (!suppressions.is_empty()).then_some(suppressions);
        result
    }

    fn suppression(&self, suppression: &Suppression) -> sarif::Suppression {
        let kind = if suppression.kind == "inline" { "inSource" } else { "external" };
        let mut written = sarif::Suppression::builder()
            .kind(json!(kind))
            .status(json!("accepted"))
            .justification(text::clean(&suppression.reason).into_owned())
            .build();
        written.location = suppression.location.as_ref().map(|l| self.location(l));
        written
    }

    /// Where the items come from, or the call whose answer is used, with the links to them.
    fn related(&self, finding: &Finding<'_>) -> (Vec<sarif::Location>, String) {
        let mut places: Vec<(&Location, &str)> =
            finding.flows.iter().map(|f| (&f.source.location, f.source.label.as_str())).collect();
        if finding.flows.is_empty() {
            places.push((&finding.call.location, &finding.call.callee));
            places.extend(finding.outputs.iter().skip(1).map(|o| (&o.location, o.label.as_str())));
        }
        places.sort();
        places.dedup_by_key(|p| p.0);
        let left = places.len().saturating_sub(LINKED);
        let mut links = Vec::new();
        let mut related = Vec::new();
        for (id, (location, label)) in (1i64..).zip(places.into_iter().take(LINKED)) {
            links.push(format!("[{}]({id})", text::markdown(&text::place(location))));
            let mut place = self.told(location, if label.is_empty() { "see here" } else { label });
            place.id = Some(id);
            related.push(place);
        }
        let more = if left > 0 { format!(" and {left} more") } else { String::new() };
        (related, links.join(", ") + &more)
    }

    fn code_flow(&self, flow: &Flow, finding: &Finding<'_>) -> sarif::CodeFlow {
        let source = &flow.source;
        let mut steps =
            vec![self.told(&source.location, &format!("{}: {}", words::category(&source.category), source.label))];
        let shown = flow.steps.len().min(STEPS);
        steps.extend(flow.steps[..shown].iter().map(|s| self.told(&s.location, &s.label)));
        if let Some(next) = flow.steps.get(shown) {
            steps.push(self.told(&next.location, &format!("… {} steps left out", flow.steps.len() - shown)));
        }
        let call = finding.call;
        let last = format!("{}: handed to {}", call.callee, words::recipient_of(call));
        steps.push(self.told(&call.location, &last));
        let locations: Vec<_> =
            steps.into_iter().map(|s| sarif::ThreadFlowLocation::builder().location(s).build()).collect();
        let thread = sarif::ThreadFlow::builder().locations(locations).build();
        sarif::CodeFlow::builder().thread_flows(vec![thread]).build()
    }

    fn notifications(&self, inv: &Inventory) -> Vec<sarif::Notification> {
        let mut all: Vec<_> = inv.diagnostics.iter().collect();
        all.sort();
        let level = |kind: &str| {
            if kind == "syntax-error" { "note" } else { "warning" }
        };
        let place = |l: &Location| self.location(l);
        all.iter().map(|d| notification(&d.kind, level(&d.kind), &d.message, d.location.as_ref().map(place))).collect()
    }

    fn told(&self, location: &Location, message: &str) -> sarif::Location {
        let mut place = self.location(location);
        place.message = Some(sarif::Message::from(&text::markdown(message)));
        place
    }

    fn location(&self, location: &Location) -> sarif::Location {
        let path = text::joined(self.opts.path_prefix.as_deref(), &location.file);
        // A region that ends before it begins, or at line 0, makes the whole file invalid.
        let start = (location.line.max(1), location.column.max(1));
        let end = (location.end_line, location.end_column).max(start);
        let region = sarif::Region::builder()
            .start_line(start.0)
            .start_column(start.1)
            .end_line(end.0)
            .end_column(end.1)
            .build();
        let artifact = sarif::ArtifactLocation::builder().uri(text::uri(&path)).uri_base_id(ROOT).build();
        let physical = sarif::PhysicalLocation::builder().artifact_location(artifact).region(region).build();
        sarif::Location::builder().physical_location(physical).build()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::{fingerprint, sample};

    fn options<'a>() -> SarifOptions<'a> {
        SarifOptions {
            information_uri: Some("https://example.org/towhom".into()),
            line_hash: &|l| fingerprint::line_hashes(&l.file).pop(),
            ..SarifOptions::default()
        }
    }

    fn parsed(inv: &Inventory) -> Value {
        serde_json::from_str(&render(inv, &options()).expect("renders")).expect("is JSON")
    }

    #[test]
    fn worked_case() {
        let text = render(&sample::triage(), &options()).expect("renders");
        // The rules have tests of their own.
        let mut file: Value = serde_json::from_str(&text).expect("is JSON");
        file["runs"][0]["tool"]["driver"]["rules"] = json!("…");
        insta::assert_snapshot!(serde_json::to_string_pretty(&file).expect("is JSON"));
    }

    fn results(file: &Value) -> &[Value] {
        file["runs"][0]["results"].as_array().map_or(&[], Vec::as_slice)
    }

    /// What GitHub requires, for every rule and result.
    #[test]
    fn has_what_github_requires() {
        let file = parsed(&sample::wide());
        assert_eq!((&file["$schema"], &file["version"]), (&json!(SCHEMA), &json!("2.1.0")));
        assert_eq!(file["runs"].as_array().map(Vec::len), Some(1));
        let run = &file["runs"][0];
        assert!(run["automationDetails"]["id"].as_str().is_some_and(|id| id.ends_with('/')));
        assert_eq!(run["columnKind"], "utf16CodeUnits");
        let full = |v: &Value| v.as_str().is_some_and(|s| !s.trim().is_empty());
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        for rule in rules {
            assert!(
                full(&rule["shortDescription"]["text"])
                    && full(&rule["help"]["text"])
                    && full(&rule["help"]["markdown"])
            );
            assert!(rule["fullDescription"]["text"].as_str().is_some_and(|s| s.len() <= 1024 && !s.contains("  ")));
            assert_ne!(rule["id"], rule["name"]);
            assert!(rule["properties"]["tags"].as_array().is_some_and(|t| t.len() <= 10));
        }
        for result in results(&file) {
            let index = result["ruleIndex"].as_u64().expect("index") as usize;
            assert_eq!(result["ruleId"], rules[index]["id"]);
            assert!(full(&result["message"]["text"]));
            assert!(full(&result["partialFingerprints"]["primaryLocationLineHash"]));
            assert!(full(&result["partialFingerprints"]["towhom/flow/v1"]));
            assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
            assert!(result["codeFlows"].as_array().is_none_or(|c| c.len() <= PATHS));
            let ids: Vec<_> = result["relatedLocations"].as_array().into_iter().flatten().map(|r| &r["id"]).collect();
            for id in ids {
                let text = result["message"]["text"].as_str().expect("text");
                assert!(text.contains(&format!("]({id})")), "{text} does not link {id}");
            }
        }
    }

    #[test]
    fn messages() {
        let file = parsed(&sample::wide());
        let lines = results(&file).iter().map(|r| {
            let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
            format!("{} {}\n    {}\n", text(&r["level"]), text(&r["ruleId"]), text(&r["message"]["text"]))
        });
        insta::assert_snapshot!(lines.collect::<String>());
    }

    #[test]
    fn what_was_accepted_is_marked_or_left_out() {
        let phone = |file: &Value| results(file).iter().find(|r| r["properties"]["category"] == "phone").cloned();
        let marked = phone(&parsed(&sample::wide())).expect("there");
        let suppression = &marked["suppressions"][0];
        assert_eq!((&suppression["kind"], &suppression["status"]), (&json!("inSource"), &json!("accepted")));
        assert!(suppression["justification"].as_str().is_some_and(|j| j.starts_with("Agreed")));
        assert_eq!(suppression["location"]["physicalLocation"]["region"]["startLine"], 21);
        let text = render(&sample::wide(), &SarifOptions { hide_suppressed: true, ..options() }).expect("renders");
        assert!(phone(&serde_json::from_str(&text).expect("is JSON")).is_none());
    }

    #[test]
    fn text_from_code_stays_text() {
        let text = render(&sample::wide(), &options()).expect("renders");
        assert!(!text.contains('\u{1b}') && !text.contains("\\u001b") && !text.contains('\u{202e}'));
        assert_eq!(text.matches("](https://").count(), text.matches("\\\\](https://").count(), "a link from a label");
        assert!(text.contains("notebooks/reply%20%5Bdraft%5D.ipynb"));
    }

    #[test]
    fn tests_are_left_out_and_prefixes_put_in() {
        let opts =
            SarifOptions { path_prefix: Some("services/api/".into()), category: Some("api".into()), ..options() };
        let text = render(&sample::wide(), &opts).expect("renders");
        assert!(!text.contains("tests/test_triage.py"));
        assert!(text.contains("\"services/api/app/triage.py\"") && text.contains("\"id\": \"api/\""));
    }

    #[test]
    fn many_paths_are_capped_and_counted() {
        let mut inv = sample::triage();
        let steps = vec![inv.flows[0].steps[0].clone(); 200];
        for n in 0..30 {
            inv.flows.push(sample::flow(
                &inv.model_calls[0].id.clone(),
                &format!("User.mail{n:02}"),
                "email",
                n + 1,
                steps.clone(),
            ));
        }
        let file = parsed(&inv);
        let result = results(&file).iter().find(|r| r["properties"]["category"] == "email").expect("there");
        assert_eq!(result["codeFlows"].as_array().map(Vec::len), Some(PATHS));
        let message = result["message"]["text"].as_str().expect("text");
        assert!(message.contains("and 23 more") && message.contains("10 of 31 paths are shown"), "{message}");
        let flows = result["codeFlows"].as_array().expect("flows").iter();
        let steps = flows.map(|f| f["threadFlows"][0]["locations"].as_array().map_or(0, Vec::len)).sum::<usize>();
        assert!(steps <= 1000, "{steps}");
    }

    /// Writes a file for validators that are not part of this project: `TOWHOM_SARIF_OUT=x.sarif cargo test`.
    #[test]
    fn for_validators() {
        if let Some(path) = std::env::var_os("TOWHOM_SARIF_OUT") {
            std::fs::write(path, render(&sample::wide(), &options()).expect("renders")).expect("can be written");
        }
    }
}
