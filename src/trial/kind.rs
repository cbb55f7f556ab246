//! The kinds of trials, by the first part of a trial's name.

use super::TrialReport;

/// What [`former_name`] knows: the first part of the names of property trials, and the class of malformed bodies.
const FORMER: [(&str, &str); 2] = [("property::", "shape::"), ("::malformed", "::hostile")];

/// The last part of the names of scenarios, now and formerly: `now < before`.
const FORMER_SCENARIOS: &str = include_str!("former.txt");

fn former_scenarios() -> impl Iterator<Item = (&'static str, &'static str)> {
    FORMER_SCENARIOS.lines().filter_map(|line| line.split_once(" < "))
}

/// The name that a trial had before it was renamed. Filters, files and recordings may still hold it, and a trial's seed
/// and shard follow from it, so that they stay what they were.
pub fn former_name(name: &str) -> Option<String> {
    if let Some((path, slug)) = scenario(name) {
        let (_, former) = former_scenarios().find(|(now, _)| *now == slug)?;
        return Some(format!("{path}::{former}"));
    }
    let [(first, former_first), (class, former_class)] = FORMER;
    let rest = name.strip_prefix(first)?;
    let rest =
        rest.strip_suffix(class).map_or_else(|| rest.to_owned(), |rest| format!("{rest}{former_class}"));
    Some(format!("{former_first}{rest}"))
}

/// The name that a trial has now, by the one that it has or had.
pub fn current_name(name: &str) -> String {
    if let Some((path, slug)) = scenario(name) {
        let now = former_scenarios().find(|(_, former)| *former == slug);
        return now.map_or_else(|| name.to_owned(), |(now, _)| format!("{path}::{now}"));
    }
    let [(first, former_first), (class, former_class)] = FORMER;
    let Some(rest) = name.strip_prefix(former_first) else { return name.to_owned() };
    let rest =
        rest.strip_suffix(former_class).map_or_else(|| rest.to_owned(), |rest| format!("{rest}{class}"));
    format!("{first}{rest}")
}

/// The path and the last part of the name of a scenario or race.
fn scenario(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once("::").filter(|_| name.starts_with("scenario::") || name.starts_with("race::"))
}

/// What kind of trial a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrialKind {
    /// The steps of a suite file, one after the other.
    Scenario,
    /// Bodies drawn from a schema.
    Property,
    /// Random sequences of calls.
    Sequence,
    /// The steps of a suite file, some of which overlap.
    Race,
    /// Traffic of a client and a server, read by the proxy.
    Proxy,
    /// Malformed answers that the proxy shows to a client.
    Hostile,
}

impl TrialKind {
    /// Every kind, with the first part of its trials' names.
    pub const ALL: [(TrialKind, &'static str); 6] = [
        (TrialKind::Scenario, "scenario"),
        (TrialKind::Property, "property"),
        (TrialKind::Sequence, "sequence"),
        (TrialKind::Race, "race"),
        (TrialKind::Proxy, "proxy"),
        (TrialKind::Hostile, "hostile"),
    ];

    /// The kind of the trial of this name; `None` for a name that no trial has.
    pub fn of(name: &str) -> Option<TrialKind> {
        let name = current_name(name);
        let first = name.split("::").next()?;
        TrialKind::ALL.iter().find(|(_, word)| *word == first).map(|(kind, _)| *kind)
    }

    /// The first part of the names of its trials: `scenario`.
    pub fn word(self) -> &'static str {
        TrialKind::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    /// Whether its trials show what a client does, and need a command to be seen again.
    pub fn is_of_proxy(self) -> bool {
        matches!(self, TrialKind::Proxy | TrialKind::Hostile)
    }
}

impl TrialReport {
    /// What kind of trial it was; `None` for a name that no trial has.
    pub fn kind(&self) -> Option<TrialKind> {
        TrialKind::of(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_kind_and_nothing_else_does() {
        for (kind, word) in TrialKind::ALL {
            assert_eq!(TrialKind::of(&format!("{word}::a::scenario::b")), Some(kind));
            assert_eq!(kind.word(), word);
        }
        assert_eq!(TrialKind::of("scenarios::a"), None);
        assert_eq!(TrialKind::of(""), None);
        assert_eq!(TrialKind::of("shape::verify-sms::valid"), Some(TrialKind::Property));
    }

    #[test]
    fn a_renamed_trial_answers_to_both_names() {
        for (now, before) in [
            ("property::verify-sms::valid", "shape::verify-sms::valid"),
            ("property::verify-sms::malformed", "shape::verify-sms::hostile"),
            (
                "scenario::options::email::custom-claims-are-under-nsec",
                "scenario::options::email::custom-claims-stand-under-nsec",
            ),
            ("race::verify::overlapping-logins-keep-users-apart", "race::verify::everybody-gets-their-own"),
        ] {
            assert_eq!(former_name(now).as_deref(), Some(before));
            assert_eq!(current_name(before), now);
            assert_eq!(current_name(now), now);
        }
        assert_eq!(former_name("scenario::shape::a"), None);
        assert_eq!(former_name("hostile::custom-claims-are-under-nsec"), None);
        assert_eq!(current_name("hostile::shape::empty-object"), "hostile::shape::empty-object");
    }
}
