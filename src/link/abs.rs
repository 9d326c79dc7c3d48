//! What a value may be, as far as the code says.

use std::sync::Arc;

use super::{ClassId, FileId, FuncId, Gv};
use crate::catalogue::TypeIx;

/// One thing that a value may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Abs {
    /// A function of the tree, with the receiver it is bound to.
    Func(FuncId, Option<Gv>),
    Class(ClassId),
    Instance(ClassId),
    /// A list, set, dict or iterator of such things.
    Seq(Box<Abs>),
    /// A function, known by its type only, that gives such a thing.
    Gives(Box<Abs>),
    Module(FileId),
    /// Something of a package outside the tree, by canonical path: `openai.OpenAI`, `ai#generateText`,
    /// `lancedb.connect().open_table`, or of the language itself: `fetch`.
    Ext(Arc<str>),
    /// A value of a catalogued type, and the members read from it since.
    Typed {
        ty: TypeIx,
        chain: Arc<str>,
        /// The call that made it: its arguments say which provider and model.
        site: Option<Gv>,
    },
}

impl Abs {
    /// Of a catalogued type by a declaration alone: who made it is not said.
    pub(super) fn is_declared(&self) -> bool {
        matches!(self, Abs::Typed { site: None, .. })
    }

    /// Of a catalogued type, with the call that made it.
    pub(super) fn is_made(&self) -> bool {
        matches!(self, Abs::Typed { site: Some(_), .. })
    }
}

/// `path` with a member: `ai#*` and `name` make `ai#name`.
pub(super) fn member_path(path: &str, name: &str) -> Arc<str> {
    match path.strip_suffix('#') {
        Some(_) => Arc::from(format!("{path}{name}")),
        None => Arc::from(format!("{path}.{name}")),
    }
}

pub(super) fn push_chain(chain: &str, name: &str) -> Arc<str> {
    if chain.is_empty() { Arc::from(name) } else { Arc::from(format!("{chain}.{name}")) }
}
