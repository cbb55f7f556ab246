//! A connector on loopback, honest and not.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

use super::super::testing::client;
use super::*;
use crate::drive::code::{CodeSource, Cursor, Message};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(1);
const ADA: &str = "+12025550100";

async fn gateway(access: Access) -> Listener {
    Listener::gateway(Connector::Sms, SocketAddr::from(([127, 0, 0, 1], 0)), access).await.unwrap()
}

fn payload(recipient: &str, code: &str) -> String {
    json!({"recipient": recipient, "body": format!("Code {code}"), "sender": "otpc", "token": code})
        .to_string()
}

async fn bring(gateway: &Listener, headers: &[(&str, &str)], payload: String) -> u16 {
    let mut request = client().post(format!("http://{}/any/path", gateway.address())).body(payload);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

async fn codes(gateway: &Listener, to: &str, after: Cursor, patience: Duration) -> Vec<String> {
    let found = gateway.messages(to, "ada", after, patience).await.unwrap();
    found.into_iter().map(|message| message.code).collect()
}

#[tokio::test]
async fn wakes_whoever_waits_for_this_recipient() {
    let gateway = gateway(Access::default()).await;
    let messages = async {
        // Polled first by join, so that it waits already.
        gateway.messages(ADA, "ada", 0, LONG).await.unwrap()
    };
    let posts = async {
        assert_eq!(bring(&gateway, &[], payload("+12025550101", "111111")).await, 200);
        assert_eq!(bring(&gateway, &[], payload("+1 202-555-0100", "222222")).await, 200);
    };
    let (found, ()) = tokio::join!(messages, posts);
    let expected = Message {
        to: "+1 202-555-0100".into(),
        code: "222222".into(),
        text: Some("Code 222222".into()),
        others: 0,
        method: None,
        seq: 2,
    };
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn keeps_messages_by_recipient_in_order() {
    let gateway = gateway(Access::default()).await;
    for (to, code) in [(ADA, "111111"), ("+12025550101", "222222"), (ADA, "333333"), (ADA, "333333")] {
        bring(&gateway, &[], payload(to, code)).await;
    }
    assert_eq!(codes(&gateway, ADA, 0, LONG).await, ["111111", "333333", "333333"]);
    assert_eq!(codes(&gateway, ADA, 1, LONG).await, ["333333", "333333"]);
    assert_eq!(codes(&gateway, "+12025550101", 0, Duration::ZERO).await, ["222222"]);
    assert_eq!(codes(&gateway, "+12025550101", 2, Duration::ZERO).await, [""; 0]);
    assert_eq!(codes(&gateway, "+12025550102", 0, SHORT).await, [""; 0]);
}

#[tokio::test]
async fn believes_only_who_brings_the_right_credentials() {
    let basic = format!("basic {}", BASE64_STANDARD.encode("ada:s3cret"));
    let wrong_basic = format!("Basic {}", BASE64_STANDARD.encode("ada:secret"));
    let cases = [
        (
            Credentials::Bearer("t0ken".into()),
            ("Authorization", "Bearer t0ken"),
            ("Authorization", "Bearer t0ke"),
        ),
        (
            Credentials::Bearer("t0ken".into()),
            ("authorization", "bearer t0ken"),
            ("authorization", "Basic t0ken"),
        ),
        (
            Credentials::Basic { username: "ada".into(), password: "s3cret".into() },
            ("authorization", basic.as_str()),
            ("authorization", wrong_basic.as_str()),
        ),
        (
            Credentials::ApiKey { header: "X-Key".into(), token: "k3y".into() },
            ("x-key", "k3y"),
            ("x-key", "k3y2"),
        ),
    ];
    for (credentials, right, wrong) in cases {
        let gateway = gateway(Access { credentials: credentials.clone(), hmac_secret: None }).await;
        for headers in [&[wrong][..], &[]] {
            assert_eq!(
                bring(&gateway, headers, payload(ADA, "111111")).await,
                401,
                "{credentials:?} {headers:?}"
            );
        }
        assert_eq!(bring(&gateway, &[right], payload(ADA, "222222")).await, 200, "{credentials:?}");
        assert_eq!(codes(&gateway, ADA, 0, SHORT).await, ["222222"], "{credentials:?}");
    }
}

#[tokio::test]
async fn believes_only_a_fitting_signature() {
    let gateway = gateway(Access { hmac_secret: Some("s3cret".into()), ..Access::default() }).await;
    let sign = |secret: &str, text: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let text = payload(ADA, "111111");
    let tag = sign("s3cret", &BASE64_STANDARD.encode(&text));
    let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    for right in [BASE64_STANDARD.encode(&tag), hex] {
        assert_eq!(
            bring(&gateway, &[("x-descope-webhook-s256", &right)], text.clone()).await,
            200,
            "{right}"
        );
    }
    let wrong =
        [sign("s3cre", &BASE64_STANDARD.encode(&text)), sign("s3cret", &text), Vec::new(), vec![0xE9]];
    for tag in wrong.iter().map(|tag| BASE64_STANDARD.encode(tag)) {
        assert_eq!(bring(&gateway, &[("x-descope-webhook-s256", &tag)], text.clone()).await, 401, "{tag}");
    }
    assert_eq!(bring(&gateway, &[], text).await, 401);
    assert_eq!(codes(&gateway, ADA, 0, SHORT).await, ["111111", "111111"]);
}

#[tokio::test]
async fn a_message_turned_away_is_no_silence() {
    let gateway =
        gateway(Access { credentials: Credentials::Bearer("t0ken".into()), hmac_secret: None }).await;
    bring(&gateway, &[], payload(ADA, "111111")).await;
    let error = gateway.messages(ADA, "ada", 0, SHORT).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "code source: the SMS gateway turned a message away: its bearer token is missing or wrong"
    );
    assert_eq!(codes(&gateway, "+12025550101", 0, SHORT).await, [""; 0], "another user's message");
    assert_eq!(codes(&gateway, ADA, 1, SHORT).await, [""; 0], "an old refusal");
}

#[tokio::test]
async fn an_unreadable_message_may_have_been_anybodys() {
    for body in ["not JSON", r#"{"recipient": "+12025550100"}"#, r#"{"recipient": "", "token": "1"}"#] {
        let gateway = gateway(Access::default()).await;
        assert_eq!(bring(&gateway, &[], body.into()).await, 400, "{body}");
        let error = gateway.messages(ADA, "ada", 0, SHORT).await.unwrap_err().to_string();
        assert!(error.contains("its payload"), "{error}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = gateway(Access::default()).await;
    let error =
        Listener::gateway(Connector::Sms, first.address(), Access::default()).await.unwrap_err().to_string();
    assert!(error.contains(&format!("cannot listen on {}", first.address())), "{error}");
    assert!(error.contains("name another with sms-gateway=ADDRESS:PORT"), "{error}");
}

#[tokio::test]
async fn it_stops_when_dropped() {
    let first = gateway(Access::default()).await;
    let address = first.address();
    drop(first);
    for _ in 0..10_000 {
        if Listener::gateway(Connector::Sms, address, Access::default()).await.is_ok() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{address} is still in use");
}

#[test]
fn secrets_are_not_printed() {
    let basic = Credentials::Basic { username: "ada".into(), password: "s3cret".into() };
    let access = Access { credentials: basic, hmac_secret: Some("hmac".into()) };
    assert_eq!(format!("{access:?}"), "Access { credentials: Basic, signed: true }");
}
