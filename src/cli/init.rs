//! `towhom init`: the files that a repository needs to use towhom, each explained, none overwritten.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::{Engine, ScanOptions, Surroundings, output, print, progress};

const CONFIG: &str = include_str!("init/towhom.toml");
const WORKFLOW: &str = include_str!("init/workflow.yml");
const WORKFLOW_WITH_ACTION: &str = include_str!("init/workflow-action.yml");
const HOOK: &str = include_str!("init/pre-commit.yaml");
const GITLAB: &str = include_str!("init/gitlab.yml");
/// `towhom baseline` writes there as well.
const BASELINE: &str = "towhom-baseline.json";

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The root of the repository
    #[arg(default_value = ".")]
    path: PathBuf,

    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Let the workflow use this action, such as OWNER/towhom@COMMIT, instead of the Python package
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
}

/// A file to write, or what to do where there is one of that name.
struct Part {
    name: &'static str,
    why: &'static str,
    text: Text,
    /// Said where the file is there already: what to add to it.
    add: Option<String>,
}

enum Text {
    Ready(String),
    /// The inventory of a scan.
    Baseline,
}

pub(super) fn run<S>(args: &Init, engine: &Engine<S>, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
    if !args.path.is_dir() {
        bail!("there is no folder `{}`; give the root of the repository", args.path.display());
    }
    let is_action = |text: &String| {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/@._-".contains(c));
        plain && text.split_once('@').is_some_and(|(name, at)| name.contains('/') && !at.is_empty())
    };
    if !args.action.as_ref().is_none_or(is_action) {
        bail!("--action is OWNER/REPOSITORY@COMMIT, such as it stands after `uses:` in a workflow");
    }
    let mut said = String::new();
    let mut written = 0;
    for part in parts(args) {
        let path = args.path.join(part.name);
        if path.exists() {
            said.push_str(&format!("kept   {}: it is there already\n", part.name));
            if let Some(add) = &part.add {
                said.push_str(&format!("       To use towhom, add to it:\n\n{add}\n"));
            }
            continue;
        }
        let verb = if args.dry_run { "would write" } else { "wrote " };
        said.push_str(&format!("{verb} {}\n       {}\n", part.name, part.why));
        written += 1;
        if args.dry_run {
            continue;
        }
        let text = match part.text {
            Text::Ready(text) => text,
            Text::Baseline => baseline(&args.path, engine, around)?,
        };
        let folder = path.parent().unwrap_or(&args.path);
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        output::write_file(&path, &text)?;
    }
    said.push_str(match (written, args.dry_run) {
        (0, _) => "\nNothing to write.\n",
        (_, true) => "\nNothing was written: --dry-run.\n",
        (_, false) => {
            "\nNext: read towhom.toml, run `towhom scan`, and commit these files. Each can be deleted on its own.\n"
        }
    });
    print(around, &said)
}

fn parts(args: &Init) -> Vec<Part> {
    let version = |text: &str| text.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    let workflow = match &args.action {
        Some(action) => WORKFLOW_WITH_ACTION.replace("@ACTION@", action),
        None => version(WORKFLOW),
    };
    let hook = version(HOOK);
    let mut parts = vec![
        Part {
            name: "towhom.toml",
            why: "Settings: what to leave out, sources, sinks and safeguards of yours. All of it is commented out.",
            text: Text::Ready(CONFIG.to_owned()),
            add: None,
        },
        Part {
            name: BASELINE,
            why: "What there is today. Only what comes on top counts; delete the file to see everything.",
            text: Text::Baseline,
            add: None,
        },
        Part {
            name: ".pre-commit-config.yaml",
            why: "The hook for https://pre-commit.com: a commit that changes who receives personal data says so.",
            text: Text::Ready(format!("repos:\n{hook}")),
            add: Some(hook.clone()),
        },
    ];
    if args.path.join(".gitlab-ci.yml").exists() {
        parts.push(Part {
            name: ".gitlab/towhom.yml",
            why: "The job for GitLab; add `include: [{local: .gitlab/towhom.yml}]` to .gitlab-ci.yml.",
            text: Text::Ready(version(GITLAB)),
            add: None,
        });
    } else {
        parts.push(Part {
            name: ".github/workflows/towhom.yml",
            why: "The workflow: annotations on new findings, and what a pull request changes in the DPIA.",
            text: Text::Ready(workflow),
            add: None,
        });
    }
    parts
}

fn baseline<S>(root: &Path, engine: &Engine<S>, around: &Surroundings<'_>) -> anyhow::Result<String> {
    let options = ScanOptions { root: root.to_path_buf(), ..ScanOptions::default() };
    let line = progress::Line::new(around.stderr_is_terminal);
    let result = (engine.scan)(&options, &|p| line.show(p));
    line.clear();
    (engine.json)(&result?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is commented out is a configuration once it is not.
    #[test]
    fn the_settings_are_real() {
        let is_setting = |line: &&str| {
            let rest = line.strip_prefix("# ").unwrap_or_default();
            rest.starts_with("[[") || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
        };
        let text: String = CONFIG.lines().filter(is_setting).map(|l| format!("{}\n", &l[2..])).collect();
        let config = crate::config::from_text(&text).unwrap();
        assert_eq!((config.exclude.len(), config.sources.len(), config.sinks.len()), (2, 1, 1));
        assert_eq!((config.safeguards.len(), config.categories.len(), config.providers.len()), (1, 1, 1));
        assert_eq!(config.ignores[0].path.as_deref(), Some("scripts/demo/**"));
        let plain = crate::config::from_text(CONFIG).unwrap();
        assert!(plain.exclude.is_empty() && plain.ignores.is_empty());
    }

    #[test]
    fn templates_are_filled() {
        for action in [None, Some("acme/towhom@0123456789abcdef0123456789abcdef01234567".to_owned())] {
            let args = Init { path: ".".into(), dry_run: false, action };
            for part in parts(&args) {
                if let Text::Ready(text) = part.text {
                    assert!(!text.contains("@VERSION@") && !text.contains("@ACTION@"), "{}", part.name);
                }
            }
        }
    }
}
