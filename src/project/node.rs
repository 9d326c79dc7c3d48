//! TypeScript's and JavaScript's modules: relative paths, path aliases, and the packages of a workspace.
//!
//! `package.json` names what was built; the scan has what it was built from. So a target in `dist/` is mapped back to
//! the source beside it.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::tsconfig::{Configs, Scope, matched, parse};
use super::{ByFolder, Files, ancestors, config_error, folder_of, join, name_of};
use crate::inventory::Diagnostic;

const ENDINGS: &[&str] = &[".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.ts"];
/// What `import "./x.js"` may mean in TypeScript.
const COMPILED: &[(&str, &[&str])] =
    &[(".js", &[".ts", ".tsx", ".d.ts"]), (".jsx", &[".tsx"]), (".mjs", &[".mts", ".d.mts"]), (".cjs", &[".cts"])];
/// Conditions in `exports`, from what is nearest to the source.
const CONDITIONS: &[&str] = &["source", "development", "import", "module", "node", "default", "require", "types"];
const BUILD_FOLDERS: &[&str] = &["dist", "build", "lib", "out", "es", "esm", "cjs", "types", "dist-types"];
/// Aliases that frameworks set up outside `tsconfig.json`, and where they usually lead.
const ALIASES: &[(&str, &[&str])] = &[
    ("@/", &["src/", "", "app/"]),
    ("~/", &["src/", "app/", ""]),
    ("~~/", &[""]),
    ("@@/", &[""]),
    ("$lib/", &["src/lib/"]),
    ("src/", &["src/"]),
    ("/", &["", "public/"]),
];
/// An alias may lead to a package, which may lead to an alias; not for ever.
const MAX_DEPTH: u32 = 4;

#[derive(Debug, Default)]
struct Package {
    folder: String,
    name: String,
    exports: Option<Value>,
    imports: Option<Map<String, Value>>,
    /// `source`, `module`, `main`, `types`, as far as given.
    mains: Vec<String>,
    /// Dependencies that say themselves that they are of this repository: `workspace:*`, `file:../x`.
    local: Vec<String>,
    /// Dependencies installed under another name, and their own: `npm:openai@^6`.
    aliases: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    scopes: ByFolder<Scope>,
    packages: Vec<Package>,
    by_folder: ByFolder<usize>,
    by_name: FxHashMap<String, Vec<usize>>,
    /// Folders whose configuration makes the packages below them one workspace.
    workspaces: Vec<String>,
}

impl Node {
    pub(super) fn new(configs: &[(Arc<str>, String)], diagnostics: &mut Vec<Diagnostic>) -> Node {
        let mut node = Node::default();
        for (path, text) in configs {
            match name_of(path) {
                "package.json" => match parse(text) {
                    Ok(value) => node.add_package(folder_of(path), &value),
                    Err(e) => {
                        diagnostics.push(config_error(path, e.line(), format!("is not JSON and was left out: {e}")));
                    }
                },
                "pnpm-workspace.yaml" | "lerna.json" | "nx.json" => node.workspaces.push(folder_of(path).to_owned()),
                _ => {}
            }
        }
        let folders = node.packages.iter().filter(|p| !p.name.is_empty());
        let folders = folders.map(|p| (p.name.clone(), p.folder.clone())).collect();
        node.scopes = Configs::new(configs, folders, diagnostics).scopes();
        node
    }

    fn add_package(&mut self, folder: &str, value: &Value) {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let dependencies = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
        let dependencies = dependencies.iter().filter_map(|k| value.get(k)?.as_object()).flatten();
        let is_local =
            |version: &str| ["workspace:", "file:", "link:", "portal:"].iter().any(|p| version.starts_with(p));
        let alias = |(name, version): (&String, &Value)| {
            let own = version.as_str()?.strip_prefix("npm:")?;
            let own = own.rfind('@').filter(|at| *at > 0).map_or(own, |at| &own[..at]);
            Some((name.clone(), own.to_owned()))
        };
        let package = Package {
            aliases: dependencies.clone().filter_map(alias).collect(),
            folder: folder.to_owned(),
            name: text("name").unwrap_or_default(),
            exports: value.get("exports").cloned(),
            imports: value.get("imports").and_then(Value::as_object).cloned(),
            mains: ["source", "module", "main", "types", "typings"].iter().filter_map(|k| text(k)).collect(),
            local: dependencies.filter(|(_, v)| v.as_str().is_some_and(is_local)).map(|(k, _)| k.clone()).collect(),
        };
        if value.get("workspaces").is_some() {
            self.workspaces.push(folder.to_owned());
        }
        let ix = self.packages.len();
        self.by_folder.insert(folder.to_owned(), ix);
        if !package.name.is_empty() {
            self.by_name.entry(package.name.clone()).or_default().push(ix);
        }
        self.packages.push(package);
    }

    /// The own name of what is imported under a name that `package.json` gave it.
    pub(super) fn own_name(&self, from: &str, spec: &str) -> Option<String> {
        let packages = ancestors(folder_of(from)).filter_map(|f| self.by_folder.get(f)).map(|ix| &self.packages[*ix]);
        packages.flat_map(|p| &p.aliases).find_map(|(alias, own)| {
            let rest = spec.strip_prefix(alias.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{own}{rest}"))
        })
    }

    pub(super) fn resolve(&self, files: &Files, from: &str, spec: &str) -> Option<Arc<str>> {
        // Bundlers read `./x?raw` and the like.
        let spec = spec.split_once('?').map_or(spec, |(s, _)| s);
        self.specifier(files, folder_of(from), spec, 0)
    }

    fn specifier(&self, files: &Files, folder: &str, spec: &str, depth: u32) -> Option<Arc<str>> {
        if depth > MAX_DEPTH || spec.is_empty() || spec.starts_with("node:") || spec.contains("://") {
            return None;
        }
        if spec == "." || spec == ".." || spec.starts_with("./") || spec.starts_with("../") {
            return self.file_or_folder(files, &join(folder, spec)?, depth);
        }
        let owner = ancestors(folder).find_map(|f| self.by_folder.get(f)).map(|ix| &self.packages[*ix]);
        if spec.starts_with('#')
            && let Some(package) = owner
            && let Some(found) = package.imports.as_ref().and_then(|map| self.subpath(files, package, map, spec, depth))
        {
            return Some(found);
        }
        for scope in ancestors(folder).filter_map(|f| self.scopes.get(f)) {
            for path in scope.candidates(spec) {
                if let Some(found) = self.file_or_folder(files, &path, depth) {
                    return Some(found);
                }
            }
        }
        if let Some(found) = self.package(files, owner, folder, spec, depth) {
            return Some(found);
        }
        let (prefix, places) = ALIASES.iter().find(|(prefix, _)| spec.starts_with(prefix))?;
        let base = owner.map_or("", |p| p.folder.as_str());
        let bases = if base.is_empty() { vec![""] } else { vec![base, ""] };
        let rest = &spec[prefix.len()..];
        let paths = bases.iter().flat_map(|b| places.iter().filter_map(move |p| join(b, &format!("{p}{rest}"))));
        paths.into_iter().find_map(|path| self.file_or_folder(files, &path, depth))
    }

    /// `name` or `name/sub` of a package of this repository.
    fn package(
        &self,
        files: &Files,
        owner: Option<&Package>,
        folder: &str,
        spec: &str,
        depth: u32,
    ) -> Option<Arc<str>> {
        let slashes = if spec.starts_with('@') { 2 } else { 1 };
        let cut = spec.match_indices('/').nth(slashes - 1).map_or(spec.len(), |(i, _)| i);
        let (name, rest) = (&spec[..cut], spec[cut..].trim_start_matches('/'));
        let named = self.by_name.get(name)?.iter().map(|ix| &self.packages[*ix]);
        // A folder may be named like a package of the registry; only a workspace, the importer's own word, or the
        // package itself (which needs `exports` for it) makes it the one that is meant.
        let linked = |p: &&Package| {
            let own = owner.is_some_and(|o| o.folder == p.folder);
            if own {
                return p.exports.is_some();
            }
            owner.is_some_and(|o| o.local.iter().any(|l| l == name))
                || self.workspaces.iter().any(|w| is_below(&p.folder, w) && is_below(folder, w))
        };
        let mut named: Vec<&Package> = named.filter(linked).collect();
        // Several of one name: examples and templates; the one nearest to the importer is meant.
        named.sort_by_key(|p| {
            let shared = p.folder.split('/').zip(folder.split('/')).take_while(|(a, b)| a == b).count();
            std::cmp::Reverse(shared)
        });
        named.into_iter().find_map(|p| self.entry(files, p, rest, depth))
    }

    /// The file of a package's entry (`rest` is empty) or of a path in it.
    fn entry(&self, files: &Files, package: &Package, rest: &str, depth: u32) -> Option<Arc<str>> {
        let key = if rest.is_empty() { ".".to_owned() } else { format!("./{rest}") };
        let exported = match &package.exports {
            Some(Value::Object(map)) if map.keys().any(|k| k.starts_with('.')) => {
                self.subpath(files, package, map, &key, depth)
            }
            Some(target) if rest.is_empty() => self.target(files, package, target, "", depth),
            _ => None,
        };
        if exported.is_some() {
            return exported;
        }
        if !rest.is_empty() {
            let places = ["", "src/", "lib/"].iter().filter_map(|p| join(&package.folder, &format!("{p}{rest}")));
            return places.into_iter().find_map(|path| self.source_of(files, &package.folder, &path));
        }
        let mains = package.mains.iter().filter_map(|m| join(&package.folder, m));
        let usual = ["src/index", "index", "src/main", "lib/index"].iter().filter_map(|m| join(&package.folder, m));
        mains.chain(usual).find_map(|path| self.source_of(files, &package.folder, &path))
    }

    /// One key of `exports` or `imports`: exact, or the longest pattern.
    fn subpath(
        &self,
        files: &Files,
        package: &Package,
        map: &Map<String, Value>,
        key: &str,
        depth: u32,
    ) -> Option<Arc<str>> {
        if let Some(target) = map.get(key) {
            return self.target(files, package, target, "", depth);
        }
        let patterns = map.iter().filter(|(pattern, _)| pattern.contains('*'));
        let hits = patterns.filter_map(|(pattern, target)| Some((pattern, matched(pattern, key)?, target)));
        let (_, rest, target) = hits.max_by_key(|(pattern, ..)| pattern.find('*'))?;
        self.target(files, package, target, rest, depth)
    }

    fn target(&self, files: &Files, package: &Package, target: &Value, rest: &str, depth: u32) -> Option<Arc<str>> {
        if depth > MAX_DEPTH {
            return None;
        }
        match target {
            Value::String(path) => {
                let path = path.replace('*', rest);
                if path.starts_with('.') {
                    self.source_of(files, &package.folder, &join(&package.folder, &path)?)
                } else {
                    self.specifier(files, &package.folder, &path, depth + 1)
                }
            }
            Value::Array(all) => all.iter().find_map(|t| self.target(files, package, t, rest, depth + 1)),
            Value::Object(conditions) => {
                let known = CONDITIONS.iter().filter_map(|c| conditions.get(*c));
                let custom = conditions.iter().filter(|(c, _)| !CONDITIONS.contains(&c.as_str())).map(|(_, t)| t);
                known.chain(custom).find_map(|t| self.target(files, package, t, rest, depth + 1))
            }
            _ => None,
        }
    }

    /// The path itself, or what it was built from.
    fn source_of(&self, files: &Files, folder: &str, path: &str) -> Option<Arc<str>> {
        let inner = path.strip_prefix(folder)?.trim_start_matches('/');
        let mut parts: Vec<&str> = inner.split('/').collect();
        // Source before a build that was committed along with it.
        if BUILD_FOLDERS.contains(&parts[0]) && parts.len() > 1 && !(parts[0] == "lib" && files.has(path)) {
            // `dist/x`, and `dist/esm/x`: as many build folders as there are, one at a time.
            while parts.len() > 1 && BUILD_FOLDERS.contains(&parts[0]) {
                parts.remove(0);
                let rest = parts.join("/");
                let bare = bare(&rest);
                let src = if bare.starts_with("src/") { "" } else { "src/" };
                for place in [src, "", "lib/"] {
                    let source = join(folder, &format!("{place}{bare}"))?;
                    if let Some(found) = probe(files, &source) {
                        return Some(found);
                    }
                }
            }
        }
        probe(files, path).or_else(|| probe(files, bare(path)))
    }

    fn file_or_folder(&self, files: &Files, path: &str, depth: u32) -> Option<Arc<str>> {
        if let Some(found) = probe(files, path) {
            return Some(found);
        }
        // A folder with a `package.json` of its own names its entry.
        let package = &self.packages[*self.by_folder.get(path)?];
        (depth <= MAX_DEPTH).then(|| self.entry(files, package, "", depth + 1)).flatten()
    }
}

fn is_below(folder: &str, root: &str) -> bool {
    root.is_empty() || folder.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Without the ending of a script.
fn bare(path: &str) -> &str {
    let endings = [".d.ts", ".d.mts", ".d.cts"].iter().chain(ENDINGS);
    endings.into_iter().find_map(|e| path.strip_suffix(e)).unwrap_or(path)
}

/// A file as a specifier names it: with its ending, with that of its compiled form, without one, or a folder's index.
fn probe(files: &Files, path: &str) -> Option<Arc<str>> {
    for (compiled, sources) in COMPILED {
        if let Some(stem) = path.strip_suffix(compiled)
            && let Some(found) = sources.iter().find_map(|s| files.get(&format!("{stem}{s}")))
        {
            return Some(found);
        }
    }
    let file = files.get(path).filter(|p| ENDINGS.iter().any(|e| p.ends_with(e)));
    let with_ending = || ENDINGS.iter().find_map(|e| files.get(&format!("{path}{e}")));
    let index = || {
        let slash = if path.is_empty() { "" } else { "/" };
        ENDINGS.iter().find_map(|e| files.get(&format!("{path}{slash}index{e}")))
    };
    file.or_else(with_ending).or_else(index)
}

#[cfg(test)]
#[path = "node_tests.rs"]
mod tests;
