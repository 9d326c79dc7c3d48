//! Providers by what they are called: the name of a model, its prefix, or the name of the provider itself.

use super::Finding;
use super::candidates::Found;
use crate::catalogue::ModelProvider;
use crate::ir::Call;
use crate::link::Gv;
use crate::trace::Constant;

impl Finding<'_, '_> {
    /// The provider by its name: `provider="together"`.
    pub(super) fn by_name(
        &mut self,
        gv: Gv,
        call: &Call,
        paths: &[String],
        table: &str,
        skip: usize,
        found: &mut Vec<Found>,
    ) {
        if table.is_empty() {
            return;
        }
        let before = found.len();
        for constant in self.constants(gv, call, paths, skip).iter().filter(|c| !c.setting) {
            self.named_model(constant, Some(table), found);
        }
        found.iter_mut().skip(before).for_each(|f| f.model = None);
    }

    pub(super) fn by_model(
        &mut self,
        gv: Gv,
        call: &Call,
        paths: &[String],
        table: Option<&str>,
        found: &mut Vec<Found>,
    ) {
        for constant in self.constants(gv, call, paths, 0) {
            if !constant.setting {
                self.named_model(&constant, table, found);
            }
        }
    }

    pub(super) fn named_model(&mut self, constant: &Constant, table: Option<&str>, found: &mut Vec<Found>) -> bool {
        let catalogue = self.program.catalogue;
        let named = match table {
            Some(_) => catalogue.model_provider(table, &constant.text),
            None => catalogue.creator(&constant.text).map(|provider| ModelProvider { provider, gateway: None }),
        };
        let Some(named) = named else { return false };
        found.push(Found {
            provider: named.provider,
            // Parts of a template may not belong together: the prefix counts, the name does not.
            model: (!constant.composed).then(|| constant.text.to_string()),
            at: Some(constant.at),
            store: false,
        });
        self.out.gateway = self.out.gateway.take().or(named.gateway);
        true
    }
}
