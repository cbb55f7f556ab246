//! The kinds of flags: with a value, with many, or bare.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

/// A kind of flag: with a value, with many, or bare.
pub(super) trait FlagValue {
    /// The flag, as clap takes it.
    fn described(arg: Arg, value: &'static str) -> Arg;
    /// Takes over what a command line gives.
    fn take(&mut self, matches: &ArgMatches, name: &str);
    /// What was given, as text.
    fn texts(&self) -> Vec<String>;
}

impl FlagValue for Option<String> {
    fn described(arg: Arg, value: &'static str) -> Arg {
        arg.value_name(value)
    }

    fn take(&mut self, matches: &ArgMatches, name: &str) {
        *self = matches.try_get_one(name).ok().flatten().cloned();
    }

    fn texts(&self) -> Vec<String> {
        self.iter().cloned().collect()
    }
}

impl FlagValue for Option<PathBuf> {
    fn described(arg: Arg, value: &'static str) -> Arg {
        arg.value_name(value).value_parser(value_parser!(PathBuf))
    }

    fn take(&mut self, matches: &ArgMatches, name: &str) {
        *self = matches.try_get_one(name).ok().flatten().cloned();
    }

    fn texts(&self) -> Vec<String> {
        self.iter().map(|path| path.display().to_string()).collect()
    }
}

impl FlagValue for Vec<String> {
    fn described(arg: Arg, value: &'static str) -> Arg {
        arg.value_name(value).action(ArgAction::Append)
    }

    fn take(&mut self, matches: &ArgMatches, name: &str) {
        *self = matches.try_get_many(name).ok().flatten().into_iter().flatten().cloned().collect();
    }

    fn texts(&self) -> Vec<String> {
        self.clone()
    }
}

impl FlagValue for bool {
    fn described(arg: Arg, _: &'static str) -> Arg {
        arg.action(ArgAction::SetTrue)
    }

    fn take(&mut self, matches: &ArgMatches, name: &str) {
        *self = matches.try_get_one(name).ok().flatten().copied().unwrap_or_default();
    }

    fn texts(&self) -> Vec<String> {
        self.then(|| "true".to_owned()).into_iter().collect()
    }
}
