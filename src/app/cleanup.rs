//! Deletes by hand what runs left at a target: by their journals, and by name where the project is ours alone.

use std::sync::Arc;
use std::time::Duration;

use super::site::Factory;
use super::{Harness, RunSettings, UsageError, journal};
use crate::drive::CleanUp;
use crate::exchange::Redactor;

/// How long it may take.
const WITHIN: Duration = Duration::from_secs(600);

/// Deletes what dead runs left at the target of the settings. Where the profile says `dedicated = true`, every user with
/// a name of ours, or a number that is reserved for fiction, as well.
///
/// # Errors
/// There is no target or no management key, or something our user gave cannot be used.
pub async fn clean_up(mut settings: RunSettings) -> Result<CleanUp, UsageError> {
    let missing = |what: &str| UsageError::Other(what.to_owned());
    let base = settings.target.value.clone();
    let base =
        base.ok_or_else(|| missing("nothing is left at the embedded emulator; give --target or --profile"))?;
    if settings.management_key.value.is_none() {
        return Err(missing("users are deleted with the management key; set OTP_MANAGEMENT_KEY"));
    }
    settings.codes.value = Some("none".into());
    let (journal, dead) = journal::open(&settings)?;
    let (contract, redactor) = (Harness::contract(&settings)?, Arc::new(Redactor::default()));
    let factory = Factory::new(&settings, &contract, &redactor, &Arc::default());
    let target = factory.at(&base, None, journal).await?;
    let mut done = target.clean_up_after(&dead, WITHIN).await;
    if settings.profile.as_ref().is_some_and(|profile| profile.dedicated) {
        done.add(target.clean_up_by_name(WITHIN).await);
    }
    target.clean_up_all(WITHIN).await;
    Ok(done)
}
