//! Where trials find their target: a fresh emulator for whoever must be alone, one server for all others.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::RwLock;

use super::spec::code_source;
use super::{Settings, UsageError};
use crate::contract::Contract;
use crate::drive::{Clock, Pace, Target, TargetSettings};
use crate::emulator::{Emulator, Settings as EmulatorSettings};
use crate::exchange::Redactor;
use crate::trial::{Lease, Site};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Documented limit for all API traffic from one address. Source: docs: Rate Limiting.
const PUBLIC_LIMIT: (u32, Duration) = (100, Duration::from_secs(60));

/// Makes targets for the settings of a run.
pub(super) struct Factory {
    pub(super) settings: Settings,
    pub(super) contract: Arc<Contract>,
    pub(super) redactor: Arc<Redactor>,
    /// Each target gets numbers of its own.
    pub(super) namespaces: AtomicU64,
}

impl Factory {
    /// The target at a URL.
    pub(super) fn at(
        &self,
        base: &str,
        embedded: Option<&EmulatorSettings>,
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
        let codes = code_source(&settings.codes, base, embedded.is_some())?;
        let ours = embedded.is_some() || settings.codes.value.as_deref() == Some("emulator");
        let loopback = reqwest::Url::parse(base).is_ok_and(|url| crate::drive::is_loopback(&url));
        let target = TargetSettings {
            base: base.to_owned(),
            project_id,
            management_key,
            auth_management_key: embedded.and_then(|own| own.auth_management_key.clone()),
            static_code: embedded.and_then(|own| own.static_otp.as_ref()).map(|otp| otp.code.clone()),
            headers: settings.headers.clone(),
            timeout: ANSWER,
            allowed_numbers: Vec::new(),
            namespace: self.namespaces.fetch_add(1, Ordering::Relaxed),
            pace: if loopback { Pace::unlimited() } else { Pace::new(PUBLIC_LIMIT.0, PUBLIC_LIMIT.1) },
            codes,
            clock: ours.then(|| Clock::at(format!("{}/emulator/clock", base.trim_end_matches('/')))),
        };
        Ok(Arc::new(Target::new(target, self.contract.clone(), self.redactor.clone())?))
    }
}

/// An emulator for all, and a new one for every trial that must be alone.
pub(super) struct EmbeddedSite {
    pub(super) factory: Factory,
    pub(super) emulator: EmulatorSettings,
    pub(super) shared: Arc<Target>,
    pub(super) _server: Emulator,
}

impl Site for EmbeddedSite {
    fn lease(&self, exclusive: bool) -> Pin<Box<dyn Future<Output = Result<Lease, String>> + Send + '_>> {
        Box::pin(async move {
            if !exclusive {
                return Ok(Lease { target: self.shared.clone(), held: Box::new(()) });
            }
            let own = Emulator::start(self.emulator.clone()).await.map_err(|error| error.to_string())?;
            let target =
                self.factory.at(&own.url(), Some(&self.emulator)).map_err(|error| error.to_string())?;
            Ok(Lease { target, held: Box::new(own) })
        })
    }
}

/// One server for all; whoever must be alone waits until everybody else has finished.
pub(super) struct RemoteSite {
    pub(super) target: Arc<Target>,
    pub(super) lock: Arc<RwLock<()>>,
}

impl Site for RemoteSite {
    fn lease(&self, exclusive: bool) -> Pin<Box<dyn Future<Output = Result<Lease, String>> + Send + '_>> {
        Box::pin(async move {
            let target = self.target.clone();
            Ok(match exclusive {
                true => Lease { target, held: Box::new(self.lock.clone().write_owned().await) },
                false => Lease { target, held: Box::new(self.lock.clone().read_owned().await) },
            })
        })
    }
}
