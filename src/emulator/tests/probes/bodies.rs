//! Bodies and headers as no client should send them, and some do.

use std::io::{Read, Write};

use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator::tests::client::{ADA, Client};
use crate::emulator::tests::faults::Seen;

const SEND: &str = "/v1/auth/otp/signup-in/sms";

/// Bodies on the edge of what JSON is and beyond it; the answer is the status and the shape of the envelope.
pub(in crate::emulator) fn hostile_bodies(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = String::new();
        for (name, body) in hostile() {
            let answer = client.post_bytes(SEND, body).await;
            let envelope: Vec<_> =
                answer.body.as_object().into_iter().flatten().map(|(name, _)| name).collect();
            let code = answer.body["errorCode"].to_string();
            seen += &format!("{name}: {} {code} {envelope:?}; ", answer.status);
        }
        seen
    })
}

pub(in crate::emulator) fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let valid = format!("{{\"loginId\":\"{ADA}\"}}");
    let with = |member: &str| format!("{{\"loginId\":\"{ADA}\",{member}}}").into_bytes();
    vec![
        ("not json", b"{not json".to_vec()),
        ("truncated", valid.as_bytes()[..valid.len() - 2].to_vec()),
        ("empty", Vec::new()),
        ("byte order mark", [b"\xef\xbb\xbf", valid.as_bytes()].concat()),
        ("invalid utf-8", b"{\"loginId\":\"\xff\xfe\"}".to_vec()),
        ("utf-16", valid.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("deep", [vec![b'['; 10_000], vec![b']'; 10_000]].concat()),
        ("deep and well", with(&format!("\"x\":{}{}", "[".repeat(110), "]".repeat(110)))),
        ("large", with(&format!("\"providerId\":\"{}\"", "x".repeat(100_000)))),
        ("nul", with("\"loginOptions\":{\"customClaims\":{\"a\":\"\\u0000\"}}")),
        ("lone surrogate", with("\"loginOptions\":{\"customClaims\":{\"a\":\"\\ud800\"}}")),
        ("astral", with("\"loginOptions\":{\"customClaims\":{\"a\":\"😀\"}}")),
        ("prototype", with("\"loginOptions\":{\"customClaims\":{\"__proto__\":\"a\"}}")),
        ("array", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("text", b"\"text\"".to_vec()),
        ("number as login id", b"{\"loginId\":2147483647}".to_vec()),
        ("list as options", with("\"loginOptions\":[]")),
        ("no login id", b"{}".to_vec()),
        ("unknown member", with("\"unknown\":1")),
        ("huge number", with("\"providerId\":123456789012345678901234567890")),
        ("huge exponent", with("\"x\":1e999")),
        ("twice", with(&format!("\"loginId\":\"{ADA}\""))),
        ("long login id", format!("{{\"loginId\":\"{}\"}}", "x".repeat(300)).into_bytes()),
        ("quote", b"{\"loginId\":\"o'hara\"}".to_vec()),
        ("escapes", format!("{{\"loginId\":\"\\u002b{}\"}}", &ADA[1..]).into_bytes()),
        ("trailing", format!("{valid} x").into_bytes()),
    ]
}

#[tokio::test]
async fn no_body_ends_in_a_server_error_or_without_an_envelope() {
    let client = Client::new().await;
    for (name, body) in hostile() {
        let answer = client.post_bytes(SEND, body).await;
        assert!(answer.status < 500, "{name}: {}", answer.short());
        assert!(answer.status == 200 || answer.body["errorCode"].is_string(), "{name}: {}", answer.text);
    }
}

/// Authorization in all forms, and framing.
pub(in crate::emulator) fn bearers(client: Client) -> Seen {
    Box::pin(async move {
        let project = client.project().to_owned();
        let body = json!({ "loginId": ADA });
        let mut seen = Vec::new();
        for bearer in [
            format!("bearer {project}"),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            format!("Bearer {project}:a:b:c"),
            format!("Bearer {project}:K2auth"),
            format!("Bearer {project}x"),
            format!("Bearer {}", project.to_lowercase()),
            "Bearer P2OTPConformanceEmulator9999".to_owned(),
        ] {
            let request = client.request(Method::POST, SEND).header("authorization", bearer).json(&body);
            seen.push(client.send(request).await.short());
        }
        seen.push(client.send(client.request(Method::POST, SEND).json(&body)).await.short());
        seen.push(client.post_bytes(SEND, body.to_string()).await.short());
        seen.push(chunked(&client));
        let short_key = client.post_as(&format!("{project}:K2"), "/v2/mgmt/user/search", json!({})).await;
        seen.push(short_key.short());
        seen.push(client.post("/v2/mgmt/user/search", json!({})).await.short());
        let keys = format!("/v2/keys/{project}");
        seen.push(client.get(&keys).await.short());
        seen.push(client.send(client.request(Method::GET, &keys).bearer_auth(&project)).await.short());
        client.log_in(ADA).await;
        let update = json!({ "loginId": ADA, "phone": "+12025550142" });
        seen.push(client.post("/v1/auth/otp/update/phone/sms", update).await.short());
        seen.join(", ")
    })
}

/// A chunked request by hand: the status line, or nothing.
fn chunked(client: &Client) -> String {
    let mut stream = std::net::TcpStream::connect(client.address()).unwrap();
    let body = json!({ "loginId": ADA }).to_string();
    let request = format!(
        "POST {SEND} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\n\
         content-type: application/json\r\nconnection: close\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        client.project(),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _cut_off = stream.read_to_string(&mut answer);
    answer.lines().next().unwrap_or("nothing").to_owned()
}

/// Options that must be accepted, up to their bounds.
pub(in crate::emulator) fn options(client: Client) -> Seen {
    Box::pin(async move {
        let mut seen = Vec::new();
        let claims = |claims: Value| json!({ "loginOptions": { "customClaims": claims } });
        let many = |count: usize| Value::Object((0..count).map(|n| (format!("k{n}"), json!("v"))).collect());
        for (number, mut body) in [
            json!({ "loginOptions": {} }),
            json!({ "loginOptions": { "customClaims": null } }),
            json!({ "loginOptions": { "ssoAppId": null } }),
            json!({ "loginOptions": { "stepup": false, "mfa": false, "revokeOtherSessions": false } }),
            json!({ "loginOptions": { "templateId": "T2a" } }),
            json!({ "templateId": "T2a" }),
            claims(json!({})),
            json!({ "loginOptions": { "pkceChallenge": "YQ==" } }),
            claims(json!({ "k".repeat(60): "v" })),
            claims(json!({ "k".repeat(61): "v" })),
            claims(json!({ "k": "v".repeat(500) })),
            claims(json!({ "k": "é".repeat(500) })),
            claims(json!({ "k": "v".repeat(501) })),
            claims(many(100)),
            claims(many(101)),
            sample(),
        ]
        .into_iter()
        .enumerate()
        {
            body["loginId"] = format!("+120255501{number:02}").into();
            seen.push(client.post(SEND, body).await.short());
        }
        seen.join(", ")
    })
}

/// Every member of the documented sample.
fn sample() -> Value {
    json!({
        "providerId": "sms-1", "ssoAppId": "SA2a",
        "loginOptions": {
            "stepup": false, "customClaims": { "a": "b" }, "mfa": false, "ssoAppId": "SA2a", "templateOptions": { "n": "v" },
            "locale": "en", "pkceChallenge": "YQ==", "revokeOtherSessions": false,
        },
    })
}

#[tokio::test]
async fn bounds_are_where_the_documents_put_them() {
    let accepted = "200 none, 200 none, 200 none, 200 none, 200 none, 200 none, 200 none, 200 none, 200 none, \
                    400 E011003, 200 none, 200 none, 400 E011003, 200 none, 400 E011003, 200 none";
    assert_eq!(options(Client::new().await).await, accepted);
}
