//! Imported values that are input as they stand: `from flask_login import current_user`.

use super::{Matcher, input_of};
use crate::catalogue::{InputBy, Lang};
use crate::ir::{Sym, ValueId, ValueKind};
use crate::link::to_u32;

impl Matcher<'_, '_> {
    /// Reads of names that the file imports, where a row names the import itself.
    pub(super) fn imported(&mut self) {
        let file = self.program.file(self.program.file_of(self.func));
        let separator = if self.lang == Lang::Python { '.' } else { '#' };
        let mut inputs: Vec<(Sym, super::Input)> = Vec::new();
        for import in &file.imports {
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
        for (i, value) in self.f.values.iter().enumerate() {
            let ValueKind::Free(name) = &value.kind else { continue };
            if let Some((_, input)) = inputs.iter().find(|(local, _)| local == name) {
                self.out.reads.insert(self.gv(ValueId(to_u32(i))), input.clone());
            }
        }
    }
}
