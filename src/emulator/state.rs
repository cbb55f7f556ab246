//! What all operations share: the rules this server goes by, its clock, its users, and the bugs it has.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use regex::Regex;

use super::channel::Channel;
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
    /// What answers instead by one channel, where its handlers are copies that differ.
    copies: Vec<(Channel, Arc<Server>)>,
}

impl Server {
    /// A server without users.
    pub(crate) fn new(settings: Settings) -> Result<Self, StartError> {
        let variants = Switches::new(&settings.variants);
        let bugs = Bugs::new(&settings.faults);
        let store = Arc::new(Mutex::new(empty_store(&variants, &bugs)));
        let static_pattern = settings.static_otp.as_ref().map(|otp| otp.login_id_pattern.as_str());
        let server = Server {
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
            copies: Vec::new(),
        };
        server.with_copies()
    }

    /// The server that answers at this path: a copy, where its last part names a channel that has one.
    pub(crate) fn at(self: &Arc<Self>, path: &str) -> Arc<Server> {
        let channel = path.rsplit('/').next().and_then(Channel::named);
        let own = self.copies.iter().find(|(copied, _)| Some(*copied) == channel);
        Arc::clone(own.map_or(self, |(_, server)| server))
    }

    /// The same server with the copies that its switches ask for; users, messages and the clock are shared.
    fn with_copies(self) -> Result<Self, StartError> {
        let mut copies = Vec::new();
        for (_, channel) in Channel::all() {
            let (faults, own_faults) = parted(&self.settings.faults, Fault::of_one_channel, channel);
            let (variants, own_variants) = parted(&self.settings.variants, Variant::of_one_channel, channel);
            if !own_faults && !own_variants {
                continue;
            }
            let copy = Server::new(Settings { faults, variants, ..self.settings.clone() })?;
            let bugs = self.bugs.switched(&copy.settings.faults);
            let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
            copies.push((channel, Arc::new(Server { store, clock, bugs, ..copy })));
        }
        Ok(Server { copies, ..self })
    }

    /// The same server with other switches: users, messages and the clock are those of this one, also for requests
    /// that are still on their way through it.
    pub(crate) fn switched(&self, faults: Vec<Fault>, variants: Vec<Variant>) -> Result<Self, StartError> {
        let fresh = Server::new(Settings { faults, variants, ..self.settings.clone() })?;
        adapt(&mut self.store(), &fresh.variants, &fresh.bugs);
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let bugs = self.bugs.switched(&fresh.settings.faults);
        Server { store, clock, bugs, ..fresh }.with_copies()
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

/// The switches of the copy for a channel, and whether one of them is its own: each such gives way to the switch that it
/// copies, and those of other channels are off.
fn parted<S: Copy>(chosen: &[S], of_one: fn(S) -> Option<(Channel, S)>, channel: Channel) -> (Vec<S>, bool) {
    let own = |switch: &S| of_one(*switch).is_some_and(|(of, _)| of == channel);
    let kept = chosen.iter().filter_map(|switch| match of_one(*switch) {
        None => Some(*switch),
        Some((of, copied)) => (of == channel).then_some(copied),
    });
    (kept.collect(), chosen.iter().any(own))
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
    store.folds_addresses = variants.has(Variant::AddressesAreFolded);
    let composed: fn(&str) -> String = |name| name.replace("e\u{301}", "\u{e9}");
    store.keeps_names = bugs.keeps_names().or(variants.has(Variant::AccentsAreComposed).then_some(composed));
}

/// An expression over the whole login ID.
fn pattern(setting: &'static str, text: Option<&str>) -> Result<Option<Regex>, StartError> {
    let compile = |text| {
        Regex::new(&format!("^(?:{text})$"))
            .map_err(|why| StartError::Setting { setting, why: why.to_string() })
    };
    text.map(compile).transpose()
}
