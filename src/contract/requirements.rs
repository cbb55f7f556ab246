//! Reads `requirements.toml`.

use serde::Deserialize;
use toml::Spanned;

use super::ContractError;
use super::files::Files;
use super::lines::line_of_offset;
use super::requirement::{Area, Level, Requirement, RequirementId, Secondary, Side};

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
    level: Level,
    side: Side,
    area: Area,
    sentence: String,
    source: String,
    note: Option<String>,
    also: Option<Secondary>,
    depends: Option<Depends>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Depends {
    ProjectSettings,
}

/// The name of the set, and its requirements by number.
pub(crate) fn load(files: &Files) -> Result<(String, Vec<Requirement>), ContractError> {
    let text = files.get(FILE)?;
    let document: Document = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of_offset(text, span.start));
        ContractError::new(
            FILE,
            line,
            error.message(),
            "the comment at the top of the file lists what a row may hold",
        )
    })?;
    let mut requirements = Vec::with_capacity(document.requirement.len());
    for row in document.requirement {
        let line = line_of_offset(text, row.span().start);
        let requirement = requirement(row.into_inner(), line);
        check(&requirement, requirements.last())?;
        requirements.push(requirement);
    }
    Ok((document.contract.set, requirements))
}

fn requirement(row: Row, line: u32) -> Requirement {
    Requirement {
        id: row.id,
        level: row.level,
        side: row.side,
        area: row.area,
        sentence: row.sentence,
        source: row.source,
        note: row.note,
        also: row.also,
        depends_on_settings: matches!(row.depends, Some(Depends::ProjectSettings)),
        line,
    }
}

fn check(requirement: &Requirement, before: Option<&Requirement>) -> Result<(), ContractError> {
    let wrong =
        |problem: String, remedy: &str| Err(ContractError::new(FILE, requirement.line, problem, remedy));
    let id = requirement.id;
    if before.is_some_and(|before| before.id >= id) {
        return wrong(format!("{id} is out of order or there twice"), "order the rows by number, each once");
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
            "[[requirement]]\nid = \"{id}\"\nlevel = \"MUST\"\nside = \"server\"\narea = \"shape\"\nsentence = \"S.\"\nsource = \"docs: X\"\n{more}\n"
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
        assert_eq!(rows.iter().map(|row| (row.id.number(), row.line)).collect::<Vec<_>>(), [(1, 3), (2, 11)]);
        assert!(!rows[0].depends_on_settings && rows[1].depends_on_settings);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (rows, line, part) in [
            (row("OTP-002", "") + &row("OTP-001", ""), 11, "out of order"),
            (row("OTP-001", "") + &row("OTP-001", ""), 11, "there twice"),
            (row("OTP-1", ""), 4, "not a requirement"),
            (row("OTP-001", "sauce = \"x\""), 10, "unknown field `sauce`"),
            (row("OTP-001", "depends = \"weather\""), 10, "unknown variant `weather`"),
            (row("OTP-001", "").replace("S.", " "), 3, "no sentence"),
            (row("OTP-001", "").replace("MUST", "OUGHT"), 5, "OUGHT"),
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
