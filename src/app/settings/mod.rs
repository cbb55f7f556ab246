//! Settings from flags, environment, profile and defaults, each with where it came from.
//!
//! [`SETTINGS`] is the list of all. A new setting is a row there, and a field of [`RunSettings`] and of the profile.

mod flags;
mod layers;
mod list;
mod parse;
mod shown;
#[cfg(test)]
mod tests;
mod value;

use std::path::PathBuf;
use std::time::Duration;

pub use flags::{SettingsOf, SomeFlags};
use layers::Layers;
pub use layers::{Origin, Sourced};
use list::MANAGEMENT_KEY;
pub use list::{Flags, KnownSetting, ProfileMember, SETTINGS, SettingList};
pub use shown::ShownSetting;

use super::{Profile, UsageError, access, profile};
use crate::contract::DeliveryMethod;
use crate::emulator::{Fault, Variant};

/// The histories that a run keeps to its end, the fewest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeptHistories {
    /// Of each broken requirement those of the sixteen trials that show it with the least to read.
    Smallest,
    /// Those that show why a trial is not green.
    OfFailures,
    /// Every one.
    All,
}

/// Everything a run is given from outside.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// The target's profile, if there is one.
    pub profile: Option<Profile>,
    /// The path of the profile.
    pub profile_path: Sourced<Option<PathBuf>>,
    /// Base URL; `None` is the embedded emulator.
    pub target: Sourced<Option<String>>,
    /// Project ID; `None` is the embedded emulator's.
    pub project_id: Sourced<Option<String>>,
    /// Management key.
    pub management_key: Sourced<Option<String>>,
    /// Code source, as written.
    pub codes: Sourced<Option<String>>,
    /// How codes are delivered.
    pub methods: Sourced<Vec<DeliveryMethod>>,
    /// The run's seed.
    pub seed: Sourced<u64>,
    /// Generated cases per property trial.
    pub cases: Sourced<u32>,
    /// Budget of requests.
    pub max_requests: Sourced<Option<u64>>,
    /// Budget of messages.
    pub max_sends: Sourced<Option<u64>>,
    /// Trials at once.
    pub jobs: Sourced<usize>,
    /// Whether a broken SHOULD fails.
    pub strict: Sourced<bool>,
    /// The file of known deviations.
    pub deviations: Sourced<Option<PathBuf>>,
    /// The frozen set of requirements; `None` is the newest.
    pub requirements: Sourced<Option<String>>,
    /// This share of so many, from 1.
    pub shard: Sourced<Option<(u64, u64)>>,
    /// Deliberate bugs of the embedded emulator.
    pub faults: Sourced<Vec<Fault>>,
    /// Legitimate differences of the embedded emulator.
    pub variants: Sourced<Vec<Variant>>,
    /// Headers on every request.
    pub headers: Vec<(String, String)>,
    /// Patterns of trials that are left out.
    pub skip: Vec<String>,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Time limit of the whole run.
    pub timeout: Option<Duration>,
    /// How long at least passes before what needs time to show is asked again.
    pub patience: Option<Duration>,
    /// Print every exchange.
    pub verbose: bool,
    /// Look for the methods of a target where none is named.
    pub look: bool,
    /// Send nothing.
    pub dry_run: bool,
    /// Which histories are kept until the run has ended; the others go when their trial was reported to
    /// [`Progress`](crate::app::Progress).
    pub kept: KeptHistories,
    /// Folder of suites in place of the built-in ones.
    pub suites: Option<PathBuf>,
    /// Folder of schemas in place of the built-in ones.
    pub schema: Option<PathBuf>,
    /// The file in which several processes that are one run count their requests.
    pub shared_pace: Option<PathBuf>,
}

impl RunSettings {
    /// Settings from flags and the environment of this process.
    ///
    /// # Errors
    /// A value cannot be used: which one, where it came from, and what to write instead.
    pub fn resolve(flags: &Flags) -> Result<RunSettings, UsageError> {
        RunSettings::with(flags, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Settings from flags and any environment.
    ///
    /// # Errors
    /// As [`RunSettings::resolve`].
    pub fn with(flags: &Flags, env: &dyn Fn(&str) -> Option<String>) -> Result<RunSettings, UsageError> {
        let given = Layers { flags, env, known: &Profile::default() };
        let path = given.text(&SETTINGS.profile).map(PathBuf::from);
        let profile = path.value.as_ref().map(|path| profile::read(path, env)).transpose()?;
        let given = Layers { known: &profile.clone().unwrap_or_default(), ..given };
        let target = given.text(&SETTINGS.target);
        let (faults, variants) = (given.names(&SETTINGS.faults)?, given.names(&SETTINGS.variants)?);
        own_emulator_only(&target, &faults, &variants)?;
        let jobs = default_jobs(target.value.as_deref());
        Ok(RunSettings {
            project_id: given.text(&SETTINGS.project_id),
            management_key: given.text(&MANAGEMENT_KEY),
            codes: given.text(&SETTINGS.codes),
            methods: given.methods()?,
            seed: given.number(&SETTINGS.seed, default_seed(env("NEXTEST_RUN_ID")))?,
            cases: given.number(&SETTINGS.cases, 256)?,
            max_requests: given.optional(&SETTINGS.max_requests)?,
            max_sends: given.optional(&SETTINGS.max_sends)?,
            jobs: given.number(&SETTINGS.jobs, jobs)?,
            strict: given.switch(&SETTINGS.strict),
            shard: given.shard(&SETTINGS.shard)?,
            variants,
            headers: given.headers()?,
            deviations: given.text(&SETTINGS.deviations).map(PathBuf::from),
            requirements: given.text(&SETTINGS.requirements),
            skip: given.texts(&SETTINGS.skip).value,
            fail_fast: flags.fail_fast,
            timeout: given.seconds(&SETTINGS.timeout)?,
            patience: given.seconds(&SETTINGS.patience)?,
            verbose: flags.verbose,
            look: true,
            dry_run: flags.dry_run,
            kept: if flags.verbose { KeptHistories::All } else { KeptHistories::Smallest },
            suites: flags.suites.clone(),
            schema: flags.schema.clone(),
            shared_pace: None,
            profile,
            profile_path: path,
            faults,
            target,
        })
    }
}

/// Faults and variants are switches of the embedded emulator, and no other target has them.
fn own_emulator_only(
    target: &Sourced<Option<String>>,
    faults: &Sourced<Vec<Fault>>,
    variants: &Sourced<Vec<Variant>>,
) -> Result<(), UsageError> {
    if target.value.is_none() || (faults.value.is_empty() && variants.value.is_empty()) {
        return Ok(());
    }
    let (setting, origin, word) = match faults.value.is_empty() {
        true => (&SETTINGS.variants, variants.origin, "variant"),
        false => (&SETTINGS.faults, faults.origin, "fault"),
    };
    let what = format!(
        "{word}s are switches of the embedded emulator; leave --target out, or start `serve --{word} …`"
    );
    Err(parse::wrong(setting, origin, what))
}

/// At the public service the pace decides; a far server of one's own takes many requests while one is on its way.
fn default_jobs(target: Option<&str>) -> usize {
    let public = |base| reqwest::Url::parse(base).is_ok_and(|url| !access::is_private(&url));
    if target.is_some_and(public) { 4 } else { 16 }
}

/// Under nextest every trial is a process of its own, and all must draw from one seed: that of the nextest run.
fn default_seed(nextest_run: Option<String>) -> u64 {
    nextest_run.map_or_else(random_seed, |run| crate::trial::derive_seed(0, &run))
}

/// A seed short enough to be typed again.
fn random_seed() -> u64 {
    let mut bytes = [0; 4];
    // Without randomness of the system any number will do: the seed is printed.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    u64::from(u32::from_be_bytes(bytes))
}
