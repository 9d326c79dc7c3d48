//! Small cases of data flow, in `fixtures/flows`: a call of `SINK` whose line ends with `flow` is reached by a source,
//! one whose line ends with `no flow` is not. `flow, open` and `no flow, open` mark what the engine is known to get wrong:
//! such a case fails the test as soon as it is right, so the list stays true.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use towhom::ScanOptions;

const SOURCES: [&str; 6] = ["SOURCE", "TAINT", "raw_text", "rawText", "request.form", "the secret text"];

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
