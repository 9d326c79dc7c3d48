//! The documentation: its generated pages are what the program says, its links lead somewhere, its commands exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::{Folder, repository};

/// Every Markdown page of the repository that people read.
fn pages() -> Vec<PathBuf> {
    let root = repository();
    let folders = ["", "docs", "queries", "fixtures", "benches", "npm/towhom"].map(|f| root.join(f));
    let entries = folders.iter().filter_map(|f| std::fs::read_dir(f).ok()).flatten();
    let mut pages: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    pages.retain(|p| p.extension().is_some_and(|e| e == "md"));
    pages.sort();
    pages
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

#[test]
fn the_command_line_reference_is_what_the_program_says() {
    let said = Folder::new().towhom(&["man", "--markdown"]).ends_with(0).out;
    let page = text(&repository().join("docs/cli.md"));
    assert!(page == said, "docs/cli.md is old: write it anew with `towhom man --markdown > docs/cli.md`");
}

#[test]
fn every_rule_is_listed() {
    let page = text(&repository().join("docs/rules.md"));
    let rows: Vec<String> = page.lines().filter(|l| l.starts_with("| `")).map(str::to_owned).collect();
    let rules = towhom::rules::RULES.iter();
    let expected: Vec<String> =
        rules.map(|r| format!("| `{}` | {} | {} | {} |", r.id, r.severity.as_str(), r.precision, r.short)).collect();
    assert_eq!(rows, expected, "docs/rules.md");
}

#[test]
fn links_lead_somewhere() {
    let anchor = |title: &str| {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect::<String>()
    };
    let mut wrong = Vec::new();
    for page in pages() {
        let content = text(&page);
        for line in prose(&content) {
            for (at, _) in line.match_indices("](") {
                let target = line[at + 2..].split(')').next().unwrap();
                if target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
                let full = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
                let found = full.exists()
                    && (fragment.is_empty()
                        || text(&full)
                            .lines()
                            .any(|l| l.starts_with('#') && anchor(l.trim_start_matches(['#', ' '])) == fragment));
                if !found {
                    wrong.push(format!("{}: {target}", page.strip_prefix(repository()).unwrap().display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere: {wrong:#?}");
}

/// Commands and their options, by the reference.
fn commands() -> BTreeMap<String, BTreeSet<String>> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    let reference = Folder::new().towhom(&["man", "--markdown"]).ends_with(0).out;
    for line in reference.lines() {
        if let Some(name) = line.strip_prefix("## towhom ") {
            name.clone_into(&mut current);
            known.insert(current.clone(), BTreeSet::from(["--help".to_owned(), "--version".to_owned()]));
        }
        if line.starts_with("| ")
            && let Some(options) = known.get_mut(&current)
        {
            let cell = line.split('|').nth(1).unwrap();
            options.extend(cell.split(['`', ' ', ',']).filter(|w| w.starts_with('-')).map(str::to_owned));
        }
    }
    known
}

/// Each `towhom …` in the pages' shell examples has a command and options that there are.
#[test]
fn commands_in_examples_exist() {
    let known = commands();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let content = text(&page);
        let blocks = content.split("```").skip(1).step_by(2);
        for line in blocks.filter(|b| b.starts_with("sh\n") || b.starts_with("yaml\n")).flat_map(str::lines) {
            let Some(at) = line.find("towhom ").filter(|at| !line[..*at].ends_with(['/', '"', '.'])) else { continue };
            // In YAML only what is run.
            let before = line[..at].trim();
            if !matches!(before, "" | "entry:" | "- run:" | "run:" | "npx" | "uvx" | "-")
                || line.trim_start().starts_with('#')
            {
                continue;
            }
            let mut words = line[at..].split(" # ").next().unwrap().split_whitespace().skip(1).peekable();
            let Some(command) = words.next().filter(|w| !w.starts_with('-')) else { continue };
            if line[at..].starts_with("towhom ==") {
                continue;
            }
            seen += 1;
            let Some(options) = known.get(command) else {
                wrong.push(format!("{}: `{line}`: no command {command}", page.display()));
                continue;
            };
            for word in words.filter(|w| w.starts_with('-') && *w != "-" && *w != "--") {
                let option = word.split('=').next().unwrap();
                if !options.contains(option) {
                    wrong.push(format!("{}: `{line}`: no option {option}", page.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 10, "the test reads examples: {seen}");
}

/// The template that `towhom init` writes and the documented one are one.
#[test]
fn the_pinned_actions_are_the_same_everywhere() {
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let root = repository();
    let mut files = pages();
    files.extend(
        [
            "action.yml",
            ".github/workflows/ci.yml",
            ".github/workflows/release.yml",
            "src/cli/init/workflow.yml",
            "src/cli/init/workflow-action.yml",
        ]
        .map(|f| root.join(f)),
    );
    for file in files {
        for line in text(&file).lines() {
            let Some((_, used)) = line.split_once("uses: ") else { continue };
            let Some((name, pin)) = used.split_once('@') else { continue };
            if !name.contains('/') || name.contains("towhom") || name.starts_with('.') {
                continue;
            }
            assert!(pin.len() > 41 && pin[..40].chars().all(|c| c.is_ascii_hexdigit()), "{}: {line}", file.display());
            pins.entry(name.to_owned()).or_default().insert(pin.to_owned());
        }
    }
    assert!(pins.len() >= 4 && pins.values().all(|p| p.len() == 1), "{pins:#?}");
}
