//! A running emulator: a listening socket, its connections, and the state all operations share.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use regex::Regex;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::clock::Clock;
use super::desk::Desk;
use super::fault::Fault;
use super::gateway::Sms;
use super::rules::Rules;
use super::settings::Settings;
use super::slips::Slips;
use super::store::Store;
use super::switch::Switches;
use super::variant::Variant;

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A setting makes no sense.
    #[error("{setting}: {why}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// What all operations share.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) rules: Rules,
    pub(crate) faults: Switches<Fault>,
    pub(crate) variants: Switches<Variant>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) sms: Option<Sms>,
    pub(crate) test_login_ids: Option<Regex>,
    pub(crate) static_login_ids: Option<Regex>,
    store: Arc<Mutex<Store>>,
    slips: Arc<Mutex<Slips>>,
}

impl Server {
    fn new(settings: Settings) -> Result<Self, StartError> {
        let variants = Switches::new(&settings.variants);
        let faults = Switches::new(&settings.faults);
        let store = Arc::new(Mutex::new(empty_store(&variants, &faults)));
        let static_pattern = settings.static_otp.as_ref().map(|otp| otp.login_id_pattern.as_str());
        Ok(Server {
            rules: Rules::new(&settings, &variants)?,
            faults,
            variants,
            clock: Arc::default(),
            sms: settings.sms_gateway.clone().map(Sms::new).transpose()?,
            test_login_ids: pattern("test_login_ids", settings.test_login_ids.as_deref())?,
            static_login_ids: pattern("static_otp.login_id_pattern", static_pattern)?,
            store,
            slips: Arc::default(),
            settings,
        })
    }

    /// The same server with other switches: users, messages and the clock are those of this one, also for requests
    /// that are still on their way through it.
    pub(crate) fn switched(&self, faults: Vec<Fault>, variants: Vec<Variant>) -> Result<Self, StartError> {
        let fresh = Server::new(Settings { faults, variants, ..self.settings.clone() })?;
        {
            let mut store = self.store();
            suit(&mut store, &fresh.variants, &fresh.faults);
        }
        let (store, slips, clock) = (&self.store, &self.slips, &self.clock);
        Ok(Server { store: Arc::clone(store), slips: Arc::clone(slips), clock: Arc::clone(clock), ..fresh })
    }

    /// The state. A panic of another task leaves it usable: no operation unlocks half way through a change.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets users and messages.
    pub(crate) fn forget(&self) {
        *self.store() = empty_store(&self.variants, &self.faults);
        *self.slips() = Slips::default();
    }

    /// What buggy servers remember between requests.
    pub(crate) fn slips(&self) -> MutexGuard<'_, Slips> {
        self.slips.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn empty_store(variants: &Switches<Variant>, faults: &Switches<Fault>) -> Store {
    let mut store = Store::default();
    suit(&mut store, variants, faults);
    store
}

/// What the store itself must know of the switches.
fn suit(store: &mut Store, variants: &Switches<Variant>, faults: &Switches<Fault>) {
    store.shows_pending = variants.has(Variant::UsersVisibleAtSend);
    store.keeps_dashes = faults.has(Fault::DashesMakeAnotherUser);
}

/// An expression over the whole login ID.
fn pattern(setting: &'static str, text: Option<&str>) -> Result<Option<Regex>, StartError> {
    let compile = |text| {
        Regex::new(&format!("^(?:{text})$"))
            .map_err(|why| StartError::Setting { setting, why: why.to_string() })
    };
    text.map(compile).transpose()
}

impl Emulator {
    /// Starts on the current tokio runtime and answers as soon as this returns.
    ///
    /// # Errors
    /// When the address cannot be listened on or a setting makes no sense.
    pub async fn start(settings: Settings) -> Result<Emulator, StartError> {
        super::provider::install();
        let server = Arc::new(Server::new(settings)?);
        let listen = server.settings.listen;
        let refused = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let task = tokio::spawn(accept(listener, Desk::new(server)));
        Ok(Emulator { address, task })
    }

    /// The base URL, such as `http://127.0.0.1:4600`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, ends all connections, and returns when that is done.
    pub async fn stop(mut self) {
        self.task.abort();
        let _aborted = (&mut self.task).await;
    }

    /// Serves until the process is interrupted.
    pub async fn wait(self) {
        // Without a signal handler there is no interrupt to wait for; the process ends by the signal itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.stop().await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, desk: Desk) {
    // Dropped with this task, the set ends every connection.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(connection(stream, desk.clone()))),
            // Out of file descriptors, say: those who hold them need a moment to let go.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, desk: Desk) {
    let _kept_slow = stream.set_nodelay(true);
    let server = desk.server();
    let service = service_fn(move |request: Request<Incoming>| {
        let desk = desk.clone();
        async move { desk.answer(request).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.settings.header_timeout)
        .title_case_headers(server.variants.has(Variant::TitleCaseHeaders))
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A client that left in mid-answer has nobody to be told.
    drop(served);
}
