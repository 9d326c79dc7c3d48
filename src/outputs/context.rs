//! By which calls a walk came to a value: an answer that went into a function comes out where it went in, and what it is
//! used for there counts for those who called, not for all who share the function.

use rustc_hash::FxHashMap;

use super::part::Part;
use crate::link::{FuncId, Gv};

/// One way of being at a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Context {
    /// The function that the answer has come up to: its uses are those of whoever gets there.
    pub(super) top: FuncId,
    /// The function that it went down into since.
    inside: Option<FuncId>,
}

impl Context {
    /// At a value of this function, however the answer got there.
    pub(super) fn at(top: FuncId) -> Self {
        Context { top, inside: None }
    }

    /// Whether it is by a call that the walk came into this function.
    pub(super) fn entered(self, func: FuncId) -> bool {
        self.inside == Some(func)
    }
}

/// The calls by which a walk went into functions.
#[derive(Default)]
pub(super) struct Entered {
    by: FxHashMap<Context, Vec<(Gv, Context)>>,
    returned: FxHashMap<Context, Vec<Part>>,
}

impl Entered {
    /// Down into a function that a call calls; and where in its result the answer is known to come back.
    pub(super) fn enter(&mut self, from: Context, call: Gv, func: FuncId) -> (Context, Vec<Part>) {
        let context = Context { top: from.top, inside: Some(func) };
        let by = self.by.entry(context).or_default();
        if !by.contains(&(call, from)) {
            by.push((call, from));
        }
        (context, self.returned.get(&context).cloned().unwrap_or_default())
    }

    /// The calls that the answer comes back at.
    pub(super) fn leave(&mut self, context: Context, part: &Part) -> Vec<(Gv, Context)> {
        let parts = self.returned.entry(context).or_default();
        if !parts.contains(part) {
            parts.push(part.clone());
        }
        self.by.get(&context).cloned().unwrap_or_default()
    }
}
