//! What needs time to show, on targets without a clock: asked once when a run begins, and again when it ends.
//!
//! Codes that were spent or replaced, sessions that were ended, the keys by which tokens verify: a target that is right
//! about them at once may be wrong half a minute later. What is still promised then is tried by the epilogue as well.

use super::Trial;
use crate::contract::{Contract, OperationId};
use crate::suite::{self, SuiteError};

/// The steps before and after the other trials of a run.
const STEPS: &str = r#"
title = "What lasts as long as a run"

[[scenario]]
name = "what is over stays over"
proves = ["OTP-046", "OTP-054", "OTP-056", "OTP-079", "OTP-081", "OTP-073", "OTP-077"]
steps = [
  { call = "signup-in-sms", with = { loginId = "$ada" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$ada", code = "$ada.code" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$ada", code = "$ada.code.1" } },
  { call = "signup-in-sms", with = { loginId = "$bob" }, expect = "accepted" },
  { call = "signup-in-sms", with = { loginId = "$bob" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$bob", code = "$bob.code.2" }, expect = "accepted" },
  { call = "signup-in-sms", with = { loginId = "$cyd" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$cyd", code = "$cyd.code" }, expect = "accepted" },
  { call = "signin-sms", with = { loginId = "$cyd" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$cyd", code = "$cyd.code" }, expect = "accepted" },
  { call = "logout", by = "cyd", expect = "accepted" },
  { call = "refresh", bearer = "Bearer ${project}:${cyd.refresh.2}", by = "cyd" },
  { call = "signup-in-sms", with = { loginId = "$dan" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$dan", code = "$dan.code" }, expect = "accepted" },
  { call = "logoutall", by = "dan", expect = "accepted" },
  { call = "refresh", bearer = "Bearer ${project}:${dan.refresh.1}", by = "dan" },
  { call = "signup-in-sms", with = { loginId = "$eve" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$eve", code = "$eve.code" }, expect = "accepted" },
  { call = "refresh", by = "eve", expect = "accepted" },
  { wait = "rest-of-run" },
  { call = "keys" },
  { call = "verify-sms", with = { loginId = "$ada", code = "$ada.code.1" } },
  { call = "verify-sms", with = { loginId = "$bob", code = "$bob.code.1" } },
  { call = "verify-sms", with = { loginId = "$bob", code = "$bob.code.2" } },
  { call = "refresh", bearer = "Bearer ${project}:${cyd.refresh.2}", by = "cyd" },
  { call = "me", bearer = "Bearer ${project}:${cyd.refresh.2}", by = "cyd" },
  { call = "refresh", bearer = "Bearer ${project}:${dan.refresh.1}", by = "dan" },
  { call = "me", by = "eve" },
  { call = "refresh", by = "eve" },
]
"#;

/// The trials that begin with a run and end after all others.
///
/// # Errors
/// One is no scenario; a mistake in this file.
pub fn lingering(contract: &Contract) -> Result<Vec<Trial>, SuiteError> {
    let suite = suite::parse_suite("src/trial/linger.toml", STEPS)?;
    let issues_code = |id: OperationId| contract.operation(id).issues_code;
    let trials =
        suite.scenarios.into_iter().map(|scenario| Trial::scenario("linger", scenario, &issues_code));
    Ok(trials.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_for_the_others_and_keeps_none_away() {
        let trials = lingering(&Contract::embedded().unwrap()).unwrap();
        assert!(!trials.is_empty() && trials.iter().all(|trial| trial.lingers() && !trial.exclusive));
        let needs: Vec<_> = trials.iter().flat_map(|trial| trial.needs.clone()).collect();
        assert_eq!(needs, [suite::Need::Codes]);
    }
}
