//! Small cases of data flow, in `fixtures/flows`: a call of `SINK` whose line ends with `flow` is reached by a source,
//! one whose line ends with `no flow` is not. `flow, open` and `no flow, open` mark what the engine is known to get wrong:
//! such a case fails the test as soon as it is right, so the list stays true.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use towhom::ScanOptions;

const SOURCES: [&str; 22] = [
    "SOURCE",
    "TAINT",
    "raw_text",
    "rawText",
    "request.form",
    "the secret text",
    "request.args.get",
    "flask.request",
    "req.",
    "req[",
    "body",
    // The same under other names.
    ".form",
    "\"form\"",
    "form }",
    "form: {",
    "s()",
    "obj.get()",
    "C.src()",
    "get()",
    // What a library reads.
    "db.execute(",
    "csv.reader(",
    "h.read()",
];

#[test]
fn python() {
    check("python");
}

#[test]
fn typescript() {
    check("typescript");
}

fn check(language: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/flows").join(language);
    let options = ScanOptions { root: root.clone(), include_tests: true, ..ScanOptions::default() };
    let inventory = towhom::scan(&options, &|_, _, _| {}).unwrap();
    let texts: BTreeMap<String, Vec<String>> = files(&root)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            (name, std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect())
        })
        .collect();
    let calls: BTreeMap<&str, (&str, u32)> =
        inventory.model_calls.iter().map(|c| (&*c.id, (&*c.location.file, c.location.line))).collect();
    let mut found = BTreeSet::new();
    let mut wrong = String::new();
    for flow in &inventory.flows {
        let (file, line) = calls[&*flow.call];
        found.insert((file, line));
        let at = &flow.source.location;
        let text = &texts[&*at.file][at.line as usize - 1];
        let from: String = text.chars().skip(at.column as usize - 1).collect();
        if !SOURCES.iter().any(|s| from.contains(s)) {
            writeln!(wrong, "{}:{}: the source of {file}:{line} is said to be here: {text}", at.file, at.line).unwrap();
        }
    }
    let (mut right, mut total) = (0, 0);
    for (file, lines) in &texts {
        for (line, text) in (1..).zip(lines) {
            let Some((expected, open)) = expectation(text) else { continue };
            total += 1;
            let is = found.contains(&(file.as_str(), line));
            if is == expected && open {
                writeln!(wrong, "no longer open: {file}:{line}: {}", text.trim()).unwrap();
            } else if is == expected || open {
                right += usize::from(!open);
            } else {
                let what = if expected { "missed" } else { "false " };
                writeln!(wrong, "{what} {file}:{line}: {}", text.trim()).unwrap();
            }
        }
    }
    assert!(total > 0);
    assert!(wrong.is_empty(), "{right} of {total} right\n{wrong}");
}

/// `docs/flows.md` says what these cases cover. `INSTA_UPDATE=always` writes it anew.
#[test]
fn the_table_is_in_step() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut table = String::new();
    let mut open = String::new();
    for (language, name) in [("python", "Python"), ("typescript", "TypeScript and JavaScript")] {
        write!(table, "## {name}\n\n| topic | constructs | flows | does not flow | not yet |\n|---|---|---|---|---|\n")
            .unwrap();
        let folder = root.join("fixtures/flows").join(language);
        let mut paths = files(&folder);
        paths.sort();
        for path in paths.iter().filter(|p| p.extension().is_none_or(|e| e != "toml")) {
            let text = std::fs::read_to_string(path).unwrap();
            let cases: Vec<(&str, (bool, bool))> = text.lines().filter_map(|l| Some((l, expectation(l)?))).collect();
            let count = |flows: bool| cases.iter().filter(|(_, (f, open))| *f == flows && !open).count();
            let wrong: Vec<&str> = cases.iter().filter(|(_, (_, open))| *open).map(|(l, _)| l.trim()).collect();
            let shown = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            let title = text.lines().next().unwrap_or_default().trim_start_matches(['#', '/']).trim().to_owned();
            let titled = text.starts_with("# ") || text.starts_with("// ");
            if cases.is_empty() {
                continue;
            }
            assert!(titled, "{shown}: the first line says what its cases are about");
            let constructs = constructs(&text).join(", ");
            let (yes, no) = (count(true), count(false));
            writeln!(table, "| [{title}](../{shown}) | {constructs} | {yes} | {no} | {} |", wrong.len()).unwrap();
            for line in wrong {
                let (code, _) = line.rsplit_once(if language == "python" { "# " } else { "// " }).unwrap();
                let what = if line.ends_with("no flow, open") { "reported, though nothing flows" } else { "missed" };
                writeln!(open, "- {what}: `{}` ([{}](../{shown}))", code.trim().replace('`', "'"), title).unwrap();
            }
        }
        table.push('\n');
    }
    let text = format!("{TABLE_HEAD}\n{table}## Knowingly not\n\n{open}");
    let path = root.join("docs/flows.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|v| v == "always") {
        std::fs::write(&path, &text).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(is == text, "docs/flows.md is not what the cases say; INSTA_UPDATE=always writes it anew");
}

const TABLE_HEAD: &str = "# What the data-flow engine follows

Each line of `fixtures/flows` with a call of `SINK` is a case: something reaches it, or nothing does. `cargo test --test
flows` runs them all. This page is written from them by a test; the last column and the list at the end are
what is known to be wrong, in the same files.
";

/// The names of the functions at the top of a file, as words.
fn constructs(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches("export ").trim_start_matches("default ").trim_start_matches("async ");
        let rest = line.strip_prefix("def ").or_else(|| line.strip_prefix("function "));
        let Some(name) = rest.and_then(|r| r.split(['(', '<', '[']).next()) else { continue };
        let mut words = String::new();
        for c in name.trim_matches(['_', '*', ' ']).trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').chars() {
            match c {
                '_' => words.push(' '),
                c if c.is_uppercase() => words.extend([' ', c.to_ascii_lowercase()]),
                c => words.push(c),
            }
        }
        // Helpers are no constructs: their bodies have no case.
        if words.len() > 3 && !found.contains(&words) && has_case(text, line) {
            found.push(words);
        }
    }
    found
}

/// Whether the function that begins with this line has a case in it.
fn has_case(text: &str, head: &str) -> bool {
    let mut lines = text.lines().skip_while(|l| !l.ends_with(head)).peekable();
    if lines.next().and_then(expectation).is_some() {
        return true;
    }
    lines.take_while(|l| l.is_empty() || l.starts_with([' ', '}', ')', '\t'])).any(|l| expectation(l).is_some())
}

/// What is expected of a line, and whether it is known not to hold yet.
fn expectation(line: &str) -> Option<(bool, bool)> {
    let comment = line.rsplit_once("# ").or_else(|| line.rsplit_once("// "))?.1.trim();
    match comment {
        "flow" => Some((true, false)),
        "no flow" => Some((false, false)),
        "flow, open" => Some((true, true)),
        "no flow, open" => Some((false, true)),
        _ => None,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}
