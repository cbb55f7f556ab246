//! One request and what became of it, as plain data.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much of a body that is not JSON is kept: enough to recognise it, too little to fill a disk.
const KEPT: usize = 2048;

/// A body, sent or received.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// No bytes at all.
    #[default]
    Empty,
    /// Bytes that are one JSON text.
    Json(Value),
    /// Anything else: its length in bytes and its beginning, decoded leniently.
    Other {
        /// Length of the whole body in bytes.
        bytes: usize,
        /// The first two kilobytes, invalid UTF-8 replaced.
        text: String,
    },
}

impl Payload {
    /// Reads a body as it came from the wire. JSON is what the grammar of RFC 8259 allows, whatever our parser takes.
    pub fn from_bytes(bytes: &[u8]) -> Payload {
        if bytes.is_empty() {
            return Payload::Empty;
        }
        super::read_json(bytes).map_or_else(|| Payload::beginning(bytes), Payload::Json)
    }

    /// Reads a body as it is sent. Text that a value would show in part only is kept as text: a name occurs twice in it, or
    /// parsers differ on it.
    pub fn sent(bytes: &[u8]) -> Payload {
        if super::repeats_a_member(bytes) { Payload::beginning(bytes) } else { Payload::of_client(bytes) }
    }

    /// Reads a body as a client sends it. Text on which parsers differ is kept as text: a server that refuses it is right,
    /// as is one that takes it.
    pub fn of_client(bytes: &[u8]) -> Payload {
        if bytes.is_empty() {
            return Payload::Empty;
        }
        serde_json::from_slice(bytes).map_or_else(|_| Payload::beginning(bytes), Payload::Json)
    }

    /// Keeps the beginning of a body only, whatever it is: for bodies too large to be kept or read.
    pub fn beginning(bytes: &[u8]) -> Payload {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT)]).into_owned();
        Payload::Other { bytes: bytes.len(), text }
    }

    /// Whether nothing of the body is missing here.
    pub fn is_whole(&self) -> bool {
        !matches!(self, Payload::Other { bytes, .. } if *bytes > KEPT)
    }

    /// The body as text, as far as it is kept; JSON in its shortest writing.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Payload::Empty => None,
            Payload::Json(value) => Some(Cow::Owned(value.to_string())),
            Payload::Other { text, .. } => Some(Cow::Borrowed(text)),
        }
    }

    /// The JSON value, if it is one.
    pub fn json(&self) -> Option<&Value> {
        match self {
            Payload::Json(value) => Some(value),
            _ => None,
        }
    }

    /// The value at a JSON pointer, if the body is JSON and has one there.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        let value = self.json()?;
        // Most pointers are plain names, and thousands are followed for every case.
        match pointer.strip_prefix('/') {
            Some(name) if !name.contains(['/', '~']) && value.is_object() => value.get(name),
            _ => value.pointer(pointer),
        }
    }

    /// The string at a JSON pointer.
    pub fn str_at(&self, pointer: &str) -> Option<&str> {
        self.at(pointer).and_then(Value::as_str)
    }
}

/// One request as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// HTTP method, upper case.
    pub method: String,
    /// Path and query, without scheme and host.
    pub path: String,
    /// Header fields in the order sent; names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: Payload,
}

impl Request {
    /// The path without its query.
    pub fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The first value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }
}

/// One answer as it was received.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header fields in the order received; names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: Payload,
}

impl Response {
    /// The first value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// Status 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Status 400 to 499.
    pub fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status)
    }

    /// Whether it says "not now": a limit of requests or messages is reached, or the server is busy. A guess too many is
    /// refused for good, whatever the status. Source: docs: Rate Limiting; RFC 9110, 10.2.3 and 15.6.4.
    pub fn says_not_now(&self) -> bool {
        match self.status {
            429 => !self.error_code().is_some_and(|code| code.starts_with("E0611")),
            503 => self.header("retry-after").is_some(),
            _ => false,
        }
    }

    /// Whether the request was refused for how it came, and its operation did not look at it: "not now", or not without a
    /// length of the body. Source: RFC 9110, 15.5.12; RFC 9112, 6.3.
    pub fn was_not_read(&self) -> bool {
        self.status == 411 || self.says_not_now()
    }

    /// How long to wait before the next request, where it says so in whole seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }

    /// The envelope's `errorCode`, if there is one.
    pub fn error_code(&self) -> Option<&str> {
        self.body.str_at("/errorCode")
    }
}

fn first<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Why there is no answer. None of these tells whether the request had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// No connection could be made; the request was not sent.
    Unreachable,
    /// The connection ended before a whole answer had come.
    Dropped,
    /// No whole answer within the time limit.
    TimedOut,
    /// Bytes came that are not an HTTP answer.
    Garbled,
    /// The answer was larger than is read, and was cut off.
    TooLarge,
    /// The body came in a content coding that cannot be undone.
    Undecodable,
}

impl Loss {
    /// Whether nothing came: an answer that is not read is one all the same.
    pub fn is_silence(self) -> bool {
        !matches!(self, Loss::TooLarge | Loss::Undecodable)
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Loss::Unreachable => "no connection",
            Loss::Dropped => "connection dropped before the answer",
            Loss::TimedOut => "no answer in time",
            Loss::Garbled => "not an HTTP answer",
            Loss::TooLarge => "answer cut off: larger than is read",
            Loss::Undecodable => "an answer in a content coding that cannot be undone",
        })
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// An answer came.
    Response(Response),
    /// None came; the effect is unknown, unless the loss is [`Loss::Unreachable`].
    Lost(Loss),
}

impl Answer {
    /// The response, if one came.
    pub fn response(&self) -> Option<&Response> {
        match self {
            Answer::Response(response) => Some(response),
            Answer::Lost(_) => None,
        }
    }
}
