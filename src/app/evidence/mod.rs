//! The evidence of a run as a stream of lines, from which every report can be written and every verdict be found again.
//!
//! A header, then the events of each trial as it ends, then a footer with counts and a digest. A recording without a
//! footer was cut off; its lines still count. Published as `schema/evidence.json`.

mod judge;
mod line;
mod merge;
mod read;
#[cfg(test)]
pub(in crate::app) mod testing;
mod write;

pub use judge::judge_again;
pub use line::{Foot, Head, Line, SCHEMA, Weight};
pub use merge::{demand_whole, merge};
pub use read::Recording;
pub use write::Recorder;
