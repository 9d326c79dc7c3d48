//! What a walk still has to look at, nearest to certain first, and what it has met already.

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::{End, Exit, Holds, Path, State, Via};
use crate::inventory::Confidence;
use crate::ir::Sym;
use crate::link::{ClassId, FuncId, Gv};
use crate::trace::source::Origin;

#[derive(Default)]
pub(super) struct Queue {
    /// What was asked already.
    pub(super) seen: FxHashSet<(Gv, Path, bool, Option<Via>)>,
    /// Sources of callees that were passed on already, with the function that called.
    pub(super) passed: FxHashSet<(Rc<Origin>, bool, bool, FuncId)>,
    /// Answers of callees that were carried to the arguments of a call already, or out of it.
    pub(super) carried: FxHashSet<Carried>,
    levels: [VecDeque<State>; 3],
    pub(super) exits: Vec<Exit>,
}

/// Where an answer of a function leads out of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Onward {
    Param(FuncId, u32),
    /// A value of another function.
    Value(Gv),
}

/// An answer of a callee at a call, with what decides how the walk goes on behind it.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Carried {
    /// The call; of a value of another function, which is the same out of every call, that value.
    pub(super) call: Gv,
    pub(super) to: Onward,
    pub(super) path: Path,
    pub(super) guarded: bool,
    pub(super) via: Option<Via>,
    pub(super) confidence: Confidence,
}

impl Queue {
    pub(super) fn push(&mut self, state: State) {
        if self.seen.contains(&(state.gv, state.path.clone(), state.guarded, state.via)) {
            return;
        }
        self.levels[2 - state.confidence as usize].push_back(state);
    }

    pub(super) fn pop(&mut self) -> Option<State> {
        self.levels.iter_mut().find_map(VecDeque::pop_front)
    }
}

impl Exit {
    pub(super) fn end(&self) -> &End {
        match self {
            Exit::Param { end, .. }
            | Exit::Elsewhere { end, .. }
            | Exit::Source { end, .. }
            | Exit::Text { end, .. } => end,
        }
    }

    /// The same, where the key under which it was put is known to be the one.
    pub(super) fn without_key(&self) -> Exit {
        let mut exit = self.clone();
        match &mut exit {
            Exit::Param { end, .. }
            | Exit::Elsewhere { end, .. }
            | Exit::Source { end, .. }
            | Exit::Text { end, .. } => end.under = None,
        }
        exit
    }

    /// Where a walk goes on behind the function that it is an answer of, if it does.
    pub(super) fn open_end(&self, of: FuncId) -> Option<(Onward, &Path, &End)> {
        match self {
            Exit::Param { index, path, end } => Some((Onward::Param(of, *index), path, end)),
            Exit::Elsewhere { gv, path, end } => Some((Onward::Value(*gv), path, end)),
            Exit::Source { .. } | Exit::Text { .. } => None,
        }
    }
}

impl State {
    pub(super) fn less(&self, confidence: Confidence) -> State {
        State { confidence: self.confidence.min(confidence), ..self.clone() }
    }

    /// Whether this field of the class, or all of them, were reported nearer to the sink.
    pub(super) fn was_told(&self, class: ClassId, field: Option<&Sym>) -> bool {
        let mut at = self.told.as_deref();
        while let Some(told) = at {
            if told.class == class && (told.field.is_none() || told.field.as_ref() == field) {
                return true;
            }
            at = told.before.as_deref();
        }
        false
    }

    pub(super) fn end(&self) -> End {
        let under = self.via.filter(|via| matches!(via.holds, Holds::Key(_) | Holds::Other(_)));
        End { chain: self.chain, confidence: self.confidence, guarded: self.guarded, under }
    }
}
