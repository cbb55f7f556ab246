//! Our unit of planning: something that makes a history and has it judged.

mod outcome;

pub use outcome::{Outcome, TrialReport};
