//! A target profile: all that a run has to know of one target, in a TOML file that an editor can complete.
//!
//! `read` turns text into a [`Profile`] or into an error with file and line. Settings take what they need from it
//! where neither a flag nor the environment says otherwise; secrets never stand in it, only the names of the
//! variables that hold them.

mod data;
mod read;

pub use data::{
    ClockAt, Limits, Names, Profile, ProfileGatewayAuth, ProfileStaticCode, Rate, Rates, ResendLimit, Tls,
};
pub(super) use read::read;
