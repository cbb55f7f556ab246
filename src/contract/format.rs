//! The formats of our own: phone numbers, and names that must exist in the project under test.

use std::collections::BTreeSet;

use serde_json::Value;

/// Names that exist in the project under test. Where a set is unknown no name is promised to be one: a server may look it
/// up, and refuse what it does not find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectValues {
    /// Values of templateId (`"format": "project-template"`).
    pub templates: Option<BTreeSet<String>>,
    /// Values of providerId (`"format": "project-provider"`).
    pub providers: Option<BTreeSet<String>>,
    /// Values of ssoAppId (`"format": "project-sso-app"`).
    pub sso_apps: Option<BTreeSet<String>>,
}

impl ProjectValues {
    /// Teaches the formats to a validator.
    pub(crate) fn register(
        &self,
        options: jsonschema::ValidationOptions<'static>,
    ) -> jsonschema::ValidationOptions<'static> {
        options
            .with_format("phone-number", is_phone_number)
            .with_format("email-address", is_email_address)
            .with_format("project-template", member_of(self.templates.clone()))
            .with_format("project-provider", member_of(self.providers.clone()))
            .with_format("project-sso-app", member_of(self.sso_apps.clone()))
    }

    /// The names that there are, by format.
    pub(crate) fn by_format(&self) -> [(&'static str, &BTreeSet<String>); 3] {
        static NONE: BTreeSet<String> = BTreeSet::new();
        [
            ("project-template", self.templates.as_ref().unwrap_or(&NONE)),
            ("project-provider", self.providers.as_ref().unwrap_or(&NONE)),
            ("project-sso-app", self.sso_apps.as_ref().unwrap_or(&NONE)),
        ]
    }

    /// Forbids in a schema the members that would have to name something, where there is no name.
    pub(crate) fn prune(&self, schema: &mut Value) {
        let lacks = |member: &Value| {
            self.by_format().into_iter().any(|(format, names)| member["format"] == format && names.is_empty())
        };
        match schema {
            Value::Object(members) => {
                if let Some(Value::Object(properties)) = members.get_mut("properties") {
                    for member in properties.values_mut().filter(|member| lacks(member)) {
                        let nullable =
                            member["type"].as_array().is_some_and(|types| types.contains(&"null".into()));
                        *member = if nullable { serde_json::json!({ "type": "null" }) } else { false.into() };
                    }
                }
                members.values_mut().for_each(|member| self.prune(member));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.prune(item)),
            _ => {}
        }
    }
}

fn member_of(known: Option<BTreeSet<String>>) -> impl Fn(&str) -> bool + Send + Sync + 'static {
    let known = known.unwrap_or_default();
    move |name| known.contains(name)
}

/// E.164 with seven to fifteen digits and perhaps single dashes between them, or the stand-in of a recorded number.
///
/// Dashes are the one spelling that an official client's tests rely on; other separators promise nothing.
pub(crate) fn is_phone_number(text: &str) -> bool {
    if let Some(label) = text.strip_prefix("<phone:").and_then(|text| text.strip_suffix('>')) {
        return label.split_once('|').is_none_or(|(_, spelling)| spelling == "dashes");
    }
    let Some(groups) = text.strip_prefix('+') else { return false };
    let digits = groups.bytes().filter(u8::is_ascii_digit).count();
    let grouped =
        groups.split('-').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    grouped && !groups.starts_with('0') && (7..=15).contains(&digits)
}

/// An address that every server takes for one: plain letters and signs before the `@`, a domain of plain labels behind
/// it; or the stand-in of a recorded address.
pub(crate) fn is_email_address(text: &str) -> bool {
    if let Some(label) = text.strip_prefix("<email:").and_then(|text| text.strip_suffix('>')) {
        return !label.contains('|');
    }
    let plain = |part: &str, more: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        !part.is_empty() && part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(fits)
    };
    text.split_once('@').is_some_and(|(local, domain)| {
        plain(local, "._+-") && domain.contains('.') && domain.split('.').all(|label| plain(label, "-"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain() {
        for text in ["ada@example.com", "a.b_c+d-1@x.example.org", "<email:A>"] {
            assert!(is_email_address(text), "{text}");
        }
        for text in [
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a@b@example.com",
            "a b@example.com",
            "<email:A|lower>",
        ] {
            assert!(!is_email_address(text), "{text}");
        }
    }

    #[test]
    fn phone_numbers_are_e164_with_or_without_dashes() {
        for text in ["+12025550142", "+1-202-555-0142", "+1234567", "+123456789012345", "<phone:A>"] {
            assert!(is_phone_number(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_phone_numbers() {
        for text in [
            "",
            "+",
            "12025550142",
            "+02025550142",
            "+123456",
            "+1234567890123456",
            "+1 202 555 0142",
            "+1--2025550142",
            "+-12025550142",
            "+12025550142-",
            "+1202555014a",
            "+１２０２５５５０１４２",
            "phone",
            "<code:A1>",
        ] {
            assert!(!is_phone_number(text), "{text}");
        }
    }

    #[test]
    fn without_a_set_no_name_is_known_to_exist() {
        assert!(!member_of(None)("x") && !member_of(None)(""));
        let known = || Some(BTreeSet::from(["x".to_owned()]));
        assert!(member_of(known())("x") && !member_of(known())("y"));
    }

    #[test]
    fn a_member_that_names_what_is_not_known_is_forbidden() {
        let member = |types: Value| serde_json::json!({ "type": types, "format": "project-sso-app" });
        let schema =
            |app: Value, other: Value| serde_json::json!({ "properties": { "a": app, "b": other, "c": {} } });
        let (plain, nullable) = (member("string".into()), member(serde_json::json!(["string", "null"])));
        let mut pruned = schema(plain.clone(), nullable.clone());
        ProjectValues::default().prune(&mut pruned);
        assert_eq!(
            pruned,
            serde_json::json!({ "properties": { "a": false, "b": { "type": "null" }, "c": {} } })
        );
        let known =
            ProjectValues { sso_apps: Some(BTreeSet::from(["x".to_owned()])), ..ProjectValues::default() };
        let mut whole = schema(plain.clone(), nullable.clone());
        known.prune(&mut whole);
        assert_eq!(whole, schema(plain, nullable));
    }
}
