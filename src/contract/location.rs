//! From the path a validator took through a bundled schema to the file, and to the requirement that is broken there.

use serde_json::Value;

use super::RequirementId;
use super::lines::unescape;

/// Where a keyword is, and on whose behalf.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The file, if not the one the bundle was made of.
    pub(crate) file: Option<String>,
    /// The keyword's pointer in that file.
    pub(crate) pointer: String,
    /// The requirement of the nearest `x-requirement` on the way that speaks of the keyword.
    pub(crate) requirement: Option<RequirementId>,
}

/// Follows `path`, an evaluation path such as `/properties/user/$ref/required`, through a bundled schema.
pub(crate) fn locate(bundle: &Value, path: &str) -> Spot {
    let (mut pointer, mut node, mut requirement) = (String::new(), Some(bundle), None);
    for part in path.split('/').skip(1) {
        let Some(here) = node else { break };
        blame(here, &unescape(part), &mut requirement);
        let next = here.get(unescape(part)).or_else(|| here.get(part.parse::<usize>().ok()?));
        match (part, next.and_then(Value::as_str)) {
            ("$ref", Some(reference)) => {
                reference.trim_start_matches('#').clone_into(&mut pointer);
                node = bundle.pointer(&pointer);
            }
            _ => {
                pointer = format!("{pointer}/{part}");
                node = next;
            }
        }
    }
    let (file, pointer) = in_file(&pointer);
    Spot { file, pointer, requirement }
}

/// A text speaks of everything at and below its schema, an object of the keywords that it names, null of none.
fn blame(schema: &Value, keyword: &str, requirement: &mut Option<RequirementId>) {
    let said = match schema.get("x-requirement") {
        Some(Value::Object(by_keyword)) => by_keyword.get(keyword),
        said => said,
    };
    if let Some(said) = said {
        *requirement = said.as_str().and_then(|id| id.parse().ok());
    }
}

/// Bundled files stand in `$defs` under their names, and nothing else there ends in `.json`.
pub(crate) fn in_file(pointer: &str) -> (Option<String>, String) {
    let Some(rest) = pointer.strip_prefix("/$defs/") else { return (None, pointer.to_owned()) };
    let (name, inner) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if name.ends_with(".json") {
        (Some(unescape(name)), inner.to_owned())
    } else {
        (None, pointer.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spot(path: &str) -> (String, String, Option<u16>) {
        let bundle = json!({
            "properties": {
                "a": { "$ref": "#/$defs/x.json", "x-requirement": "OTP-001" },
                "b": { "$ref": "#/$defs/x.json/properties/d", "type": "string" },
                "c": { "$ref": "#/$defs/own" } },
            "required": ["a"],
            "x-requirement": { "required": "OTP-002" },
            "$defs": {
                "own": { "type": "string" },
                "x.json": { "x-requirement": { "minimum": "OTP-003" }, "minimum": 0, "type": "object",
                    "properties": { "d": { "allOf": [{ "type": "string" }], "x-requirement": null } } } }
        });
        let spot = locate(&bundle, path);
        (spot.file.unwrap_or_default(), spot.pointer, spot.requirement.map(RequirementId::number))
    }

    #[test]
    fn the_nearest_requirement_that_speaks_of_the_keyword_is_blamed() {
        assert_eq!(spot("/required"), (String::new(), "/required".into(), Some(2)));
        assert_eq!(spot("/properties/a/$ref/type"), ("x.json".into(), "/type".into(), Some(1)));
        assert_eq!(spot("/properties/a/$ref/minimum"), ("x.json".into(), "/minimum".into(), Some(3)));
        assert_eq!(spot("/properties/b/type"), (String::new(), "/properties/b/type".into(), None));
    }

    #[test]
    fn null_blames_nobody() {
        let expected = ("x.json".into(), "/properties/d/allOf/0/type".into(), None);
        assert_eq!(spot("/properties/a/$ref/properties/d/allOf/0/type"), expected);
        assert_eq!(spot("/properties/b/$ref/allOf/0/type"), expected);
    }

    #[test]
    fn a_definition_of_the_file_itself_stays_there() {
        assert_eq!(spot("/properties/c/$ref/type"), (String::new(), "/$defs/own/type".into(), None));
    }
}
