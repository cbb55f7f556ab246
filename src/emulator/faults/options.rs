//! Login options refused that are none of a server's business to refuse.

use serde_json::Value;

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::fields::Fields;
use crate::emulator::options::ClaimLimits;
use crate::emulator::refusal::Refusal;

impl Bugs {
    /// Refuses bodies that only a bug refuses.
    pub(crate) fn refuse_options(&self, body: Fields<'_>) -> Result<(), Refusal> {
        if !self.any() {
            return Ok(());
        }
        let empty = serde_json::Map::new();
        let options = body.object("loginOptions")?.unwrap_or(&empty);
        let present = |name: &str| options.contains_key(name);
        let null = |name: &str| options.get(name).is_some_and(Value::is_null);
        let refused = [
            (Fault::LoginOptionsAreRequired, !body.has("loginOptions")),
            (Fault::ProviderIsRequired, !body.has("providerId")),
            (Fault::EmptyOptionsRefused, body.has("loginOptions") && options.is_empty()),
            (Fault::NullClaimsRefused, null("customClaims")),
            (Fault::NullSsoAppRefused, null("ssoAppId") || body.is_null("ssoAppId")),
            (Fault::FalseCountsAsAsked, options.get("stepup") == Some(&Value::Bool(false))),
            (Fault::TemplateRefused, present("templateId")),
            (Fault::TopLevelTemplateRefused, body.has("templateId")),
            (Fault::FullSampleRefused, options.len() > 7),
            (Fault::EmptyClaimsRefused, options.get("customClaims") == Some(&Value::Object(empty.clone()))),
            (Fault::PkceChallengeRefused, present("pkceChallenge")),
        ];
        let hit = |(fault, triggered): &(Fault, bool)| *triggered && self.has(*fault);
        if refused.iter().any(hit) { Err(Refusal::invalid("loginOptions", "is wrong")) } else { Ok(()) }
    }

    /// The documented bounds, each off by one where a bug has it so.
    pub(crate) fn claim_limits(&self) -> ClaimLimits {
        let mut limits =
            ClaimLimits { escaped: self.has(Fault::ClaimValuesCountedEscaped), ..ClaimLimits::default() };
        limits.key -= usize::from(self.has(Fault::ClaimKeyOf60Refused));
        limits.value -= usize::from(self.has(Fault::ClaimValueOf500Refused));
        limits.count -= usize::from(self.has(Fault::HundredthClaimRefused));
        limits
    }
}
