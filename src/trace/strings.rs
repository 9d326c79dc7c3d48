//! The same walk, asked for constants: which model, which host, which setting.

use super::{Exit, Path, Queue, Scope, State, Tracer};
use crate::inventory::Confidence;
use crate::ir::{Call, Sym, ValueId, ValueKind};
use crate::link::{Abs, Gv};

/// A literal that a value may be, or the name of the setting that decides it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constant {
    /// Holes of templates are `{}`.
    pub(crate) text: Sym,
    /// The environment variable or configuration key.
    pub(crate) setting: bool,
    pub(crate) at: Gv,
}

impl Tracer<'_> {
    /// The literals that a value may be, nearest first.
    pub(crate) fn constants(&mut self, gv: Gv, path: Path) -> Vec<Constant> {
        let before = std::mem::replace(&mut self.constants, true);
        let summaries = std::mem::take(&mut self.summaries);
        let found = self.constants_within(gv, path);
        self.summaries = summaries;
        self.constants = before;
        found
    }

    fn constants_within(&mut self, gv: Gv, path: Path) -> Vec<Constant> {
        let start = State { gv, path, chain: None, confidence: Confidence::High, guarded: false, declared: false };
        let mut found = Vec::new();
        for exit in self.explore(vec![start], Scope::Top) {
            if let Exit::Text { constant, .. } = exit
                && !found.contains(&constant)
            {
                found.push(constant);
            }
        }
        found
    }

    pub(super) fn literal(&mut self, state: &State, text: &Sym, queue: &mut Queue) {
        if self.constants && state.path.is_whole() {
            let constant = Constant { text: text.clone(), setting: false, at: state.gv };
            queue.exits.push(Exit::Text { constant, end: state.end() });
        }
    }

    /// A template: its literal parts, with what its holes are where that is one constant.
    pub(super) fn template(&mut self, state: &State, parts: &[ValueId], scope: Scope, queue: &mut Queue) {
        if !state.path.is_whole() || self.depth > 6 {
            return;
        }
        let mut text = String::new();
        for part in parts {
            let gv = Gv { func: state.gv.func, value: *part };
            if let ValueKind::Str(s) = self.program.kind(gv) {
                text.push_str(s);
                continue;
            }
            self.depth += 1;
            let inner = self.constants_within(gv, Path::whole());
            self.depth -= 1;
            match inner.iter().find(|c| !c.setting) {
                Some(constant) => text.push_str(&constant.text),
                None => text.push_str("{}"),
            }
        }
        let constant = Constant { text: Sym::from(text), setting: false, at: state.gv };
        queue.exits.push(Exit::Text { constant, end: state.end() });
        let _ = scope;
    }

    /// `os.getenv("X", default)`: the setting, and its default.
    pub(super) fn setting(&mut self, state: &State, call: &Call, queue: &mut Queue) -> bool {
        let callee = Gv { func: state.gv.func, value: call.callee };
        let Some(path) = self.external_path(callee) else { return false };
        if !self.program.catalogue.reads_setting(&path) {
            return false;
        }
        let at = |value: ValueId| Gv { func: state.gv.func, value };
        if let Some(arg) = call.args.first()
            && let ValueKind::Str(name) = self.program.kind(at(arg.value))
        {
            let constant = Constant { text: name.clone(), setting: true, at: state.gv };
            queue.exits.push(Exit::Text { constant, end: state.end() });
        }
        for arg in call.args.iter().skip(1) {
            self.go(state, at(arg.value), state.path.clone(), super::Note::Value, queue);
        }
        true
    }

    /// `process.env.X`, `os.environ["X"]`.
    pub(super) fn setting_read(&mut self, state: &State, queue: &mut Queue) -> bool {
        for abs in self.resolver.resolve(state.gv) {
            if let Abs::Ext(path) = abs
                && let Some(name) = self.program.catalogue.setting_name(&path)
            {
                let constant = Constant { text: Sym::from(name), setting: true, at: state.gv };
                queue.exits.push(Exit::Text { constant, end: state.end() });
                return true;
            }
        }
        false
    }
}
