//! Every setting of a run, once. Flag, variable, member of the profile, help, `doctor`, the command that repeats a run
//! and the settings in `schema/profile.json` derive from this list.

use std::path::PathBuf;

use clap::ArgMatches;

use super::value::FlagValue;
use crate::app::Profile;
use crate::contract::DeliveryMethod;

/// One setting: what it is called at each place that can give it, and what is said of it.
#[derive(Clone, Copy, Debug)]
pub struct KnownSetting {
    /// `max-requests`: its name, also in a profile.
    pub name: &'static str,
    /// `--max-requests`.
    pub flag: &'static str,
    /// The flag's letter.
    pub short: Option<char>,
    /// The placeholder of the flag's value in the help.
    pub value: &'static str,
    /// The variable of the environment.
    pub variable: Option<&'static str>,
    /// What it is for.
    pub help: &'static str,
    /// What the help says of its default.
    pub default: Option<&'static str>,
    /// What `doctor` shows where it is not given.
    pub unset: Option<&'static str>,
    /// Whether it must be given again to see the same trials at the same target.
    pub again: bool,
    /// What a profile says of it.
    pub member: Option<ProfileMember>,
}

/// A setting as a member of the profile.
#[derive(Clone, Copy, Debug)]
pub struct ProfileMember {
    /// What it is for, as the schema of profiles says it.
    pub description: &'static str,
    /// The profile's values, as a flag would give them.
    pub said: fn(&Profile) -> Vec<String>,
    /// What values it may have: keywords of JSON Schema.
    pub schema: &'static str,
}

impl KnownSetting {
    /// A setting that is given by its flag alone, or by a variable that has no flag.
    const fn named(name: &'static str, flag: &'static str, help: &'static str) -> KnownSetting {
        KnownSetting {
            name,
            flag,
            short: None,
            value: "",
            variable: None,
            help,
            default: None,
            unset: None,
            again: false,
            member: None,
        }
    }

    /// Its help, with the variable and the default.
    pub fn full_help(&self) -> String {
        let variable = self.variable.map(|name| format!(" [env: {name}]")).unwrap_or_default();
        let default = self.default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
        format!("{}{variable}{default}", self.help)
    }
}

/// The key is a secret: it is read from the environment only, and never shown.
pub(super) const MANAGEMENT_KEY: KnownSetting = KnownSetting {
    variable: Some("OTP_MANAGEMENT_KEY"),
    unset: Some("not set"),
    ..KnownSetting::named("management key", "OTP_MANAGEMENT_KEY", "Management key of the project")
};

macro_rules! settings {
    ($($name:literal $field:ident: $kind:ty { help: $help:literal, $($key:ident: $value:expr),* $(,)? })*) => {
        /// SettingList as a command line gives them. [`SETTINGS`] says of each how else it can be given.
        #[derive(Clone, Debug, Default)]
        pub struct Flags {
            $(#[doc = $help] pub $field: $kind,)*
        }

        /// The settings by name.
        #[derive(Debug)]
        pub struct SettingList {
            $(#[doc = $help] pub $field: KnownSetting,)*
        }

        /// Every setting.
        pub static SETTINGS: SettingList = SettingList {
            $($field: KnownSetting { $($key: $value,)* ..KnownSetting::named($name, concat!("--", $name), $help) },)*
        };

        impl SettingList {
            /// All, in the order of the help.
            pub fn all(&'static self) -> impl Iterator<Item = &'static KnownSetting> {
                [$(&self.$field),*].into_iter()
            }
        }

        impl Flags {
            /// The values that the command line gives to a setting.
            pub(super) fn given(&self, name: &str) -> Vec<String> {
                match name {
                    $($name => self.$field.texts(),)*
                    _ => Vec::new(),
                }
            }

            /// The flag of a setting, as clap takes it.
            pub(super) fn arg(setting: &KnownSetting) -> clap::Arg {
                let arg = clap::Arg::new(setting.name).long(setting.name);
                let arg = setting.short.into_iter().fold(arg, clap::Arg::short);
                let arg = arg.help(setting.full_help());
                match setting.name {
                    $($name => <$kind as FlagValue>::described(arg, setting.value),)*
                    _ => arg,
                }
            }

            /// Takes over what a command line gives to a setting.
            pub(super) fn take(&mut self, matches: &ArgMatches, name: &str) {
                match name {
                    $($name => FlagValue::take(&mut self.$field, matches, name),)*
                    _ => {}
                }
            }
        }
    };
}

settings! {
    "target" target: Option<String> {
        help: "Base URL of the target",
        value: "URL",
        variable: Some("OTP_TARGET"),
        default: Some("the embedded emulator"),
        unset: Some("the embedded emulator"),
        again: true,
        member: Some(ProfileMember { description: "Base URL. Without one the embedded emulator is the target.",
            said: based, schema: r#""type": "string", "pattern": "^https?://""# }),
    }
    "profile" profile: Option<PathBuf> {
        help: "A target profile, TOML; flags and environment win over it",
        value: "FILE",
        variable: Some("OTP_PROFILE"),
        unset: Some("none"),
        again: true,
    }
    "project-id" project_id: Option<String> {
        help: "Descope project ID, the bearer",
        value: "ID",
        variable: Some("OTP_PROJECT_ID"),
        unset: Some("the embedded emulator's"),
        again: true,
        member: Some(ProfileMember {
            description: "Descope project ID, the bearer.",
            said: |known| one(&known.project_id),
            schema: r#""type": "string", "minLength": 1"#,
        }),
    }
    "codes" codes: Option<String> {
        help: "How one-time codes reach us: emulator, test-user, sms-gateway[=ADDR], \
               email-gateway[=ADDR], smtp[=ADDR], two of these listeners as \"A + B\", http:URL-TEMPLATE#JSON-POINTER, command:LINE or none",
        value: "SOURCE",
        variable: Some("OTP_CODES"),
        unset: Some("the embedded emulator's inbox"),
        again: true,
        member: Some(ProfileMember {
            description: "How one-time codes reach us: emulator, test-user, sms-gateway[=ADDRESS:PORT], email-gateway[=ADDRESS:PORT], smtp[=ADDRESS:PORT], two of these listeners as `A + B`, http:URL-TEMPLATE#JSON-POINTER, command:LINE or none.",
            said: |known| one(&known.codes),
            schema: r#""type": "string", "pattern": "^(emulator|test-user|none|(sms-gateway|email-gateway|smtp)(=.+)?( \\+ .+)?|http:.+|https://.+|command:.+)$""#,
        }),
    }
    "methods" methods: Option<String> {
        help: "Delivery methods, separated by commas: sms, email, voice, im, whatsapp",
        value: "LIST",
        variable: Some("OTP_METHODS"),
        default: Some("sms and email, as far as a target on this machine has them; sms elsewhere"),
        again: true,
        member: Some(ProfileMember {
            description: "How codes are delivered. If it is not said, a target on this machine is asked whether it has sms and email; elsewhere it is SMS. The others are tested where they are named.",
            said: |known| known.methods.iter().map(|methods| listed(methods)).collect(),
            schema: r#""type": "array", "items": { "enum": ["sms", "email", "voice", "im", "whatsapp"] }, "minItems": 1"#,
        }),
    }
    "seed" seed: Option<String> {
        help: "Run seed; every trial's own seed is derived from it",
        value: "N",
        variable: Some("OTP_SEED"),
        default: Some("random, printed"),
        member: Some(ProfileMember { description: "The run's seed.",
            said: |known| one(&known.seed), schema: COUNT }),
    }
    "cases" cases: Option<String> {
        help: "Generated cases per property trial",
        value: "N",
        variable: Some("OTP_CASES"),
        default: Some("256"),
        member: Some(ProfileMember { description: "Generated cases per property trial.",
            said: |known| one(&known.cases), schema: COUNT }),
    }
    "max-requests" max_requests: Option<String> {
        help: "Send at most so many requests; the trials that convict most are planned first",
        value: "N",
        variable: Some("OTP_MAX_REQUESTS"),
        unset: Some("no limit"),
        member: Some(ProfileMember { description: "Send at most so many requests; the trials that convict most are planned first.",
            said: |known| one(&known.max_requests), schema: COUNT }),
    }
    "max-sends" max_sends: Option<String> {
        help: "Ask for at most so many messages",
        value: "N",
        variable: Some("OTP_MAX_SENDS"),
        unset: Some("no limit"),
        member: Some(ProfileMember { description: "Ask for at most so many messages.",
            said: |known| one(&known.max_sends), schema: COUNT }),
    }
    "jobs" jobs: Option<String> {
        help: "Trials at once",
        value: "N",
        variable: Some("OTP_JOBS"),
        member: Some(ProfileMember { description: "Trials at once.",
            said: |known| one(&known.jobs), schema: r#""type": "integer", "minimum": 1"# }),
    }
    "strict" strict: bool {
        help: "A broken SHOULD fails too",
        variable: Some("OTP_STRICT"),
        member: Some(ProfileMember { description: "A broken SHOULD fails too.",
            said: |known| one(&known.strict), schema: r#""type": "boolean""# }),
    }
    "deviations" deviations: Option<PathBuf> {
        help: "Known deviations of this target, TOML",
        value: "FILE",
        variable: Some("OTP_DEVIATIONS"),
        unset: Some("none"),
        member: Some(ProfileMember {
            description: "The file of known deviations, relative to the profile.",
            said: |known| one(&known.deviations.as_ref().map(|file| file.display())),
            schema: r#""type": "string""#,
        }),
    }
    "requirements" requirements: Option<String> {
        help: "A frozen set of requirements, such as 2026-11",
        value: "SET",
        variable: Some("OTP_REQUIREMENTS"),
        default: Some("the newest"),
        unset: Some("the newest set"),
        member: Some(ProfileMember { description: "The frozen set of requirements to judge by, such as 2026-11.",
            said: |known| one(&known.requirements), schema: r#""type": "string""# }),
    }
    "shard" shard: Option<String> {
        help: "A share of the trials, by hash of the name",
        value: "I/N",
        variable: Some("OTP_SHARD"),
        unset: Some("all trials"),
    }
    "skip" skip: Vec<String> {
        help: "Skip the trials whose whole name matches, with `*` for any characters; repeatable",
        value: "GLOB",
        member: Some(ProfileMember {
            description: "Trials to leave out: patterns of whole names, `*` standing for any characters.",
            said: |known| known.skip.clone(),
            schema: r#""type": "array", "items": { "type": "string", "minLength": 1 }"#,
        }),
    }
    "fail-fast" fail_fast: bool {
        help: "Stop at the first trial that fails",
    }
    "timeout" timeout: Option<String> {
        help: "Stop the whole run after so many seconds",
        value: "S",
        default: Some("many times what the plan takes"),
    }
    "patience" patience: Option<String> {
        help: "Wait at least so many seconds before checking again what needs time to show",
        value: "S",
        default: Some("when the other trials have ended"),
    }
    "verbose" verbose: bool {
        help: "Print every exchange",
        short: Some('v'),
    }
    "dry-run" dry_run: bool {
        help: "Print the plan and what it sends, and send nothing",
    }
    "header" headers: Vec<String> {
        help: "A header on every request, such as a staging gate's; repeatable",
        value: "NAME: VALUE",
    }
    "fault" faults: Vec<String> {
        help: "Embedded emulator only: switch a deliberate bug on, to see it convicted; repeatable",
        value: "NAME",
        variable: Some("OTP_FAULT"),
        again: true,
    }
    "variant" variants: Vec<String> {
        help: "Embedded emulator only: switch a legitimate difference on, to see it acquitted; repeatable",
        value: "NAME",
        variable: Some("OTP_VARIANT"),
        again: true,
    }
    "suites" suites: Option<PathBuf> {
        help: "A folder of suite files in place of the built-in ones",
        value: "DIR",
    }
    "schema" schema: Option<PathBuf> {
        help: "A folder of schemas and requirements in place of the built-in ones",
        value: "DIR",
    }
}

/// The schema of a number that may be nought.
const COUNT: &str = r#""type": "integer", "minimum": 0"#;

fn one(value: &Option<impl ToString>) -> Vec<String> {
    value.iter().map(ToString::to_string).collect()
}

/// Methods, as the flag takes them.
fn listed(methods: &[DeliveryMethod]) -> String {
    methods.iter().map(|method| method.name()).collect::<Vec<_>>().join(",")
}

/// The profile's base URL with its base path.
fn based(known: &Profile) -> Vec<String> {
    let path = known.base_path.as_deref().unwrap_or_default();
    one(&known.target.as_ref().map(|target| format!("{}{path}", target.trim_end_matches('/'))))
}

impl KnownSetting {
    /// Its member in `schema/profile.json`; nothing where a profile does not say it.
    pub fn member_schema(&self) -> Option<String> {
        let member = self.member?;
        let description = serde_json::Value::from(member.description);
        Some(format!("{:?}: {{ \"description\": {description}, {} }}", self.name, member.schema))
    }
}
