//! What must not matter: the same request as another client would send it.
//!
//! Limits, refusals and acceptances are about users and codes. Who asks by another program, over another connection or
//! with the members of a body in another order gets the same answer, and is counted with the others.

use serde_json::Value;

use crate::drive::Wire;

/// The client that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// Ours, as always.
    Usual,
    /// Another program.
    Other,
    /// A program of its own at each repetition, from an address of its own as it says.
    Repeated(u32),
}

/// The request as this client sends it.
pub(super) fn sent_by(asker: Asker, wire: Wire) -> Wire {
    let nth = match asker {
        Asker::Usual => return wire,
        Asker::Other => 0,
        Asker::Repeated(nth) => nth,
    };
    let mut wire = turned(wire);
    let mut add = |name: &str, value: String| {
        if !wire.headers.iter().any(|(known, _)| known == name) {
            wire.headers.push((name.to_owned(), value));
        }
    };
    add("user-agent", format!("other-client/1.{nth}"));
    if nth > 0 {
        let address = format!("203.0.113.{}", nth % 250 + 1);
        for name in ["x-forwarded-for", "x-real-ip"] {
            add(name, address.clone());
        }
        add("connection", "close".to_owned());
    }
    Wire { other_client: true, ..wire }
}

/// The same object, its members in the other order (RFC 8259, 1: an object is unordered).
fn turned(wire: Wire) -> Wire {
    let Some(Value::Object(members)) = &wire.json else { return wire };
    let turned: serde_json::Map<String, Value> =
        members.iter().rev().map(|(name, value)| (name.clone(), value.clone())).collect();
    let json = Value::Object(turned);
    Wire { body: serde_json::to_vec(&json).unwrap_or_default().into(), json: Some(json), ..wire }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn another_client_asks_for_the_same_in_other_words() {
        let json = json!({ "loginId": "a", "code": "1" });
        let usual = Wire {
            body: json.to_string().into(),
            json: Some(json.clone()),
            headers: vec![("x-real-ip".into(), "203.0.113.9".into())],
            ..Wire::default()
        };
        let same = sent_by(Asker::Usual, usual.clone());
        assert_eq!((same.body, same.other_client), (usual.body.clone(), false));
        let other = sent_by(Asker::Repeated(3), usual.clone());
        assert_eq!((other.json.as_ref(), &*other.body), (Some(&json), &br#"{"code":"1","loginId":"a"}"#[..]));
        let header = |name: &str| other.headers.iter().filter(|(known, _)| known == name).count();
        assert!(other.other_client && header("user-agent") == 1 && header("x-real-ip") == 1);
        let quiet = sent_by(Asker::Other, usual);
        assert!(!quiet.headers.iter().any(|(name, _)| name == "x-forwarded-for"));
    }
}
