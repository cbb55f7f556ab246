//! One user with a phone and e-mail addresses.

use serde_json::{Value, json};

use crate::emulator::tests::client::{ADA, Answer, Client, another, claims};
use crate::emulator::tests::faults::Seen;

const EVE: &str = "eve@run.example.com";
const FAY: &str = "fay@run.example.com";
const EMAIL: &str = "/v1/auth/otp";

pub(in crate::emulator) fn methods(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = Vec::new();
        let login = client.log_in(ADA).await;
        seen.push(shown(&login));
        let jwt = login.jwt("refreshJwt");
        let unarmed = json!({ "loginId": ADA, "email": FAY });
        seen.push(client.post(&format!("{EMAIL}/update/email"), unarmed).await.short());
        seen.push(update(&client, &jwt, EVE, false).await.short());
        seen.push(shown(&by_mail(&client, ADA, EVE).await));
        // A mailed code beside a text's, and a second factor.
        client.sign_in(ADA).await;
        let sent = sign_in(&client, ADA, json!({}), "").await;
        let code = client.last_code(EVE).await;
        let holds = sent.text.contains(&code);
        seen.push(format!("{} {holds}", sent.body["maskedEmail"]));
        seen.push(shown(&by_mail(&client, ADA, EVE).await));
        sign_in(&client, ADA, json!({ "mfa": true }), &jwt).await;
        seen.push(shown(&by_mail(&client, ADA, EVE).await));
        seen.push(format!("{:?}", (client.messages(ADA).await.len(), client.messages(EVE).await.len())));
        // Codes in a row, spent, guessed and old.
        sign_in(&client, ADA, json!({}), "").await;
        let first = client.last_code(EVE).await;
        sign_in(&client, ADA, json!({}), "").await;
        let second = client.last_code(EVE).await;
        for code in [&first, &second, &second] {
            seen.push(verify(&client, ADA, code).await.short());
        }
        sign_in(&client, ADA, json!({}), "").await;
        let code = client.last_code(EVE).await;
        for _ in 0..6 {
            seen.push(verify(&client, ADA, &another(&code)).await.short());
        }
        sign_in(&client, ADA, json!({}), "").await;
        let code = client.last_code(EVE).await;
        client.post("/emulator/clock", json!({ "advanceMs": 600_000 })).await;
        seen.push(verify(&client, ADA, &code).await.short());
        // A login's code while an update waits, and codes after the update.
        seen.push(update(&client, &jwt, FAY, false).await.short());
        sign_in(&client, ADA, json!({}), "").await;
        seen.push(shown(&by_mail(&client, ADA, EVE).await));
        update(&client, &jwt, FAY, false).await;
        seen.push(shown(&by_mail(&client, ADA, FAY).await));
        sign_in(&client, ADA, json!({}), "").await;
        seen.push(format!("{:?}", (client.messages(EVE).await.len(), client.messages(FAY).await.len())));
        seen.push(sign_in(&client, "new@run.example.com", json!({}), "").await.short());
        client.post(&format!("{EMAIL}/signup-in/email"), json!({ "loginId": "bob@run.example.com" })).await;
        by_mail(&client, "bob@run.example.com", "bob@run.example.com").await;
        seen.push(update(&client, &jwt, "bob@run.example.com", true).await.short());
        seen.join(", ")
    })
}

async fn sign_in(client: &Client, login_id: &str, options: Value, jwt: &str) -> Answer {
    let bearer =
        if jwt.is_empty() { client.project().to_owned() } else { format!("{}:{jwt}", client.project()) };
    let body = json!({ "loginId": login_id, "loginOptions": options });
    client.post_as(&bearer, &format!("{EMAIL}/signin/email"), body).await
}

async fn update(client: &Client, jwt: &str, to: &str, strict: bool) -> Answer {
    let bearer = format!("{}:{jwt}", client.project());
    let body = json!({ "loginId": ADA, "email": to, "failOnConflict": strict, "addToLoginIDs": strict });
    client.post_as(&bearer, &format!("{EMAIL}/update/email"), body).await
}

async fn verify(client: &Client, login_id: &str, code: &str) -> Answer {
    client.post(&format!("{EMAIL}/verify/email"), json!({ "loginId": login_id, "code": code })).await
}

/// A login with the newest code that was mailed to an address.
async fn by_mail(client: &Client, login_id: &str, address: &str) -> Answer {
    let code = match client.messages(address).await.last() {
        Some(message) => message["token"].as_str().unwrap_or_default().to_owned(),
        None => "none".to_owned(),
    };
    verify(client, login_id, &code).await
}

fn shown(login: &Answer) -> String {
    let user = &login.body["user"];
    let amr = if login.status == 200 { claims(&login.jwt("sessionJwt"))["amr"].clone() } else { Value::Null };
    format!("{} {amr} {} {} {}", login.short(), user["email"], user["verifiedEmail"], user["phone"])
}

/// Sign-ups by voice as SDKs write them, and how the code comes.
pub(in crate::emulator) fn calls(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = Vec::new();
        for (number, member) in [("+12025550141", "phone"), ("+12025550142", "voice"), ("+12025550143", "x")]
        {
            let body = json!({ "loginId": number, member: number });
            seen.push(client.post("/v1/auth/otp/signup/voice", body).await.short());
        }
        seen.extend(
            client.messages("+12025550141").await.iter().map(|message| message["method"].to_string()),
        );
        seen.join(", ")
    })
}
