//! The command line: what can be asked, and with which status it ends.

mod baseline;
mod cleanup;
mod compare;
mod contract;
mod doctor;
mod explain;
mod init;
mod judge;
mod list;
mod output;
mod progress;
mod proxy;
mod replay;
mod report;
mod review;
mod run;
mod serve;
mod wait;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use otp_conformance::app::{UsageError, style};

/// Something we were given cannot be used.
pub(crate) const USAGE: u8 = 2;
/// Our own fault.
pub(crate) const HARNESS: u8 = 70;

/// Contract and conformance tests for Descope's OTP-over-SMS sign-in.
#[derive(Parser)]
#[command(name = "otp-conformance", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the trials against a target, or against the embedded emulator
    Run(run::Args),
    /// Check connection, credentials and code delivery, and list what can be proved on a target
    Doctor(doctor::Args),
    /// Delete the users that runs left behind, with the management key
    Cleanup(cleanup::Args),
    /// Play a stored case file again: it still fails, is fixed, or is inconclusive
    Replay(replay::Args),
    /// Judge recorded evidence again, offline, by this version's rules
    Judge(judge::Args),
    /// Write any report format from a recording
    Report(report::Args),
    /// Show where two recordings, or two targets with one seed, behave differently
    Compare(Box<compare::Args>),
    /// Compare a published OpenAPI document with the contract
    Contract(contract::Args),
    /// Accept or reject differences from the accepted transcripts of a target
    Review(review::Args),
    /// Edit the list of known deviations
    Baseline(baseline::Args),
    /// Write a starting profile and CI workflow
    Init(init::Args),
    /// Serve the embedded emulator
    Serve(Box<serve::Args>),
    /// Record and judge another client's traffic, or play hostile answers to it
    Proxy(Box<proxy::Args>),
    /// List trials, requirements, faults, variants, checks, suites or operations
    List(list::Args),
    /// Explain a requirement, trial, check, fault or variant
    Explain(explain::Args),
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is a usage error.
            let status = if error.use_stderr() { USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(status);
        }
    };
    let status = match cli.command {
        Command::Run(args) => run::main(&args),
        Command::Doctor(args) => doctor::main(&args),
        Command::Cleanup(args) => cleanup::main(&args),
        Command::Replay(args) => replay::main(&args),
        Command::Judge(args) => judge::main(&args),
        Command::Report(args) => report::main(&args),
        Command::Compare(args) => compare::main(&args),
        Command::Contract(args) => contract::main(&args),
        Command::Review(args) => review::main(&args),
        Command::Baseline(args) => baseline::main(&args),
        Command::Init(args) => init::main(&args),
        Command::Serve(args) => serve::main(*args),
        Command::Proxy(args) => proxy::main(&args),
        Command::List(args) => list::main(&args),
        Command::Explain(args) => explain::main(&args),
    };
    match status {
        Ok(status) => ExitCode::from(status),
        Err(error) => match error.downcast_ref::<UsageError>() {
            // It tells its causes itself.
            Some(usage) => {
                complain(&format!("error: {usage}"));
                ExitCode::from(USAGE)
            }
            None => {
                complain(&format!("error: {error:#}"));
                ExitCode::from(HARNESS)
            }
        },
    }
}

/// Writes to standard output. A reader that went away is no error of ours.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
