//! Reads `requirements.toml`.

use serde::Deserialize;
use toml::Spanned;

use super::files::Files;
use super::lines::LineEnds;
use super::requirement::{Depends, Requirement, RequirementId, Secondary, Side};
use super::{Area, ContractError, DeliveryMethod, Level};

const FILE: &str = "requirements.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    contract: Header,
    requirement: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    set: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: RequirementId,
    slug: String,
    level: Level,
    side: Side,
    area: Area,
    sentence: String,
    source: String,
    note: Option<String>,
    also: Option<Secondary>,
    depends: Option<Depends>,
    #[serde(default)]
    method: Option<DeliveryMethod>,
    instead: Option<RequirementId>,
}

/// The name of the set, and its requirements by number.
pub(crate) fn load(files: &Files) -> Result<(String, Vec<Requirement>), ContractError> {
    let text = files.get(FILE)?;
    let ends = LineEnds::of(text);
    let line_of = |offset| u32::try_from(ends.line(offset)).unwrap_or(u32::MAX);
    let document: Document = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of(span.start));
        ContractError::new(
            FILE,
            line,
            error.message(),
            "the comment at the top of the file lists what a row may hold",
        )
    })?;
    let mut requirements = Vec::with_capacity(document.requirement.len());
    for row in document.requirement {
        let line = line_of(row.span().start);
        let requirement = requirement(row.into_inner(), line);
        check(&requirement, &requirements)?;
        requirements.push(requirement);
    }
    Ok((document.contract.set, requirements))
}

fn requirement(row: Row, line: u32) -> Requirement {
    Requirement {
        id: row.id,
        slug: row.slug,
        level: row.level,
        side: row.side,
        area: row.area,
        sentence: row.sentence,
        source: row.source,
        note: row.note,
        also: row.also,
        depends: row.depends,
        method: row.method.unwrap_or(DeliveryMethod::Sms),
        instead: row.instead,
        line,
    }
}

fn check(requirement: &Requirement, before: &[Requirement]) -> Result<(), ContractError> {
    let wrong =
        |problem: String, remedy: &str| Err(ContractError::new(FILE, requirement.line, problem, remedy));
    let id = requirement.id;
    if before.last().is_some_and(|before| before.id >= id) {
        return wrong(format!("{id} is out of order or there twice"), "order the rows by number, each once");
    }
    let slug = &requirement.slug;
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !slug.split('-').all(is_word) || slug.starts_with(|first: char| first.is_ascii_digit()) {
        let remedy = "write lower-case words with dashes between them, such as code-is-single-use";
        return wrong(format!("{id} has the slug {slug:?}, which is no name"), remedy);
    }
    if let Some(other) = before.iter().find(|other| other.slug == *slug) {
        return wrong(
            format!("{id} has the slug of {}, {slug}", other.id),
            "give each requirement a name of its own",
        );
    }
    if requirement.sentence.trim().is_empty() || requirement.source.trim().is_empty() {
        return wrong(format!("{id} has no sentence or no source"), "say what has to hold and who says so");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, more: &str) -> String {
        format!(
            "[[requirement]]\nid = \"{id}\"\nslug = \"row-{}\"\nlevel = \"MUST\"\nside = \"server\"\narea = \"shape\"\nsentence = \"S.\"\nsource = \"docs: X\"\n{more}\n",
            id.to_lowercase()
        )
    }

    fn load_text(rows: &str) -> Result<(String, Vec<Requirement>), ContractError> {
        load(&Files::of(&[(FILE, &format!("[contract]\nset = \"x\"\n{rows}"))]))
    }

    #[test]
    fn rows_know_their_lines() {
        let (set, rows) =
            load_text(&(row("OTP-001", "") + &row("OTP-002", "depends = \"project-settings\""))).unwrap();
        assert_eq!(set, "x");
        assert_eq!(rows.iter().map(|row| (row.id.number(), row.line)).collect::<Vec<_>>(), [(1, 3), (2, 12)]);
        assert_eq!([rows[0].depends, rows[1].depends], [None, Some(Depends::ProjectSettings)]);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (rows, line, part) in [
            (row("OTP-002", "") + &row("OTP-001", ""), 12, "out of order"),
            (row("OTP-001", "") + &row("OTP-001", ""), 12, "there twice"),
            (row("OTP-1", ""), 4, "not a requirement"),
            (row("OTP-001", "sauce = \"x\""), 11, "unknown field `sauce`"),
            (row("OTP-001", "depends = \"weather\""), 11, "unknown variant `weather`"),
            (row("OTP-001", "").replace("S.", " "), 3, "no sentence"),
            (
                row("OTP-001", "") + &row("OTP-002", "").replace("row-otp-002", "row-otp-001"),
                12,
                "slug of OTP-001",
            ),
            (row("OTP-001", "").replace("row-otp", "Row otp"), 3, "which is no name"),
            (row("OTP-001", "").replace("slug = \"row-otp-001\"\n", ""), 3, "missing field `slug`"),
            (row("OTP-001", "").replace("MUST", "OUGHT"), 6, "OUGHT"),
        ] {
            let error = load_text(&rows).unwrap_err();
            assert_eq!(error.line, Some(line), "{error}");
            assert!(error.problem.contains(part), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        assert_eq!(load(&Files::of(&[])).unwrap_err().file, FILE);
    }
}
