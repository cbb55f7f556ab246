//! The flags of `run`, and of everything that runs trials.

use std::path::PathBuf;

use clap::Args;

/// Settings as they stand on a command line; each has a variable of the environment, named in its help.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// Base URL of the target [env: OTP_TARGET] [default: the embedded emulator]
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// A target profile, TOML; flags and environment win over it [env: OTP_PROFILE]
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// Descope project ID, the bearer [env: OTP_PROJECT_ID]
    #[arg(long, value_name = "ID")]
    pub project_id: Option<String>,
    /// How one-time codes reach us: emulator, test-user, sms-gateway[=ADDR], http:URL-TEMPLATE#JSON-POINTER,
    /// command:LINE or none [env: OTP_CODES]
    #[arg(long, value_name = "SOURCE")]
    pub codes: Option<String>,
    /// How codes are delivered, parted by commas: sms, email [env: OTP_METHODS] [default: sms]
    #[arg(long, value_name = "LIST")]
    pub methods: Option<String>,
    /// Run seed; every trial's own seed is derived from it [env: OTP_SEED] [default: random, printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<String>,
    /// Generated cases per property trial [env: OTP_CASES] [default: 256]
    #[arg(long, value_name = "N")]
    pub cases: Option<String>,
    /// Send at most so many requests; what convicts most is planned first [env: OTP_MAX_REQUESTS]
    #[arg(long, value_name = "N")]
    pub max_requests: Option<String>,
    /// Ask for at most so many messages [env: OTP_MAX_SENDS]
    #[arg(long, value_name = "N")]
    pub max_sends: Option<String>,
    /// Trials at once [env: OTP_JOBS]
    #[arg(long, value_name = "N")]
    pub jobs: Option<String>,
    /// A broken SHOULD fails too [env: OTP_STRICT]
    #[arg(long)]
    pub strict: bool,
    /// Known deviations of this target, TOML [env: OTP_DEVIATIONS]
    #[arg(long, value_name = "FILE")]
    pub deviations: Option<PathBuf>,
    /// A frozen set of requirements, such as 2026-11 [env: OTP_REQUIREMENTS] [default: the newest]
    #[arg(long, value_name = "SET")]
    pub requirements: Option<String>,
    /// A share of the trials, by hash of the name [env: OTP_SHARD]
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Leave out the trials whose whole name fits, `*` standing for any characters; repeatable
    #[arg(long = "skip", value_name = "GLOB")]
    pub skip: Vec<String>,
    /// Stop at the first trial that fails
    #[arg(long)]
    pub fail_fast: bool,
    /// Stop the whole run after so many seconds [default: many times what the plan takes]
    #[arg(long, value_name = "S")]
    pub timeout: Option<String>,
    /// Look again, after so many seconds at least, at what needs time to show [default: when the other trials have ended]
    #[arg(long, value_name = "S")]
    pub patience: Option<String>,
    /// Print every exchange
    #[arg(long, short)]
    pub verbose: bool,
    /// Print the plan and what it sends, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A header on every request, such as a staging gate's; repeatable
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Embedded emulator only: switch a deliberate bug on, to see it convicted; repeatable [env: OTP_FAULT]
    #[arg(long = "fault", value_name = "NAME")]
    pub faults: Vec<String>,
    /// Embedded emulator only: switch a legitimate difference on, to see it acquitted; repeatable [env: OTP_VARIANT]
    #[arg(long = "variant", value_name = "NAME")]
    pub variants: Vec<String>,
    /// A folder of suite files in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub suites: Option<PathBuf>,
    /// A folder of schemas and requirements in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub schema: Option<PathBuf>,
}
