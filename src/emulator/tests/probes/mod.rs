//! Short scenarios, each told as a text without anything that chance decides.

mod answers;
mod bodies;
mod codes;
mod management;
mod sessions;
mod users;

pub(super) use answers::{login_answers, send_answers};
pub(super) use bodies::{bearers, hostile_bodies, options};
pub(super) use codes::*;
pub(super) use management::test_users;
pub(super) use sessions::{claims, forged_tokens, second_factors, sessions};
pub(super) use users::{messages, updates, who_is_who};
