//! Methods outside the tree that change what they are called on, or what they are given.

use super::{Path, PathSeg, Tracer};
use crate::ir::{Call, Spread, ValueId, ValueKind};
use crate::link::Gv;

impl Tracer<'_> {
    pub(super) fn is_mutation(&self, call: Gv, c: &Call) -> bool {
        match self.program.kind(Gv { func: call.func, value: c.callee }) {
            ValueKind::Field(_, name) => self.program.catalogue.is_mutator(name),
            _ => false,
        }
    }

    pub(super) fn mutates_first(&mut self, call: Gv) -> bool {
        let ValueKind::Call(c) = self.program.kind(call) else { return false };
        let callee = Gv { func: call.func, value: c.callee };
        self.external_path(callee).is_some_and(|p| self.program.catalogue.puts_into_first(&p))
    }

    /// What a mutating method puts into its receiver, at the path that is asked of it.
    pub(super) fn mutated(&mut self, call: Gv, c: &Call, path: &Path) -> Vec<(Gv, Path)> {
        let program = self.program;
        let at = |value: ValueId| Gv { func: call.func, value };
        let ValueKind::Field(_, name) = program.kind(at(c.callee)) else { return Vec::new() };
        let whole = program.catalogue.mutates_whole(name);
        let keyed = match (c.args.len(), c.args.first().map(|a| program.kind(at(a.value)))) {
            (2, Some(ValueKind::Str(key))) => Some(key.clone()),
            _ => None,
        };
        if let (Some(key), "setdefault", ValueKind::Field(object, _)) = (&keyed, &**name, program.kind(at(c.callee)))
            && self.has_member(at(*object), key)
        {
            return Vec::new();
        }
        if let Some(key) = keyed {
            // `map.set("k", v)`, `d.setdefault("k", v)`, `form.append("k", v)`
            return match path.first() {
                Some(PathSeg::Field(asked, _)) if *asked != key => Vec::new(),
                None => vec![(at(c.args[1].value), Path::whole())],
                Some(PathSeg::Iter) => match path.segs().get(1) {
                    Some(PathSeg::Field(n, _)) if &**n == "0" => Vec::new(),
                    Some(_) => vec![(at(c.args[1].value), path.rest().rest())],
                    None => vec![(at(c.args[1].value), Path::whole())],
                },
                _ => vec![(at(c.args[1].value), path.rest())],
            };
        }
        if let ("extend", [list], Some(PathSeg::Field(n, _))) = (&**name, c.args.as_slice(), path.first())
            && n.parse::<i64>().is_ok()
        {
            return vec![(at(list.value), path.rest().prefixed(PathSeg::Elem))];
        }
        if &**name == "add_note" {
            let notes = matches!(path.first(), Some(PathSeg::Field(asked, _)) if &**asked == "__notes__");
            let first = c.args.first().filter(|_| notes);
            return first.map(|a| (at(a.value), path.rest().rest())).into_iter().collect();
        }
        if let [key, value] = c.args.as_slice()
            && (program.catalogue.replaces(name) || &**name == "setdefault")
            && key.name.is_none()
            && matches!(path.first(), Some(PathSeg::Elem | PathSeg::Field(..)))
            && !matches!(path.first(), Some(PathSeg::Field(n, _)) if &**n == crate::ir::KEYS)
        {
            // A key that is not constant is no part of what is kept under it.
            return vec![(at(value.value), path.rest())];
        }
        if let [key, value] = c.args.as_slice()
            && program.catalogue.replaces(name)
            && key.name.is_none()
        {
            // The keys of what it is put into, and its entries.
            match (path.first(), path.segs().get(1)) {
                (Some(PathSeg::Field(n, _)), _) if &**n == crate::ir::KEYS => {
                    return vec![(at(key.value), path.rest().rest())];
                }
                (Some(PathSeg::Iter), Some(PathSeg::Field(n, _))) => {
                    let of = if &**n == "0" { key } else { value };
                    return vec![(at(of.value), path.rest().rest())];
                }
                _ => {}
            }
        }
        c.args
            .iter()
            .filter_map(|arg| match (&arg.name, path.first()) {
                // `d.update(email=x)`
                (Some(name), Some(PathSeg::Field(asked, _))) if whole => {
                    (name == asked).then(|| (at(arg.value), path.rest()))
                }
                (_, None) => Some((at(arg.value), Path::whole())),
                _ if whole => Some((at(arg.value), path.clone())),
                _ => {
                    let inner = if arg.spread == Spread::Positional { path.clone() } else { path.rest() };
                    Some((at(arg.value), inner))
                }
            })
            .collect()
    }
}
