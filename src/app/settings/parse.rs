//! What the text of a setting means.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::layers::{Layers, Origin, Sourced};
use super::list::{KnownSetting, SETTINGS};
use crate::app::{Profile, UsageError};
use crate::contract::DeliveryMethod;
use crate::drive::code::CodeSpec;
use crate::emulator::Fault;

impl Layers<'_> {
    /// A whole number.
    pub(super) fn number<T: FromStr>(
        &self,
        setting: &KnownSetting,
        default: T,
    ) -> Result<Sourced<T>, UsageError> {
        let Sourced { value, origin } = self.optional(setting)?;
        Ok(Sourced { value: value.unwrap_or(default), origin })
    }

    /// A whole number, where one is given.
    pub(super) fn optional<T: FromStr>(
        &self,
        setting: &KnownSetting,
    ) -> Result<Sourced<Option<T>>, UsageError> {
        let Sourced { value, origin } = self.text(setting);
        let parse = |text: String| {
            text.trim().parse().map_err(|_| wrong(setting, origin, format!("{text:?} is no whole number")))
        };
        Ok(Sourced { value: value.map(parse).transpose()?, origin })
    }

    /// On or off.
    pub(super) fn switch(&self, setting: &KnownSetting) -> Sourced<bool> {
        let Sourced { value, origin } = self.text(setting);
        let value = value.is_some_and(|text| !matches!(text.as_str(), "0" | "false" | "no"));
        Sourced { value, origin }
    }

    /// A number of seconds, by the flag alone.
    pub(super) fn seconds(&self, setting: &KnownSetting) -> Result<Option<Duration>, UsageError> {
        let Sourced { value: Some(text), origin } = self.text(setting) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(seconds) if seconds > 0.0 && seconds.is_finite() && seconds < 1e9 => {
                Ok(Some(Duration::from_secs_f64(seconds)))
            }
            _ => Err(wrong(setting, origin, format!("{text:?} is no number of seconds"))),
        }
    }

    /// This share of so many.
    pub(super) fn shard(&self, setting: &KnownSetting) -> Result<Sourced<Option<(u64, u64)>>, UsageError> {
        let Sourced { value, origin } = self.text(setting);
        let Some(value) = value else { return Ok(Sourced { value: None, origin }) };
        let parts = value.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let shard = parts.filter(|(i, n)| (1..=*n).contains(i));
        let what = || format!("{value:?} is no share; write 1/3, 2/3, 3/3");
        Ok(Sourced { value: Some(shard.ok_or_else(|| wrong(setting, origin, what()))?), origin })
    }

    /// Names of faults or variants; each value may hold several.
    pub(super) fn names<T: FromStr<Err: fmt::Display>>(
        &self,
        setting: &KnownSetting,
    ) -> Result<Sourced<Vec<T>>, UsageError> {
        let Sourced { value, origin } = self.texts(setting);
        let unknown = |error: T::Err| {
            let what = format!("{error}; `otp-conformance list {}s` names all", setting.name);
            wrong(setting, origin, what)
        };
        let words = value.iter().flat_map(|text| text.split(','));
        let parsed = words.map(|word| word.trim().parse().map_err(unknown));
        Ok(Sourced { value: parsed.collect::<Result<_, _>>()?, origin })
    }

    /// The methods that were named. Where none is, those of our own emulator; at a target SMS, until it was looked at.
    pub(super) fn methods(&self) -> Result<Sourced<Vec<DeliveryMethod>>, UsageError> {
        let setting = &SETTINGS.methods;
        let Sourced { value, origin } = self.text(setting);
        let Some(value) = value else {
            return Ok(Sourced { value: self.methods_unsaid()?, origin });
        };
        let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
        let parsed = words.map(|word| word.parse::<DeliveryMethod>());
        let mut named = parsed
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(setting, origin, error.to_string()))?;
        // A text that names no source is complained of where the source is opened.
        let source: Option<CodeSpec> = self.text(&SETTINGS.codes).value.and_then(|codes| codes.parse().ok());
        let unseen = source.as_ref().and_then(|source| named.iter().find(|method| !source.shows(**method)));
        if let Some((source, other)) = source.as_ref().zip(unseen) {
            let what =
                format!("{} shows no messages by {}; name another code source", source.word(), other.words());
            return Err(wrong(setting, origin, what));
        }
        if named.is_empty() {
            return Err(wrong(
                setting,
                origin,
                "no method is named; write sms, email or another, with commas between them",
            ));
        }
        named.sort_unstable();
        named.dedup();
        Ok(Sourced { value: named, origin })
    }

    /// The methods where none is named: SMS, until a target was looked at; of our own emulator the usual ones, and those
    /// without which its bugs are not seen.
    fn methods_unsaid(&self) -> Result<Vec<DeliveryMethod>, UsageError> {
        if self.text(&SETTINGS.target).value.is_some() {
            return Ok(vec![DeliveryMethod::Sms]);
        }
        let faults: Vec<Fault> = self.names(&SETTINGS.faults)?.value;
        let more = faults.iter().flat_map(|fault| fault.methods()).filter_map(|name| name.parse().ok());
        let mut methods: Vec<DeliveryMethod> = DeliveryMethod::usual().into_iter().chain(more).collect();
        methods.sort_unstable();
        methods.dedup();
        Ok(methods)
    }

    /// The profile's headers, and those of flags, which replace one of the same name.
    pub(super) fn headers(&self) -> Result<Vec<(String, String)>, UsageError> {
        let given =
            self.flags.headers.iter().map(|header| parse_header(header)).collect::<Result<Vec<_>, _>>()?;
        let named = |name: &str| given.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        let Profile { headers, .. } = self.known;
        let kept = headers.iter().filter(|(name, _)| !named(name));
        Ok(kept.map(|(name, value)| (name.to_lowercase(), value.clone())).chain(given.clone()).collect())
    }
}

fn parse_header(text: &str) -> Result<(String, String), UsageError> {
    let parts = text.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    let (name, value) = parts
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| wrong(&SETTINGS.headers, Origin::Flag, "a header is written `Name: value`"))?;
    Ok((name.to_lowercase(), value.to_owned()))
}

pub(super) fn wrong(setting: &KnownSetting, origin: Origin, what: impl Into<String>) -> UsageError {
    UsageError::Setting { name: setting.flag, origin: origin.to_string(), what: what.into() }
}
