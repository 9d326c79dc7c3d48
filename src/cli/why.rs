//! `towhom why FILE:LINE`.

use std::path::PathBuf;

use clap::Args;

use super::{Engine, Input, ScanOptions, Surroundings, print, progress};

#[derive(Debug, Args)]
pub(super) struct Why {
    /// The place: a model call, or a field with personal data; the file relative to the scanned folder
    #[arg(value_name = "FILE:LINE")]
    place: String,

    /// The folder to scan
    #[arg(default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    input: Input,
}

pub(super) fn run<S>(args: Why, engine: &Engine<S>, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
    let Input { include_tests, exclude, config, threads } = args.input;
    let options = ScanOptions { root: args.path, include_tests, exclude, config, threads, baseline: None };
    let line = progress::Line::new(around.stderr_is_terminal);
    let text = (engine.why)(&options, &args.place, &|p| line.show(p));
    line.clear();
    print(around, &text?)
}
