//! What is needed to reach a target.

use std::sync::Arc;

use crate::drive::code::CodeSource;
use crate::drive::{Budget, Clock, Journal, Pace, Transport};

/// What is needed to reach a target.
pub struct TargetSettings {
    /// Base URL, with or without a path, without a slash at the end.
    pub base: String,
    /// Project ID: the bearer.
    pub project_id: String,
    /// Management key.
    pub management_key: Option<String>,
    /// Auth management key, for operations that are closed to the public.
    pub auth_management_key: Option<String>,
    /// The static code of some test users.
    pub static_code: Option<StaticCode>,
    /// Headers on every request.
    pub headers: Vec<(String, String)>,
    /// How connections are made.
    pub transport: Transport,
    /// Phone numbers that may be used besides those reserved for fiction.
    pub allowed_numbers: Vec<String>,
    /// Domains that may be mailed to besides those reserved for examples.
    pub allowed_domains: Vec<String>,
    /// The namespace of this run's numbers and names.
    pub namespace: u64,
    /// How fast requests may follow each other.
    pub pace: Pace,
    /// How codes become visible.
    pub codes: Arc<dyn CodeSource>,
    /// The target's clock, if it can be moved.
    pub clock: Option<Clock>,
    /// An endpoint that makes the target forget everything.
    pub reset: Option<String>,
    /// Where users are noted that are created.
    pub journal: Journal,
    /// What may be sent, by all targets of the run together.
    pub budget: Arc<Budget>,
    /// Bytes of an answer's body that are read at most, before and after decoding.
    pub max_body: usize,
    /// Whether it outlives the run, and with it the users that are made there.
    pub lasting: bool,
}

/// A fixed code, and a login ID that has it. Source: docs: Test Users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticCode {
    /// The login ID.
    pub login_id: String,
    /// The code.
    pub code: String,
}
