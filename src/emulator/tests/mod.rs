//! The emulator held to its word over HTTP.

mod client;
mod errors;
mod faults;
mod flow;
mod gateway;
mod list;
mod logins;
mod management;
mod probes;
mod races;
mod variants;
