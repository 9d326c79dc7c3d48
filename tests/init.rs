//! `towhom init`: what it writes, and that it leaves alone what is there.

use crate::support::Folder;

const WRITTEN: [&str; 4] =
    ["towhom.toml", "towhom-baseline.json", ".pre-commit-config.yaml", ".github/workflows/towhom.yml"];

#[test]
fn it_writes_and_explains() {
    let folder = Folder::with_a_flow();
    assert_eq!(folder.towhom(&["scan", "--fail-on", "any"]).code, Some(1));
    let said = folder.towhom(&["init"]).ends_with(0).out;
    for name in WRITTEN {
        assert!(!folder.read(name).is_empty());
        assert!(said.contains(&format!("wrote  {name}\n")), "{said}");
    }
    let run = folder.towhom(&["scan", "--baseline", "towhom-baseline.json", "--fail-on", "any"]).ends_with(0);
    assert!(run.out.contains("1 finding accepted, not reported: 1 in the baseline."), "{}", run.out);
    let workflow = folder.read(".github/workflows/towhom.yml");
    assert!(workflow.contains(concat!("towhom==", env!("CARGO_PKG_VERSION"))), "{workflow}");
}

#[test]
fn it_never_overwrites() {
    let folder = Folder::with_a_flow();
    for name in WRITTEN {
        folder.write(name, "mine");
    }
    let said = folder.towhom(&["init"]).ends_with(0).out;
    for name in WRITTEN {
        assert_eq!(folder.read(name), "mine");
    }
    assert!(said.contains("kept   towhom.toml") && said.contains("- id: towhom\n"), "{said}");
    assert!(said.ends_with("Nothing to write.\n"), "{said}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = Folder::with_a_flow();
    let said = folder.towhom(&["init", "--dry-run"]).ends_with(0).out;
    assert_eq!(folder.names(), ["app.py"]);
    assert!(WRITTEN.iter().all(|name| said.contains(&format!("would write {name}\n"))), "{said}");
}

#[test]
fn gitlab_and_an_action_of_ones_own() {
    let folder = Folder::with_a_flow();
    folder.write(".gitlab-ci.yml", "stages: [test]\n");
    let said = folder.towhom(&["init"]).ends_with(0).out;
    assert!(said.contains("include: [{local: .gitlab/towhom.yml}]"), "{said}");
    assert!(folder.read(".gitlab/towhom.yml").contains("codequality: gl-code-quality-report.json"));
    assert!(!folder.names().contains(&".github".to_owned()));

    let folder = Folder::with_a_flow();
    folder.towhom(&["init", "--action", "acme/towhom@0123456789abcdef0123456789abcdef01234567"]).ends_with(0);
    assert!(folder.read(".github/workflows/towhom.yml").contains("uses: acme/towhom@0123456789abcdef"));
    for wrong in ["acme/towhom", "towhom@v1", "acme/towhom@v1\n  run: x", "a/b@"] {
        let run = Folder::new().towhom(&["init", "--action", wrong]).ends_with(2);
        assert!(run.err.contains("OWNER/REPOSITORY@COMMIT"), "{}", run.err);
    }
    let run = Folder::new().towhom(&["init", "nowhere"]).ends_with(2);
    assert!(run.err.contains("there is no folder `nowhere`"), "{}", run.err);
}
