//! Safeguards at calls: by the user's rows, by the names of the repository's own functions, by the rows of libraries.

use super::{Guard, Matcher, is_only};
use crate::catalogue::SafeguardRow;
use crate::ir::{Call, Sym, ValueId, ValueKind};
use crate::link::Gv;

impl<'p> Matcher<'_, 'p> {
    /// Keep the safeguard that a call is. Whether that is all there is to say of it, as of a function of the repository.
    pub(super) fn guarded(&mut self, gv: Gv, call: &'p Call, path: Option<&str>, words: &[&str]) -> bool {
        let own = self.program.call_graph.functions(gv).next().is_some();
        let guard = self.guard(gv, call, path, words);
        let is = guard.is_some();
        self.out.guards.extend(guard.map(|guard| (gv, guard)));
        own || is
    }

    fn guard(&mut self, gv: Gv, call: &'p Call, path: Option<&str>, words: &[&str]) -> Option<Guard> {
        for (n, row) in self.config.safeguards.iter().enumerate() {
            if is_only(self.program, gv, words, &row.call) {
                self.out.matched.insert(format!("safeguard {n}"));
                let (kind, name) = (Sym::from(row.kind.as_str()), Sym::from(row.call.as_str()));
                return Some(Guard { kind, name, clears: true, drop: row.drop, receiver: false });
            }
        }
        if let Some(func) = self.program.call_graph.functions(gv).next() {
            let name = self.program.function(func).name.clone();
            // A call that may be of others too is none.
            let only = self.program.call_graph.functions(gv).count() == 1;
            let row = self.catalogue.safeguard_by_name(self.lang, &name).filter(|_| only);
            return row.map(|row| of_row(row, name, false));
        }
        let row = self.catalogue.safeguard(self.lang, path, words)?;
        let shown = row.evidence.is_empty() || self.shows(call, row);
        let name = Sym::from(words.last().copied().unwrap_or_default());
        let receiver = row.args.iter().any(|a| a == "self") || call.args.iter().all(|a| self.is_constant(a.value));
        shown.then(|| of_row(row, name, receiver))
    }

    /// Whether the pattern or the replacement says that it takes out personal data: `re.sub(EMAIL, "[EMAIL]", text)`.
    fn shows(&self, call: &Call, row: &SafeguardRow) -> bool {
        let receiver = match self.f.kind_of(call.callee) {
            ValueKind::Field(base, _) => Some(*base),
            _ => None,
        };
        let places = call.args.iter().take(2).map(|a| a.value).chain(receiver);
        places.flat_map(|value| self.texts(value)).any(|text| row.evidence.iter().any(|e| text.contains(e.as_str())))
    }

    fn is_constant(&self, value: ValueId) -> bool {
        matches!(self.f.kind_of(value), ValueKind::Str(_) | ValueKind::Num(_) | ValueKind::Bool(_) | ValueKind::Null)
    }

    /// The texts of a constant, of a pattern that is compiled, and of the name of either.
    fn texts(&self, value: ValueId) -> Vec<Sym> {
        let named = match self.f.kind_of(value) {
            ValueKind::Free(name) => self.program.free(self.func, name),
            ValueKind::Import(_) => self.program.imported(self.gv(value)),
            _ => vec![self.gv(value)],
        };
        let text = |gv: Gv| match self.program.kind(gv) {
            ValueKind::Str(text) => Some(text.clone()),
            ValueKind::Call(made) => match self.program.kind(Gv { func: gv.func, value: made.args.first()?.value }) {
                ValueKind::Str(text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        named.into_iter().filter_map(text).collect()
    }
}

fn of_row(row: &SafeguardRow, name: Sym, receiver: bool) -> Guard {
    Guard { kind: Sym::from(row.kind.as_str()), name, clears: row.clears, drop: false, receiver }
}
