//! What a run through the proxy came to.

use std::collections::BTreeMap;

use otp_conformance::contract::OperationId;
use otp_conformance::proxy::speaks_of_client;
use otp_conformance::report::{Agent, Clients};
use otp_conformance::trial::TrialReport;

/// What a run through the proxy came to.
#[derive(Default)]
pub(super) struct Ran {
    pub(super) trials: Vec<TrialReport>,
    /// The names of all trials that there could be.
    pub(super) named: Vec<String>,
    pub(super) agents: BTreeMap<Agent, usize>,
    /// How COMMAND failed.
    pub(super) failed: Option<String>,
}

impl Ran {
    pub(super) fn clients(&self, required: &[OperationId]) -> Clients {
        let clients = self.trials.iter().filter(|trial| speaks_of_client(&trial.name));
        let histories = clients.flat_map(|trial| &trial.histories);
        Clients::of(self.agents.clone(), histories, required)
    }
}
