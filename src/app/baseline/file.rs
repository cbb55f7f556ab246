//! The file of known deviations: read with file and line, written sorted.

use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::entry::{Deviation, DeviationKind};
use super::glob::is_name_pattern;
use crate::app::UsageError;
use crate::contract::RequirementId;
use crate::exchange::Place;
use crate::trial::current_name;

/// The known deviations of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Comment lines at the top of the file.
    pub head: String,
    /// The entries, in file order.
    pub entries: Vec<Deviation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    deviation: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    requirement: RequirementId,
    #[serde(default)]
    operation: Patterns,
    #[serde(default)]
    seen: Patterns,
    id: Option<String>,
    kind: DeviationKind,
    reason: String,
    link: Option<String>,
    expires: Option<Spanned<toml::Value>>,
    trial: Option<String>,
    seed: Option<u64>,
}

/// A pattern or several of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Patterns {
    One(String),
    Several(Vec<String>),
}

impl Default for Patterns {
    fn default() -> Patterns {
        Patterns::Several(Vec::new())
    }
}

impl From<Patterns> for Vec<String> {
    fn from(patterns: Patterns) -> Vec<String> {
        match patterns {
            Patterns::One(pattern) => vec![pattern],
            Patterns::Several(patterns) => patterns,
        }
    }
}

impl Row {
    fn into_entry(
        self,
        place: Place,
        day: impl Fn(Spanned<toml::Value>) -> Result<Date, UsageError>,
    ) -> Result<Deviation, UsageError> {
        let wrong = |what: String| UsageError::File { place: place.clone(), what };
        if let Some(id) = self.id.as_ref().filter(|id| !is_name_pattern(id)) {
            return Err(wrong(format!("{id:?}: `*` is a whole part of a name, `**` for several")));
        }
        if self.reason.trim().is_empty() || self.reason.trim() == "(say why)" {
            return Err(wrong("an entry needs a reason".into()));
        }
        let (operation, seen) = (Vec::from(self.operation), Vec::from(self.seen));
        if self.id.is_none() && operation.is_empty() && seen.is_empty() {
            return Err(wrong(
                "an entry needs an operation, what is seen there, or the id of a trial".into(),
            ));
        }
        Ok(Deviation {
            requirement: self.requirement,
            operation,
            seen,
            id: self.id.as_deref().map(current_name),
            kind: self.kind,
            reason: self.reason,
            link: self.link,
            expires: self.expires.map(day).transpose()?,
            trial: self.trial.as_deref().map(current_name),
            seed: self.seed,
            place,
        })
    }
}

impl Baseline {
    /// The deviations in a file.
    ///
    /// # Errors
    /// It cannot be read, or an entry makes no sense: file, line and what to write.
    pub fn read(path: &Path) -> Result<Baseline, UsageError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            UsageError::Other(format!(
                "known deviations {}: {error}; `otp-conformance baseline add` begins the file",
                path.display()
            ))
        })?;
        Baseline::parse(&path.display().to_string(), &text)
    }

    /// The deviations in a text.
    ///
    /// # Errors
    /// As [`Baseline::read`].
    pub fn parse(file: &str, text: &str) -> Result<Baseline, UsageError> {
        let place = |at: usize| Place { file: file.into(), line: 1 + text[..at].matches('\n').count() };
        let wrong = |at: usize, what: String| UsageError::File { place: place(at), what };
        let document: Document = toml::from_str(text)
            .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
        let day = |date: Spanned<toml::Value>| {
            let text = date.get_ref().to_string();
            let parsed = text.trim_matches('"').parse::<Date>();
            parsed.map_err(|_| wrong(date.span().start, format!("{text} is no day; write 2027-01-31")))
        };
        let entry = |row: Spanned<Row>| {
            let at = place(row.span().start);
            row.into_inner().into_entry(at, day)
        };
        let head: String = text.split_inclusive('\n').take_while(|line| line.starts_with('#')).collect();
        let entries = document.deviation.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Baseline { head, entries })
    }

    /// The file's text: entries by requirement and what they excuse, so that a change is a small diff.
    pub fn toml(&self) -> String {
        let mut sorted = Vec::from_iter(&self.entries);
        sorted.sort_by_key(|entry| (entry.requirement, &entry.operation, &entry.seen, &entry.id));
        let entries = sorted.into_iter().map(Deviation::toml);
        let blocks = Some(self.head.clone()).filter(|head| !head.is_empty()).into_iter().chain(entries);
        blocks.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"# Known.

[[deviation]]
requirement = "OTP-954"
operation = "verify-sms"
seen = ["200", "204"]
kind = "bug"
reason = "ticket 7"
expires = 2027-01-31
trial = "scenario::b::c"
seed = 7

[[deviation]]
id = "scenario::*::a"
requirement = "OTP-946"
kind = "flaky"
reason = "r"
"#;

    #[test]
    fn entries_know_their_lines_and_are_written_sorted() {
        let baseline = Baseline::parse("d.toml", FILE).unwrap();
        assert_eq!(baseline.entries.iter().map(|entry| entry.place.line).collect::<Vec<_>>(), [3, 13]);
        let written = baseline.toml();
        assert!(written.starts_with("# Known.\n\n[[deviation]]\nrequirement = \"OTP-946\"\nid"), "{written}");
        let again = Baseline::parse("d.toml", &written).unwrap();
        assert_eq!(again.toml(), written);
        let known = Deviation { place: again.entries[1].place.clone(), ..baseline.entries[0].clone() };
        assert_eq!(again.entries[1], known);
    }

    #[test]
    fn former_names_of_trials_are_read_as_those_of_today() {
        let text = FILE.replace("scenario::*::a", "shape::**").replace("scenario::b::c", "shape::b::hostile");
        let entries = Baseline::parse("d.toml", &text).unwrap().entries;
        assert_eq!(entries[0].trial.as_deref(), Some("property::b::malformed"));
        assert_eq!(entries[1].id.as_deref(), Some("property::**"));
    }

    #[test]
    fn mistakes_are_named_with_file_and_line() {
        let row =
            |more: &str| format!("\n[[deviation]]\nrequirement = \"OTP-954\"\nkind = \"bug\"\n{more}\n");
        for (text, message) in [
            (row("id = \"a\""), "d.toml:2: missing field `reason`"),
            (row("id = \"a\"\nreason = \" \""), "d.toml:2: an entry needs a reason"),
            (row("reason = \"r\""), "d.toml:2: an entry needs an operation, what is seen there, or the id"),
            (row("id = \"a*\"\nreason = \"r\""), "d.toml:2: \"a*\": `*` is a whole part"),
            (row("id = \"a\"\nreason = \"r\"\nexpires = \"soon\""), "d.toml:7: \"soon\" is no day"),
            (row("id = \"a\"\nreason = \"r\"\nwhy = 1"), "d.toml:7: unknown field `why`"),
            (row("id = \"a\"\nreason = \"r\"").replace("bug", "bugs"), "d.toml:4: unknown variant"),
        ] {
            let error = Baseline::parse("d.toml", &text).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}\nshould begin {message}");
        }
    }
}
