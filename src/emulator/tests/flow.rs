//! The whole path of a login, and what its codes may and may not do.

use reqwest::Method;
use serde_json::json;

use super::client::{ADA, BOB, Client, another, claims, header};

#[tokio::test]
async fn a_new_number_signs_up_and_the_same_user_comes_back() {
    let client = Client::new().await;
    let sent = client.sign_up_or_in(ADA).await;
    assert_eq!(sent.status, 200);
    assert_eq!(sent.body, json!({ "maskedPhone": "+1********01", "verificationAttempts": 5 }));
    let code = client.last_code(ADA).await;
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()));

    let first = client.verify(ADA, &code).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.body["firstSeen"], true);
    assert_eq!(first.body["user"]["loginIds"], json!([ADA]));
    assert_eq!(first.body["user"]["status"], "enabled");
    assert_eq!(first.body["user"]["verifiedPhone"], true);

    let second = client.log_in(ADA).await;
    assert_eq!(second.body["firstSeen"], false);
    assert_eq!(second.body["user"]["userId"], first.body["user"]["userId"]);
}

#[tokio::test]
async fn tokens_say_what_the_contract_asks() {
    let client = Client::new().await;
    let login = client.log_in(ADA).await;
    let session = claims(&login.jwt("sessionJwt"));
    assert_eq!(session["iss"], client.project());
    assert_eq!(session["sub"], login.body["user"]["userId"]);
    assert_eq!(session["drn"], "DS");
    assert_eq!(session["amr"], json!(["sms"]));
    assert_eq!(session["exp"].as_i64().unwrap() - session["iat"].as_i64().unwrap(), 600);
    assert!(session["rexp"].as_str().unwrap().ends_with('Z'));
    assert!(session.get("su").is_none() && session.get("tu").is_none() && session.get("aud").is_none());
    let refresh = claims(&login.jwt("refreshJwt"));
    assert_eq!(refresh["drn"], "DSR");
    assert_eq!(refresh["exp"].as_i64().unwrap() - refresh["iat"].as_i64().unwrap(), 28 * 24 * 3600);

    let keys = client.get(&format!("/v2/keys/{}", client.project())).await;
    let header = header(&login.jwt("sessionJwt"));
    assert_eq!(keys.body["keys"][0]["kid"], header["kid"]);
    assert_eq!(header["typ"], "JWT");
    for member in ["alg", "kty", "n", "e", "use"] {
        assert!(keys.body["keys"][0][member].is_string(), "{member}");
    }
    assert_eq!(client.get(&format!("/v1/keys/{}", client.project())).await.body, keys.body["keys"]);
}

#[tokio::test]
async fn a_code_is_voided_by_the_next_and_spent_by_use() {
    let client = Client::new().await;
    let old = client.issue(ADA).await;
    let new = client.issue(ADA).await;
    assert_eq!(client.verify(ADA, &old).await.short(), "401 E061102");
    assert_eq!(client.verify(ADA, &new).await.status, 200);
    assert_eq!(client.verify(ADA, &new).await.short(), "401 E061102");
}

#[tokio::test]
async fn a_code_is_one_users_and_sends_to_another_leave_it_alone() {
    let client = Client::new().await;
    let (ada, bob) = (client.issue(ADA).await, client.issue(BOB).await);
    if ada != bob {
        assert_eq!(client.verify(ADA, &bob).await.short(), "401 E061102");
    }
    assert_eq!(client.verify(ADA, &ada).await.status, 200);
    assert_eq!(client.verify(BOB, &bob).await.status, 200);
}

#[tokio::test]
async fn wrong_guesses_are_counted_and_lock_the_code() {
    let client = Client::new().await;
    let code = client.issue(ADA).await;
    for _ in 0..4 {
        assert_eq!(client.verify(ADA, &another(&code)).await.short(), "401 E061102");
    }
    assert_eq!(client.verify(ADA, &another(&code)).await.short(), "401 E061103");
    assert_eq!(client.verify(ADA, &code).await.short(), "401 E061103");
    assert_eq!(client.log_in(ADA).await.status, 200);
}

#[tokio::test]
async fn a_code_expires() {
    let client = Client::new().await;
    let code = client.issue(ADA).await;
    client.advance(181).await;
    assert_eq!(client.get(&format!("/emulator/otp/{ADA}")).await.short(), "404 E061102");
    assert_eq!(client.verify(ADA, &code).await.short(), "401 E061104");
}

#[tokio::test]
async fn messages_to_one_number_are_limited_and_a_refused_send_changes_nothing() {
    let client = Client::new().await;
    for _ in 0..10 {
        assert_eq!(client.sign_up_or_in(ADA).await.status, 200);
    }
    let code = client.last_code(ADA).await;
    let refused = client.sign_up_or_in(ADA).await;
    assert_eq!(refused.short(), "429 E130429");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(client.messages(ADA).await.len(), 10);
    assert_eq!(client.verify(ADA, &code).await.status, 200);
    assert_eq!(client.sign_up_or_in(BOB).await.status, 200);
    client.advance(61).await;
    assert_eq!(client.sign_up_or_in(ADA).await.status, 200);
}

#[tokio::test]
async fn sign_up_and_sign_in_know_who_is_registered() {
    let client = Client::new().await;
    assert_eq!(client.sign_in(ADA).await.short(), "400 E062108");
    assert_eq!(client.sign_up(ADA).await.status, 200);
    assert_eq!(client.sign_in(ADA).await.short(), "400 E062108", "not before the code is verified");
    assert_eq!(client.sign_up(ADA).await.status, 200);
    let code = client.last_code(ADA).await;
    let ada = client.verify(ADA, &code).await;
    assert_eq!(client.sign_up(ADA).await.short(), "400 E062107");
    assert_eq!(client.sign_in(ADA).await.status, 200);
    let code = client.last_code(ADA).await;
    assert_eq!(client.verify(ADA, &code).await.body["user"]["userId"], ada.body["user"]["userId"]);
}

#[tokio::test]
async fn spellings_of_a_number_are_one_user() {
    let client = Client::new().await;
    let ada = client.log_in(ADA).await;
    for spelling in ["+1-202-555-0101", "+1 (202) 555 0101", "+1.202.555.0101"] {
        assert_eq!(client.sign_in(spelling).await.status, 200, "{spelling}");
        let code = client.last_code(ADA).await;
        let again = client.verify(spelling, &code).await;
        assert_eq!(again.body["user"]["userId"], ada.body["user"]["userId"], "{spelling}");
    }
}

#[tokio::test]
async fn a_session_is_refreshed_looked_at_and_ended() {
    let client = Client::new().await;
    let login = client.log_in(ADA).await;
    let other = client.log_in(ADA).await;
    let jwt = login.jwt("refreshJwt");

    let renewed = client.refresh(&jwt).await;
    assert_eq!(renewed.status, 200);
    assert!(renewed.body.get("refreshJwt").is_none());
    assert_ne!(renewed.jwt("sessionJwt"), login.jwt("sessionJwt"));
    assert_eq!(client.me(&jwt).await.body, login.body["user"]);
    let parsed = client.with_jwt(Method::POST, "/v1/auth/validate", &login.jwt("sessionJwt")).await;
    assert_eq!(parsed.body["parsedJWT"], claims(&login.jwt("sessionJwt")));

    assert_eq!(client.log_out(&jwt).await.body["sessionJwt"], "");
    assert_eq!(client.refresh(&jwt).await.short(), "401 E064001");
    assert_eq!(client.me(&jwt).await.short(), "401 E064001");
    let tried = client.with_jwt(Method::POST, "/v1/auth/try-refresh", &jwt).await;
    assert_eq!((tried.status, tried.body), (200, json!({})));
    assert_eq!(client.refresh(&other.jwt("refreshJwt")).await.status, 200, "the other session lives");
}
