//! Codes: superseded, spent, guessed at, outlived.

use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator::tests::client::{ADA, BOB, Client, another};
use crate::emulator::tests::faults::Seen;

pub(in crate::emulator) fn supersession(client: Client) -> Seen {
    Box::pin(async move {
        let (old, new) = (client.issue(ADA).await, client.issue(ADA).await);
        let mut seen = format!("{}", old == new);
        for code in [&old, &new, &new, &new] {
            seen += &format!(", {}", client.verify(ADA, code).await.short());
        }
        seen
    })
}

pub(in crate::emulator) fn later_resends(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = String::new();
        for _ in 0..3 {
            let mut old = client.issue(ADA).await;
            for _ in 0..6 {
                let new = client.issue(ADA).await;
                seen += &format!("{} ", client.verify(ADA, &old).await.status);
                old = new;
            }
            client.advance(61).await;
        }
        seen
    })
}

pub(in crate::emulator) fn other_initiations(client: Client) -> Seen {
    Box::pin(async move {
        let first = client.issue(ADA).await;
        client.sign_up(ADA).await;
        let mut seen = format!("{}", client.verify(ADA, &first).await.status);
        client.log_in(ADA).await;
        let first = client.issue(ADA).await;
        client.sign_in(ADA).await;
        seen += &format!(" {}", client.verify(ADA, &first).await.status);
        seen
    })
}

pub(in crate::emulator) fn two_users(client: Client) -> Seen {
    Box::pin(async move {
        let ada = client.issue(ADA).await;
        let bob = client.issue(BOB).await;
        for _ in 0..5 {
            client.verify(BOB, &another(&bob)).await;
        }
        let mut seen = client.verify(ADA, &ada).await.short();
        let ada = client.issue(ADA).await;
        client.issue(BOB).await;
        seen += &format!(", {}", client.verify(BOB, &ada).await.status);
        seen
    })
}

pub(in crate::emulator) fn with_a_session(client: Client) -> Seen {
    Box::pin(async move {
        let jwt = client.log_in(ADA).await.jwt("refreshJwt");
        let code = client.issue(ADA).await;
        let bearer = format!("{}:{jwt}", client.project());
        let body = json!({ "loginId": ADA, "code": code });
        client.post_as(&bearer, "/v1/auth/otp/verify/sms", body).await;
        client.verify(ADA, &code).await.short()
    })
}

/// A code lives through sends that are refused.
pub(in crate::emulator) fn refused_sends(client: Client) -> Seen {
    Box::pin(async move {
        client.log_in(ADA).await;
        let code = client.issue(ADA).await;
        client.sign_up(ADA).await;
        let mut seen = client.verify(ADA, &code).await.short();
        let code = client.issue(ADA).await;
        client
            .post(
                "/v1/auth/otp/signup-in/sms",
                json!({ "loginId": ADA, "loginOptions": { "stepup": "yes" } }),
            )
            .await;
        seen += &format!(", {}", client.verify(ADA, &code).await.short());
        let mut code = String::new();
        while client.sign_up_or_in(ADA).await.status == 200 {
            code = client.last_code(ADA).await;
        }
        seen +=
            &format!(", {}, {}", client.messages(ADA).await.len(), client.verify(ADA, &code).await.short());
        seen
    })
}

pub(in crate::emulator) fn resend_limit(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = String::new();
        for _ in 0..11 {
            seen += &format!("{} ", client.sign_up_or_in(ADA).await.short());
        }
        let last = client.sign_up_or_in("+1-202-555-0101").await;
        let wait = last.headers.get("retry-after").and_then(|value| value.to_str().ok()).unwrap_or("none");
        seen + &format!(
            "{} {}",
            last.short(),
            wait.parse::<u64>().map_or(wait.to_owned(), |_| "seconds".into())
        )
    })
}

/// Guesses that are nearly the code, or nothing like one.
pub(in crate::emulator) fn near_misses(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = String::new();
        let code = client.issue(ADA).await;
        let last = if code.ends_with('9') { "8" } else { "9" };
        for guess in [json!(code[..3]), json!(format!("{code}1")), json!(format!("{}{last}", &code[..5]))] {
            seen += &short_verify(&client, ADA, json!({ "code": guess })).await;
        }
        client.advance(61).await;
        let code = client.issue(ADA).await;
        for body in [
            json!({ "code": format!("0{code}") }),
            json!({ "code": "000000" }),
            json!({ "code": null }),
            json!({ "code": "" }),
            json!({}),
            json!({ "code": [code, "1"] }),
            json!({ "code": { "$ne": "" } }),
        ] {
            seen += &short_verify(&client, ADA, body).await;
        }
        let wrong = client.verify(ADA, &another(&code)).await;
        seen += &format!("{} ", wrong.text.contains(&code));
        seen + &client.verify("+12025550177", &code).await.short()
    })
}

async fn short_verify(client: &Client, login_id: &str, mut body: serde_json::Value) -> String {
    body["loginId"] = login_id.into();
    format!("{}, ", client.post("/v1/auth/otp/verify/sms", body).await.short())
}

pub(in crate::emulator) fn time_passes(client: Client) -> Seen {
    Box::pin(async move {
        let code = client.issue(ADA).await;
        client.advance(59).await;
        let mut seen = client.verify(ADA, &code).await.short();
        let code = client.issue(ADA).await;
        client.advance(120).await;
        client.verify(ADA, &another(&code)).await;
        client.advance(61).await;
        seen += &format!(", {}", client.verify(ADA, &code).await.short());
        seen
    })
}

pub(in crate::emulator) fn guessing(client: Client) -> Seen {
    Box::pin(async move {
        let code = client.issue(ADA).await;
        let mut seen = String::new();
        for _ in 0..6 {
            seen += &format!("{}, ", client.verify(ADA, &another(&code)).await.short());
        }
        seen + &client.verify(ADA, &code).await.short()
    })
}

/// What differs from a right request in one thing: no bearer, another spelling, another door, another moment.
/// Guesses and messages by a program with another name and address at each, and members in another order.
pub(in crate::emulator) fn other_clients(client: Client) -> Seen {
    Box::pin(async move {
        let code = client.issue(ADA).await;
        let other = async |path: &str, nth: u32, body: Value| {
            let path = format!("/v1/auth/otp/{path}");
            let asked = client.request(Method::POST, &path).bearer_auth(client.project()).json(&body);
            let asked = asked.header("user-agent", format!("other/{nth}"));
            client.send(asked.header("x-forwarded-for", format!("203.0.113.{nth}"))).await.short()
        };
        let mut seen = Vec::new();
        for nth in 0..6 {
            seen.push(other("verify/sms", nth, json!({ "loginId": ADA, "code": another(&code) })).await);
        }
        seen.push(client.verify(ADA, &code).await.short());
        for nth in 0..12 {
            seen.push(other("signup-in/sms", nth, json!({ "loginId": BOB })).await);
        }
        let code = client.last_code(BOB).await;
        seen.push(other("verify/sms", 0, json!({ "code": code, "loginId": BOB })).await);
        seen.join(", ")
    })
}

pub(in crate::emulator) fn one_flaw(client: Client) -> Seen {
    Box::pin(async move {
        let verify = "/v1/auth/otp/verify/sms";
        let code = client.issue(ADA).await;
        let body = json!({ "loginId": ADA, "code": code });
        let bare = client.request(Method::POST, verify).json(&body);
        let mut seen = client.send(bare).await.short();
        let asked =
            client.request(Method::POST, "/v1/auth/otp/signup-in/sms").json(&json!({ "loginId": BOB }));
        seen += &format!(", {}", client.send(asked.header("x-forwarded-for", "127.0.0.1")).await.short());
        let code = client.issue(ADA).await;
        for _ in 0..6 {
            client.verify("+1-202-555-0101", &another(&code)).await;
        }
        seen += &format!(", {}", client.verify(ADA, &code).await.short());
        client.advance(61).await;
        let login = client.log_in(BOB).await;
        let spent = client.last_code(BOB).await;
        client.advance(15).await;
        seen += &format!(", {}", client.verify(BOB, &spent).await.short());
        let bearer = format!("{}:{}", client.project(), login.jwt("refreshJwt"));
        let body = json!({ "loginId": BOB, "phone": "+12025550179" });
        for _ in 0..11 {
            let sent = client.post_as(&bearer, "/v1/auth/otp/update/phone/sms", body.clone()).await;
            seen += &format!(", {}", sent.status);
        }
        seen
    })
}
