//! Which layer gives a setting: the command line before the environment, that before the profile.

use std::fmt;

use super::list::{Flags, KnownSetting};
use crate::app::Profile;

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

impl<T> Sourced<Option<T>> {
    /// The value, if there is one, as another type.
    pub(super) fn map<U>(self, as_other: impl FnOnce(T) -> U) -> Sourced<Option<U>> {
        Sourced { value: self.value.map(as_other), origin: self.origin }
    }
}

/// All that may give a setting.
pub(super) struct Layers<'a> {
    pub(super) flags: &'a Flags,
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    pub(super) known: &'a Profile,
}

impl Layers<'_> {
    /// The values of a setting, from the first layer that gives any.
    pub(super) fn texts(&self, setting: &KnownSetting) -> Sourced<Vec<String>> {
        let flag = self.flags.given(setting.name);
        let variable = setting.variable.and_then(self.env);
        let (value, origin) = match (flag.is_empty(), variable) {
            (false, _) => (flag, Origin::Flag),
            (true, Some(value)) => (vec![value], Origin::Environment),
            (true, None) => {
                let said = setting.member.map(|member| (member.said)(self.known)).unwrap_or_default();
                let origin = if said.is_empty() { Origin::Default } else { Origin::Profile };
                (said, origin)
            }
        };
        Sourced { value, origin }
    }

    /// The value of a setting that has one.
    pub(super) fn text(&self, setting: &KnownSetting) -> Sourced<Option<String>> {
        let Sourced { value, origin } = self.texts(setting);
        Sourced { value: value.into_iter().next(), origin }
    }
}
