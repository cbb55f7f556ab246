//! Sends cases to a target and writes down what happened.
//!
//! The only place of the harness that waits for a network. A [`Session`] belongs to one trial: it records exchanges,
//! deliveries and clock moves as they are seen, and ends as a symbolic history.

mod breaker;
mod budget;
mod cleanup;
mod clock;
pub mod code;
mod error;
mod guard;
mod journal;
mod keys;
mod learned;
mod not_sent;
mod numbers;
mod owned;
mod pace;
mod patience;
mod session;
mod shared;
mod target;
mod transport;

pub use breaker::Breaker;
pub use budget::{Budget, Ceiling, Reached, Sent};
pub use cleanup::CleanUp;
pub use clock::Clock;
pub(crate) use error::is_loopback;
pub use error::{ControlError, ReachError, TargetError};
pub(crate) use guard::is_domain;
pub use guard::{Blocked, Guard};
pub use journal::{Journal, Leftover, Whose};
pub use keys::KeyRing;
pub(crate) use keys::header;
pub use learned::Learned;
pub use not_sent::NotSent;
pub use numbers::{NumberPool, Numbers, Reach, is_reserved, reserved_by};
pub use pace::{Pace, RateClass};
pub use session::{Noted, Session};
pub(in crate::drive) use target::bounded;
pub use target::{StaticCode, Target, TargetSettings, Wire};
pub(crate) use target::{client_beside, loss};
pub use transport::Transport;
pub(crate) use transport::own_client;
