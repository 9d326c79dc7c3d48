//! Small programs that say in comments what must be found in them. `fixtures/README.md` lists the comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use towhom::inventory::{Inventory, Location};

use crate::support::{files, repository, scan};

const CODE: &[&str] = &["py", "ts", "tsx", "js", "jsx", "ipynb", "prisma", "sql"];

/// What a comment asks for.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// These categories, and no others, reach the call; and the call's provider, if it is named.
    Flow { categories: BTreeSet<String>, provider: Option<String> },
    /// Something reaches the call.
    Some,
    /// Nothing does.
    Nothing,
    /// No call is reported here.
    NoCall,
    /// A call: operation, provider, and perhaps the model.
    Call { operation: String, provider: String, model: Option<String> },
    /// The call's details, each as `report` puts it: `candidate openai gpt-4o if x == "y" by default`, `also pinecone store`,
    /// `through vercel-gateway`, `model from OPENAI_MODEL`, `setting store true`, `region eu`.
    Detail(String),
    /// Every flow to the call goes through a safeguard of this kind; `none`: through no safeguard.
    Guarded(String),
    /// The answer of a call is put to this use here.
    Output(String),
    /// And this is no such use.
    NoOutput(String),
    /// A declaration of this category; none for what must not be taken for personal data.
    Field(Option<String>),
}

/// The place in a file that a comment speaks of.
type Place = (String, u32);

fn expectations(root: &Path) -> Vec<(Place, Expected)> {
    let base = if root.is_file() { root.parent().unwrap() } else { root };
    let paths = if root.is_file() { vec![root.to_path_buf()] } else { files(root) };
    let mut found = Vec::new();
    for path in paths.iter().filter(|p| is_code(p)) {
        let name = path.strip_prefix(base).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let Some((before, comment)) = comment(line) else { continue };
            let Some(expected) = parse(comment) else { continue };
            // On a line of its own it speaks of the next line of code, beside code of that line.
            let of = if before.trim_matches([' ', '"', '\t']).is_empty() {
                let code = |l: &&str| comment_only(l).is_none_or(|c| parse(c).is_none()) && !l.trim().is_empty();
                n + 1
                    + lines[n + 1..]
                        .iter()
                        .position(code)
                        .unwrap_or_else(|| panic!("{name}:{}: nothing after it", n + 1))
            } else {
                n
            };
            found.push(((name.clone(), u32::try_from(of + 1).unwrap()), expected));
        }
    }
    found
}

fn is_code(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| CODE.contains(&e))
}

/// What stands before a comment, and the comment.
fn comment(line: &str) -> Option<(&str, &str)> {
    ["# ", "// ", "-- "].iter().find_map(|mark| {
        let at = line.rfind(mark)?;
        let text = line[at + mark.len()..].trim();
        // In a notebook a line is a JSON string.
        let in_string = line.trim_start().starts_with('"');
        let text =
            if in_string { text.trim_end_matches(',').trim_end_matches('"').trim_end_matches("\\n") } else { text };
        Some((&line[..at], text))
    })
}

fn comment_only(line: &str) -> Option<&str> {
    comment(line).filter(|(before, _)| before.trim_matches([' ', '"', '\t']).is_empty()).map(|(_, c)| c)
}

fn parse(comment: &str) -> Option<Expected> {
    match comment.split(" (").next() {
        Some("flow") => return Some(Expected::Some),
        Some("no flow") => return Some(Expected::Nothing),
        Some("no call") => return Some(Expected::NoCall),
        _ => {}
    }
    let (key, value) = comment.split_once(": ")?;
    let words: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
    match key {
        "flow" => {
            let (list, provider) = match value.split_once("->") {
                Some((list, provider)) => (list, Some(provider.trim().to_owned())),
                None => (value, None),
            };
            let categories = list.split(',').map(|c| c.trim().to_owned()).filter(|c| c != "none").collect();
            Some(Expected::Flow { categories, provider })
        }
        "call" => Some(Expected::Call {
            operation: words.first()?.clone(),
            provider: words.get(1)?.clone(),
            model: words.get(2).cloned(),
        }),
        "detail" => Some(Expected::Detail(value.trim().to_owned())),
        "guarded" => Some(Expected::Guarded(words.first()?.clone())),
        "output" => Some(Expected::Output(words.first()?.clone())),
        "no output" => Some(Expected::NoOutput(words.first()?.clone())),
        "field" => Some(Expected::Field(words.first().filter(|w| *w != "none").cloned())),
        _ => None,
    }
}

/// Each difference between what the comments of a fixture ask for and what is found, one a line.
pub(crate) fn differences(root: &Path) -> Vec<String> {
    let found = scan(root);
    let expected = expectations(root);
    let mut wrong = Vec::new();
    if expected.is_empty() {
        wrong.push("no comment says what is expected".to_owned());
    }
    let mut spoken_of: BTreeSet<Place> = BTreeSet::new();
    for (at, expected) in &expected {
        let name = format!("{}:{}", at.0, at.1);
        if let Expected::Flow { .. } | Expected::Some | Expected::Nothing | Expected::NoCall | Expected::Call { .. } =
            expected
        {
            spoken_of.insert(at.clone());
        }
        if let Err(text) = check(&found, at, expected) {
            wrong.push(format!("{name}: {text}"));
        }
    }
    for call in found.model_calls.iter().filter(|c| !spoken_of.contains(&place(&c.location))) {
        let flows = categories(&found, &place(&call.location));
        wrong.push(format!(
            "{}:{}: a call that no comment expects: {} to {} ({}), with: {}",
            call.location.file,
            call.location.line,
            call.operation,
            call.provider,
            call.callee,
            list(&flows)
        ));
    }
    wrong
}

fn check(found: &Inventory, at: &Place, expected: &Expected) -> Result<(), String> {
    let calls: Vec<_> = found.model_calls.iter().filter(|c| place(&c.location) == *at).collect();
    let need_call = || if calls.is_empty() { Err("no call was found here".to_owned()) } else { Ok(()) };
    match expected {
        Expected::Flow { categories: wanted, provider } => {
            need_call()?;
            let have = categories(found, at);
            let missing: BTreeSet<String> = wanted.difference(&have).cloned().collect();
            let extra: BTreeSet<String> = have.difference(wanted).cloned().collect();
            let mut text = String::new();
            if !missing.is_empty() {
                let _ = write!(text, "missing: {}; ", list(&missing));
            }
            if !extra.is_empty() {
                let _ = write!(text, "not expected: {}; ", list(&sources(found, at, &extra)));
            }
            if let Some(provider) = provider
                && !calls.iter().any(|c| c.provider == *provider)
            {
                let _ = write!(text, "the provider is {}, not {provider}; ", calls[0].provider);
            }
            if text.is_empty() { Ok(()) } else { Err(text.trim_end_matches("; ").to_owned()) }
        }
        Expected::Some => match (calls.is_empty(), categories(found, at).is_empty()) {
            (true, _) => Err("no call was found here".to_owned()),
            (_, true) => Err("nothing reaches it".to_owned()),
            _ => Ok(()),
        },
        Expected::Nothing => {
            let have = categories(found, at);
            if have.is_empty() { Ok(()) } else { Err(format!("not expected: {}", list(&sources(found, at, &have)))) }
        }
        Expected::NoCall => match calls.first() {
            None => Ok(()),
            Some(call) => Err(format!("no call was expected here: {} to {}", call.operation, call.provider)),
        },
        Expected::Call { operation, provider, model } => {
            need_call()?;
            let fits = |c: &&&towhom::inventory::ModelCall| {
                c.operation == *operation && c.provider == *provider && (model.is_none() || c.model == *model)
            };
            if calls.iter().any(|c| fits(&c)) {
                return Ok(());
            }
            let c = calls[0];
            Err(format!("the call is {} {} {}", c.operation, c.provider, c.model.as_deref().unwrap_or("(no model)")))
        }
        Expected::Detail(wanted) => {
            need_call()?;
            let have: BTreeSet<String> = calls.iter().flat_map(|c| details(c)).collect();
            if have.contains(wanted) { Ok(()) } else { Err(format!("no `{wanted}`, only: {}", list(&have))) }
        }
        Expected::Guarded(kind) => {
            let ids: BTreeSet<&str> = calls.iter().map(|c| c.id.as_str()).collect();
            let flows: Vec<_> = found.flows.iter().filter(|f| ids.contains(f.call.as_str())).collect();
            if flows.is_empty() {
                return Err("no flow was found here".to_owned());
            }
            if kind == "none" {
                return match flows.iter().find_map(|f| f.safeguards.first()) {
                    Some(safeguard) => Err(format!("a safeguard: {}", safeguard.kind)),
                    None => Ok(()),
                };
            }
            match flows.iter().find(|f| !f.safeguards.iter().any(|s| s.kind == *kind)) {
                Some(flow) => Err(format!("{} reaches it without {kind}", flow.source.label)),
                None => Ok(()),
            }
        }
        Expected::Output(usage) => {
            let have: BTreeSet<String> =
                found.outputs.iter().filter(|o| place(&o.location) == *at).map(|o| o.use_.clone()).collect();
            if have.contains(usage) { Ok(()) } else { Err(format!("no output `{usage}` here, only: {}", list(&have))) }
        }
        Expected::NoOutput(usage) => {
            let mut here = found.outputs.iter().filter(|o| place(&o.location) == *at && o.use_ == *usage);
            here.next().map_or(Ok(()), |o| Err(format!("output `{usage}` here: {}", o.label)))
        }
        Expected::Field(wanted) => {
            let field = found.personal_data_fields.iter().find(|f| place(&f.location) == *at);
            match (field.map(|f| f.category.as_str()), wanted.as_deref()) {
                (have, wanted) if have == wanted => Ok(()),
                (have, wanted) => {
                    Err(format!("the field is {}, not {}", have.unwrap_or("none"), wanted.unwrap_or("none")))
                }
            }
        }
    }
}

fn details(call: &towhom::inventory::ModelCall) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for candidate in &call.candidates {
        let mut text = format!("candidate {}", candidate.provider);
        for (before, part) in [(" ", &candidate.model), (" if ", &candidate.condition)] {
            if let Some(part) = part {
                let _ = write!(text, "{before}{part}");
            }
        }
        text.push_str(if candidate.default { " by default" } else { "" });
        all.push(text);
    }
    all.extend(call.also.iter().map(|a| format!("also {} {}", a.provider, a.role)));
    if call.also.is_empty() {
        all.push("also nobody".to_owned());
    }
    all.push(format!("through {}", call.gateway.as_deref().unwrap_or("nobody")));
    all.extend(call.model_setting.iter().map(|s| format!("model from {s}")));
    all.extend(call.region.iter().map(|r| format!("region {r}")));
    all.extend(call.endpoint.iter().map(|e| format!("endpoint {e}")));
    all.extend(call.settings.iter().map(|s| format!("setting {} {}", s.name, s.value)));
    all
}

fn place(location: &Location) -> Place {
    (location.file.to_string(), location.line)
}

fn categories(found: &Inventory, at: &Place) -> BTreeSet<String> {
    let ids: BTreeSet<&str> =
        found.model_calls.iter().filter(|c| place(&c.location) == *at).map(|c| c.id.as_str()).collect();
    found.flows.iter().filter(|f| ids.contains(f.call.as_str())).map(|f| f.source.category.clone()).collect()
}

/// `category (from where)` for each of the categories.
fn sources(found: &Inventory, at: &Place, categories: &BTreeSet<String>) -> BTreeSet<String> {
    let call = |id: &str| found.model_calls.iter().any(|c| c.id == id && place(&c.location) == *at);
    let mut by: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for flow in found.flows.iter().filter(|f| call(&f.call) && categories.contains(&f.source.category)) {
        let at = &flow.source.location;
        by.entry(&flow.source.category).or_default().insert(format!("{} {}:{}", flow.source.label, at.file, at.line));
    }
    by.into_iter().map(|(category, from)| format!("{category} ({})", list(&from))).collect()
}

fn list(items: &BTreeSet<String>) -> String {
    if items.is_empty() { "nothing".to_owned() } else { items.iter().cloned().collect::<Vec<_>>().join(", ") }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    entries
}

fn run(all: &[PathBuf]) {
    assert!(!all.is_empty(), "there are no fixtures here");
    let mut report = String::new();
    for program in all {
        let wrong = differences(program);
        if !wrong.is_empty() {
            let name = program.strip_prefix(repository()).unwrap().display();
            let _ = writeln!(report, "\n{name}\n    {}", wrong.join("\n    "));
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn programs_in_python() {
    run(&entries(&repository().join("fixtures/programs/python")));
}

#[test]
fn programs_in_typescript() {
    run(&entries(&repository().join("fixtures/programs/typescript")));
}

#[test]
fn the_support_desk() {
    let root = repository().join("fixtures/support-triage");
    assert_eq!(differences(&root), Vec::<String>::new());
}

/// Programs that are understood by now belong with the others.
#[test]
fn open_programs() {
    let all = entries(&repository().join("fixtures/programs-open"));
    let solved: Vec<_> = all.iter().filter(|p| differences(p).is_empty()).collect();
    assert!(solved.is_empty(), "these pass: move them to fixtures/programs: {solved:#?}");
}

#[test]
fn comments_are_understood() {
    let flow = |categories: &[&str], provider: Option<&str>| {
        let categories = categories.iter().map(|c| (*c).to_owned()).collect();
        Some(Expected::Flow { categories, provider: provider.map(str::to_owned) })
    };
    assert_eq!(parse("flow: name, email -> openai"), flow(&["email", "name"], Some("openai")));
    assert_eq!(parse("flow: none"), flow(&[], None));
    assert_eq!(parse("flow (by the default)"), Some(Expected::Some));
    assert_eq!(parse("no flow"), Some(Expected::Nothing));
    assert_eq!(parse("flow of data"), None);
    assert_eq!(parse("no call (an editor's)"), Some(Expected::NoCall));
    assert_eq!(parse("field: none"), Some(Expected::Field(None)));
    assert_eq!(parse("an ordinary comment: with a colon"), None);
    assert_eq!(comment("   \"x = f(y)  # flow: none\\n\","), Some(("   \"x = f(y)  ", "flow: none")));
    assert_eq!(comment_only("    // call: chat openai"), Some("call: chat openai"));
    assert_eq!(comment_only("f() // call: chat openai"), None);
}
