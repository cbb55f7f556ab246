//! Settings as flags of commands: all of them, or those that a command knows.

use std::marker::PhantomData;

use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::list::{Flags, KnownSetting, SETTINGS};

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Flags, clap::Error> {
        let mut flags = Flags::default();
        SETTINGS.all().for_each(|setting| flags.take(matches, setting.name));
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Flags::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        SETTINGS.all().fold(command, |command, setting| command.arg(Flags::arg(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args(command)
    }
}

/// The settings that a command knows, each with what it says of it.
pub trait SettingsOf: Clone + Send + Sync + 'static {
    /// In the order of the help.
    fn list() -> Vec<KnownSetting>;
}

/// The flags of a command that knows only some of the settings.
#[derive(Clone, Debug)]
pub struct SomeFlags<K: SettingsOf> {
    /// What was given; the other settings are not.
    pub flags: Flags,
    known: PhantomData<K>,
}

impl<K: SettingsOf> FromArgMatches for SomeFlags<K> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<SomeFlags<K>, clap::Error> {
        let mut flags = Flags::default();
        K::list().iter().for_each(|setting| flags.take(matches, setting.name));
        Ok(SomeFlags { flags, known: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = SomeFlags::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<K: SettingsOf> Args for SomeFlags<K> {
    fn augment_args(command: Command) -> Command {
        K::list().iter().fold(command, |command, setting| command.arg(Flags::arg(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        SomeFlags::<K>::augment_args(command)
    }
}
