//! Each delivery method apart: how many faults a run by it alone convicts, how soon, and whom it accuses.
//!
//! `cargo tools methods` writes `docs/measurements/methods.md`.

use std::fmt::Write;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use otp_conformance::app::{self, Flags, Harness, Progress, RunSettings};
use otp_conformance::contract::DeliveryMethod;
use otp_conformance::emulator::Fault;
use otp_conformance::report::RunReport;
use otp_conformance::trial::TrialReport;

use crate::path;
use crate::proof::measure::{Met, Until, meet_all};
use crate::proof::names::sample;

const PAGE: &str = "docs/measurements/methods.md";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these methods; the page is not written then
    #[arg(long = "method", value_name = "NAME")]
    methods: Vec<DeliveryMethod>,
    /// So many faults of each method, by a fixed hash of the name
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Runs of each method against a right server, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 100)]
    runs: u64,
    /// Servers at a time; with one, the time to the first finding is what a user waits
    #[arg(long, value_name = "N", default_value_t = 1)]
    at_once: usize,
}

/// What was seen of one method.
struct Seen {
    method: DeliveryMethod,
    met: Vec<Met>,
    accused: Vec<String>,
}

/// Measures, writes the page, and returns who was accused.
pub(crate) async fn run(args: &Args) -> Result<Vec<String>, String> {
    let all = if args.methods.is_empty() { DeliveryMethod::ALL.to_vec() } else { args.methods.clone() };
    let mut seen = Vec::new();
    for method in all {
        let faults: Vec<Fault> =
            Fault::ALL.iter().copied().filter(|fault| shows_by(*fault, method)).collect();
        let faults = args.sample.map_or(faults.clone(), |count| sample(&faults, count));
        let met = meet_all(&faults, &[], Until::ConvictedBy(method), args.at_once).await?;
        let accused = accused(method, args.runs).await?;
        seen.push(Seen { method, met, accused });
        println!("{}", seen.last().map(row).unwrap_or_default());
    }
    let (sms, both) = (whole("sms").await?, whole("sms,email").await?);
    let page = page(args, &seen, &sms, &both);
    println!("{page}");
    if args.methods.is_empty() {
        std::fs::write(path(PAGE), page).map_err(|error| format!("{PAGE}: {error}"))?;
    }
    Ok(seen.into_iter().flat_map(|one| one.accused).collect())
}

/// Whether a run by this method alone can show a fault at all: it is not in the handlers of another.
fn shows_by(fault: Fault, method: DeliveryMethod) -> bool {
    let of_mail = fault.name().starts_with("mail-");
    fault.method().map_or(!of_mail || method.is_mail(), |own| own == method.name())
}

/// What a run by these methods, with this seed, said of a right server.
async fn right(methods: &str, seed: u64) -> Result<(RunReport, Duration), String> {
    let flags = Flags { seed: Some(seed.to_string()), methods: Some(methods.into()), ..Flags::default() };
    let settings = RunSettings::with(&flags, &|_| None).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let harness = Harness::prepare(settings, &[]).await.map_err(|error| error.to_string())?;
    let report = app::run(&harness, Timestamp::now(), &mut Unwatched).await;
    Ok((report, begun.elapsed()))
}

struct Unwatched;

impl Progress for Unwatched {
    fn ended(&mut self, _: &TrialReport) {}
}

/// What runs by one method say against a right server.
async fn accused(method: DeliveryMethod, runs: u64) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for seed in 0..runs {
        let (report, _) = right(method.name(), seed).await?;
        for trial in &report.trials {
            let said = trial.findings.iter().map(|finding| finding.requirement);
            all.extend(said.map(|id| format!("{method}, seed {seed}: {} says {id}", trial.name)));
        }
    }
    Ok(all)
}

/// Requests and seconds of a whole run.
async fn whole(methods: &str) -> Result<(u64, f64), String> {
    let (report, took) = right(methods, 7).await?;
    Ok((report.trials.iter().map(|trial| trial.requests).sum(), took.as_secs_f64()))
}

fn row(seen: &Seen) -> String {
    let mut times: Vec<Duration> = seen.met.iter().filter_map(|met| met.first).collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let (convicted, all) = (times.len(), seen.met.len());
    let share = convicted as f64 * 100.0 / all.max(1) as f64;
    let (method, accused) = (seen.method, seen.accused.len());
    format!("| `{method}` | {convicted} of {all} | {share:.1} % | {} ms | {accused} |", median.as_millis())
}

fn page(args: &Args, seen: &[Seen], sms: &(u64, f64), both: &(u64, f64)) -> String {
    let mut page = String::from("# Each delivery method apart\n\nWritten by `cargo tools methods`");
    let build = if cfg!(debug_assertions) { "debug build" } else { "release build" };
    let _ = write!(page, ", {build}, {} runs against a right server by each method", args.runs);
    if let Some(count) = args.sample {
        let _ = write!(page, ", {count} faults of each by a fixed hash of the name");
    }
    page.push_str(
        ".\n\nA run by one method alone meets every fault that is not in the handlers of another.\n\n\
         | method | faults convicted | share | first finding, median | accusations of a right server |\n\
         |---|---|---|---|---|\n",
    );
    for one in seen {
        let _ = writeln!(page, "{}", row(one));
    }
    page.push_str("\nNot convicted:\n\n");
    for one in seen {
        let escaped = one.met.iter().filter(|met| met.first.is_none());
        let escaped: Vec<String> = escaped.map(|met| format!("`{}`", met.row.fault)).collect();
        let _ = writeln!(page, "- `{}`: {}", one.method, escaped.join(", "));
    }
    let _ = writeln!(
        page,
        "\nA default run, by SMS and e-mail, sends {} requests in {:.1} s; one by SMS alone sends {} in {:.1} s: {:.2} times \
         the requests and {:.2} times the time.",
        both.0,
        both.1,
        sms.0,
        sms.1,
        both.0 as f64 / sms.0 as f64,
        both.1 / sms.1
    );
    page
}
