//! The catalogue: what SDKs, providers, inputs, safeguards and personal data look like. Rows of data under `queries/`,
//! built into the program, and the user's own rows from `towhom.toml`.

pub mod rows;
