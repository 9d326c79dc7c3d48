//! towhom finds, from the source code alone, to whom an AI application discloses personal data.
//!
//! The pipeline, and the order in which modules may import each other:
//!
//! ```text
//! discover → syntax (parse, lower to ir) → link → trace → inventory → report
//!                          catalogue (queries/) ↗
//! ```

pub mod catalogue;
pub mod inventory;
pub mod ir;
pub mod report;
pub mod rules;
mod syntax;
mod words;
