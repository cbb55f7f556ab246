//! The file of known deviations: read with file and line, written sorted.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::app::UsageError;
use crate::contract::RequirementId;
use crate::exchange::Place;

/// What a deviation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is wrong.
    Bug,
    /// It is not there yet.
    Missing,
    /// It is wrong now and then; either result is excused.
    Flaky,
}

impl Kind {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Bug => "bug",
            Kind::Missing => "missing",
            Kind::Flaky => "flaky",
        }
    }
}

/// A violation that its target's owner knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The trials: a name, in which `*` stands for one part and `**` for any number of them.
    pub id: String,
    /// The requirement they find broken.
    pub requirement: RequirementId,
    /// What it is.
    pub kind: Kind,
    /// Why it is known and not mended.
    pub reason: String,
    /// Where more is written.
    pub link: Option<String>,
    /// From this day on it must be looked at again.
    pub expires: Option<Date>,
    /// Where it stands.
    pub place: Place,
}

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
    id: String,
    requirement: RequirementId,
    kind: Kind,
    reason: String,
    link: Option<String>,
    expires: Option<Spanned<toml::Value>>,
}

impl Deviation {
    /// Whether it speaks of that trial.
    pub fn matches(&self, trial: &str) -> bool {
        fn fits(pattern: &[&str], name: &[&str]) -> bool {
            match (pattern, name) {
                ([], []) => true,
                (["**", rest @ ..], _) => {
                    fits(rest, name) || name.split_first().is_some_and(|(_, name)| fits(pattern, name))
                }
                ([part, rest @ ..], [first, name @ ..]) => {
                    (*part == "*" || part == first) && fits(rest, name)
                }
                _ => false,
            }
        }
        fits(&Vec::from_iter(self.id.split("::")), &Vec::from_iter(trial.split("::")))
    }

    /// Whether it names one trial and no family.
    pub fn is_exact(&self) -> bool {
        !self.id.contains('*')
    }

    /// The entry as it stands in a file.
    pub fn toml(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut text = format!(
            "[[deviation]]\nid = {}\nrequirement = \"{}\"\nkind = \"{}\"\nreason = {}\n",
            quoted(&self.id),
            self.requirement,
            self.kind.word(),
            quoted(&self.reason)
        );
        if let Some(link) = &self.link {
            text.push_str(&format!("link = {}\n", quoted(link)));
        }
        if let Some(expires) = self.expires {
            text.push_str(&format!("expires = {expires}\n"));
        }
        text
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
        let entry = |row: Spanned<Row>| {
            let at = row.span().start;
            let Row { id, requirement, kind, reason, link, expires } = row.into_inner();
            if id
                .split("::")
                .any(|part| part.is_empty() || (part.contains('*') && !part.trim_matches('*').is_empty()))
            {
                return Err(wrong(
                    at,
                    format!("{id:?}: `*` stands for a whole part of a name, `**` for several"),
                ));
            }
            if reason.trim().is_empty() || reason.trim() == "(say why)" {
                return Err(wrong(at, "an entry needs a reason".into()));
            }
            let expires = expires.map(|date| {
                let text = date.get_ref().to_string();
                let parsed = text.trim_matches('"').parse::<Date>();
                parsed.map_err(|_| wrong(date.span().start, format!("{text} is no day; write 2027-01-31")))
            });
            Ok(Deviation {
                id,
                requirement,
                kind,
                reason,
                link,
                expires: expires.transpose()?,
                place: place(at),
            })
        };
        let head: String = text.split_inclusive('\n').take_while(|line| line.starts_with('#')).collect();
        let entries = document.deviation.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Baseline { head, entries })
    }

    /// The file's text: entries by name and requirement, so that a change is a small diff.
    pub fn toml(&self) -> String {
        let mut sorted = Vec::from_iter(&self.entries);
        sorted.sort_by_key(|entry| (&entry.id, entry.requirement));
        let entries = sorted.into_iter().map(Deviation::toml);
        let blocks = Some(self.head.clone()).filter(|head| !head.is_empty()).into_iter().chain(entries);
        blocks.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Known.\n\n[[deviation]]\nid = \"scenario::b::c\"\nrequirement = \"OTP-954\"\nkind = \"bug\"\nreason = \"ticket 7\"\nexpires = 2027-01-31\n\n[[deviation]]\nid = \"scenario::*::a\"\nrequirement = \"OTP-946\"\nkind = \"flaky\"\nreason = \"r\"\n";

    #[test]
    fn entries_know_their_lines_and_are_written_sorted() {
        let baseline = Baseline::parse("d.toml", FILE).unwrap();
        assert_eq!(baseline.entries.iter().map(|entry| entry.place.line).collect::<Vec<_>>(), [3, 10]);
        let written = baseline.toml();
        assert!(written.starts_with("# Known.\n\n[[deviation]]\nid = \"scenario::*::a\""), "{written}");
        let again = Baseline::parse("d.toml", &written).unwrap();
        assert_eq!(again.toml(), written);
        assert_eq!(again.entries.len(), 2);
        assert_eq!(again.entries[1].expires, baseline.entries[0].expires);
    }

    #[test]
    fn a_star_stands_for_whole_parts() {
        let entry = |id: &str| Deviation {
            id: id.into(),
            ..Baseline::parse("d.toml", FILE).unwrap().entries[0].clone()
        };
        for (id, name, fits) in [
            ("a::b", "a::b", true),
            ("a::b", "a::b::c", false),
            ("a::*", "a::b", true),
            ("a::*", "a::b::c", false),
            ("a::**", "a::b::c", true),
            ("**::c", "a::b::c", true),
            ("a::**::c", "a::c", true),
            ("a::**::d", "a::b::c", false),
        ] {
            assert_eq!(entry(id).matches(name), fits, "{id} and {name}");
        }
    }

    #[test]
    fn mistakes_are_named_with_file_and_line() {
        let row =
            |more: &str| format!("\n[[deviation]]\nrequirement = \"OTP-954\"\nkind = \"bug\"\n{more}\n");
        for (text, message) in [
            (row("id = \"a\""), "d.toml:2: missing field `reason`"),
            (row("id = \"a\"\nreason = \" \""), "d.toml:2: an entry needs a reason"),
            (row("id = \"a*\"\nreason = \"r\""), "d.toml:2: \"a*\": `*` stands for a whole part"),
            (row("id = \"a\"\nreason = \"r\"\nexpires = \"soon\""), "d.toml:7: \"soon\" is no day"),
            (row("id = \"a\"\nreason = \"r\"\nwhy = 1"), "d.toml:7: unknown field `why`"),
            (row("id = \"a\"\nreason = \"r\"").replace("bug", "bugs"), "d.toml:4: unknown variant"),
        ] {
            let error = Baseline::parse("d.toml", &text).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}\nshould begin {message}");
        }
    }
}
