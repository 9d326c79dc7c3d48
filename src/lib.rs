//! towhom finds, from the source code alone, to whom an AI application discloses personal data.
//!
//! The pipeline, and the order in which modules may import each other:
//!
//! ```text
//! discover → syntax (parse, lower to ir) → link → inputs, sinks, classify → trace, outputs → inventory → rules, report
//!        ↘ evidence (configuration files) ↗
//!                              catalogue, personal (queries/) ↗          scan puts them together; cli is on top
//! ```

mod activities;
pub mod catalogue;
mod classify;
pub mod cli;
pub mod config;
pub mod diff;
pub mod discover;
pub mod dpia;
mod evidence;
mod id;
mod inputs;
pub mod inventory;
pub mod ir;
mod link;
mod named;
mod outputs;
mod path;
pub mod personal;
mod place;
pub mod project;
mod remote;
pub mod report;
pub mod rules;
mod scan;
mod sinks;
pub mod suppress;
mod syntax;
mod trace;
pub mod vcs;
mod why;
mod words;

pub use scan::{Lowered, Progress, Recognised, ScanOptions, explain_place, recognise, scan, scan_both};
