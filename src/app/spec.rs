//! The `--codes` setting made into a code source.

use std::sync::Arc;
use std::time::Duration;

use super::UsageError;
use super::settings::{Origin, Sourced};
use crate::drive::code::{CodeSource, EmulatorInbox, Nothing};

/// The code source for a target at that base URL.
///
/// # Errors
/// The setting names no source we know, or a target has none at all: `none` is a choice, and must be made.
pub(super) fn code_source(
    codes: &Sourced<Option<String>>,
    base: &str,
    embedded: bool,
) -> Result<Arc<dyn CodeSource>, UsageError> {
    let wrong =
        |what: String| UsageError::Setting { name: "--codes", origin: codes.origin.to_string(), what };
    match codes.value.as_deref() {
        Some("none") => Ok(Arc::new(Nothing)),
        Some("emulator") => inbox(base),
        None if embedded => inbox(base),
        None => Err(UsageError::Setting {
            name: "--codes",
            origin: Origin::Default.to_string(),
            what: "a target needs a code source; give --codes emulator for a server with our inbox endpoint, or --codes none to leave out everything that needs a code".into(),
        }),
        Some(other) => Err(wrong(format!("unknown source {other:?}; known are emulator and none"))),
    }
}

fn inbox(base: &str) -> Result<Arc<dyn CodeSource>, UsageError> {
    let client =
        crate::drive::plain_client(Duration::from_secs(10)).map_err(crate::drive::TargetError::from)?;
    Ok(Arc::new(EmulatorInbox::new(client, base.to_owned())))
}
