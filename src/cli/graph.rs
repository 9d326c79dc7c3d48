//! `towhom graph`: the data-flow diagram of a repository.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::dpia::{Source, make};
use super::{Input, Surroundings, output, print};
use crate::dpia::diagram::Diagram;
use crate::dpia::wording::Wording;
use crate::report::dpia::{graph, mermaid, svg};

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// The folder to draw; by default this one
    path: Option<PathBuf>,

    #[command(flatten)]
    input: Input,

    /// Format of the diagram
    #[arg(long, short, value_enum, default_value_t = Format::Mermaid)]
    format: Format,

    /// Only this activity, by its number (A1), its id or its name
    #[arg(long, value_name = "ACTIVITY")]
    activity: Option<String>,

    /// Language of the labels
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    lang: String,

    /// Where to write it; "-" for standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// An inventory written by `towhom scan --format json`, to be drawn without a scan
    #[arg(long, value_name = "JSON")]
    inventory: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Mermaid,
    Svg,
    Dot,
    Json,
}

pub(super) fn run(args: Graph, around: &mut Surroundings<'_>) -> anyhow::Result<u8> {
    let wording = Wording::load(&args.lang)?;
    let source = Source {
        path: args.path.as_ref(),
        input: &args.input,
        inventory: args.inventory.as_ref(),
        answers: None,
        date: None,
    };
    let made = make(&source, around)?;
    let parts = &made.document.activities;
    let (diagram, name) = match &args.activity {
        None => {
            let all: Vec<_> = parts.iter().map(|p| p.features.clone()).collect();
            (Diagram::of_all(&all, &made.names), made.document.sheet.name.clone())
        }
        Some(wanted) => {
            let is = |p: &&crate::dpia::model::ActivityPart| {
                [&p.number, &p.features.id, &p.features.name].iter().any(|n| n.eq_ignore_ascii_case(wanted))
            };
            let Some(part) = parts.iter().find(is) else {
                let known: Vec<String> = parts.iter().map(|p| format!("{} {}", p.number, p.features.name)).collect();
                anyhow::bail!("there is no activity `{wanted}`; there are: {}", known.join(", "));
            };
            (Diagram::of_activity(&part.features, &made.names), part.features.name.clone())
        }
    };
    let text = match args.format {
        Format::Mermaid => mermaid::render(&diagram, &wording),
        Format::Svg => svg::render(&diagram, &wording, "dg", &name),
        Format::Dot => graph::dot(&diagram, &wording),
        Format::Json => graph::as_json(&diagram, &wording),
    };
    match args.output.filter(|p| p.as_os_str() != "-") {
        Some(path) => output::write_file(&path, &text)?,
        None => print(around, &text)?,
    }
    around.stdout.flush()?;
    Ok(0)
}
