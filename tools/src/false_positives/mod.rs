//! False positives: servers that are right in other ways than the embedded emulator meet whole runs, and none may be
//! accused.
//!
//! `cargo tools false-positives` runs every variant alone, then random fives of them, prints who was accused, and writes
//! `docs/measurements/acquittal.md`.

pub(crate) mod combinations;
mod page;
mod runs;

use combinations::{Combination, alone, mixed};
use page::{Doubtful, write};
use runs::{CombinationRun, run_all};

/// It takes half an hour: so often it says that it goes on.
const CHUNK: usize = 25;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs in all; each variant is alone in one of them
    #[arg(long, value_name = "N", default_value_t = 500)]
    runs: usize,
    /// Seeds that the combinations are drawn from, and run with
    #[arg(long, value_name = "N", default_value_t = 50)]
    seeds: u64,
    /// Runs at a time
    #[arg(long, value_name = "N", default_value_t = 3)]
    at_once: usize,
    /// Generated cases per property trial: lists are sent whole whatever it says
    #[arg(long, value_name = "N", default_value_t = 16)]
    cases: u32,
    /// Only trials whose names have this part; the page is not written then
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// So many of these combinations, evenly; the page is not written then
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
}

/// What was said against right servers: accusations, and doubts without a reason.
pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<String>> {
    let known = Doubtful::read()?;
    let mut combinations: Vec<Combination> = alone();
    combinations.extend(mixed(args.seeds, args.runs.saturating_sub(combinations.len())));
    if let Some(count) = args.sample {
        let every = (combinations.len() / count.max(1)).max(1);
        combinations = combinations.into_iter().step_by(every).collect();
    }
    let mut ran = Vec::new();
    for some in combinations.chunks(CHUNK) {
        ran.extend(run_all(some.to_vec(), args.cases, args.only.as_deref(), args.at_once).await?);
        eprintln!("{} of {} ran", ran.len(), combinations.len());
    }
    println!("{}", CombinationRun::sum(&ran));
    if args.only.is_none() && args.sample.is_none() {
        write(&ran, &known)?;
    }
    let against = |one: &CombinationRun| {
        let said = one.accusations.iter().chain(&one.failures).cloned();
        let doubts = one.unexplained(&known).into_iter().map(|doubt| format!("inconclusive: {doubt}"));
        said.chain(doubts).map(|line| format!("{}: {line}", one.combination)).collect::<Vec<_>>()
    };
    Ok(ran.iter().flat_map(against).collect())
}
