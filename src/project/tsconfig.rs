//! `tsconfig.json` and `jsconfig.json`: `paths`, `baseUrl` and `extends`, and the JSON with comments they are written in.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::{ByFolder, config_error, folder_of, join, name_of};
use crate::inventory::Diagnostic;

/// What one folder's configuration says about specifiers, with folders relative to the scanned root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    base: Option<String>,
    /// Pattern → targets, the most specific pattern first.
    paths: Vec<(String, Vec<String>)>,
}

impl Scope {
    /// The paths that a specifier may mean, in order, without their endings.
    pub(super) fn candidates(&self, spec: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (pattern, targets) in &self.paths {
            if let Some(rest) = matched(pattern, spec) {
                found.extend(targets.iter().map(|t| t.replacen('*', rest, 1)));
                break;
            }
        }
        found.extend(self.base.as_ref().and_then(|base| join(base, spec)));
        found
    }
}

/// What `*` stands for when the pattern matches; empty for a pattern without one.
pub(super) fn matched<'a>(pattern: &str, spec: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        None => (pattern == spec).then_some(""),
        Some((before, after)) => {
            let fits = spec.len() >= before.len() + after.len();
            fits.then(|| spec.strip_prefix(before)?.strip_suffix(after)).flatten()
        }
    }
}

/// Every configuration file, read, and the search along `extends`.
pub(super) struct Configs {
    read: FxHashMap<Arc<str>, Value>,
    /// Package name → folder, for `extends: "@acme/tsconfig/base.json"`.
    packages: FxHashMap<String, String>,
}

impl Configs {
    pub(super) fn new(
        configs: &[(Arc<str>, String)],
        packages: FxHashMap<String, String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Configs {
        let mut read = FxHashMap::default();
        for (path, text) in configs {
            let name = name_of(path);
            if !name.ends_with(".json") || matches!(name, "package.json" | "turbo.json" | "lerna.json" | "nx.json") {
                continue;
            }
            match parse(text) {
                Ok(value) => {
                    read.insert(path.clone(), value);
                }
                Err(e) => diagnostics.push(config_error(path, e.line(), format!("is not JSON and was left out: {e}"))),
            }
        }
        Configs { read, packages }
    }

    /// The scope of each folder that has a configuration which says something.
    pub(super) fn scopes(&self) -> ByFolder<Scope> {
        let mut folders: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
        for path in self.read.keys() {
            folders.entry(folder_of(path)).or_default().push(path);
        }
        let mut scopes = ByFolder::default();
        #[expect(clippy::iter_over_hash_type, reason = "each folder stands alone")]
        for (folder, mut paths) in folders {
            // `tsconfig.json` speaks for the folder. Where it only refers to others (`tsconfig.app.json`), they do.
            paths.sort_by_key(|p| match name_of(p) {
                "tsconfig.json" => (0, *p),
                "jsconfig.json" => (1, *p),
                "tsconfig.app.json" => (2, *p),
                "tsconfig.base.json" => (3, *p),
                _ => (4, *p),
            });
            let all: Vec<Scope> = paths.iter().map(|p| self.scope(p)).collect();
            let with_paths = all.iter().find(|s| !s.paths.is_empty());
            if let Some(scope) = with_paths.or_else(|| all.iter().find(|s| s.base.is_some())) {
                scopes.insert(folder.to_owned(), scope.clone());
            }
        }
        scopes
    }

    fn scope(&self, path: &str) -> Scope {
        let mut scope = Scope::default();
        self.merge(path, folder_of(path), &mut scope, &mut Vec::new());
        let specific = |pattern: &str| (pattern.contains('*'), std::cmp::Reverse(pattern.find('*')));
        scope.paths.sort_by(|a, b| specific(&a.0).cmp(&specific(&b.0)).then_with(|| a.0.cmp(&b.0)));
        scope
    }

    /// Base configurations first, so that what extends them wins. `leaf` is the folder that `${configDir}` names.
    fn merge(&self, path: &str, leaf: &str, scope: &mut Scope, seen: &mut Vec<String>) {
        if seen.iter().any(|s| s == path) || seen.len() > 32 {
            return;
        }
        seen.push(path.to_owned());
        let Some(config) = self.read.get(path) else { return };
        let folder = folder_of(path);
        let bases = match config.get("extends") {
            Some(Value::String(base)) => vec![base.as_str()],
            Some(Value::Array(bases)) => bases.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for base in bases {
            if let Some(base) = self.find(folder, base) {
                self.merge(&base, leaf, scope, seen);
            }
        }
        seen.pop();
        let Some(options) = config.get("compilerOptions") else { return };
        let place = |text: &str| match text.strip_prefix("${configDir}") {
            Some(rest) => join(leaf, rest),
            None => join(folder, text),
        };
        let own_base = options.get("baseUrl").and_then(Value::as_str);
        if let Some(base) = own_base {
            scope.base = place(base);
        }
        if let Some(paths) = options.get("paths").and_then(Value::as_object) {
            // Without a `baseUrl` targets are relative to the file that has them.
            let from = scope.base.clone().unwrap_or_else(|| folder.to_owned());
            let target = |t: &str| if t.starts_with("${configDir}") { place(t) } else { join(&from, t) };
            scope.paths = paths
                .iter()
                .map(|(pattern, targets)| {
                    let targets = targets.as_array().into_iter().flatten().filter_map(|t| target(t.as_str()?));
                    (pattern.clone(), targets.collect())
                })
                .collect();
        }
    }

    fn find(&self, folder: &str, base: &str) -> Option<String> {
        let base = base.strip_prefix("${configDir}/").map_or(Cow::Borrowed(base), |b| Cow::Owned(format!("./{b}")));
        let path = if base.starts_with('.') {
            join(folder, &base)?
        } else {
            let depth = if base.starts_with('@') { 2 } else { 1 };
            let cut = base.match_indices('/').nth(depth - 1).map_or(base.len(), |(i, _)| i);
            join(self.packages.get(&base[..cut])?, &base[cut..])?
        };
        let endings = ["", ".json", "/tsconfig.json"];
        endings.iter().map(|e| format!("{path}{e}")).find(|p| self.read.contains_key(p.as_str()))
    }
}

/// JSON with comments and trailing commas.
pub(super) fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&plain(text.trim_start_matches('\u{feff}')))
}

/// Blanks out comments and trailing commas; lines stay where they are.
fn plain(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    // Where the last comma stands, as long as nothing but space came after it.
    let mut comma = None;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'"' => {
                let start = i;
                i += 1;
                while i < bytes.len() && bytes[i] != b'"' {
                    i += if bytes[i] == b'\\' { 2 } else { 1 };
                }
                i = (i + 1).min(bytes.len());
                out.extend_from_slice(&bytes[start..i]);
                comma = None;
                continue;
            }
            b'/' if bytes.get(i + 1) == Some(&b'/') => {
                while i < bytes.len() && bytes[i] != b'\n' {
                    i += 1;
                }
                continue;
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                let end = text.get(i + 2..).and_then(|t| t.find("*/")).map_or(bytes.len(), |e| i + 2 + e + 2);
                out.extend(bytes[i..end].iter().filter(|b| **b == b'\n'));
                i = end;
                continue;
            }
            b',' => comma = Some(out.len()),
            b'}' | b']' => {
                if let Some(at) = comma.take() {
                    out[at] = b' ';
                }
            }
            b if b.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        out.push(bytes[i]);
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(configs: &[(&str, &str)], packages: &[(&str, &str)]) -> ByFolder<Scope> {
        let configs: Vec<_> = configs.iter().map(|(p, t)| (Arc::from(*p), (*t).to_owned())).collect();
        let packages = packages.iter().map(|(n, f)| ((*n).to_owned(), (*f).to_owned())).collect();
        let mut diagnostics = Vec::new();
        let scopes = Configs::new(&configs, packages, &mut diagnostics).scopes();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        scopes
    }

    #[test]
    fn json_with_comments() {
        let value = parse("{ // c\n \"a\": \"x // y /* z */\", /* b\n */ \"l\": [1, 2, ], \"q\": \"\\\"\", }").unwrap();
        assert_eq!(value, serde_json::json!({"a": "x // y /* z */", "l": [1, 2], "q": "\""}));
        assert_eq!(parse("{\n\n x }").unwrap_err().line(), 3);
        assert!(parse("\"open").is_err());
        assert!(parse("/* open").is_err());
    }

    #[test]
    fn paths_and_base() {
        let all = scopes(
            &[(
                "web/tsconfig.json",
                r#"{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*", "gen/*"], "@/env": ["env"]}}}"#,
            )],
            &[],
        );
        let scope = &all["web"];
        assert_eq!(scope.candidates("@/lib/x"), ["web/src/lib/x", "web/gen/lib/x", "web/@/lib/x"]);
        assert_eq!(scope.candidates("@/env"), ["web/env", "web/@/env"]);
        assert_eq!(scope.candidates("lib/x"), ["web/lib/x"]);
    }

    #[test]
    fn extends_chain_and_config_dir() {
        let all = scopes(
            &[
                ("tsconfig.base.json", r#"{"compilerOptions": {"paths": {"@acme/*": ["libs/*/src"]}}}"#),
                ("apps/a/tsconfig.json", r#"{"extends": "../../tsconfig.base.json"}"#),
                ("apps/b/tsconfig.json", r#"{"extends": ["@acme/ts/next", "./loop.json"]}"#),
                (
                    "packages/typescript-config/next.json",
                    r#"{"compilerOptions": {"paths": {"~/*": ["${configDir}/src/*"]}}}"#,
                ),
                ("apps/c/tsconfig.json", r#"{"extends": "./tsconfig.json"}"#),
            ],
            &[("@acme/ts", "packages/typescript-config")],
        );
        assert_eq!(all["apps/a"].candidates("@acme/db"), ["libs/db/src"]);
        assert_eq!(all["apps/b"].candidates("~/x"), ["apps/b/src/x"]);
        assert!(!all.contains_key("apps/c"));
    }

    #[test]
    fn a_referenced_configuration_speaks_for_the_folder() {
        let all = scopes(
            &[
                ("tsconfig.json", r#"{"files": [], "references": [{"path": "./tsconfig.app.json"}]}"#),
                ("tsconfig.app.json", r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#),
            ],
            &[],
        );
        assert_eq!(all[""].candidates("@/x"), ["src/x"]);
    }
}
