//! What a report quotes of the contract: the sentence behind a requirement's number, and its place.

use std::collections::BTreeMap;

use crate::contract::{Level, Requirement, RequirementId};
use crate::exchange::Place;
use crate::judge::Finding;
use crate::trial::TrialReport;

/// The file that holds the requirements, as an author would open it.
const FILE: &str = "schema/requirements.toml";

/// One requirement as it is quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The requirement in words.
    pub sentence: String,
    /// How much breaking it weighs.
    pub level: Level,
    /// What it is about: `verification`.
    pub area: String,
    /// Who says so.
    pub source: String,
    /// Its place.
    pub place: Place,
}

/// The quotable part of a contract. Requirements that it does not know are shown by number alone, so that a
/// recording made with a newer contract can still be read.
#[derive(Clone, Debug, Default)]
pub struct Sentences(BTreeMap<RequirementId, Sentence>);

impl Sentences {
    /// Quotes the requirements of a contract.
    pub fn new(requirements: &[Requirement]) -> Sentences {
        requirements
            .iter()
            .map(|requirement| {
                let place = Place { file: FILE.to_owned(), line: requirement.line as usize };
                let quoted = Sentence {
                    sentence: requirement.sentence.clone(),
                    level: requirement.level,
                    area: requirement.area.to_string(),
                    source: requirement.source.clone(),
                    place,
                };
                (requirement.id, quoted)
            })
            .collect()
    }

    /// The sentence behind a number.
    pub fn of(&self, id: RequirementId) -> Option<&Sentence> {
        self.0.get(&id)
    }

    /// The words of a requirement; none where it is unknown.
    pub(crate) fn words(&self, id: RequirementId) -> &str {
        self.of(id).map_or("", |sentence| sentence.sentence.as_str())
    }

    /// The level of a requirement in words; empty where it is unknown.
    pub(crate) fn level(&self, id: RequirementId) -> String {
        self.of(id).map_or_else(String::new, |sentence| sentence.level.to_string())
    }

    /// What a requirement is about.
    pub(crate) fn area(&self, id: RequirementId) -> &str {
        self.of(id).map_or("unknown to this version", |sentence| sentence.area.as_str())
    }

    /// Who says so; empty where it is unknown.
    pub(crate) fn source(&self, id: RequirementId) -> &str {
        self.of(id).map_or("", |sentence| sentence.source.as_str())
    }
}

impl FromIterator<(RequirementId, Sentence)> for Sentences {
    fn from_iter<I: IntoIterator<Item = (RequirementId, Sentence)>>(sentences: I) -> Sentences {
        Sentences(sentences.into_iter().collect())
    }
}

/// The line that asked for what was judged: of the schema or suite that the finding names, else of the trial. The
/// line of the sentence itself is quoted with the sentence.
pub(crate) fn asked_at<'a>(finding: &'a Finding, trial: &'a TrialReport) -> &'a Place {
    match &trial.place {
        Some(place) if finding.place.file == FILE => place,
        _ => &finding.place,
    }
}
