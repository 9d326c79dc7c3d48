//! Which constant a name or a value is: in this function, by a name of the functions around that is never assigned again, or
//! by a name of the module that the whole file assigns once.

use super::{Builder, Frame};
use crate::ir::{FnIx, Key, Seg, Span, Sym, ValueId, ValueKind};
use crate::syntax::constant::Constant;

/// Members of a literal that are looked at.
const MOST_MEMBERS: usize = 48;
/// Values within one another that are looked at; where several meet, as many steps as they may be.
const DEPTH: u32 = 16;

impl Builder {
    /// Say that a name of the module is always this: nothing in the file assigns it again, or changes it.
    pub(in crate::syntax) fn module_constant(&mut self, name: &str, constant: Constant) {
        let name = self.sym(name);
        self.module_constants.insert(name, constant);
    }

    /// Say of a function of the module that it never comes back.
    pub(in crate::syntax) fn module_never_returns(&mut self, name: &str) {
        let name = self.sym(name);
        self.module_never.insert(name);
    }

    /// Whether a call of what a name holds here never comes back.
    pub(in crate::syntax) fn never_returns(&self, name: &str) -> bool {
        for (i, frame) in self.frames.iter().enumerate().rev() {
            if let Some(value) = frame.env.names.get(name) {
                let raises = matches!(frame.function.kind_of(*value), ValueKind::Func(ix) if self.never.contains(ix));
                return raises || i == 0 && self.module_never.contains(name);
            }
        }
        self.module_never.contains(name)
    }

    /// The constant that a name holds here.
    pub(in crate::syntax) fn constant_named(&mut self, name: &str, span: Span) -> Option<Constant> {
        let name = self.sym(name);
        if self.frame().outer.contains(&name) {
            return None;
        }
        let frame = self.frames.last()?;
        if let Some(now) = frame.env.names.get(&name).copied() {
            if frame.fixed.contains(&now)
                && let Some(found) = constant_of(frame, now, DEPTH).filter(Constant::is_plain)
            {
                return Some(found);
            }
            if self.current() == FnIx(0) {
                if let Some(found) = self.module_constants.get(&name) {
                    return Some(found.clone());
                }
                // A name that is assigned again further down, or by a function.
                let value = self.lookup(&name, span)?;
                return constant_of(self.frames.last()?, value, DEPTH).filter(|c| matches!(c, Constant::Num(_)));
            }
            let value = self.lookup(&name, span)?;
            let frame = self.frames.last()?;
            let found = constant_of(frame, value, DEPTH)?;
            return (found.is_plain() || self.is_untouched(frame, &name, value)).then_some(found);
        }
        for (i, frame) in self.frames.iter().enumerate().rev().skip(1) {
            if i == 0 {
                break;
            }
            if let Some(value) = frame.env.names.get(&name) {
                return constant_of(frame, *value, DEPTH).filter(|c| frame.fixed.contains(value) && c.is_plain());
            }
        }
        self.module_constants.get(&name).cloned()
    }

    /// The constant that a value of the current function is.
    pub(in crate::syntax) fn constant_of(&self, value: ValueId) -> Option<Constant> {
        constant_of(self.frames.last()?, value, DEPTH).filter(Constant::is_plain)
    }

    /// Say of the value of an expression that it is always this.
    pub(in crate::syntax) fn is_constant(&mut self, value: ValueId, constant: Constant) {
        if Constant::of(self.kind(value)).is_none() {
            self.frame().constants.insert(value, constant);
        }
    }

    /// Say of the value of a name that the name holds no other.
    pub(in crate::syntax) fn is_fixed(&mut self, value: ValueId) {
        self.frame().fixed.insert(value);
    }

    /// Whether nothing but reads and stores of members was done with an object: no other name by which it may be changed.
    fn is_untouched(&self, frame: &Frame, name: &Sym, value: ValueId) -> bool {
        // Its versions, the last first.
        let mut own = vec![value];
        while let ValueKind::Typed(before, _) | ValueKind::Update { base: before, .. } =
            frame.function.kind_of(own[own.len() - 1])
        {
            own.push(*before);
        }
        if frame.captured.contains(name) || own.iter().any(|v| frame.inside.contains_key(v)) {
            return false;
        }
        frame.function.values.iter().all(|v| {
            let mut used = false;
            crate::ir::operands(&v.kind, |operand| used |= own.contains(&operand));
            match &v.kind {
                _ if !used => true,
                ValueKind::Update { value, .. } => !own.contains(value),
                ValueKind::Field(..)
                | ValueKind::Index(..)
                | ValueKind::Elem(_)
                | ValueKind::Opaque(_)
                | ValueKind::Typed(..) => true,
                _ => false,
            }
        })
    }

    /// The value under a default is surely there.
    pub(in crate::syntax) fn is_given(&self, value: ValueId) -> bool {
        self.constant_of(value).and_then(|c| c.is_null()) == Some(false)
    }
}

fn constant_of(frame: &Frame, value: ValueId, depth: u32) -> Option<Constant> {
    let depth = depth.checked_sub(1)?;
    if let Some(known) = frame.constants.get(&value) {
        return Some(known.clone());
    }
    let at = |v: ValueId| constant_of(frame, v, depth);
    match frame.function.kind_of(value) {
        ValueKind::Typed(inner, _) => at(*inner),
        // The head of a loop may get more.
        ValueKind::Phi(options) if !frame.loops.iter().any(|l| l.phis.values().any(|v| *v == value)) => {
            let depth = depth.checked_sub(4)?;
            Constant::any(options.iter().map(|o| constant_of(frame, *o, depth)))
        }
        ValueKind::Object(entries) if entries.len() <= MOST_MEMBERS => {
            let mut members: Vec<(Sym, Option<Constant>)> = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                match key {
                    Key::Name(name) => members.push((name.clone(), at(*value))),
                    // It may have any of the names.
                    _ => return None,
                }
            }
            Some(Constant::Record(members, true))
        }
        ValueKind::List(items) if items.len() <= MOST_MEMBERS && items.iter().all(|(_, spread)| !spread) => {
            Some(Constant::List(items.iter().map(|(v, _)| at(*v)).collect()))
        }
        ValueKind::Field(base, name) => match frame.function.kind_of(*base) {
            // Of a literal that has no name.
            ValueKind::Object(_) | ValueKind::List(_) if !frame.env.names.values().any(|v| v == base) => {
                let found = at(*base)?;
                found.member(name).or_else(|| found.at(&Constant::Num(name.parse().ok()?)))
            }
            _ => None,
        },
        ValueKind::Update { base, path, value, strong } => {
            let [Seg::Field(name), deeper @ ..] = path.as_slice() else { return None };
            let called = matches!(frame.function.kind_of(*value), ValueKind::AfterCall { .. });
            let new = if deeper.is_empty() && *strong && !called { at(*value) } else { None };
            at(*base)?.with(name, new, called)
        }
        ValueKind::Elem(base) if !frame.env.names.values().any(|v| v == base) => at(*base)?.element(),
        kind => Constant::of(kind),
    }
}
