//! The kill matrix: each deliberate bug of the emulator meets a run, and has to be convicted of what it breaks.
//!
//! `cargo tools matrix` stops each run at the first conviction with the right blame and prints the figures; `--full` runs
//! everything and writes the documents anew, `--check` fails where something got worse.

use std::time::Duration;

use crate::proof::measure::{Met, Until, meet_all, trials};
use crate::proof::names::sample;
use crate::proof::{Documents, Survivors, held_back, ratchet};
use otp_conformance::app::matches;
use otp_conformance::emulator::Fault;

/// Faults whose rows are written together: a run that is cut off loses no more.
const CHUNK: usize = 25;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run every trial against every fault, and write what was seen to docs/proof and the planning order
    #[arg(long)]
    full: bool,
    /// End in 1 if a fault is no longer convicted, a list grew, or a committed document is not what the data say
    #[arg(long)]
    check: bool,
    /// Write the documents anew from the committed data, without a run
    #[arg(long)]
    render: bool,
    /// So many faults, by a fixed hash of the name
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Only these faults; with --full their rows are replaced
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<Fault>,
    /// Only trials whose names have this part; with --full what others said stays
    #[arg(long = "trial", value_name = "PART")]
    trials: Vec<String>,
    /// Runs at a time; with one, the time to the first finding is what a user waits
    #[arg(long, value_name = "N", default_value_t = 1)]
    at_once: usize,
    /// Generated cases per property trial with --full: lists are sent whole whatever it says
    #[arg(long, value_name = "N", default_value_t = 16)]
    cases: u32,
}

/// Does what was asked, and returns what got worse.
pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<String>> {
    let mut documents = Documents::read()?;
    if args.render {
        documents.write()?;
        return Ok(Vec::new());
    }
    let survivors = Survivors::read()?;
    let faults = chosen(args);
    if args.full {
        documents.matrix.plan(args.cases, trials()?);
        let ran = |name: &str| args.trials.is_empty() || args.trials.iter().any(|part| matches(name, part));
        for some in faults.chunks(CHUNK) {
            let met = meet_all(some, &args.trials, Until::TheEnd(args.cases), args.at_once).await?;
            print(&met, &survivors);
            documents.matrix.take(met, ran);
            documents.write()?;
        }
        if faults.len() == Fault::ALL.len() {
            documents.matrix.measured(ran);
        }
        let worse = documents.worse(&survivors);
        if worse.is_empty() {
            documents.tighten(&survivors);
            documents.write()?;
        }
        return Ok(worse);
    }
    let met = meet_all(&faults, &args.trials, Until::Convicted, args.at_once).await?;
    print(&met, &survivors);
    if !args.check {
        return Ok(Vec::new());
    }
    let mut worse = ratchet::escaped(&met, &survivors);
    worse.extend(documents.worse(&survivors));
    worse.extend(documents.stale());
    Ok(worse)
}

/// The faults that are met.
fn chosen(args: &Args) -> Vec<Fault> {
    let all = if args.faults.is_empty() { Fault::ALL.to_vec() } else { args.faults.clone() };
    args.sample.map_or(all.clone(), |count| sample(&all, count))
}

/// What was seen, in a few lines.
fn print(met: &[Met], survivors: &Survivors) {
    for held in [false, true] {
        let part: Vec<&Met> = met.iter().filter(|met| held_back(&met.row.fault) == held).collect();
        if part.is_empty() {
            continue;
        }
        let convicted: Vec<&&Met> = part.iter().filter(|met| met.first.is_some()).collect();
        let excused =
            part.iter().filter(|met| met.first.is_none() && survivors.excuse(&met.row.fault)).count();
        let mut times: Vec<Duration> = convicted.iter().filter_map(|met| met.first).collect();
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        println!(
            "{}: {} of {} faults convicted with the right blame, {excused} listed as survivors; \
             first finding after {} ms (median)",
            if held { "held back" } else { "in view" },
            convicted.len(),
            part.len(),
            median.as_millis(),
        );
    }
    let requests: u64 = met.iter().map(|met| met.requests).sum();
    println!("{requests} requests to {} servers", met.len());
}
