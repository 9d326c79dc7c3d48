//! `towhom diff`: each trigger on a pair of small programs, and silence on a look-alike; revisions of git repositories.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use towhom::diff::{self, Side, Texts};

use crate::support::{Folder, Run, files, repository, scan};

/// The texts of two folders.
struct Folders {
    base: PathBuf,
    head: PathBuf,
    changed: Vec<Arc<str>>,
}

impl Folders {
    fn new(base: &Path, head: &Path) -> Folders {
        let names = |root: &Path| -> Vec<Arc<str>> {
            let all = files(root);
            all.iter().map(|p| p.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/").into()).collect()
        };
        let mut changed: Vec<Arc<str>> = names(base);
        changed.extend(names(head));
        changed.sort();
        changed.dedup();
        changed.retain(|f| fs::read(base.join(&**f)).ok() != fs::read(head.join(&**f)).ok());
        Folders { base: base.to_path_buf(), head: head.to_path_buf(), changed }
    }
}

impl Texts for Folders {
    fn changed_files(&self) -> &[Arc<str>] {
        &self.changed
    }

    fn text(&self, side: Side, path: &str) -> Option<String> {
        let root = if side == Side::Base { &self.base } else { &self.head };
        fs::read_to_string(root.join(path)).ok()
    }
}

fn codes(base: &Path, head: &Path) -> Vec<String> {
    let texts = Folders::new(base, head);
    let (before, after) = (scan(base), scan(head));
    let found = diff::compare(&before, &after, Some(&texts));
    let mut codes: Vec<String> = found.triggers.iter().map(|t| t.code.clone()).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// `fixtures/triggers/<code>-<id>/`, or `<code>-<id>.<what>/` for a further case: from `before` to `after` it is what
/// `expected` says, to `same` it is nothing.
#[test]
fn every_trigger_and_its_look_alike() {
    let root = repository().join("fixtures/triggers");
    let mut seen = Vec::new();
    let mut wrong = Vec::new();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let (code, id) = name.split('.').next().unwrap().split_once('-').unwrap();
        assert_eq!(diff::rows::find(code).map(|r| r.id.as_str()), Some(id), "{name}");
        let expected = fs::read_to_string(folder.join("expected")).unwrap();
        let found = codes(&folder.join("before"), &folder.join("after")).join(" ");
        if found != expected.trim() {
            wrong.push(format!("{name}: {found:?} instead of {:?}", expected.trim()));
        }
        let found = codes(&folder.join("before"), &folder.join("same"));
        if !found.is_empty() {
            wrong.push(format!("{name}: {found:?} for its look-alike"));
        }
        seen.push(code.to_owned());
    }
    seen.dedup();
    let all: Vec<String> = diff::rows::all().iter().map(|r| r.code.clone()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(seen, all, "a fixture for each trigger");
}

/// `docs/triggers.md` has a row for each trigger, as `queries/triggers.toml` says it.
#[test]
fn the_triggers_are_documented() {
    let path = repository().join("docs/triggers.md");
    let text = fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- triggers -->\n", "<!-- end of triggers -->");
    let (head, rest) = text.split_once(start).expect("a mark before the table");
    let (_, tail) = rest.split_once(end).expect("a mark after the table");
    let mut table =
        String::from("| | id | usual severity | what is compared | sections | why |\n|---|---|---|---|---|---|\n");
    for row in diff::rows::all() {
        let sign = match row.direction {
            diff::Direction::Increase => "▲",
            diff::Direction::Decrease => "▼",
            diff::Direction::Neutral => "◆",
        };
        table += &format!(
            "| {sign} {} | `{}` | {:?} | {} | {} | {} ({}) |\n",
            row.code,
            row.id,
            row.severity,
            row.seen,
            row.sections.join(", "),
            row.why,
            row.source
        );
    }
    let expected = format!("{head}{start}{table}{end}{tail}");
    if text != expected {
        if std::env::var_os("TOWHOM_UPDATE").is_some() {
            fs::write(&path, &expected).unwrap();
        }
        panic!("docs/triggers.md is not what queries/triggers.toml says; run the test with TOWHOM_UPDATE=1");
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with a model call, and its first commit.
fn repo() -> (Folder, String) {
    let folder = Folder::with_a_flow();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "one"]);
    let first = git(folder.path(), &["rev-parse", "HEAD"]);
    (folder, first)
}

fn swap(folder: &Folder) {
    folder.write("app.py", folder.read("app.py").replace("gpt-4o", "gpt-4.1"));
}

/// With what finds the `git` program.
fn run(folder: &Folder, args: &[&str]) -> Run {
    let path = std::env::var("PATH").unwrap_or_default();
    folder.towhom_with(args, &[("PATH", &path), ("HOME", "/nonexistent")])
}

fn found(run: Run) -> Vec<String> {
    let value: serde_json::Value =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err));
    assert_eq!(value["schema_version"], 1);
    value["triggers"].as_array().unwrap().iter().map(|t| t["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_commits_the_index_and_the_work_tree() {
    let (folder, first) = repo();
    let json = |args: &[&str]| found(run(&folder, &[&["diff", "-f", "json"], args].concat()).ends_with(0));
    assert_eq!(json(&["HEAD"]), Vec::<String>::new());
    swap(&folder);
    assert_eq!(json(&["HEAD"]), ["T01"]);
    assert_eq!(json(&["HEAD", "--index"]), Vec::<String>::new());
    git(folder.path(), &["add", "."]);
    assert_eq!(json(&["HEAD", "--index"]), ["T01"]);
    git(folder.path(), &["commit", "-q", "-m", "two"]);
    assert_eq!(json(&["HEAD~1", "HEAD"]), ["T01"]);
    assert_eq!(json(&[&first]), ["T01"]);
    let value: serde_json::Value =
        serde_json::from_str(&run(&folder, &["diff", &first, "HEAD", "-f", "json"]).out).unwrap();
    assert_eq!(value["base"], first.as_str());
    let trigger = &value["triggers"][0];
    assert_eq!(trigger["id"], "model-swap");
    assert_eq!((&trigger["before"]["model"], &trigger["after"]["model"]), (&"gpt-4o".into(), &"gpt-4.1".into()));
    assert_eq!((&trigger["location"]["file"], &trigger["location"]["line"]), (&"app.py".into(), &17.into()));
    run(&folder, &["diff", &first, "--fail-on", "medium"]).ends_with(1);
    run(&folder, &["diff", &first, "--fail-on", "high"]).ends_with(0);
}

#[test]
fn bare_and_shallow_repositories() {
    let (folder, first) = repo();
    swap(&folder);
    git(folder.path(), &["commit", "-q", "-a", "-m", "two"]);
    let other = Folder::new();
    let from = format!("file://{}", folder.path().display());
    git(other.path(), &["clone", "-q", "--bare", &from, "bare"]);
    let bare = run(&other, &["diff", &first, "--repo", "bare", "-f", "json"]).ends_with(0);
    assert_eq!(found(bare), ["T01"]);
    git(other.path(), &["clone", "-q", "--depth", "1", &from, "shallow"]);
    let shallow = run(&other, &["diff", &first, "--repo", "shallow"]).ends_with(2);
    assert!(shallow.err.contains("git fetch --depth=1 origin"), "{}", shallow.err);
    let outside = run(&Folder::new(), &["diff", "HEAD"]).ends_with(2);
    assert!(outside.err.contains("is not in a git repository"), "{}", outside.err);
}

#[test]
fn a_missing_blob_is_counted_and_not_fetched() {
    let (folder, first) = repo();
    folder.write("lib.py", "x = 1\n");
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "two"]);
    let blob = git(folder.path(), &["rev-parse", "HEAD:lib.py"]);
    fs::remove_file(folder.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]))).unwrap();
    run(&folder, &["diff", &first, "HEAD"]).ends_with(0);
    run(&folder, &["baseline", "HEAD", "-o", "b.json"]).ends_with(0);
    assert!(folder.read("b.json").contains("\"not in the object store\": 1"));
}

#[test]
fn branches_from_where_they_parted() {
    let (folder, _) = repo();
    git(folder.path(), &["checkout", "-q", "-b", "work"]);
    folder.write("other.py", "x = 1\n");
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "work"]);
    git(folder.path(), &["checkout", "-q", "main"]);
    swap(&folder);
    git(folder.path(), &["commit", "-q", "-a", "-m", "main"]);
    assert_eq!(found(run(&folder, &["diff", "main", "work", "-f", "json"])), ["T01"]);
    assert_eq!(found(run(&folder, &["diff", "main", "work", "--merge-base", "-f", "json"])), Vec::<String>::new());
}

#[test]
fn inventories_baselines_and_a_cache() {
    let (folder, first) = repo();
    run(&folder, &["baseline"]).ends_with(0);
    run(&folder, &["baseline", "HEAD", "-o", "again.json"]).ends_with(0);
    assert_eq!(
        folder.read("towhom-baseline.json"),
        folder.read("again.json"),
        "a folder and its commit are read alike"
    );
    swap(&folder);
    run(&folder, &["baseline", "-o", "after.json"]).ends_with(0);
    assert_eq!(found(run(&folder, &["diff", "towhom-baseline.json", "after.json", "-f", "json"])), ["T01"]);
    assert_eq!(found(run(&folder, &["diff", "towhom-baseline.json", "-f", "json"])), ["T01"]);
    for _ in 0..2 {
        assert_eq!(found(run(&folder, &["diff", &first, "--cache", "kept", "-f", "json"])), ["T01"]);
    }
    folder.write("broken.json", "{}");
    let run = run(&folder, &["diff", "broken.json", "after.json"]).ends_with(2);
    assert!(run.err.contains("`broken.json` is not an inventory"), "{}", run.err);
}

#[test]
fn reports_for_people_and_code_scanning() {
    let (folder, first) = repo();
    swap(&folder);
    let markdown = run(&folder, &["diff", &first, "-f", "markdown"]).ends_with(0).out;
    assert!(markdown.starts_with("### This changes what the DPIA describes\n"), "{markdown}");
    assert!(markdown.contains("| ◆ medium | **another model** (T01) | Greet | OpenAI gpt-4o → OpenAI gpt-4.1 · `app.py:17` | 1.3, 3.1, 4.1.c |"), "{markdown}");
    let nothing = run(&folder, &["diff", &first, &first, "-f", "markdown"]).ends_with(0).out;
    assert!(nothing.starts_with("### Nothing here changes what the DPIA describes\n"), "{nothing}");
    let text = run(&folder, &["diff", &first]).ends_with(0).out;
    assert!(text.contains("T01 another model  in Greet  app.py:17"), "{text}");
    let sarif: serde_json::Value =
        serde_json::from_str(&run(&folder, &["diff", &first, "-f", "sarif"]).ends_with(0).out).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "T01-model-swap");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 17);
    let explained = run(&folder, &["diff", &first, "--explain"]).ends_with(0).err;
    assert!(explained.contains("same function"), "{explained}");
}

/// What one line brings is told once, with all of it.
#[test]
fn one_line_is_one_trigger() {
    let program = |fields: &str| {
        let folder = Folder::new();
        let text = format!(
            "from dataclasses import dataclass\n\nfrom openai import OpenAI\n\n\n@dataclass\nclass Guest:\n    email: str\n    \
             phone: str\n    birth_date: str\n\n\ndef greet(guest: Guest) -> str:\n    text = f\"Greet {fields}\"\n    return \
             OpenAI().responses.create(model=\"gpt-4o\", input=text).output_text\n"
        );
        folder.write("app.py", &text);
        folder
    };
    let (before, after) = (program("them"), program("{guest.email} {guest.phone} {guest.birth_date}"));
    let texts = Folders::new(before.path(), after.path());
    let found = diff::compare(&scan(before.path()), &scan(after.path()), Some(&texts));
    let new: Vec<_> = found.triggers.iter().filter(|t| t.code == "T06").collect();
    let [one] = new.as_slice() else { panic!("{:?}", found.triggers) };
    for item in ["Guest.email", "Guest.phone", "Guest.birth_date"] {
        assert!(one.message.contains(item), "{}", one.message);
    }
}
