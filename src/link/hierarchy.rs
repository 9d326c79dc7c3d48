//! Classes and their bases, and what code puts into classes themselves.

use rustc_hash::FxHashMap;

use super::{AttrStore, ClassId, FuncId, Gv, Program};
use crate::ir::{FnKind, Seg, Sym, ValueKind};

impl Program<'_> {
    /// The class and its bases inside the tree, in the order in which members are looked up: depth first, and a base that
    /// several share after all of these.
    #[must_use]
    pub(crate) fn lineage(&self, class: ClassId) -> Vec<ClassId> {
        let bases = |c: ClassId| self.base_classes.get(c.0 as usize).map_or(&[][..], Vec::as_slice);
        let mut seen = vec![class];
        let mut open: Vec<ClassId> = bases(class).iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            if seen.len() >= 32 {
                break;
            }
            seen.push(at);
            open.extend(bases(at).iter().rev().copied());
        }
        if seen.len() > 2 {
            let mut order: Vec<ClassId> = Vec::with_capacity(seen.len());
            for at in seen.into_iter().rev() {
                if !order.contains(&at) {
                    order.push(at);
                }
            }
            order.reverse();
            return order;
        }
        seen
    }

    /// The method that `super().name` means in a method of `owner`, called on an instance of `class`.
    #[must_use]
    pub(crate) fn next_method(&self, class: ClassId, owner: ClassId, name: &str) -> Option<FuncId> {
        self.lineage(class).into_iter().skip_while(|c| *c != owner).skip(1).find_map(|c| {
            let ix = self.class(c).methods.get(name)?;
            Some(self.func_id(self.class_file(c), *ix))
        })
    }

    /// The class and everything derived from it, itself first.
    #[must_use]
    pub(crate) fn descendants(&self, class: ClassId) -> Vec<ClassId> {
        let mut seen = vec![class];
        let mut at = 0;
        while at < seen.len() && seen.len() < 64 {
            for sub in self.subclasses.get(&seen[at]).into_iter().flatten() {
                if !seen.contains(sub) {
                    seen.push(*sub);
                }
            }
            at += 1;
        }
        seen
    }

    /// What is stored to attributes of the classes themselves.
    pub(super) fn index_class_stores(&mut self) {
        let mut class_stores: FxHashMap<(ClassId, Sym), Vec<AttrStore>> = FxHashMap::default();
        for func in self.functions() {
            let f = self.function(func);
            for value in &f.values {
                let ValueKind::Update { base, path, value: stored, .. } = &value.kind else { continue };
                let [Seg::Field(name), rest @ ..] = path.as_slice() else { continue };
                let class = match self.root(f, *base) {
                    Some((ValueKind::Class(ix), prefix)) if prefix.is_empty() => {
                        Some(self.class_id(self.file_of(func), *ix))
                    }
                    Some((ValueKind::Free(n), prefix)) if prefix.is_empty() => {
                        let owner = self.declaring(func, n);
                        let of_class = self.captured_receiver(func, n, FnKind::ClassMethod);
                        of_class.or_else(|| {
                            owner.and_then(|o| match self.definitions(o, n).as_slice() {
                                [one] => match self.root(self.function(one.func), one.value) {
                                    Some((ValueKind::Class(ix), _)) => Some(self.class_id(self.file_of(one.func), *ix)),
                                    Some((ValueKind::Import(_), prefix)) if prefix.is_empty() => {
                                        self.imported(*one).iter().find_map(|gv| match self.kind(*gv) {
                                            ValueKind::Class(ix) => Some(self.class_id(self.file_of(gv.func), *ix)),
                                            _ => None,
                                        })
                                    }
                                    _ => None,
                                },
                                _ => None,
                            })
                        })
                    }
                    Some((ValueKind::Param(0), prefix)) if prefix.is_empty() && f.kind == FnKind::ClassMethod => {
                        self.class_of(func)
                    }
                    _ => None,
                };
                if let Some(class) = class {
                    let store = AttrStore { value: Gv { func, value: *stored }, rest: rest.to_vec() };
                    class_stores.entry((class, name.clone())).or_default().push(store);
                }
            }
        }
        self.class_stores = class_stores;
    }

    /// The class whose `self`, or `cls`, a captured name is.
    pub(super) fn captured_receiver(&self, func: FuncId, name: &str, kind: FnKind) -> Option<ClassId> {
        if self.lang(func) != crate::catalogue::Lang::Python {
            return None;
        }
        let owner = self.declaring(func, name)?;
        let f = self.function(owner);
        let is_first = f.params.first().is_some_and(|p| &*p.name == name);
        if f.kind == kind && is_first { self.class_of(owner) } else { None }
    }
}
