//! `review`: accepts or rejects what differs from accepted transcripts, where cargo-insta is not at hand.

use std::path::Path;

use otp_conformance::app::{Pending, pending};

use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Make what was seen the accepted transcript
    Accept {
        /// Transcripts: parts of their names, `*` standing for any characters; all, if none is given
        names: Vec<String>,
    },
    /// Keep the accepted transcript
    Reject {
        /// Transcripts: parts of their names, `*` standing for any characters; all, if none is given
        names: Vec<String>,
    },
}

/// Without an action it shows the differences, and ends in 1 while there are any.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let names = match &args.action {
        Some(Action::Accept { names } | Action::Reject { names }) => names.as_slice(),
        None => &[],
    };
    let waiting = pending(Path::new(""), names)?;
    for one in &waiting {
        match &args.action {
            None => say(&format!("{}\n{}\n", one.name, one.diff)),
            Some(Action::Accept { .. }) => decide(one, "accepted", Pending::accept)?,
            Some(Action::Reject { .. }) => decide(one, "rejected", Pending::reject)?,
        }
    }
    if waiting.is_empty() {
        say("no transcript waits for a decision\n");
    } else if args.action.is_none() {
        say(&format!("{} wait: `review accept [NAME…]` or `review reject [NAME…]`\n", waiting.len()));
    }
    Ok(u8::from(args.action.is_none() && !waiting.is_empty()))
}

fn decide(
    one: &Pending,
    word: &str,
    act: impl Fn(&Pending) -> Result<(), otp_conformance::app::UsageError>,
) -> anyhow::Result<()> {
    act(one)?;
    say(&format!("{word}  {}\n", one.name));
    Ok(())
}
