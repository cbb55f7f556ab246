//! Settings made ready to run: contract, plan, target.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::baseline::Baseline;
use super::site::{Factory, Opened};
use super::snapshot::Snapshots;
use super::{LackingMethod, Plan, RunSettings, Stop, UsageError, access, frozen, journal, look};
use crate::contract::{Contract, Level};
use crate::drive::{Budget, Ceiling, Pace, Target};
use crate::exchange::{Assumptions, Capture, Redactor};
use crate::suite::Need;
use crate::trial::{Confirmed, Excused, Lags, Rest, TestUserSlots, TrialContext};

/// How long to wait for a message that was accepted.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same for our own emulator, which delivers before it answers.
const OWN_PATIENCE: Duration = Duration::from_millis(400);
/// How long users of dead runs are deleted before a run begins.
const LEFT_OVER: Duration = Duration::from_secs(60);
/// How long users are deleted after a run that was interrupted.
const INTERRUPTED: Duration = Duration::from_secs(15);
/// The same after one that was not, and for each user besides.
const ENDED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(1));
/// Requests for each of them: a look-up and a deletion.
const REQUESTS: u64 = 2;
/// How long an unreachable target is waited for.
const REACH: Duration = Duration::from_secs(8);

/// Everything a run needs, and nothing sent yet but a first look at the target.
pub struct Harness {
    /// The settings of the run.
    pub settings: RunSettings,
    /// The contract.
    pub contract: Arc<Contract>,
    /// The trials.
    pub plan: Plan,
    /// What trials stand on.
    pub ground: Arc<TrialContext>,
    /// The shared target.
    pub target: Arc<Target>,
    /// Cleans every line of output.
    pub redactor: Arc<Redactor>,
    /// Known deviations of the target.
    pub baseline: Baseline,
    /// Transcripts that a run compares with. `cargo test` has trials of its own for that.
    pub snapshots: Option<Snapshots>,
    /// Ends the run early, with what was learned.
    pub stop: Arc<Stop>,
    /// Users of dead runs that could not be deleted, and why.
    pub left_over: Vec<String>,
    /// Why the target cannot be reached, if it cannot.
    pub unreachable: Option<String>,
    /// Delivery methods that the run is not about, though its user did not leave them out.
    pub lacking: Vec<LackingMethod>,
}

impl Harness {
    /// The contract that the settings name.
    ///
    /// # Errors
    /// A schema folder cannot be used.
    pub fn contract(settings: &RunSettings) -> Result<Arc<Contract>, UsageError> {
        let contract = match &settings.schema {
            Some(dir) => Contract::from_dir(dir)?,
            None => Contract::embedded()?,
        };
        let contract = frozen::apply(contract, &settings.requirements)?;
        let known = settings.profile.clone().unwrap_or_default();
        Ok(Arc::new(contract.for_project(known.project.values()).with_levels(&known.levels)))
    }

    /// Reads suites, starts the embedded emulator if there is no target, and looks whether the target is there.
    ///
    /// # Errors
    /// Something our user gave cannot be used.
    pub async fn prepare(mut settings: RunSettings, patterns: &[String]) -> Result<Harness, UsageError> {
        let contract = Harness::contract(&settings)?;
        let baseline =
            settings.deviations.value.as_deref().map(Baseline::read).transpose()?.unwrap_or_default();
        let planned = |settings: &RunSettings| -> Result<Plan, UsageError> {
            let plan = Plan::new(settings, &contract)?.without(&settings.skip).filtered(patterns);
            Ok(plan.sharded(settings.shard.value))
        };
        let mut plan = planned(&settings)?;
        let ceiling = Ceiling { requests: settings.max_requests.value, sends: settings.max_sends.value };
        let budget = Arc::new(Budget::new(ceiling));
        let redactor = Arc::new(Redactor::default());
        let factory = Factory::new(&settings, &contract, &redactor, &budget);
        let snapshots = Snapshots::of_run(&settings, Path::new(""));
        let mut left_over = Vec::new();
        let (journal, dead) = journal::open(&settings)?;
        let opened = Opened::new(factory, journal).await?;
        let target = opened.target.clone();
        let far = settings.target.value.is_some() && !settings.dry_run;
        let unreachable = if far { target.reach(REACH).await.err().map(|why| why.to_string()) } else { None };
        if far && unreachable.is_none() {
            left_over = target.clean_up_after(&dead, LEFT_OVER).await.lines();
            // A source that does not work is the doctor's to tell.
            let _ = target.codes.begin().await;
        }
        let mut lacking = Vec::new();
        if unreachable.is_none() && look::is_due(&settings) {
            let look = look::at(&target).await;
            lacking = look.lacking;
            if look.methods != settings.methods.value {
                settings.methods.value = look.methods;
                plan = planned(&settings)?;
            }
        }
        let ground = context(&settings, contract.clone(), opened, baseline.clone());
        let plan = plan.on(&ground).within(ceiling.requests, ceiling.sends);
        budget.lower(plan.at_most());
        if plan.bare {
            budget.keep_to_steps();
        }
        Ok(Harness {
            lacking,
            left_over,
            baseline,
            snapshots,
            stop: Arc::default(),
            contract,
            plan,
            ground: Arc::new(ground),
            target,
            redactor,
            unreachable,
            settings,
        })
    }
}

impl Harness {
    /// Deletes what the run created and did not delete. The users that stay are reported; the next run tries again.
    pub async fn clean_up(&self) -> Vec<String> {
        self.target.close();
        let within = allowance(self.target.to_look_after(), self.target.pace());
        let interrupted = async {
            self.stop.asked().await;
            tokio::time::sleep(INTERRUPTED).await;
        };
        let failed = tokio::select! {
            done = self.target.clean_up_all(within) => done.lines(),
            () = interrupted => {
                let left = self.target.staying();
                vec![format!("the clean-up was interrupted, and {left} users stay; the next run or `cleanup` deletes them")]
            }
        };
        self.left_over.iter().cloned().chain(failed).collect()
    }

    /// How fast requests follow each other, how long the plan takes at that, and what changes it.
    pub fn pace(&self) -> String {
        let rates = self.settings.profile.clone().unwrap_or_default().rate;
        access::describe(self.target.pace(), &rates, self.plan.cost().requests)
    }

    /// The name under which reports speak of this target.
    pub fn profile_name(&self) -> &str {
        let bare = if self.settings.target.value.is_some() { "url" } else { "embedded" };
        match &self.settings.profile {
            Some(profile) => profile.name.as_deref().unwrap_or(bare),
            None => bare,
        }
    }
}

/// How long so many users may take to be looked up and deleted, at this pace.
fn allowance(users: usize, pace: &Pace) -> Duration {
    let requests = users as u64 * REQUESTS;
    ENDED.0
        + ENDED.1.saturating_mul(u32::try_from(users).unwrap_or(u32::MAX))
        + pace.time_for_management(requests)
}

/// What trials are played with.
fn context(
    settings: &RunSettings,
    contract: Arc<Contract>,
    opened: Opened,
    baseline: Baseline,
) -> TrialContext {
    let assumptions = opened.assumptions.clone();
    let far = settings.target.value.is_some();
    let known = settings.profile.as_ref().and_then(|known| known.message_timeout);
    let patience = if far { known.map_or(PATIENCE, Duration::from_secs) } else { OWN_PATIENCE };
    TrialContext {
        lasting: far,
        offers: offers(&opened.target, &assumptions, settings),
        site: opened.site(),
        contract,
        methods: settings.methods.value.clone(),
        places: TestUserSlots::new(assumptions.test_user_limit),
        assumptions,
        seed: settings.seed.value,
        fails_from: if settings.strict.value { Level::Should } else { Level::Must },
        patience: patience.into(),
        rest: Rest::of(settings.patience.unwrap_or_default()),
        lags: Lags::default(),
        excused: known_to(baseline),
        confirmed: Confirmed::default(),
    }
}

/// What a list of known deviations excuses.
fn known_to(baseline: Baseline) -> Excused {
    Excused::by(move |trial, finding| baseline.entries.iter().any(|entry| entry.excuses(trial, finding)))
}

/// What this target can show.
fn offers(target: &Target, assumptions: &Assumptions, settings: &RunSettings) -> BTreeSet<Need> {
    let known = settings.profile.clone().unwrap_or_default();
    let capture = target.codes.capture();
    let each = capture == Capture::EachMessage;
    let generated = capture == Capture::Generated;
    let managed = target.management_key.is_some();
    let has = |need: Need| match need {
        Need::Codes => each || capture == Capture::LatestOnly || (generated && managed),
        Need::EachMessage => each,
        Need::EachCode => each || (capture == Capture::LatestOnly && target.codes.can_be_watched()),
        Need::MessageText => target.codes.shows_text(),
        Need::Clock => target.has_clock(),
        Need::Management => managed,
        Need::CodeTtl => assumptions.code_ttl_s.is_some(),
        Need::MaxAttempts => assumptions.max_attempts.is_some(),
        Need::ResendLimit => assumptions.resend_limit.is_some() && assumptions.resend_window_s.is_some(),
        Need::TestUserLimit => assumptions.test_user_limit.is_some(),
        Need::Dedicated => known.dedicated || settings.target.value.is_none(),
        Need::StaticCode => target.static_code.is_some(),
        Need::AuthManagement => target.auth_management_key.is_some(),
    };
    Need::ALL.iter().map(|(need, ..)| *need).filter(|need| has(*need)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::RateClass;

    #[test]
    fn a_slow_pace_leaves_time_to_look_after_all_users() {
        for class in [RateClass::All, RateClass::Management] {
            let pace = Pace::unlimited().with(class, 6, Duration::from_secs(60));
            assert!(allowance(90, &pace) > Duration::from_secs(1_800), "180 requests, ten seconds apart");
        }
    }
}
