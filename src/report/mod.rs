//! Turns what became of a run into text for people and programs.
//!
//! Everything here is a pure function from plain data to text: a [`RunReport`] is read from the evidence stream as
//! well as from a run that just ended, and a new format touches neither. Nothing here reads a clock, a terminal or
//! a file; every text that a target had a say in is made harmless where it is written.

mod again;
pub mod annotations;
mod clients;
pub mod curl;
pub mod exchange;
pub mod findings;
pub mod har;
pub mod html;
pub mod human;
pub mod junit;
pub mod markdown;
pub mod policies;
mod run;
pub mod script;
mod sentences;
mod states;
mod status;
pub mod summary;
mod text;
pub mod timeline;
mod together;
pub mod transcript;

pub use again::{Again, Setting};
pub use clients::{Agent, Caller, Clients};
pub use human::Style;
use run::observed;
pub use run::{Broken, Gap, Held, Replay, RunReport, Stale};
pub use sentences::{Sentence, Sentences};
pub use states::RequirementState;
pub use status::RunVerdict;
pub use summary::Summary;
pub use text::grouped;
