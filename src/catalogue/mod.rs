//! The catalogue: what SDKs, providers, inputs, safeguards and personal data look like. Rows of data under `queries/`,
//! built into the program, and the user's own rows from `towhom.toml`.

mod flow;
mod load;
mod matching;
mod methods;
mod pattern;
mod provider_rows;
mod providers;
mod remote;
mod requests;
pub mod rows;
#[cfg(test)]
mod tests;

pub use flow::{InputBy, StoreBy};
pub use load::{Catalogue, FILES};
pub use matching::{CallIx, TypeIx};
pub use methods::{Passes, SchemaCall, Wrapper};
pub(crate) use pattern::glob;
pub(crate) use providers::{CREATORS, host_name};
pub use providers::{ModelProvider, public_url};
pub use remote::{ChatHook, RemoteWords};
pub use rows::{CallRow, CatalogueFile, FileRow, HeaderRow, HttpRow, InputRow, Lang, OutputRow, SafeguardRow, TypeRow};
