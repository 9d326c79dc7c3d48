//! What a call or a write changes: the versions of what was handed over, and of all that holds it.

use super::{Builder, GIVES_MEMBER, Place};
use crate::ir::{ArgRole, Language, Seg, Span, Sym, ValueId, ValueKind};

impl Builder {
    /// The name of an enclosing function that `value` is, or is a part of, may be changed here.
    pub(super) fn note_change(&mut self, value: ValueId) {
        let mut at = value;
        for _ in 0..8 {
            match self.kind(at) {
                ValueKind::Field(base, _)
                | ValueKind::Elem(base)
                | ValueKind::Index(base, _)
                | ValueKind::Typed(base, _) => at = *base,
                ValueKind::Free(name) => {
                    let name = name.clone();
                    let frames = &self.frames[..self.frames.len().saturating_sub(1)];
                    // Only a variable of a function: a module's are looked up in all of the file anyway.
                    if frames.iter().skip(1).any(|f| f.function.locals.contains_key(&name))
                        || frames.first().is_some_and(|f| f.function.locals.contains_key(&name))
                            && !self.is_import(&name)
                    {
                        self.frame().changes.insert(name);
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    pub(super) fn is_import(&self, name: &Sym) -> bool {
        let Some(module) = self.frames.first() else { return false };
        module.env.names.get(name).is_some_and(|v| {
            matches!(
                module.function.values[v.0 as usize].kind,
                ValueKind::Import(_) | ValueKind::Func(_) | ValueKind::Class(_) | ValueKind::Decorated { .. }
            )
        })
    }

    pub(super) fn after_call(&mut self, value: ValueId, call: ValueId, role: ArgRole, span: Span) {
        // What a call gives is changed by its own methods only.
        if matches!(self.kind(value), ValueKind::Call(_)) && role != ArgRole::Receiver && !self.is_current(value) {
            return;
        }
        for chosen in self.chosen(value) {
            let after = self.add(ValueKind::AfterCall { base: chosen, call, role }, span);
            let either = self.add(ValueKind::Phi(vec![chosen, after]), span);
            self.rebind(chosen, either);
        }
        let places = self.places(value);
        let Some(first) = places.first() else { return };
        // A stale operand (`xs.append(f(xs))`) goes on from the version that the inner call left.
        let mut base = value;
        if first.stale {
            base = first.root;
            for seg in &first.path {
                let kind = match seg {
                    Seg::Field(name) => ValueKind::Field(base, name.clone()),
                    Seg::Elem => ValueKind::Elem(base),
                };
                base = self.add(kind, span);
            }
        }
        let after = self.add(ValueKind::AfterCall { base, call, role }, span);
        for Place { root, path, .. } in places {
            if path.is_empty() {
                self.rebind(root, after);
            } else {
                let strong = !path.contains(&Seg::Elem);
                let next = self.add(ValueKind::Update { base: root, path, value: after, strong }, span);
                self.rebind(root, next);
            }
        }
    }

    /// The variables behind `value`, innermost first: in `user = data["user"]; user.update(x)` both `user` and
    /// `data` change. Empty if it is nothing that can be changed in place.
    pub(super) fn places(&self, value: ValueId) -> Vec<Place> {
        let mut places = Vec::new();
        let mut path = Vec::new();
        let mut at = value;
        while path.len() <= 4 {
            if let Some((root, stale)) = self.held(at) {
                places.push(Place { root, path: path.iter().rev().cloned().collect(), stale });
            }
            match self.kind(at) {
                ValueKind::Field(base, name) => {
                    // `holder.item.x = y`, where `holder = { item }`
                    if let Some(root) = self.member_of_literal(*base, name)
                        && !places.iter().any(|p: &Place| p.root == root)
                    {
                        places.push(Place { root, path: path.iter().rev().cloned().collect(), stale: true });
                    }
                    path.push(Seg::Field(name.clone()));
                    at = *base;
                }
                ValueKind::Elem(base) | ValueKind::Index(base, _) => {
                    path.push(Seg::Elem);
                    at = *base;
                }
                // `m.get("k").push(x)`, `d.setdefault("k", []).append(x)`
                ValueKind::Call(call) => {
                    let ValueKind::Field(base, name) = self.kind(call.callee) else { break };
                    if !GIVES_MEMBER.contains(&&**name) || call.args.is_empty() {
                        break;
                    }
                    path.push(match call.args.first().map(|a| self.kind(a.value)) {
                        Some(ValueKind::Str(key)) => Seg::Field(key.clone()),
                        _ => Seg::Elem,
                    });
                    at = *base;
                }
                // `(groups[key] ||= []).push(x)`
                ValueKind::Phi(options)
                    if let Some(ValueKind::Field(..) | ValueKind::Index(..)) =
                        options.first().map(|o| self.kind(*o)) =>
                {
                    at = options[0];
                }
                // `(x as T).y = v` writes to `x`, unless the typed value is itself what a name holds.
                ValueKind::Typed(inner, _) if !self.is_current(at) => at = *inner,
                kind => {
                    if self.is_immutable(kind) {
                        places.pop_if(|p| p.path.len() == path.len());
                    }
                    break;
                }
            }
        }
        places
    }

    pub(super) fn is_immutable(&self, kind: &ValueKind) -> bool {
        match kind {
            ValueKind::Str(_)
            | ValueKind::Num(_)
            | ValueKind::Bool(_)
            | ValueKind::Null
            | ValueKind::Func(_)
            | ValueKind::Class(_)
            | ValueKind::Import(_)
            | ValueKind::Free(_)
            | ValueKind::Decorated { .. }
            | ValueKind::Opaque(_) => true,
            // `+` also joins lists; what has a text in it is text.
            ValueKind::Concat(parts) => {
                parts.is_empty() || parts.iter().any(|p| matches!(self.kind(*p), ValueKind::Str(_)))
            }
            _ => false,
        }
    }

    /// The version that names hold of what `at` is: itself, or a later one of the same object (then the flag is set).
    pub(super) fn held(&self, at: ValueId) -> Option<(ValueId, bool)> {
        let frame = self.frames.last()?;
        if frame.env.names.values().any(|v| *v == at) {
            return Some((at, false));
        }
        // `const held: Cell = { … }`
        let as_typed = |v: &&ValueId| matches!(frame.function.kind_of(**v), ValueKind::Typed(inner, _) if *inner == at);
        if let Some(typed) = frame.env.names.values().filter(as_typed).max() {
            return Some((*typed, false));
        }
        if !frame.superseded.contains(&at) {
            return None;
        }
        let same_object = |version: &ValueId| {
            let mut v = *version;
            for _ in 0..8 {
                match &frame.function.values[v.0 as usize].kind {
                    ValueKind::AfterCall { base, .. }
                    | ValueKind::Update { base, .. }
                    | ValueKind::Delete { base, .. } => v = *base,
                    _ => return false,
                }
                if v == at {
                    return true;
                }
            }
            false
        };
        frame.env.names.values().filter(|v| same_object(v)).max().map(|v| (*v, true))
    }

    /// Whether a name holds this value here.
    pub(super) fn is_current(&self, value: ValueId) -> bool {
        self.frames.last().is_some_and(|f| f.env.names.values().any(|v| *v == value))
    }

    /// Give every name that holds `old` the version `new`.
    pub(super) fn rebind(&mut self, old: ValueId, new: ValueId) {
        let frame = self.frame();
        frame.superseded.insert(old);
        let tried = !frame.raised.is_empty();
        let with_inner = frame.after_inner.contains(&old);
        let mut renamed: Vec<Sym> = Vec::new();
        frame.env.names.iter_mut().filter(|(_, value)| **value == old).for_each(|(name, value)| {
            *value = new;
            renamed.push(name.clone());
        });
        renamed.sort();
        if tried {
            frame.log.extend(renamed.iter().map(|name| (name.clone(), new)));
        }
        if with_inner {
            frame.after_inner.insert(new);
        }
        for name in renamed {
            self.version(&name, new, false);
        }
        self.rebind_holders(old, new, 3);
        if self.file.language == Language::TypeScript {
            self.rebind_parts(old, new);
        }
    }

    /// What holds a changed object holds it as changed: `d = {"k": c}; c.append(x)`.
    pub(super) fn rebind_holders(&mut self, old: ValueId, new: ValueId, depth: u32) {
        let changed =
            matches!(self.kind(new), ValueKind::Update { .. } | ValueKind::AfterCall { role: ArgRole::Receiver, .. });
        let Some(holders) = self.frame().inside.get(&old).filter(|_| changed && depth > 0).cloned() else { return };
        for (holder, path) in holders.into_iter().take(4) {
            let Some((root, _)) = self.held(holder) else { continue };
            if root == new {
                continue;
            }
            let span = self.function().values[new.0 as usize].span;
            let strong = !path.contains(&Seg::Elem);
            let next = self.add(ValueKind::Update { base: root, path, value: new, strong }, span);
            let frame = self.frame();
            frame.superseded.insert(root);
            let mut renamed: Vec<Sym> = Vec::new();
            frame.env.names.iter_mut().filter(|(_, value)| **value == root).for_each(|(name, value)| {
                *value = next;
                renamed.push(name.clone());
            });
            renamed.sort();
            for name in renamed {
                self.version(&name, next, false);
            }
            self.rebind_holders(root, next, depth - 1);
        }
    }
}
