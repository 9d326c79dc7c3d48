//! The outputs: one file a format, each a pure function of an inventory.
//!
//! Text from the scanned code (names, paths, snippets) is untrusted: what a reader's terminal or browser could act on is
//! neutralised in [`text`] before it is printed.

pub mod catalogue;
pub mod codequality;
pub mod cyclonedx;
pub mod dpia;
pub mod fingerprint;
pub mod github;
pub mod json;
pub mod register;
pub mod sarif;
pub mod schema;
pub mod terminal;
pub mod text;
pub mod triggers;
pub mod triggers_sarif;

#[cfg(test)]
pub(crate) mod sample;
