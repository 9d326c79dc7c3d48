//! Which file an import means: module paths of Python and TypeScript to files of the scan.
//!
//! Everything is known after [`Project::new`]; resolving is hash look-ups and touches no file. A module that is not
//! part of the scan, such as an installed package, resolves to nothing.

mod node;
mod python;
mod tsconfig;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::inventory::{Diagnostic, Location};

/// The files of a scan and how they name each other.
#[derive(Debug, Default)]
pub struct Project {
    files: Files,
    python: python::Python,
    node: node::Node,
    /// Folders that hold a package's manifest.
    packages: FxHashSet<Arc<str>>,
}

impl Project {
    /// `configs` are the configuration files that discovery found, with their text. What cannot be read in them is in
    /// the diagnostics; the rest counts.
    #[must_use]
    pub fn new(files: &[Arc<str>], configs: &[(Arc<str>, String)]) -> (Project, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let files = Files::new(files);
        let mut packages = FxHashSet::default();
        for (path, _) in configs {
            if matches!(name_of(path), "package.json" | "pyproject.toml" | "setup.py" | "setup.cfg") {
                packages.insert(Arc::from(folder_of(path)));
            }
        }
        let python = python::Python::new(&files, configs, &mut diagnostics);
        let node = node::Node::new(configs, &mut diagnostics);
        (Project { files, python, node, packages }, diagnostics)
    }

    /// The file of a Python module: `a.b.c`, `.x`, `..y.z`. A package is its `__init__.py`, if it has one.
    #[must_use]
    pub fn resolve_python(&self, from: &str, module: &str) -> Option<Arc<str>> {
        self.python.resolve(&self.files, from, module)
    }

    /// The file of a TypeScript or JavaScript module specifier: `./x`, `@/lib/x`, `#x`, `@scope/package/sub`.
    #[must_use]
    pub fn resolve_node(&self, from: &str, spec: &str) -> Option<Arc<str>> {
        self.node.resolve(&self.files, from, spec)
    }

    /// What a package is called that `package.json` has under another name: `"oai": "npm:openai@^6"`.
    #[must_use]
    pub fn own_name(&self, from: &str, spec: &str) -> Option<String> {
        self.node.own_name(from, spec)
    }

    /// The nearest folder above a file that holds a package's manifest; the scanned root is the empty string.
    #[must_use]
    pub fn package_of(&self, file: &str) -> Option<&str> {
        ancestors(folder_of(file)).find_map(|f| self.packages.get(f).map(|p| &**p))
    }
}

/// The paths of the scan.
#[derive(Debug, Default)]
struct Files {
    paths: FxHashSet<Arc<str>>,
}

impl Files {
    fn new(paths: &[Arc<str>]) -> Files {
        Files { paths: paths.iter().cloned().collect() }
    }

    fn get(&self, path: &str) -> Option<Arc<str>> {
        self.paths.get(path).cloned()
    }

    fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// Every path, in order.
    fn sorted(&self) -> Vec<&Arc<str>> {
        let mut all: Vec<_> = self.paths.iter().collect();
        all.sort_unstable();
        all
    }
}

/// A small interning map from folders to what stands in them.
type ByFolder<T> = FxHashMap<String, T>;

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The folder itself and those above it, up to the scanned root.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |f| (!f.is_empty()).then(|| folder_of(f)))
}

/// `a/b` and `../c/./d` to `a/c/d`; nothing if it leaves the scanned root.
fn join(folder: &str, rest: &str) -> Option<String> {
    let mut parts: Vec<&str> = if folder.is_empty() { Vec::new() } else { folder.split('/').collect() };
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn config_error(path: &Arc<str>, line: usize, message: String) -> Diagnostic {
    let line = u32::try_from(line).unwrap_or(0).max(1);
    let location = Location { file: path.clone(), line, column: 1, end_line: line, end_column: 1, cell: None };
    Diagnostic { kind: "config-error".to_owned(), location: Some(location), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_climbs() {
        assert_eq!(join("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(join("", "./x").as_deref(), Some("x"));
        assert_eq!(join("a", "../.."), None);
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
    }

    #[test]
    fn package_of_a_file() {
        let configs = [
            (Arc::from("package.json"), "{}".to_owned()),
            (Arc::from("services/api/pyproject.toml"), String::new()),
            (Arc::from("packages/ui/package.json"), "not json".to_owned()),
        ];
        let (project, diagnostics) = Project::new(&[], &configs);
        assert_eq!(project.package_of("services/api/app/x.py"), Some("services/api"));
        assert_eq!(project.package_of("packages/ui/src/x.ts"), Some("packages/ui"));
        assert_eq!(project.package_of("x.ts"), Some(""));
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].location.as_ref().map(|l| &*l.file), Some("packages/ui/package.json"));
    }
}
