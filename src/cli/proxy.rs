//! `proxy`: stand between another client and a server, and judge the client.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use otp_conformance::app::evidence::Recorder;
use otp_conformance::app::{Backend, Flags, Settings, UsageError};
use otp_conformance::proxy::{
    Child, DriverCommand, Ending, HostileCase, Lane, Proxy, hostile_suite, of_command, of_recording,
};
use otp_conformance::report::{RunReport, Sentences, human};
use otp_conformance::trial::TrialReport;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::output::Reports;
use super::run::with_runtime;
use super::{say, style, wait};

/// How long COMMAND may take where nothing else is said.
const LIMIT: Duration = Duration::from_secs(300);
/// How long one call of a driver may take: three repetitions after 0.1, 5 and 5 seconds, and some.
const CALL: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Base URL to forward to [env: OTP_TARGET] [default: an emulator of our own]
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// A target profile, TOML; flags and environment win over it [env: OTP_PROFILE]
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Descope project ID, the bearer [env: OTP_PROJECT_ID]
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,
    /// How one-time codes reach us [env: OTP_CODES] [default: none, or the emulator's inbox]
    #[arg(long, value_name = "SOURCE")]
    codes: Option<String>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    listen: SocketAddr,
    /// End COMMAND after so many seconds [default: 300]
    #[arg(long, value_name = "S")]
    timeout: Option<String>,
    /// A broken SHOULD fails too [env: OTP_STRICT]
    #[arg(long)]
    strict: bool,
    /// Known deviations of the client, TOML [env: OTP_DEVIATIONS]
    #[arg(long, value_name = "FILE")]
    deviations: Option<PathBuf>,
    /// A header on every request that is forwarded; repeatable
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Own emulator only: switch a deliberate bug on; repeatable
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<String>,
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
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Record the evidence, as `judge`, `report`, `compare` and `baseline` read it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Print everything that the last screen only counts
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    reports: Reports,
    /// The command whose client is judged; without one, listen until interrupted
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    let settings = Settings::resolve(&flags(args))?;
    with_runtime(async {
        let backend = Backend::open(settings).await?;
        let (started, begun) = (jiff::Timestamp::now(), Instant::now());
        let (trials, named) = match args.hostile {
            true => hostile(args, &backend).await?,
            false => record(args, &backend).await?,
        };
        let report = backend.report(trials, &named, started, begun.elapsed());
        let sentences = Sentences::new(backend.contract.requirements());
        if let Some(path) = &args.record {
            keep(path, &report, &backend)?;
        }
        args.reports.print(&report, &sentences, &backend.redactor, (style(), args.verbose));
        args.reports.write(&report, &sentences, &backend.redactor)?;
        Ok(report.exit_status())
    })
}

/// The evidence. What passed a proxy is judged when it is over, so it is written then.
fn keep(path: &Path, report: &RunReport, backend: &Backend) -> Result<(), UsageError> {
    let head = RunReport { trials: Vec::new(), ..report.clone() };
    let mut recorder = Recorder::create(path, &head, backend.redactor.clone())?;
    report.trials.iter().for_each(|trial| recorder.trial(trial));
    recorder.finish(report)
}

fn flags(args: &Args) -> Flags {
    Flags {
        target: args.target.clone(),
        project_id: args.project_id.clone(),
        codes: args.codes.clone(),
        timeout: args.timeout.clone(),
        strict: args.strict,
        profile: args.profile.clone(),
        deviations: args.deviations.clone(),
        headers: args.headers.clone(),
        faults: args.faults.clone(),
        ..Flags::default()
    }
}

/// What COMMAND, or a driver, finds in its environment.
fn environment(backend: &Backend, url: Option<&str>) -> Vec<(String, String)> {
    let target = &backend.target;
    let key = target.management_key.as_deref();
    let named = [
        ("DESCOPE_BASE_URL", url),
        ("DESCOPE_BASE_URI", url),
        ("OTP_PROXY_URL", url),
        ("DESCOPE_PROJECT_ID", Some(target.project_id.as_str())),
        ("OTP_PROJECT_ID", Some(target.project_id.as_str())),
        ("DESCOPE_MANAGEMENT_KEY", key),
        ("OTP_MANAGEMENT_KEY", key),
        // A proxy of the environment would stand in front of this one.
        ("NO_PROXY", Some("127.0.0.1,localhost")),
        ("no_proxy", Some("127.0.0.1,localhost")),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
}

/// The trials and the names of all that there could be.
type Trials = (Vec<TrialReport>, Vec<String>);

async fn record(args: &Args, backend: &Backend) -> anyhow::Result<Trials> {
    let case = match &args.inject {
        Some(name) => Some(one_case(backend, name)?),
        None => None,
    };
    let proxy = Proxy::start(args.listen, backend.target.clone(), backend.assumptions.clone(), case);
    let proxy = proxy.await.map_err(|error| UsageError::Other(error.to_string()))?;
    let mut trials = Vec::new();
    if args.command.is_empty() {
        say(&format!("listening {}\n", proxy.url()));
        wait::ended(args.until_eof).await;
    } else {
        let ending = run(args, backend, &proxy.url()).await?;
        if let (Ending::Exited(status), false) = (ending, args.reports.is_quiet()) {
            say(&format!("command ended with {status}\n"));
        }
        trials.push(of_command(ending, proxy.requests()));
    }
    let recording = proxy.finish().await;
    trials.extend(of_recording(&backend.contract, &recording, backend.fails_from()));
    let named = trials.iter().map(|trial| trial.name.clone()).collect();
    Ok((trials, named))
}

async fn run(args: &Args, backend: &Backend, url: &str) -> anyhow::Result<Ending> {
    let started = Child::start(&args.command, &environment(backend, Some(url)));
    let child = started.map_err(|error| {
        let name = args.command.first().map_or("", String::as_str);
        UsageError::Other(format!("COMMAND {name}: {error}"))
    })?;
    child.wait(backend.settings.timeout.unwrap_or(LIMIT)).await.context("COMMAND was lost")
}

fn one_case(backend: &Backend, name: &str) -> Result<HostileCase, UsageError> {
    let all = hostile_suite(&backend.contract).map_err(|error| UsageError::Other(error.to_string()))?;
    let names: Vec<String> = all.iter().map(|case| case.short().to_owned()).collect();
    let known = format!("no hostile answer {name:?}; there are\n  {}", names.join("\n  "));
    all.into_iter().find(|case| case.short() == name || case.name == name).ok_or(UsageError::Other(known))
}

async fn hostile(args: &Args, backend: &Backend) -> anyhow::Result<Trials> {
    let all = hostile_suite(&backend.contract).map_err(|error| UsageError::Other(error.to_string()))?;
    let named = all.iter().map(|case| case.name.clone()).collect();
    let chosen =
        |case: &HostileCase| args.cases.is_empty() || args.cases.iter().any(|part| case.name.contains(part));
    let lane = Lane {
        target: backend.target.clone(),
        assumptions: backend.assumptions.clone(),
        limit: CALL,
        fails_from: backend.fails_from(),
    };
    let driver =
        Arc::new(DriverCommand { command: args.command.clone(), environment: environment(backend, None) });
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
    Ok((ended.into_iter().map(|(_, trial)| trial).collect(), named))
}
