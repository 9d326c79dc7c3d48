//! Which files to read: walks the scanned folder and says of each file what it is and, if it is left out, why.
//!
//! Nothing is dropped silently but what `.gitignore` names and what is not code: every other file left out is in
//! [`Discovered::skipped`] under its reason, so that a report can say what was not read. Order and content of the
//! result depend on the tree alone.

mod generated;
mod listed;
mod tests_dirs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow, bail};
use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

pub use generated::judge;
pub use listed::{Files, Listed, discover as of_list};
pub use tests_dirs::is_test;

/// Code above this size is data or a bundle.
const MAX_CODE: u64 = 2 << 20;
/// Notebooks hold their outputs, pictures included.
const MAX_NOTEBOOK: u64 = 10 << 20;
const MAX_CONFIG: u64 = 1 << 20;

/// Files that a project names for towhom to leave out, in the syntax of `.gitignore`.
const IGNORE_FILE: &str = ".towhomignore";

#[derive(Clone, Debug, Default)]
pub struct DiscoverOptions {
    /// Globs in the syntax of `.gitignore`, relative to the scanned folder: `--exclude` and `exclude` of `towhom.toml`.
    pub exclude: Vec<String>,
    /// Globs of further configuration files, which the user's rows read.
    pub configs: Vec<String>,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// `.py`, `.pyi`
    Python,
    /// `.ts`, `.mts`, `.cts`
    TypeScript,
    /// `.tsx` and every JavaScript ending
    Tsx,
    /// `.ipynb`
    Notebook,
    /// `.prisma`
    Prisma,
    /// `.sql`
    Sql,
}

impl FileKind {
    /// By the ending of the name.
    #[must_use]
    pub fn of(path: &str) -> Option<FileKind> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, ending) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        match ending {
            "py" | "pyi" => Some(FileKind::Python),
            "ts" | "mts" | "cts" => Some(FileKind::TypeScript),
            "tsx" | "js" | "jsx" | "mjs" | "cjs" => Some(FileKind::Tsx),
            "ipynb" => Some(FileKind::Notebook),
            "prisma" => Some(FileKind::Prisma),
            "sql" => Some(FileKind::Sql),
            _ => None,
        }
    }

    fn limit(self) -> u64 {
        if self == FileKind::Notebook { MAX_NOTEBOOK } else { MAX_CODE }
    }
}

/// One file to read.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to [`Discovered::root`], with forward slashes.
    pub path: Arc<str>,
    pub kind: FileKind,
    pub in_test: bool,
    pub size: u64,
}

/// What [`discover`] found, each list sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Discovered {
    pub root: PathBuf,
    /// Where the files are read from, if not from the folder `root`.
    pub listed: Option<Arc<dyn Files>>,
    pub files: Vec<SourceFile>,
    /// Files that say how modules are found (`package.json`, `tsconfig.json`, `pyproject.toml`), and those that may say who
    /// gets data: templates of `.env`, compose files, YAML, Terraform, Bicep.
    pub configs: Vec<Arc<str>>,
    /// Reason → what was left out. A folder, which ends in `/`, is not entered and counts as one.
    pub skipped: BTreeMap<String, Vec<Arc<str>>>,
}

/// The files of a folder, or the one file at `root`.
///
/// # Errors
/// If there is nothing at `root`, it cannot be read, or an exclude pattern is not a glob.
pub fn discover(root: &Path, opts: &DiscoverOptions) -> anyhow::Result<Discovered> {
    let meta = std::fs::metadata(root).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            anyhow!("there is no file or folder `{}`; give the path of the repository to scan", root.display())
        }
        _ => anyhow!("cannot read `{}`: {e}", root.display()),
    })?;
    if meta.is_file() {
        return one_file(root, meta.len());
    }
    std::fs::read_dir(root).with_context(|| {
        format!("cannot list the folder `{}`; check its permissions, or scan as a user who may read it", root.display())
    })?;

    let own = std::fs::read_to_string(root.join(IGNORE_FILE)).ok();
    let excluded = excluded(root, own.as_deref(), opts)?;
    let filter =
        Arc::new(Filter { root: root.to_path_buf(), excluded, configs: declared(opts)?, skipped: Mutex::default() });
    let in_filter = Arc::clone(&filter);
    let mut walk = WalkBuilder::new(root);
    walk.follow_links(false)
        .require_git(false)
        // A few hidden files are configuration: the filter keeps the others out.
        .hidden(false)
        // Settings of the machine must not change what is found in a tree.
        .git_global(false)
        .git_exclude(false)
        // `.ignore` files are for search tools: what is dull to search may still send data.
        .ignore(false)
        // Ignore files above the scanned folder count as far up as the repository it is in.
        .parents(is_in_repository(root))
        .filter_entry(move |entry| in_filter.keeps(entry));

    let mut found = Discovered { root: root.to_path_buf(), ..Discovered::default() };
    for entry in walk.build() {
        match entry {
            Ok(entry) => {
                if entry.file_type().is_some_and(|t| t.is_file())
                    && let Some(path) = relative(root, entry.path())
                {
                    found.take(&filter, &path, || entry.metadata().map_or(0, |m| m.len()));
                }
            }
            Err(e) => filter.skip("unreadable", &error_path(&e, root)),
        }
    }
    Ok(found.sorted(&filter))
}

impl Discovered {
    /// The text of a file, or why it has none. A few bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// With a reason for [`Discovered::skipped`].
    pub fn read_text(&self, path: &str) -> Result<String, &'static str> {
        let bytes = match &self.listed {
            Some(listed) => listed.read(path)?,
            None => std::fs::read(self.root.join(path)).map_err(|_| "unreadable")?,
        };
        generated::decode(bytes).ok_or("not text")
    }

    fn sorted(mut self, filter: &Filter) -> Discovered {
        self.skipped = std::mem::take(&mut *filter.skipped.lock().unwrap_or_else(PoisonError::into_inner));
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.configs.sort();
        for paths in self.skipped.values_mut() {
            paths.sort();
            paths.dedup();
        }
        self
    }

    fn take(&mut self, filter: &Filter, path: &str, size: impl Fn() -> u64) {
        let path: Arc<str> = path.into();
        if (is_config(&path) || filter.configs.is_match(&*path)) && size() <= MAX_CONFIG {
            self.configs.push(path.clone());
        }
        let Some(kind) = FileKind::of(&path) else { return };
        if let Some(reason) = generated::by_path(&path) {
            filter.skip(reason, &path);
            return;
        }
        let size = size();
        if size > kind.limit() {
            filter.skip("too large", &path);
            return;
        }
        let in_test = is_test(&path);
        self.files.push(SourceFile { path, kind, in_test, size });
    }
}

/// What keeps the walk out of folders and files, and notes why.
struct Filter {
    root: PathBuf,
    excluded: Gitignore,
    configs: globset::GlobSet,
    skipped: Mutex<BTreeMap<String, Vec<Arc<str>>>>,
}

/// The user's own configuration files.
fn declared(opts: &DiscoverOptions) -> anyhow::Result<globset::GlobSet> {
    let mut globs = globset::GlobSetBuilder::new();
    for glob in &opts.configs {
        globs.add(globset::Glob::new(glob)?);
    }
    Ok(globs.build()?)
}

impl Filter {
    fn keeps(&self, entry: &ignore::DirEntry) -> bool {
        let Some(path) = relative(&self.root, entry.path()) else { return true };
        if path.is_empty() {
            return true;
        }
        let is_dir = entry.file_type().is_some_and(|t| t.is_dir());
        self.keeps_path(&path, is_dir, &|p| self.root.join(p).exists())
    }

    fn keeps_path(&self, path: &str, is_dir: bool, exists: &dyn Fn(&str) -> bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.starts_with('.') && !is_kept_hidden(name) {
            return false;
        }
        if self.excluded.matched(self.root.join(path), is_dir).is_ignore() {
            // Of what the user excludes, only code is worth a count.
            if is_dir {
                self.skip("excluded", &format!("{path}/"));
            } else if FileKind::of(path).is_some() {
                self.skip("excluded", path);
            }
            return false;
        }
        if !is_dir && generated::is_migration(path, exists) {
            self.skip("generated", path);
            return false;
        }
        if is_dir && generated::is_vendored(path, exists) {
            self.skip("vendored", &format!("{path}/"));
            return false;
        }
        true
    }

    fn skip(&self, reason: &str, path: &str) {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        skipped.entry(reason.to_owned()).or_default().push(path.into());
    }
}

fn one_file(path: &Path, size: u64) -> anyhow::Result<Discovered> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(kind) = FileKind::of(&name) else {
        bail!(
            "`{}` is not a kind of file that towhom reads; it reads Python, TypeScript, JavaScript, notebooks, \
             Prisma schemas and SQL. Give one of these, or a folder",
            path.display()
        );
    };
    let root = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let file = SourceFile { path: name.into(), kind, in_test: false, size };
    Ok(Discovered { root, files: vec![file], ..Discovered::default() })
}

/// `own` is the text of the root's own ignore file.
fn excluded(root: &Path, own: Option<&str>, opts: &DiscoverOptions) -> anyhow::Result<Gitignore> {
    let mut globs = GitignoreBuilder::new(root);
    for line in own.unwrap_or_default().lines() {
        globs
            .add_line(None, line)
            .map_err(|e| anyhow!("{}: {e}; each line is a glob as in .gitignore", root.join(IGNORE_FILE).display()))?;
    }
    for glob in &opts.exclude {
        globs.add_line(None, glob.strip_prefix("./").unwrap_or(glob)).map_err(|e| {
            anyhow!("`{glob}` is not a glob: {e}; write it as in .gitignore, such as `legacy/` or `**/*.gen.ts`")
        })?;
    }
    globs.build().context("the exclude patterns cannot be used together")
}

/// `a/b.py` of `root/a/b.py`; names that are not Unicode are spelled with replacement characters.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(root).ok()?.components();
    let parts: Vec<_> = parts.map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    Some(parts.join("/"))
}

fn is_in_repository(root: &Path) -> bool {
    std::fs::canonicalize(root).is_ok_and(|full| full.ancestors().any(|a| a.join(".git").exists()))
}

fn error_path(error: &ignore::Error, root: &Path) -> String {
    match error {
        ignore::Error::WithPath { path, .. } => relative(root, path).unwrap_or_else(|| path.display().to_string()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err, root),
        other => other.to_string(),
    }
}

/// Hidden files and folders that are configuration of a program, and none of its tools or history.
fn is_kept_hidden(name: &str) -> bool {
    name.starts_with(".env") || matches!(name, ".github" | ".vscode" | ".cursor" | ".mcp.json")
}

/// Files that may say who gets data, by their names; `evidence` decides by what is in them.
fn is_evidence(path: &str, name: &str) -> bool {
    if is_test(path) {
        return false;
    }
    let lock = matches!(name, "pnpm-lock.yaml" | "package-lock.json");
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let by_ending = matches!(ending, "yml" | "yaml" | "tf" | "bicep" | "template" | "env") && !lock;
    by_ending
        || name.starts_with(".env")
        || stem.starts_with(".env")
        || matches!(
            name,
            "env.example" | "example.env" | "env.template" | "langgraph.json" | "claude_desktop_config.json"
        )
        || (ending == "json"
            && (stem.contains("mcp") || stem.ends_with(".template") || stem.contains("cloudformation")))
}

fn is_config(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    match name {
        "package.json"
        | "jsconfig.json"
        | "pnpm-workspace.yaml"
        | "turbo.json"
        | "lerna.json"
        | "nx.json"
        | "pyproject.toml"
        | "setup.cfg"
        | "setup.py"
        | "requirements.txt" => true,
        _ if is_evidence(path, name) => true,
        _ if !name.ends_with(".json") => false,
        _ if name.starts_with("tsconfig") => true,
        // Shared bases that other configurations extend: `packages/typescript-config/nextjs.json`.
        _ => parts.next().is_some_and(|folder| folder.contains("tsconfig") || folder.contains("typescript-config")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that goes away with the value.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[(&str, &str)]) -> Tree {
            let root = std::env::temp_dir().join(format!("towhom-discover-{}-{name}", std::process::id()));
            for (path, text) in files {
                let path = root.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            Tree(root)
        }

        fn found(&self, exclude: &[&str]) -> Discovered {
            let exclude = exclude.iter().map(|s| (*s).to_owned()).collect();
            discover(&self.0, &DiscoverOptions { exclude, ..DiscoverOptions::default() }).unwrap()
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn paths(found: &Discovered) -> Vec<&str> {
        found.files.iter().map(|f| &*f.path).collect()
    }

    #[test]
    fn takes_code_and_configuration_sorted() {
        let tree = Tree::new(
            "kinds",
            &[
                ("b.py", ""),
                ("a/c.tsx", ""),
                ("a/n.ipynb", "{}"),
                ("prisma/schema.prisma", ""),
                ("package.json", "{}"),
                ("a/tsconfig.app.json", "{}"),
                ("README.md", ""),
                (".hidden/x.py", ""),
                ("setup.py", ""),
            ],
        );
        let found = tree.found(&[]);
        assert_eq!(paths(&found), ["a/c.tsx", "a/n.ipynb", "b.py", "prisma/schema.prisma", "setup.py"]);
        let configs: Vec<_> = found.configs.iter().map(|p| &**p).collect();
        assert_eq!(configs, ["a/tsconfig.app.json", "package.json", "setup.py"]);
        assert!(found.skipped.is_empty());
    }

    #[test]
    fn respects_ignore_files_and_counts_what_it_skips() {
        let tree = Tree::new(
            "skips",
            &[
                (".gitignore", "secret.py\n"),
                (".towhomignore", "old/\n"),
                ("secret.py", ""),
                ("old/a.py", ""),
                ("legacy/a.py", ""),
                ("node_modules/x/index.js", ""),
                ("api_pb2.py", ""),
                ("app.min.js", ""),
                ("dist/bundle.js", ""),
                ("big.py", &"x = 1\n".repeat(400_000)),
                ("main.py", ""),
            ],
        );
        let found = tree.found(&["legacy/**"]);
        assert_eq!(paths(&found), ["main.py"]);
        let skipped: Vec<_> = found.skipped.iter().map(|(r, p)| (r.as_str(), p.join(" "))).collect();
        assert_eq!(
            skipped,
            [
                ("build output", "dist/bundle.js".to_owned()),
                ("excluded", "legacy/a.py old/".to_owned()),
                ("generated", "api_pb2.py".to_owned()),
                ("minified", "app.min.js".to_owned()),
                ("too large", "big.py".to_owned()),
                ("vendored", "node_modules/".to_owned()),
            ]
        );
    }

    #[test]
    fn a_folder_named_vendor_may_be_about_vendors() {
        let tree = Tree::new(
            "vendor",
            &[("vendor/x.py", ""), ("src/app/vendor/page.tsx", ""), ("env/pyvenv.cfg", ""), ("env/lib/y.py", "")],
        );
        let found = tree.found(&[]);
        assert_eq!(paths(&found), ["src/app/vendor/page.tsx"]);
    }

    #[test]
    fn one_file_and_no_file() {
        let tree = Tree::new("one", &[("a/b.py", "x = 1"), ("a/c.txt", "")]);
        let found = discover(&tree.0.join("a/b.py"), &DiscoverOptions::default()).unwrap();
        assert_eq!(paths(&found), ["b.py"]);
        let error = |p: &str| discover(&tree.0.join(p), &DiscoverOptions::default()).unwrap_err().to_string();
        assert!(error("nowhere").contains("there is no file or folder"));
        assert!(error("a/c.txt").contains("not a kind of file"));
        let bad = discover(&tree.0, &DiscoverOptions { exclude: vec!["a[z-a]".into()], ..DiscoverOptions::default() })
            .unwrap_err()
            .to_string();
        assert!(bad.contains("`a[z-a]` is not a glob"), "{bad}");
    }
}
