//! Reads the catalogue: the files under `queries/`, built into the program, and the user's own rows.

use anyhow::{Context, Result};

use super::matching::Index;
use super::methods::Methods;
use super::remote::RemoteWords;
use super::rows::{
    BodyRow, CallRow, CatalogueFile, ClassRow, EnvRow, FileRow, HeaderRow, HostRow, HttpRow, InputRow, ModelRow,
    MutatesRow, OutputRow, PassesRow, PrefixRow, ProviderRow, SafeguardRow, SchemaRow, StoreRow, TransparentRow,
    TypeRow,
};

macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        /// The built-in files, by path below `queries/`. Of two rows that match alike, the earlier wins.
        pub const FILES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../queries/", $path)))),*];
    };
}

embed![
    "python/openai.toml",
    "python/anthropic.toml",
    "python/google.toml",
    "python/aws.toml",
    "python/azure.toml",
    "python/inference.toml",
    "python/gateways.toml",
    "python/langchain.toml",
    "python/llama-index.toml",
    "python/agents.toml",
    "python/local.toml",
    "python/training.toml",
    "python/annotation.toml",
    "python/identity.toml",
    "python/mcp.toml",
    "python/speech.toml",
    "python/search.toml",
    "python/vector-stores.toml",
    "python/observability.toml",
    "js/openai.toml",
    "js/anthropic.toml",
    "js/google.toml",
    "js/aws.toml",
    "js/ai-sdk.toml",
    "js/inference.toml",
    "js/gateways.toml",
    "js/langchain.toml",
    "js/llama-index.toml",
    "js/agents.toml",
    "js/local.toml",
    "js/identity.toml",
    "js/mcp.toml",
    "js/speech.toml",
    "js/search.toml",
    "js/vector-stores.toml",
    "js/observability.toml",
    "providers.toml",
    "http.toml",
    "inputs.toml",
    "safeguards.toml",
    "outputs.toml",
    "propagators.toml",
];

/// All rows, and the indices to find them by.
#[derive(Debug)]
pub struct Catalogue {
    pub types: Vec<TypeRow>,
    pub calls: Vec<CallRow>,
    pub http: Vec<HttpRow>,
    pub headers: Vec<HeaderRow>,
    pub bodies: Vec<BodyRow>,
    pub providers: Vec<ProviderRow>,
    pub hosts: Vec<HostRow>,
    pub env: Vec<EnvRow>,
    pub models: Vec<ModelRow>,
    pub prefixes: Vec<PrefixRow>,
    pub classes: Vec<ClassRow>,
    pub inputs: Vec<InputRow>,
    pub safeguards: Vec<SafeguardRow>,
    pub outputs: Vec<OutputRow>,
    pub passes: Vec<PassesRow>,
    pub mutates: Vec<MutatesRow>,
    pub stores: Vec<StoreRow>,
    pub files: Vec<FileRow>,
    pub transparent: Vec<TransparentRow>,
    pub schemas: Vec<SchemaRow>,
    pub remote: RemoteWords,
    pub(super) methods: Methods,
    pub(super) index: Index,
}

impl Catalogue {
    /// The built-in catalogue.
    pub fn builtin() -> Result<Catalogue> {
        Catalogue::with(CatalogueFile::default())
    }

    /// The built-in catalogue and the user's rows, which come first and replace built-in rows of the same id.
    pub fn with(own: CatalogueFile) -> Result<Catalogue> {
        let mut all = own.clone();
        for (path, text) in FILES {
            let file: CatalogueFile = toml::from_str(text).with_context(|| format!("queries/{path}"))?;
            extend(&mut all, file, &own);
        }
        Catalogue::from_rows(all)
    }

    fn from_rows(f: CatalogueFile) -> Result<Catalogue> {
        let index = Index::new(&f)?;
        Ok(Catalogue {
            types: f.types,
            calls: f.calls,
            http: f.http,
            headers: f.header,
            bodies: f.body,
            providers: f.provider,
            hosts: f.host,
            env: f.env,
            models: f.model,
            prefixes: f.prefix,
            classes: f.class,
            inputs: f.input,
            safeguards: f.safeguard,
            outputs: f.output,
            passes: f.passes,
            mutates: f.mutates,
            stores: f.store,
            files: f.file,
            transparent: f.transparent,
            schemas: f.schema,
            remote: RemoteWords::builtin()?,
            methods: Methods::builtin()?,
            index,
        })
    }
}

/// Appends the rows of a file, but for those whose id the user took.
fn extend(all: &mut CatalogueFile, file: CatalogueFile, own: &CatalogueFile) {
    macro_rules! add {
        ($($field:ident by $id:ident),* $(,)?) => { $(
            all.$field.extend(file.$field.into_iter().filter(|row| own.$field.iter().all(|o| o.$id != row.$id)));
        )* };
    }
    add!(types by id, calls by id, provider by id, input by id, safeguard by id, output by id, passes by id);
    add!(mutates by id, file by id, store by id, transparent by id, schema by id, host by pattern, env by name, body by api);
    all.http.extend(file.http);
    all.header.extend(file.header);
    all.model.extend(file.model);
    all.prefix.extend(file.prefix);
    all.class.extend(file.class);
}
