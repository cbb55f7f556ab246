//! Programs that measure the harness, and write what they found to `docs/`.
//!
//! `cargo tools` lists them. Each ends in 1 where a figure is worse than it was, and in 2 where it cannot be measured.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands; their output is their purpose")]

mod false_positives;
mod in_flight;
mod matrix;
mod methods;
mod proof;
mod proxy;
mod races;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Histories are thousands of small values; this is the quickest allocator for them that was measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Programs that measure otp-conformance.
#[derive(Parser)]
#[command(name = "cargo tools", about)]
struct Cli {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Subcommand)]
enum Tool {
    /// Each deliberate bug meets a run: is it convicted of what it breaks
    Matrix(matrix::Args),
    /// Servers that are right in other ways meet whole runs: is one of them accused
    FalsePositives(false_positives::Args),
    /// Each delivery method apart: what a run by it alone convicts, how soon, and whom it accuses
    Methods(methods::Args),
    /// How surely races tell right from wrong
    Races(races::Args),
    /// How much of a bare client's speed a property trial keeps
    InFlight(in_flight::Args),
    /// What the proxy adds to a request
    Proxy(proxy::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let worse = match Cli::parse().tool {
        Tool::Matrix(args) => matrix::run(&args).await,
        Tool::FalsePositives(args) => false_positives::run(&args).await,
        Tool::Methods(args) => methods::run(&args).await,
        Tool::Races(args) => Ok(races::run(&args).await),
        Tool::InFlight(args) => {
            in_flight::run(&args).await;
            Ok(Vec::new())
        }
        Tool::Proxy(args) => {
            proxy::run(&args).await;
            Ok(Vec::new())
        }
    };
    match worse {
        Ok(complaints) if complaints.is_empty() => ExitCode::SUCCESS,
        Ok(complaints) => {
            eprintln!("\n{}", complaints.join("\n"));
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("error: {why:#}");
            ExitCode::from(2)
        }
    }
}

/// A file of the repository.
fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}
