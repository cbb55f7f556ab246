//! What clients send: what must be accepted, and what may be refused.

use super::*;

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
    let one = |name: &str| Some(BTreeSet::from([name.to_owned()]));
    let values = ProjectValues { templates: one("t"), providers: one("p"), sso_apps: one("a") };
    let contract = Contract::embedded().unwrap().for_project(values);
    for (operation, body) in sdk_bodies() {
        for schema in [format!("requests/{operation}"), format!("requests/{operation}.must-accept")] {
            assert_eq!(contract.schemas().validate(&schema, &body), [], "{schema}: {body}");
        }
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
        let body = json!({ "loginId": "+12025550142", "templateId": template });
        contract.schemas().is_valid("requests/signup-in-sms.must-accept", &body)
    };
    assert!(accepts("welcome") && !accepts("farewell"));
    let body = json!({ "loginId": "+12025550142", "providerId": "any" });
    assert!(
        !contract.schemas().is_valid("requests/signup-in-sms.must-accept", &body),
        "nothing is known of providers"
    );
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
