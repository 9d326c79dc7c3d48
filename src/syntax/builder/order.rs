//! What names hold from where on, and which parts run perhaps or often: so that what inner functions read and write can
//! be put in its order.

use std::collections::BTreeMap;

use super::Builder;
use crate::ir::{Block, BlockKind, Function, Sym, ValueId, ValueKind, Version};

/// What a frame knows of its names.
#[derive(Default)]
pub(super) struct Order {
    versions: Vec<(Sym, Version)>,
    /// Names that functions inside read.
    pub(super) read_inside: rustc_hash::FxHashSet<Sym>,
}

/// A place in a function.
#[derive(Clone, Copy)]
pub(in crate::syntax) struct Mark {
    value: ValueId,
    versions: usize,
}

impl Builder {
    pub(in crate::syntax) fn mark(&mut self) -> Mark {
        let frame = self.frame();
        let value = ValueId(u32::try_from(frame.function.values.len()).unwrap_or(u32::MAX));
        Mark { value, versions: frame.order.versions.len() }
    }

    /// Note that what was computed since `mark` is computed only on some ways.
    pub(in crate::syntax) fn block_since(&mut self, mark: Mark, kind: BlockKind) {
        let to = self.mark().value;
        if to != mark.value {
            self.function().blocks.push(Block { from: mark.value, to, kind });
        }
    }

    /// Ways meet: what was assigned on one of them since `mark` may hold.
    pub(in crate::syntax) fn settle(&mut self, mark: Mark) {
        let mut names: Vec<Sym> =
            self.frame().order.versions[mark.versions..].iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names.dedup();
        for name in names {
            if let Some(value) = self.frame().env.names.get(&name).copied() {
                self.version(&name, value, true);
            }
        }
    }

    /// Note that from here on a name holds this.
    pub(super) fn version(&mut self, name: &Sym, value: ValueId, assigned: bool) {
        let from = self.mark().value;
        self.frame().order.versions.push((name.clone(), Version { from, value, assigned }));
    }
}

impl Order {
    /// What of this concerns functions inside, for the finished function.
    pub(super) fn versions(self, captured: &rustc_hash::FxHashSet<Sym>) -> BTreeMap<Sym, Vec<Version>> {
        let mut kept: BTreeMap<Sym, Vec<Version>> = BTreeMap::new();
        let shared = |name: &Sym| self.read_inside.contains(name) || captured.contains(name);
        for (name, version) in self.versions.into_iter().filter(|(name, _)| shared(name)) {
            kept.entry(name).or_default().push(version);
        }
        kept
    }

    /// The names of functions around that a function reads, itself or in functions inside.
    pub(super) fn read_outside(&self, f: &Function) -> Vec<Sym> {
        let own = f.values.iter().filter_map(|v| match &v.kind {
            ValueKind::Free(name) => Some(name.clone()),
            _ => None,
        });
        let inside = self.read_inside.iter().filter(|name| !f.locals.contains_key(*name)).cloned();
        own.chain(inside).collect()
    }
}
