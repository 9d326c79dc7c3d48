//! Lowers python.

use super::builder::Builder;
use crate::ir::{FileIr, Language};

pub(super) fn lower(path: &str, _source: &str) -> FileIr {
    Builder::new(path, Language::Python).finish()
}
