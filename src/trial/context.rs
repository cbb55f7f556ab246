//! What a trial needs: a target, what may be assumed of it, and the rules it is judged by.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::key::Key;
use super::{Lags, Patience, Rest, TestUserSlots, TrialError};
use crate::contract::{Contract, DeliveryMethod, Level};
use crate::drive::Target;
use crate::exchange::Assumptions;
use crate::judge::Finding;
use crate::suite::Need;

/// A target for one trial; whatever keeps it alive, or keeps others away, ends with it.
pub struct TargetLease {
    /// Where to send.
    pub target: Arc<Target>,
    /// Kept until the trial is over: a server of its own, a lock.
    pub held: Box<dyn std::any::Any + Send + Sync>,
}

/// Where targets come from: one server for all, or a fresh one for a trial that needs it alone.
pub trait TargetProvider: Send + Sync {
    /// A target, for one trial.
    ///
    /// # Errors
    /// There is none, or a ceiling of the run keeps it from being made ready.
    fn lease(
        &self,
        exclusive: bool,
    ) -> Pin<Box<dyn Future<Output = Result<TargetLease, TrialError>> + Send + '_>>;

    /// A target, for a trial that waits for the others: it keeps none of them away.
    ///
    /// # Errors
    /// As [`TargetProvider::lease`].
    fn share(&self) -> Pin<Box<dyn Future<Output = Result<TargetLease, TrialError>> + Send + '_>> {
        self.lease(false)
    }
}

/// Says whether a finding of the trial of that name is a known deviation: such a case is neither made small nor
/// looked into any further. By default nothing is known.
#[derive(Clone, Default)]
pub struct Excused(Option<Known>);

type Known = Arc<dyn Fn(&str, &Finding) -> bool + Send + Sync>;

impl Excused {
    /// What `known` says.
    pub fn by(known: impl Fn(&str, &Finding) -> bool + Send + Sync + 'static) -> Excused {
        Excused(Some(Arc::new(known)))
    }

    /// Whether it is known.
    pub fn covers(&self, trial: &str, finding: &Finding) -> bool {
        self.0.as_ref().is_some_and(|known| known(trial, finding))
    }
}

/// What has convicted again with other users in this run. One bug shows in many trials, each with users of its own: where
/// it is confirmed in one of them, the others need not ask again.
#[derive(Debug, Default)]
pub struct Confirmed(Mutex<BTreeSet<Key>>);

impl Confirmed {
    /// Whether it was confirmed.
    pub(super) fn holds(&self, key: &Key) -> bool {
        self.keys().contains(key)
    }

    /// Takes what came again.
    pub(super) fn add(&self, keys: impl IntoIterator<Item = Key>) {
        self.keys().extend(keys);
    }

    fn keys(&self) -> MutexGuard<'_, BTreeSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all trials of a run need.
pub struct TrialContext {
    /// Where targets come from.
    pub site: Arc<dyn TargetProvider>,
    /// The contract.
    pub contract: Arc<Contract>,
    /// The delivery methods that the run is about.
    pub methods: Vec<DeliveryMethod>,
    /// What may be assumed of the target.
    pub assumptions: Assumptions,
    /// Whether the target outlives the run: users that are made there stay until they are deleted.
    pub lasting: bool,
    /// What the target offers.
    pub offers: BTreeSet<Need>,
    /// Places for test users.
    pub places: TestUserSlots,
    /// The run's seed.
    pub seed: u64,
    /// From which level a broken requirement fails a trial: MUST, or SHOULD under `--strict`.
    pub fails_from: Level,
    /// How long to wait for a message.
    pub patience: Patience,
    /// What a trial waits for that lasts as long as the run.
    pub rest: Rest,
    /// Violations that may be matters of time.
    pub lags: Lags,
    /// Which violations are known.
    pub excused: Excused,
    /// Which violations have come again.
    pub confirmed: Confirmed,
}

impl TrialContext {
    /// The same with the seed of another run, so that a trial of that run can be played again.
    pub fn with_seed(&self, seed: u64) -> TrialContext {
        TrialContext {
            site: self.site.clone(),
            contract: self.contract.clone(),
            methods: self.methods.clone(),
            assumptions: self.assumptions.clone(),
            lasting: self.lasting,
            offers: self.offers.clone(),
            places: self.places.clone(),
            seed,
            fails_from: self.fails_from,
            patience: self.patience.anew(),
            rest: Rest::default(),
            lags: Lags::default(),
            excused: self.excused.clone(),
            confirmed: Confirmed::default(),
        }
    }
}
