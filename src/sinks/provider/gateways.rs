//! Gateways: who runs the model behind one, and one that is a branch among others.

use super::Finding;
use super::candidates::Found;
use crate::catalogue::CallRow;
use crate::ir::Call;
use crate::sinks::Sink;

impl Finding<'_, '_> {
    /// A gateway in one branch is a recipient beside the clients of the others.
    pub(super) fn other_gateways(&mut self, found: &mut Vec<Found>) {
        let gateways = std::mem::take(&mut self.gateways);
        if !found.is_empty() && !gateways.is_empty() {
            self.out.gateway = None;
            found.extend(gateways);
        }
    }

    /// Behind a gateway, whose models the request names: who runs them receives the data too.
    pub(super) fn downstream(&mut self, sink: &Sink, call: &Call, row: &CallRow) {
        let gateway = self.out.provider.clone();
        if !self.program.catalogue.is_gateway(&gateway) {
            return;
        }
        let mut found = Vec::new();
        let mut models: Vec<String> = self.out.model.clone().into_iter().filter(|m| !m.starts_with('$')).collect();
        models.extend(
            self.constants(sink.gv, call, &row.model, sink.skip)
                .iter()
                .filter(|c| !c.setting)
                .map(|c| c.text.to_string()),
        );
        for model in models {
            found.extend(self.program.catalogue.creator(&model));
        }
        found.sort();
        found.dedup();
        for provider in found.into_iter().filter(|p| *p != gateway) {
            self.also(&provider, "model");
        }
    }
}
