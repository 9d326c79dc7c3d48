//! The manual, made from the command line's own definition: man pages, and a reference in Markdown for the docs.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Arg, Args, Command, CommandFactory};

use super::{Cli, Surroundings, output, print};

#[derive(Debug, Args)]
pub(super) struct Manual {
    /// Write a page for each command into this folder, instead of the first page to standard output
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Print every command and option as one page of Markdown
    #[arg(long, conflicts_with = "output")]
    markdown: bool,
}

pub(super) fn run(args: &Manual, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
    let mut command = Cli::command();
    command.build();
    if args.markdown {
        return print(around, &markdown(&command));
    }
    let Some(folder) = &args.output else { return print(around, &page(command)?) };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let subcommands = command.get_subcommands().filter(|c| c.get_name() != "help").cloned();
    for command in subcommands.collect::<Vec<_>>().into_iter().chain([command]) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        output::write_file(&folder.join(format!("{name}.1")), &page(command)?)?;
    }
    Ok(())
}

fn page(command: Command) -> anyhow::Result<String> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    Ok(String::from_utf8(text)?)
}

fn markdown(command: &Command) -> String {
    let mut out = String::from("# Command line\n\nMade by `towhom man --markdown`; a test compares it.\n");
    for command in command.get_subcommands().filter(|c| c.get_name() != "help") {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let mut usage = command.clone();
        let usage = usage.render_usage().to_string().replace("Usage: ", "");
        let _ = write!(out, "\n## towhom {}\n\n{about}.\n\n```text\n{}\n```\n", command.get_name(), usage.trim());
        let arguments: Vec<&Arg> = command.get_arguments().filter(|a| !is_common(a)).collect();
        if arguments.is_empty() {
            continue;
        }
        out.push_str("\n| argument | what it does |\n|---|---|\n");
        for argument in arguments {
            let _ = writeln!(out, "| {} | {} |", name(argument), what(argument));
        }
    }
    out.push_str("\nEvery command has `--help` (`-h`) and `--version` (`-V`).\n");
    out
}

fn is_common(argument: &Arg) -> bool {
    matches!(argument.get_id().as_str(), "help" | "version")
}

fn name(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let takes = argument.get_action().takes_values();
    let Some(long) = argument.get_long() else { return format!("`{}`", value.unwrap_or_default()) };
    let short = argument.get_short().map(|s| format!("`-{s}`, ")).unwrap_or_default();
    let value = value.filter(|_| takes).map(|v| format!(" {v}")).unwrap_or_default();
    format!("{short}`--{long}{value}`")
}

fn what(argument: &Arg) -> String {
    let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> = if argument.get_action().takes_values() {
        argument.get_possible_values().iter().map(|v| format!("`{}`", v.get_name())).collect()
    } else {
        Vec::new()
    };
    if !values.is_empty() {
        let _ = write!(text, ": {}", values.join(", "));
    }
    let defaults: Vec<_> = argument.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, " (default: `{}`)", defaults.join(", "));
    }
    text.replace('|', "\\|").replace('<', "&lt;")
}
