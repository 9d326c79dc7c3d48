//! Processing activities: the calls that serve one entry point, named as a person would name the feature.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::id;
use crate::inputs::Inputs;
use crate::inventory::{Activity, EntryPoint, Flow, Output};
use crate::ir::FnKind;
use crate::link::{FuncId, Program};
use crate::place;

/// Functions that one sink is followed up through.
const BUDGET: usize = 600;

/// The activities, and the function that each begins with.
pub(crate) struct Groups {
    pub(crate) activities: Vec<Activity>,
    starts: Vec<FuncId>,
    reach: Reach,
}

/// What each function leads down to, worked out once.
struct Reach {
    below: FxHashMap<FuncId, Vec<FuncId>>,
    of: FxHashMap<FuncId, Rc<FxHashSet<FuncId>>>,
}

impl Reach {
    fn of(&mut self, start: FuncId) -> Rc<FxHashSet<FuncId>> {
        let below = &self.below;
        self.of.entry(start).or_insert_with(|| Rc::new(reached(below, start))).clone()
    }
}

/// Group the sinks (their function, and id) by what reaches them.
pub(crate) fn group(program: &Program<'_>, inputs: &Inputs, sinks: &[(FuncId, String)]) -> Groups {
    let mut by_entry: BTreeMap<FuncId, Vec<String>> = BTreeMap::new();
    let mut reach = Reach { below: below(program), of: FxHashMap::default() };
    for (func, id) in sinks {
        for entry in entries(program, inputs, &mut reach, *func) {
            let calls = by_entry.entry(entry).or_default();
            if !calls.contains(id) {
                calls.push(id.clone());
            }
        }
    }
    let mut all: Vec<(Activity, FuncId)> = by_entry
        .into_iter()
        .map(|(func, calls)| {
            let entry = entry_point(program, inputs, func);
            let file = program.file(program.file_of(func));
            let name = name_of(program, func, &file.path, &entry);
            let activity = Activity {
                id: id::of("a", &[&file.path, &program.qualified(func)]),
                name,
                calls,
                entry_points: vec![entry],
            };
            (activity, func)
        })
        .collect();
    all.sort_by(|(a, _), (b, _)| (&a.entry_points, &a.id).cmp(&(&b.entry_points, &b.id)));
    let (mut activities, starts): (Vec<Activity>, Vec<FuncId>) = all.into_iter().unzip();
    tell_apart(&mut activities);
    Groups { activities, starts, reach }
}

/// Say of each flow and use which activities it belongs to: of a flow, those from which every function on it is reached,
/// or, where none does, the longest end of it; of a use, those from which one is reached that the answer came up to.
pub(crate) fn assign<'w>(
    program: &Program<'_>,
    groups: &mut Groups,
    flows: impl Iterator<Item = (&'w mut Flow, &'w Vec<FuncId>)>,
    outputs: &mut [(Output, Vec<FuncId>)],
) {
    let reach: Vec<Rc<FxHashSet<FuncId>>> = groups.starts.iter().map(|start| groups.reach.of(*start)).collect();
    let mut of_call: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (n, activity) in groups.activities.iter().enumerate() {
        activity.calls.iter().for_each(|call| of_call.entry(call).or_default().push(n));
    }
    // Those for which `reaching` is highest.
    let serving = |call: &str, reaching: &dyn Fn(&FxHashSet<FuncId>) -> usize| -> Vec<String> {
        let of = of_call.get(call).map_or(&[][..], Vec::as_slice);
        let most = of.iter().map(|n| reaching(&reach[*n])).max().unwrap_or_default();
        let those = of.iter().filter(|n| reaching(&reach[**n]) == most);
        let ids: Vec<String> = those.map(|n| groups.activities[*n].id.clone()).collect();
        // Said only where it says something.
        if ids.len() == of.len() { Vec::new() } else { ids }
    };
    // The top of a module runs for all.
    let runs_for_all = |func: &FuncId| program.function(*func).kind == FnKind::Module;
    for (flow, on) in flows {
        // Nobody reaches all of a way that leads through a database or a request.
        let end = |reached: &FxHashSet<FuncId>| {
            on.iter().rev().take_while(|f| runs_for_all(f) || reached.contains(*f)).count()
        };
        flow.activities = serving(&flow.call, &end);
    }
    for (output, tops) in outputs {
        let any = tops.iter().any(runs_for_all);
        output.activities =
            serving(&output.call, &|reached| usize::from(any || tops.iter().any(|f| reached.contains(f))));
    }
}

/// Which functions each function calls, passes on or holds: the other way round of what leads up to an entry.
fn below(program: &Program<'_>) -> FxHashMap<FuncId, Vec<FuncId>> {
    let mut below: FxHashMap<FuncId, Vec<FuncId>> = FxHashMap::default();
    for func in program.functions() {
        let calls = &program.call_graph;
        for site in calls.callers(func).iter().chain(calls.callbacks(func)) {
            below.entry(site.call.func).or_default().push(func);
        }
        if let Some(parent) = program.parent(func)
            && program.function(parent).kind != FnKind::Module
        {
            below.entry(parent).or_default().push(func);
        }
    }
    below
}

fn reached(below: &FxHashMap<FuncId, Vec<FuncId>>, start: FuncId) -> FxHashSet<FuncId> {
    let mut seen = FxHashSet::from_iter([start]);
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for next in below.get(&at).into_iter().flatten() {
            if seen.insert(*next) {
                open.push(*next);
            }
        }
    }
    seen
}

/// The functions at the top of the call chains that lead to `func`.
fn entries(program: &Program<'_>, inputs: &Inputs, reach: &mut Reach, func: FuncId) -> Vec<FuncId> {
    let mut seen = FxHashSet::default();
    let mut queue = VecDeque::from([func]);
    let mut found = Vec::new();
    seen.insert(func);
    while let Some(at) = queue.pop_front() {
        let mut up: Vec<FuncId> = Vec::new();
        if !inputs.entries.contains_key(&at) {
            let calls = &program.call_graph;
            let sites = calls.callers(at).iter().chain(calls.callbacks(at));
            up.extend(sites.map(|s| s.call.func).filter(|f| !program.in_test(*f) || program.in_test(func)));
            // A closure runs for what made it: also where that hands it to a function which others call with theirs.
            if let Some(parent) = program.parent(at).filter(|p| program.function(*p).kind != FnKind::Module) {
                let before = up.len();
                if before > 0 {
                    let reached = reach.of(parent);
                    up.retain(|f| !reached.contains(f));
                }
                if before == 0 || up.len() < before {
                    up.push(parent);
                }
            }
        }
        let module_only = up.iter().all(|f| program.function(*f).kind == FnKind::Module);
        if up.is_empty() || (module_only && program.function(at).kind != FnKind::Lambda) {
            found.push(at);
            continue;
        }
        for next in up {
            if seen.len() < BUDGET && seen.insert(next) {
                queue.push_back(next);
            }
        }
    }
    if found.is_empty() {
        found.push(func); // a cycle without a way in
    }
    found
}

fn entry_point(program: &Program<'_>, inputs: &Inputs, func: FuncId) -> EntryPoint {
    let f = program.function(func);
    let mut span = f.span;
    span.end_line = span.line;
    span.end_column = span.column;
    let location = place::at(program, program.file_of(func), span);
    let (label, kind) = match inputs.entries.get(&func) {
        Some(label) if label.contains('/') => (label.clone(), "http"),
        Some(label) => (label.clone(), "handler"),
        None if f.kind == FnKind::Module => ("when the file runs".to_owned(), "script"),
        None => (program.qualified(func), "function"),
    };
    EntryPoint { location, label, kind: kind.to_owned(), access: crate::sinks::access::of(program, func) }
}

/// Words at the end of a handler's name that say nothing of what it does.
const EMPTY: &[&str] = &["endpoint", "handler", "route", "view", "controller", "action"];
/// Parts of an address that say nothing of what it is for.
const HOLLOW: &[&str] = &["api", "v1", "v2", "v3", "rest", "trpc", "default"];

/// `classify_ticket` → `Classify ticket`; a handler named after its method goes by its address, a module by its file's or
/// folder's name.
fn name_of(program: &Program<'_>, func: FuncId, path: &str, entry: &EntryPoint) -> String {
    let f = program.function(func);
    let plain = !f.name.is_empty() && f.kind != FnKind::Module && f.name.len() > 2;
    let generic =
        ["GET", "POST", "PUT", "PATCH", "DELETE", "default", "main", "handle", "handler", "on_message", "constructor"];
    if plain && !generic.contains(&&*f.name) {
        let mut words = words_of(&f.name);
        while words.len() > 1 && words.last().is_some_and(|w| EMPTY.contains(&w.to_lowercase().as_str())) {
            words.pop();
        }
        return sentence(&words);
    }
    let fixed = |part: &&str| {
        !part.is_empty()
            && !part.contains(['{', '[', ':', '<', '*', '('])
            && !HOLLOW.contains(&part.to_lowercase().as_str())
    };
    if let Some((_, address)) = entry.label.split_once(' ').filter(|_| entry.kind == "http") {
        let parts: Vec<&str> = address.split('/').filter(fixed).collect();
        let words: Vec<String> = parts[parts.len().saturating_sub(2)..].iter().flat_map(|p| words_of(p)).collect();
        if !words.is_empty() {
            return sentence(&words);
        }
    }
    // A procedure goes by its path in the routers.
    if entry.kind == "handler" && entry.label.contains('.') {
        let parts: Vec<&str> = entry.label.split('.').collect();
        return sentence(&parts[parts.len() - 2..].iter().flat_map(|p| words_of(p)).collect::<Vec<_>>());
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    let file = parts.pop().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or(file);
    let generic = ["route", "index", "app", "main", "__init__", "__main__", "page", "server", "actions", "handler"];
    let folder = parts.iter().rev().find(|p| !p.starts_with(['(', '[']) && !matches!(**p, "src" | "lib")).copied();
    sentence(&words_of(match folder {
        Some(folder) if generic.contains(&stem) => folder,
        _ => stem,
    }))
}

/// Activities of one name get the name of their folder, or else of their file.
fn tell_apart(activities: &mut [Activity]) {
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (n, activity) in activities.iter().enumerate() {
        names.entry(activity.name.clone()).or_default().push(n);
    }
    for same in names.into_values().filter(|same| same.len() > 1) {
        let path = |n: usize| activities[n].entry_points.first().map_or("", |e| &*e.location.file).to_owned();
        let folder = |n: usize| path(n).rsplit('/').nth(1).unwrap_or_default().to_owned();
        let folders: std::collections::BTreeSet<String> = same.iter().map(|n| folder(*n)).collect();
        let by_folder = folders.len() == same.len();
        let more: Vec<String> = same.iter().map(|n| if by_folder { folder(*n) } else { path(*n) }).collect();
        for (n, more) in same.into_iter().zip(more) {
            let activity = &mut activities[n];
            activity.name = format!("{} ({more})", activity.name);
        }
    }
}

/// `resumeID_parser` → `resume`, `ID`, `parser`.
fn words_of(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (n, c) in letters.iter().enumerate() {
        let before = n.checked_sub(1).map(|b| letters[b]);
        let after = letters.get(n + 1);
        let starts = c.is_uppercase()
            && before
                .is_some_and(|b| b.is_lowercase() || (b.is_uppercase() && after.is_some_and(|a| a.is_lowercase())));
        if !c.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(*c);
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Lower case but for the first letter and acronyms.
fn sentence(words: &[String]) -> String {
    let mut out = String::new();
    for word in words {
        let acronym = word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase() || c.is_numeric());
        if out.is_empty() {
            let mut letters = word.chars();
            out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            out.push_str(&if acronym {
                letters.collect::<String>()
            } else {
                letters.collect::<String>().to_lowercase()
            });
        } else {
            out.push(' ');
            out.push_str(&if acronym { word.clone() } else { word.to_lowercase() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_words() {
        let name = |raw: &str| sentence(&words_of(raw));
        assert_eq!(name("classify_ticket"), "Classify ticket");
        assert_eq!(name("ChatIDPage"), "Chat ID page");
        assert_eq!(name("generateTitleFromUserMessage"), "Generate title from user message");
        assert_eq!(name("OCRUpload"), "OCR upload");
    }
}
