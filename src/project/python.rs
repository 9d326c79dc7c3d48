//! Python's modules. Where `sys.path` points is not in the code, so the likely roots are tried, the nearest first.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{ByFolder, Files, ancestors, config_error, folder_of, join, name_of};
use crate::inventory::Diagnostic;

/// Top names of the standard library and of SDKs that projects like to name their own modules after. An import of one
/// inside a package means the installed one: `app/services/openai.py` imports `openai`, not itself.
#[rustfmt::skip]
const EXTERNAL: &[&str] = &[
    "abc", "aiohttp", "anthropic", "argparse", "ast", "asyncio", "base64", "bedrock", "boto3", "calendar", "celery",
    "chainlit", "chromadb", "code", "cohere", "collections", "contextlib", "copy", "crewai", "csv", "dataclasses",
    "datetime", "decimal", "django", "dotenv", "dspy", "email", "enum", "fastapi", "flask", "functools", "glob",
    "google", "gradio", "groq", "hashlib", "haystack", "html", "http", "httpx", "huggingface_hub", "importlib",
    "inspect", "instructor", "io", "itertools", "json", "langchain", "langfuse", "langgraph", "litellm", "llama_index",
    "logging", "mailbox", "mcp", "mistralai", "ollama", "openai", "operator", "os", "pathlib", "pgvector", "pickle",
    "pinecone", "platform", "profile", "pydantic", "pydantic_ai", "qdrant_client", "queue", "random", "re", "redis",
    "replicate", "requests", "secrets", "select", "shutil", "signal", "site", "smolagents", "socket", "sqlalchemy",
    "sqlite3", "starlette", "statistics", "streamlit", "string", "struct", "subprocess", "sys", "tempfile", "test",
    "textwrap", "threading", "tiktoken", "time", "together", "token", "torch", "transformers", "types", "typing",
    "unittest", "urllib", "uuid", "vertexai", "voyageai", "warnings", "weaviate", "xml", "yaml", "zipfile",
];

#[derive(Debug, Default)]
pub(super) struct Python {
    /// Top name → the roots that hold it, in order.
    roots_of: FxHashMap<String, Vec<String>>,
    roots: FxHashSet<String>,
    /// Installed packages that a manifest asks for, by import name, and that no project of the scan is.
    dependencies: FxHashSet<String>,
    /// Folders with a Python file somewhere below: what a namespace package can be.
    folders: FxHashSet<String>,
}

impl Python {
    pub(super) fn new(files: &Files, configs: &[(Arc<str>, String)], diagnostics: &mut Vec<Diagnostic>) -> Python {
        let mut roots = vec![String::new(), "src".to_owned()];
        let mut add = |folder: &str| {
            roots.push(folder.to_owned());
            roots.extend(["src", "python", "lib"].iter().filter_map(|s| join(folder, s)));
        };
        let mut python = Python::default();
        let mut projects = FxHashSet::default();
        for (path, text) in configs {
            match name_of(path) {
                "pyproject.toml" => {
                    add(folder_of(path));
                    python.read_pyproject(path, text, &mut projects, diagnostics);
                }
                "requirements.txt" => {
                    add(folder_of(path));
                    python.dependencies.extend(text.lines().filter_map(import_name));
                }
                "setup.cfg" | "setup.py" => add(folder_of(path)),
                _ => {}
            }
        }
        python.dependencies.retain(|d| !projects.contains(d));
        let sorted = files.sorted();
        for path in &sorted {
            if name_of(path) == "manage.py" {
                add(folder_of(path));
            }
        }
        roots.sort_unstable();
        roots.dedup();
        python.index(&sorted, roots);
        python
    }

    fn index(&mut self, files: &[&Arc<str>], roots: Vec<String>) {
        let mut in_folder: ByFolder<Vec<String>> = FxHashMap::default();
        for path in files {
            let Some(stem) = path.strip_suffix(".py").or_else(|| path.strip_suffix(".pyi")) else { continue };
            in_folder.entry(folder_of(stem).to_owned()).or_default().push(name_of(stem).to_owned());
            for folder in ancestors(folder_of(path)) {
                if !self.folders.insert(folder.to_owned()) {
                    break;
                }
                if !folder.is_empty() {
                    in_folder.entry(folder_of(folder).to_owned()).or_default().push(name_of(folder).to_owned());
                }
            }
        }
        for root in &roots {
            for name in in_folder.get(root).into_iter().flatten() {
                let holders = self.roots_of.entry(name.clone()).or_default();
                if holders.last() != Some(root) {
                    holders.push(root.clone());
                }
            }
        }
        self.roots = roots.into_iter().collect();
    }

    fn read_pyproject(
        &mut self,
        path: &Arc<str>,
        text: &str,
        projects: &mut FxHashSet<String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let table: toml::Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(e) => {
                let line = e.span().map_or(1, |s| text[..s.start].matches('\n').count() + 1);
                diagnostics.push(config_error(path, line, format!("is not TOML and was left out: {}", e.message())));
                return;
            }
        };
        let project = table.get("project");
        let poetry = table.get("tool").and_then(|t| t.get("poetry"));
        for name in [project, poetry].into_iter().flatten().filter_map(|t| t.get("name")?.as_str()) {
            projects.extend(import_name(name));
        }
        let lists = project.and_then(|p| p.get("dependencies")).into_iter();
        let optional = project.and_then(|p| p.get("optional-dependencies")?.as_table());
        for list in lists.chain(optional.into_iter().flat_map(|t| t.values())) {
            let names = list.as_array().into_iter().flatten().filter_map(|d| import_name(d.as_str()?));
            self.dependencies.extend(names);
        }
        let poetry = poetry.and_then(|p| p.get("dependencies")?.as_table());
        // A path dependency is a project of its own, often of this scan.
        let poetry = poetry.into_iter().flatten().filter(|(_, d)| d.get("path").is_none());
        self.dependencies.extend(poetry.filter_map(|(name, _)| import_name(name)));
    }

    pub(super) fn resolve(&self, files: &Files, from: &str, module: &str) -> Option<Arc<str>> {
        let own = folder_of(from);
        let relative = module.trim_start_matches('.');
        let dots = module.len() - relative.len();
        let rest = relative.replace('.', "/");
        if dots > 0 {
            let mut folder = own;
            for _ in 1..dots {
                if folder.is_empty() {
                    return None;
                }
                folder = folder_of(folder);
            }
            return at(files, folder, &rest);
        }
        if rest.is_empty() {
            return None;
        }
        let top = module.split('.').next().unwrap_or(module);
        let external = EXTERNAL.binary_search(&top).is_ok() || self.dependencies.contains(&top.to_lowercase());
        let not_self = |found: &Arc<str>| &**found != from;

        for folder in ancestors(own) {
            let is_package = files.has(&in_folder(folder, "__init__.py"));
            // A module named like an installed one hides it only where Python itself would look first.
            if external && (is_package || folder != own && !self.roots.contains(folder)) {
                continue;
            }
            if let Some(found) = at(files, folder, &rest).filter(not_self) {
                return Some(found);
            }
        }
        if external {
            return None;
        }
        let holders = self.roots_of.get(top)?;
        let near = |root: &&String| {
            let shared = root.split('/').zip(own.split('/')).take_while(|(a, b)| a == b).count();
            std::cmp::Reverse(shared)
        };
        let mut holders: Vec<&String> = holders.iter().collect();
        holders.sort_by_key(near);
        holders.into_iter().find_map(|root| at(files, root, &rest).filter(not_self))
    }
}

fn in_folder(folder: &str, rest: &str) -> String {
    if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") }
}

/// A package goes before a module of the same name, as in Python.
fn at(files: &Files, folder: &str, rest: &str) -> Option<Arc<str>> {
    let base = in_folder(folder, rest);
    let base = base.trim_end_matches('/');
    let init = in_folder(base, "__init__.py");
    if let Some(found) = files.get(&init) {
        return Some(found);
    }
    if rest.is_empty() {
        return files.get(&format!("{init}i"));
    }
    [".py", "/__init__.pyi", ".pyi"].iter().find_map(|e| files.get(&format!("{base}{e}")))
}

/// `My-Package[extra]>=1 ; marker` to `my_package`. Packages whose import name differs are in [`EXTERNAL`] if it matters.
fn import_name(requirement: &str) -> Option<String> {
    let requirement = requirement.trim();
    if !requirement.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = requirement.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    Some(requirement[..end.unwrap_or(requirement.len())].to_lowercase().replace(['-', '.'], "_"))
}

#[cfg(test)]
mod tests {
    use super::super::Project;
    use super::*;

    fn project(files: &[&str], configs: &[(&str, &str)]) -> Project {
        let files: Vec<Arc<str>> = files.iter().map(|f| Arc::from(*f)).collect();
        let configs: Vec<_> = configs.iter().map(|(p, t)| (Arc::from(*p), (*t).to_owned())).collect();
        Project::new(&files, &configs).0
    }

    fn get(project: &Project, from: &str, module: &str) -> String {
        project.resolve_python(from, module).map_or_else(|| "-".to_owned(), |p| p.to_string())
    }

    #[test]
    fn external_names_are_sorted() {
        assert!(EXTERNAL.is_sorted());
    }

    #[test]
    fn relative_imports() {
        let p = project(&["a/__init__.py", "a/x.py", "a/b/__init__.py", "a/b/y.py", "top.py"], &[]);
        assert_eq!(get(&p, "a/b/y.py", "."), "a/b/__init__.py");
        assert_eq!(get(&p, "a/b/__init__.py", ".y"), "a/b/y.py");
        assert_eq!(get(&p, "a/b/y.py", "..x"), "a/x.py");
        assert_eq!(get(&p, "a/b/y.py", "..b.y"), "a/b/y.py");
        assert_eq!(get(&p, "a/x.py", "....x"), "-");
        assert_eq!(get(&p, "a/x.py", ".top"), "-");
    }

    #[test]
    fn absolute_imports_from_the_nearest_root() {
        let p = project(
            &[
                "app/__init__.py",
                "app/db/models.py",
                "app/main.py",
                "svc/app/db/models.py",
                "svc/app/main.py",
                "svc/run.py",
            ],
            &[],
        );
        assert_eq!(get(&p, "app/main.py", "app.db.models"), "app/db/models.py");
        assert_eq!(get(&p, "svc/app/main.py", "app.db.models"), "svc/app/db/models.py");
        assert_eq!(get(&p, "svc/app/main.py", "db.models"), "svc/app/db/models.py");
        assert_eq!(get(&p, "app/main.py", "app"), "app/__init__.py");
        // A namespace package has no file; its modules have.
        assert_eq!(get(&p, "app/main.py", "app.db"), "-");
        assert_eq!(get(&p, "app/main.py", "nowhere.else"), "-");
    }

    #[test]
    fn roots_of_other_projects() {
        let p = project(
            &["packages/core/src/core/models.py", "services/api/main.py", "web/shop/models.py", "web/manage.py"],
            &[("packages/core/pyproject.toml", "[project]\nname = \"core\"")],
        );
        assert_eq!(get(&p, "services/api/main.py", "core.models"), "packages/core/src/core/models.py");
        assert_eq!(get(&p, "services/api/main.py", "shop.models"), "web/shop/models.py");
    }

    #[test]
    fn an_installed_package_is_not_the_file_named_after_it() {
        let p = project(
            &[
                "app/__init__.py",
                "app/services/__init__.py",
                "app/services/openai.py",
                "app/services/chat.py",
                "app/services/resend.py",
                "scripts/openai.py",
                "scripts/run.py",
            ],
            &[("pyproject.toml", "[project]\nname = \"app\"\ndependencies = [\"resend>=2\"]")],
        );
        assert_eq!(get(&p, "app/services/openai.py", "openai"), "-");
        assert_eq!(get(&p, "app/services/chat.py", "openai"), "-");
        assert_eq!(get(&p, "app/services/chat.py", "resend"), "-");
        assert_eq!(get(&p, "app/services/chat.py", ".openai"), "app/services/openai.py");
        assert_eq!(get(&p, "app/services/chat.py", "app.services.openai"), "app/services/openai.py");
        assert_eq!(get(&p, "scripts/run.py", "openai"), "scripts/openai.py");
    }

    #[test]
    fn stubs_and_requirements() {
        let p =
            project(&["a/x.pyi", "a/y.py", "a/y.pyi"], &[("a/requirements.txt", "# c\nFoo-Bar[x]==1\n-r other.txt")]);
        assert_eq!(get(&p, "a/y.py", "x"), "a/x.pyi");
        assert_eq!(get(&p, "a/x.pyi", ".y"), "a/y.py");
        assert!(p.python.dependencies.contains("foo_bar"));
    }
}
