//! By what a request is tied to others: its connection, its SDK instance, the users and tokens that it names.

use super::record::Passage;
use crate::exchange::{Answer, Payload};

/// Headers by which an SDK tells its instances apart. Source: descope/node-sdk: lib/index.ts; descope/go-sdk:
/// descope/api/client.go.
const INSTANCE: [&str; 2] = ["x-descope-sdk-session-id", "x-descope-sdk-uuid"];
/// Members that name a person, in requests and answers.
const PERSON: [&str; 6] = ["loginId", "phone", "userId", "loginIds", "sessionJwt", "refreshJwt"];

/// Everything by which a request is tied to others.
pub(super) fn keys(passage: &Passage) -> Vec<String> {
    let (request, answer) = &passage.client;
    let mut keys = vec![format!("connection {}", passage.connection)];
    keys.extend(INSTANCE.iter().filter_map(|name| Some(format!("instance {}", request.header(name)?))));
    let mut add = |text: &str| {
        if !text.is_empty() {
            keys.push(format!("person {}", plain(text)));
        }
    };
    if let Payload::Json(body) = &request.body {
        persons(body, "", &mut add);
    }
    if let Answer::Response(response) = answer
        && let Payload::Json(body) = &response.body
        && passage.operation.is_some()
    {
        persons(body, "", &mut add);
    }
    // A JWT is the only part of a bearer with dots in it.
    let bearer = request.header("authorization").unwrap_or_default();
    bearer.split(':').filter(|part| part.matches('.').count() == 2).for_each(&mut add);
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    for pair in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if PERSON.contains(&pair.0) {
            add(&percent_encoding::percent_decode_str(pair.1).decode_utf8_lossy());
        }
    }
    keys
}

fn persons(value: &serde_json::Value, key: &str, add: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::String(text) if PERSON.contains(&key) => add(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| persons(item, key, add)),
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(key, member)| persons(member, key, add));
        }
        _ => {}
    }
}

/// One spelling of a number.
pub(super) fn plain(text: &str) -> String {
    match text.starts_with('+') {
        true => text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        false => text.to_owned(),
    }
}

/// Only dashes are a spelling that a server has to understand.
pub(super) fn is_dashed(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+' || byte == b'-')
}
