//! `contract diff`: where a published OpenAPI document and ours differ.

use std::path::{Path, PathBuf};

use otp_conformance::app::UsageError;
use otp_conformance::contract::published::{Accepted, Document, Outline, differences};

use super::{complain, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Compare a published OpenAPI document with the contract, operation by operation
    Diff(Diff),
}

#[derive(clap::Args)]
struct Diff {
    /// An OpenAPI 3 document, JSON or YAML
    #[arg(value_name = "OPENAPI")]
    document: PathBuf,
    /// Known differences: TOML, `[[accepted]]` with `difference` (as printed; `*` is any text) and `reason`
    #[arg(long, value_name = "FILE")]
    accept: Option<PathBuf>,
    /// Leave out operations that only the published document has
    #[arg(long)]
    ours_only: bool,
}

/// Ends in 0 where the documents agree but for what is accepted, in 1 where they do not, in 5 where an accepted
/// difference is there no more.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let Command::Diff(args) = &args.command;
    let published = Document::parse(&shown(&args.document), &read(&args.document)?).map_err(usage)?;
    let published = Outline::of(&published).map_err(|error| UsageError::Other(error.to_string()))?;
    let ours = Outline::of(&Document::ours().map_err(usage)?)?;
    let accepted = match &args.accept {
        Some(file) => Accepted::parse(&shown(file), &read(file)?).map_err(usage)?,
        None => Accepted::default(),
    };
    let mut found = differences(&published, &ours);
    if args.ours_only {
        found.retain(|difference| !difference.is_foreign_operation());
    }
    let (new, stale) = accepted.sift(&found);
    for difference in &new {
        say(&format!("{difference}\n"));
    }
    for entry in &stale {
        let file = args.accept.as_deref().map(shown).unwrap_or_default();
        complain(&format!(
            "{file}:{}: no difference fits {:?}; remove the entry",
            entry.line, entry.difference
        ));
    }
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    say(&format!("{}, {} accepted\n", count(new.len(), "difference"), found.len() - new.len()));
    Ok(match (new.is_empty(), stale.is_empty()) {
        (false, _) => 1,
        (true, false) => 5,
        (true, true) => 0,
    })
}

fn usage(error: otp_conformance::contract::ContractError) -> UsageError {
    UsageError::Other(error.to_string())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn read(path: &Path) -> Result<String, UsageError> {
    std::fs::read_to_string(path)
        .map_err(|error| UsageError::Other(format!("{}: {error}; name a readable file", path.display())))
}
