//! The project's public keys, in both generations of the endpoint.

use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::call::Call;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};

pub(crate) async fn current(call: Call) -> Outcome {
    keys(&call).map(|keys| Reply::ok(json!({ "keys": keys })))
}

pub(crate) async fn old(call: Call) -> Outcome {
    keys(&call).map(|keys| Reply::ok(Value::Array(keys)))
}

/// The keys, for anybody: SDKs ask with a bearer and without (descope/descope-dotnet: Descope/Sdk/Auth/JwtValidator.cs).
fn keys(call: &Call) -> Result<Vec<Value>, Refusal> {
    if call.path_tail() != call.server.settings.project_id {
        return Err(Refusal::unknown_project());
    }
    if let Some(refusal) = call.server.bugs.refuse_keys(call.headers.contains_key(AUTHORIZATION)) {
        return Err(refusal);
    }
    let mut jwk = call.server.settings.key.jwk();
    call.server.bugs.corrupt_key(&mut jwk);
    let mut keys = vec![jwk];
    call.server.further_keys(&mut keys);
    Ok(keys)
}
