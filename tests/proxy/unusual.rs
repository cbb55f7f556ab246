//! More clients without a driver: wrong ones that come near the right, and right ones that look wrong.

use otp_conformance::app::Flags;
use otp_conformance::contract::req::{
    CLIENT_BODY_MATCHES_SCHEMA as BODY, CLIENT_CONTENT_TYPE as LABEL,
    CLIENT_KEEPS_SECRETS_OUT_OF_URLS as URL, CLIENT_METHOD_AND_PATH as PLACE,
    CLIENT_PRESENTS_RIGHT_BEARER as BEARER, CLIENT_SENDS_CODE_AS_STRING as CODE_TEXT,
    CLIENT_STEPUP_NEEDS_REFRESH_JWT as NO_TOKEN,
};
use otp_conformance::trial::Outcome;

use super::clients::{
    Client, GUESS, JSON, ME, OWN, PERSON, PLAIN, REFRESH, Row, SEND, SIGN_IN, STEPUP, VERIFY, check,
};
use super::{backend, broken, told};

const USER: &str = "GET /v1/mgmt/user?loginId={who}";
const UPDATE: &str = "POST /v1/auth/otp/update/phone/sms";
const LOGOUT: &str = "POST /v1/auth/logout";
const VALIDATE: &str = "POST /v1/auth/validate";
const BY_SESSION: &str = "Bearer {project}:{session}";
const BY_KEY: &str = "Bearer {project}:{key}";

/// What is written where there is no token, and other bearers that are nearly right.
const BEARERS: &[Row] = &[
    ("Undefined", &[(ME, "Bearer {project}:Undefined", "", "")], &[BEARER], ""),
    ("null in brackets", &[(REFRESH, "Bearer {project}:(null)", JSON, "{}")], &[BEARER], ""),
    ("nil in brackets", &[(REFRESH, "Bearer {project}:<nil>", JSON, "{}")], &[BEARER], ""),
    ("a promise for a token", &[(ME, "Bearer {project}:[object Promise]", "", "")], &[BEARER], ""),
    (
        "a coroutine for a token",
        &[(ME, "Bearer {project}:<coroutine object get at 0x7f>", "", "")],
        &[BEARER],
        "",
    ),
    ("a template for a token", &[(ME, "Bearer {project}:${token}", "", "")], &[BEARER], ""),
    ("a mustache for a token", &[(ME, "Bearer {project}:{{token}}", "", "")], &[BEARER], ""),
    ("a flag for a token", &[(REFRESH, "Bearer {project}:true", JSON, "{}")], &[BEARER], ""),
    ("undefined before a token", &[(ME, "Bearer undefined:{refresh}", "", "")], &[BEARER], ""),
    ("the token before the project", &[(ME, "Bearer {refresh}:{project}", "", "")], &[BEARER], ""),
    ("quotes around a bearer", &[(ME, "Bearer \"{project}:{refresh}\"", "", "")], &[BEARER], ""),
    ("a space behind the colon", &[(ME, "Bearer {project}: {refresh}", "", "")], &[BEARER], ""),
    ("bytes for a token", &[(ME, "Bearer {project}:b'{refresh}'", "", "")], &[BEARER], ""),
    ("an object around a token", &[(ME, r#"Bearer {project}:{"jwt":"{refresh}"}"#, "", "")], &[BEARER], ""),
    ("a dictionary around a token", &[(ME, "Bearer {project}:{'jwt': '{refresh}'}", "", "")], &[BEARER], ""),
    ("both tokens", &[(ME, "Bearer {project}:{refresh}:{session}", "", "")], &[BEARER], ""),
    ("the project twice", &[(ME, "Bearer {project}:{project}:{refresh}", "", "")], &[BEARER], ""),
    (
        "each token in the other's cookie",
        &[("GET /v1/auth/me\ncookie: DS={refresh}; DSR={session}", PLAIN, "", "")],
        &[BEARER],
        "",
    ),
    ("the scheme twice", &[(ME, "Bearer Bearer {project}:{refresh}", "", "")], &[BEARER], ""),
    ("the scheme before the token", &[(ME, "Bearer {project}:Bearer {refresh}", "", "")], &[BEARER], ""),
    ("a colon as a percent code", &[(REFRESH, "Bearer {project}%3A{refresh}", JSON, "{}")], &[BEARER], ""),
    ("a comma for a colon", &[(ME, "Bearer {project},{refresh}", "", "")], &[BEARER], ""),
    ("a key without the project", &[(USER, "Bearer {key}", "", "")], &[BEARER], ""),
    ("a key for a refresh token", &[(ME, BY_KEY, "", "")], &[BEARER], ""),
    (
        "a session token before the refresh token",
        &[(ME, "Bearer {project}:{session}:{refresh}", "", "")],
        &[BEARER],
        "",
    ),
    ("a logout by session token", &[(LOGOUT, BY_SESSION, JSON, "{}")], &[BEARER], ""),
    ("a logout without a token", &[(LOGOUT, PLAIN, JSON, "{}")], &[BEARER], ""),
    ("a validation without a token", &[(VALIDATE, PLAIN, "", "")], &[BEARER], ""),
    (
        "an update by session token",
        &[(UPDATE, BY_SESSION, JSON, r#"{"loginId":"{who}","phone":"+12025550141"}"#)],
        &[BEARER],
        "",
    ),
    // ---- cookies
    (
        "a cookie of the application's for a token",
        &[("GET /v1/auth/me\ncookie: theme=dark", PLAIN, "", "")],
        &[BEARER],
        "",
    ),
    ("an empty cookie", &[("GET /v1/auth/me\ncookie: DSR=", PLAIN, "", "")], &[BEARER], ""),
    ("undefined in a cookie", &[("GET /v1/auth/me\ncookie: DSR=undefined", PLAIN, "", "")], &[BEARER], ""),
    (
        "the session's cookie for a refresh",
        &[("POST /v1/auth/refresh\ncookie: DS={session}", PLAIN, JSON, "{}")],
        &[BEARER],
        "",
    ),
    (
        "a step-up by a cookie of the application's",
        &[("POST /v1/auth/otp/signin/sms\ncookie: theme=dark", PLAIN, JSON, STEPUP)],
        &[NO_TOKEN],
        "",
    ),
    ("a step-up by key", &[(SIGN_IN, "Bearer {project}:{auth}", JSON, STEPUP)], &[NO_TOKEN], ""),
    (
        "a step-up with its token in a header",
        &[("POST /v1/auth/otp/signin/sms\nx-refresh: {refresh}", PLAIN, JSON, STEPUP)],
        &[BEARER],
        "headers of its own",
    ),
    // ---- URLs
    ("a token for a project", &[("GET /v2/keys/{refresh}", "", "", "")], &[URL], ""),
    (
        "a code in the URL of a send",
        &[("POST /v1/auth/otp/signup-in/sms?code={code}", PLAIN, JSON, PERSON)],
        &[URL],
        "",
    ),
    ("a token in the URL of a logout", &[("POST /v1/auth/logout?t={refresh}", OWN, JSON, "{}")], &[URL], ""),
    (
        "a key in the URL of a send",
        &[("POST /v1/auth/otp/signup-in/sms?k={key}", PLAIN, JSON, PERSON)],
        &[URL],
        "",
    ),
];

/// Places and bodies that are nearly right.
const SHAPES: &[Row] = &[
    ("dots in the path", &[("POST /v1/auth/otp/signup-in/sms.json", PLAIN, JSON, PERSON)], &[PLACE], ""),
    (
        "a parameter of the path",
        &[("POST /v1/auth/otp/signup-in/sms;v=1", PLAIN, JSON, PERSON)],
        &[PLACE],
        "",
    ),
    ("no version", &[("POST /auth/otp/signup-in/sms", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("the version twice", &[("POST /v1/v1/auth/otp/signup-in/sms", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("another beginning", &[("POST /api/v1/auth/otp/signup-in/sms", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("an underscore", &[("POST /v1/auth/otp/signup_in/sms", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("a method in small letters", &[("post /v1/auth/otp/signup-in/sms", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("DELETE for a logout", &[("DELETE /v1/auth/logout", OWN, "", "")], &[PLACE], ""),
    ("PATCH for a refresh", &[("PATCH /v1/auth/refresh", OWN, JSON, "{}")], &[PLACE], ""),
    (
        "a coding that is only named",
        &[("POST /v1/auth/otp/signup-in/sms\ncontent-encoding: gzip", PLAIN, JSON, PERSON)],
        &[BODY],
        "",
    ),
    ("two JSON texts", &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}"}{"loginId":"{who}"}"#)], &[BODY], ""),
    ("JSON in a JSON text", &[(SEND, PLAIN, JSON, r#""{\"loginId\":\"+12025550140\"}""#)], &[BODY], ""),
    ("a mark before the text", &[(SEND, PLAIN, JSON, "\u{feff}{\"loginId\":\"{who}\"}")], &[BODY], ""),
    ("null for a body", &[(SEND, PLAIN, JSON, "null")], &[BODY], ""),
    ("a number for a body", &[(SEND, PLAIN, JSON, "7")], &[BODY], ""),
    ("nothing in a body", &[(SEND, PLAIN, JSON, "{}")], &[BODY], ""),
    ("null for a login ID", &[(SEND, PLAIN, JSON, r#"{"loginId":null}"#)], &[BODY], ""),
    ("an object for a login ID", &[(SEND, PLAIN, JSON, r#"{"loginId":{"phone":"{who}"}}"#)], &[BODY], ""),
    ("another name for a login ID", &[(SEND, PLAIN, JSON, r#"{"loginid":"{who}"}"#)], &[BODY], ""),
    ("a comma too many", &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}",}"#)], &[BODY], ""),
    ("single quotes", &[(SEND, PLAIN, JSON, "{'loginId':'{who}'}")], &[BODY], ""),
    ("no code", &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}"}"#)], &[BODY], ""),
    ("a list for a code", &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":["1"]}"#)], &[CODE_TEXT], ""),
    ("a flag for a code", &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":true}"#)], &[CODE_TEXT], ""),
    (
        "a number for a phone",
        &[(UPDATE, OWN, JSON, r#"{"loginId":"{who}","phone":12025550141}"#)],
        &[BODY],
        "",
    ),
    ("a label of another text", &[(SEND, PLAIN, "text/json", PERSON)], &[LABEL], ""),
    ("a label of another form", &[(SEND, PLAIN, "application/x-ndjson", PERSON)], &[LABEL], ""),
    ("a label twice", &[(SEND, PLAIN, "application/json, application/json", PERSON)], &[LABEL], ""),
    ("a label of a binary", &[(SEND, PLAIN, "application/octet-stream", PERSON)], &[LABEL], ""),
];

/// Nothing to convict of; some of it is worth telling.
const RIGHT: &[Row] = &[
    (
        "null for options",
        &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}","loginOptions":null}"#)],
        &[],
        "writes null",
    ),
    (
        "null for a user",
        &[("POST /v1/auth/otp/signup/sms", PLAIN, JSON, r#"{"loginId":"+12025550156","user":null}"#)],
        &[],
        "writes null",
    ),
    (
        "null for claims",
        &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}","loginOptions":{"customClaims":null,"ssoAppId":null}}"#)],
        &[],
        "",
    ),
    ("a token in its cookie", &[("GET /v1/auth/me\ncookie: DSR={refresh}", PLAIN, "", "")], &[], ""),
    (
        "a token in its cookie among others",
        &[("GET /v1/auth/me\ncookie: a=b; DSR={refresh}; c=d", PLAIN, "", "")],
        &[],
        "",
    ),
    (
        "a token in a cookie of another name",
        &[("GET /v1/auth/me\ncookie: app_refresh={refresh}", PLAIN, "", "")],
        &[],
        "",
    ),
    ("an unknown member", &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}","deviceId":"d1"}"#)], &[], ""),
    ("white space around a body", &[(SEND, PLAIN, JSON, "\r\n { \"loginId\" : \"{who}\" }\n")], &[], ""),
    ("an escaped body", &[(SEND, PLAIN, JSON, r#"{"login\u0049d":"\u002b12025550140"}"#)], &[], ""),
    ("members in another order", &[(VERIFY, PLAIN, JSON, r#"{"code":"000123","loginId":"{who}"}"#)], &[], ""),
    (
        "a query that is not asked for",
        &[("POST /v1/auth/otp/signup-in/sms?trace=1", PLAIN, JSON, PERSON)],
        &[],
        "",
    ),
    ("a logout without a body", &[(LOGOUT, OWN, "", "")], &[], ""),
    ("an attempt to refresh with nothing", &[("POST /v1/auth/try-refresh", PLAIN, JSON, "{}")], &[], ""),
    ("a key behind the token", &[(ME, "Bearer {project}:{refresh}:{auth}", "", "")], &[], ""),
    ("a charset in quotes", &[(SEND, PLAIN, "application/json;charset=\"UTF-8\"", PERSON)], &[], ""),
    (
        "headers of the application's",
        &[("GET /v1/auth/me\nx-request-id: 1\ntraceparent: 00-1-2-01", OWN, "", "")],
        &[],
        "",
    ),
    (
        "a guess that is a part of a number",
        &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":"555014"}"#), (USER, BY_KEY, "", "")],
        &[],
        "",
    ),
    (
        "tokens in their cookies, both sent",
        &[("POST /v1/auth/refresh\ncookie: DS={session}; DSR={refresh}", PLAIN, JSON, "{}")],
        &[],
        "",
    ),
    ("the token and a key", &[(ME, "Bearer {project}:{refresh}:{auth}", "", "")], &[], ""),
    (
        "a coding that is none",
        &[("POST /v1/auth/otp/signup-in/sms\ncontent-encoding: identity", PLAIN, JSON, PERSON)],
        &[],
        "",
    ),
    (
        "bearers in other headers as well",
        &[
            ("GET /v1/auth/me\nx-forwarded-authorization: Bearer {project}", OWN, "", ""),
            ("GET /v1/mgmt/user?loginId={who}\nx-api-key: Bearer {project}:{key}", BY_KEY, "", ""),
        ],
        &[],
        "",
    ),
    (
        "percent codes for letters of the path",
        &[("POST /v1/auth/otp/signup%2Din/sms", PLAIN, JSON, PERSON)],
        &[],
        "percent codes that are not needed",
    ),
    ("keys asked for by their head", &[("HEAD /v2/keys/{project}", "", "", "")], &[], ""),
    ("the keys of undefined", &[("GET /v2/keys/undefined", "", "", "")], &[], "`undefined`"),
    ("undefined for a login ID", &[(SEND, PLAIN, JSON, r#"{"loginId":"undefined"}"#)], &[], "`undefined`"),
    (
        "undefined for a code",
        &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":"undefined"}"#)],
        &[],
        "`undefined`",
    ),
    ("null for a code", &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":"null"}"#)], &[], "`undefined`"),
    (
        "an object for a code",
        &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":"[object Object]"}"#)],
        &[],
        "`undefined`",
    ),
    ("a space for a code", &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":" "}"#)], &[], "`undefined`"),
    (
        "a session token after its logout",
        &[(LOGOUT, OWN, JSON, "{}"), (VALIDATE, BY_SESSION, "", "")],
        &[],
        "presents a session token after its logout",
    ),
    (
        "a token for another product after its logout",
        &[(LOGOUT, OWN, JSON, "{}"), ("GET /v1/auth/me/history", OWN, "", "")],
        &[],
        "presents a refresh token after its logout",
    ),
    (
        "a token in a cookie after its logout",
        &[(LOGOUT, OWN, JSON, "{}"), ("GET /v1/auth/me\ncookie: DSR={refresh}", PLAIN, "", "")],
        &[],
        "presents a refresh token after its logout",
    ),
    (
        "a code again",
        &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":"{code}"}"#)],
        &[],
        "that has opened a session",
    ),
    (
        "a token in a header of the SDK's",
        &[("GET /v1/auth/me\nx-descope-session: {session}", OWN, "", "")],
        &[],
        "headers of its own",
    ),
    (
        "a code in a cookie",
        &[("GET /v1/auth/me\ncookie: otp={code}", OWN, "", "")],
        &[],
        "headers of its own",
    ),
    (
        "a token where it came from",
        &[("GET /v1/auth/me\nreferer: http://localhost/?t={refresh}", OWN, "", "")],
        &[],
        "headers of its own",
    ),
    (
        "a code for another product",
        &[("POST /v1/track", PLAIN, JSON, r#"{"otp":"{code}"}"#)],
        &[],
        "operations outside this contract",
    ),
    (
        "a token for another product",
        &[("POST /v1/track", PLAIN, JSON, r#"{"t":"{refresh}"}"#)],
        &[],
        "sends secrets to operations outside",
    ),
    (
        "a token in a body",
        &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}","refreshJwt":"{refresh}"}"#)],
        &[],
        "bodies that do not ask",
    ),
    ("a refresh token for a send", &[(SEND, OWN, JSON, PERSON)], &[], "where none is asked for"),
    ("half a token", &[(ME, "Bearer {project}:{refresh}x", "", "")], &[], ""),
    ("a guess in a row of one", &[(VERIFY, PLAIN, JSON, GUESS)], &[], ""),
    ("the same twice", &[(VERIFY, PLAIN, JSON, GUESS); 2], &[], "sent again at once"),
];

#[tokio::test]
async fn bearers_that_are_nearly_right_are_wrong() {
    check(BEARERS).await;
}

#[tokio::test]
async fn places_and_bodies_that_are_nearly_right_are_wrong() {
    check(SHAPES).await;
}

#[tokio::test]
async fn what_only_looks_wrong_is_acquitted() {
    check(RIGHT).await;
}

#[tokio::test]
async fn a_body_in_a_coding_that_is_not_read_is_nobodys_fault() {
    for coding in ["br", "zstd", "gzip, br"] {
        let backend = backend(Flags::default()).await;
        let client = Client::new(&backend).await;
        let place = format!("POST /v1/auth/otp/signup-in/sms\ncontent-encoding: {coding}").leak();
        client.call(&(place, PLAIN, JSON, "\u{b}\u{2}")).await;
        let trials = client.judged().await;
        assert!(broken(&trials).is_empty(), "{coding}: {:#?}", told(&trials));
        assert!(trials.iter().any(|trial| trial.outcome == Outcome::Inconclusive), "{coding}: {trials:#?}");
    }
}

#[tokio::test]
async fn other_tokens_of_a_user_end_with_a_logout_from_all() {
    let backend = backend(Flags::default()).await;
    let mut client = Client::new(&backend).await;
    let first = client.filled("{refresh}");
    client.log_in().await;
    client.call(&("POST /v1/auth/logoutall", OWN, JSON, "{}")).await;
    client.held.push(("{first}", first));
    client.call(&(ME, "Bearer {project}:{first}", "", "")).await;
    let trials = client.judged().await;
    assert!(broken(&trials).is_empty(), "{:#?}", told(&trials));
    let mut observed = trials.iter().flat_map(|trial| &trial.observed);
    assert!(observed.any(|it| it.question.contains("after its logout")), "{trials:#?}");
}

#[tokio::test]
async fn a_step_up_by_the_token_of_another_user_is_observed() {
    let backend = backend(Flags::default()).await;
    let mut client = Client::new(&backend).await;
    let first = client.filled("{refresh}");
    client.become_another("+12025550149").await;
    client.held.push(("{first}", first));
    client.call(&(SIGN_IN, "Bearer {project}:{refresh}", JSON, STEPUP)).await;
    let question = "presents the token of another user than it names";
    let update = r#"{"loginId":"{who}","phone":"+12025550141"}"#;
    client.call(&(SIGN_IN, "Bearer {project}:{first}", JSON, STEPUP)).await;
    client.call(&(UPDATE, "Bearer {project}:{first}", JSON, update)).await;
    let trials = client.judged().await;
    assert!(broken(&trials).is_empty(), "{:#?}", told(&trials));
    let observed = trials.iter().flat_map(|trial| &trial.observed).filter(|it| it.question == question);
    let answers: Vec<&str> = observed.map(|it| it.answer.as_str()).collect();
    assert_eq!(answers, ["signin-sms", "update-phone-sms"], "{trials:#?}");
}

#[tokio::test]
async fn guesses_that_go_from_one_person_to_the_next_are_observed() {
    let backend = backend(Flags::default()).await;
    let client = Client::new(&backend).await;
    for number in 0..12 {
        let body = format!(r#"{{"loginId":"+120255501{:02}","code":"000123"}}"#, 50 + number).leak();
        client.call(&(VERIFY, PLAIN, JSON, body)).await;
    }
    let trials = client.judged().await;
    assert!(broken(&trials).is_empty(), "{:#?}", told(&trials));
    let mut observed = trials.iter().flat_map(|trial| &trial.observed);
    assert!(observed.any(|it| it.answer == "12 for 12"), "{trials:#?}");
}
