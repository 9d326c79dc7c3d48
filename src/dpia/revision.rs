//! Which commit was scanned and where it can be looked at, read from the Git directory without running Git.

use std::fs;
use std::path::{Path, PathBuf};

use super::model::{Hosting, HostingKind};

/// What the Git directory says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    pub commit: Option<String>,
    pub hosting: Option<Hosting>,
    /// The name of the repository, from its hosting address or its folder.
    pub name: Option<String>,
}

/// What can be read of the repository that holds `root`; nothing where it is none.
#[must_use]
pub fn of(root: &Path) -> Revision {
    let Ok(root) = fs::canonicalize(root) else { return Revision::default() };
    let Some((top, git)) = root.ancestors().find_map(|p| Some((p, git_directory(p)?))) else {
        return Revision::default();
    };
    let common = common_directory(&git);
    let commit = head(&git, &common);
    let address = origin(&common);
    let within = root.strip_prefix(top).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
    let hosting = address.as_deref().zip(commit.as_deref()).and_then(|(a, c)| hosting(a, c, &within));
    let folder = top.file_name().map(|n| n.to_string_lossy().into_owned());
    let mut name = address.as_deref().and_then(|a| Some(web(a)?.1)).or(folder);
    if let (Some(name), false) = (&mut name, within.is_empty()) {
        name.push('/');
        name.push_str(&within);
    }
    Revision { commit, hosting, name }
}

/// `.git` of a folder; in a further work tree it is a file that names the directory.
fn git_directory(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return git.join("HEAD").is_file().then_some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    let path = text.trim().strip_prefix("gitdir:")?.trim();
    let path = folder.join(path);
    path.join("HEAD").is_file().then_some(path)
}

/// Where refs and settings are: for a further work tree, the directory of the first.
fn common_directory(git: &Path) -> PathBuf {
    match fs::read_to_string(git.join("commondir")) {
        Ok(path) => git.join(path.trim()),
        Err(_) => git.to_path_buf(),
    }
}

fn head(git: &Path, common: &Path) -> Option<String> {
    let text = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(name) = text.trim().strip_prefix("ref:").map(str::trim) else { return hash(&text) };
    // A name that climbs out is none of Git's.
    if name.split('/').any(|part| part == "..") {
        return None;
    }
    let loose = [git, common].iter().find_map(|d| hash(&fs::read_to_string(d.join(name)).ok()?));
    loose.or_else(|| {
        let packed = fs::read_to_string(common.join("packed-refs")).ok()?;
        packed.lines().find_map(|l| l.split_once(' ').filter(|(_, n)| n.trim() == name).and_then(|(h, _)| hash(h)))
    })
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let fine = matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_hexdigit());
    fine.then(|| text.to_owned())
}

/// The address of the remote `origin`.
fn origin(common: &Path) -> Option<String> {
    let text = fs::read_to_string(common.join("config")).ok()?;
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[remote \"origin\"]";
        } else if inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "url"
        {
            return Some(value.trim().to_owned());
        }
    }
    None
}

/// Host and path of `git@host:owner/name.git` and `https://user:secret@host/owner/name`; what signs in is left out.
fn web(address: &str) -> Option<(String, String)> {
    let rest = match address.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.to_owned(),
        Some(_) => return None,
        None => address.split_once(':').map(|(host, path)| format!("{host}/{path}"))?,
    };
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/').trim_end_matches(".git");
    let plain = |s: &str| s.chars().all(|c| c.is_ascii_alphanumeric() || "-._/~".contains(c));
    let fine = host.contains('.') && path.contains('/') && plain(host) && plain(path) && !path.contains("..");
    fine.then(|| (host.to_ascii_lowercase(), path.to_owned()))
}

fn hosting(address: &str, commit: &str, within: &str) -> Option<Hosting> {
    let (host, path) = web(address)?;
    let (kind, middle) = match host.as_str() {
        "github.com" => (HostingKind::GitHub, "blob"),
        "bitbucket.org" => (HostingKind::Bitbucket, "src"),
        h if h.contains("gitlab") => (HostingKind::GitLab, "-/blob"),
        h if h.contains("github") => (HostingKind::GitHub, "blob"),
        _ => return None,
    };
    let prefix = if within.is_empty() { String::new() } else { format!("{within}/") };
    let line = if kind == HostingKind::Bitbucket { "lines-{line}" } else { "L{line}" };
    let file = format!("https://{host}/{path}/{middle}/{commit}/{prefix}{{path}}#{line}");
    Some(Hosting { file, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "3f2a91c0000000000000000000000000000000aa";

    #[test]
    fn addresses_lose_what_signs_in() {
        let parts = |a: &str| web(a).map(|(h, p)| format!("{h} {p}"));
        assert_eq!(parts("git@github.com:acme/desk.git").as_deref(), Some("github.com acme/desk"));
        assert_eq!(
            parts("https://me:secret@gitlab.example.org/a/b/c.git").as_deref(),
            Some("gitlab.example.org a/b/c")
        );
        assert_eq!(parts("ssh://git@github.com:22/acme/desk").as_deref(), Some("github.com acme/desk"));
        assert_eq!(
            [parts("/srv/git/x"), parts("javascript://x.y/a/b"), parts("https://h.x/<b>/c")],
            [None, None, None]
        );
    }

    #[test]
    fn places_at_the_hosting_service() {
        let at = |a: &str| hosting(a, COMMIT, "app").map(|h| h.file).unwrap_or_default();
        assert_eq!(
            at("git@github.com:acme/desk"),
            format!("https://github.com/acme/desk/blob/{COMMIT}/app/{{path}}#L{{line}}")
        );
        assert!(at("https://bitbucket.org/acme/desk").ends_with("/app/{path}#lines-{line}"));
        assert_eq!(at("https://code.example.org/acme/desk"), "", "an unknown service has no addresses to guess");
    }

    #[test]
    fn a_repository_is_read() {
        let folder = std::env::temp_dir().join(format!("towhom-revision-{}", std::process::id()));
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".git/HEAD", "ref: refs/heads/main\n");
        write(".git/packed-refs", &format!("# pack-refs\n{COMMIT} refs/heads/main\n"));
        write(".git/config", "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = git@github.com:acme/desk.git\n");
        write("app/main.py", "");
        let revision = of(&folder.join("app"));
        assert_eq!(revision.commit.as_deref(), Some(COMMIT));
        assert_eq!(revision.name.as_deref(), Some("acme/desk/app"));
        write(".git/HEAD", "ref: refs/../../etc/passwd\n");
        assert_eq!(of(&folder).commit, None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
