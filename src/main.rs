//! The `towhom` program.
fn main() {}
