//! Versions of the SDKs that the calls go through, from lock files, or as declared where there is no lock file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::inventory::Location;

/// A version and the line that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub version: String,
    pub location: Location,
    /// From a lock file; otherwise as declared.
    pub locked: bool,
}

/// Files by name: lock files first, the surest first.
const FILES: &[(&str, bool)] = &[
    ("uv.lock", true),
    ("poetry.lock", true),
    ("pdm.lock", true),
    ("package-lock.json", true),
    ("pnpm-lock.yaml", true),
    ("yarn.lock", true),
    ("bun.lock", true),
    ("requirements.txt", true),
    ("pyproject.toml", false),
    ("package.json", false),
];

/// Larger files are not read.
const LARGEST: u64 = 32 << 20;

/// The versions of `packages`, looked for in the folders from the files of the calls up to `root`.
#[must_use]
pub fn versions(root: &Path, packages: &BTreeSet<String>, files: &BTreeSet<String>) -> BTreeMap<String, Version> {
    let mut folders: BTreeSet<String> = BTreeSet::from([String::new()]);
    for file in files {
        let mut at = file.as_str();
        while let Some((folder, _)) = at.rsplit_once('/') {
            folders.insert(folder.to_owned());
            at = folder;
        }
    }
    let mut found: BTreeMap<String, Version> = BTreeMap::new();
    for (name, lock) in FILES {
        // The nearest folder first.
        let mut folders: Vec<&String> = folders.iter().collect();
        folders.sort_by_key(|f| (std::cmp::Reverse(f.matches('/').count() + usize::from(!f.is_empty())), *f));
        for folder in folders {
            if packages.iter().all(|p| found.get(p).is_some_and(|v| v.locked)) {
                return found;
            }
            let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
            let full = root.join(&path);
            if fs::metadata(&full).map_or(true, |m| !m.is_file() || m.len() > LARGEST) {
                continue;
            }
            let Ok(text) = fs::read_to_string(&full) else { continue };
            for package in packages {
                if found.contains_key(package) {
                    continue;
                }
                if let Some((version, line, exact)) = look_up(name, &text, package) {
                    let location = Location {
                        file: path.as_str().into(),
                        line,
                        column: 1,
                        end_line: line,
                        end_column: 1,
                        cell: None,
                    };
                    found.insert(package.clone(), Version { version, location, locked: *lock && exact });
                }
            }
        }
    }
    found
}

/// The version, its line, and whether it is exact.
fn look_up(file: &str, text: &str, package: &str) -> Option<(String, u32, bool)> {
    let lines = || text.lines().enumerate().map(|(n, l)| (u32::try_from(n + 1).unwrap_or(u32::MAX), l));
    let quoted = |l: &str| l.split('"').nth(1).map(str::to_owned);
    let wanted = normal(package);
    match file {
        "uv.lock" | "poetry.lock" | "pdm.lock" => {
            let (at, _) = lines()
                .find(|(_, l)| l.strip_prefix("name = ").and_then(quoted_rest).is_some_and(|n| normal(&n) == wanted))?;
            let (line, text) = lines().skip(at as usize).take(6).find(|(_, l)| l.starts_with("version = "))?;
            Some((quoted(text)?, line, true))
        }
        "package-lock.json" => {
            let entry = format!("\"node_modules/{package}\": {{");
            let (at, _) = lines().find(|(_, l)| l.trim() == entry)?;
            let (line, text) = lines().skip(at as usize).take(4).find(|(_, l)| l.trim().starts_with("\"version\":"))?;
            Some((text.split('"').nth(3)?.to_owned(), line, true))
        }
        "pnpm-lock.yaml" => lines().find_map(|(n, l)| {
            let key = l.trim().trim_end_matches(':').trim_matches('\'').trim_start_matches('/');
            let version = key.strip_prefix(package)?.strip_prefix('@')?;
            let version = version.split('(').next()?;
            (l.trim_end().ends_with(':') && version.starts_with(|c: char| c.is_ascii_digit()))
                .then(|| (version.to_owned(), n, true))
        }),
        "yarn.lock" => {
            let (at, _) =
                lines().find(|(_, l)| l.ends_with(':') && l.trim_matches('"').starts_with(&format!("{package}@")))?;
            let (line, text) = lines().skip(at as usize).take(3).find(|(_, l)| l.trim().starts_with("version"))?;
            let version = text.trim().trim_start_matches("version").trim_matches([':', ' ', '"']);
            Some((version.to_owned(), line, true))
        }
        "bun.lock" => lines().find_map(|(n, l)| {
            let rest = l.trim().strip_prefix(&format!("\"{package}\": [\"{package}@"))?;
            Some((rest.split('"').next()?.to_owned(), n, true))
        }),
        "requirements.txt" => lines().find_map(|(n, l)| {
            let (name, rest) = requirement(l)?;
            let version = rest.strip_prefix("==").map(str::trim);
            (normal(name) == wanted).then(|| (version.unwrap_or(rest).to_owned(), n, version.is_some()))
        }),
        "pyproject.toml" => lines().find_map(|(n, l)| {
            let listed = l.split('"').skip(1).step_by(2).find_map(|part| {
                let (name, rest) = requirement(part)?;
                (normal(name) == wanted).then(|| rest.to_owned())
            });
            let table = || {
                let (name, value) = l.split_once('=')?;
                (normal(name.trim()) == wanted).then(|| quoted(value)).flatten()
            };
            Some((listed.filter(|v| !v.is_empty()).or_else(table)?, n, false))
        }),
        "package.json" => lines().find_map(|(n, l)| {
            let rest = l.trim().strip_prefix(&format!("\"{package}\":"))?;
            Some((quoted(rest)?, n, false))
        }),
        _ => None,
    }
}

fn quoted_rest(text: &str) -> Option<String> {
    Some(text.trim().trim_matches('"').to_owned())
}

/// `openai[datalib]>=1.50 ; python_version > "3"` → `openai`, `>=1.50`.
fn requirement(line: &str) -> Option<(&str, &str)> {
    let line = line.split([';', '#']).next()?.trim();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = if rest.starts_with('[') { rest.split_once(']')?.1 } else { rest };
    (!name.is_empty()).then(|| (name, rest.trim()))
}

/// Python's names are the same in `-`, `_` and `.`.
fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(file: &str, text: &str, package: &str) -> Option<String> {
        let (version, line, exact) = look_up(file, text, package)?;
        Some(format!("{version} {line} {exact}"))
    }

    #[test]
    fn lock_files_are_read() {
        let uv =
            "[[package]]\nname = \"httpx\"\nversion = \"0.1\"\n[[package]]\nname = \"openai\"\nversion = \"1.54.3\"\n";
        assert_eq!(version("uv.lock", uv, "openai").as_deref(), Some("1.54.3 6 true"));
        let npm = "{\n \"node_modules/@ai-sdk/openai\": {\n  \"version\": \"1.2.0\",\n }\n}";
        assert_eq!(version("package-lock.json", npm, "@ai-sdk/openai").as_deref(), Some("1.2.0 3 true"));
        let pnpm = "packages:\n\n  '@ai-sdk/openai@1.2.0(zod@3)':\n  ai@4.1.0:\n";
        assert_eq!(version("pnpm-lock.yaml", pnpm, "@ai-sdk/openai").as_deref(), Some("1.2.0 3 true"));
        assert_eq!(version("pnpm-lock.yaml", pnpm, "ai").as_deref(), Some("4.1.0 4 true"));
        let yarn = "\"openai@^4.0.0\":\n  version \"4.2.0\"\n";
        assert_eq!(version("yarn.lock", yarn, "openai").as_deref(), Some("4.2.0 2 true"));
        assert_eq!(version("requirements.txt", "x\nopenai[a]==1.2 # y\n", "openai").as_deref(), Some("1.2 2 true"));
        assert_eq!(version("requirements.txt", "openai>=1.2\n", "openai").as_deref(), Some(">=1.2 1 false"));
    }

    #[test]
    fn what_is_declared_is_no_exact_version() {
        let listed = "[project]\ndependencies = [\"fastapi>=0.115\", \"openai>=1.50\"]\n";
        assert_eq!(version("pyproject.toml", listed, "openai").as_deref(), Some(">=1.50 2 false"));
        assert_eq!(version("pyproject.toml", "openai = \"^1.5\"\n", "openai").as_deref(), Some("^1.5 1 false"));
        assert_eq!(version("package.json", " \"ai\": \"^4.0\",", "ai").as_deref(), Some("^4.0 1 false"));
        assert_eq!(version("package.json", " \"ai-x\": \"^4.0\",", "ai"), None);
    }
}
