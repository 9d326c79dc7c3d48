//! What calls whose code is not in the tree do with all that they are given.

use super::{Note, Path, PathSeg, Queue, State, Tracer};
use crate::ir::{Call, Sym, ValueKind};
use crate::link::{Abs, Gv};

impl Tracer<'_> {
    pub(super) fn same(&mut self, state: &State, call: &Call, receiver: Option<Gv>, name: &str, queue: &mut Queue) {
        let data = match (self.program.catalogue.first_only(name), receiver) {
            (false, _) => call.args.len(),
            (true, Some(r)) if !self.is_service(r) => 0,
            (true, _) => 1,
        };
        for arg in call.args.iter().take(data) {
            let gv = Gv { func: state.gv.func, value: arg.value };
            // `sorted(xs, key=f)`: what is asked is not data.
            if matches!(self.program.kind(gv), ValueKind::Func(_)) || arg.name.as_deref() == Some("key") {
                continue;
            }
            self.go(state, gv, state.path.clone(), Note::Value, queue);
        }
        if let Some(receiver) = receiver {
            self.go(state, receiver, state.path.clone(), Note::Value, queue);
        }
    }

    /// All of all arguments.
    pub(super) fn arguments(&mut self, state: &State, call: &Call, queue: &mut Queue) {
        self.arguments_at(state, call, &Path::whole(), queue);
    }

    pub(super) fn arguments_at(&mut self, state: &State, call: &Call, whole: &Path, queue: &mut Queue) {
        for arg in &call.args {
            let gv = Gv { func: state.gv.func, value: arg.value };
            // A function handed to a function outside the tree is called, not sent; its result may come back.
            let path = match self.program.kind(gv) {
                ValueKind::Func(_) => Path::of(vec![PathSeg::Ret]),
                _ => whole.clone(),
            };
            self.go(state, gv, path, Note::Value, queue);
        }
    }

    /// The canonical path of a callee outside the tree.
    pub(super) fn external_path(&mut self, callee: Gv) -> Option<Sym> {
        self.resolver.resolve(callee).into_iter().find_map(|abs| match abs {
            Abs::Ext(path) => Some(path),
            _ => None,
        })
    }
}
