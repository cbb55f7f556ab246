//! Acquittals: servers that are right in other ways than the embedded emulator meet whole runs, and nobody is accused.
//!
//! `cargo bench --bench acquittal` runs every variant alone, then random fives of them, prints who was accused, and
//! writes `docs/acquittal.md`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command; its output is its purpose")]

#[path = "acquittal/companies.rs"]
mod companies;
#[path = "acquittal/hearing.rs"]
mod hearing;
#[path = "proof/names.rs"]
mod names;
#[path = "acquittal/page.rs"]
mod page;

use std::process::ExitCode;

use clap::Parser;
use companies::{Company, alone, mixed};
use hearing::{Heard, hear_all};
use page::{Doubtful, write};

/// Whoever waits for half an hour wants to see that it goes on.
const CHUNK: usize = 25;

#[derive(Parser)]
struct Args {
    /// Runs in all; each variant is alone in one of them
    #[arg(long, value_name = "N", default_value_t = 500)]
    runs: usize,
    /// Seeds that the companies are drawn from, and run with
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
    /// So many of these companies, evenly; the page is not written then
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// What cargo says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

/// Whether nobody was accused, and every doubt has a reason.
async fn run(args: &Args) -> Result<bool, String> {
    let known = Doubtful::read()?;
    let mut companies: Vec<Company> = alone();
    companies.extend(mixed(args.seeds, args.runs.saturating_sub(companies.len())));
    if let Some(count) = args.sample {
        let every = (companies.len() / count.max(1)).max(1);
        companies = companies.into_iter().step_by(every).collect();
    }
    let mut heard = Vec::new();
    for some in companies.chunks(CHUNK) {
        heard.extend(hear_all(some.to_vec(), args.cases, args.only.as_deref(), args.at_once).await?);
        eprintln!("{} of {} heard", heard.len(), companies.len());
    }
    let mut clean = true;
    for one in &heard {
        for line in one.accusations.iter().chain(&one.failures) {
            clean = false;
            println!("{}: {line}", one.company);
        }
        for doubt in one.unexplained(&known) {
            clean = false;
            println!("{}: inconclusive: {doubt}", one.company);
        }
    }
    println!("{}", Heard::sum(&heard));
    if args.only.is_none() && args.sample.is_none() {
        write(&heard, &known)?;
    }
    Ok(clean)
}
