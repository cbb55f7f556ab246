//! Each violation is blamed on the requirement that speaks of it, and points at its line.

use super::*;

#[test]
fn the_level_of_a_blamed_requirement_fits_the_file_it_stands_in() {
    for name in CONTRACT.schemas().names().filter(|name| !name.starts_with("requests/")) {
        // What is made of another file for another method has the requirements of that file.
        let Ok(text) = std::fs::read_to_string(format!("schema/{name}.json")) else {
            let others = DeliveryMethod::ALL.into_iter().skip(1);
            assert!(others.into_iter().any(|method| name.contains(method.name())), "{name}");
            continue;
        };
        for (at, _) in text.match_indices("\"OTP-") {
            let id = text[at + 1..].split('"').next().unwrap();
            let level = CONTRACT.requirement(id.parse().unwrap()).unwrap().level;
            let expected = if name.ends_with(".should") { Level::Should } else { Level::Must };
            assert_eq!(level, expected, "{name}: {id}");
        }
    }
}

#[test]
fn a_send_is_blamed_member_by_member() {
    let name = "responses/signup-in-sms";
    assert_eq!(blames(name, &json!({})), []);
    assert_eq!(blames(name, &json!([])), [blame("", "type", req::SEND_RETURNS_OBJECT)]);
    assert_eq!(
        blames(name, &json!({ "maskedPhone": 7 })),
        [blame("/maskedPhone", "type", req::MASKED_PHONE_IS_STRING)]
    );
    assert_eq!(
        blames(name, &json!({ "verificationAttempts": "3" })),
        [blame("/verificationAttempts", "type", req::VERIFICATION_ATTEMPTS_IS_COUNT)]
    );
    assert_eq!(
        blames(name, &json!({ "verificationAttempts": -1 })),
        [blame("/verificationAttempts", "minimum", req::VERIFICATION_ATTEMPTS_IS_COUNT)]
    );
    let wide = json!({ "verificationAttempts": 2_147_483_648_u32 });
    assert_eq!(blames(name, &wide), [blame("/verificationAttempts", "maximum", None)]);
    assert_eq!(
        blames(name, &json!({ "sessionJwt": "h.p.s" })),
        [blame("/sessionJwt", "not", req::SEND_RETURNS_NO_TOKENS)]
    );
    assert_eq!(
        blames("responses/signup-in-sms.should", &json!({})),
        [blame("", "required", req::SEND_RETURNS_MASKED_PHONE)]
    );
}

#[test]
fn a_login_is_blamed_member_by_member() {
    let name = "responses/verify-sms";
    // Where the session is in a cookie, the body has none.
    assert_eq!(blames(name, &json!({ "refreshJwt": "h.p.s" })), []);
    assert_eq!(
        blames(name, &json!({ "sessionJwt": "h.p.s", "user": { "createdTime": "now" } })),
        [blame("/user/createdTime", "type", req::USER_OBJECT_HAS_DOCUMENTED_TYPES)]
    );
    let (_, mut body) = examples().swap_remove(6);
    body["user"].as_object_mut().unwrap().shift_remove("OAuth");
    assert_eq!(
        blames("responses/verify-sms.should", &body),
        [blame("/user", "required", req::VERIFY_RETURNS_USER)]
    );
    body.as_object_mut().unwrap().shift_remove("user");
    assert_eq!(
        blames("responses/verify-sms.should", &body),
        [blame("", "required", req::VERIFY_RETURNS_USER)]
    );
    assert_eq!(blames("responses/refresh", &json!({})), []);
}

#[test]
fn other_answers_are_blamed() {
    assert_eq!(
        blames("responses/me", &json!({ "user": { "userId": "U", "loginIds": [] } })).first(),
        Some(&blame("", "required", req::ME_RETURNS_BARE_USER))
    );
    assert_eq!(
        blames("responses/create-test-user", &json!({ "user": { "test": false } })),
        [blame("/user/test", "const", req::TEST_USER_IS_MARKED)]
    );
    assert_eq!(
        blames("responses/create-test-user", &json!({ "user": {} })),
        [blame("/user", "required", req::TEST_USER_IS_MARKED)]
    );
    assert_eq!(
        blames("responses/generate-otp", &json!({ "loginId": "a", "code": 482_913 })),
        [blame("/code", "type", req::GENERATE_RETURNS_CODE)]
    );
    assert_eq!(
        blames("error", &json!({ "errorCode": "E061102" })),
        [blame("", "required", req::ERROR_HAS_CODE_AND_TEXT)]
    );
    let odd = json!({ "errorCode": "X", "errorDescription": "", "message": 1 });
    assert_eq!(blames("error", &odd), [blame("/message", "type", None)]);
    assert_eq!(blames("error.should", &odd), [blame("/errorCode", "pattern", req::ERROR_CODE_FORMAT)]);
}

#[test]
fn tokens_and_keys_are_blamed() {
    let session = json!({ "iss": "P2", "sub": "U2", "drn": "DS", "exp": 2, "iat": 1, "amr": ["sms"], "rexp": "2026-12-21T05:34:36Z", "nsec": { "a": 1 } });
    assert_eq!(blames("session-claims", &session), []);
    assert_eq!(blames("refresh-claims", &session), [blame("/drn", "const", req::DRN_NAMES_TOKEN_KIND)]);
    assert_eq!(
        blames("session-claims", &json!({})).iter().map(|it| it.2).collect::<Vec<_>>(),
        [
            req::SESSION_NAMES_PROJECT_AND_USER,
            req::SESSION_NAMES_PROJECT_AND_USER,
            req::DRN_NAMES_TOKEN_KIND,
            req::AMR_NAMES_SMS,
            req::EXP_FOLLOWS_IAT,
            req::EXP_FOLLOWS_IAT,
        ]
        .map(Some)
    );
    assert_eq!(
        blames("refresh-claims.should", &json!({ "su": true })),
        [blame("/su", "not", req::REFRESH_JWT_NEVER_HAS_SU)]
    );
    assert_eq!(
        blames("jwt-header", &json!({ "alg": "none", "kid": "k" })),
        [blame("/alg", "not", req::PUBLISHED_KEY_VERIFIES_TOKEN)]
    );
    assert_eq!(
        blames("responses/keys", &json!({ "keys": [] })),
        [blame("/keys", "minItems", req::PUBLISHED_KEY_VERIFIES_TOKEN)]
    );
    assert_eq!(
        blames("responses/keys", &json!({ "keys": [{ "kty": "RSA" }] })),
        [blame("/keys/0", "required", req::PUBLISHED_KEY_VERIFIES_TOKEN)]
    );
    let key = json!({ "kid": "k", "kty": "RSA", "alg": "RS256", "use": "enc", "n": "u1W", "e": "AQAB" });
    assert_eq!(
        blames("responses/keys.should", &json!({ "keys": [key] })),
        [blame("/keys/0/use", "const", req::PUBLISHED_KEY_MEMBERS)]
    );
}

#[test]
fn requests_are_blamed_where_a_requirement_speaks_of_them() {
    assert_eq!(
        blames("requests/signup-in-sms", &json!({})),
        [blame("", "required", req::MISSING_LOGIN_ID_IS_REFUSED)]
    );
    assert_eq!(
        blames("requests/signup-in-sms", &json!({ "loginId": "" })),
        [blame("/loginId", "minLength", req::MISSING_LOGIN_ID_IS_REFUSED)]
    );
    assert_eq!(blames("requests/signup-in-sms", &json!({ "loginId": 1 })), [blame("/loginId", "type", None)]);
    assert_eq!(
        blames("requests/verify-sms", &json!({ "loginId": "a" })),
        [blame("", "required", req::EMPTY_CODE_IS_REFUSED)]
    );
    assert_eq!(
        blames("requests/verify-sms", &json!({ "loginId": "a", "code": 1 })),
        [blame("/code", "type", req::CLIENT_SENDS_CODE_AS_STRING)]
    );
    assert_eq!(
        blames("requests/verify-sms", &json!({ "loginId": "a", "code": "" })),
        [blame("/code", "minLength", req::EMPTY_CODE_IS_REFUSED)]
    );
}

#[test]
fn a_violation_points_at_the_line_of_its_keyword_and_hides_the_value() {
    let secret = "eyJhbGciOiJub25lIn0";
    let found = violations("responses/me", &json!({ "userId": "U", "loginIds": secret }));
    let [violation] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(violation.schema_location.file, "user.json");
    assert_eq!(violation.schema_location.pointer, "/properties/loginIds/type");
    let text = std::fs::read_to_string("schema/user.json").unwrap();
    let line = text.lines().nth(violation.schema_location.line as usize - 1).unwrap();
    assert!(line.contains("\"type\": \"array\""), "{line}");
    assert!(!format!("{violation:?}").contains(secret));
}
