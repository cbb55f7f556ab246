//! The embedded contract is complete, agrees with itself, and blames the right requirement.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lint lets tests do so, but not the functions beside them"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use otp_conformance::contract::{
    Area, BearerForm, Contract, DeliveryMethod, Depends, Level, OperationId, ProjectValues, RequirementId,
    Side, Violation, req,
};
use serde_json::{Value, json};

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::embedded().unwrap());

/// The illustrative bodies that every reader of the public pages would call right.
fn examples() -> Vec<(&'static str, Value)> {
    let user = json!({"loginIds":["+15550001042"],"userId":"U2xyz","name":"","email":"","phone":"+15550001042","verifiedEmail":false,"verifiedPhone":true,"roleNames":[],"userTenants":[],"status":"enabled","externalIds":["+15550001042"],"picture":"","test":false,"customAttributes":{},"createdTime":1787590000,"TOTP":false,"SAML":false,"OAuth":{},"webauthn":false,"password":false,"ssoAppIds":[],"givenName":"","middleName":"","familyName":"","editable":true,"SCIM":false,"push":false,"permissions":[],"OIDC":false});
    let verify = json!({"sessionJwt":"h.p.s","refreshJwt":"h.p.s","cookieDomain":"","cookiePath":"/","cookieMaxAge":2419199,"cookieExpiration":1790000000,"user":user,"firstSeen":true,"sessionExpiration":1787600000});
    let initiation = json!({"maskedPhone":"+1*******42","verificationAttempts":3});
    vec![
        ("initiation", initiation.clone()),
        ("responses/signup-in-sms", initiation.clone()),
        ("responses/signup-in-sms.should", initiation.clone()),
        ("responses/signup-sms", initiation.clone()),
        ("responses/signin-sms", initiation.clone()),
        ("responses/update-phone-sms", initiation),
        ("responses/verify-sms", verify.clone()),
        ("responses/verify-sms.should", verify.clone()),
        ("responses/refresh", verify),
        ("user", user.clone()),
        ("responses/me", user),
        ("error", json!({"errorCode":"E061102","errorDescription":"...","errorMessage":"..."})),
        ("error.should", json!({"errorCode":"E061102","errorDescription":"...","errorMessage":"..."})),
        ("responses/generate-otp", json!({"loginId":"...","code":"482913"})),
    ]
}

fn violations(name: &str, value: &Value) -> Vec<Violation> {
    CONTRACT.schemas().validate(name, value)
}

/// Where, by which keyword, and on behalf of which requirement `value` is refused.
fn blames(name: &str, value: &Value) -> Vec<(String, String, Option<RequirementId>)> {
    let told = |it: Violation| (it.instance_pointer, it.keyword, it.requirement);
    violations(name, value).into_iter().map(told).collect()
}

fn blame(
    pointer: &str,
    keyword: &str,
    requirement: impl Into<Option<RequirementId>>,
) -> (String, String, Option<RequirementId>) {
    (pointer.to_owned(), keyword.to_owned(), requirement.into())
}

#[test]
fn every_requirement_is_there_and_sane() {
    let numbers: Vec<u16> = CONTRACT.requirements().iter().map(|it| it.id.number()).collect();
    assert!(
        numbers.is_sorted_by(|one, next| one < next) && numbers.starts_with(&Vec::from_iter(1..=132)),
        "{numbers:?}"
    );
    assert_eq!(CONTRACT.set_name(), "2026-12");
    for it in CONTRACT.requirements() {
        assert!(
            it.sentence.ends_with('.') && it.sentence.len() < 220,
            "{} is no sentence: {}",
            it.id,
            it.sentence
        );
        let public = ["docs: ", "RFC ", "descope/", "inferred from ", "consequence of ", "live tests of "];
        assert!(
            public.iter().any(|start| it.source.starts_with(start)),
            "{} has no public source: {}",
            it.id,
            it.source
        );
        assert!(it.also.as_ref().is_none_or(|also| also.sentence.ends_with('.')), "{}", it.id);
    }
}

#[test]
fn levels_follow_from_their_sources() {
    for it in CONTRACT.requirements() {
        let documents = ["docs: ", "RFC ", "consequence of "];
        let documented = documents.iter().any(|document| it.source.contains(document));
        assert!(it.level != Level::Must || documented, "{} is a MUST without a document", it.id);
        let inferred = it.source.starts_with("inferred from ");
        assert!(!inferred || it.level < Level::Must, "{} is inferred", it.id);
    }
    let of =
        |level: Level| CONTRACT.requirements().iter().filter(move |it| it.level == level).map(|it| it.id);
    assert_eq!(
        of(Level::May).collect::<Vec<_>>(),
        [
            req::UNDIALABLE_LOGIN_ID_IS_REFUSED,
            req::GENERAL_RATE_LIMIT,
            req::CLIENT_LOGIN_NEEDS_SESSION_TOKEN,
            req::CLIENT_REFUSES_FOREIGN_PROJECT,
            req::UNMAILABLE_LOGIN_ID_IS_REFUSED,
            req::CLIENT_REFUSES_REFRESH_TOKEN_AS_SESSION,
            req::CLIENT_REFUSES_ETERNAL_TOKEN
        ]
    );
    for raised in [
        req::BAD_INPUT_IS_NEVER_5XX,
        req::SEND_RESPONSE_HIDES_CODE,
        req::CODE_IS_BOUND_TO_LOGIN_ID,
        req::ANY_SEND_VOIDS_EARLIER_CODE,
        req::SEND_KEEPS_CODES_OF_OTHERS,
        req::GENERATE_REFUSES_ORDINARY_USERS,
    ] {
        assert!(of(Level::Must).any(|id| id == raised), "{raised}");
    }
}

#[test]
fn what_depends_on_settings_and_what_clients_owe_is_marked() {
    let ids = |keep: fn(&otp_conformance::contract::Requirement) -> bool| -> Vec<RequirementId> {
        CONTRACT.requirements().iter().filter(|it| keep(it)).map(|it| it.id).collect()
    };
    assert_eq!(
        ids(|it| it.depends == Some(Depends::ProjectSettings)),
        [
            req::CODE_EXPIRES,
            req::WRONG_GUESSES_ARE_LIMITED,
            req::MESSAGES_PER_RECIPIENT_ARE_CAPPED,
            req::TEST_USERS_ARE_CAPPED_BY_PLAN,
            req::STATIC_TEST_CODE_SCOPE
        ]
    );
    assert_eq!(
        ids(|it| it.side == Side::Client),
        [
            req::CLIENT_SENDS_CODE_AS_STRING,
            req::CLIENT_STEPUP_NEEDS_REFRESH_JWT,
            req::CLIENT_CHECKS_SIGNATURE,
            req::CLIENT_SHOWS_ERROR_CODE,
            req::CLIENT_RETRIES_ARE_LIMITED,
            req::CLIENT_REPORTS_RATE_LIMIT
        ]
        .into_iter()
        .chain((119..=132).chain(251..=255).map(RequirementId::new))
        .collect::<Vec<_>>()
    );
    assert_eq!(
        ids(|it| it.area == Area::Consequences),
        (101..=118).chain([179, 181, 184, 185]).map(RequirementId::new).collect::<Vec<_>>()
    );
}

#[test]
fn a_requirement_knows_its_line() {
    let text = std::fs::read_to_string("schema/requirements.toml").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for it in CONTRACT.requirements() {
        assert_eq!(
            lines[it.line as usize],
            format!("id = \"{}\"", it.id),
            "the id follows the header at line {}",
            it.line
        );
    }
    assert_eq!(CONTRACT.requirement(req::SECOND_SEND_VOIDS_FIRST_CODE).unwrap().id.to_string(), "OTP-054");
    assert!(CONTRACT.requirement(RequirementId::new(999)).is_none());
}

#[test]
fn every_operation_is_described_by_files_that_exist() {
    let names: BTreeSet<&str> = CONTRACT.schemas().names().collect();
    for (operation, id) in CONTRACT.operations().iter().zip(OperationId::ALL) {
        assert_eq!(operation.id, *id);
        assert_eq!(CONTRACT.operation(*id), operation);
        assert!(["GET", "POST", "DELETE"].contains(&operation.method.as_str()), "{id}");
        assert_eq!(operation.response, format!("responses/{id}"));
        assert_eq!(operation.request.is_some(), operation.must_accept.is_some(), "{id}");
        let all = [&operation.request, &operation.must_accept, &operation.response_should];
        for name in all.into_iter().flatten().chain([&operation.response]) {
            assert!(names.contains(name.as_str()), "{id}: {name}");
        }
    }
    let written = CONTRACT
        .operations()
        .iter()
        .filter(|it| it.id.template() == it.id || it.id.method() == Some(DeliveryMethod::Email));
    let issuing: Vec<_> = written.filter(|it| it.issues_code).map(|it| it.id.as_str()).collect();
    assert_eq!(
        issuing,
        [
            "signup-in-sms",
            "signup-sms",
            "signin-sms",
            "update-phone-sms",
            "signup-in-email",
            "signup-email",
            "signin-email",
            "update-email"
        ]
    );
    assert_eq!(CONTRACT.operation(OperationId::LoadUser).query, ["loginId", "userId"]);
    assert!(CONTRACT.operation(OperationId::VerifySms).body_required);
    assert!(!CONTRACT.operation(OperationId::Refresh).body_required);
}

#[test]
fn every_message_schema_belongs_to_an_operation() {
    let mut used = BTreeSet::new();
    for it in CONTRACT.operations() {
        used.extend(
            [&it.request, &it.must_accept, &it.response_should].into_iter().flatten().map(String::as_str),
        );
        used.insert(&it.response);
    }
    let messages = CONTRACT.schemas().names().filter(|it| it.contains('/'));
    assert_eq!(messages.filter(|it| !used.contains(it)).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_request_line_finds_its_operation() {
    let found = |method: &str, path: &str| CONTRACT.find(method, path).map(|(it, _)| it.id);
    for it in CONTRACT.operations() {
        assert_eq!(found(&it.method, &it.path.replace("{projectId}", "P2abc")), Some(it.id));
    }
    assert_eq!(found("post", "/v1/auth/otp/signup-in/sms?x=1"), Some(OperationId::SignupInSms));
    assert_eq!(found("GET", "/v1/mgmt/user?loginId=a&userId="), Some(OperationId::LoadUser));
    for (method, path) in [
        ("GET", "/v1/auth/otp/signup-in/sms"),
        ("POST", "/v1/auth/otp/signup-in/sms/"),
        ("POST", "/v1/auth/otp/signup-in"),
        ("GET", "/v2/keys/"),
        ("GET", "/v2/keys/a/b"),
        ("POST", "v1/auth/refresh"),
        ("GET", ""),
    ] {
        assert_eq!(found(method, path), None, "{method} {path}");
    }
    let (keys, parameters) = CONTRACT.find("GET", "/v2/keys/P2abc").unwrap();
    assert_eq!((keys.bearer, parameters), (BearerForm::None, vec![("projectId", "P2abc")]));
}

#[test]
fn an_operation_knows_its_line() {
    let text = std::fs::read_to_string("schema/openapi.json").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for it in CONTRACT.operations() {
        let here = lines[it.line as usize - 1].trim();
        assert_eq!(here, format!("\"{}\": {{", it.method.to_lowercase()));
        assert!(lines[it.line as usize].contains(&format!("\"{}\"", it.id.template())), "{}", it.id);
    }
}

#[test]
fn every_schema_compiles_and_is_in_one_piece() {
    for name in CONTRACT.schemas().names() {
        let raw = CONTRACT.schemas().raw(name).unwrap_or_else(|| panic!("{name} does not compile"));
        references(raw, &mut |reference| {
            let target = reference
                .strip_prefix('#')
                .unwrap_or_else(|| panic!("{name}: {reference} leaves the schema"));
            assert!(raw.pointer(target).is_some(), "{name}: {reference}");
        });
    }
}

fn references(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                visit(reference);
            }
            members.values().for_each(|member| references(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, visit)),
        _ => {}
    }
}

#[test]
fn the_documented_examples_are_right_and_hold_no_news() {
    for (name, body) in examples() {
        assert_eq!(violations(name, &body), [], "{name}");
        if !name.ends_with(".should") {
            assert_eq!(CONTRACT.schemas().unknown_members(name, &body), [""; 0], "{name}");
        }
    }
}

#[test]
fn the_examples_of_the_openapi_document_are_right() {
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string("schema/openapi.json").unwrap()).unwrap();
    let mut seen = 0;
    for it in CONTRACT.operations().iter().filter(|it| it.id.template() == it.id) {
        let operation = &document["paths"][&it.path][it.method.to_lowercase()];
        let request = &operation["requestBody"]["content"]["application/json"];
        let response = &operation["responses"]["200"]["content"]["application/json"];
        let of_request = [&it.request, &it.must_accept].into_iter().flatten().map(|name| (name, request));
        let of_response = [Some(&it.response), it.response_should.as_ref()]
            .into_iter()
            .flatten()
            .map(|name| (name, response));
        for (name, content) in of_request.chain(of_response) {
            let example = content.get("example").unwrap_or_else(|| panic!("{name} has no example"));
            assert_eq!(violations(name, example), [], "{name}");
            seen += 1;
        }
    }
    assert!(seen > 60);
}

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

#[test]
fn quick_and_thorough_validation_agree() {
    for (name, body) in examples() {
        for value in [body, json!({}), json!([]), json!({ "maskedPhone": 7 }), json!(null)] {
            assert_eq!(
                CONTRACT.schemas().is_valid(name, &value),
                violations(name, &value).is_empty(),
                "{name}: {value}"
            );
        }
    }
}

#[test]
fn new_members_are_news_and_no_violation() {
    let (_, mut body) = examples().swap_remove(6);
    body["trustLevel"] = json!(3);
    body["user"]["nickname"] = json!("ada");
    body["user"]["customAttributes"] = json!({ "anything": 1 });
    body["user"]["OAuth"] = json!({ "google": true });
    assert_eq!(violations("responses/verify-sms", &body), []);
    assert_eq!(
        CONTRACT.schemas().unknown_members("responses/verify-sms", &body),
        ["/trustLevel", "/user/nickname"]
    );
}

#[test]
fn an_unknown_schema_refuses_everything() {
    let found = violations("responses/misspelt", &json!({}));
    assert!(found[0].message.contains("misspelt"));
    assert!(!CONTRACT.schemas().is_valid("responses/misspelt", &json!({})));
    assert!(CONTRACT.schemas().raw("responses/misspelt").is_none());
}

/// What the SDKs put on the wire, from their sources.
fn sdk_bodies() -> Vec<(&'static str, Value)> {
    let phone = "+12025550142";
    vec![
        ("signup-in-sms", json!({ "loginId": phone, "loginOptions": {} })),
        ("signup-in-sms", json!({ "loginId": phone })),
        (
            "signup-in-sms",
            json!({ "loginId": "+1-202-555-0142", "loginOptions": { "stepup": false, "mfa": false, "customClaims": null } }),
        ),
        (
            "signup-in-sms",
            json!({ "loginId": phone, "loginOptions": { "stepup": false, "mfa": false, "customClaims": {}, "ssoAppId": null } }),
        ),
        (
            "signup-in-sms",
            json!({ "loginId": phone, "providerId": "p", "ssoAppId": "a", "templateId": "t",
            "loginOptions": { "customClaims": { "plan": "pro", "seats": 3, "beta": true, "team": { "name": "a" } }, "templateOptions": { "app": "x" },
                "locale": "en", "templateId": "t", "revokeOtherSessions": true, "pkceChallenge": format!("{}A=", "a".repeat(42)) } }),
        ),
        (
            "signup-sms",
            json!({ "loginId": phone, "user": { "name": "Ada", "givenName": "" }, "loginOptions": { "locale": "de" } }),
        ),
        ("verify-sms", json!({ "loginId": phone, "code": "004213" })),
        ("verify-sms", json!({ "loginId": "<phone:A>", "code": "<code:A2>" })),
        (
            "update-phone-sms",
            json!({ "loginId": phone, "phone": "+12025550143", "addToLoginIDs": true, "onMergeUseExisting": false }),
        ),
        ("delete-user", json!({ "loginId": phone, "userId": "" })),
        (
            "generate-otp",
            json!({ "loginId": phone, "deliveryMethod": "sms", "loginOptions": { "customClaims": { "a": "b" } } }),
        ),
        ("refresh", json!({})),
    ]
}

#[test]
fn what_sdks_send_must_be_accepted() {
    for (operation, body) in sdk_bodies() {
        assert_eq!(violations(&format!("requests/{operation}"), &body), [], "{operation}: {body}");
        assert_eq!(
            violations(&format!("requests/{operation}.must-accept"), &body),
            [],
            "{operation}: {body}"
        );
    }
}

#[test]
fn what_a_server_may_refuse_is_well_formed_but_promised_nothing() {
    let long = "x".repeat(501);
    for options in [
        json!({ "stepup": true }),
        json!({ "mfa": true }),
        json!({ "tenantId": "T" }),
        json!({ "locale": "xx" }),
        json!({ "customClaims": { "sub": "me" } }),
        json!({ "customClaims": { "a": "\u{0}" } }),
        json!({ "customClaims": { "a": long } }),
        json!({ "customClaims": { "k".repeat(61): 1 } }),
        json!({ "customClaims": (0..101).map(|n| (format!("k{n}"), json!(n))).collect::<serde_json::Map<_, _>>() }),
        json!({ "undocumented": 1 }),
    ] {
        let body = json!({ "loginId": "+12025550142", "loginOptions": options });
        assert_eq!(violations("requests/signup-in-sms", &body), [], "{body}");
        assert!(!CONTRACT.schemas().is_valid("requests/signup-in-sms.must-accept", &body), "{body}");
    }
}

#[test]
fn the_documented_limits_of_claims_must_be_accepted() {
    let claims: serde_json::Map<_, _> =
        (0..100).map(|n| (format!("{n:k>60}"), json!("e".repeat(500)))).collect();
    let body = json!({ "loginId": "+12025550142", "loginOptions": { "customClaims": claims } });
    assert_eq!(violations("requests/signup-in-sms.must-accept", &body), []);
}

#[test]
fn a_limit_of_characters_is_one_of_bytes_and_utf_16_units_too() {
    for (value, accepted) in [("é".repeat(125), true), ("🙂".repeat(125), true), ("🙂".repeat(126), false)]
    {
        let body = json!({ "loginId": "+12025550142", "loginOptions": { "customClaims": { "a": value } } });
        assert_eq!(
            CONTRACT.schemas().is_valid("requests/signup-in-sms.must-accept", &body),
            accepted,
            "{body}"
        );
    }
}

#[test]
fn only_values_of_the_project_must_be_accepted_once_they_are_known() {
    let values =
        ProjectValues { templates: Some(BTreeSet::from(["welcome".into()])), ..ProjectValues::default() };
    let contract = Contract::embedded().unwrap().for_project(values);
    let accepts = |template: &str| {
        let body = json!({ "loginId": "+12025550142", "templateId": template, "providerId": "any" });
        contract.schemas().is_valid("requests/signup-in-sms.must-accept", &body)
    };
    assert!(accepts("welcome") && !accepts("farewell"));
}

#[test]
fn a_must_accept_body_is_well_formed() {
    for it in CONTRACT.operations().iter().filter_map(|it| it.must_accept.as_deref()) {
        let narrow = CONTRACT.schemas().raw(it).unwrap();
        let wide = CONTRACT.schemas().raw(it.trim_end_matches(".must-accept")).unwrap();
        let members = |schema: &Value| {
            schema["properties"]
                .as_object()
                .map(|it| it.keys().cloned().collect::<BTreeSet<_>>())
                .unwrap_or_default()
        };
        assert!(members(narrow).is_subset(&members(wide)), "{it}");
        assert_eq!(narrow["additionalProperties"], false, "{it}");
    }
}

#[test]
fn a_folder_can_take_the_place_of_the_embedded_files() {
    let contract = Contract::from_dir(Path::new("schema")).unwrap();
    assert_eq!(contract.operations(), CONTRACT.operations());
    assert_eq!(contract.requirements(), CONTRACT.requirements());
}

#[test]
fn a_broken_folder_is_an_error_with_file_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let error = Contract::from_dir(&folder.path().join("none")).unwrap_err();
    assert!(error.file.ends_with("none") && error.to_string().contains("name a readable folder"), "{error}");
    copy(Path::new("schema"), folder.path());
    assert!(Contract::from_dir(folder.path()).is_ok());
    for (file, from, to, part) in [
        ("user.json", "\"loginIds\"", "loginIds", "key must be a string"),
        ("user.json", "\"items\"", "\"itmes\"", "`itmes` is no keyword"),
        ("responses/me.json", "OTP-082", "OTP-820", "is no requirement"),
        ("requirements.toml", "level = \"MUST\"", "level = \"MUSS\"", "MUSS"),
    ] {
        let path = folder.path().join(file);
        let right = std::fs::read_to_string(&path).unwrap();
        let line = right[..right.find(from).unwrap()].split('\n').count() as u32;
        std::fs::write(&path, right.replacen(from, to, 1)).unwrap();
        let error = Contract::from_dir(folder.path()).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), (file, Some(line)), "{error}");
        assert!(error.problem.contains(part), "{error}");
        std::fs::write(&path, right).unwrap();
    }
    for (schema, part) in [
        ("{ \"type\": \"strin\" }", "strin"),
        ("{ \"format\": \"fone-number\" }", "fone-number"),
        ("{ \"pattern\": \"(\" }", "regex"),
    ] {
        std::fs::write(folder.path().join("user.json"), schema).unwrap();
        let error = Contract::from_dir(folder.path()).unwrap_err();
        assert!(error.problem.contains(part), "{error}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn what_is_written_for_sms_is_read_for_e_mail_in_its_own_words() {
    let valid = |name: &str, body: Value| CONTRACT.schemas().is_valid(name, &body);
    for name in ["requests/signup-in-email.must-accept", "requests/signin-email.must-accept"] {
        assert!(valid(name, json!({ "loginId": "ada@example.com" })), "{name}");
        assert!(!valid(name, json!({ "loginId": "+12025550142" })), "{name}");
    }
    let update = "requests/update-email.must-accept";
    assert!(valid(update, json!({ "loginId": "ada@example.com", "email": "ada@example.org" })));
    assert!(!valid(update, json!({ "loginId": "ada@example.com", "phone": "+12025550142" })));
    let found = CONTRACT.schemas().validate("responses/signup-in-email", &json!({ "maskedEmail": 7 }));
    let own = |id: Option<RequirementId>| CONTRACT.own(DeliveryMethod::Email, id.unwrap());
    assert_eq!(own(found[0].requirement), req::MASKED_EMAIL_IS_STRING);
    assert_eq!(found[0].schema_location.file, "initiation.json");
    let missing =
        CONTRACT.schemas().validate("responses/signin-email.should", &json!({ "maskedPhone": "+1*2" }));
    assert_eq!(own(missing[0].requirement), req::SEND_RETURNS_MASKED_EMAIL);
    assert_eq!(CONTRACT.find("POST", "/v1/auth/otp/update/email").unwrap().0.id, OperationId::UpdateEmail);
}
