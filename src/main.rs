//! The `towhom` program.

use std::process::ExitCode;

use towhom::cli::{self, Engine};

/// The parts of the library that the command line drives.
const ENGINE: Engine<()> = Engine {
    scan: |_, _| anyhow::bail!("the analysis is not part of this build"),
    text: |_, _| Ok(String::new()),
    json: |_| Ok(String::new()),
    sarif: |_| Ok(String::new()),
    severities: |_| Vec::new(),
    explain: |_| None,
    rules: Vec::new,
    schema: String::new,
};

fn main() -> ExitCode {
    cli::main(&ENGINE)
}
