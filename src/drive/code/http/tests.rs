use super::super::testing::{client, serve};
use super::*;
use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::atomic::{AtomicUsize, Ordering};

const LONG: Duration = Duration::from_secs(600);

fn template(text: &str) -> HttpTemplate {
    text.parse().unwrap()
}

#[test]
fn fills_blanks_and_encodes_them() {
    let filled = |text: &str| template(text).fill("http://127.0.0.1:1/", "a b/{phone}?é", "+12025550100");
    assert_eq!(
        filled("{target}/otp/{loginId}?p={phone}#/code"),
        "http://127.0.0.1:1/otp/a%20b%2F%7Bphone%7D%3F%C3%A9?p=%2B12025550100"
    );
    assert_eq!(filled("https://debug.example/x#"), "https://debug.example/x");
}

#[test]
fn says_what_is_wrong_with_a_template() {
    for (text, hint) in [
        ("{target}/otp", "end it with `#/code`"),
        ("{target}/otp#code", "write `#/code`"),
        ("/otp#/code", "is no URL"),
        ("{target}/{login}#/code", "known are {target}, {loginId}, {phone}"),
        ("{target}/{loginId#/code", "is no blank"),
    ] {
        let error = text.parse::<HttpTemplate>().unwrap_err();
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn finds_the_code_where_the_pointer_says() {
    let code =
        |pointer: &str, answer: &str| template(&format!("{{target}}#{pointer}")).code_in(answer.as_bytes());
    assert_eq!(code("/a/0", r#"{"a": ["012345"]}"#), Ok(Some("012345".into())));
    assert_eq!(code("", r#""012345""#), Ok(Some("012345".into())));
    assert_eq!(code("/a", r#"{"a": 123456}"#), Ok(Some("123456".into())));
    for nothing in [r#"{"a": null}"#, r#"{"a": ""}"#, "{}"] {
        assert_eq!(code("/a", nothing), Ok(None), "{nothing}");
    }
    assert!(code("/a", r#"{"a": {}}"#).is_err());
    assert!(code("/a", "012345<").is_err());
}

#[test]
fn says_which_pointer_there_is() {
    let wrong = template("{target}/otp/{loginId}#/code");
    let diagnosis = wrong.diagnosis(StatusCode::OK, br#"{"data": [{"loginId": "a", "otp": "012345"}]}"#);
    assert!(diagnosis.contains("nothing at `/code`") && diagnosis.contains("#/data/0/otp\""), "{diagnosis}");
    assert!(!diagnosis.contains("012345"), "{diagnosis}");
    let diagnosis = wrong.diagnosis(StatusCode::NOT_FOUND, b"{}");
    assert!(diagnosis.contains("answers 404") && diagnosis.contains("mend the URL"), "{diagnosis}");
}

#[tokio::test]
async fn reads_the_newest_code_once() {
    let answers = ["404", r#"{"code": "111111"}"#, r#"{"code": "111111"}"#, r#"{"code": "222222"}"#];
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let answer = move |Path(login_id): Path<String>, RawQuery(query): RawQuery| async move {
        assert_eq!((login_id.as_str(), query.as_deref()), ("ada/1", Some("to=%2B12025550100")));
        match answers[asked.fetch_add(1, Ordering::Relaxed)] {
            "404" => StatusCode::NOT_FOUND.into_response(),
            body => body.into_response(),
        }
    };
    let base = serve(Router::new().route("/otp/{login_id}", get(answer))).await;
    let source = HttpSource::new(client(), template("{target}/otp/{loginId}?to={phone}#/code"), base);
    let first = source.messages("+12025550100", "ada/1", 0, LONG).await.unwrap();
    assert_eq!((first[0].code.as_str(), first[0].seq, first.len()), ("111111", 1, 1));
    let second = source.messages("+12025550100", "ada/1", 1, LONG).await.unwrap();
    assert_eq!((second[0].code.as_str(), second[0].seq, second.len()), ("222222", 2, 1));
    assert_eq!((source.capture(), source.shows_text()), (Capture::LatestOnly, false));
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_an_error() {
    let base = serve(Router::new().fallback(|| async { StatusCode::FORBIDDEN })).await;
    let source = HttpSource::new(client(), template("{target}/{loginId}#/code"), base);
    let error = source.messages("+12025550100", "ada", 0, LONG).await.unwrap_err();
    assert_eq!(error.to_string(), "code source: the debug endpoint answers 403 Forbidden");
}

#[tokio::test]
async fn a_question_whose_connection_is_lost_is_asked_again() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        drop(listener.accept().await.unwrap());
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"code\":\"111111\"}")
            .await
            .unwrap();
    });
    let source = HttpSource::new(client(), template("{target}/{loginId}#/code"), base);
    let found = source.messages("+12025550100", "ada", 0, LONG).await.unwrap();
    assert_eq!(found[0].code, "111111");
}
