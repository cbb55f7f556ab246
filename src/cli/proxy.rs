//! `proxy`: stand between another client and a server, and judge the client.

mod args;
mod environment;
mod hostile;
mod ran;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
#[cfg(feature = "tls")]
use otp_conformance::app::Authority;
use otp_conformance::app::evidence::Recorder;
use otp_conformance::app::{Backend, Flags, RunSettings, UsageError};
use otp_conformance::contract::OperationId;
use otp_conformance::proxy::{Child, Ending, ListenSettings, Proxy, of_command, of_recording};
use otp_conformance::report::{Clients, RunReport, Sentences};

use super::run::with_runtime;
use super::{complain, output, say, style, wait};
pub(crate) use args::Args;
use environment::environment;
use hostile::{hostile, one_case};
use ran::Ran;

/// How long COMMAND may take where nothing else is said.
const LIMIT: Duration = Duration::from_secs(300);
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

/// A line beside the report: on standard error where standard output is the summary's.
fn tell(args: &Args, text: &str) {
    match args.reports.is_quiet() {
        true => complain(text.trim_end()),
        false => say(text),
    }
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
