//! `proxy`: stand between another client and a server, and judge the client.

mod environment;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use environment::{Named, environment};
#[cfg(feature = "tls")]
use otp_conformance::app::Authority;
use otp_conformance::app::evidence::Recorder;
use otp_conformance::app::{
    Backend, Flags, KnownSetting, Origin, RunSettings, SETTINGS, SettingsOf, SomeFlags, UsageError,
};
use otp_conformance::contract::{DeliveryMethod, OperationId};
use otp_conformance::exchange::History;
use otp_conformance::proxy::{
    Child, DriverCommand, DriverSession, Ending, HostileCase, ListenSettings, Proxy, hostile_suite,
    hostile_suite_in, of_command, of_recording, speaks_of_client,
};
use otp_conformance::report::{Agent, Clients, RunReport, Sentences, human};
use otp_conformance::trial::TrialReport;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::output::{self, Reports};
use super::run::with_runtime;
use super::{complain, say, style, wait};

/// How long COMMAND may take where nothing else is said.
const LIMIT: Duration = Duration::from_secs(300);
/// How long one call of a driver may take: three repetitions after 0.1, 5 and 5 seconds, and some.
const CALL: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    settings: SomeFlags<OfProxy>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR", conflicts_with = "hostile")]
    listen: SocketAddr,
    /// End COMMAND after so many seconds [default: 300]
    #[arg(long, value_name = "S", requires = "command", conflicts_with = "hostile")]
    timeout: Option<String>,
    /// Operations that the client must call, by the names of `otp-conformance list operations`, besides the profile's
    /// `require`; if one is not called, the status is 4
    #[arg(long, value_name = "OPERATION,…", value_delimiter = ',')]
    require: Vec<String>,
    /// A variable for COMMAND that holds base-url, project or key; repeatable
    #[arg(long = "env", value_name = "NAME=VALUE", requires = "command")]
    named: Vec<Named>,
    /// A folder of hostile answers in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    suites: Option<PathBuf>,
    /// Take connections by TLS, and write the certificate of the authority for clients to trust to FILE; COMMAND finds
    /// it in SSL_CERT_FILE and its relatives
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "otp-conformance-ca.pem", conflicts_with = "hostile")]
    tls: Option<PathBuf>,
    /// A name that clients call this machine by, besides localhost and its addresses; repeatable
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "NAME", requires = "tls")]
    tls_name: Vec<String>,
    /// Without COMMAND: end when standard input ends, and not only when interrupted
    #[arg(long, conflicts_with = "command")]
    until_eof: bool,
    /// Put this hostile answer between COMMAND and the server
    #[arg(long, value_name = "CASE", conflicts_with = "hostile")]
    inject: Option<String>,
    /// COMMAND is a driver: play every hostile answer to it, one by one
    #[arg(long, requires = "command")]
    hostile: bool,
    /// Only hostile answers with this in their names; repeatable
    #[arg(long = "case", value_name = "TEXT", requires = "hostile")]
    cases: Vec<String>,
    /// Hostile answers played at once
    #[arg(long, default_value_t = 4, value_name = "N", requires = "hostile",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Record the evidence, as `judge`, `report`, `compare` and `baseline` read it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Print in full what the last screen only counts
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    reports: Reports,
    /// The command whose client is judged; without one, listen until interrupted
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// The settings that matter to a proxy; here the client is judged, and the target is what answers it.
#[derive(Clone)]
struct OfProxy;

impl SettingsOf for OfProxy {
    fn list() -> Vec<KnownSetting> {
        let all = &SETTINGS;
        let server = "an emulator of our own";
        vec![
            KnownSetting { help: "Base URL to forward to", default: Some(server), ..all.target },
            all.profile,
            all.project_id,
            KnownSetting {
                help: "How one-time codes reach us",
                default: Some("none, or the emulator's inbox"),
                ..all.codes
            },
            KnownSetting {
                help: "Methods that a driver is asked for, with commas between them",
                default: Some("sms"),
                ..all.methods
            },
            all.strict,
            KnownSetting { help: "Known deviations of the client, TOML", ..all.deviations },
            all.requirements,
            KnownSetting { help: "A header on every request that is forwarded; repeatable", ..all.headers },
            KnownSetting { help: "Own emulator only: switch a deliberate bug on; repeatable", ..all.faults },
            KnownSetting {
                help: "Own emulator only: switch a legitimate difference on; repeatable",
                ..all.variants
            },
        ]
    }
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    if args.suites.is_some() && !args.hostile && args.inject.is_none() {
        let what = "--suites: a folder of hostile answers is for --hostile and --inject".into();
        return Err(UsageError::Other(what).into());
    }
    if let Some(path) = &args.record {
        // Known before COMMAND runs, and not after it.
        output::probe("--record", path)?;
    }
    let settings = RunSettings::resolve(&flags(args))?;
    let required = required(args, &settings)?;
    with_runtime(async {
        let backend = Backend::open(settings).await?;
        let (started, begun) = (jiff::Timestamp::now(), Instant::now());
        let ran = match args.hostile {
            true => hostile(args, &backend).await?,
            false => record(args, &backend).await?,
        };
        let clients = Clients {
            failed: ran.failed.clone(),
            again: std::env::args().collect(),
            ..ran.clients(&required)
        };
        let mut report = backend.report(ran.trials, &ran.named, started, begun.elapsed());
        report.clients = Some(clients);
        let sentences = Sentences::new(backend.contract.requirements());
        if let Some(path) = &args.record {
            keep(path, &report, &backend)?;
        }
        args.reports.print(&report, &sentences, &backend.redactor, (style(), args.verbose));
        args.reports.write(&report, &sentences, &backend.redactor)?;
        Ok(report.exit_status())
    })
}

/// The operations of `--require` and of the profile.
fn required(args: &Args, settings: &RunSettings) -> Result<Vec<OperationId>, UsageError> {
    let profile = settings.profile.iter().flat_map(|profile| &profile.require);
    let unknown = |error| UsageError::Other(format!("--require: {error}"));
    let names = args.require.iter().chain(profile).map(|name| name.trim()).filter(|name| !name.is_empty());
    let mut all = names.map(|name| name.parse().map_err(unknown)).collect::<Result<Vec<OperationId>, _>>()?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// The evidence. What passed a proxy is judged when it is over, so it is written then.
fn keep(path: &Path, report: &RunReport, backend: &Backend) -> Result<(), UsageError> {
    let head = RunReport { trials: Vec::new(), ..report.clone() };
    let mut recorder = Recorder::create(path, &head, backend.redactor.clone())?;
    report.trials.iter().for_each(|trial| recorder.trial(trial));
    recorder.finish(report)
}

fn flags(args: &Args) -> Flags {
    Flags { timeout: args.timeout.clone(), ..args.settings.flags.clone() }
}

/// What a run through the proxy came to.
#[derive(Default)]
struct Ran {
    trials: Vec<TrialReport>,
    /// The names of all trials that there could be.
    named: Vec<String>,
    agents: BTreeMap<Agent, usize>,
    /// How COMMAND failed.
    failed: Option<String>,
}

impl Ran {
    fn clients(&self, required: &[OperationId]) -> Clients {
        let clients = self.trials.iter().filter(|trial| speaks_of_client(&trial.name));
        let histories = clients.flat_map(|trial| &trial.histories);
        Clients::of(self.agents.clone(), histories, required)
    }
}

async fn record(args: &Args, backend: &Backend) -> anyhow::Result<Ran> {
    let case = match &args.inject {
        Some(name) => Some(one_case(args, backend, name)?),
        None => None,
    };
    let (door, bundle) = door(args)?;
    let proxy = Proxy::start(door, backend.target.clone(), backend.assumptions.clone(), case);
    let proxy = proxy.await.map_err(|error| UsageError::Other(error.to_string()))?;
    let mut ran = Ran::default();
    if args.command.is_empty() {
        tell(args, &format!("listening {}\n", proxy.url()));
        // Our own emulator has its page beside the proxy: what is asked there is no client's.
        if backend.settings.target.value.is_none() {
            tell(args, &format!("page      {}/\n", backend.target.base()));
        }
        wait::ended(args.until_eof).await;
    } else {
        let ending = run(args, backend, &proxy.url(), bundle.as_ref().map(|file| file.path())).await?;
        if let Ending::Exited(status) = ending {
            tell(args, &format!("command ended with {status}\n"));
            ran.failed = (!status.success()).then(|| status.to_string());
        }
        ran.trials.extend(of_command(ending, proxy.requests()));
    }
    let recording = proxy.finish().await;
    ran.agents = recording.agents.clone();
    ran.trials.extend(of_recording(&backend.contract, &recording, backend.fails_from()));
    ran.named = ran.trials.iter().map(|trial| trial.name.clone()).collect();
    Ok(ran)
}

/// A line beside the report: on standard error where standard output is the summary's.
fn tell(args: &Args, text: &str) {
    match args.reports.is_quiet() {
        true => complain(text.trim_end()),
        false => say(text),
    }
}

/// Where the proxy listens. With TLS also a file of all authorities that COMMAND may trust: ours and the system's.
#[cfg(feature = "tls")]
fn door(args: &Args) -> anyhow::Result<(ListenSettings, Option<tempfile::NamedTempFile>)> {
    let Some(path) = &args.tls else { return Ok((args.listen.into(), None)) };
    let authority = Authority::new(args.listen.ip(), &args.tls_name)?;
    authority.write(path)?;
    let bundle = tempfile::NamedTempFile::new().context("no scratch file")?;
    authority.write_bundle(bundle.path())?;
    Ok((ListenSettings { listen: args.listen, tls: Some(authority.config()) }, Some(bundle)))
}

/// Where the proxy listens.
#[cfg(not(feature = "tls"))]
fn door(args: &Args) -> anyhow::Result<(ListenSettings, Option<tempfile::NamedTempFile>)> {
    Ok((args.listen.into(), None))
}

async fn run(args: &Args, backend: &Backend, url: &str, authority: Option<&Path>) -> anyhow::Result<Ending> {
    let environment = environment(backend, Some(url), authority, &args.named);
    // With a report on our standard output, that of COMMAND goes to our standard error.
    let output = if args.reports.is_quiet() { std::io::stderr().into() } else { Stdio::inherit() };
    let child = Child::start(&args.command, &environment, output).map_err(|error| {
        let name = args.command.first().map_or("", String::as_str);
        UsageError::Other(format!("COMMAND {name}: {error}"))
    })?;
    child.wait(backend.settings.timeout.unwrap_or(LIMIT)).await.context("COMMAND was lost")
}

/// The hostile answers there are: our own, or those of a folder.
fn cases(args: &Args, backend: &Backend) -> Result<Vec<HostileCase>, UsageError> {
    let read = match &args.suites {
        Some(folder) => hostile_suite_in(folder, &backend.contract),
        None => hostile_suite(&backend.contract),
    };
    read.map_err(|error| UsageError::Other(error.to_string()))
}

fn one_case(args: &Args, backend: &Backend, name: &str) -> Result<HostileCase, UsageError> {
    let all = cases(args, backend)?;
    let known = unknown_case(&all, name);
    all.into_iter().find(|case| case.short() == name || case.name == name).ok_or(UsageError::Other(known))
}

fn unknown_case(all: &[HostileCase], name: &str) -> String {
    let names: Vec<&str> = all.iter().map(HostileCase::short).collect();
    format!("no hostile answer {name:?}; there are\n  {}", names.join("\n  "))
}

/// Each case by each method that was named; by SMS, where none was.
fn by_methods(cases: Vec<HostileCase>, backend: &Backend) -> Vec<HostileCase> {
    let said = &backend.settings.methods;
    let sms = [DeliveryMethod::Sms];
    let methods = if said.origin == Origin::Default { &sms[..] } else { &said.value };
    let by = |case: &HostileCase| -> Vec<HostileCase> {
        methods.iter().filter_map(|method| case.by_method(*method, &backend.contract)).collect()
    };
    cases.iter().flat_map(by).collect()
}

async fn hostile(args: &Args, backend: &Backend) -> anyhow::Result<Ran> {
    let all = by_methods(cases(args, backend)?, backend);
    let named = all.iter().map(|case| case.name.clone()).collect();
    let known = |part: &&String| all.iter().any(|case| case.is_named(part));
    if let Some(part) = args.cases.iter().find(|part| !known(part)) {
        return Err(UsageError::Other(unknown_case(&all, part)).into());
    }
    let chosen =
        |case: &HostileCase| args.cases.is_empty() || args.cases.iter().any(|part| case.is_named(part));
    let lane = DriverSession {
        target: backend.target.clone(),
        assumptions: backend.assumptions.clone(),
        limit: CALL,
        fails_from: backend.fails_from(),
    };
    let driver = Arc::new(DriverCommand {
        command: args.command.clone(),
        environment: environment(backend, None, None, &args.named),
        addresses: args.named.iter().filter_map(Named::address).map(str::to_owned).collect(),
    });
    let room = Arc::new(Semaphore::new(usize::from(args.jobs)));
    let mut running = JoinSet::new();
    for (at, case) in all.into_iter().filter(chosen).enumerate() {
        let (lane, driver, room) = (lane.clone(), driver.clone(), room.clone());
        running.spawn(async move {
            let _place = room.acquire_owned().await;
            (at, lane.run(&case, |url| driver.start(url)).await)
        });
    }
    let mut ended = Vec::new();
    while let Some(joined) = running.join_next().await {
        let (at, mut trial) = joined.context("a hostile case was lost")?;
        backend.baseline.excuse(&mut trial);
        if !args.reports.is_quiet() {
            say(&(backend.redactor.clean(&human::trial_line(&trial, style())) + "\n"));
        }
        ended.push((at, trial));
    }
    ended.sort_by_key(|(at, _)| *at);
    let trials: Vec<TrialReport> = ended.into_iter().map(|(_, trial)| trial).collect();
    let mut agents = BTreeMap::new();
    for exchange in trials.iter().flat_map(|trial| &trial.histories).flat_map(History::exchanges) {
        *agents.entry(Agent::of(&exchange.request)).or_default() += 1;
    }
    Ok(Ran { trials, named, agents, failed: None })
}
