//! Known deviations of a target: excused while they last, and red as soon as they no longer fit.
//!
//! An entry excuses findings, not trials: one requirement, at some operations, seen in some ways. So one bug is one
//! entry however many trials meet it, and a new finding beside a known one fails. An exception list must not rot: an
//! entry whose case passes, has expired or names nothing makes the run red until it is removed. Our own fault is never
//! excused.

mod apply;
mod entry;
mod file;
mod gather;
mod glob;
mod group;
mod stale;
#[cfg(test)]
mod testing;

pub use entry::{Deviation, DeviationKind};
pub use file::Baseline;
pub use gather::{Addition, Known};
pub(crate) use glob::fits_text;
