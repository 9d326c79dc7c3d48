//! Files that do not lie in a folder, such as those of a revision: a list of paths and a way to read them.
//!
//! The same rules as for a folder decide what is read, so that a revision and its checkout give the same result.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashSet;

use super::{DiscoverOptions, Discovered, Filter, IGNORE_FILE, excluded};

/// A file of a [`Files`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Relative to the root, with forward slashes.
    pub path: Arc<str>,
    /// In bytes.
    pub size: u64,
}

/// Where files come from, if not from a folder.
pub trait Files: Debug + Send + Sync {
    /// Every regular file, sorted by path. Links and submodules are no files.
    fn list(&self) -> &[Listed];

    /// The bytes of a file.
    ///
    /// # Errors
    /// With the reason why it cannot be read, such as `unreadable`.
    fn read(&self, path: &str) -> Result<Vec<u8>, &'static str>;
}

/// What there is to read in `files`. The ignore files among them count as they do in a folder.
///
/// # Errors
/// If an exclude pattern is not a glob.
pub fn discover(files: &Arc<dyn Files>, opts: &DiscoverOptions) -> anyhow::Result<Discovered> {
    let text = |path: &str| files.read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let all = files.list();
    let mut paths: FxHashSet<&str> = FxHashSet::default();
    let mut root = Folder::default();
    for (ix, file) in all.iter().enumerate() {
        let mut folder = &mut root;
        let mut end = 0;
        while let Some(slash) = file.path[end..].find('/') {
            let name = &file.path[end..end + slash];
            end += slash;
            paths.insert(&file.path[..end]);
            end += 1;
            folder = folder.folders.entry(name).or_default();
        }
        paths.insert(&file.path);
        folder.files.push((&file.path[end..], ix));
    }
    let own = paths.contains(IGNORE_FILE).then(|| text(IGNORE_FILE)).flatten();
    let excluded = excluded(Path::new(""), own.as_deref(), opts)?;
    let filter = Filter {
        root: Path::new("").to_path_buf(),
        excluded,
        configs: super::declared(opts)?,
        skipped: Mutex::default(),
    };
    let mut found = Discovered { listed: Some(Arc::clone(files)), ..Discovered::default() };
    let exists = |path: &str| path == ".git" || paths.contains(path);

    let mut open: Vec<(String, &Folder<'_>, Vec<Arc<Gitignore>>)> = vec![(String::new(), &root, Vec::new())];
    while let Some((place, folder, mut ignores)) = open.pop() {
        let ignore_file = format!("{place}.gitignore");
        if let Some(text) = paths.contains(&*ignore_file).then(|| text(&ignore_file)).flatten() {
            let mut globs = GitignoreBuilder::new(place.trim_end_matches('/'));
            for line in text.lines() {
                // As git does, a line that is no glob is passed over.
                let _ = globs.add_line(None, line);
            }
            ignores.extend(globs.build().ok().map(Arc::new));
        }
        let kept = |name: &str, is_dir: bool| {
            let path = format!("{place}{name}");
            let ignored = ignores.iter().rev().map(|g| g.matched(&path, is_dir)).find(|m| !m.is_none());
            let keeps = !ignored.is_some_and(|m| m.is_ignore()) && filter.keeps_path(&path, is_dir, &exists);
            keeps.then_some(path)
        };
        for (name, ix) in &folder.files {
            if let Some(path) = kept(name, false) {
                found.take(&filter, &path, || all[*ix].size);
            }
        }
        for (name, inner) in &folder.folders {
            if let Some(path) = kept(name, true) {
                open.push((path + "/", inner, ignores.clone()));
            }
        }
    }
    Ok(found.sorted(&filter))
}

#[derive(Default)]
struct Folder<'f> {
    files: Vec<(&'f str, usize)>,
    folders: BTreeMap<&'f str, Folder<'f>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::discover as discover_folder;

    #[derive(Debug)]
    struct InMemory(Vec<Listed>, Vec<&'static str>);

    impl Files for InMemory {
        fn list(&self) -> &[Listed] {
            &self.0
        }

        fn read(&self, path: &str) -> Result<Vec<u8>, &'static str> {
            let ix = self.0.iter().position(|f| &*f.path == path).ok_or("unreadable")?;
            Ok(self.1[ix].as_bytes().to_vec())
        }
    }

    /// What is found in a list is what is found in a folder of the same files.
    #[test]
    fn a_list_is_read_like_a_folder() {
        let mut files = vec![
            (".gitignore", "secret.py\n/out/\n*.log.py\n"),
            (".towhomignore", "old/\n"),
            (".env.example", "MODEL=gpt-4o"),
            (".hidden/x.py", ""),
            ("a/.gitignore", "!secret.py\nlocal.py\n"),
            ("a/b/secret.py", ""),
            ("a/local.py", ""),
            ("a/out/kept.py", ""),
            ("app/vendor/page.tsx", ""),
            ("legacy/a.py", ""),
            ("main.py", "x = 1"),
            ("node_modules/x/index.js", ""),
            ("old/a.py", ""),
            ("out/a.py", ""),
            ("package.json", "{}"),
            ("secret.py", ""),
            ("web/package.json", "{}"),
            ("web/vendor/x.js", ""),
            ("y.log.py", ""),
            ("z/pyvenv.cfg", ""),
            ("z/lib/site.py", ""),
        ];
        files.sort_unstable();
        let root = std::env::temp_dir().join(format!("towhom-listed-{}", std::process::id()));
        for (path, text) in &files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let opts = DiscoverOptions { exclude: vec!["legacy/**".into()], ..DiscoverOptions::default() };
        let folder = discover_folder(&root, &opts).unwrap();
        std::fs::remove_dir_all(&root).unwrap();
        let list = files.iter().map(|(p, t)| Listed { path: (*p).into(), size: t.len() as u64 }).collect();
        let files: Arc<dyn Files> = Arc::new(InMemory(list, files.iter().map(|(_, t)| *t).collect()));
        let listed = discover(&files, &opts).unwrap();
        let paths = |d: &Discovered| d.files.iter().map(|f| f.path.to_string()).collect::<Vec<_>>();
        assert_eq!(paths(&listed), ["a/b/secret.py", "a/out/kept.py", "app/vendor/page.tsx", "main.py"]);
        assert_eq!(paths(&listed), paths(&folder));
        assert_eq!(listed.configs, folder.configs);
        assert_eq!(listed.skipped, folder.skipped);
        assert_eq!(listed.read_text("main.py").unwrap(), "x = 1");
    }
}
