//! Revisions of a git repository, read from its objects: no work tree is touched, nothing is fetched.
//!
//! The `git` program does the reading, since it knows every kind of repository: packs, alternates, linked work trees,
//! partial and shallow clones. It is run for plumbing only, with fetching forbidden.

mod blobs;
mod lines;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use rustc_hash::FxHashMap;

use crate::discover::{Files, Listed};
use blobs::Blobs;
pub use lines::{Changed, changed};

/// A repository on this machine.
#[derive(Clone, Debug)]
pub struct Repository {
    folder: PathBuf,
    /// None for a bare repository.
    work_tree: Option<PathBuf>,
}

impl Repository {
    /// The repository that `folder` is in, or is.
    ///
    /// # Errors
    /// If it is not in one, or there is no `git` program.
    pub fn open(folder: &Path) -> anyhow::Result<Repository> {
        if !folder.is_dir() {
            bail!("there is no folder `{}`; give the repository's folder with --repo", folder.display());
        }
        let mut repository = Repository { folder: folder.to_path_buf(), work_tree: None };
        let bare = repository.git(&["rev-parse", "--is-bare-repository"]).map_err(|e| {
            let reason = e.to_string();
            if reason.contains("not a git repository") {
                anyhow!(
                    "`{}` is not in a git repository; give one with --repo, or compare two inventory files",
                    folder.display()
                )
            } else {
                anyhow!("cannot read the repository `{}`: {reason}", folder.display())
            }
        })?;
        if bare.trim() == "false" && repository.git(&["rev-parse", "--is-inside-work-tree"])?.trim() == "true" {
            let top = repository.git(&["rev-parse", "--show-toplevel"])?;
            repository.work_tree = Some(PathBuf::from(top.trim_end_matches(['\n', '\r'])));
        }
        Ok(repository)
    }

    /// The top folder of the checked-out files; none in a bare repository.
    #[must_use]
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// The id of the commit that a name, such as `main` or `HEAD~3`, means.
    ///
    /// # Errors
    /// If there is no such commit here. In a shallow clone the message has the command that gets it.
    pub fn commit(&self, name: &str) -> anyhow::Result<String> {
        if name.is_empty() || name.starts_with('-') {
            bail!("`{name}` is not the name of a commit");
        }
        let found = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")]);
        let id = found.map(|id| id.trim().to_owned()).unwrap_or_default();
        if id.is_empty() {
            if self.is_shallow() {
                bail!(
                    "there is no commit `{name}` in this shallow clone; get it with `git fetch --depth=1 origin {name}`, \
                     or the whole history with `git fetch --unshallow`"
                );
            }
            bail!("there is no commit `{name}` in this repository; `git fetch` may get it");
        }
        Ok(id)
    }

    /// The commit that two branches have in common.
    ///
    /// # Errors
    /// If they have none, as far as the history is here.
    pub fn merge_base(&self, a: &str, b: &str) -> anyhow::Result<String> {
        let found = self.git(&["merge-base", a, b]).map(|id| id.trim().to_owned()).unwrap_or_default();
        if !found.is_empty() {
            return Ok(found);
        }
        if self.is_shallow() {
            bail!(
                "the commits {a} and {b} have no common ancestor in this shallow clone; get the history with \
                 `git fetch --unshallow`"
            );
        }
        bail!("the commits {a} and {b} have no common ancestor; compare them without --merge-base")
    }

    /// The files of a commit.
    ///
    /// # Errors
    /// If its trees cannot be read.
    pub fn files(&self, commit: &str) -> anyhow::Result<Arc<Tree>> {
        let text = self.git_bytes(&["ls-tree", "-r", "-z", "-l", "--full-tree", commit])?;
        let entries = text.split(|b| *b == 0).filter_map(|line| {
            let (facts, path) = split_tab(line)?;
            let mut facts = facts.split_whitespace();
            let (mode, _, id, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
            // A blob that is not here has no size.
            is_file(mode).then(|| (path, id.to_owned(), size.parse().unwrap_or(0)))
        });
        self.tree(entries.collect())
    }

    /// The files as they are staged for the next commit.
    ///
    /// # Errors
    /// If there is no index.
    pub fn index(&self) -> anyhow::Result<Arc<Tree>> {
        if self.work_tree.is_none() {
            bail!("a bare repository has no index; name a commit instead");
        }
        let text = self.git_bytes(&["ls-files", "-s", "-z", "--full-name", ":/"])?;
        let entries: Vec<(String, String, u64)> = text
            .split(|b| *b == 0)
            .filter_map(|line| {
                let (facts, path) = split_tab(line)?;
                let mut facts = facts.split_whitespace();
                let (mode, id, stage) = (facts.next()?, facts.next()?, facts.next()?);
                // Of a file in conflict, ours.
                (is_file(mode) && matches!(stage, "0" | "2")).then(|| (path, id.to_owned(), 0))
            })
            .collect();
        let blobs = self.blobs()?;
        let sized = entries.into_iter().map(|(path, id, _)| {
            let size = blobs.read(&id).map_or(0, |bytes| bytes.len() as u64);
            (path, id, size)
        });
        self.tree(sized.collect())
    }

    fn tree(&self, entries: Vec<(String, String, u64)>) -> anyhow::Result<Arc<Tree>> {
        let mut list = Vec::with_capacity(entries.len());
        let mut ids = FxHashMap::default();
        for (path, id, size) in entries {
            let path: Arc<str> = path.into();
            list.push(Listed { path: path.clone(), size });
            ids.insert(path, id);
        }
        list.sort_by(|a, b| a.path.cmp(&b.path));
        list.dedup_by(|a, b| a.path == b.path);
        Ok(Arc::new(Tree { list, ids, blobs: self.blobs()? }))
    }

    fn is_shallow(&self) -> bool {
        self.git(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|t| t.trim() == "true")
    }

    fn blobs(&self) -> anyhow::Result<Blobs> {
        Blobs::start(self.command(&["cat-file", "--batch"]))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.folder)
            .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
            .args(args)
            // A blob that a partial clone lacks stays unread: nothing may go over the network.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("LC_ALL", "C");
        if self.folder != Path::new(".") {
            // In a hook, git says by its environment which repository is meant; `--repo` says otherwise.
            for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"] {
                command.env_remove(name);
            }
        }
        command
    }

    fn git(&self, args: &[&str]) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&self.git_bytes(args)?).into_owned())
    }

    fn git_bytes(&self, args: &[&str]) -> anyhow::Result<Vec<u8>> {
        let output = self
            .command(args)
            .stdin(Stdio::null())
            .output()
            .context("cannot run `git`; install it, or compare two inventory files that `towhom baseline` wrote")?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            let reason = reason.lines().find(|l| !l.trim().is_empty()).unwrap_or("it gave no reason").to_owned();
            bail!("git {}: {}", args[0], reason.trim_start_matches("fatal: "));
        }
        Ok(output.stdout)
    }
}

/// The files of one revision.
#[derive(Debug)]
pub struct Tree {
    list: Vec<Listed>,
    ids: FxHashMap<Arc<str>, String>,
    blobs: Blobs,
}

impl Tree {
    /// The object id of a file's content.
    #[must_use]
    pub fn id(&self, path: &str) -> Option<&str> {
        self.ids.get(path).map(String::as_str)
    }
}

impl Files for Tree {
    fn list(&self) -> &[Listed] {
        &self.list
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, &'static str> {
        self.blobs.read(self.ids.get(path).ok_or("unreadable")?)
    }
}

fn split_tab(line: &[u8]) -> Option<(String, String)> {
    let tab = line.iter().position(|b| *b == b'\t')?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Some((text(&line[..tab]), text(&line[tab + 1..])))
}

/// By its mode: links and submodules are none.
fn is_file(mode: &str) -> bool {
    mode.starts_with("100")
}
