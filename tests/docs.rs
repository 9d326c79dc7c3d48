//! The documentation: its generated pages are what the program says, its links lead somewhere, its commands exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
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
fn the_list_of_what_is_known_is_what_the_program_says() {
    let said = Folder::new().towhom(&["catalogue", "--format", "markdown"]).ends_with(0).out;
    let page = text(&repository().join("docs/catalogue.md"));
    assert!(
        page == said,
        "docs/catalogue.md is old: write it anew with `towhom catalogue --format markdown > docs/catalogue.md`"
    );
}

/// The reference of `towhom.toml`, by its schema: a table for each table of the file.
fn settings() -> String {
    let schema: serde_json::Value = serde_json::from_str(towhom::config::SCHEMA).unwrap();
    let describe = |of: &serde_json::Value| of["description"].as_str().unwrap().to_owned();
    let mut out = String::new();
    for (name, value) in schema["properties"].as_object().unwrap() {
        let (header, table) = match value["type"].as_str() {
            Some("array") if value["items"]["type"] == "object" => (format!("[[{name}]]"), &value["items"]),
            Some("object") => (format!("[{name}]"), value),
            _ => {
                writeln!(out, "\n### `{name}`\n\n{}", describe(value)).unwrap();
                continue;
            }
        };
        writeln!(out, "\n### `{header}`\n\n{}\n", describe(table)).unwrap();
        // What the catalogue's own page says of its rows is not said twice.
        if matches!(name.as_str(), "type" | "call") {
            writeln!(out, "Every key: [the catalogue](../queries/README.md).").unwrap();
            continue;
        }
        writeln!(out, "| key | |\n|---|---|").unwrap();
        let required: Vec<&str> =
            table["required"].as_array().into_iter().flatten().filter_map(|r| r.as_str()).collect();
        for (key, what) in table["properties"].as_object().unwrap() {
            let default = what.get("default").map_or(String::new(), |d| {
                format!(" Default: `{}`.", d.as_str().map_or_else(|| d.to_string(), str::to_owned))
            });
            let needed = if required.contains(&key.as_str()) { " Required." } else { "" };
            writeln!(out, "| `{key}` | {}{default}{needed} |", describe(what)).unwrap();
        }
    }
    out
}

#[test]
fn every_setting_is_listed() {
    let page = text(&repository().join("docs/configuration.md"));
    let (_, rest) = page.split_once("<!-- settings -->\n").unwrap();
    let (listed, _) = rest.split_once("<!-- end -->").unwrap();
    let expected = settings();
    assert!(listed == expected, "docs/configuration.md, between its marks, should be:\n{expected}");
}

/// Each format of each command that has several stands in docs/formats.md, and no other.
#[test]
fn every_format_is_listed() {
    let page = text(&repository().join("docs/formats.md"));
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut command = String::new();
    for row in page.lines().filter(|l| l.starts_with("| ") && l.contains('`')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if let Some(name) = cells[1].strip_prefix("`towhom ") {
            command = name.trim_end_matches('`').to_owned();
        }
        if command.is_empty() {
            continue;
        }
        let formats = cells[2].split('`').skip(1).step_by(2).map(str::to_owned);
        listed.entry(command.clone()).or_default().extend(formats);
    }
    let reference = Folder::new().towhom(&["man", "--markdown"]).ends_with(0).out;
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = "";
    for line in reference.lines() {
        current = line.strip_prefix("## towhom ").unwrap_or(current);
        if !line.starts_with("| `-f`, `--format") {
            continue;
        }
        // `what it is: `a`, `b` (default: `a`)`
        let values = line.split(" (default").next().unwrap().rsplit(": `").next().unwrap();
        let values = values.split(['`', ',', ' ', '|']).filter(|v| !v.is_empty()).map(str::to_owned);
        known.insert(current.to_owned(), values.collect());
    }
    assert_eq!(listed, known, "docs/formats.md, and the program");
}

/// The picture in the README is what the program draws of the bundled example; its name is that of the checkout.
#[test]
fn the_picture_is_real() {
    let drawn = Folder::new();
    let fixture = repository().join("fixtures/support-triage");
    let said = drawn.towhom(&["graph", "--format", "svg", fixture.to_str().unwrap()]).ends_with(0).out;
    let picture = text(&repository().join("docs/images/support-triage.svg"));
    let (start, end) = ("<title id=\"dg-t\">", "</title>");
    let (before, rest) = said.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let said = format!("{before}{start}support-triage{end}{after}");
    assert!(
        picture.trim_end() == said.trim_end(),
        "docs/images/support-triage.svg is old: write it anew with `towhom graph fixtures/support-triage -f svg`, and its \
         title `support-triage`"
    );
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
