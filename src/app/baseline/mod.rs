//! Known deviations of a target: excused while they last, and red as soon as they no longer fit.
//!
//! An exception list must not rot: an entry that no longer fails, has expired or matches nothing makes the run red
//! until it is removed. What is our own fault, or cannot be told, is never excused.

mod apply;
mod entry;

pub use entry::{Baseline, Deviation, Kind};
