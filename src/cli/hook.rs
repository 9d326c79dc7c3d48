//! `towhom hook`: what pre-commit (https://pre-commit.com) runs at a commit and before a push.
//!
//! Most commits touch nothing that matters, so git is asked first which files they touch; only then anything is read.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Args, Parser, ValueEnum};

use super::{FailOn, Surroundings, diff};
use crate::discover::FileKind;

#[derive(Debug, Args)]
pub(super) struct Hook {
    /// When it is run
    #[arg(value_enum)]
    stage: Stage,

    /// Stop the commit or push for a change of at least this severity that nobody has acknowledged
    #[arg(long, value_enum, default_value_t = FailOn::Any, value_name = "SEVERITY")]
    fail_on: FailOn,

    /// The repository, or a folder in it
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// What is staged, against HEAD
    Commit,
    /// What is to be pushed, from PRE_COMMIT_FROM_REF to PRE_COMMIT_TO_REF
    Push,
}

/// The arguments of `towhom diff`, without the command's name.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    diff: diff::Diff,
}

pub(super) fn run(args: &Hook, around: &mut Surroundings<'_>) -> anyhow::Result<u8> {
    let Some(compared) = compared(args, around)? else { return Ok(0) };
    let fail_on = args.fail_on.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default();
    let repo = args.repo.to_string_lossy().into_owned();
    let fixed = ["diff".to_owned(), "--quiet".to_owned(), format!("--repo={repo}"), format!("--fail-on={fail_on}")];
    let arguments = Arguments::try_parse_from(fixed.into_iter().chain(compared))?;
    diff::run(arguments.diff, around)
}

/// What is compared with what, as arguments of `towhom diff`; nothing where no file that matters was touched.
fn compared(args: &Hook, around: &Surroundings<'_>) -> anyhow::Result<Option<Vec<String>>> {
    let repo = &args.repo;
    match args.stage {
        Stage::Commit => {
            if git(repo, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?.is_none() {
                // The first commit of a repository is compared with nothing: `towhom scan` says what is there.
                return Ok(None);
            }
            let touched = git(repo, &["diff", "--cached", "--name-only", "--no-renames", "-z", "HEAD"])?;
            let touched = touched.context("git cannot say what is staged")?;
            Ok(matters(&touched).then(|| vec!["--index".to_owned(), "HEAD".to_owned()]))
        }
        Stage::Push => {
            let read = |name: &str| (around.env)(name).and_then(|v| v.into_string().ok()).unwrap_or_default();
            let (from, to) = (read("PRE_COMMIT_FROM_REF"), read("PRE_COMMIT_TO_REF"));
            let is_commit = |id: &str| !id.is_empty() && id.chars().any(|c| c != '0');
            // A branch that is deleted, or the first push of a repository.
            if !is_commit(&from) || !is_commit(&to) {
                return Ok(None);
            }
            if from.starts_with('-') || to.starts_with('-') {
                bail!("PRE_COMMIT_FROM_REF and PRE_COMMIT_TO_REF name commits");
            }
            let touched = git(repo, &["diff", "--name-only", "--no-renames", "-z", &from, &to])?;
            let touched = touched.with_context(|| format!("git cannot compare {from} with {to}; fetch both"))?;
            Ok(matters(&touched).then(|| vec![from, to]))
        }
    }
}

/// Whether a change of one of these files can change who receives what: code, and the settings that `towhom diff` reads.
fn matters(names: &str) -> bool {
    const SETTINGS: [&str; 9] = ["env", "yaml", "yml", "toml", "json", "tf", "ini", "cfg", "conf"];
    names.split('\0').filter(|n| !n.is_empty()).any(|name| {
        let path = Path::new(name);
        let file = path.file_name().and_then(|f| f.to_str()).unwrap_or_default().to_ascii_lowercase();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        FileKind::of(name).is_some()
            || SETTINGS.contains(&ending.as_str())
            || file.starts_with(".env")
            || file.starts_with("dockerfile")
    })
}

/// What git prints; nothing if it says no.
fn git(repo: &Path, arguments: &[&str]) -> anyhow::Result<Option<String>> {
    let output = Command::new("git").arg("-C").arg(repo).args(arguments).output();
    let output = output.context("cannot run git; the hook needs it")?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::matters;

    #[test]
    fn what_matters() {
        for name in
            ["app.py", "a/b.tsx", "x.ipynb", ".env.example", "deploy/Dockerfile.prod", "infra/main.tf", "towhom.toml"]
        {
            assert!(matters(&format!("README.md\0{name}\0")), "{name}");
        }
        assert!(!matters("README.md\0logo.svg\0docs/a.rst\0yarn.lock\0"));
        assert!(!matters(""));
    }
}
