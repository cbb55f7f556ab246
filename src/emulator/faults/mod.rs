//! What this server gets wrong, as named decisions.
//!
//! The operations ask in their own words, such as [`Bugs::signs_in_without_sign_up`]; only the files here know which
//! [`Fault`] answers. So the operations read as a right server does, and a fault is added in two places: its row in
//! `fault.rs`, and its decision here.

mod answers;
mod bearer;
pub(crate) mod body;
mod bugs;
mod envelope;
mod login;
mod manage;
mod memory;
mod methods;
mod options;
mod races;
mod send;
mod session;
mod tokens;
mod trust;
mod update;
mod users;
mod verify;
mod wire;

pub(crate) use bugs::Bugs;
pub(crate) use races::Overlap;
pub(crate) use verify::Spending;
pub(crate) use wire::{Crash, is_own};
