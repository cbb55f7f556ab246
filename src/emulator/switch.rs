//! Named on/off switches: one flat list gives the enum, its names, its documents and the error for a misspelt name.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a list of switches has in common, so that one set type serves faults and variants.
pub(crate) trait Switch: Copy + 'static {
    fn index(self) -> usize;
    fn count() -> usize;
}

/// The switches that are on, and how often each was asked by turns.
#[derive(Debug)]
pub(crate) struct Switches<S> {
    any: bool,
    on: Vec<bool>,
    turns: Vec<AtomicU64>,
    kind: std::marker::PhantomData<S>,
}

impl<S: Switch> Switches<S> {
    pub(crate) fn new(chosen: &[S]) -> Self {
        let mut on = vec![false; S::count()];
        for switch in chosen {
            on[switch.index()] = true;
        }
        let turns = (0..S::count()).map(|_| AtomicU64::new(0)).collect();
        Switches { any: !chosen.is_empty(), on, turns, kind: std::marker::PhantomData }
    }

    pub(crate) fn any(&self) -> bool {
        self.any
    }

    pub(crate) fn has(&self, switch: S) -> bool {
        self.any && self.on[switch.index()]
    }

    /// Counts the questions about a switch.
    pub(crate) fn turn(&self, switch: S) -> u64 {
        self.turns[switch.index()].fetch_add(1, Ordering::Relaxed)
    }

    /// True at each `n`-th question while the switch is on: bugs that only some calls meet.
    pub(crate) fn every(&self, n: u64, switch: S) -> bool {
        self.has(switch) && self.turn(switch) % n == n - 1
    }
}

/// A name that is in no list, with those that resemble it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no {kind} is named {name:?}{}", suggestion(.close))]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    close: Vec<&'static str>,
}

fn suggestion(close: &[&str]) -> String {
    if close.is_empty() { String::new() } else { format!("; close to it: {}", close.join(", ")) }
}

impl UnknownName {
    pub(crate) fn among(kind: &'static str, name: &str, names: impl Iterator<Item = &'static str>) -> Self {
        let mut ranked: Vec<_> = names.map(|known| (distance(name, known), known)).collect();
        ranked.sort_unstable();
        let limit = (name.chars().count() / 3).max(2);
        let close = ranked.iter().filter(|(far, _)| *far <= limit).take(3).map(|(_, known)| *known).collect();
        UnknownName { kind, name: name.to_owned(), close }
    }
}

/// How far `name` is from `known`: edits, or words of one that the other lacks, whichever is less.
fn distance(name: &str, known: &str) -> usize {
    strsim::levenshtein(name, known).min(words_apart(name, known))
}

fn words_apart(a: &str, b: &str) -> usize {
    let words = |text: &str| text.split(['-', '_', ' ']).map(str::to_lowercase).collect::<Vec<_>>();
    let (a, b) = (words(a), words(b));
    let strangers = a.iter().filter(|word| !b.contains(word)).count();
    if strangers == 0 { 1 } else { strangers * 8 }
}

/// Declares a list of switches; each row is `Variant "name" [requirements] probe "document";`, without a probe where no
/// test of its own sees the switch.
macro_rules! switches {
    ($(#[$about:meta])* $list:ident is a $kind:literal
     { $($variant:ident $name:literal [$($breaks:literal),*] $($module:ident::$probe:ident)? $doc:literal;)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $list { $(#[doc = $doc] $variant,)* }

        impl $list {
            /// All of them, in the order of the list.
            pub const ALL: &'static [$list] = &[$($list::$variant),*];

            /// Each switch that has a probe, with the probe's name and the probe itself.
            #[cfg(test)]
            #[allow(dead_code, reason = "only one of the lists has probes")]
            pub(in crate::emulator) const PROBES: &'static [($list, &'static str, $crate::emulator::tests::faults::Probe)] =
                &[$($(($list::$variant, stringify!($module::$probe), $module::$probe),)?)*];

            /// The name on the command line.
            pub fn name(self) -> &'static str {
                match self { $($list::$variant => $name,)* }
            }

            /// What it does, and where such a thing was seen or would come from.
            pub fn doc(self) -> &'static str {
                match self { $($list::$variant => $doc,)* }
            }

            /// The requirements it breaks, the most telling first.
            pub fn breaks(self) -> &'static [&'static str] {
                match self { $($list::$variant => &[$($breaks),*],)* }
            }
        }

        impl $crate::emulator::switch::Switch for $list {
            fn index(self) -> usize { self as usize }
            fn count() -> usize { Self::ALL.len() }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.name()) }
        }

        impl std::str::FromStr for $list {
            type Err = $crate::emulator::switch::UnknownName;
            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|known| known.name() == name).ok_or_else(|| {
                    $crate::emulator::switch::UnknownName::among($kind, name, Self::ALL.iter().map(|s| s.name()))
                })
            }
        }
    };
}
pub(crate) use switches;
