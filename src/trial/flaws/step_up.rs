//! A step-up with a refresh token that does not hold.

use super::comes_in;
use crate::contract::req;

/// A step-up may be refused or ignored where the token that comes with it is none: each flaw has a user of its own, after
/// one whose step-up comes with no token.
pub(super) fn scenario() -> String {
    let asks = |name: &str, bearer: &str| {
        format!(
            "  {{ call = \"signup-in-sms\", with = {{ loginId = \"${name}\", loginOptions = {{ stepup = true }} }}{bearer}, expect = \"answered\" }},\n  \
             {{ call = \"verify-sms\", with = {{ loginId = \"${name}\", code = \"${name}.code\" }}, expect = \"answered\" }},\n"
        )
    };
    let with = |name: &str, how: &str| {
        asks(name, &format!(", bearer = \"Bearer ${{project}}:${{{name}.refresh{how}}}\""))
    };
    let mut steps = comes_in("ada") + &asks("ada", "");
    for (name, how) in [("bob", "|tampered"), ("cyd", "|unsigned"), ("dan", "|forged"), ("eve", "|stray")] {
        steps += &(comes_in(name) + &with(name, how));
    }
    let logout = "  { call = \"logout\", by = \"fay\", expect = \"accepted\" },\n";
    steps += &(comes_in("fay") + logout + &with("fay", ""));
    let id = req::STEPUP_REQUIRES_OWN_JWT;
    format!(
        "\n[[scenario]]\nname = \"step-up\"\ngroup = \"flaws\"\nproves = [\"{id}\"]\nsteps = [\n{steps}]\n"
    )
}
