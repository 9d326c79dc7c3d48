//! The options of every command that writes reports, and what they decide.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Severity, Surroundings};

/// Where the reports go, in which formats, and what makes the run fail.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct Writing<F: ValueEnum + Send + Sync + 'static> {
    /// Format of the report; may be repeated, each with its own --output
    #[arg(long, short, value_enum)]
    pub(super) format: Vec<F>,

    /// Where to write it, "-" for standard output; without --format, the ending says the format
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,

    /// Exit with 1 if something of at least this severity is found that nobody has accepted
    #[arg(long, value_enum, default_value_t = FailOn::None, value_name = "SEVERITY")]
    pub(super) fail_on: FailOn,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,

    /// Write neither progress nor warnings to standard error
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    None,
    Any,
    Low,
    Medium,
    High,
}

impl FailOn {
    /// The least severity that counts; none if none does.
    pub(super) fn least(self) -> Option<Severity> {
        match self {
            FailOn::None => None,
            FailOn::Any | FailOn::Low => Some(Severity::Low),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::High => Some(Severity::High),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// no-color.org and bixense.com/clicolors; what is typed goes before the environment.
    pub(super) fn wanted(self, around: &Surroundings<'_>) -> bool {
        let set = |name: &str| (around.env)(name).is_some_and(|v| !v.is_empty());
        let forced = |name: &str| set(name) && (around.env)(name).is_some_and(|v| v != "0");
        let is = |name: &str, value: &str| (around.env)(name).is_some_and(|v| v == value);
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR") => false,
            Color::Auto if forced("FORCE_COLOR") || forced("CLICOLOR_FORCE") => true,
            Color::Auto => around.stdout_is_terminal && !is("TERM", "dumb") && !is("CLICOLOR", "0"),
        }
    }
}
