//! What `proxy` takes on its command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use otp_conformance::app::{KnownSetting, SETTINGS, SettingsOf, SomeFlags};

use super::environment::Named;
use crate::cli::output::Reports;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) settings: SomeFlags<OfProxy>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR", conflicts_with = "hostile")]
    pub(super) listen: SocketAddr,
    /// End COMMAND after so many seconds [default: 300]
    #[arg(long, value_name = "S", requires = "command", conflicts_with = "hostile")]
    pub(super) timeout: Option<String>,
    /// Operations that the client must call, by the names of `otp-conformance list operations`, besides the profile's
    /// `require`; if one is not called, the status is 4
    #[arg(long, value_name = "OPERATION,…", value_delimiter = ',')]
    pub(super) require: Vec<String>,
    /// A variable for COMMAND that holds base-url, project or key; repeatable
    #[arg(long = "env", value_name = "NAME=VALUE", requires = "command")]
    pub(super) named: Vec<Named>,
    /// A folder of hostile answers in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(super) suites: Option<PathBuf>,
    /// Take connections by TLS, and write the certificate of the authority for clients to trust to FILE; COMMAND finds
    /// it in SSL_CERT_FILE and its relatives
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "otp-conformance-ca.pem", conflicts_with = "hostile")]
    pub(super) tls: Option<PathBuf>,
    /// A name that clients call this machine by, besides localhost and its addresses; repeatable
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "NAME", requires = "tls")]
    pub(super) tls_name: Vec<String>,
    /// Without COMMAND: end when standard input ends, and not only when interrupted
    #[arg(long, conflicts_with = "command")]
    pub(super) until_eof: bool,
    /// Put this hostile answer between COMMAND and the server
    #[arg(long, value_name = "CASE", conflicts_with = "hostile")]
    pub(super) inject: Option<String>,
    /// COMMAND is a driver: play every hostile answer to it, one by one
    #[arg(long, requires = "command")]
    pub(super) hostile: bool,
    /// Only hostile answers with this in their names; repeatable
    #[arg(long = "case", value_name = "TEXT", requires = "hostile")]
    pub(super) cases: Vec<String>,
    /// Hostile answers played at once
    #[arg(long, default_value_t = 4, value_name = "N", requires = "hostile",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) jobs: u16,
    /// Record the evidence, as `judge`, `report`, `compare` and `baseline` read it
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Print in full what the last screen only counts
    #[arg(long, short)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) reports: Reports,
    /// The command whose client is judged; without one, listen until interrupted
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<String>,
}

/// The settings that matter to a proxy; here the client is judged, and the target is what answers it.
#[derive(Clone)]
pub(super) struct OfProxy;

impl SettingsOf for OfProxy {
    fn list() -> Vec<KnownSetting> {
        let all = &SETTINGS;
        let server = "an emulator of our own";
        vec![
            KnownSetting { help: "Base URL to forward to", default: Some(server), ..all.target },
            all.profile,
            all.project_id,
            KnownSetting {
                help: "How one-time codes reach us",
                default: Some("none, or the emulator's inbox"),
                ..all.codes
            },
            KnownSetting {
                help: "Methods that a driver is asked for, with commas between them",
                default: Some("sms"),
                ..all.methods
            },
            all.strict,
            KnownSetting { help: "Known deviations of the client, TOML", ..all.deviations },
            all.requirements,
            KnownSetting { help: "A header on every request that is forwarded; repeatable", ..all.headers },
            KnownSetting { help: "Own emulator only: switch a deliberate bug on; repeatable", ..all.faults },
            KnownSetting {
                help: "Own emulator only: switch a legitimate difference on; repeatable",
                ..all.variants
            },
        ]
    }
}
