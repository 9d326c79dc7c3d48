//! The order of a function's values, where more than their numbers says it.

use super::{Function, ValueId, ValueKind};

/// What a name holds from a value of its function on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub from: ValueId,
    pub value: ValueId,
    /// It takes the place of what was there, and is not the same object as changed by a call or a store.
    pub assigned: bool,
}

/// Values of a function, up to but not with `to`, that are computed only on some ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub from: ValueId,
    pub to: ValueId,
    pub kind: BlockKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    Branch,
    /// Perhaps often.
    Loop,
    /// A part of an expression: names hold the same behind it, whether it was computed or not.
    Operand,
}

impl Block {
    #[must_use]
    pub fn has(&self, value: ValueId) -> bool {
        self.from <= value && value < self.to
    }
}

impl Function {
    /// The value as it was before calls that were given it, without a declared type.
    #[must_use]
    pub fn before_calls(&self, value: ValueId) -> ValueId {
        let mut at = value;
        while let ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) = self.kind_of(at) {
            at = *base;
        }
        at
    }
}
