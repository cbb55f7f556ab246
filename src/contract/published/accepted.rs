//! The file of differences that are known, each with a reason.

use serde::Deserialize;
use toml::Spanned;

use super::ContractDifference;
use crate::contract::ContractError;

/// Known differences, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One known difference, or a family of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The difference as it is printed; `*` means any text.
    pub difference: String,
    /// Why it is accepted.
    pub reason: String,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accepted: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    difference: String,
    reason: String,
}

impl Accepted {
    /// Reads the file. `file` is its name in messages.
    ///
    /// # Errors
    /// The text is no TOML, a member is unknown or missing, or a reason is empty; with the line.
    pub fn parse(file: &str, text: &str) -> Result<Accepted, ContractError> {
        let line_at = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count() as u32;
        let remedy = "write `[[accepted]]` with `difference` and `reason`";
        let rows = toml::from_str::<File>(text).map_err(|error| {
            let line = error.span().map(|span| line_at(span.start));
            ContractError::new(file, line, error.message(), remedy)
        })?;
        let mut entries = Vec::new();
        for row in rows.accepted {
            let line = line_at(row.span().start);
            let Row { difference, reason } = row.into_inner();
            if reason.trim().is_empty() {
                return Err(ContractError::new(file, line, "the reason is empty", remedy));
            }
            entries.push(Entry { difference, reason, line });
        }
        Ok(Accepted { entries })
    }

    /// Parts differences into those that are not known, and the entries that no difference fits.
    pub fn sift<'a>(
        &'a self,
        found: &'a [ContractDifference],
    ) -> (Vec<&'a ContractDifference>, Vec<&'a Entry>) {
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        let new =
            found.iter().zip(&texts).filter(|(_, text)| !self.entries.iter().any(|entry| entry.fits(text)));
        let stale = self.entries.iter().filter(|entry| !texts.iter().any(|text| entry.fits(text)));
        (new.map(|(difference, _)| difference).collect(), stale.collect())
    }
}

impl Entry {
    fn fits(&self, text: &str) -> bool {
        let mut parts = self.difference.split('*');
        let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(part) = parts.next() {
            match parts.peek() {
                // The last part must end the text.
                None => return rest.ends_with(part),
                Some(_) => match rest.find(part) {
                    Some(at) => rest = &rest[at + part.len()..],
                    None => return false,
                },
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(text: &str) -> ContractDifference {
        let (operation, what) = text.split_once(": ").unwrap();
        ContractDifference { operation: operation.into(), place: String::new(), what: what.into() }
    }

    #[test]
    fn known_differences_are_sifted_out_and_stale_entries_named() {
        let text = "[[accepted]]\ndifference = \"GET /v1/mgmt/*: only *\"\nreason = \"r\"\n\n\
                    [[accepted]]\ndifference = \"POST /a: gone\"\nreason = \"r\"\n";
        let accepted = Accepted::parse("a.toml", text).unwrap();
        let found = ["GET /v1/mgmt/x: only here", "GET /v1/mgmt: only here", "POST /a: new"].map(difference);
        let (new, stale) = accepted.sift(&found);
        assert_eq!(new, [&found[1], &found[2]]);
        assert_eq!(stale.iter().map(|entry| entry.line).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_does() {
        for (pattern, text, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c", false),
            ("a*a", "a", false),
            ("a.c", "abc", false),
        ] {
            let entry = Entry { difference: pattern.into(), reason: "r".into(), line: 1 };
            assert_eq!(entry.fits(text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, line, part) in [
            ("[[accepted]]\ndifference = \"a\"\n", 1, "missing field `reason`"),
            ("[[accepted]]\ndifference = \"a\"\nreason = \" \"\n", 1, "reason is empty"),
            ("[[accepted]]\ndifference = \"a\"\nreson = \"r\"\n", 3, "unknown field"),
            ("\naccepted = 3\n", 2, "invalid type"),
        ] {
            let error = Accepted::parse("a.toml", text).unwrap_err();
            assert!(error.problem.contains(part), "{text}: {error}");
            assert_eq!(error.line, Some(line), "{text}: {error}");
        }
    }
}
