//! Keys that are constant, and what lies under them in objects and lists that were written out.

use std::sync::Arc;

use super::Builder;
use crate::ir::{ArgRole, Class, ClassKind, Key, Language, Seg, Span, Sym, ValueId, ValueKind};
use crate::syntax::constant::Constant;

impl Builder {
    /// `base[key]`: a field where the key is a constant.
    pub(in crate::syntax) fn index(&mut self, base: ValueId, key: ValueId, span: Span) -> ValueId {
        match self.constant_key(key) {
            Some(name) => self.add(ValueKind::Field(base, name), span),
            None => self.add(ValueKind::Index(base, key), span),
        }
    }

    /// An object key from a value: a name where it is constant.
    pub(in crate::syntax) fn key(&self, value: ValueId) -> Key {
        match self.constant_key(value) {
            Some(name) => Key::Name(name),
            None => Key::Dynamic(value),
        }
    }

    /// The name that a key is: a text or number, also by the name of a constant of the module, a member of an enumeration,
    /// a symbol.
    pub(in crate::syntax) fn constant_key(&self, key: ValueId) -> Option<Sym> {
        match self.kind(key) {
            ValueKind::Str(s) | ValueKind::Num(s) => Some(s.clone()),
            ValueKind::Call(call) if matches!(self.kind(call.callee), ValueKind::Free(n) if &**n == "Symbol") => {
                let span = self.frames.last()?.function.values[key.0 as usize].span;
                Some(symbol(span))
            }
            ValueKind::Free(name) => {
                if let Some(key) = self.module_constants.get(name).and_then(Constant::as_key) {
                    return Some(Arc::from(key));
                }
                let module = &self.frames.first()?.function;
                let [one] = module.locals.get(name)?.as_slice() else { return None };
                match module.kind_of(*one) {
                    ValueKind::Str(s) => Some(s.clone()),
                    ValueKind::Call(call) if matches!(module.kind_of(call.callee), ValueKind::Free(n) if &**n == "Symbol") => {
                        Some(symbol(module.value(*one).span))
                    }
                    _ => None,
                }
            }
            ValueKind::Field(base, member) => self.member_of_enumeration(*base, member).or_else(|| self.noted_key(key)),
            _ => self.noted_key(key),
        }
    }

    /// The name that a value is as a key, where it was worked out of constants.
    fn noted_key(&self, key: ValueId) -> Option<Sym> {
        self.frames.last()?.constants.get(&key).and_then(Constant::as_key).map(Arc::from)
    }

    fn member_of_enumeration(&self, base: ValueId, member: &Sym) -> Option<Sym> {
        let class: &Class = match self.kind(base) {
            ValueKind::Class(ix) => &self.file.classes[ix.0 as usize],
            ValueKind::Free(name) => {
                let module = &self.frames.first()?.function;
                let [one] = module.locals.get(name)?.as_slice() else { return None };
                let ValueKind::Class(ix) = module.kind_of(*one) else { return None };
                &self.file.classes[ix.0 as usize]
            }
            _ => return None,
        };
        let place = class.fields.iter().position(|f| f.name == *member)?;
        if class.kind != ClassKind::Enum {
            return None;
        }
        // In Python the member itself is the key, elsewhere its value.
        let own = || Arc::from(format!("{}.{member}", class.name));
        if self.file.language == Language::Python {
            return Some(own());
        }
        if let Some(key) = self.module_constants.get(&class.name).and_then(|c| c.member(member)?.as_key()) {
            return Some(Arc::from(key));
        }
        let scope = self.frames.iter().find(|f| f.ix == class.scope)?;
        match class.fields[place].default.map(|v| scope.function.kind_of(v)) {
            Some(ValueKind::Str(s) | ValueKind::Num(s)) => Some(s.clone()),
            _ => Some(own()),
        }
    }

    /// The version of a variable that is a member of an object or list written out before.
    pub(super) fn member_of_literal(&self, holder: ValueId, name: &Sym) -> Option<ValueId> {
        let mut at = holder;
        for _ in 0..8 {
            match self.kind(at) {
                ValueKind::AfterCall { base, role: ArgRole::Arg(_), .. } => at = *base,
                ValueKind::Update { base, path, .. } if !matches!(path.as_slice(), [Seg::Field(n)] if n == name) => {
                    at = *base;
                }
                ValueKind::Update { value, .. } => return self.held(*value).map(|(root, _)| root),
                ValueKind::Object(entries) => {
                    let (_, value) = entries.iter().rev().find(|(k, _)| matches!(k, Key::Name(n) if n == name))?;
                    return self.held(*value).map(|(root, _)| root);
                }
                ValueKind::List(items) => {
                    let (value, _) = items.get(name.parse::<usize>().ok()?)?;
                    return self.held(*value).map(|(root, _)| root);
                }
                _ => return None,
            }
        }
        None
    }

    /// How many items a list has that was written out here, and that nothing was put into since.
    pub(in crate::syntax) fn length_of_list(&self, value: ValueId) -> Option<usize> {
        match self.kind(value) {
            ValueKind::List(items) => items.iter().all(|(_, spread)| !spread).then_some(items.len()),
            ValueKind::AfterCall { base, role: ArgRole::Arg(_), .. } | ValueKind::Typed(base, _) => {
                self.length_of_list(*base)
            }
            ValueKind::Update { base, path, .. } => {
                let length = self.length_of_list(*base)?;
                let place = |name: &Sym| name.parse::<usize>().is_ok_and(|n| n < length);
                matches!(path.as_slice(), [Seg::Field(name), ..] if place(name)).then_some(length)
            }
            _ => None,
        }
    }

    /// Whether a value is a list that was written out here.
    pub(in crate::syntax) fn is_list(&self, value: ValueId) -> bool {
        let mut at = value;
        for _ in 0..16 {
            match self.kind(at) {
                ValueKind::AfterCall { base, .. } | ValueKind::Update { base, .. } | ValueKind::Typed(base, _) => {
                    at = *base;
                }
                kind => return matches!(kind, ValueKind::List(_)),
            }
        }
        false
    }
}

/// The name that stands for a symbol made in one place.
fn symbol(span: Span) -> Sym {
    Arc::from(format!("@@{}:{}", span.line, span.column))
}
