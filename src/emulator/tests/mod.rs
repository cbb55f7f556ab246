//! The emulator held to its word over HTTP.

mod client;
mod faults;
mod flow;
mod list;
mod probes;
mod races;
mod variants;
