//! How much a requirement weighs, and what it is about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a broken requirement weighs; a greater level weighs more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Inferred: observed and reported, never a failure.
    May,
    /// An official SDK depends on it: warns, fails under `--strict`.
    Should,
    /// Documented, or a documented sentence means nothing without it.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::May => "MAY",
            Level::Should => "SHOULD",
            Level::Must => "MUST",
        })
    }
}

/// What a requirement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// Which requests are taken.
    Acceptance,
    /// Which bearer opens what.
    Authorization,
    /// What answers look like.
    Shape,
    /// Who a login ends in.
    Identity,
    /// Which code is right, how often and for how long.
    Verification,
    /// What voids a code.
    Invalidation,
    /// What login options do.
    Options,
    /// Tokens, and what they are good for.
    Sessions,
    /// How a refusal reads.
    Errors,
    /// How much is too much.
    Rate,
    /// Users made for testing.
    TestUsers,
    /// What no page says word for word, and every page means.
    Consequences,
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Area::Acceptance => "acceptance",
            Area::Authorization => "authorization",
            Area::Shape => "shape",
            Area::Identity => "identity",
            Area::Verification => "verification",
            Area::Invalidation => "invalidation",
            Area::Options => "options",
            Area::Sessions => "sessions",
            Area::Errors => "errors",
            Area::Rate => "rate",
            Area::TestUsers => "test-users",
            Area::Consequences => "consequences",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_must_weighs_most() {
        assert!(Level::Must > Level::Should && Level::Should > Level::May);
    }
}
