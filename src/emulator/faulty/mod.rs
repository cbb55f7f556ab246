//! Bugs that need no rule to stand beside: crashes on certain bytes, and answers bent on their way out.

mod answers;
mod envelope;
mod options;
mod tokens;
mod trust;
mod wire;

pub(crate) use wire::{Mishap, is_own};
