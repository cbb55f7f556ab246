//! Each delivery method apart: how many faults a run by it alone convicts, how soon, and whom it accuses.
//!
//! `cargo tools methods` writes `docs/measurements/methods.md`.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use otp_conformance::app::{self, Flags, Harness, Progress, RunSettings};
use otp_conformance::contract::{DeliveryMethod, Level};
use otp_conformance::emulator::Fault;
use otp_conformance::report::RunReport;
use otp_conformance::trial::TrialReport;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::path;
use crate::proof::measure::{Met, Until, meet_all};
use crate::proof::names::sample;

const PAGE: &str = "docs/measurements/methods.md";

/// What is aimed at: per cent of the faults, milliseconds, and how many times a run by SMS.
const AIM: (f64, u128, f64) = (98.0, 150, 1.8);

/// Whole runs of each set of methods that are timed; the median counts.
const TIMED: u64 = 3;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these methods; the page is not written then
    #[arg(long = "method", value_name = "NAME")]
    methods: Vec<DeliveryMethod>,
    /// So many faults of each method, by a fixed hash of the name; the page is not written then
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Runs of each method against a right server, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 100)]
    runs: u64,
    /// Servers with faults at a time; with one, the time to the first finding is what a user waits
    #[arg(long, value_name = "N", default_value_t = 1)]
    at_once: usize,
    /// Right servers at a time
    #[arg(long, value_name = "N", default_value_t = 2)]
    runs_at_once: usize,
}

/// What was seen of runs by some methods.
struct Seen {
    methods: Vec<DeliveryMethod>,
    met: Vec<Met>,
    accused: Vec<String>,
}

impl Seen {
    fn name(&self) -> String {
        self.methods.iter().map(|method| format!("`{method}`")).collect::<Vec<_>>().join(" and ")
    }
}

/// Measures, writes the page, and returns who was accused.
pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<String>> {
    let all = if args.methods.is_empty() { DeliveryMethod::ALL.to_vec() } else { args.methods.clone() };
    let mut sets: Vec<Vec<DeliveryMethod>> = all.into_iter().map(|method| vec![method]).collect();
    if args.methods.is_empty() {
        sets.push(DeliveryMethod::usual());
    }
    let mut seen = Vec::new();
    for methods in sets {
        let faults: Vec<Fault> =
            Fault::ALL.iter().copied().filter(|fault| is_for(*fault, &methods)).collect();
        let faults = args.sample.map_or(faults.clone(), |count| sample(&faults, count));
        let until = match methods.as_slice() {
            [only] => Until::ConvictedBy(*only),
            _ => Until::Convicted,
        };
        let met = meet_all(&faults, &[], until, args.at_once).await?;
        let accused = accused(&methods, args).await?;
        seen.push(Seen { methods, met, accused });
        println!("{}", seen.last().map(row).unwrap_or_default());
    }
    let sms = whole(&[DeliveryMethod::Sms]).await?;
    let usual = whole(&DeliveryMethod::usual()).await?;
    let every = whole(&DeliveryMethod::ALL).await?;
    let page =
        page(args, &seen, &[("SMS alone", sms), ("the default: SMS and e-mail", usual), ("all five", every)]);
    println!("{page}");
    if args.methods.is_empty() && args.sample.is_none() {
        std::fs::write(path(PAGE), page).context(PAGE)?;
    }
    Ok(seen.into_iter().flat_map(|one| one.accused).collect())
}

/// Whether runs by these methods are there to show a fault. One method alone meets every fault that is not in the handlers
/// of others, or between two; what is between them is met by both, and by both alone.
fn is_for(fault: Fault, methods: &[DeliveryMethod]) -> bool {
    let own = fault.methods();
    match methods {
        [only] => own.iter().all(|name| *name == only.name()),
        several => own.len() > 1 && own.iter().all(|name| several.iter().any(|it| it.name() == *name)),
    }
}

fn names(methods: &[DeliveryMethod]) -> String {
    methods.iter().map(|method| method.name()).collect::<Vec<_>>().join(",")
}

/// What a run by these methods, with this seed, said of a right server.
async fn right(methods: &str, seed: u64) -> anyhow::Result<(RunReport, Duration)> {
    let flags = Flags {
        seed: Some(seed.to_string()),
        strict: true,
        methods: Some(methods.into()),
        ..Flags::default()
    };
    let settings = RunSettings::with(&flags, &|_| None)?;
    let begun = Instant::now();
    let harness = Harness::prepare(settings, &[]).await?;
    let report = app::run(&harness, Timestamp::now(), &mut Unwatched).await;
    Ok((report, begun.elapsed()))
}

struct Unwatched;

impl Progress for Unwatched {
    fn ended(&mut self, _: &TrialReport) {}
}

/// What runs by some methods say against a right server: a MUST and a SHOULD alike.
async fn accused(methods: &[DeliveryMethod], args: &Args) -> anyhow::Result<Vec<String>> {
    let methods = names(methods);
    let room = Arc::new(Semaphore::new(args.runs_at_once.max(1)));
    let mut runs = JoinSet::new();
    for seed in 0..args.runs {
        let (room, methods) = (room.clone(), methods.clone());
        runs.spawn(async move {
            let _place = room.acquire_owned().await?;
            anyhow::Ok((seed, right(&methods, seed).await?.0))
        });
    }
    let mut all = Vec::new();
    while let Some(run) = runs.join_next().await {
        let (seed, report) = run??;
        for trial in &report.trials {
            let said = trial.findings.iter().filter(|finding| finding.level > Level::May);
            let said = said.map(|finding| finding.requirement);
            all.extend(said.map(|id| format!("{methods}, seed {seed}: {} says {id}", trial.name)));
        }
    }
    Ok(all)
}

/// Requests and seconds of a whole run; the median of several.
async fn whole(methods: &[DeliveryMethod]) -> anyhow::Result<(u64, f64)> {
    let mut runs = Vec::new();
    for seed in 0..TIMED {
        let (report, took) = right(&names(methods), seed).await?;
        let requests: u64 = report.trials.iter().map(|trial| trial.requests).sum();
        runs.push((requests, took.as_secs_f64()));
    }
    runs.sort_by(|one, other| one.1.total_cmp(&other.1));
    Ok(runs[runs.len() / 2])
}

fn row(seen: &Seen) -> String {
    let mut times: Vec<Duration> = seen.met.iter().filter_map(|met| met.first).collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let (convicted, all) = (times.len(), seen.met.len());
    let share = convicted as f64 * 100.0 / all.max(1) as f64;
    format!(
        "| {} | {convicted} of {all} | {share:.1} % | {} ms | {} |",
        seen.name(),
        median.as_millis(),
        seen.accused.len()
    )
}

fn page(args: &Args, seen: &[Seen], runs: &[(&str, (u64, f64))]) -> String {
    let mut page = String::from("# Each delivery method apart\n\nWritten by `cargo tools methods`");
    let _ = write!(page, ", {} runs against a right server by each method", args.runs);
    if let Some(count) = args.sample {
        let _ = write!(page, ", {count} faults of each by a fixed hash of the name");
    }
    let (share, wait, times) = AIM;
    let _ = write!(
        page,
        ".\n\nA run by one method alone meets every fault that is not in the handlers of others; what is between two is met by \
         both. A fault counts where a requirement that it breaks is blamed, MUST or SHOULD; an accusation is any of either \
         against a server without a fault. Aimed at: {share} % of the faults, {wait} ms, none accused.\n\n\
         | methods | faults convicted | share | first finding, median | accusations of a right server |\n\
         |---|---|---|---|---|\n",
    );
    for one in seen {
        let _ = writeln!(page, "{}", row(one));
    }
    page.push_str("\nNot convicted:\n\n");
    for one in seen {
        let escaped = one.met.iter().filter(|met| met.first.is_none());
        let escaped: Vec<String> = escaped.map(|met| format!("`{}`", met.row.fault)).collect();
        let escaped = if escaped.is_empty() { "none".to_owned() } else { escaped.join(", ") };
        let _ = writeln!(page, "- {}: {escaped}", one.name());
    }
    let _ = write!(
        page,
        "\n## What several methods cost\n\nWhole runs against a right server, the median of {TIMED}. Aimed at: at most {times} \
         times SMS alone.\n\n| run | requests | seconds | requests, times SMS | time, times SMS |\n|---|---|---|---|---|\n",
    );
    let (_, (requests, seconds)) = runs[0];
    for (name, (own, took)) in runs {
        let (more, longer) = (*own as f64 / requests as f64, took / seconds);
        let _ = writeln!(page, "| {name} | {own} | {took:.1} | {more:.2} | {longer:.2} |");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_met_by_the_methods_whose_handlers_have_it() {
        use DeliveryMethod as M;
        for (fault, methods, wanted) in [
            (Fault::FirstCodeWins, &[M::Voice][..], true),
            (Fault::MailVoidsNothing, &[M::Email], true),
            (Fault::MailVoidsNothing, &[M::Sms], false),
            (Fault::MailResendRepeats, &[M::Voice], false),
            (Fault::CallsAreTexts, &[M::Voice], true),
            (Fault::CallsAreTexts, &[M::Im], false),
            // Not by its name, but by what it is.
            (Fault::CodesGoToTheOldMail, &[M::Sms], false),
            (Fault::FirstMethodWins, &[M::Email], false),
            (Fault::FirstMethodWins, &[M::Sms, M::Email], true),
            (Fault::FirstCodeWins, &[M::Sms, M::Email], false),
        ] {
            assert_eq!(is_for(fault, methods), wanted, "{fault} {methods:?}");
        }
    }

    #[test]
    fn the_page_has_a_row_for_each_and_names_what_escaped() {
        let met = |fault: &str, first| Met {
            row: crate::proof::data::Row::new(fault, Vec::new()),
            first,
            requests: 1,
            harness_errors: Vec::new(),
        };
        let seen = Seen {
            methods: vec![DeliveryMethod::Email],
            met: vec![met("a", Some(Duration::from_millis(40))), met("b", None)],
            accused: Vec::new(),
        };
        let args = Args { methods: Vec::new(), sample: None, runs: 3, at_once: 1, runs_at_once: 1 };
        let page = page(&args, &[seen], &[("SMS alone", (100, 2.0)), ("all five", (170, 3.0))]);
        for line in [
            "| `email` | 1 of 2 | 50.0 % | 40 ms | 0 |",
            "- `email`: `b`",
            "| all five | 170 | 3.0 | 1.70 | 1.50 |",
        ] {
            assert!(page.contains(line), "{page}");
        }
    }
}
