//! Where requests go: one server, its names and keys.

mod ask_keys;
mod connections;
mod distance;
mod published;
mod read;
mod send;
mod settings;
#[cfg(test)]
mod tests;
mod time;
mod wire;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, RwLock};

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::code::CodeSource;
use super::error::{ControlError, TargetError, is_loopback};
use super::shared::SharedNumbers;
use super::{Breaker, Budget, Clock, Guard, Journal, Learned, Numbers, Pace, Sent, Transport};
use crate::contract::Contract;
use crate::exchange::Redactor;
use connections::Connections;
use distance::Distance;
use published::Published;

pub(super) use read::bounded;
pub(crate) use send::loss;
pub use settings::{StaticCode, TargetSettings};
pub use wire::Wire;

/// Requests in flight at once where nothing limits them, and where the pace does.
const WIDE: usize = 16;
const NARROW: usize = 4;

/// One server under test. Shared by all trials of a run.
pub struct Target {
    base: String,
    connections: Connections,
    headers: HeaderMap,
    guard: Guard,
    published: Published,
    pace: Pace,
    clock: Option<Clock>,
    moved: AtomicBool,
    distance: Distance,
    /// What the run learned of it.
    pub learned: Learned,
    reset: Option<String>,
    breaker: Breaker,
    addresses: RwLock<HashMap<String, reqwest::Url>>,
    /// The users this run created.
    pub(super) journal: Journal,
    pub(super) budget: Arc<Budget>,
    pub(super) lasting: bool,
    /// When it was opened, by our clock, in seconds.
    pub(super) began: i64,
    max_body: usize,
    contract: Arc<Contract>,
    loopback: bool,
    /// Project ID.
    pub project_id: String,
    /// Management key.
    pub management_key: Option<String>,
    /// Auth management key.
    pub auth_management_key: Option<String>,
    /// The static code of some test users.
    pub static_code: Option<StaticCode>,
    /// How codes become visible.
    pub codes: Arc<dyn CodeSource>,
    /// Numbers and names for people.
    pub numbers: Numbers,
    /// Numbers that are lent, not given.
    pub(super) shared: SharedNumbers,
    /// Knows every secret of the run.
    pub redactor: Arc<Redactor>,
}

impl Target {
    /// A target, not yet contacted.
    ///
    /// # Errors
    /// The URL or a header cannot be used.
    pub fn new(
        settings: TargetSettings,
        contract: Arc<Contract>,
        redactor: Arc<Redactor>,
    ) -> Result<Target, TargetError> {
        let base = settings.base.trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base).map_err(|_| TargetError::BadUrl(base.clone()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(TargetError::BadUrl(base));
        }
        for (name, key) in
            [("management", &settings.management_key), ("auth-management", &settings.auth_management_key)]
        {
            if let Some(key) = key {
                redactor.learn_value(key, name);
            }
        }
        let (timeout, loopback) = (settings.transport.timeout, is_loopback(&url));
        Ok(Target {
            connections: Connections::new(settings.transport, url)?,
            base,
            headers: header_map(&settings.headers)?,
            began: Timestamp::now().as_second(),
            numbers: Numbers::new(settings.namespace).at_domain(settings.allowed_domains.first().cloned()),
            guard: Guard::new(settings.allowed_numbers).with_domains(settings.allowed_domains),
            published: Published::default(),
            pace: settings.pace,
            clock: settings.clock,
            moved: AtomicBool::new(false),
            distance: Distance::default(),
            learned: Learned::default(),
            reset: settings.reset,
            breaker: Breaker::new(timeout),
            addresses: RwLock::default(),
            journal: settings.journal,
            budget: settings.budget,
            lasting: settings.lasting,
            max_body: settings.max_body,
            contract,
            loopback,
            project_id: settings.project_id,
            management_key: settings.management_key,
            auth_management_key: settings.auth_management_key,
            static_code: settings.static_code,
            codes: settings.codes,
            shared: SharedNumbers::default(),
            redactor,
        })
    }

    /// The contract requests are made by.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// A client that passes on what others send to this target.
    ///
    /// # Errors
    /// A certificate or the proxy's address cannot be used.
    pub(crate) fn forwarder(&self) -> Result<reqwest::Client, TargetError> {
        self.connections.forwarder()
    }

    /// From now on each request has a connection of its own: what is lost on one that another request had may be the wire's
    /// doing.
    pub(crate) fn connect_anew(&self) {
        self.connections.distrust();
    }

    /// The headers of every request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What keeps strangers' numbers out of requests that others make. A server on loopback can text no phone.
    pub(crate) fn guard(&self) -> Option<&Guard> {
        (!self.loopback).then_some(&self.guard)
    }

    /// How fast requests may follow each other.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// How many cases it may be played at once: what comes after each other by the pace alone need not overlap.
    pub fn width(&self) -> usize {
        match self.learned.plays_one_by_one() {
            true => 1,
            false if self.pace.is_unlimited() => WIDE,
            false => NARROW,
        }
    }

    /// How many times as many requests may be on their way as to a near target: 1 to 6, by the shortest time that an answer
    /// took. 1 where the pace limits them, and where answers wait for each other.
    pub fn distance(&self) -> usize {
        if self.pace.is_unlimited() { self.distance.factor() } else { 1 }
    }

    /// As if an answer had come after this time.
    #[cfg(test)]
    pub(crate) fn answered_after(&self, took: std::time::Duration) {
        self.distance.note(took);
    }

    /// How many rounds of a scenario are played at once: more than one where each waits for a far target.
    pub fn rounds_at_once(&self) -> usize {
        if self.learned.plays_one_by_one() { 1 } else { self.distance().min(NARROW) }
    }

    /// Base URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What all targets of the run have sent so far, whatever it was for.
    pub fn sent(&self) -> Sent {
        self.budget.sent()
    }

    /// What may be sent, by all targets of the run together.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Whether it runs on this machine: nothing sent there costs money or reaches a phone.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Makes the target forget everything, where it can, and says whether it did.
    ///
    /// # Errors
    /// It did not.
    pub async fn reset(&self) -> Result<bool, ControlError> {
        match &self.reset {
            Some(url) => self.post(url, "{}".into()).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Sends no more requests of trials: trials that still run see an unreachable target.
    pub fn close(&self) {
        self.breaker.open();
    }

    /// Whether so many requests in a row were not answered that the target must be gone.
    pub fn is_gone(&self) -> bool {
        self.breaker.is_open()
    }
}

/// Header fields as they are sent.
fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, TargetError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let bad = || TargetError::BadHeader(name.clone());
        let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        map.append(field, HeaderValue::from_str(value).map_err(|_| bad())?);
    }
    Ok(map)
}

/// A client for what a target shows beside its operations, such as an inbox: reached as the target is.
///
/// # Errors
/// The URL, a header, a certificate or the proxy's address cannot be used.
pub(crate) fn client_beside(
    base: &str,
    transport: &Transport,
    headers: &[(String, String)],
) -> Result<reqwest::Client, TargetError> {
    let url = reqwest::Url::parse(base).map_err(|_| TargetError::BadUrl(base.to_owned()))?;
    transport.client(&url, header_map(headers)?)
}
