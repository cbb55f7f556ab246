//! Which test a request belongs to, as the tests themselves say it.
//!
//! Three ways, and the nearest wins: a header on the request, a base URL of the test's own
//! (`http://127.0.0.1:4601/proxy/as/NAME`), and a mark that holds until the next (`POST /proxy/mark`).

use axum::http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The header that names the test of one request. It goes no further than the proxy.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-otp-conformance-test");

/// Where the proxy's own endpoints are.
const OWN: &str = "/proxy/";

/// The longest name that is kept, in characters.
const LONGEST: usize = 160;

/// What the path of a request is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The proxy itself: a mark.
    Mark,
    /// The proxy itself, but it has nothing there.
    Nowhere,
    /// Another host, as far as the client can know: see [`elsewhere`].
    Elsewhere {
        /// The path that it was sent to.
        path: String,
    },
    /// The upstream, on behalf of a test if it says so.
    Upstream {
        /// The test's name.
        test: Option<String>,
        /// Path and query as the upstream gets them.
        path: String,
    },
}

/// Another host's address, to redirect a client to: the proxy by another name. To a client that is another origin.
pub(super) fn elsewhere(other_name: &str, path: &str) -> String {
    format!("{other_name}{OWN}elsewhere{path}")
}

/// Reads path and query.
pub(super) fn place(path: &str) -> Place {
    let Some(own) = path.strip_prefix(OWN) else {
        return Place::Upstream { test: None, path: path.to_owned() };
    };
    if own.split('?').next() == Some("mark") {
        return Place::Mark;
    }
    if let Some(rest) = own.strip_prefix("elsewhere/") {
        return Place::Elsewhere { path: format!("/{rest}") };
    }
    let Some((test, rest)) = own.strip_prefix("as/").and_then(|named| named.split_once('/')) else {
        return Place::Nowhere;
    };
    Place::Upstream { test: name(&percent_decode_str(test).decode_utf8_lossy()), path: format!("/{rest}") }
}

/// The test that a header names; the header is taken out.
pub(super) fn taken(headers: &mut HeaderMap) -> Option<String> {
    let named = headers.remove(HEADER)?;
    name(named.to_str().ok()?)
}

/// The name in a mark's body: `{"name": "…"}` or plain text. None ends the mark before.
pub(super) fn read(body: &[u8]) -> Option<String> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(members)) => name(members.get("name")?.as_str()?),
        Ok(Value::String(text)) => name(&text),
        _ => name(&String::from_utf8_lossy(body)),
    }
}

/// The name as reports show it: one line, not too long.
fn name(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|it| !it.is_empty()).collect();
    let name: String = words.join(" ").chars().take(LONGEST).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_of_its_own_names_a_test_and_is_taken_off() {
        let upstream = |test: Option<&str>, path: &str| Place::Upstream {
            test: test.map(str::to_owned),
            path: path.to_owned(),
        };
        assert_eq!(place("/v1/auth/me?x=1"), upstream(None, "/v1/auth/me?x=1"));
        assert_eq!(
            place("/proxy/as/test_otp.py::test_a%20b/v1/auth/me?x=1"),
            upstream(Some("test_otp.py::test_a b"), "/v1/auth/me?x=1")
        );
        assert_eq!((place("/proxy/mark"), place("/proxy/mark?x=1")), (Place::Mark, Place::Mark));
        assert_eq!((place("/proxy/as/x"), place("/proxy/")), (Place::Nowhere, Place::Nowhere));
    }

    #[test]
    fn a_name_is_one_line_of_text() {
        assert_eq!(read(br#"{"name":"a::b"}"#).as_deref(), Some("a::b"));
        assert_eq!(read(b"a\n  b\x1b").as_deref(), Some("a b"));
        assert_eq!((read(b""), read(br#"{"name":""}"#), read(br#"{}"#)), (None, None, None));
        assert_eq!(read("x".repeat(1000).as_bytes()).map(|name| name.len()), Some(LONGEST));
        let mut headers = HeaderMap::from_iter([(HEADER, "a::b".parse().unwrap())]);
        assert_eq!((taken(&mut headers).as_deref(), headers.len()), (Some("a::b"), 0));
    }
}
