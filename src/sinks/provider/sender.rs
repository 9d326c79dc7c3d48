//! Calls whose content a constructor prepares: the client that sends it knows the region and the host.

use super::Finding;
use crate::catalogue::CallRow;
use crate::ir::ValueKind;
use crate::link::{Abs, Gv};
use crate::sinks::Sink;

impl Finding<'_, '_> {
    /// The client that sends what a constructor prepared says where: `client.send(new ConverseCommand({ … }))`.
    fn sender_of(&self, prepared: Gv, row: &CallRow) -> Option<Gv> {
        let f = self.program.function(prepared.func);
        f.values.iter().find_map(|value| {
            let ValueKind::Call(call) = &value.kind else { return None };
            let ValueKind::Field(receiver, method) = f.kind_of(call.callee) else { return None };
            let sends = row.sent_by.iter().any(|name| *name == **method);
            let this = call.args.iter().any(|arg| arg.value == prepared.value);
            (sends && this).then_some(Gv { func: prepared.func, value: *receiver })
        })
    }

    pub(super) fn sender(&mut self, sink: &Sink, row: &CallRow) {
        let Some(receiver) = self.sender_of(sink.gv, row) else { return };
        for abs in self.tracer.resolver.resolve(receiver) {
            let Abs::Typed { ty, site: Some(site), .. } = abs else { continue };
            let ValueKind::Call(made) = self.program.kind(site) else { continue };
            let client = self.program.catalogue.type_row(ty);
            self.region_from(site, made, &client.region, 0);
            if self.out.endpoint.is_none() {
                let provider = self.out.provider.clone();
                let hosts = self.endpoint_from(site, made, &client.base_url, 0, &client.provider);
                if hosts.is_empty() {
                    self.out.provider = provider;
                }
            }
        }
    }
}
