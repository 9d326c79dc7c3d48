//! Tests of the whole: what the program does with small programs, and what must stay true of its own source.

mod activities;
mod architecture;
mod catalogue;
mod cli;
mod configuration;
mod docs;
mod dpia;
mod evidence;
mod fixtures;
mod init;
mod register;
mod reports;
mod support;
mod suppressions;
mod triggers;
mod why;
