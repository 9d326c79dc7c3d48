//! Attributes of classes themselves, in the order in which they are written and read.

use std::rc::Rc;

use super::Tracer;
use super::order::{may_precede, precedes};
use crate::ir::{FnKind, Function, Seg, Sym, ValueId, ValueKind};
use crate::link::{AttrStore, CallSite, ClassId, Gv};

impl Tracer<'_> {
    /// The stores to an attribute of a class itself that a read of it may see.
    pub(super) fn class_stores_seen(
        &mut self,
        asked: ClassId,
        owner: ClassId,
        name: &Sym,
        read: Option<Gv>,
    ) -> Vec<AttrStore> {
        let program = self.program;
        let stores = program.class_stores(owner, name);
        if self.constants || stores.is_empty() {
            return stores.to_vec();
        }
        let stores: Vec<AttrStore> = stores.iter().filter(|s| self.is_for(asked, s)).cloned().collect();
        let frame = program.func_id(program.class_file(owner), program.class(owner).scope);
        let moments = match read {
            Some(read) if read.func == frame => Some(Rc::from([read.value])),
            Some(read) => self.read_moments(read.func, frame),
            None => None,
        };
        let Some(moments) = moments else { return stores };
        let f = program.function(frame);
        let whens: Vec<Option<Rc<[ValueId]>>> = stores
            .iter()
            .map(|store| match store.value.func == frame {
                true => stored_at(f, name, store.value.value).map(|at| Rc::from([at])),
                false => self.moments(store.value.func, frame),
            })
            .collect();
        let since = |at: ValueId| {
            let own = |(store, when): (&AttrStore, &Option<Rc<[ValueId]>>)| match when.as_deref() {
                Some([when]) if store.value.func == frame && store.rest.is_empty() && precedes(f, *when, at) => {
                    Some(*when)
                }
                _ => None,
            };
            stores.iter().zip(&whens).filter_map(own).max()
        };
        let sees = |at: ValueId, when: ValueId| {
            may_precede(f, when, at) && since(at).is_none_or(|since| when >= since || when > at)
        };
        let kept = stores.iter().zip(&whens).filter(|(_, when)| {
            when.as_ref().is_none_or(|when| moments.iter().any(|at| when.iter().any(|when| sees(*at, *when))))
        });
        kept.map(|(store, _)| store.clone()).collect()
    }

    /// Whether a class method that stores to its class may be called on the one that is asked for, or one above it.
    fn is_for(&self, asked: ClassId, store: &AttrStore) -> bool {
        let program = self.program;
        let func = store.value.func;
        if program.function(func).kind != FnKind::ClassMethod {
            return true;
        }
        let above = program.lineage(asked);
        let callers = self.calls.callers(func);
        let may_be = |site: &CallSite| {
            let ValueKind::Call(call) = program.kind(site.call) else { return true };
            let ValueKind::Field(base, _) = program.kind(Gv { func: site.call.func, value: call.callee }) else {
                return true;
            };
            let on = program.origin(Gv { func: site.call.func, value: *base });
            match program.kind(on) {
                ValueKind::Class(ix) => above.contains(&program.class_id(program.file_of(on.func), *ix)),
                _ => true,
            }
        };
        callers.is_empty() || callers.iter().any(may_be)
    }
}

/// The place of `C.name = value`.
fn stored_at(f: &Function, name: &Sym, value: ValueId) -> Option<ValueId> {
    let store = |kind: &ValueKind| {
        matches!(kind, ValueKind::Update { path, value: stored, .. }
        if *stored == value && matches!(path.first(), Some(Seg::Field(n)) if n == name))
    };
    let mut places = f.values.iter().enumerate().filter(|(_, v)| store(&v.kind)).map(|(i, _)| i);
    let first = places.next()?;
    if places.next().is_some() {
        return None;
    }
    u32::try_from(first).ok().map(ValueId)
}
