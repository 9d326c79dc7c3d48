//! What functions of one module put into a value that another module declares and exports: `import { cache } from "./state"`,
//! then `cache.name = x`.

use rustc_hash::FxHashMap;

use super::{FuncId, OuterDef, Program};
use crate::ir::{FnKind, Sym, ValueKind};

impl Program<'_> {
    /// Count the writes to an imported name for the name that it is in its own module.
    pub(super) fn share_imported(&self, outer: &mut FxHashMap<(FuncId, Sym), Vec<OuterDef>>) {
        let mut shared: Vec<((FuncId, Sym), (FuncId, Sym))> = Vec::new();
        for (owner, name) in outer.keys().filter(|(owner, _)| self.function(*owner).kind == FnKind::Module) {
            for value in self.function(*owner).locals.get(name).into_iter().flatten() {
                let here = super::Gv { func: *owner, value: *value };
                if !matches!(self.kind(here), ValueKind::Import(_)) {
                    continue;
                }
                for there in self.imported(here) {
                    let module = self.function(there.func);
                    let is_it = |value: &crate::ir::ValueId| *value == there.value;
                    if let Some((own, _)) = module.exit.iter().find(|(_, value)| is_it(value)) {
                        shared.push(((*owner, name.clone()), (there.func, own.clone())));
                    }
                }
            }
        }
        shared.sort();
        for (from, to) in shared {
            let defs: Vec<OuterDef> =
                outer.get(&from).into_iter().flatten().filter(|d| !d.path.is_empty() || d.mutation).cloned().collect();
            outer.entry(to).or_default().extend(defs);
        }
    }
}
