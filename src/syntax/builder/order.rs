//! What names hold from where on, and which parts run perhaps or often: so that what inner functions read and write can
//! be put in its order.

use std::collections::BTreeMap;

use super::Builder;
use crate::ir::{Block, BlockKind, Function, Language, Span, Sym, ValueId, ValueKind, Version};

/// Objects of which a value may be one, that change with it.
const MOST_CHOSEN: usize = 3;

/// Values of a function up to which what its inner functions do is looked at after every call.
const MOST_ORDERED: usize = 4_000;

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

    /// Note what a name of the function around holds where this function is made.
    pub(in crate::syntax) fn holds_now(&mut self, value: ValueId) {
        let ValueKind::Free(name) = self.kind(value) else { return };
        let around = self.frames.len().checked_sub(2).map(|n| &self.frames[n]);
        if let Some(now) = around.and_then(|frame| frame.env.names.get(name).copied()) {
            self.function().held.insert(value, now);
        }
    }

    /// The objects, under names of their own, of which a value is one: `c = a if x else b`.
    pub(super) fn chosen(&self, value: ValueId) -> Vec<ValueId> {
        let ValueKind::Phi(options) = self.kind(value) else { return Vec::new() };
        if self.file.language != Language::Python || options.len() > MOST_CHOSEN {
            return Vec::new();
        }
        let thing = |option: &ValueId| {
            matches!(
                self.kind(*option),
                ValueKind::List(_)
                    | ValueKind::Object(_)
                    | ValueKind::Call(_)
                    | ValueKind::AfterCall { .. }
                    | ValueKind::Update { .. }
                    | ValueKind::Param(_)
            )
        };
        options.iter().copied().filter(|option| thing(option) && self.is_current(*option)).collect()
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

    /// After a call, which may have run an inner function that assigns names of this one.
    pub(super) fn after_inner(&mut self, span: Span) {
        let frame = self.frame();
        if frame.captured.is_empty() {
            return;
        }
        // The place of the last such call is kept: only what was called before counts.
        let again = frame.function.values.len() < MOST_ORDERED;
        let mut names: Vec<(Sym, ValueId)> = frame
            .captured
            .iter()
            .filter_map(|n| Some((n.clone(), *frame.env.names.get(n)?)))
            .filter(|(_, v)| again || !frame.after_inner.contains(v))
            .collect();
        names.sort();
        for (name, now) in names {
            // What was there before the last call that may have changed it.
            let now = match self.kind(now) {
                ValueKind::Phi(options) if again && self.frame_ref().after_inner.contains(&now) => match options[..] {
                    [before, inner] if matches!(self.kind(inner), ValueKind::Captured(_)) => before,
                    _ => now,
                },
                _ => now,
            };
            if matches!(
                self.kind(now),
                ValueKind::Func(_) | ValueKind::Class(_) | ValueKind::Import(_) | ValueKind::Decorated { .. }
            ) {
                continue;
            }
            let inner = self.add(ValueKind::Captured(name.clone()), span);
            let next = self.add(ValueKind::Phi(vec![now, inner]), span);
            let frame = self.frame();
            frame.after_inner.insert(next);
            frame.superseded.insert(now);
            frame.log.push((name.clone(), next));
            frame.env.names.insert(name.clone(), next);
            self.version(&name, next, false);
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
