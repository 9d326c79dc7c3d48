//! Why something is in a report, or is not: for a call all that reaches it, for a field where it goes, and where its
//! ways end that lead to no model.

use std::fmt::Write as _;

use anyhow::bail;

use crate::classify::Fields;
use crate::inventory::{Confidence, Flow, Inventory, Location, ModelCall};
use crate::ir::{ValueId, ValueKind};
use crate::link::{Abs, Gv, Program, Resolver};
use crate::outputs::{Forward, Use};
use crate::place;
use crate::words;

/// Reads of one field that are followed.
const MOST_READS: usize = 200;
/// Ends of its ways that are shown.
const MOST_ENDS: usize = 12;

/// Where a declared field is read, and what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct FieldTrail {
    pub(crate) location: Location,
    pub(crate) label: String,
    pub(crate) category: String,
    reads: Vec<Location>,
    uses: Vec<Use>,
    ends: Vec<(Location, String)>,
}

/// Follow the personal fields that are declared at a place.
pub(crate) fn trails(
    program: &Program<'_>,
    fields: &Fields,
    forward: &Forward<'_>,
    file: &str,
    line: u32,
) -> Vec<FieldTrail> {
    let declared = fields.all().into_iter().filter(|(_, d)| *d.location.file == *file && d.location.line == line);
    declared
        .map(|(class, field)| {
            let mut trail = FieldTrail {
                location: field.location.clone(),
                label: field.label.clone(),
                category: field.category.clone(),
                reads: Vec::new(),
                uses: Vec::new(),
                ends: Vec::new(),
            };
            let family = program.descendants(class);
            for func in program.functions().filter(|f| !program.in_test(*f)) {
                let mut resolver = Resolver::new(program, Some(&program.call_graph));
                for (i, value) in program.function(func).values.iter().enumerate() {
                    let ValueKind::Field(base, name) = &value.kind else { continue };
                    if **name != *field.name || trail.reads.len() >= MOST_READS {
                        continue;
                    }
                    let of = resolver.resolve(Gv { func, value: *base });
                    if !of.iter().any(|abs| matches!(abs, Abs::Instance(c) if family.contains(c))) {
                        continue;
                    }
                    let read = Gv { func, value: ValueId(u32::try_from(i).unwrap_or(u32::MAX)) };
                    trail.reads.push(place::of(program, read));
                    let (uses, ends) = forward.trail(read);
                    trail.uses.extend(uses);
                    trail.ends.extend(ends);
                }
            }
            trail.reads.sort();
            trail.reads.dedup();
            trail.uses.sort();
            trail.uses.dedup();
            trail.ends.sort();
            trail.ends.dedup();
            trail
        })
        .collect()
}

/// The answer for people.
pub(crate) fn render(inventory: &Inventory, file: &str, line: u32, trails: &[FieldTrail]) -> anyhow::Result<String> {
    let mut out = String::new();
    let here = |l: &Location| *l.file == *file && l.line <= line && line <= l.end_line.max(l.line);
    for call in inventory.model_calls.iter().filter(|c| here(&c.location)) {
        of_call(&mut out, inventory, call)?;
    }
    for trail in trails {
        of_field(&mut out, inventory, trail)?;
    }
    if out.is_empty() {
        // Neither a call nor a field: what passes through the line.
        let passing: Vec<&Flow> =
            inventory.flows.iter().filter(|f| f.steps.iter().any(|s| here(&s.location))).collect();
        if passing.is_empty() {
            bail!(
                "nothing in the report stands at {file}:{line}: no model call, no field with personal data, no step of \
                 a flow; the file's path is relative to the scanned folder"
            );
        }
        writeln!(out, "{} flow(s) pass through {file}:{line}", passing.len())?;
        for flow in passing {
            steps(&mut out, flow)?;
        }
    }
    Ok(out)
}

fn of_call(out: &mut String, inventory: &Inventory, call: &ModelCall) -> anyhow::Result<()> {
    let provider = words::recipient_of(call);
    writeln!(out, "{}:{}  {} to {provider}", call.location.file, call.location.line, call.callee)?;
    let flows: Vec<&Flow> = inventory.flows.iter().filter(|f| f.call == call.id).collect();
    if flows.is_empty() {
        writeln!(out, "  no personal data were found to reach it")?;
    }
    for flow in flows {
        steps(out, flow)?;
    }
    for d in inventory.diagnostics.iter().filter(|d| d.location.as_ref() == Some(&call.location)) {
        writeln!(out, "  {}: {}", d.kind, d.message)?;
    }
    Ok(())
}

fn of_field(out: &mut String, inventory: &Inventory, trail: &FieldTrail) -> anyhow::Result<()> {
    let at = |l: &Location| format!("{}:{}", l.file, l.line);
    writeln!(out, "{}  {} ({})", at(&trail.location), trail.label, words::category(&trail.category))?;
    let flows: Vec<&Flow> = inventory.flows.iter().filter(|f| f.source.location == trail.location).collect();
    for flow in &flows {
        steps(out, flow)?;
    }
    if flows.is_empty() {
        writeln!(out, "  reaches no model call that was found")?;
    }
    if trail.reads.is_empty() {
        writeln!(out, "  it is never read by its name where the object's class is known")?;
        return Ok(());
    }
    writeln!(out, "  read at {} place(s), the first at {}", trail.reads.len(), at(&trail.reads[0]))?;
    for used in &trail.uses {
        writeln!(out, "  {}: {}  {}", words::answer_use(&used.usage), used.label, at(&used.location))?;
    }
    if flows.is_empty() {
        for (location, reason) in trail.ends.iter().take(MOST_ENDS) {
            writeln!(out, "  ends at {}: {reason}", at(location))?;
        }
        if trail.ends.len() > MOST_ENDS {
            writeln!(out, "  and {} more ends", trail.ends.len() - MOST_ENDS)?;
        }
        let cut = inventory.diagnostics.iter().filter(|d| d.kind == "budget").count();
        if cut > 0 {
            writeln!(out, "  the walks back from {cut} call(s) were ended by their budget: it may reach one of these")?;
        }
    }
    Ok(())
}

fn steps(out: &mut String, flow: &Flow) -> anyhow::Result<()> {
    let source = &flow.source;
    writeln!(
        out,
        "  {} ({}), {} confidence, from {}:{}",
        source.label,
        words::category(&source.category),
        confidence(flow.confidence),
        source.location.file,
        source.location.line
    )?;
    for step in &flow.steps {
        writeln!(out, "    {}:{}  {}", step.location.file, step.location.line, step.label)?;
    }
    for guard in &flow.safeguards {
        writeln!(out, "    {} by {} at {}:{}", guard.kind, guard.name, guard.location.file, guard.location.line)?;
    }
    if let Some(others) = words::other_ways(flow) {
        writeln!(out, "    {others}")?;
    }
    Ok(())
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}
