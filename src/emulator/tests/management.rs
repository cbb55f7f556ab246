//! Management: users made, found, changed and removed; test users and their codes.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{ADA, BOB, Client};
use crate::emulator::{Settings, StaticOtp, Variant};

async fn create(client: &Client, login_id: &str, test: bool) -> Value {
    let body = json!({ "loginId": login_id, "phone": BOB, "displayName": "B", "test": test });
    let made = client.manage("/v1/mgmt/user/create", body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    made.body["user"].clone()
}

#[tokio::test]
async fn a_created_user_is_invited_until_it_logs_in() {
    let client = Client::new().await;
    let bob = create(&client, "bob", false).await;
    assert_eq!((&bob["status"], &bob["name"], &bob["test"]), (&json!("invited"), &json!("B"), &json!(false)));
    assert_eq!(client.sign_up_or_in("bob").await.body["maskedPhone"], "+1********02");
    let code = client.last_code(BOB).await;
    let login = client.verify("bob", &code).await;
    assert_eq!(login.body["user"]["userId"], bob["userId"]);
    assert_eq!((&login.body["firstSeen"], &login.body["user"]["status"]), (&json!(true), &json!("enabled")));
}

#[tokio::test]
async fn users_are_loaded_by_either_id() {
    let client = Client::new().await;
    let bob = create(&client, "bob", false).await;
    let id = bob["userId"].as_str().unwrap();
    for query in ["loginId=bob&userId=".to_owned(), "identifier=bob".into(), format!("loginId=&userId={id}")]
    {
        let loaded = client.manage_with(Method::GET, &format!("/v1/mgmt/user?{query}")).await;
        assert_eq!(loaded.body["user"], bob, "{query}");
    }
    assert_eq!(client.manage_with(Method::GET, "/v1/mgmt/user").await.short(), "400 E011002");
    assert_eq!(client.manage_with(Method::GET, "/v1/mgmt/user?loginId=eve").await.short(), "404 E112102");
    let many = client.manage("/v1/mgmt/users/load", json!({ "userIds": [id] })).await;
    assert_eq!(many.body, json!({ "users": [bob], "total": 1 }));
    let with_stranger = json!({ "userIds": [id, "U2x"] });
    assert_eq!(client.manage("/v1/mgmt/users/load", with_stranger).await.short(), "404 E112102");
    let tolerant = json!({ "userIds": [id, "U2x"], "includeInvalidUsers": true });
    assert_eq!(client.manage("/v1/mgmt/users/load", tolerant).await.body["total"], 1);
}

#[tokio::test]
async fn a_login_id_is_taken_once() {
    let client = Client::new().await;
    create(&client, "bob", false).await;
    assert_eq!(
        client.manage("/v1/mgmt/user/create", json!({ "identifier": "bob" })).await.short(),
        "400 E111111"
    );
    let further = json!({ "loginId": "rob", "additionalLoginIds": ["bob"] });
    assert_eq!(client.manage("/v1/mgmt/user/create", further).await.short(), "400 E111111");
    client.sign_up_or_in(ADA).await;
    let taken_over = client.manage("/v1/mgmt/user/create", json!({ "loginId": ADA })).await;
    assert_eq!(taken_over.status, 200, "a sign-up that was never completed gives way");
    assert_eq!(taken_over.body["user"]["phone"], ADA);
}

#[tokio::test]
async fn search_narrows_by_what_it_is_given() {
    let client = Client::new().await;
    for name in ["a", "b", "c"] {
        create(&client, name, name == "c").await;
    }
    for (body, total) in [
        (json!({}), 2),
        (json!({ "withTestUser": true }), 3),
        (json!({ "testUsersOnly": true }), 1),
        (json!({ "loginIds": ["a", "eve"] }), 1),
        (json!({ "phones": [BOB] }), 2),
        (json!({ "phones": [ADA] }), 0),
        (json!({ "statuses": ["invited"] }), 2),
        (json!({ "statuses": ["enabled"] }), 0),
        (json!({ "emails": ["a@example.com"] }), 0),
    ] {
        assert_eq!(client.manage("/v2/mgmt/user/search", body.clone()).await.body["total"], total, "{body}");
    }
    let page = client.manage("/v2/mgmt/user/search", json!({ "limit": 1, "page": 1 })).await;
    assert_eq!(page.body["users"][0]["loginIds"], json!(["b"]));
    assert_eq!(page.body["total"], 2);
    assert_eq!(client.manage("/v2/mgmt/user/search/test", json!({})).await.body["total"], 1);
}

#[tokio::test]
async fn status_and_sessions_are_managements_to_change() {
    let client = Client::new().await;
    let login = client.log_in(ADA).await;
    let jwt = login.jwt("refreshJwt");
    client.manage("/v1/mgmt/user/logout", json!({ "loginId": ADA, "userId": "" })).await;
    assert_eq!(client.refresh(&jwt).await.short(), "401 E064001");

    let jwt = client.log_in(ADA).await.jwt("refreshJwt");
    let code = client.issue(ADA).await;
    let status = |status: &str| {
        client.manage("/v1/mgmt/user/update/status", json!({ "loginId": ADA, "status": status }))
    };
    assert_eq!(status("disabled").await.body["user"]["status"], "disabled");
    assert_eq!(client.sign_up_or_in(ADA).await.status, 403);
    assert_eq!(client.verify(ADA, &code).await.status, 403);
    assert_eq!(client.refresh(&jwt).await.status, 403);
    assert_eq!(status("enabled").await.status, 200);
    assert_eq!(client.refresh(&jwt).await.status, 200);
    assert_eq!(status("gone").await.short(), "400 E011003");
    assert_eq!(
        client.manage("/v1/mgmt/user/delete", json!({ "userId": login.body["user"]["userId"] })).await.body,
        json!({})
    );
    assert_eq!(client.refresh(&jwt).await.short(), "401 E064001");
    assert_eq!(client.manage("/v1/mgmt/user/delete", json!({ "loginId": ADA })).await.short(), "404 E112102");
    assert_eq!(
        client.manage_with(Method::GET, "/v1/mgmt/license").await.body,
        json!({ "rateLimitTier": "tier1" })
    );
}

#[tokio::test]
async fn a_generated_code_outlives_an_initiation_and_not_the_next_generated_one() {
    let client = Client::new().await;
    create(&client, "tess", true).await;
    let generate = |body: Value| client.manage("/v1/mgmt/tests/generate/otp", body);
    let first = generate(json!({ "loginId": "tess" })).await.jwt("code");
    let second = generate(json!({ "loginId": "tess", "loginOptions": { "customClaims": { "a": 1 } } }))
        .await
        .jwt("code");
    client.sign_in("tess").await;
    assert_eq!(client.verify("tess", &first).await.short(), "401 E061102");
    let login = client.verify("tess", &second).await;
    assert_eq!(login.body["user"]["test"], true);
    assert_eq!(super::client::claims(&login.jwt("sessionJwt"))["nsec"], json!({ "a": 1 }));
    assert_eq!(super::client::claims(&login.jwt("refreshJwt"))["tu"], true);
    assert_eq!(generate(json!({ "loginId": "eve" })).await.short(), "404 E112102");
    assert_eq!(
        generate(json!({ "loginId": "tess", "deliveryMethod": "pigeon" })).await.short(),
        "400 E011003"
    );
    client.log_in(ADA).await;
    assert_eq!(generate(json!({ "loginId": ADA })).await.short(), "400 E011003");
}

#[tokio::test]
async fn test_users_are_limited_and_removed_together() {
    let client = Client::with(Settings { test_user_limit: 2, ..Settings::default() }).await;
    let make =
        |name: &str| client.manage("/v1/mgmt/user/create/test", json!({ "loginId": name, "phone": BOB }));
    assert_eq!(make("a").await.body["user"]["test"], true);
    assert_eq!(make("b").await.status, 200);
    let over = make("c").await;
    assert_eq!(over.short(), "400 E111111");
    assert!(over.text.contains("E013002"));
    create(&client, "ordinary", false).await;
    assert_eq!(client.manage_with(Method::DELETE, "/v1/mgmt/user/test/delete/all").await.body, json!({}));
    assert_eq!(client.manage("/v2/mgmt/user/search", json!({ "withTestUser": true })).await.body["total"], 1);
    assert_eq!(make("a").await.status, 200);
}

#[tokio::test]
async fn some_login_ids_are_test_users_with_a_fixed_code() {
    let settings = Settings {
        test_login_ids: Some("\\+1202555019.".into()),
        static_otp: Some(StaticOtp { login_id_pattern: ".*1$".into(), code: "424242".into() }),
        ..Settings::default()
    };
    let client = Client::with(settings).await;
    assert_eq!(client.issue("+12025550191").await, "424242");
    let login = client.verify("+12025550191", "424242").await;
    assert_eq!(login.body["user"]["test"], true);
    assert_eq!(client.verify("+12025550191", "424242").await.short(), "401 E061102", "once only");
    assert_ne!(client.issue("+12025550192").await, "424242");
    assert_ne!(client.issue("+12025550101").await, "424242", "an ordinary user whose number matches");
}

#[tokio::test]
async fn a_fixed_code_needs_no_message() {
    let settings = Settings {
        test_login_ids: Some("\\+1202555019.".into()),
        static_otp: Some(StaticOtp { login_id_pattern: ".*1$".into(), code: "424242".into() }),
        variants: vec![Variant::TestUsersAreNotTexted],
        ..Settings::default()
    };
    let client = Client::with(settings).await;
    client.sign_up_or_in("+12025550191").await;
    assert_eq!(client.verify("+12025550191", "424242").await.status, 200);
    client.sign_up_or_in("+12025550192").await;
    assert!(client.messages("+12025550192").await.is_empty(), "its codes are generated");
}
