//! Faults that no run convicts, each with its reason.

use anyhow::Context as _;
use serde::Deserialize;

/// Where the list stands.
pub(crate) const FILE: &str = "docs/measurements/proof/survivors.toml";

/// The list.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Survivors {
    #[serde(default, rename = "survivor")]
    pub(crate) list: Vec<Survivor>,
}

/// A fault that is not convicted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Survivor {
    pub(crate) fault: String,
    pub(crate) kind: Kind,
    pub(crate) reason: String,
}

/// Why a fault is not convicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A right server could be seen doing the same.
    Equivalent,
    /// It shows, but as something that cannot be told: the run is inconclusive, never green.
    Inconclusive,
    /// Nothing that we send shows it yet.
    Missed,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Equivalent => "equivalent",
            Kind::Inconclusive => "inconclusive",
            Kind::Missed => "missed",
        }
    }
}

impl Survivors {
    /// # Errors
    /// The list is not there or not well formed.
    pub(crate) fn read() -> anyhow::Result<Survivors> {
        let text = std::fs::read_to_string(crate::path(FILE)).context(FILE)?;
        toml::from_str(&text).context(FILE)
    }

    /// Whether the list has it as one that a right server could be.
    pub(crate) fn is_equivalent(&self, fault: &str) -> bool {
        self.list.iter().any(|survivor| survivor.fault == fault && survivor.kind == Kind::Equivalent)
    }

    /// Whether the list has it.
    pub(crate) fn excuse(&self, fault: &str) -> bool {
        self.list.iter().any(|survivor| survivor.fault == fault)
    }
}
