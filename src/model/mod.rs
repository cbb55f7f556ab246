//! What a right server may believe, and whether it may say what it said.
//!
//! The model accepts: `step` takes a believed state and one call with its answer, and returns the states a
//! right server may be in afterwards, each with the requirements that had to be broken to get there. One search over
//! `step` explains sequences and races alike: a sequence is a history in which nothing overlaps. The cheapest
//! explanation is the blame.

mod asked;
mod blame;
mod call;
mod context;
mod login;
mod manage;
mod options;
mod otherwise;
mod partition;
mod promises;
mod read;
mod search;
mod send;
mod session;
mod settled;
mod spelling;
mod state;
mod verify;

pub(crate) use asked::{Asked, may_be_to};
pub(crate) use partition::Groups;
pub(crate) use read::ACCEPTANCE;
pub(crate) use verify::in_a_row;

pub use blame::{Blame, Explanation, explain, shortest_violation};
pub use call::{Action, CallOutcome, Code, ModelCall, SendCall, SendKind};
pub use promises::{Promise, promises};
pub use state::{Breach, State};
