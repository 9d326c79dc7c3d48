//! Clients on an object that is not known: `app` in `app.OPENAI_CLIENT.responses.create`.

use super::Finding;
use crate::catalogue::{CallRow, TypeIx};
use crate::ir::{Call, Seg, Sym, ValueKind};
use crate::link::{Abs, Gv};
use crate::sinks::{Sink, names};

impl Finding<'_, '_> {
    /// The clients that the program stores under the attribute's name, where one file alone stores any there.
    pub(super) fn by_attribute(&mut self, sink: &Sink, call: &Call, row: &CallRow) -> Vec<(TypeIx, Option<Gv>)> {
        let names = names(self.program, Gv { func: sink.gv.func, value: call.callee });
        let ends = |chain: &&String| {
            let parts: Vec<&str> = chain.split('.').collect();
            names.len() > parts.len() + 1 && names.iter().rev().zip(parts.iter().rev()).all(|(n, p)| **n == **p)
        };
        let Some(chain) = row.chain.iter().find(ends) else { return Vec::new() };
        let attribute = &names[names.len() - chain.split('.').count() - 1];
        let mut clients = Vec::new();
        for value in self.stored_under(attribute) {
            for abs in self.tracer.resolver.resolve(value) {
                let Abs::Typed { ty, site: Some(site), .. } = abs else { continue };
                let id = &self.program.catalogue.type_row(ty).id;
                if (row.on == *id || row.also.contains(id)) && !clients.contains(&(ty, Some(site))) {
                    clients.push((ty, Some(site)));
                }
            }
        }
        clients
    }

    fn stored_under(&self, attribute: &Sym) -> Vec<Gv> {
        let program = self.program;
        let mut stored = Vec::new();
        for func in program.functions().filter(|f| !program.in_test(*f)) {
            for value in &program.function(func).values {
                if let ValueKind::Update { path, value, .. } = &value.kind
                    && let [Seg::Field(name)] = path.as_slice()
                    && name == attribute
                {
                    stored.push(Gv { func, value: *value });
                }
            }
        }
        let one_file = stored.windows(2).all(|pair| program.file_of(pair[0].func) == program.file_of(pair[1].func));
        if one_file { stored } else { Vec::new() }
    }
}
