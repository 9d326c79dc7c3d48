//! Lowers typescript.

use super::builder::Builder;
use crate::ir::{FileIr, Language};

pub(super) fn lower(path: &str, _source: &str, _tsx: bool) -> FileIr {
    Builder::new(path, Language::TypeScript).finish()
}
