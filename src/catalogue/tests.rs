//! Tests of the catalogue: every file is sound, and representative paths find their rows.
