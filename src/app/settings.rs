//! Settings from flags, environment and defaults, each with where it came from.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::{Flags, Profile, UsageError, access, profile};
use crate::contract::DeliveryMethod;
use crate::emulator::{Fault, Variant};

/// Where a setting came from; an earlier one wins over a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// A variable of the environment.
    Environment,
    /// The profile.
    Profile,
    /// Its default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::Flag => "flag",
            Origin::Environment => "environment",
            Origin::Profile => "profile",
            Origin::Default => "default",
        })
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// Everything a run is given from outside.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// The target's profile, if there is one.
    pub profile: Option<Profile>,
    /// The path of the profile.
    pub profile_path: Option<PathBuf>,
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
    pub variants: Vec<Variant>,
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
    /// Send nothing.
    pub dry_run: bool,
    /// Keep the histories of trials that passed.
    pub keep_histories: bool,
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
        let path = flags.profile.clone().or_else(|| env("OTP_PROFILE").map(PathBuf::from));
        let profile = path.as_ref().map(|path| profile::read(path, env)).transpose()?;
        let known = profile.clone().unwrap_or_default();
        let text = |flag: &Option<String>, name: &'static str, known: Option<String>| {
            let (value, origin) = match (flag, env(name), known) {
                (Some(value), ..) => (Some(value.clone()), Origin::Flag),
                (None, Some(value), _) => (Some(value), Origin::Environment),
                (None, None, Some(value)) => (Some(value), Origin::Profile),
                (None, None, None) => (None, Origin::Default),
            };
            Sourced { value, origin }
        };
        let flag_path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let target = text(&flags.target, "OTP_TARGET", based(&known));
        let public = |base: &String| reqwest::Url::parse(base).is_ok_and(|url| !access::is_private(&url));
        // At the public service the pace decides; a far server of one's own takes many requests while one is on its way.
        let default_jobs = if target.value.as_ref().is_some_and(public) { 4 } else { 16 };
        let faults = names::<Fault>(&flags.faults, env("OTP_FAULT"), "--fault")?;
        let variants = names::<Variant>(&flags.variants, env("OTP_VARIANT"), "--variant")?.value;
        if target.value.is_some() && !(faults.value.is_empty() && variants.is_empty()) {
            return Err(UsageError::Setting {
                name: "--fault",
                origin: faults.origin.to_string(),
                what: "faults are switches of the embedded emulator; leave --target out, or start `serve --fault …`".into(),
            });
        }
        Ok(RunSettings {
            project_id: text(&flags.project_id, "OTP_PROJECT_ID", known.project_id.clone()),
            management_key: text(&None, "OTP_MANAGEMENT_KEY", None),
            codes: text(&flags.codes, "OTP_CODES", known.codes.clone()),
            methods: methods(
                text(&flags.methods, "OTP_METHODS", known.methods.as_deref().map(listed)),
                &text(&flags.codes, "OTP_CODES", known.codes.clone()),
            )?,
            seed: number(
                text(&flags.seed, "OTP_SEED", written(known.seed)),
                "--seed",
                default_seed(env("NEXTEST_RUN_ID")),
            )?,
            cases: number(text(&flags.cases, "OTP_CASES", written(known.cases)), "--cases", 256)?,
            max_requests: budget(
                text(&flags.max_requests, "OTP_MAX_REQUESTS", written(known.max_requests)),
                "--max-requests",
            )?,
            max_sends: budget(
                text(&flags.max_sends, "OTP_MAX_SENDS", written(known.max_sends)),
                "--max-sends",
            )?,
            jobs: number(text(&flags.jobs, "OTP_JOBS", written(known.jobs)), "--jobs", default_jobs)?,
            strict: switch(flags.strict, env("OTP_STRICT").as_deref(), known.strict),
            shard: shard(text(&flags.shard, "OTP_SHARD", None))?,
            variants,
            headers: headers(&known, &flags.headers)?,
            deviations: {
                let beside = flag_path(&known.deviations);
                let found = text(&flag_path(&flags.deviations), "OTP_DEVIATIONS", beside);
                Sourced { value: found.value.map(PathBuf::from), origin: found.origin }
            },
            requirements: text(&flags.requirements, "OTP_REQUIREMENTS", known.requirements.clone()),
            skip: if flags.skip.is_empty() { known.skip.clone() } else { flags.skip.clone() },
            fail_fast: flags.fail_fast,
            timeout: seconds("--timeout", flags.timeout.as_deref())?,
            patience: seconds("--patience", flags.patience.as_deref())?,
            verbose: flags.verbose,
            dry_run: flags.dry_run,
            keep_histories: flags.verbose,
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

/// Methods as a list of names.
fn listed(methods: &[DeliveryMethod]) -> String {
    methods.iter().map(|method| method.name()).collect::<Vec<_>>().join(",")
}

/// The methods that were named; SMS alone, where none is.
fn methods(
    text: Sourced<Option<String>>,
    codes: &Sourced<Option<String>>,
) -> Result<Sourced<Vec<DeliveryMethod>>, UsageError> {
    let by_text = codes.value.as_deref().is_some_and(|codes| codes.starts_with("sms-gateway"));
    let Sourced { value, origin } = text;
    let Some(value) = value else { return Ok(Sourced { value: vec![DeliveryMethod::Sms], origin }) };
    let mut named = Vec::new();
    for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let method: DeliveryMethod =
            word.parse().map_err(|error| wrong("--methods", origin, format!("{error}")))?;
        if method != DeliveryMethod::Sms && by_text {
            let what =
                format!("sms-gateway shows no messages by {}; name another code source", method.words());
            return Err(wrong("--methods", origin, what));
        }
        named.push(method);
    }
    if named.is_empty() {
        return Err(wrong("--methods", origin, "no method is named; write sms, email or both"));
    }
    named.sort_unstable();
    named.dedup();
    Ok(Sourced { value: named, origin })
}

/// Under nextest every trial is a process of its own, and all must draw from one seed: that of the nextest run.
fn default_seed(nextest_run: Option<String>) -> u64 {
    nextest_run.map_or_else(random_seed, |run| crate::trial::derive_seed(0, &run))
}

/// The profile's base URL with its base path.
fn based(known: &Profile) -> Option<String> {
    let path = known.base_path.as_deref().unwrap_or_default();
    known.target.as_ref().map(|target| format!("{}{path}", target.trim_end_matches('/')))
}

/// A number of the profile, as a flag would say it.
fn written(number: Option<impl ToString>) -> Option<String> {
    number.map(|number| number.to_string())
}

/// The profile's headers, and those of flags, which replace one of the same name.
fn headers(known: &Profile, flags: &[String]) -> Result<Vec<(String, String)>, UsageError> {
    let given = flags.iter().map(|header| parse_header(header)).collect::<Result<Vec<_>, _>>()?;
    let named = |name: &str| given.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    let kept = known.headers.iter().filter(|(name, _)| !named(name));
    Ok(kept.map(|(name, value)| (name.to_lowercase(), value.clone())).chain(given.clone()).collect())
}

/// A seed short enough to be typed again.
fn random_seed() -> u64 {
    let mut bytes = [0; 4];
    // Without randomness of the system any number will do: the seed is printed.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    u64::from(u32::from_be_bytes(bytes))
}

fn wrong(name: &'static str, origin: Origin, what: impl Into<String>) -> UsageError {
    UsageError::Setting { name, origin: origin.to_string(), what: what.into() }
}

fn number<T: FromStr>(
    text: Sourced<Option<String>>,
    name: &'static str,
    default: T,
) -> Result<Sourced<T>, UsageError> {
    let Sourced { value, origin } = text;
    let Some(value) = value else { return Ok(Sourced { value: default, origin }) };
    let parsed =
        value.trim().parse().map_err(|_| wrong(name, origin, format!("{value:?} is no whole number")))?;
    Ok(Sourced { value: parsed, origin })
}

fn budget(text: Sourced<Option<String>>, name: &'static str) -> Result<Sourced<Option<u64>>, UsageError> {
    let set = text.value.is_some();
    let parsed = number(text, name, 0u64)?;
    Ok(Sourced { value: set.then_some(parsed.value), origin: parsed.origin })
}

fn switch(flag: bool, variable: Option<&str>, known: Option<bool>) -> Sourced<bool> {
    match (flag, variable) {
        (true, _) => Sourced { value: true, origin: Origin::Flag },
        (false, Some(text)) => {
            Sourced { value: !matches!(text, "0" | "false" | "no"), origin: Origin::Environment }
        }
        (false, None) => match known {
            Some(value) => Sourced { value, origin: Origin::Profile },
            None => Sourced { value: false, origin: Origin::Default },
        },
    }
}

fn shard(text: Sourced<Option<String>>) -> Result<Sourced<Option<(u64, u64)>>, UsageError> {
    let Sourced { value, origin } = text;
    let Some(value) = value else { return Ok(Sourced { value: None, origin }) };
    let parts = value.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    let shard = parts.filter(|(i, n)| (1..=*n).contains(i));
    let shard = shard
        .ok_or_else(|| wrong("--shard", origin, format!("{value:?} is no share; write 1/3, 2/3, 3/3")))?;
    Ok(Sourced { value: Some(shard), origin })
}

fn names<T: FromStr>(
    flags: &[String],
    variable: Option<String>,
    name: &'static str,
) -> Result<Sourced<Vec<T>>, UsageError>
where
    T::Err: fmt::Display,
{
    let parts = |texts: &[String]| -> Vec<String> {
        texts.iter().flat_map(|text| text.split(',')).map(|part| part.trim().to_owned()).collect()
    };
    let (list, origin) = match (flags.is_empty(), variable) {
        (false, _) => (parts(flags), Origin::Flag),
        (true, Some(text)) => (parts(&[text]), Origin::Environment),
        (true, None) => (Vec::new(), Origin::Default),
    };
    let unknown = |error: T::Err| {
        let kind = name.trim_start_matches("--");
        wrong(name, origin, format!("{error}; `otp-conformance list {kind}s` names all"))
    };
    let parsed = list.iter().map(|word| word.parse().map_err(unknown));
    Ok(Sourced { value: parsed.collect::<Result<_, _>>()?, origin })
}

fn parse_header(text: &str) -> Result<(String, String), UsageError> {
    let parts = text.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    let (name, value) = parts
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| wrong("--header", Origin::Flag, "a header is written `Name: value`"))?;
    Ok((name.to_lowercase(), value.to_owned()))
}

fn seconds(flag: &'static str, text: Option<&str>) -> Result<Option<Duration>, UsageError> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds.is_finite() && seconds < 1e9 => {
            Ok(Some(Duration::from_secs_f64(seconds)))
        }
        _ => Err(wrong(flag, Origin::Flag, format!("{text:?} is no number of seconds"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flags: &Flags, env: &[(&str, &str)]) -> Result<RunSettings, UsageError> {
        let env: std::collections::HashMap<String, String> =
            env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        RunSettings::with(flags, &|name| env.get(name).cloned())
    }

    #[test]
    fn a_flag_wins_over_the_environment() {
        let flags = Flags { seed: Some("7".into()), ..Flags::default() };
        let settings = resolve(&flags, &[("OTP_SEED", "8"), ("OTP_CASES", "9")]).unwrap();
        assert_eq!(settings.seed, Sourced { value: 7, origin: Origin::Flag });
        assert_eq!(settings.cases, Sourced { value: 9, origin: Origin::Environment });
        assert_eq!(settings.max_requests, Sourced { value: None, origin: Origin::Default });
    }

    #[test]
    fn what_a_run_says_of_itself_makes_the_same_run() {
        let env = [("OTP_FAULT", "never-consumed, any-code-accepted"), ("OTP_VARIANT", "latency")];
        let settings = resolve(&Flags::default(), &env);
        let settings = settings.unwrap();
        assert_eq!((settings.faults.value.len(), settings.variants.len()), (2, 1));
        let repeated = crate::app::run::repetition(&settings);
        let pairs: Vec<(&str, &str)> =
            repeated.iter().map(|setting| (setting.variable.as_str(), setting.value.as_str())).collect();
        let again = resolve(&Flags::default(), &pairs).unwrap();
        assert_eq!((again.faults.value, again.variants), (settings.faults.value, settings.variants));
        let joined = Flags { faults: vec![repeated[0].value.clone()], ..Flags::default() };
        assert_eq!(resolve(&joined, &[]).unwrap().faults.value.len(), 2);
    }

    #[test]
    fn a_profile_stands_below_flag_and_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staging.toml");
        let text = "target = \"http://127.0.0.1:1/\"\nbase-path = \"/auth\"\ncodes = \"none\"\nseed = 1\ncases = 2\njobs = 3\nstrict = true\n[headers]\nX-Gate = \"a\"\nX-Other = \"b\"\n";
        std::fs::write(&path, text).unwrap();
        let flags = Flags {
            profile: Some(path),
            seed: Some("7".into()),
            headers: vec!["x-gate: c".into()],
            ..Flags::default()
        };
        let settings = resolve(&flags, &[("OTP_CASES", "9")]).unwrap();
        assert_eq!(settings.seed, Sourced { value: 7, origin: Origin::Flag });
        assert_eq!(settings.cases, Sourced { value: 9, origin: Origin::Environment });
        assert_eq!(settings.jobs, Sourced { value: 3, origin: Origin::Profile });
        assert_eq!(settings.strict, Sourced { value: true, origin: Origin::Profile });
        assert_eq!(settings.target.value.as_deref(), Some("http://127.0.0.1:1/auth"));
        let gate = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(settings.headers, [gate("x-other", "b"), gate("x-gate", "c")]);
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_origin() {
        let error = resolve(&Flags::default(), &[("OTP_SEED", "x")]).unwrap_err().to_string();
        assert!(error.contains("--seed (environment)") && error.contains("\"x\""), "{error}");
        for flags in [
            Flags { shard: Some("4/3".into()), ..Flags::default() },
            Flags { timeout: Some("-1".into()), ..Flags::default() },
            Flags { headers: vec!["nonsense".into()], ..Flags::default() },
            Flags { faults: vec!["no-such-fault".into()], ..Flags::default() },
            Flags {
                target: Some("http://127.0.0.1:1".into()),
                faults: vec!["never-consumed".into()],
                ..Flags::default()
            },
        ] {
            assert!(resolve(&flags, &[]).is_err(), "{flags:?}");
        }
    }
}
