//! Control flow: branches, loops, handlers, and where a path ends.

use std::collections::BTreeMap;

use super::{Builder, Env, Loop, MOST_RAISED, MOST_VERSIONS, Watched};
use crate::ir::{Branch, FINAL, Iteration, Key, RAISED, Span, Sym, ValueId, ValueKind};

/// Elements of a generator whose places are kept.
const MOST_YIELDS: usize = 8;

/// `(a === b)` without its brackets.
pub(in crate::syntax) fn unbracketed(text: &str) -> &str {
    text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).filter(|t| !t.contains(['(', ')'])).unwrap_or(text)
}

impl Builder {
    pub(in crate::syntax) fn branch(&mut self, cond: ValueId, span: Span, holds: Span, text: &str) {
        let words: Vec<&str> = unbracketed(text).split_whitespace().collect();
        let text = Sym::from(words.join(" ").chars().take(100).collect::<String>());
        self.function().branches.push(Branch { cond, span, holds, text });
    }

    /// Note that what lies in `span` is done for each element of `over`.
    pub(in crate::syntax) fn iterate(&mut self, over: ValueId, span: Span) {
        self.function().iterations.push(Iteration { over, span });
    }

    /// The environment here, to be lowered from again later.
    pub(in crate::syntax) fn fork(&mut self) -> Env {
        self.frame().env.clone()
    }

    /// Go on from `env`; gives what was current.
    pub(in crate::syntax) fn swap(&mut self, env: Env) -> Env {
        std::mem::replace(&mut self.frame().env, env)
    }

    /// Go on from whichever of the current environment and `other` was reached.
    pub(in crate::syntax) fn join(&mut self, other: Env, span: Span) {
        let (mut mine, mut other) = (self.swap(Env::default()), other);
        if !mine.dead && !other.dead {
            self.fill_outer(&mut mine, &other, span);
            self.fill_outer(&mut other, &mine, span);
        }
        let joined = match (mine.dead, other.dead) {
            (true, _) => other,
            (_, true) => mine,
            _ => {
                let (only_mine, only_other) = Builder::compare_facts(&mine, &other);
                let mut phis: Vec<(ValueId, ValueId, ValueId)> = Vec::new();
                let mut names: Vec<(Sym, ValueId)> = other.names.into_iter().collect();
                names.sort();
                let mut joined = mine;
                joined.facts.retain(|f| other.facts.contains(f));
                if joined.moment != other.moment {
                    let frame = self.frame();
                    frame.moments += 1;
                    joined.moment = frame.moments;
                }
                for (name, theirs) in names {
                    match joined.names.get(&name).copied() {
                        Some(ours) if ours != theirs => {
                            let phi = self.met(ours, theirs).unwrap_or_else(|| {
                                let phi = self.add(ValueKind::Phi(vec![ours, theirs]), span);
                                phis.push((phi, ours, theirs));
                                phi
                            });
                            joined.names.insert(name, phi);
                        }
                        Some(_) => {}
                        None => {
                            joined.names.insert(name, theirs);
                        }
                    }
                }
                self.guard_joined(&phis, &only_mine, &only_other);
                joined
            }
        };
        self.frame().env = joined;
    }

    /// A variable of an enclosing scope that only the other path assigned still has its outer value on this one.
    fn fill_outer(&mut self, env: &mut Env, other: &Env, span: Span) {
        let outer = &self.frame().outer;
        if outer.is_empty() {
            return;
        }
        let missing = |n: &&Sym| !env.names.contains_key(*n) && other.names.contains_key(*n);
        let mut names: Vec<Sym> = outer.iter().filter(missing).cloned().collect();
        names.sort();
        for name in names {
            let free = self.add(ValueKind::Free(name.clone()), span);
            env.names.insert(name, free);
        }
    }

    /// `raise value`: to the handler around, or else to the caller.
    pub(in crate::syntax) fn raise(&mut self, value: ValueId) {
        match self.frame().raised.last_mut() {
            Some(raised) => {
                // The exception itself, not what making it may raise.
                raised.retain(|v| *v != value);
                let ty = crate::ir::TypeExpr::Unknown;
                let span = self.function().values[value.0 as usize].span;
                let thrown = self.add(ValueKind::Typed(value, ty), span);
                self.frame().raised.last_mut().expect("looked at above").push(thrown);
            }
            None => self.function().raises.push(value),
        }
    }

    /// `await promise` in the body of a `try`: what the promise fails with. A call says so by itself.
    pub(in crate::syntax) fn awaited(&mut self, value: ValueId, span: Span) {
        if self.frame().raised.is_empty() || matches!(self.kind(value), ValueKind::Call(_)) {
            return;
        }
        let failure = self.field(value, RAISED, span);
        if let Some(raised) = self.frame().raised.last_mut() {
            raised.push(failure);
        }
    }

    /// Begin the body of a `try`.
    pub(in crate::syntax) fn try_begin(&mut self) -> Watched {
        let frame = self.frame();
        frame.raised.push(Vec::new());
        Watched { before: frame.env.clone(), log: frame.log.len() }
    }

    /// End the body of a `try`. Gives the environment in which a handler begins: each name holds what it held before or
    /// was given in the body; and the exception that was raised. Without a handler it is raised on.
    pub(in crate::syntax) fn try_end(&mut self, watched: Watched, handled: bool, span: Span) -> (Env, ValueId) {
        let raised = self.frame().raised.pop().unwrap_or_default();
        for value in &raised {
            let is_call = matches!(self.kind(*value), ValueKind::Call(_));
            match self.frame().raised.last_mut() {
                Some(outer) if !handled => outer.push(*value),
                None if handled && is_call => self.function().caught.push(*value),
                None if !handled && !is_call => self.function().raises.push(*value),
                _ => {}
            }
        }
        let frame = self.frame();
        let mut changed: BTreeMap<Sym, Vec<ValueId>> = BTreeMap::new();
        for (name, value) in &frame.log[watched.log.min(frame.log.len())..] {
            let values = changed.entry(name.clone()).or_default();
            if values.len() < MOST_VERSIONS && !values.contains(value) {
                values.push(*value);
            }
        }
        if frame.raised.is_empty() {
            frame.log.clear();
        }
        let mut env = watched.before;
        env.dead = false;
        frame.moments += 1;
        env.moment = frame.moments;
        for (name, mut values) in changed {
            if let Some(before) = env.names.get(&name) {
                values.insert(0, *before);
            }
            let value = self.either(values, span);
            env.names.insert(name, value);
        }
        let mut options = Vec::new();
        for value in raised.into_iter().take(MOST_RAISED) {
            let option = match self.kind(value) {
                ValueKind::Call(_) => self.field(value, RAISED, span),
                _ => value,
            };
            options.push(option);
        }
        let exception = match options.as_slice() {
            [] => self.add(ValueKind::Unknown(Vec::new()), span),
            _ => self.either(options, span),
        };
        (env, exception)
    }

    /// `return`: what parameters and the receiver are then is part of what they are to the caller.
    pub(in crate::syntax) fn returns(&mut self) {
        let frame = self.frame();
        let names = frame.function.params.iter().map(|p| &p.name).cloned().chain(std::iter::once(Sym::from("this")));
        for name in names {
            if let Some(value) = frame.env.names.get(&name) {
                let values = frame.returned.entry(name).or_default();
                if !values.contains(value) {
                    values.push(*value);
                }
            }
        }
        frame.env.dead = true;
    }

    /// The place among the elements of a generator that a `yield` here gives; none where that is not sure.
    pub(in crate::syntax) fn yield_place(&mut self) -> Option<usize> {
        let frame = self.frame();
        frame.given.filter(|place| frame.within == 0 && *place < MOST_YIELDS)
    }

    /// Note a `yield`: of which element, where its place is known.
    pub(in crate::syntax) fn yields(&mut self, place: Option<usize>) {
        self.moment_passes();
        let frame = self.frame();
        frame.given = place.map(|n| n + 1);
        frame.function.is_generator = true;
    }

    /// What follows may run never or often.
    pub(in crate::syntax) fn begin_within(&mut self) {
        self.frame().within += 1;
    }

    pub(in crate::syntax) fn end_within(&mut self) {
        let frame = self.frame();
        frame.within = frame.within.saturating_sub(1);
    }

    /// Note what `return` gives.
    pub(in crate::syntax) fn gives(&mut self, value: ValueId) {
        let value = if self.function().is_generator {
            let span = self.function().values[value.0 as usize].span;
            let name = self.sym(FINAL);
            self.add(ValueKind::Object(vec![(Key::Name(name), value)]), span)
        } else {
            self.given_here(value)
        };
        self.function().returns.push(value);
    }

    /// After `finally`: what it returns is given instead of what was returned before. `from` and `to` are how many
    /// results there were when the `try` and when the `finally` began.
    pub(in crate::syntax) fn returned_at_last(&mut self, from: usize, to: usize) {
        let dead = self.is_dead();
        let returns = &mut self.function().returns;
        if dead && returns.len() > to {
            returns.drain(from..to);
        }
    }

    /// Whether a name is bound here or in a function around.
    pub(in crate::syntax) fn is_known(&self, name: &str) -> bool {
        self.frames.iter().any(|f| f.env.names.contains_key(name))
    }

    /// After `return`, `raise`, `throw`: nothing follows on this path.
    pub(in crate::syntax) fn terminate(&mut self) {
        self.frame().env.dead = true;
    }

    pub(in crate::syntax) fn is_dead(&self) -> bool {
        self.frames.last().is_some_and(|f| f.env.dead)
    }

    pub(in crate::syntax) fn loop_begin(&mut self) {
        self.moment_passes();
        let frame = self.frame();
        let facts = frame.env.facts.clone();
        frame.loops.push(Loop { before: frame.env.names.clone(), phis: BTreeMap::new(), facts });
    }

    /// End of a loop's body; goes on as if the loop ended by its condition. A `runs` body has surely run.
    pub(in crate::syntax) fn loop_end(&mut self, runs: bool, span: Span) {
        self.moment_passes();
        let frame = self.frame();
        let Some(done) = frame.loops.pop() else { return };
        frame.env.facts.clone_from(&done.facts);
        if frame.env.dead {
            // No way back to the head: the loop ends before its body, or by `break`.
            frame.env.dead = runs;
            let kept = done.before.iter().map(|(name, before)| (name.clone(), *done.phis.get(name).unwrap_or(before)));
            frame.env.names.extend(kept);
            return;
        }
        for (name, phi) in &done.phis {
            let Some(after) = frame.env.names.get(name).copied() else { continue };
            if after != *phi
                && let ValueKind::Phi(options) = &mut frame.function.values[phi.0 as usize].kind
            {
                options.push(after);
            }
            if !runs {
                // The body may not have run: after the loop the name holds the phi, which joins both.
                frame.env.names.insert(name.clone(), *phi);
            }
        }
        if runs {
            return;
        }
        let mut written: Vec<(Sym, ValueId, ValueId)> = done
            .before
            .iter()
            .filter(|(name, _)| !done.phis.contains_key(*name))
            .filter_map(|(name, before)| {
                let after = *frame.env.names.get(name)?;
                (after != *before).then(|| (name.clone(), *before, after))
            })
            .collect();
        let new = |n: &&Sym| !done.before.contains_key(*n);
        let mut outer: Vec<(Sym, ValueId)> =
            (frame.outer.iter().filter(new)).filter_map(|n| Some((n.clone(), *frame.env.names.get(n)?))).collect();
        outer.sort();
        for (name, after) in outer {
            // A variable of an enclosing scope, first assigned in the body, which may not have run.
            let before = self.add(ValueKind::Free(name.clone()), span);
            written.push((name, before, after));
        }
        written.sort();
        for (name, before, after) in written {
            let phi = self.add(ValueKind::Phi(vec![before, after]), span);
            self.frame().env.names.insert(name, phi);
        }
    }
}
