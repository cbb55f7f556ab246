use super::*;
use crate::suite::parse_suite;

const TEXT: &str = r#"[[scenario]]
name = "as it was"
proves = ["OTP-001"]
note = "why"
group = "found"
found-by = "sequence::one-user"
rounds = 2
steps = [
  { call = "signup-in-sms", with = { loginId = "$ada|dashes", "a b" = ["$null", "$$5", 1.5, -3, "\u0000\\"] }, expect = "accepted" },
  { call = "signup-in-sms", raw-base64 = "AP8=", content-type = "", headers = { x-a = ["1", "2"] }, chunked = true, by = "ada" },
  { together = [{ call = "verify-sms", with = { code = "$ada.code.1|prefix" }, repeat = 2 }, { call = "me", bearer = "Bearer ${project}:${ada.refresh}" }], repeat = 3 },
  { wait = "1500ms" },
]
"#;

#[test]
fn what_is_written_reads_back_the_same() {
    let suite = parse_suite("x.toml", TEXT).unwrap();
    let written = write(&suite.scenarios[0]);
    assert_eq!(written, TEXT);
    let again = parse_suite("x.toml", &written).unwrap();
    assert_eq!(write(&again.scenarios[0]), written);
}
