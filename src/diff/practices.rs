//! Tools, approvals, caches, logs of prompts: what comes and goes beside the calls.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::{Side, State, View};
use crate::inventory::{Inventory, Practice};
use crate::sinks::practices::{PracticeRow, reaches, rows};

pub(super) fn find(view: &View<'_>, drafts: &mut Vec<Draft>) {
    reach(view, drafts);
    let mut done: Vec<&str> = Vec::new();
    for row in rows() {
        if done.contains(&&*row.kind) {
            continue;
        }
        done.push(&row.kind);
        for (side, code) in [(Side::Head, &row.added), (Side::Base, &row.removed)] {
            if !code.is_empty() {
                lacking(view, row, side, code, drafts);
            }
        }
    }
}

/// T30: a tool that stays takes more from the model, and so chooses whose or which data it works on.
fn reach(view: &View<'_>, drafts: &mut Vec<Draft>) {
    let old = of(view.base, "tool");
    for tool in of(view.head, "tool") {
        let same = |p: &&&Practice| last(&p.name) == last(&tool.name) && p.location.file == tool.location.file;
        let Some(was) = old.iter().find(same) else { continue };
        let fresh: Vec<&str> =
            tool.takes.iter().filter(|t| !was.takes.contains(t) && reaches(t)).map(String::as_str).collect();
        // As many as before: another name for one.
        if fresh.is_empty() || was.takes.iter().any(|t| reaches(t) && !tool.takes.contains(t)) {
            continue;
        }
        let shown =
            |p: &Practice| Some(State { text: format!("{}({})", p.name, p.takes.join(", ")), ..State::default() });
        let near = view.new.iter().find(|u| u.file() == &*tool.location.file).map(super::unit::Unit::name);
        drafts.push(Draft {
            code: "T30",
            activity: near.unwrap_or_else(|| last(&tool.function).to_owned()),
            before: shown(was),
            after: shown(tool),
            message: format!("The model newly chooses what {} works on: {}.", tool.name, fresh.join(", ")),
            places: vec![
                (Side::Head, tool.location.clone(), tool.name.clone()),
                (Side::Base, was.location.clone(), was.name.clone()),
            ],
            must_touch: true,
            ..Draft::default()
        });
    }
}

fn of<'i>(inventory: &'i Inventory, kind: &str) -> Vec<&'i Practice> {
    inventory.practices.iter().filter(|p| p.kind == kind).collect()
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// What one side has and the other has not.
fn lacking(view: &View<'_>, row: &PracticeRow, side: Side, code: &str, drafts: &mut Vec<Draft>) {
    let (here, there) = match side {
        Side::Head => (view.head, view.base),
        Side::Base => (view.base, view.head),
    };
    let folder = |p: &Practice| {
        let file = &*p.location.file;
        file.split_once('/').map_or("", |(first, _)| first).to_owned()
    };
    let key = |p: &Practice| match row.scope.as_str() {
        "folder" => folder(p),
        "name" => p.name.to_ascii_lowercase().replace('_', ""),
        _ => format!("{}\0{}", last(&p.name), last(&p.function)),
    };
    let count = |all: &[&Practice]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for p in all {
            *counts.entry(key(p)).or_default() += 1;
        }
        counts
    };
    let (own, other) = (of(here, &row.kind), of(there, &row.kind));
    // A tool of one name may be given in several files: one more of them is a tool more, unless it left another.
    let files = |all: &[&Practice], name: &str| -> Vec<String> {
        let mut files: Vec<String> =
            all.iter().filter(|p| key(p) == name).map(|p| p.location.file.to_string()).collect();
        files.sort();
        files.dedup();
        files
    };
    let had = count(&other);
    let mut by_file: BTreeMap<&str, Vec<&Practice>> = BTreeMap::new();
    for (name, number) in count(&own) {
        let before = had.get(&name).copied().unwrap_or_default();
        let (now, earlier) = (files(&own, &name), files(&other, &name));
        let more = match &*row.scope {
            "function" => number > before,
            "name" => now.len() > earlier.len(),
            _ => before == 0,
        };
        if !more {
            continue;
        }
        let fresh = |p: &Practice| row.scope != "name" || !earlier.iter().any(|f| **f == *p.location.file);
        for p in own.iter().filter(|p| key(p) == name && fresh(p) && view.changes.touches(side, &p.location)) {
            by_file.entry(&p.location.file).or_default().push(p);
        }
    }
    // As many of them in all: they only moved.
    if row.scope == "function" && own.len() <= other.len() && row.kind != "prompt_log" {
        return;
    }
    for (file, found) in by_file {
        // The call itself says more than the import.
        if drafts.iter().any(|d| d.code == code && code == "T21") {
            continue;
        }
        let Some(code) = super::rows::find(code) else { continue };
        let mut names: Vec<&str> = found.iter().map(|p| &*p.name).collect();
        names.sort_unstable();
        names.dedup();
        let units = if side == Side::Head { &view.new } else { &view.old };
        let near = units.iter().find(|u| u.file() == file).map(super::unit::Unit::name);
        let text = names.join(", ");
        let message = message(&row.kind, side, &text);
        let state = Some(State { text, ..State::default() });
        let (before, after) = if side == Side::Head { (None, state) } else { (state, None) };
        drafts.push(Draft {
            code: &code.code,
            activity: near.unwrap_or_else(|| last(&found[0].function).to_owned()),
            before,
            after,
            message,
            places: found.iter().map(|p| (side, p.location.clone(), p.name.clone())).collect(),
            must_touch: true,
            ..Draft::default()
        });
    }
}

fn message(kind: &str, side: Side, names: &str) -> String {
    match (kind, side) {
        ("tool", _) => format!("A model may newly call: {names}."),
        ("approval", Side::Head) => format!("A person newly has to approve: {names}."),
        ("approval", Side::Base) => format!("No approval is asked any more: {names} is gone."),
        ("cache", _) => format!("Prompts or answers are newly cached: {names}."),
        ("prompt_log", Side::Head) => format!("A prompt is newly written to a log: {names}."),
        ("prompt_log", Side::Base) => format!("A prompt is no longer written to a log: {names}."),
        ("guardrail", _) => format!("A check of what goes in or comes out is gone: {names}."),
        ("deletion", _) => format!("Something that deletes what is kept is gone: {names}."),
        ("annotation", _) => format!("Data are newly handed to a tool for labelling: {names}."),
        ("remote_code", _) => format!("A model may newly bring code of its own: {names}."),
        _ => format!("New: {names}."),
    }
}
