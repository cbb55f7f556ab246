//! The emulator held to its word over HTTP.

mod client;
mod flow;
