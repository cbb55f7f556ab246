//! A server of the OTP-over-SMS sign-in and what surrounds it, complete enough for the official SDKs.
//!
//! It is the producing side of the contract and shares nothing with the side that judges: own parsing, own constants,
//! own store. Time is virtual, messages land in an inbox, and every rule has a switch that breaks it: a [`Fault`] is a
//! deliberate bug, a [`Variant`] a legitimate difference.
//!
//! From the bottom to the top: data (`code`, `user`, `store`), the state that all operations share (`state`), operations
//! as functions of a `call` (`initiate`, `verify`, `session`, `manage`), the `routes` to them, and the listener
//! (`server`). What bugs do is decided in `faults`, what differs by right in `varied`; neither knows an operation.

mod address;
mod admission;
mod bearer;
mod call;
mod channel;
mod clock;
mod code;
mod control_api;
mod desk;
mod fault;
mod faults;
mod fields;
mod gateway;
mod guess;
mod http_service;
mod id;
mod inbox;
mod initiate;
mod jwt;
mod key;
mod keys;
mod login;
mod mail;
mod manage;
mod options;
mod order;
mod phone;
mod profile;
mod refusal;
mod reply;
mod routes;
mod rules;
mod search;
mod send;
mod server;
mod session;
mod settings;
mod state;
mod store;
mod switch;
mod token;
mod update;
mod user;
mod variant;
mod varied;
mod verify;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use key::{KeyError, SigningKey};
pub use server::Emulator;
pub use settings::{Gateway, GatewayAuth, RateLimit, Settings, StartError, StaticOtp};
pub use switch::UnknownName;
pub use variant::Variant;
