//! A proxy between the user's client and a server: passes everything on, writes it down, and judges both.
//!
//! A [`Proxy`] forwards to its upstream and keeps a record; [`ProxyRecording`] is that record as histories, the clients' by test
//! or session and the servers' by session. A [`HostileCase`] names an answer that a server may give and a point where the proxy puts it; a
//! [`DriverCommand`] is a program that makes the client under test call, so that such answers can be tried one by one.

mod admit;
mod body;
mod child;
mod client;
mod coding;
mod delivery;
mod driver;
mod forge;
mod forward;
mod given;
mod hostile;
mod in_flight;
mod inject;
mod keys;
mod lane;
mod mailbox;
mod mark;
mod own_answer;
mod pass;
mod play;
mod record;
mod server;
mod session;
mod state;
mod verdict;
mod view;

pub use child::{Child, Ending};
pub use client::{Client, ClientReply, DriverError};
pub use driver::{DriverCommand, Protocol};
pub use hostile::{
    HostileCase, HostileError, Injection, Point, hostile_suite, hostile_suite_in, parse_hostile,
};
pub use lane::DriverSession;
pub use record::{ProxyRecording, Recorded};
pub use server::{ListenSettings, Proxy, ProxyError};
pub use verdict::{add_habits, of_command, of_recording, speaks_of_client};
