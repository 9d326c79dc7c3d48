//! `towhom baseline`: the inventory of a revision in a file, for places where the history is not at hand.

use std::path::PathBuf;

use clap::Args;

use super::{Input, Surroundings, output, print, progress};
use crate::vcs::Repository;

#[derive(Debug, Args)]
pub(super) struct Baseline {
    /// A commit; without it, the files as they lie in the work tree
    revision: Option<String>,

    /// The repository, or a folder in it
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,

    /// Where to write it, "-" for standard output
    #[arg(long, short, value_name = "FILE", default_value = "towhom-baseline.json")]
    output: PathBuf,

    #[command(flatten)]
    input: Input,

    /// Write no progress to standard error
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: Baseline, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
    let mut options = super::diff::options(&args.input);
    match &args.revision {
        Some(name) => {
            let repository = Repository::open(&args.repo)?;
            options.files = Some(repository.files(&repository.commit(name)?)?);
        }
        None => options.root.clone_from(&args.repo),
    }
    let line = progress::Line::new(around.stderr_is_terminal && !args.quiet);
    let inventory =
        crate::scan::scan(&options, &|stage, done, total| line.show(super::Progress { stage, done, total }));
    line.clear();
    let text = crate::report::json::render(&inventory?);
    if args.output.as_os_str() == "-" {
        return print(around, &text);
    }
    output::write_file(&args.output, &text)
}
