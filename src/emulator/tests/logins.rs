//! What a login carries: options, messages, phone updates, cookies.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{ADA, BOB, Client, claims};

const UPDATE: &str = "/v1/auth/otp/update/phone/sms";
const NEW: &str = "+12025550142";

#[tokio::test]
async fn options_are_those_of_the_code_that_was_verified() {
    let client = Client::new().await;
    let nsec = |login: &super::client::Answer| claims(&login.jwt("sessionJwt"))["nsec"].clone();
    let first =
        client.log_in_with(ADA, "", json!({ "customClaims": { "plan": "gold", "sub": "eve" } })).await;
    assert_eq!(nsec(&first), json!({ "plan": "gold", "sub": "eve" }));
    assert_eq!(claims(&first.jwt("sessionJwt"))["sub"], first.body["user"]["userId"]);
    let renewed = client.refresh(&first.jwt("refreshJwt")).await;
    assert_eq!(nsec(&renewed)["plan"], "gold");
    client
        .post(
            "/v1/auth/otp/signup-in/sms",
            json!({ "loginId": ADA, "loginOptions": { "customClaims": { "old": 1 } } }),
        )
        .await;
    assert_eq!(nsec(&client.log_in(ADA).await), Value::Null);
}

#[tokio::test]
async fn a_step_up_needs_the_users_own_session_and_ends() {
    let client = Client::new().await;
    let (ada, bob) = (client.log_in(ADA).await.jwt("refreshJwt"), client.log_in(BOB).await.jwt("refreshJwt"));
    let stepped_up = client.log_in_with(ADA, &ada, json!({ "stepup": true })).await;
    assert_eq!(claims(&stepped_up.jwt("sessionJwt"))["su"], true);
    assert_eq!(claims(&stepped_up.jwt("refreshJwt")).get("su"), None);
    let jwt = stepped_up.jwt("refreshJwt");
    client.advance(599).await;
    assert_eq!(claims(&client.refresh(&jwt).await.jwt("sessionJwt"))["su"], true);
    client.advance(1).await;
    assert_eq!(claims(&client.refresh(&jwt).await.jwt("sessionJwt")).get("su"), None);

    let without = client.log_in_with(ADA, "", json!({ "stepup": true })).await;
    assert_eq!(claims(&without.jwt("sessionJwt")).get("su"), None);
    assert_eq!(client.log_in_with(ADA, &bob, json!({ "stepup": true })).await.short(), "403 E061005");
    assert_eq!(client.log_in_with(ADA, "a.b.c", json!({ "mfa": true })).await.short(), "401 E061005");
    let twice = client.log_in_with(ADA, &ada, json!({ "mfa": true })).await;
    assert_eq!(claims(&twice.jwt("refreshJwt"))["amr"], json!(["sms"]), "one channel is one factor");
}

#[tokio::test]
async fn other_sessions_end_when_the_login_completes() {
    let client = Client::new().await;
    let (old, bob) = (client.log_in(ADA).await.jwt("refreshJwt"), client.log_in(BOB).await.jwt("refreshJwt"));
    client
        .post(
            "/v1/auth/otp/signin/sms",
            json!({ "loginId": ADA, "loginOptions": { "revokeOtherSessions": true } }),
        )
        .await;
    assert_eq!(client.refresh(&old).await.status, 200);
    let code = client.last_code(ADA).await;
    let new = client.verify(ADA, &code).await.jwt("refreshJwt");
    assert_eq!(client.refresh(&old).await.short(), "401 E064001");
    assert_eq!(client.refresh(&new).await.status, 200);
    assert_eq!(client.refresh(&bob).await.status, 200);
}

#[tokio::test]
async fn template_options_and_locale_reach_the_message() {
    let client = Client::new().await;
    let options = json!({ "templateOptions": { "app": "Acme" }, "templateId": "T2", "locale": "es-MX" });
    client.post("/v1/auth/otp/signup-in/sms", json!({ "loginId": ADA, "loginOptions": options })).await;
    let message = client.messages(ADA).await.pop().unwrap();
    let code = message["token"].as_str().unwrap();
    assert_eq!(
        message["body"],
        format!("Su código de verificación es {code}; app: Acme [template T2] [locale es-MX]")
    );
    let after = message["seq"].as_u64().unwrap();
    assert!(
        client.get(&format!("/emulator/messages?to=%2B12025550101&after={after}")).await.body["messages"]
            == json!([])
    );
    client.sign_up_or_in(BOB).await;
    let all = client.get("/emulator/messages").await.body;
    assert_eq!(all["messages"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_phone_changes_when_its_code_is_verified() {
    let client = Client::new().await;
    let login = client.log_in(ADA).await;
    let jwt = login.jwt("refreshJwt");
    let bearer = format!("{}:{jwt}", client.project());
    let pending = client.issue(ADA).await;
    let sent = client.post_as(&bearer, UPDATE, json!({ "loginId": ADA, "phone": "+1-202-555-0142" })).await;
    assert_eq!(sent.body["maskedPhone"], "+1********42");
    assert_eq!(client.me(&jwt).await.body["phone"], ADA);
    assert_eq!(client.verify(ADA, &pending).await.short(), "401 E061102", "an update voids like any send");
    let code = client.last_code(NEW).await;
    let updated = client.verify(ADA, &code).await;
    assert_eq!(updated.body["user"]["userId"], login.body["user"]["userId"]);
    assert_eq!(updated.body["user"]["phone"], NEW);
    assert_eq!(
        updated.body["user"]["loginIds"],
        json!([NEW]),
        "a phone that is a login ID is updated as such"
    );
    assert_eq!(client.sign_in(ADA).await.short(), "400 E062108");
}

/// Begins and completes an update of Ada's phone to Bob's.
async fn onto_bobs(client: &Client, flags: Value) -> (super::client::Answer, String) {
    let jwt = client.log_in(ADA).await.jwt("refreshJwt");
    client.log_in(BOB).await;
    let mut body = json!({ "loginId": ADA, "phone": BOB, "addToLoginIDs": true });
    body.as_object_mut().unwrap().extend(flags.as_object().unwrap().clone());
    let sent = client.post_as(&format!("{}:{jwt}", client.project()), UPDATE, body).await;
    if sent.status != 200 {
        return (sent, jwt);
    }
    let code = client.last_code(BOB).await;
    (client.verify(ADA, &code).await, jwt)
}

#[tokio::test]
async fn two_users_become_one_as_asked() {
    let client = Client::new().await;
    let (kept, jwt) = onto_bobs(&client, json!({})).await;
    assert_eq!(kept.body["user"]["loginIds"], json!([ADA, BOB]));
    assert_eq!(client.me(&jwt).await.status, 200);
    assert_eq!(client.log_in(BOB).await.body["user"]["userId"], kept.body["user"]["userId"]);

    let client = Client::new().await;
    let (existing, jwt) = onto_bobs(&client, json!({ "onMergeUseExisting": true })).await;
    assert_eq!(existing.body["user"]["loginIds"], json!([BOB]));
    assert_eq!(client.me(&jwt).await.short(), "401 E064001");

    let client = Client::new().await;
    let (refused, jwt) = onto_bobs(&client, json!({ "failOnConflict": true })).await;
    assert_eq!(refused.short(), "400 E062125");
    assert_eq!(client.me(&jwt).await.status, 200);
}

#[tokio::test]
async fn an_update_is_the_token_holders_own() {
    let client = Client::new().await;
    client.log_in(ADA).await;
    let bearer = format!("{}:{}", client.project(), client.log_in(BOB).await.jwt("refreshJwt"));
    assert_eq!(
        client.post_as(&bearer, UPDATE, json!({ "loginId": ADA, "phone": NEW })).await.short(),
        "403 E061005"
    );
    assert_eq!(
        client.post_as(&bearer, UPDATE, json!({ "loginId": BOB, "phone": "12" })).await.short(),
        "400 E011003"
    );
}

#[tokio::test]
async fn a_refresh_token_may_come_as_cookie() {
    let client = Client::new().await;
    let jwt = client.log_in(ADA).await.jwt("refreshJwt");
    let with_cookie = client.request(Method::GET, "/v1/auth/me").bearer_auth(client.project());
    let me = client.send(with_cookie.header("cookie", format!("a=b; DSR={jwt}"))).await;
    assert_eq!(me.body["phone"], ADA);
}

#[tokio::test]
async fn logoutall_ends_all_of_one_user() {
    let client = Client::new().await;
    let (one, two) = (client.log_in(ADA).await.jwt("refreshJwt"), client.log_in(ADA).await.jwt("refreshJwt"));
    let bob = client.log_in(BOB).await.jwt("refreshJwt");
    assert_eq!(client.with_jwt(Method::POST, "/v1/auth/logoutall", &one).await.status, 200);
    assert_eq!(client.refresh(&one).await.short(), "401 E064001");
    assert_eq!(client.refresh(&two).await.short(), "401 E064001");
    assert_eq!(client.refresh(&bob).await.status, 200);
}

#[tokio::test]
async fn a_reset_forgets_users_and_time() {
    let client = Client::new().await;
    client.log_in(ADA).await;
    client.advance(1_000_000).await;
    assert_eq!(client.post("/emulator/reset", json!({})).await.body, json!({}));
    assert_eq!(client.sign_in(ADA).await.short(), "400 E062108");
    assert_eq!(client.messages(ADA).await.len(), 0);
}
