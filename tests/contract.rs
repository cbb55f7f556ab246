//! The embedded contract is complete, agrees with itself, and blames the right requirement.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lint lets tests do so, but not the functions beside them"
)]

#[path = "contract/blame.rs"]
mod blame;
#[path = "contract/folder.rs"]
mod folder;
#[path = "contract/list.rs"]
mod list;
#[path = "contract/requests.rs"]
mod requests;

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
