//! Objects that are reached by several ways: a part of another object that a name holds, a copy with the same parts, and
//! one of several that a name may hold.

use super::Builder;
use crate::ir::{ArgRole, Key, Seg, Span, ValueId, ValueKind};

/// Versions of one object that are followed back.
const FAR: u32 = 16;

/// How a value that a name holds is another way to a changed object.
enum Way {
    /// What lies at these segments of it.
    Part(Vec<Seg>),
    /// A copy with the same parts.
    Copy,
}

impl Builder {
    /// Names that reach a changed object by another way hold it as changed too: `part = whole.inner; whole.inner.text = x`,
    /// `copy = { ...whole }`, `chosen = either ? one : other; chosen.text = x`.
    pub(super) fn rebind_parts(&mut self, old: ValueId, new: ValueId) {
        let span = self.function().values[new.0 as usize].span;
        if let ValueKind::Phi(options) = self.kind(self.first_of(old))
            && matches!(self.kind(new), ValueKind::Update { .. } | ValueKind::AfterCall { role: ArgRole::Receiver, .. })
        {
            for option in options.clone() {
                if let Some((root, _)) = self.held(option).filter(|(root, _)| *root != new) {
                    self.put_beside(root, Vec::new(), new, span);
                }
            }
        }
        let ValueKind::Update { path, value, .. } = self.kind(new) else { return };
        let (path, value) = (path.clone(), *value);
        let Some(frame) = self.frames.last() else { return };
        let mut others: Vec<ValueId> = frame.env.names.values().copied().filter(|v| *v != new && *v != value).collect();
        others.sort();
        others.dedup();
        for other in others {
            match self.way_to(other, old) {
                Some(Way::Part(part)) if path.len() > part.len() && path.starts_with(&part) => {
                    self.put_beside(other, path[part.len()..].to_vec(), value, span);
                }
                // `whole.items.push(x)`: the part itself, later.
                Some(Way::Part(part)) if path == part && self.is_later_part(value) => {
                    self.put_beside(other, Vec::new(), value, span);
                }
                Some(Way::Copy) if path.len() > 1 => self.put_beside(other, path.clone(), value, span),
                _ => {}
            }
        }
    }

    /// Say that what names hold may be changed so: the object by another way.
    fn put_beside(&mut self, root: ValueId, path: Vec<Seg>, value: ValueId, span: Span) {
        let next = match path.is_empty() {
            true => self.add(ValueKind::Phi(vec![root, value]), span),
            false => self.add(ValueKind::Update { base: root, path, value, strong: false }, span),
        };
        let frame = self.frame();
        frame.superseded.insert(root);
        let mut renamed = Vec::new();
        for (name, held) in frame.env.names.iter_mut().filter(|(_, held)| **held == root) {
            *held = next;
            renamed.push(name.clone());
        }
        renamed.sort();
        if !frame.raised.is_empty() {
            frame.log.extend(renamed.iter().map(|name| (name.clone(), next)));
        }
        for name in renamed {
            self.version(&name, next, false);
        }
    }

    fn first_of(&self, value: ValueId) -> ValueId {
        let mut at = value;
        for _ in 0..FAR {
            match self.kind(at) {
                ValueKind::Update { base, .. } | ValueKind::AfterCall { base, .. } | ValueKind::Typed(base, _) => {
                    at = *base
                }
                _ => break,
            }
        }
        at
    }

    /// How a value leads to the object of which `whole` is a version.
    fn way_to(&self, value: ValueId, whole: ValueId) -> Option<Way> {
        let first = self.first_of(whole);
        let mut at = self.first_of(value);
        if let ValueKind::Object(entries) = self.kind(at) {
            let copies = |v: &ValueId| self.first_of(*v) == first;
            return entries.iter().any(|(key, v)| *key == Key::Spread && copies(v)).then_some(Way::Copy);
        }
        let mut part = Vec::new();
        while part.len() < 4 {
            let (base, seg) = match self.kind(at) {
                ValueKind::Field(base, name) => (*base, Seg::Field(name.clone())),
                ValueKind::Elem(base) | ValueKind::Index(base, _) => (*base, Seg::Elem),
                _ => return None,
            };
            part.insert(0, seg);
            at = self.first_of(base);
            if at == first {
                return Some(Way::Part(part));
            }
        }
        None
    }

    /// Whether a value is a part of an object as something changed it.
    fn is_later_part(&self, value: ValueId) -> bool {
        let first = self.first_of(value);
        first != value && matches!(self.kind(first), ValueKind::Field(..) | ValueKind::Elem(_) | ValueKind::Index(..))
    }
}
