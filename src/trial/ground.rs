//! What a trial stands on: a target, what may be assumed of it, and the rules it is judged by.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Pool;
use crate::contract::{Contract, Level};
use crate::drive::Target;
use crate::exchange::Assumptions;
use crate::suite::Need;

/// A target for one trial; whatever keeps it alive, or keeps others away, ends with it.
pub struct Lease {
    /// Where to send.
    pub target: Arc<Target>,
    /// Kept until the trial is over: a server of its own, a lock.
    pub held: Box<dyn std::any::Any + Send + Sync>,
}

/// Where targets come from: one server for all, or a fresh one for whoever must have it to itself.
pub trait Site: Send + Sync {
    /// A target, for one trial.
    fn lease(&self, exclusive: bool) -> Pin<Box<dyn Future<Output = Result<Lease, String>> + Send + '_>>;
}

/// What all trials of a run stand on.
pub struct Ground {
    /// Where targets come from.
    pub site: Arc<dyn Site>,
    /// The contract.
    pub contract: Arc<Contract>,
    /// What may be assumed of the target.
    pub assumptions: Assumptions,
    /// Whether the target outlives the run: users that are made there stay until they are deleted.
    pub lasting: bool,
    /// What the target offers.
    pub offers: BTreeSet<Need>,
    /// Places for test users.
    pub places: Pool,
    /// The run's seed.
    pub seed: u64,
    /// From which level a broken requirement fails a trial: MUST, or SHOULD under `--strict`.
    pub fails_from: Level,
    /// How long to wait for a message.
    pub patience: Duration,
    /// Whether histories of trials that passed are kept.
    pub keep_histories: bool,
}
