//! Reads every text that the grammar of RFC 8259 allows.
//!
//! A server may give back what an earlier request brought: half a surrogate pair, a number beyond every type, a depth of
//! thousands. Our parser refuses them, and the grammar does not. They are replaced by the nearest that it takes.

use serde_json::Value;

use super::grammar::is_json;

/// Half a surrogate pair is read as this.
const REPLACEMENT: &str = "\\ufffd";
/// A number beyond this is read as this.
const LARGEST: f64 = f64::MAX;
/// What lies deeper is read as null; the parser goes no deeper than 128.
const DEEPEST: usize = 120;

/// The value of a text; `None` where it is not JSON.
pub(crate) fn read_json(bytes: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Some(value);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    is_json(text).then(|| serde_json::from_str(&readable(text)).ok())?
}

/// A JSON text that a parser takes, of one that the grammar allows.
fn readable(text: &str) -> String {
    let (mut out, mut rest, mut depth) = (String::with_capacity(text.len()), text, 0_usize);
    while let Some(symbol) = rest.chars().next() {
        let length = match symbol {
            '"' => string(rest),
            '-' | '0'..='9' => number(rest),
            _ => symbol.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        depth += usize::from(matches!(symbol, '[' | '{'));
        match symbol {
            _ if depth > DEEPEST => {
                let outermost = depth == DEEPEST + 1 && matches!(symbol, ']' | '}');
                out.push_str(if outermost { "null" } else { "" });
            }
            '"' => halves_replaced(token, &mut out),
            '-' | '0'..='9' if token.parse().is_ok_and(f64::is_infinite) => {
                out.push_str(&format!("{}{LARGEST:e}", if symbol == '-' { "-" } else { "" }));
            }
            _ => out.push_str(token),
        }
        depth -= usize::from(matches!(symbol, ']' | '}'));
    }
    out
}

/// Length of the string literal that a text begins with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Length of the number that a text begins with.
fn number(text: &str) -> usize {
    text.bytes().position(|byte| !b"+-.eE0123456789".contains(&byte)).unwrap_or(text.len())
}

/// A string literal in which each half of a surrogate pair that is alone is replaced.
fn halves_replaced(literal: &str, out: &mut String) {
    let mut rest = literal;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (length, half) = match (unit(&rest[at..]), rest.get(at + 6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(first), _) => (6, matches!(first, 0xD800..=0xDFFF)),
            (None, _) => (2, false),
        };
        let (escape, after) = rest[at..].split_at(length);
        out.push_str(if half { REPLACEMENT } else { escape });
        rest = after;
    }
    out.push_str(rest);
}

/// The UTF-16 unit of an escape that a text begins with.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_grammar_allows_is_read() {
        for (text, due) in [
            (
                r#"{"a":"\udc00","b":"x\ud83d\ude00\ud83d\\"}"#,
                json!({ "a": "\u{fffd}", "b": "x😀\u{fffd}\\" }),
            ),
            (r#"["\ud800\ud83d\ude00", "\\ud800", "\""]"#, json!(["\u{fffd}😀", "\\ud800", "\""])),
            ("[1e999,-1E+400 , 2]", json!([f64::MAX, f64::MIN, 2])),
            (r#"{"é\udfff": 1}"#, json!({ "é\u{fffd}": 1 })),
        ] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
            assert_eq!(read_json(text.as_bytes()), Some(due), "{text}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_null() {
        let deep = format!("{{\"a\":{}1{},\"b\":2}}", "[".repeat(5000), "]".repeat(5000));
        let value = read_json(deep.as_bytes()).unwrap();
        assert_eq!(value["b"], 2);
        assert!(value["a"].to_string().contains("[null]"), "{value}");
    }

    #[test]
    fn what_is_not_json_is_not_read() {
        for text in [&b"{"[..], b"\"\\ud8\"", b"[1e999,]", b"\xff", b"", b"NaN"] {
            assert_eq!(read_json(text), None, "{text:?}");
        }
    }
}
