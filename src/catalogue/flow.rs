//! Inputs, safeguards, outputs and what passes through: indices over their rows.

use super::load::Catalogue;
use super::pattern::{PathIndex, glob};
use super::rows::{CatalogueFile, FileRow, InputRow, Lang, OutputRow, SafeguardRow, SchemaRow, TransparentRow};

#[derive(Debug, Default)]
pub(super) struct FlowOfLang {
    input_calls: PathIndex,
    input_attributes: PathIndex,
    input_decorators: PathIndex,
    input_callbacks: PathIndex,
    input_types: PathIndex,
    input_param_decorators: PathIndex,
    input_param_defaults: PathIndex,
    input_bases: PathIndex,
    safeguards: PathIndex,
    outputs: PathIndex,
    returned_by: PathIndex,
    none: PathIndex,
    receiver: PathIndex,
    first: PathIndex,
    transparent: PathIndex,
    schemas: PathIndex,
    store_set: PathIndex,
    store_get: PathIndex,
    store_object: PathIndex,
    files: PathIndex,
}

#[derive(Debug, Default)]
pub(super) struct FlowIndex {
    langs: [FlowOfLang; 2],
}

fn langs(lang: Option<Lang>) -> impl Iterator<Item = usize> {
    [Lang::Python, Lang::Js].into_iter().filter(move |l| lang.is_none_or(|only| only == *l)).map(|l| l as usize)
}

impl FlowIndex {
    pub(super) fn new(rows: &CatalogueFile) -> FlowIndex {
        fn fill(to: &mut PathIndex, patterns: &[String], row: u32) {
            patterns.iter().for_each(|p| to.add(p, row));
        }
        let mut ix = FlowIndex::default();
        for (i, row) in (0..).zip(&rows.input) {
            let of = &mut ix.langs[row.lang as usize];
            fill(&mut of.input_calls, &row.call, i);
            fill(&mut of.input_attributes, &row.attribute, i);
            fill(&mut of.input_decorators, &row.decorator, i);
            fill(&mut of.input_callbacks, &row.callback, i);
            fill(&mut of.input_types, &row.param_type, i);
            fill(&mut of.input_param_decorators, &row.param_decorator, i);
            fill(&mut of.input_param_defaults, &row.param_default, i);
            fill(&mut of.input_bases, &row.class_base, i);
        }
        for (i, row) in (0..).zip(&rows.safeguard) {
            langs(row.lang).for_each(|l| fill(&mut ix.langs[l].safeguards, &row.call, i));
        }
        for (i, row) in (0..).zip(&rows.output) {
            let of = &mut ix.langs[row.lang as usize];
            fill(&mut of.outputs, &row.call, i);
            fill(&mut of.returned_by, &row.returned_by, i);
        }
        for (i, row) in (0..).zip(&rows.passes) {
            langs(row.lang).for_each(|l| fill(&mut ix.langs[l].none, &row.none, i));
        }
        for (i, row) in (0..).zip(&rows.mutates) {
            langs(row.lang).for_each(|l| {
                fill(&mut ix.langs[l].receiver, &row.receiver, i);
                fill(&mut ix.langs[l].first, &row.first, i);
            });
        }
        for (i, row) in (0..).zip(&rows.transparent) {
            fill(&mut ix.langs[row.lang as usize].transparent, &row.call, i);
        }
        for (i, row) in (0..).zip(&rows.schema) {
            fill(&mut ix.langs[row.lang as usize].schemas, &row.call, i);
        }
        for (i, row) in (0..).zip(&rows.file) {
            fill(&mut ix.langs[row.lang as usize].files, &row.call, i);
        }
        for (i, row) in (0..).zip(&rows.store) {
            let of = &mut ix.langs[row.lang as usize];
            fill(&mut of.store_set, &row.set, i);
            fill(&mut of.store_get, &row.get, i);
            fill(&mut of.store_object, &row.object, i);
        }
        for of in &mut ix.langs {
            for index in [
                &mut of.input_calls,
                &mut of.input_attributes,
                &mut of.input_decorators,
                &mut of.input_callbacks,
                &mut of.input_types,
                &mut of.input_param_decorators,
                &mut of.input_param_defaults,
                &mut of.input_bases,
                &mut of.safeguards,
                &mut of.outputs,
                &mut of.returned_by,
                &mut of.none,
                &mut of.receiver,
                &mut of.first,
                &mut of.transparent,
                &mut of.schemas,
                &mut of.store_set,
                &mut of.store_get,
                &mut of.store_object,
                &mut of.files,
            ] {
                index.finish();
            }
        }
        ix
    }
}

/// Which part of an input row is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputBy {
    Call,
    Attribute,
    Decorator,
    Callback,
    ParamType,
    ParamDecorator,
    ParamDefault,
    ClassBase,
}

/// Which keyed store access is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreBy {
    Set,
    Get,
    Object,
}

/// In these look-ups `path` is the full import path of what is called or read, where it is known, and `names` are the
/// names of the chain as written (`["request", "form"]`), without `()`.
impl Catalogue {
    fn flow(&self, lang: Lang) -> &FlowOfLang {
        &self.index.flow.langs[lang as usize]
    }

    /// Input rows that fit, the closest first. The caller checks `with_import`.
    #[must_use]
    pub fn inputs_by(&self, lang: Lang, by: InputBy, path: Option<&str>, names: &[&str]) -> Vec<&InputRow> {
        let of = self.flow(lang);
        let index = match by {
            InputBy::Call => &of.input_calls,
            InputBy::Attribute => &of.input_attributes,
            InputBy::Decorator => &of.input_decorators,
            InputBy::Callback => &of.input_callbacks,
            InputBy::ParamType => &of.input_types,
            InputBy::ParamDecorator => &of.input_param_decorators,
            InputBy::ParamDefault => &of.input_param_defaults,
            InputBy::ClassBase => &of.input_bases,
        };
        let exact = path.and_then(|p| index.by_path(p));
        let rows = exact.into_iter().chain(index.by_names(names));
        rows.map(|i| &self.inputs[i as usize]).collect()
    }

    /// A safeguard of a library.
    #[must_use]
    pub fn safeguard(&self, lang: Lang, path: Option<&str>, names: &[&str]) -> Option<&SafeguardRow> {
        self.flow(lang).safeguards.find(path, names).map(|i| &self.safeguards[i as usize])
    }

    /// The safeguards that stand before calls without being on the way of a value.
    pub(crate) fn safeguards_beside(&self, lang: Lang) -> impl Iterator<Item = &SafeguardRow> {
        let beside = |r: &&SafeguardRow| !r.argument.is_empty() || !r.covers.is_empty();
        self.safeguards.iter().filter(beside).filter(move |r| r.lang.is_none_or(|l| l == lang))
    }

    /// A function of the repository that is a safeguard by its name: `redactPii`, `mask_email`.
    #[must_use]
    pub fn safeguard_by_name(&self, lang: Lang, name: &str) -> Option<&SafeguardRow> {
        let name = snake(name);
        self.safeguards.iter().filter(|r| r.lang.is_none_or(|l| l == lang)).find(|row| {
            row.name.iter().any(|p| glob(p, &name, b""))
                && !name.split('_').any(|word| row.not.iter().any(|n| n == word))
        })
    }

    /// What a call does with a value. The caller checks `with_import`.
    #[must_use]
    pub fn outputs_by_call(&self, lang: Lang, path: Option<&str>, names: &[&str]) -> Vec<&OutputRow> {
        let index = &self.flow(lang).outputs;
        let exact = path.and_then(|p| index.by_path(p));
        exact.into_iter().chain(index.by_names(names)).map(|i| &self.outputs[i as usize]).collect()
    }

    /// What is done with the value returned by a function with this decorator, or given to this call.
    #[must_use]
    pub fn output_of_return(&self, lang: Lang, path: Option<&str>, names: &[&str]) -> Option<&OutputRow> {
        self.flow(lang).returned_by.find(path, names).map(|i| &self.outputs[i as usize])
    }

    /// Whether the result of this call carries nothing of what it is given.
    #[must_use]
    pub fn passes_none(&self, lang: Lang, path: Option<&str>, names: &[&str]) -> bool {
        self.flow(lang).none.member(path, names).is_some()
    }

    /// Whether this method puts its arguments into the receiver.
    #[must_use]
    pub fn mutates_receiver(&self, lang: Lang, names: &[&str]) -> bool {
        self.flow(lang).receiver.member(None, names).is_some()
    }

    /// Whether this function puts later arguments into the first.
    #[must_use]
    pub fn mutates_first(&self, lang: Lang, path: &str) -> bool {
        self.flow(lang).first.by_path(path).is_some()
    }

    #[must_use]
    pub fn transparent_by(&self, lang: Lang, path: Option<&str>, names: &[&str]) -> Option<&TransparentRow> {
        self.flow(lang).transparent.find(path, names).map(|i| &self.transparent[i as usize])
    }

    #[must_use]
    pub fn schema_by(&self, lang: Lang, path: Option<&str>, names: &[&str]) -> Option<&SchemaRow> {
        self.flow(lang).schemas.find(path, names).map(|i| &self.schemas[i as usize])
    }

    /// What a call does with a file.
    #[must_use]
    pub fn file(&self, lang: Lang, path: Option<&str>, names: &[&str]) -> Option<&FileRow> {
        self.flow(lang).files.find(path, names).map(|i| &self.files[i as usize])
    }

    /// The keyed store a call or a value belongs to, by its place in [`Catalogue::stores`].
    #[must_use]
    pub fn store_by(&self, lang: Lang, by: StoreBy, path: Option<&str>, names: &[&str]) -> Option<usize> {
        let of = self.flow(lang);
        let index = match by {
            StoreBy::Set => &of.store_set,
            StoreBy::Get => &of.store_get,
            StoreBy::Object => &of.store_object,
        };
        index.find(path, names).map(|i| i as usize)
    }
}

/// `redactPII` → `redact_pii`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        before = c;
    }
    out.trim_matches('_').to_owned()
}
