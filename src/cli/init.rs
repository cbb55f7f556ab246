//! `init`: a profile and a CI workflow to start from.

use std::path::{Path, PathBuf};

use otp_conformance::app::UsageError;
use otp_conformance::app::init::{InitTemplate, TEMPLATES};

use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to test: local-emulator, descope-test-users, descope-sms-gateway, or client (an SDK or an app)
    #[arg(default_value = "local-emulator")]
    kind: String,
    /// The folder to write to
    #[arg(long, default_value = ".", value_name = "DIR")]
    dir: PathBuf,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    // What SDK teams look for first.
    let kind = if args.kind == "sdk" { "client" } else { args.kind.as_str() };
    let template =
        TEMPLATES.iter().find(|template| template.name == kind).ok_or_else(|| unknown(&args.kind))?;
    let files = template.files();
    // All or nothing: an existing file is the user's work.
    if let Some((path, _)) = files.iter().find(|(path, _)| args.dir.join(path).exists()) {
        let what = format!(
            "{} is there already, and nothing was written; move it away or give --dir",
            args.dir.join(path).display()
        );
        return Err(UsageError::Other(what).into());
    }
    for (path, text) in &files {
        write(&args.dir.join(path), text)?;
        say(&format!("wrote {}\n", args.dir.join(path).display()));
    }
    say(&format!("next: {}\n", template.next()));
    Ok(0)
}

fn unknown(kind: &str) -> UsageError {
    let known: Vec<String> =
        TEMPLATES.iter().map(|InitTemplate { name, about, .. }| format!("{name} ({about})")).collect();
    UsageError::Other(format!("{kind:?} is no kind; there are {}", known.join(", ")))
}

fn write(path: &Path, text: &str) -> Result<(), UsageError> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| UsageError::Other(format!("{}: {error}", path.display())))
}
