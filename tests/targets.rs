//! The binary against a server in a second process: profiles, code sources, test users, deviations, evidence.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

#[path = "targets/deviations.rs"]
mod deviations;
#[path = "targets/evidence.rs"]
mod evidence;
#[path = "targets/profiles.rs"]
mod profiles;
mod serve;
#[path = "targets/sources.rs"]
mod sources;
#[path = "targets/trouble.rs"]
mod trouble;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::LazyLock;

use otp_conformance::drive::{NumberPool, Numbers, Reach};
use serde_json::Value;
use serve::{Desk, Ended, KEY, PROJECT, Server};

const VERIFY_BY_MAIL: &str = "scenario::verification::email::a-code-opens-one-session";
const VERIFY: &str = "scenario::verification::a-code-opens-one-session";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn count(desk: &Desk, outcome: &str) -> u64 {
    json(&desk.read("sum.json"))["counts"][outcome].as_u64().unwrap()
}
