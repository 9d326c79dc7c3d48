//! What the three reports say about the support desk, to the letter.

use crate::support::{Folder, repository};

fn report(format: &str, more: &[&str]) -> String {
    let root = repository().join("fixtures/support-triage");
    let args = [&["scan", root.to_str().unwrap(), "--format", format], more].concat();
    let text = Folder::new().towhom(&args).ends_with(0).out;
    text.replace(concat!("\"", env!("CARGO_PKG_VERSION"), "\""), "\"[version]\"")
}

#[test]
fn text() {
    insta::assert_snapshot!(report("text", &[]));
}

#[test]
fn text_with_every_step() {
    insta::assert_snapshot!(report("text", &["--paths"]));
}

#[test]
fn json() {
    insta::assert_snapshot!(report("json", &[]));
}

#[test]
fn sarif() {
    insta::assert_snapshot!(report("sarif", &[]));
}

/// The sample in the README is what the program prints.
#[test]
fn the_sample_is_real() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- sample: towhom scan fixtures/support-triage -->\n```\n").unwrap();
    let (sample, _) = rest.split_once("```").unwrap();
    let printed = report("text", &[]);
    assert!(
        printed.trim_start().starts_with(sample.trim_end()),
        "the README has\n{sample}\nand the program\n{printed}"
    );
}
