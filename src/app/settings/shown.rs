//! Settings as text: what `doctor` shows, and what a run must be given to be repeated.

use std::path::PathBuf;

use super::list::{KnownSetting, MANAGEMENT_KEY, SETTINGS};
use super::{Origin, RunSettings, Sourced};
use crate::contract::DeliveryMethod;
use crate::emulator::{Fault, Variant};

/// A setting of a run, and its value as a flag would give it.
#[derive(Clone, Debug)]
pub struct ShownSetting {
    /// Which.
    pub setting: &'static KnownSetting,
    /// Its value, if it has one. A secret is `set`.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

impl RunSettings {
    /// The settings that can be given in more than one way, and those of the embedded emulator.
    pub fn shown(&self) -> Vec<ShownSetting> {
        let key = Sourced {
            value: self.management_key.value.as_ref().map(|_| "set".to_owned()),
            origin: self.management_key.origin,
        };
        vec![
            row(&SETTINGS.profile, &self.profile_path),
            row(&SETTINGS.target, &self.target),
            row(&SETTINGS.project_id, &self.project_id),
            row(&MANAGEMENT_KEY, &key),
            row(&SETTINGS.codes, &self.codes),
            row(&SETTINGS.methods, &self.methods),
            row(&SETTINGS.seed, &self.seed),
            row(&SETTINGS.cases, &self.cases),
            row(&SETTINGS.max_requests, &self.max_requests),
            row(&SETTINGS.max_sends, &self.max_sends),
            row(&SETTINGS.jobs, &self.jobs),
            row(&SETTINGS.strict, &self.strict),
            row(&SETTINGS.deviations, &self.deviations),
            row(&SETTINGS.requirements, &self.requirements),
            row(&SETTINGS.shard, &self.shard),
            row(&SETTINGS.faults, &self.faults),
            row(&SETTINGS.variants, &self.variants),
        ]
    }

    /// What must be given besides the seed to see the same again. A profile gives the rest, and may hold what no flag can
    /// say.
    pub fn to_repeat(&self) -> Vec<ShownSetting> {
        let own = |shown: &ShownSetting| matches!(shown.origin, Origin::Flag | Origin::Environment);
        let mut rows = self.shown();
        rows.retain(|shown| shown.setting.again && own(shown) && shown.value.is_some());
        rows
    }
}

fn row<T: AsFlag>(setting: &'static KnownSetting, sourced: &Sourced<T>) -> ShownSetting {
    ShownSetting { setting, value: sourced.value.text(), origin: sourced.origin }
}

/// A value as a flag would give it.
trait AsFlag {
    fn text(&self) -> Option<String>;
}

macro_rules! as_flag {
    ($($kind:ty: $text:expr;)*) => {
        $(impl AsFlag for $kind {
            fn text(&self) -> Option<String> {
                let text: fn(&$kind) -> Option<String> = $text;
                text(self)
            }
        })*
    };
}

as_flag! {
    bool: |value| Some(value.to_string());
    u32: |value| Some(value.to_string());
    u64: |value| Some(value.to_string());
    usize: |value| Some(value.to_string());
    Option<u64>: |value| value.map(|number| number.to_string());
    Option<String>: |value| value.clone();
    Option<PathBuf>: |value| value.as_ref().map(|path| path.display().to_string());
    Option<(u64, u64)>: |value| value.map(|(part, of)| format!("{part}/{of}"));
    Vec<DeliveryMethod>: |value| joined(value.iter().map(|method| method.name()));
    Vec<Fault>: |value| joined(value.iter().map(|fault| fault.name()));
    Vec<Variant>: |value| joined(value.iter().map(|variant| variant.name()));
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| names.join(","))
}
