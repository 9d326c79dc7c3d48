//! Imported values that are input as they stand: `from flask_login import current_user`.

use super::{Matcher, input_of};
use crate::catalogue::{InputBy, Lang};
use crate::ir::{FnKind, Sym, ValueId, ValueKind};
use crate::link::{Gv, to_u32};

impl Matcher<'_, '_> {
    /// Reads of names that the file imports, where a row names the import itself: of all its functions at once, as they
    /// share their imports.
    pub(super) fn imported(&mut self) {
        if self.f.kind != FnKind::Module {
            return;
        }
        let program = self.program;
        let file = program.file_of(self.func);
        let separator = if self.lang == Lang::Python { '.' } else { '#' };
        let mut inputs: Vec<(Sym, super::Input)> = Vec::new();
        for import in &program.file(file).imports {
            let Some(name) = &import.name else { continue };
            let path = format!("{}{separator}{name}", import.module);
            let rows = self.catalogue.inputs_by(self.lang, InputBy::Attribute, Some(&path), &[]);
            if let Some(row) = rows.into_iter().find(|r| self.concerns(&r.with_import, Some(&path))) {
                inputs.push((import.local.clone(), input_of(row)));
            }
        }
        if inputs.is_empty() {
            return;
        }
        for func in program.functions_of(file) {
            for (i, value) in program.function(func).values.iter().enumerate() {
                let ValueKind::Free(name) = &value.kind else { continue };
                if let Some((_, input)) = inputs.iter().find(|(local, _)| local == name) {
                    self.out.reads.insert(Gv { func, value: ValueId(to_u32(i)) }, input.clone());
                }
            }
        }
    }
}
