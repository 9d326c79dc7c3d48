//! Stores into modules and functions: `settings.TOKEN = x` in another file, `os.environ["K"] = x`, `handler.note = x`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileId, FuncId, Gv, ImportTarget, OuterDef, Program, to_u32};
use crate::catalogue::Lang;
use crate::ir::{FnIx, Seg, Sym, ValueKind};

impl Program<'_> {
    /// Note a store of which the first part is a name that an import or a function of a module stands under: as one to a
    /// variable of the module that is imported, or else to the name.
    pub(super) fn index_module_store(
        &self,
        func: FuncId,
        root: &ValueKind,
        path: &[Seg],
        stored: Gv,
        outer: &mut FxHashMap<(FuncId, Sym), Vec<OuterDef>>,
    ) {
        if self.lang(func) != Lang::Python {
            return;
        }
        let file = self.file_of(func);
        let import = match root {
            ValueKind::Import(ix) => Some(*ix),
            ValueKind::Free(name) => {
                let Some(owner) = self.declaring(func, name) else { return };
                match self.function(owner).locals.get(name).map(Vec::as_slice) {
                    Some([one]) => match self.function(owner).kind_of(*one) {
                        ValueKind::Import(ix) => Some(*ix),
                        _ => None,
                    },
                    _ => None,
                }
            }
            ValueKind::Func(ix) => {
                let name = self.file(file).function(*ix).name.clone();
                let def = OuterDef { value: stored, path: path.to_vec(), mutation: false };
                outer.entry((func, name)).or_default().push(def);
                None
            }
            _ => None,
        };
        let Some(ix) = import else { return };
        if let (Some(module), [Seg::Field(name), rest @ ..]) = (self.module_imported(func, ix), path) {
            let owner = self.func_id(module, FnIx(0));
            let def = OuterDef { value: stored, path: rest.to_vec(), mutation: false };
            outer.entry((owner, name.clone())).or_default().push(def);
        } else if matches!(root, ValueKind::Import(_)) {
            let local = self.file(file).imports[ix as usize].local.clone();
            let def = OuterDef { value: stored, path: path.to_vec(), mutation: false };
            outer.entry((func, local)).or_default().push(def);
        }
    }

    /// The files that others import, as a whole or in part.
    #[must_use]
    pub(crate) fn imported_files(&self) -> FxHashSet<FileId> {
        let mut found: FxHashSet<FileId> = self.star_targets.iter().flatten().copied().collect();
        for (i, targets) in self.import_targets.iter().enumerate() {
            let module = self.func_id(FileId(to_u32(i)), FnIx(0));
            for (ix, target) in targets.iter().enumerate() {
                if let ImportTarget::File(file) = target {
                    found.insert(*file);
                }
                found.extend(self.module_imported(module, to_u32(ix)));
            }
        }
        found
    }

    /// The module of the tree that an import stands for.
    pub(crate) fn module_imported(&self, func: FuncId, ix: u32) -> Option<FileId> {
        let file = self.file_of(func);
        let import = &self.file(file).imports[ix as usize];
        match (self.import_target(file, ix), &import.name) {
            (ImportTarget::File(target), None) => Some(*target),
            (_, Some(name)) => {
                let dotted = if import.module.ends_with('.') {
                    format!("{}{name}", import.module)
                } else {
                    format!("{}.{name}", import.module)
                };
                self.resolve_module(file, &dotted)
            }
            (ImportTarget::External, None) => None,
        }
    }
}
