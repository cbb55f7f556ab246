//! Short scenarios, each summed up as a text without anything that chance decides.

mod answers;
mod bodies;
mod codes;
mod management;
mod methods;
mod sessions;
mod users;

pub(in crate::emulator) use answers::{login_answers, send_answers};
pub(in crate::emulator) use bodies::{bearers, hostile_bodies, options};
pub(in crate::emulator) use codes::*;
pub(in crate::emulator) use management::test_users;
pub(in crate::emulator) use methods::{calls, methods};
pub(in crate::emulator) use sessions::{claims, forged_tokens, second_factors, sessions};
pub(in crate::emulator) use users::{login_ids, messages, updates, who_is_who};
