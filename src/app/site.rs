//! Where trials find their target: a fresh emulator for a trial that must be alone, one server for all others.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::RwLock;

use super::embedded::{STATIC_LOGIN, embedded_assumptions, emulator_settings, remote_assumptions};
use super::{RunSettings, UsageError, access, spec};
use crate::contract::Contract;
use crate::drive::{Budget, Clock, ControlError, Journal, StaticCode, Target, TargetSettings};
use crate::emulator::{Emulator, Settings as EmulatorSettings};
use crate::exchange::{Assumptions, Redactor};
use crate::trial::{TargetLease, TargetProvider, TrialError};

/// Bytes of an answer's body that are read, where the profile does not say.
const MAX_BODY: usize = 1024 * 1024;

/// Makes targets for the settings of a run.
pub(super) struct Factory {
    settings: RunSettings,
    contract: Arc<Contract>,
    redactor: Arc<Redactor>,
    /// What all targets may send together.
    budget: Arc<Budget>,
    /// Each target gets numbers of its own.
    namespaces: AtomicU64,
}

impl Factory {
    /// A factory of targets for these settings. Against other people's servers two runs must not meet; our own emulator
    /// is new each time, and its numbers are a function of the seed.
    pub(super) fn new(
        settings: &RunSettings,
        contract: &Arc<Contract>,
        redactor: &Arc<Redactor>,
        budget: &Arc<Budget>,
    ) -> Factory {
        let far = settings.target.value.is_some();
        let namespace = if far { own_namespace() } else { settings.seed.value };
        Factory {
            settings: settings.clone(),
            contract: contract.clone(),
            redactor: redactor.clone(),
            budget: budget.clone(),
            namespaces: AtomicU64::new(namespace),
        }
    }

    /// The target at a URL.
    pub(super) async fn at(
        &self,
        base: &str,
        embedded: Option<&EmulatorSettings>,
        journal: Journal,
    ) -> Result<Arc<Target>, UsageError> {
        let settings = &self.settings;
        let missing = || UsageError::Setting {
            name: "--project-id",
            origin: "default".into(),
            what: "a target needs its project ID; give --project-id or set OTP_PROJECT_ID".into(),
        };
        let project_id = embedded
            .map(|own| own.project_id.clone())
            .or(settings.project_id.value.clone())
            .ok_or_else(missing)?;
        let management_key =
            embedded.map(|own| own.management_key.clone()).or(settings.management_key.value.clone());
        let known = settings.profile.clone().unwrap_or_default();
        let private = reqwest::Url::parse(base).is_ok_and(|url| access::is_private(&url));
        let target = TargetSettings {
            base: base.to_owned(),
            project_id,
            management_key,
            auth_management_key: embedded.and_then(|own| own.auth_management_key.clone()),
            static_code: match embedded {
                Some(own) => own.static_otp.as_ref().map(|otp| (STATIC_LOGIN.to_owned(), &otp.code)),
                None => known.static_code.as_ref().map(|fixed| (fixed.login_id.clone(), &fixed.code)),
            }
            .map(|(login_id, code)| StaticCode { login_id, code: code.clone() }),
            headers: settings.headers.clone(),
            transport: access::transport(&known)?,
            allowed_numbers: known.allowed_numbers.clone(),
            allowed_domains: known.allowed_domains.clone(),
            namespace: self.namespaces.fetch_add(1, Ordering::Relaxed),
            pace: access::pace(&known.rate, private).shared(settings.shared_pace.clone()),
            codes: spec::open(settings, base, embedded.is_some(), &self.budget).await?,
            clock: self.clock(base, embedded.is_some()),
            journal,
            budget: self.budget.clone(),
            lasting: embedded.is_none(),
            max_body: known.max_body.unwrap_or(MAX_BODY),
            reset: known.reset.map(|url| access::filled(&url, base)),
        };
        Ok(Arc::new(Target::new(target, self.contract.clone(), self.redactor.clone())?))
    }

    /// The clock the profile names, or that of a server which is one of ours.
    fn clock(&self, base: &str, embedded: bool) -> Option<Clock> {
        let named = self.settings.profile.as_ref().and_then(|profile| profile.clock.as_ref());
        if let Some(clock) = named {
            return Some(Clock::new(access::filled(&clock.url, base), clock.body.clone()));
        }
        let ours = embedded || self.settings.codes.value.as_deref() == Some("emulator");
        ours.then(|| Clock::at(format!("{}/emulator/clock", base.trim_end_matches('/'))))
    }
}

/// The target of the settings: what they name, or an emulator of our own.
pub(super) struct Opened {
    pub(super) target: Arc<Target>,
    /// What may be assumed of it.
    pub(super) assumptions: Assumptions,
    factory: Factory,
    /// Our own emulator and its settings. It ends with this value.
    own: Option<(Emulator, EmulatorSettings)>,
}

impl Opened {
    /// Opens the target; our own emulator is started where the settings name none.
    pub(super) async fn new(factory: Factory, journal: Journal) -> Result<Opened, UsageError> {
        let settings = &factory.settings;
        if let Some(base) = &settings.target.value {
            let target = factory.at(base, None, journal).await?;
            let limits = settings.profile.clone().unwrap_or_default().limits;
            let assumptions = remote_assumptions(&limits, target.codes.capture());
            return Ok(Opened { target, assumptions, factory, own: None });
        }
        let own = emulator_settings(&settings.faults.value, &settings.variants.value);
        let server = Emulator::start(own.clone()).await;
        let server = server.map_err(|error| UsageError::Other(error.to_string()))?;
        let target = factory.at(&server.url(), Some(&own), journal).await?;
        let assumptions = Assumptions { capture: target.codes.capture(), ..embedded_assumptions(&own) };
        Ok(Opened { target, assumptions, factory, own: Some((server, own)) })
    }

    /// What lends the target to trials.
    pub(super) fn site(self) -> Arc<dyn TargetProvider> {
        let Opened { target, factory, own, .. } = self;
        match own {
            None => Arc::new(RemoteSite { target, lock: Arc::default() }),
            Some((server, emulator)) => {
                Arc::new(EmbeddedSite { factory, emulator, shared: target, _server: server })
            }
        }
    }
}

/// An emulator for all, and a new one for every trial that must be alone.
struct EmbeddedSite {
    factory: Factory,
    emulator: EmulatorSettings,
    shared: Arc<Target>,
    _server: Emulator,
}

impl TargetProvider for EmbeddedSite {
    fn lease(
        &self,
        exclusive: bool,
    ) -> Pin<Box<dyn Future<Output = Result<TargetLease, TrialError>> + Send + '_>> {
        Box::pin(async move {
            if !exclusive {
                return Ok(TargetLease { target: self.shared.clone(), held: Box::new(()) });
            }
            let own = Emulator::start(self.emulator.clone()).await;
            let own = own.map_err(|error| TrialError::NoTarget(error.to_string()))?;
            let target = self
                .factory
                .at(&own.url(), Some(&self.emulator), Journal::in_memory())
                .await
                .map_err(|error| TrialError::NoTarget(error.to_string()))?;
            Ok(TargetLease { target, held: Box::new(own) })
        })
    }
}

/// One server for all; a trial that must be alone waits until all others have finished.
struct RemoteSite {
    target: Arc<Target>,
    lock: Arc<RwLock<()>>,
}

impl TargetProvider for RemoteSite {
    fn lease(
        &self,
        exclusive: bool,
    ) -> Pin<Box<dyn Future<Output = Result<TargetLease, TrialError>> + Send + '_>> {
        Box::pin(async move {
            let target = self.target.clone();
            Ok(match exclusive {
                true => {
                    let alone = self.lock.clone().write_owned().await;
                    // A reset is a request too: the ceiling may keep it back.
                    let none = |why: ControlError| {
                        let reached = target.budget().reached();
                        reached.map_or_else(|| TrialError::NoTarget(why.to_string()), TrialError::Ceiling)
                    };
                    if target.reset().await.map_err(none)? {
                        target
                            .codes
                            .begin()
                            .await
                            .map_err(|error| TrialError::NoTarget(error.to_string()))?;
                    }
                    TargetLease { target, held: Box::new(alone) }
                }
                false => TargetLease { target, held: Box::new(self.lock.clone().read_owned().await) },
            })
        })
    }

    fn share(&self) -> Pin<Box<dyn Future<Output = Result<TargetLease, TrialError>> + Send + '_>> {
        Box::pin(async { Ok(TargetLease { target: self.target.clone(), held: Box::new(()) }) })
    }
}

/// A namespace that no other run has.
fn own_namespace() -> u64 {
    let mut bytes = [0; 8];
    let random = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    if random.is_err() {
        return u64::from(std::process::id());
    }
    u64::from_be_bytes(bytes)
}
