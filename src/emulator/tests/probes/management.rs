//! Test users: made, logged in by generated codes, limited, deleted.

use reqwest::Method;
use serde_json::json;

use crate::emulator::tests::client::{self, ADA, BOB, Client};
use crate::emulator::tests::faults::Seen;

pub(in crate::emulator) fn test_users(client: Client) -> Seen {
    Box::pin(async move {
        let ordinary = client.log_in(ADA).await.jwt("refreshJwt");
        let mut seen = Vec::new();
        let names = ["t0", "t1", "t2", "t3", "t4", "t5"];
        for name in names {
            let made =
                client.manage("/v1/mgmt/user/create/test", json!({ "loginId": name, "phone": BOB })).await;
            seen.push(format!("{} {}", made.short(), made.body["user"]["test"]));
        }
        let loaded = client.manage_with(Method::GET, "/v1/mgmt/user?loginId=t0").await;
        seen.push(loaded.body["user"].is_object().to_string());
        for name in ["t0", "absent", ADA] {
            let made = client
                .manage("/v1/mgmt/tests/generate/otp", json!({ "loginId": name, "deliveryMethod": "sms" }))
                .await;
            seen.push(format!("{} {}", made.short(), made.body["code"].is_string()));
        }
        let code = generated(&client, "t0").await;
        let login = client.verify("t0", &code).await;
        seen.push(login.short());
        let code = generated(&client, "t1").await;
        client.sign_up_or_in("t1").await;
        seen.push(client.verify("t1", &code).await.short());
        let renewed = client.refresh(&login.jwt("refreshJwt")).await;
        for jwt in [login.jwt("sessionJwt"), login.jwt("refreshJwt"), renewed.jwt("sessionJwt")] {
            seen.push(client::claims(&jwt)["tu"].to_string());
        }
        let deleted = client.manage("/v1/mgmt/user/delete", json!({ "loginId": "t2" })).await;
        seen.push(format!("{} {}", deleted.status, deleted.text));
        seen.push(client.manage_with(Method::GET, "/v1/mgmt/user?loginId=t2").await.short());
        seen.push(client.manage_with(Method::DELETE, "/v1/mgmt/user/test/delete/all").await.short());
        let left = client.manage("/v2/mgmt/user/search/test", json!({})).await;
        seen.push(left.body["total"].to_string());
        seen.push(client.me(&ordinary).await.short());
        let code = client.issue(BOB).await;
        seen.push(format!("{}", code == "111222"));
        seen.join(", ")
    })
}

async fn generated(client: &Client, login_id: &str) -> String {
    let made = client.manage("/v1/mgmt/tests/generate/otp", json!({ "loginId": login_id })).await;
    made.body["code"].as_str().unwrap_or("none").to_owned()
}
