//! Users: who is known under which name, who gets the message, how a phone changes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator::tests::client::{ADA, BOB, Client, another};
use crate::emulator::tests::faults::Seen;

pub(in crate::emulator) fn who_is_who(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = vec![client.sign_in(ADA).await.short(), client.sign_up_or_in("absent").await.short()];
        client.manage("/v1/mgmt/user/create", json!({ "loginId": "bob", "phone": BOB })).await;
        seen.push(client.sign_up("bob").await.short());
        seen.push(client.sign_up_or_in("bob").await.short());
        let mut ids = vec![user_id(&client.log_in(ADA).await.body)];
        for _ in 0..4 {
            ids.push(user_id(&client.log_in(ADA).await.body));
        }
        client.sign_in(ADA).await;
        let code = client.last_code(ADA).await;
        ids.push(user_id(&client.verify(ADA, &code).await.body));
        seen.push(format!("{:?}", ids.iter().map(|id| *id == ids[0]).collect::<Vec<_>>()));
        seen.push(client.sign_up(ADA).await.short());
        let dashed = client.sign_in("+1-202-555-0101").await;
        seen.push(dashed.short());
        for body in [json!({}), json!({ "loginId": "" })] {
            seen.push(client.post("/v1/auth/otp/signup-in/sms", body).await.short());
        }
        seen.join(", ")
    })
}

/// Login IDs of other notations, as the user has them, and the next login by each.
pub(in crate::emulator) fn login_ids(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = Vec::new();
        for (login_id, phone) in [("ada of london", ADA), ("ада-李", BOB)] {
            let body = json!({ "loginId": login_id, "phone": phone });
            seen.push(client.post("/v1/auth/otp/signup/sms", body).await.short());
            let code = client.last_code(phone).await;
            seen.push(client.verify(login_id, &code).await.body["user"]["loginIds"].to_string());
            seen.push(client.sign_up_or_in(login_id).await.short());
        }
        seen.join(", ")
    })
}

fn user_id(body: &Value) -> String {
    body["user"]["userId"].as_str().unwrap_or("none").to_owned()
}

pub(in crate::emulator) fn messages(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = String::new();
        for round in 0..40 {
            let phone = format!("+120255501{round:02}");
            client.sign_up_or_in(&phone).await;
            let messages = client.messages(&phone).await;
            let holds_options = |message: &Value| {
                let code = message["token"].as_str().unwrap().to_owned();
                message["body"].as_str().unwrap().split(' ').any(|word| word == code)
            };
            seen += &format!("{} {}; ", messages.len(), messages.iter().all(holds_options));
        }
        // One in ten codes begins with a zero; a hundred without one happen in one run of forty thousand.
        for round in 0..100 {
            let phone = format!("+131255501{round:02}");
            client.sign_up_or_in(&phone).await;
            for message in client.messages(&phone).await {
                let code = message["token"].as_str().unwrap();
                assert!(code.len() == 6);
                seen += if message["body"].as_str().unwrap().contains(code) { "" } else { "lost " };
            }
        }
        let twice = format!("{{\"loginId\":\"{ADA}\",\"loginId\":\"{BOB}\"}}");
        let before = client.messages(BOB).await.len();
        client.post_bytes("/v1/auth/otp/signup-in/sms", twice).await;
        seen + &format!("{}", client.messages(BOB).await.len() - before)
    })
}

pub(in crate::emulator) fn updates(client: Client) -> Seen {
    Box::pin(async move {
        let (ada, bob) = (client.log_in(ADA).await, client.log_in(BOB).await);
        let jwt = ada.jwt("refreshJwt");
        let new = "+12025550142";
        let bearer = format!("{}:{}", client.project(), bob.jwt("refreshJwt"));
        let body = json!({ "loginId": ADA, "phone": new, "addToLoginIDs": true });
        let path = "/v1/auth/otp/update/phone/sms";
        let mut seen = vec![client.post_as(&bearer, path, body.clone()).await.short()];
        let bearer = format!("{}:{jwt}", client.project());
        seen.push(client.post_as(&bearer, path, body).await.short());
        let code = client.last_code(new).await;
        seen.push(client.me(&jwt).await.body[client.member()].to_string());
        seen.push(client.sign_in(new).await.short());
        client.post_as(&bearer, path, json!({ "loginId": ADA, "phone": new })).await;
        let code = if code.is_empty() { code } else { client.last_code(new).await };
        seen.push(client.verify(ADA, &another(&code)).await.short());
        let me = client.with_jwt(Method::GET, "/v1/auth/me", &jwt).await.body;
        seen.push(format!("{} {}", me[client.member()], me["loginIds"]));
        seen.join(", ")
    })
}
