//! The emulator's own endpoints: health, the inbox, the clock, and a fresh start.

use serde_json::{Value, json};

use super::call::Call;
use super::code::{Code, Origin};
use super::fields::Fields;
use super::phone;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::variant::Variant;

/// Furthest single move of the clock: ten years.
const FURTHEST: u64 = 10 * 366 * 24 * 60 * 60 * 1000;

pub(crate) async fn health(_: Call) -> Outcome {
    Ok(Reply::ok(json!({ "status": "ok" })))
}

/// The code that waits for this login ID.
pub(crate) async fn pending_code(call: Call) -> Outcome {
    let login_id = call.path_tail();
    let store = call.server.store();
    let user = store.find(&login_id).and_then(|id| store.user(id)).ok_or_else(Refusal::no_pending_code)?;
    let waits = |code: &&Code| !code.locked() && !call.server.expired(code, call.now);
    let code = user.codes.iter().rfind(waits).ok_or_else(Refusal::no_pending_code)?;
    // What the user reads is what was sent, whether or not it is what the server stored.
    let message = user.last_message.as_ref().filter(|_| code.origin == Origin::Sent);
    let code = message.map_or(&code.value, |message| &message.token);
    Ok(Reply::ok(json!({ "loginId": login_id, "code": code })))
}

/// Messages to `to`, or the latest to anybody; with `after`, only those that came later. Several recipients may be
/// asked for at once, the first `after` being for the first of them; `asked` says how many were understood.
pub(crate) async fn messages(call: Call) -> Outcome {
    let asked = questions(&call)?;
    let store = call.server.store();
    let found = asked.iter().flat_map(|(to, after)| store.inbox.messages(to.as_deref(), *after));
    let mut messages: Vec<Value> = found.map(|message| message.to_json()).collect();
    if call.server.variants.has(Variant::NewestMessageFirst) {
        messages.reverse();
    }
    Ok(Reply::ok(json!({ "messages": messages, "asked": asked.len() })))
}

/// Recipients, each with the last message that is known of it.
fn questions(call: &Call) -> Result<Vec<(Option<String>, u64)>, Refusal> {
    let number =
        |text: String| text.parse::<u64>().map_err(|_| Refusal::invalid("after", "must be a message number"));
    let after: Vec<u64> = call.queries("after").into_iter().map(number).collect::<Result<_, _>>()?;
    let mut after = after.into_iter().chain(std::iter::repeat(0));
    let recipient = |to: String| phone::canonical(&to).unwrap_or(to);
    let asked: Vec<_> = call.queries("to").into_iter().map(recipient).map(Some).zip(after.by_ref()).collect();
    // Without a recipient all are meant.
    Ok(if asked.is_empty() { vec![(None, after.next().unwrap_or(0))] } else { asked })
}

pub(crate) async fn advance(call: Call) -> Outcome {
    let members = call.object()?;
    let by = Fields::of(&members).count("advanceMs")?.ok_or_else(|| Refusal::missing("advanceMs"))?;
    let by = i64::try_from(by.min(FURTHEST)).unwrap_or_default();
    call.server.clock.advance(by);
    Ok(Reply::ok(json!({ "now": call.server.clock.now() })))
}

/// Forgets users, messages and clock moves.
pub(crate) async fn reset(call: Call) -> Outcome {
    call.server.forget();
    call.server.clock.reset();
    Ok(Reply::nothing())
}
