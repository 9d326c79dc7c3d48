//! The source of towhom itself: who may import whom, and what every file keeps to.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::{files, repository};

/// The rooms in order. A module may import what stands in a group before its own, and nothing else.
const ORDER: &[&[&str]] = &[
    &["ir", "inventory", "id"],
    &["words"],
    &["catalogue", "discover", "personal", "project", "syntax"],
    &["config", "vcs"],
    &["link"],
    &["named", "path", "place"],
    &["classify", "remote"],
    &["inputs"],
    &["trace"],
    &["sinks"],
    &["activities", "diff", "evidence", "outputs"],
    &["dpia"],
    &["report", "rules"],
    &["suppress"],
    &["why"],
    &["scan"],
    &["cli"],
];

/// The only arrows inside a group, each with its reason.
const BESIDE: &[(&str, &str, &str)] = &[
    ("report", "rules", "SARIF lists the rules and their findings"),
    ("rules", "report", "the text helpers that clean what comes from the scanned code"),
];

const MOST_LINES: usize = 500;

/// Files that were longer when the rule came, and what they may have at most. Numbers here only go down.
const LONG: &[(&str, usize)] = &[
    ("inputs.rs", 640),
    ("link/mod.rs", 940),
    ("link/resolve.rs", 1000),
    ("syntax/builder.rs", 690),
    ("syntax/typescript/expr.rs", 600),
    ("trace/call.rs", 540),
    ("trace/instance.rs", 880),
    ("trace/step.rs", 540),
];

struct File {
    /// Relative to `src`, with forward slashes.
    path: String,
    module: String,
    text: String,
}

fn sources() -> Vec<File> {
    let root = repository().join("src");
    files(&root)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .map(|p| {
            let path = p.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let module = path.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            File { path, module, text: std::fs::read_to_string(&p).unwrap() }
        })
        .collect()
}

/// The text without comments, and without what follows `#[cfg(test)]`.
fn code(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            break;
        }
        let line = line.trim_start();
        if !line.starts_with("//") {
            code.push_str(line.split(" // ").next().unwrap_or(line));
            code.push('\n');
        }
    }
    code
}

/// The modules named after `crate::` in a file: `crate::ir::Span`, `use crate::{ir, link::Gv}`.
fn imports(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut start) = (1, true);
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' => start = true,
                    c if start && depth == 1 && !c.is_whitespace() => {
                        found.insert(word(&group[at..]));
                        start = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            found.insert(word(rest));
        }
    }
    found
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|group| group.contains(&module))
}

#[test]
fn imports_go_one_way() {
    let mut wrong = String::new();
    for file in sources() {
        if file.module == "lib" || file.module == "main" {
            continue;
        }
        let Some(own) = rank(&file.module) else {
            let _ = writeln!(wrong, "src/{}: the module `{}` has no place in ORDER", file.path, file.module);
            continue;
        };
        for import in imports(&code(&file.text)) {
            let beside = BESIDE.iter().any(|(from, to, _)| *from == file.module && *to == import);
            let fine = import == file.module || beside || rank(&import).is_some_and(|r| r < own);
            if !fine {
                let _ = writeln!(
                    wrong,
                    "src/{} imports `{import}`; `{}` may only import what stands above it: {}",
                    file.path,
                    file.module,
                    ORDER[..own].concat().join(", "),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_program_uses_the_library_from_outside() {
    for file in sources().iter().filter(|f| f.path == "main.rs") {
        assert!(!code(&file.text).contains("crate::"), "src/main.rs goes through the library's public face");
    }
}

#[test]
fn files_are_short() {
    let mut wrong = String::new();
    for file in sources() {
        let lines = file.text.lines().count();
        let test = file.path.ends_with("tests.rs") || file.path.contains("/tests/");
        let most = LONG.iter().find(|(path, _)| *path == file.path).map_or(MOST_LINES, |(_, most)| *most);
        if lines > most && !test {
            let _ = writeln!(wrong, "src/{} has {lines} lines, more than {most}: split it by what it does", file.path);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn files_say_what_they_are_for() {
    let mut wrong = String::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            let _ = writeln!(wrong, "src/{} does not begin with a `//!` line that says what it is for", file.path);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What SDKs are called is data, in `queries/`; the engine knows none of them.
#[test]
fn the_engine_names_no_sdk() {
    const NAMES: &[&str] = &[
        "anthropic",
        "bedrock",
        "cohere",
        "gemini",
        "groq",
        "huggingface",
        "langchain",
        "langfuse",
        "litellm",
        "llama_index",
        "llamaindex",
        "mistral",
        "ollama",
        "openai",
        "pinecone",
        "vertexai",
    ];
    let mut wrong = String::new();
    for file in sources() {
        if !["link", "trace", "sinks", "outputs", "inputs", "activities"].contains(&file.module.as_str()) {
            continue;
        }
        let code = code(&file.text).to_ascii_lowercase();
        for (n, line) in code.lines().enumerate() {
            for name in NAMES.iter().filter(|name| line.contains(**name)) {
                let _ = writeln!(wrong, "src/{} names `{name}` (line {} of its code): {line}", file.path, n + 1);
            }
        }
    }
    assert!(wrong.is_empty(), "\nSDKs belong in queries/:\n{wrong}");
}

#[test]
fn every_module_stands_in_the_map() {
    let map = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let modules: BTreeSet<String> = sources().into_iter().map(|f| f.module).collect();
    for module in modules.iter().filter(|m| *m != "lib" && *m != "main") {
        assert!(map.contains(&format!("`{module}`")), "ARCHITECTURE.md has no line for the module `{module}`");
    }
}
