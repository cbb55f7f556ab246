//! Login options of an initiation: read, bounded, and kept with the code they came with.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::refusal::Refusal;

/// Longest key of a custom claim in characters (docs: Custom Claims).
const CLAIM_KEY: usize = 60;
/// Longest value of a custom claim in characters.
const CLAIM_VALUE: usize = 500;
/// Most custom claims.
const CLAIMS: usize = 100;

/// What a caller asks of the login that this initiation begins.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct LoginOptions {
    pub(crate) stepup: bool,
    pub(crate) mfa: bool,
    pub(crate) revoke_others: bool,
    pub(crate) claims: Map<String, Value>,
    pub(crate) template_id: String,
    pub(crate) template_options: Vec<(String, String)>,
    pub(crate) locale: String,
}

impl LoginOptions {
    /// Refuses members beside `loginOptions` that are of another type.
    pub(crate) fn check_outer(body: Fields<'_>) -> Result<(), Refusal> {
        ["providerId", "templateId", "ssoAppId"].into_iter().try_for_each(|name| body.text(name).map(drop))
    }

    /// Reads `loginOptions` of a body, and the members that may also be beside it.
    pub(crate) fn read(limits: &ClaimLimits, body: Fields<'_>) -> Result<Self, Refusal> {
        let mut options = match body.nested("loginOptions", "loginOptions.")? {
            Some(fields) => Self::from_object(limits, fields)?,
            None => Self::default(),
        };
        if options.template_id.is_empty() {
            options.template_id = body.text_or_empty("templateId")?;
        }
        Ok(options)
    }

    fn from_object(limits: &ClaimLimits, fields: Fields<'_>) -> Result<Self, Refusal> {
        for name in ["ssoAppId", "pkceChallenge", "tenantId", "jwt"] {
            fields.text(name)?;
        }
        fields.texts("revokeOtherSessionsTypes")?;
        Ok(LoginOptions {
            stepup: fields.flag("stepup")?,
            mfa: fields.flag("mfa")?,
            revoke_others: fields.flag("revokeOtherSessions")?,
            claims: bounded_claims(limits, fields)?,
            template_id: fields.text_or_empty("templateId")?,
            template_options: template_options(fields)?,
            locale: fields.text_or_empty("locale")?,
        })
    }

    /// As a code keeps them: most logins have none.
    pub(crate) fn kept(options: &Self) -> Option<Box<Self>> {
        (*options != Self::default()).then(|| Box::new(options.clone()))
    }

    pub(crate) fn needs_session(&self) -> bool {
        self.stepup || self.mfa
    }
}

/// Substitutions of the message template: strings by name.
pub(crate) fn template_options(fields: Fields<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let Some(options) = fields.object("templateOptions")? else { return Ok(Vec::new()) };
    let text = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => Err(Refusal::invalid("templateOptions", "must map names to strings")),
    };
    options.iter().map(text).collect()
}

/// Bounds of custom claims.
pub(crate) struct ClaimLimits {
    pub(crate) key: usize,
    pub(crate) value: usize,
    pub(crate) count: usize,
    /// Whether a character beyond ASCII counts as its escape in JSON.
    pub(crate) escaped: bool,
}

impl Default for ClaimLimits {
    fn default() -> Self {
        ClaimLimits { key: CLAIM_KEY, value: CLAIM_VALUE, count: CLAIMS, escaped: false }
    }
}

fn bounded_claims(limits: &ClaimLimits, fields: Fields<'_>) -> Result<Map<String, Value>, Refusal> {
    let Some(claims) = fields.object("customClaims")? else { return Ok(Map::new()) };
    let wrong = |why: &str| Refusal::invalid("loginOptions.customClaims", why);
    if claims.len() > limits.count {
        return Err(wrong("has more than 100 claims"));
    }
    for (key, value) in claims {
        if key.chars().count() > limits.key {
            return Err(wrong("has a key of more than 60 characters"));
        }
        if size(value, limits.escaped) > limits.value {
            return Err(wrong("has a value of more than 500 characters"));
        }
    }
    Ok(claims.clone())
}

/// Length of a claim: of its text if it is text, else of its JSON.
fn size(value: &Value, escaped: bool) -> usize {
    let json;
    let text = match value.as_str() {
        Some(text) => text,
        None => {
            json = value.to_string();
            &json
        }
    };
    let escape = |symbol: char| if symbol.is_ascii() { 1 } else { 6 * symbol.len_utf16() };
    if escaped { text.chars().map(escape).sum() } else { text.chars().count() }
}
