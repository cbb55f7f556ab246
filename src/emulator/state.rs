//! What all operations share: the rules this server goes by, its clock, its users, and the bugs it has.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use regex::Regex;

use super::clock::Clock;
use super::fault::Fault;
use super::faults::Bugs;
use super::gateway::Carrier;
use super::mail::Mail;
use super::rules::Rules;
use super::settings::{Settings, StartError};
use super::store::Store;
use super::switch::Switches;
use super::variant::Variant;

/// The state of one emulator.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) rules: Rules,
    pub(crate) bugs: Bugs,
    pub(crate) variants: Switches<Variant>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) sms: Option<Carrier>,
    pub(crate) mail: Option<Mail>,
    pub(crate) test_login_ids: Option<Regex>,
    pub(crate) static_login_ids: Option<Regex>,
    store: Arc<Mutex<Store>>,
}

impl Server {
    /// A server without users.
    pub(crate) fn new(settings: Settings) -> Result<Self, StartError> {
        let variants = Switches::new(&settings.variants);
        let bugs = Bugs::new(&settings.faults);
        let store = Arc::new(Mutex::new(empty_store(&variants, &bugs)));
        let static_pattern = settings.static_otp.as_ref().map(|otp| otp.login_id_pattern.as_str());
        Ok(Server {
            rules: Rules::new(&settings, &variants)?,
            bugs,
            variants,
            clock: Arc::default(),
            sms: settings
                .sms_gateway
                .clone()
                .map(|gateway| Carrier::new("sms_gateway", gateway))
                .transpose()?,
            mail: Mail::of(&settings)?,
            test_login_ids: pattern("test_login_ids", settings.test_login_ids.as_deref())?,
            static_login_ids: pattern("static_otp.login_id_pattern", static_pattern)?,
            store,
            settings,
        })
    }

    /// The same server with other switches: users, messages and the clock are those of this one, also for requests
    /// that are still on their way through it.
    pub(crate) fn switched(&self, faults: Vec<Fault>, variants: Vec<Variant>) -> Result<Self, StartError> {
        let fresh = Server::new(Settings { faults, variants, ..self.settings.clone() })?;
        adapt(&mut self.store(), &fresh.variants, &fresh.bugs);
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        Ok(Server { store, clock, bugs: self.bugs.switched(&fresh.settings.faults), ..fresh })
    }

    /// Users and messages. A panic of another task leaves them usable: no operation unlocks half way through a change.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets users and messages.
    pub(crate) fn forget(&self) {
        *self.store() = empty_store(&self.variants, &self.bugs);
        self.bugs.forget();
    }
}

fn empty_store(variants: &Switches<Variant>, bugs: &Bugs) -> Store {
    let mut store = Store::default();
    adapt(&mut store, variants, bugs);
    store
}

/// What the store itself must know of the switches.
fn adapt(store: &mut Store, variants: &Switches<Variant>, bugs: &Bugs) {
    store.shows_pending = variants.has(Variant::UsersVisibleAtSend);
    store.keeps_dashes = bugs.keep_dashes();
}

/// An expression over the whole login ID.
fn pattern(setting: &'static str, text: Option<&str>) -> Result<Option<Regex>, StartError> {
    let compile = |text| {
        Regex::new(&format!("^(?:{text})$"))
            .map_err(|why| StartError::Setting { setting, why: why.to_string() })
    };
    text.map(compile).transpose()
}
