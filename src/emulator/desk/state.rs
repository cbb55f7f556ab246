//! What the page shows, as JSON: the latest messages, users with their codes and sessions, clock and switches.

use serde_json::{Value, json};

use super::super::clock::Millis;
use super::super::code::{Code, Origin};
use super::super::fault::Fault;
use super::super::state::Server;
use super::super::user::{Status, User};
use super::super::variant::Variant;

/// Users that are shown: the latest.
const USERS: usize = 100;

pub(super) fn of(server: &Server) -> Value {
    let now = server.clock.now();
    let store = server.store();
    let mut messages: Vec<Value> =
        store.inbox.messages(None, 0).iter().map(|message| message.to_json()).collect();
    messages.reverse();
    let all = store.users().count();
    let mut users: Vec<Value> =
        store.users().skip(all.saturating_sub(USERS)).map(|user| shown(server, user, now)).collect();
    users.reverse();
    let faults = Fault::ALL.iter().map(|fault| row(fault.name(), fault.doc(), server.bugs.has(*fault)));
    let variants =
        Variant::ALL.iter().map(|variant| row(variant.name(), variant.doc(), server.variants.has(*variant)));
    json!({
        "projectId": server.settings.project_id,
        "aheadMs": server.clock.ahead(),
        "messages": messages,
        "users": users,
        "usersInAll": all,
        "faults": faults.collect::<Vec<_>>(),
        "variants": variants.collect::<Vec<_>>(),
    })
}

fn row(name: &str, doc: &str, on: bool) -> Value {
    json!({ "name": name, "about": doc, "on": on })
}

fn shown(server: &Server, user: &User, now: Millis) -> Value {
    let waits = |code: &&Code| !code.locked() && !server.expired(code, now);
    let code = user.codes.iter().rfind(waits).map(|code| {
        // What the user reads is what was sent, whether or not it is what the server stored.
        let message = user.last_message.as_ref().filter(|_| code.origin == Origin::Sent);
        message.map_or(code.value.as_str(), |message| message.token.as_str())
    });
    let status = if user.status == Status::Pending { "signing up" } else { user.status.name() };
    let live = user.sessions.iter().filter(|session| session.ends > now && session.ended.is_none());
    json!({
        "userId": user.id.to_string(),
        "loginIds": user.login_ids,
        "phone": user.phone,
        "status": status,
        "test": user.test,
        "code": code,
        "sessions": live.map(|session| json!({ "endsMs": session.ends, "amr": session.amr })).collect::<Vec<_>>(),
    })
}
