//! The emulator held to its word over HTTP.

pub(super) mod client;
mod errors;
pub(super) mod faults;
mod flow;
mod gateway;
mod list;
mod logins;
mod management;
pub(super) mod probes;
pub(super) mod races;
mod variants;
