//! Requests that no client means to send: broken, odd or oversized bytes around one valid JSON body.
//!
//! The list is deterministic and knows nothing of the operation. What a case changes beside the body is
//! said in data, for the sender: header changes, and how the body is framed.

mod headers;
mod text;

use bytes::Bytes;
use serde_json::Value;

pub use headers::{HeaderChange, MalformedBearer};

/// How the body travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    /// With a `content-length`.
    Length,
    /// `transfer-encoding: chunked`, in chunks of so many bytes.
    Chunked(usize),
}

/// One malformed request body, with what changes around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Stable from run to run.
    pub name: String,
    /// The body.
    pub bytes: Bytes,
    /// Changes to the headers of the valid request.
    pub headers: Vec<HeaderChange>,
    /// How the body travels.
    pub framing: Framing,
    /// Whether some lenient reader could still make a JSON value of the bytes: a byte order mark, trailing
    /// bytes, another encoding, comments. Where this is false, no server could have read a request.
    pub completable: bool,
}

impl Malformed {
    fn body(name: impl Into<String>, bytes: impl Into<Vec<u8>>, completable: bool) -> Malformed {
        Malformed {
            name: name.into(),
            bytes: Bytes::from(bytes.into()),
            headers: Vec::new(),
            framing: Framing::Length,
            completable,
        }
    }

    /// A large body that is the same around every valid one, and is in memory once.
    fn shared(name: &str, bytes: &Bytes) -> Malformed {
        Malformed { bytes: bytes.clone(), ..Malformed::body(name, "", true) }
    }

    fn with(mut self, change: HeaderChange) -> Malformed {
        self.headers.push(change);
        self
    }

    fn framed(mut self, framing: Framing) -> Malformed {
        self.framing = framing;
        self
    }
}

/// All malformed forms of a request whose body is `valid`; the same list each time.
pub fn bodies(valid: &Value) -> Vec<Malformed> {
    let text = valid.to_string();
    let mut all = text::not_json(&text);
    all.extend(text::truncated(&text));
    all.extend(text::duplicated(valid));
    all.extend(text::encoded(&text));
    all.extend(text::other_values(valid));
    all.extend(text::oversized(valid));
    all.extend(headers::content_types(&text));
    all.extend(headers::framings(&text));
    all.extend(headers::bearers(&text));
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        json!({ "name": "a", "options": { "locale": "de", "list": [1, true] }, "empty": {} })
    }

    fn named(name: &str) -> Malformed {
        bodies(&sample()).into_iter().find(|case| case.name == name).unwrap()
    }

    #[test]
    fn names_are_unique_and_the_list_is_always_the_same() {
        let cases = bodies(&sample());
        let names: HashSet<&String> = cases.iter().map(|case| &case.name).collect();
        assert_eq!(names.len(), cases.len());
        assert_eq!(cases, bodies(&sample()));
    }

    #[test]
    fn what_nobody_can_complete_does_not_parse() {
        for case in bodies(&sample()).iter().filter(|case| !case.completable) {
            assert!(serde_json::from_slice::<Value>(&case.bytes).is_err(), "{}", case.name);
        }
    }

    #[test]
    fn every_structural_point_is_cut() {
        let text = sample().to_string();
        let cuts: HashSet<usize> = bodies(&sample())
            .iter()
            .filter(|case| case.name.starts_with("truncated-"))
            .map(|case| case.bytes.len())
            .collect();
        for (at, _) in text.match_indices(['{', '[', ',', ':']) {
            assert!(cuts.contains(&(at + 1)), "after byte {at} of {text}");
        }
    }

    #[test]
    fn duplicate_keys_come_in_both_orders() {
        let first = String::from_utf8(named("duplicate-name-other-first").bytes.to_vec()).unwrap();
        let last = String::from_utf8(named("duplicate-name-other-last").bytes.to_vec()).unwrap();
        assert!(first.starts_with(r#"{"name":null,"name":"a","#), "{first}");
        assert!(last.starts_with(r#"{"name":"a","name":null,"#), "{last}");
    }

    #[test]
    fn utf_16_decodes_to_the_same_value() {
        let bytes = named("utf-16-le").bytes;
        let units: Vec<u16> =
            bytes[2..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        assert_eq!(String::from_utf16(&units).unwrap(), sample().to_string());
    }

    #[test]
    fn big_cases_are_as_big_as_they_say() {
        assert!(named("string-of-1-mib").bytes.len() > 1 << 20);
        assert_eq!(named("deep-arrays").bytes.iter().filter(|byte| **byte == b'[').count(), 10_000);
    }
}
