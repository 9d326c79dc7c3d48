//! The triggers of a comparison as SARIF: one rule a trigger, the result on a changed line, since GitHub shows only those
//! in a pull request.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::json;
use serde_sarif::sarif;

use super::text;
use super::triggers::Compared;
use crate::diff::rows::{self, Row};
use crate::diff::{Place, Severity, Trigger};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const ROOT: &str = "%SRCROOT%";

/// The triggers that nobody has acknowledged, with a line end at the end.
///
/// # Errors
/// Where the file cannot be written as JSON.
pub fn render(compared: &Compared) -> anyhow::Result<String> {
    let rules: Vec<&Row> = rows::all().iter().collect();
    let open = compared.comparison.triggers.iter().filter(|t| t.acknowledged.is_none());
    let results: Vec<_> = open.map(|t| result(t, &rules)).collect();
    let mut driver = sarif::ToolComponent::builder()
        .name("towhom")
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.iter().map(|r| descriptor(r)).collect::<Vec<_>>())
        .build();
    let repository = env!("CARGO_PKG_REPOSITORY");
    driver.information_uri = (!repository.is_empty()).then(|| repository.to_owned());
    let root =
        sarif::ArtifactLocation::builder().description(sarif::Message::from("The root of the repository.")).build();
    let run = sarif::Run::builder()
        .tool(sarif::Tool::from(driver))
        .automation_details(sarif::RunAutomationDetails::builder().id("towhom-diff/").build())
        .column_kind(json!("utf16CodeUnits"))
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_owned(), root)]))
        .results(results)
        .build();
    let file = sarif::Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    Ok(serde_json::to_string_pretty(&file).context("writing SARIF")? + "\n")
}

fn level(severity: Severity) -> sarif::ResultLevel {
    match severity {
        Severity::High => sarif::ResultLevel::Error,
        Severity::Medium => sarif::ResultLevel::Warning,
        Severity::Low => sarif::ResultLevel::Note,
    }
}

fn descriptor(row: &Row) -> sarif::ReportingDescriptor {
    let string = |text: &str| sarif::MultiformatMessageString::builder().text(text).build();
    let problem = match row.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    };
    let more =
        BTreeMap::from([("precision".to_owned(), json!("high")), ("problem.severity".to_owned(), json!(problem))]);
    let help = format!(
        "**{}** ({}). {}\n\nWhat is compared: {}\n\nOpen again in the DPIA: {} (sections of the EDPB's template). Source: \
         {}.\n\nTo accept it, add an `[[acknowledged]]` table to `dpia.toml` with who reviewed it, when and why.",
        row.title,
        row.code,
        row.why,
        row.seen,
        row.sections.join(", "),
        row.source
    );
    let help = sarif::MultiformatMessageString::builder().text(text::plain(&help)).markdown(help).build();
    let name = row.id.split('-').map(capital).collect::<String>();
    sarif::ReportingDescriptor::builder()
        .id(format!("{}-{}", row.code, row.id))
        .name(name)
        .short_description(string(&format!("{}: {}", row.code, row.title)))
        .full_description(string(&row.why))
        .help(help)
        .default_configuration(sarif::ReportingConfiguration::builder().level(json!(level(row.severity))).build())
        .properties(
            sarif::PropertyBag::builder()
                .tags(vec!["privacy".to_owned(), "gdpr".to_owned(), "dpia".to_owned()])
                .additional_properties(more)
                .build(),
        )
        .build()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn result(trigger: &Trigger, rules: &[&Row]) -> sarif::Result {
    let index = rules.iter().position(|r| r.code == trigger.code).unwrap_or_default() as i64;
    let message = format!(
        "{} Look again at {} of the DPIA: {}",
        text::markdown(&trigger.message),
        trigger.sections.join(", "),
        trigger.why
    );
    // What is only in the base is shown where it stood: in a pull request GitHub shows only lines of the diff.
    let line = trigger.location.head_line.unwrap_or(trigger.location.line);
    let primary = Place { at: None, line, ..trigger.location.clone() };
    let related: Vec<_> = trigger.related.iter().filter(|p| p.at.is_none()).collect();
    let key = crate::id::of("t", &[&trigger.code, &trigger.activity, &trigger.message]);
    let mut result = sarif::Result::builder()
        .rule_id(format!("{}-{}", trigger.code, trigger.id))
        .rule_index(index)
        .level(level(trigger.severity))
        .message(sarif::Message::builder().text(text::plain(&message)).markdown(message).build())
        .locations(vec![location(&primary)])
        .partial_fingerprints(BTreeMap::from([("towhom/trigger/v1".to_owned(), key)]))
        .build();
    if !related.is_empty() {
        result.related_locations = Some(related.iter().map(|p| location(p)).collect());
        let steps = related.iter().map(|p| sarif::ThreadFlowLocation::builder().location(location(p)).build());
        let flow = sarif::ThreadFlow::builder().locations(steps.collect::<Vec<_>>()).build();
        result.code_flows = Some(vec![sarif::CodeFlow::builder().thread_flows(vec![flow]).build()]);
    }
    result
}

fn location(place: &Place) -> sarif::Location {
    let artifact = sarif::ArtifactLocation::builder().uri(text::uri(&place.file)).uri_base_id(ROOT).build();
    let region = sarif::Region::builder().start_line(i64::from(place.line.max(1))).build();
    let physical = sarif::PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    let mut location = sarif::Location::builder().physical_location(physical).build();
    location.message = place.label.as_ref().map(|l| sarif::Message::from(&text::markdown(l)));
    location
}
