//! What a proxy forwards to: a target, or an emulator of our own.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::baseline::Baseline;
use super::site::{Factory, Opened};
use super::{Harness, RunSettings, UsageError, states};
use crate::contract::{Contract, Level};
use crate::drive::{Journal, Target};
use crate::exchange::{Assumptions, Redactor};
use crate::report::RunReport;
use crate::trial::TrialReport;

/// A server to be forwarded to, and what is known of it.
pub struct Backend {
    /// The settings of the run.
    pub settings: RunSettings,
    /// The contract.
    pub contract: Arc<Contract>,
    /// The server.
    pub target: Arc<Target>,
    /// What may be assumed of it.
    pub assumptions: Assumptions,
    /// Cleans every line of output.
    pub redactor: Arc<Redactor>,
    /// Known deviations of the client, or of the server.
    pub baseline: Baseline,
    _opened: Opened,
}

impl Backend {
    /// The target of the settings; an emulator is started where there is none. Without a code source, messages are
    /// not seen: a client can be judged all the same.
    ///
    /// # Errors
    /// Something our user gave cannot be used.
    pub async fn open(mut settings: RunSettings) -> Result<Backend, UsageError> {
        let contract = Harness::contract(&settings)?;
        let baseline =
            settings.deviations.value.as_deref().map(Baseline::read).transpose()?.unwrap_or_default();
        let redactor = Arc::new(Redactor::default());
        if settings.target.value.is_some() {
            settings.codes.value.get_or_insert_with(|| "none".into());
        }
        let factory = Factory::new(&settings, &contract, &redactor, &Arc::default());
        let opened = Opened::new(factory, Journal::in_memory()).await?;
        let (target, assumptions) = (opened.target.clone(), opened.assumptions.clone());
        Ok(Backend { settings, contract, target, assumptions, redactor, baseline, _opened: opened })
    }

    /// The report of a run through a proxy in front of this server. The known deviations apply that speak of `named`:
    /// the trials that there are.
    pub fn report(
        &self,
        mut trials: Vec<TrialReport>,
        named: &[String],
        started: Timestamp,
        duration: Duration,
    ) -> RunReport {
        let settings = &self.settings;
        trials.iter_mut().for_each(|trial| self.baseline.excuse(trial));
        let mut report = RunReport {
            target: settings.target.value.clone().unwrap_or_else(|| self.target.base().to_owned()),
            profile: if settings.target.value.is_some() { "url" } else { "embedded" }.into(),
            seed: settings.seed.value,
            strict: settings.strict.value,
            requirements: self.contract.set_name().to_owned(),
            version: env!("CARGO_PKG_VERSION").into(),
            started,
            duration,
            requests: trials.iter().map(|trial| trial.requests).sum(),
            sends: trials.iter().map(|trial| trial.sends).sum(),
            planned: trials.len(),
            // A client decides what is shown; what it does not ask for is no gap of the run.
            not_planned: self.contract.requirements().iter().map(|requirement| requirement.id).collect(),
            trials,
            ..RunReport::default()
        };
        self.baseline.settle(&mut report, &named.iter().cloned().collect());
        states::assign(&self.contract, &mut report);
        report
    }

    /// From which level a broken requirement fails.
    pub fn fails_from(&self) -> Level {
        if self.settings.strict.value { Level::Should } else { Level::Must }
    }
}
