//! What all connections of a proxy share.

use std::sync::Arc;

use super::forward::Upstream;
use super::inject::Plan;
use super::record::Recorder;
use crate::drive::Target;
use crate::exchange::Assumptions;

/// What all connections of a proxy share.
pub(super) struct ProxyState {
    pub(super) target: Arc<Target>,
    pub(super) assumptions: Assumptions,
    pub(super) recorder: Recorder,
    pub(super) upstream: Upstream,
    pub(super) plan: Option<Plan>,
    /// Its URL where it replaces another host: `https://localhost:4601`.
    pub(super) other_name: String,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
}
