//! Functions and classes that are kept somewhere and called by a name made at run time: registries, tables of listeners,
//! `getattr(self, "on_" + name)`.

use super::abs::Abs;
use super::resolve::{MOST, Resolver};
use super::{ClassId, Gv};
use crate::catalogue::Lang;
use crate::ir::{Call, Seg, Spread, Sym, ValueKind};

fn is_code(abs: &Abs) -> bool {
    matches!(abs, Abs::Func(..) | Abs::Class(_))
}

impl Resolver<'_> {
    /// Functions and classes put anywhere into the attribute that a value is a part of: `self.handlers[event].append(f)`;
    /// with a key only those that may be under it.
    pub(super) fn kept_functions(&mut self, base: Gv, key: Option<&Sym>) -> Vec<Abs> {
        let program = self.program;
        let at = |value| Gv { func: base.func, value };
        let mut here = base;
        for _ in 0..8 {
            match program.kind(here) {
                ValueKind::Field(receiver, name) => {
                    let classes: Vec<ClassId> = self
                        .resolve(at(*receiver))
                        .into_iter()
                        .filter_map(|abs| match abs {
                            Abs::Instance(c) | Abs::Class(c) => Some(c),
                            _ => None,
                        })
                        .collect();
                    let mut found = Vec::new();
                    for class in classes {
                        for owner in program.lineage(class) {
                            let stores = program.attr_stores.get(&(owner, name.clone()));
                            let of_class = program.class_stores(owner, name);
                            for store in stores.into_iter().flatten().chain(of_class).take(MOST) {
                                let under = match (key, store.rest.first()) {
                                    (Some(key), Some(Seg::Field(name))) => name == key,
                                    _ => true,
                                };
                                if under {
                                    found.extend(self.put_in(store.value, key));
                                }
                            }
                        }
                    }
                    if !found.is_empty() {
                        return found;
                    }
                    here = at(*receiver);
                }
                ValueKind::Index(inner, _)
                | ValueKind::Elem(inner)
                | ValueKind::AfterCall { base: inner, .. }
                | ValueKind::Update { base: inner, .. }
                | ValueKind::Typed(inner, _) => here = at(*inner),
                ValueKind::Phi(options) if !options.is_empty() => here = at(options[0]),
                ValueKind::Call(call) => match program.kind(at(call.callee)) {
                    ValueKind::Field(inner, _) => here = at(*inner),
                    _ => return Vec::new(),
                },
                _ => return Vec::new(),
            }
        }
        Vec::new()
    }

    /// The functions that a store or a mutating call puts in.
    fn put_in(&mut self, value: Gv, key: Option<&Sym>) -> Vec<Abs> {
        let program = self.program;
        let at = |v| Gv { func: value.func, value: v };
        let mut found = Vec::new();
        let mut here = value;
        for _ in 0..8 {
            match program.kind(here) {
                ValueKind::AfterCall { base, call, .. } => {
                    // Under a key stands what was put there, not what an object's method was given.
                    if let ValueKind::Call(c) = program.kind(at(*call))
                        && key.is_none()
                    {
                        for arg in &c.args {
                            found.extend(self.resolve(at(arg.value)).into_iter().filter(is_code));
                        }
                    }
                    here = at(*base);
                }
                ValueKind::Update { base, path, .. } if matches!((key, path.first()), (Some(key), Some(Seg::Field(name))) if name != key) =>
                {
                    here = at(*base);
                }
                ValueKind::Update { base, value, .. } => {
                    found.extend(self.resolve(at(*value)).into_iter().filter(is_code));
                    here = at(*base);
                }
                _ => break,
            }
        }
        found.extend(self.resolve(here).into_iter().filter(is_code));
        found
    }

    /// `getattr(o, "name")`, `getattr(o, "on_" + name)`. None where the call is none, or nothing says the name.
    pub(super) fn got_by_name(&mut self, gv: Gv, call: &Call) -> Option<Vec<Abs>> {
        let program = self.program;
        let at = |value| Gv { func: gv.func, value };
        let ValueKind::Free(name) = program.kind(at(call.callee)) else { return None };
        let [object, key, default @ ..] = call.args.as_slice() else { return None };
        if &**name != "getattr" || program.lang(gv.func) != Lang::Python || object.spread != Spread::None {
            return None;
        }
        let mut found = match self.text(at(key.value), 4) {
            Some(name) => self.field(at(object.value), &name),
            None => self.named_alike(at(object.value), at(key.value)),
        };
        found.retain(is_code);
        if found.is_empty() {
            return None;
        }
        for other in default.iter().take(1) {
            found.extend(self.resolve(at(other.value)).into_iter().filter(is_code));
        }
        Some(found)
    }

    /// The methods of an object whose names begin and end as a key that is put together does.
    pub(super) fn named_alike(&mut self, base: Gv, key: Gv) -> Vec<Abs> {
        let program = self.program;
        let ValueKind::Concat(parts) = program.kind(key) else { return Vec::new() };
        let part = |at: Option<&crate::ir::ValueId>| at.map(|value| Gv { func: key.func, value: *value });
        let first = part(parts.first()).and_then(|gv| self.text(gv, 4));
        let last = part(parts.last()).filter(|_| parts.len() > 1).and_then(|gv| self.text(gv, 4));
        let (first, last) = (first.as_deref().unwrap_or_default(), last.as_deref().unwrap_or_default());
        if first.is_empty() && last.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for abs in self.resolve(base) {
            let (Abs::Instance(class) | Abs::Class(class)) = abs else { continue };
            let below = program.descendants(class).into_iter().skip(1);
            for owner in program.lineage(class).into_iter().chain(below).take(MOST) {
                for (name, ix) in &program.class(owner).methods {
                    if name.len() > first.len() + last.len() && name.starts_with(first) && name.ends_with(last) {
                        found.push(Abs::Func(program.func_id(program.class_file(owner), *ix), Some(base)));
                    }
                }
            }
        }
        found
    }

    /// A constant text: a literal, a variable that only ever holds one, an attribute that a class declares as one.
    fn text(&mut self, gv: Gv, depth: u32) -> Option<Sym> {
        let depth = depth.checked_sub(1)?;
        let program = self.program;
        match program.kind(gv) {
            ValueKind::Str(text) => Some(text.clone()),
            ValueKind::Typed(inner, _) => self.text(Gv { func: gv.func, value: *inner }, depth),
            ValueKind::Free(name) => match program.free(gv.func, name).as_slice() {
                [one] if *one != gv => self.text(*one, depth),
                _ => None,
            },
            ValueKind::Field(base, name) => {
                let base = Gv { func: gv.func, value: *base };
                let [Abs::Instance(class) | Abs::Class(class)] = *self.resolve(base).as_slice() else { return None };
                let (owner, i) = program.declared_field(class, name)?;
                let default = program.class(owner).fields[i].default?;
                let scope = program.func_id(program.class_file(owner), program.class(owner).scope);
                self.text(Gv { func: scope, value: default }, depth)
            }
            _ => None,
        }
    }
}
