//! What a profile may say. The published schema is `schema/profile.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::contract::{DeliveryMethod, Level, ProjectValues, RequirementId};

/// One target, as its owner describes it. What is not said is unknown, and every value the documents allow is believed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Profile {
    /// What reports call it; the file's stem if it is not said.
    pub name: Option<String>,
    /// Base URL. Without one the embedded emulator is the target.
    pub target: Option<String>,
    /// A path before every operation's, such as `/auth-proxy`.
    pub base_path: Option<String>,
    /// Project ID: the bearer.
    pub project_id: Option<String>,
    /// How codes reach us, as after `--codes`.
    pub codes: Option<String>,
    /// How codes are delivered.
    pub methods: Option<Vec<DeliveryMethod>>,
    /// The project belongs to this run alone: trials may fill it up, reset it and delete all test users.
    pub dedicated: bool,
    /// Malformed and extreme bodies may be sent though the target is not on loopback.
    pub edge_cases: Option<bool>,
    /// The run's seed.
    pub seed: Option<u64>,
    /// Generated cases per property trial.
    pub cases: Option<u32>,
    /// Budget of requests.
    pub max_requests: Option<u64>,
    /// Budget of messages.
    pub max_sends: Option<u64>,
    /// Trials at once.
    pub jobs: Option<usize>,
    /// Whether a broken SHOULD fails.
    pub strict: Option<bool>,
    /// Seconds that one answer may take.
    pub answer_timeout: Option<u64>,
    /// Seconds that a message may take to arrive.
    pub message_timeout: Option<u64>,
    /// Bytes of an answer's body that are read: 1 MiB if it is not said.
    pub max_body: Option<usize>,
    /// Trials to leave out: patterns of whole names, `*` standing for any characters.
    pub skip: Vec<String>,
    /// The frozen set of requirements to judge by.
    pub requirements: Option<String>,
    /// The file of known deviations, relative to the profile.
    pub deviations: Option<PathBuf>,
    /// The folder below `snapshots/`; the profile's name if it is not said.
    pub snapshots: Option<String>,
    /// Where to note which users were made, relative to the profile.
    pub journal: Option<PathBuf>,
    /// Phone numbers that may be texted besides those reserved for fiction.
    pub allowed_numbers: Vec<String>,
    /// Domains that may be mailed to besides those reserved for examples.
    pub allowed_domains: Vec<String>,
    /// Headers on every request; `$NAME` is taken from the environment.
    pub headers: BTreeMap<String, String>,
    /// An HTTP proxy for every request.
    pub proxy: Option<String>,
    /// Certificates.
    pub tls: Tls,
    /// Project settings.
    pub limits: Limits,
    /// How many requests it takes in a window, by class.
    pub rate: Rates,
    /// What exists in the project.
    pub project: Names,
    /// Requirements weighed otherwise than the contract does.
    pub levels: BTreeMap<RequirementId, Level>,
    /// An endpoint that moves the target's clock.
    pub clock: Option<ClockAt>,
    /// An endpoint (POST) that makes the target forget everything; needs `dedicated`.
    pub reset: Option<String>,
    /// What the SMS gateway connector shows us, for `codes = "sms-gateway"`.
    pub gateway: Option<ProfileGatewayAuth>,
    /// A fixed code for some test users.
    pub static_code: Option<ProfileStaticCode>,
    /// Operations that a client under test must have called.
    pub require: Vec<String>,
}

/// Project settings that judging depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// Seconds a code lives.
    pub code_ttl: Option<u64>,
    /// The wrong guess that locks a code.
    pub max_attempts: Option<u32>,
    /// Messages to one recipient in `resend-window`, or that there is no limit.
    pub resend_limit: Option<ResendLimit>,
    /// Seconds.
    pub resend_window: Option<u64>,
    /// Whether refresh replaces the refresh token.
    pub rotation: Option<bool>,
    /// Test users the plan allows: 5 on the free plan, 100 on pro (docs: Test Users).
    pub test_users: Option<u32>,
}

/// How many messages a recipient may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ResendLimit {
    /// So many in the window.
    Messages(u32),
    /// Every accepted send sends its message: `"none"`.
    Unlimited(Unlimited),
}

/// The word for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unlimited {
    /// There is none.
    None,
}

/// A limit: so many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rate {
    /// Requests.
    pub requests: u32,
    /// Seconds.
    #[serde(default = "minute")]
    pub window: u64,
}

fn minute() -> u64 {
    60
}

/// Limits by class of request. A class that is not named has the documented limit on a target that is not on
/// loopback, and none on loopback (docs: Rate Limiting).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rates {
    /// Every request.
    pub all: Option<Rate>,
    /// Management of users.
    pub management: Option<Rate>,
    /// Creating users.
    pub create: Option<Rate>,
    /// Searching users.
    pub search: Option<Rate>,
}

/// Certificates, as PEM files relative to the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Tls {
    /// Authorities that are trusted besides the system's.
    pub root: Option<PathBuf>,
    /// Our certificate and its key, in one file.
    pub client_certificate: Option<PathBuf>,
}

/// Names that exist in the project. A list that is not given is unknown; an empty one says that there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Names {
    /// Message templates.
    pub templates: Option<BTreeSet<String>>,
    /// Message providers.
    pub providers: Option<BTreeSet<String>>,
    /// SSO applications.
    pub sso_apps: Option<BTreeSet<String>>,
}

impl Names {
    /// As the contract's formats take them.
    pub fn values(&self) -> ProjectValues {
        let Names { templates, providers, sso_apps } = self.clone();
        ProjectValues { templates, providers, sso_apps }
    }
}

/// An endpoint that moves a clock forward. `{ms}` and `{s}` stand for how far, `{target}` for the base URL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClockAt {
    /// Where to POST.
    pub url: String,
    /// What to POST, as JSON.
    #[serde(default = "advance")]
    pub body: String,
}

fn advance() -> String {
    r#"{"advanceMs": {ms}}"#.into()
}

/// How the generic SMS gateway connector is configured (docs: Generic SMS Gateway). `$NAME` is taken from the
/// environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ProfileGatewayAuth {
    /// Bearer token.
    pub bearer: Option<String>,
    /// User name of basic authentication.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// Header of an API key.
    pub header: Option<String>,
    /// The API key.
    pub api_key: Option<String>,
    /// Secret that payloads are signed with.
    pub hmac_secret: Option<String>,
}

/// A fixed code, limited to some login IDs (docs: Test Users).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProfileStaticCode {
    /// Six digits; `$NAME` is taken from the environment.
    pub code: String,
    /// A login ID that the project's expression matches.
    pub login_id: String,
}

impl Profile {
    /// How long one answer may take.
    pub fn answer_timeout(&self) -> Option<Duration> {
        self.answer_timeout.map(Duration::from_secs)
    }
}
