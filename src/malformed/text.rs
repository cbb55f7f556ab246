//! Malformed bytes: what is not JSON, not all of it, twice of it, in another encoding, or far too much.

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Malformed;

const DEEP: usize = 10_000;
const MEBIBYTE: usize = 1 << 20;

static LONG_NAME: LazyLock<Bytes> = LazyLock::new(|| format!("{{\"{}\":0}}", "a".repeat(MEBIBYTE)).into());
static MANY_MEMBERS: LazyLock<Bytes> = LazyLock::new(|| {
    let members: Vec<String> = (0..100_000).map(|number| format!("\"m{number}\":0")).collect();
    format!("{{{}}}", members.join(",")).into()
});

/// The name of members that we add.
const MEMBER: &str = "unknownMember";

pub(super) fn not_json(text: &str) -> Vec<Malformed> {
    let single_quotes = text.replace('"', "'");
    let trailing_comma = format!("{},}}", text.strip_suffix('}').unwrap_or(text));
    let never: [(&str, String); 8] = [
        ("empty", String::new()),
        ("white-space", " \r\n\t".into()),
        ("words", "not json".into()),
        ("open-brace", "{".into()),
        ("markup", "<body><name>x</name></body>".into()),
        ("form", "name=x&options=y".into()),
        ("missing-colon", r#"{"name" "x"}"#.into()),
        ("raw-control-character", "{\"name\":\"a\u{1}\n".into()),
    ];
    let lenient: [(&str, String); 9] = [
        ("single-quotes", single_quotes),
        ("trailing-comma", trailing_comma),
        ("comment", format!("/* hello */{text}// there")),
        ("not-a-number", format!(r#"{{"{MEMBER}":NaN}}"#)),
        ("bare-word", "undefined".into()),
        ("trailing-word", format!("{text}x")),
        ("trailing-brace", format!("{text}}}")),
        ("trailing-nul", format!("{text}\0")),
        ("two-values", format!("{text}{text}")),
    ];
    let never = never.into_iter().map(|(name, text)| Malformed::body(name, text, false));
    never.chain(lenient.into_iter().map(|(name, text)| Malformed::body(name, text, true))).collect()
}

/// The body up to every structural character, and up to the middle of every string.
pub(super) fn truncated(text: &str) -> Vec<Malformed> {
    let (mut cuts, mut inside, mut escaped, mut opened) = (Vec::new(), false, false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' if inside => {
                inside = false;
                cuts.extend([(opened + at) / 2 + 1, at + 1]);
            }
            b'"' => (inside, opened) = (true, at),
            b'{' | b'}' | b'[' | b']' | b',' | b':' if !inside => cuts.extend([at, at + 1]),
            _ => {}
        }
    }
    cuts.retain(|cut| *cut > 0 && *cut < text.len() && text.is_char_boundary(*cut));
    cuts.sort_unstable();
    cuts.dedup();
    // A number or a word on its own may be cut into a shorter one: only containers are surely broken.
    let container = text.starts_with(['{', '[', '"']);
    cuts.into_iter()
        .map(|cut| Malformed::body(format!("truncated-{cut}"), &text.as_bytes()[..cut], !container))
        .collect()
}

/// Every member twice: alike, and with another value before or after the right one.
pub(super) fn duplicated(valid: &Value) -> Vec<Malformed> {
    let Some(members) = valid.as_object() else { return Vec::new() };
    let mut all = Vec::new();
    for name in members.keys() {
        for (order, before, after) in
            [("alike", false, false), ("other-first", true, false), ("other-last", false, true)]
        {
            let parts = members.iter().map(|(key, value)| {
                let (key_text, value) = (json!(key).to_string(), value.to_string());
                if key != name {
                    return format!("{key_text}:{value}");
                }
                let first = if before { "null" } else { &value };
                let second = if after { "null" } else { &value };
                format!("{key_text}:{first},{key_text}:{second}")
            });
            let text = format!("{{{}}}", parts.collect::<Vec<_>>().join(","));
            all.push(Malformed::body(format!("duplicate-{name}-{order}"), text, true));
        }
    }
    all
}

pub(super) fn encoded(text: &str) -> Vec<Malformed> {
    let utf_16 = |mark: bool, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    let utf_32 = text.chars().flat_map(|one| u32::from(one).to_be_bytes()).collect::<Vec<u8>>();
    let mut all = vec![
        Malformed::body("byte-order-mark", format!("\u{feff}{text}"), true),
        Malformed::body("utf-16-le", utf_16(true, u16::to_le_bytes), true),
        Malformed::body("utf-16-be", utf_16(true, u16::to_be_bytes), true),
        Malformed::body("utf-16-le-unmarked", utf_16(false, u16::to_le_bytes), true),
        Malformed::body("utf-32-be", utf_32, true),
        Malformed::body("white-space-around", format!(" \r\n\t{text}\r\n"), true),
    ];
    let broken: [(&str, &[u8]); 5] = [
        ("lone-continuation", b"\x80"),
        ("impossible-byte", b"\xff"),
        ("overlong", b"\xc0\x80"),
        ("encoded-surrogate", b"\xed\xa0\x80"),
        ("cut-sequence", b"\xe2\x82"),
    ];
    for (name, bytes) in broken {
        let body = [format!("{{\"{MEMBER}\":\"a").as_bytes(), bytes, b"b\"}"].concat();
        all.push(Malformed::body(format!("invalid-utf-8-{name}"), body, true));
    }
    all
}

/// Well-formed JSON that is no such request.
pub(super) fn other_values(valid: &Value) -> Vec<Malformed> {
    let values = [
        ("array", json!([valid])),
        ("empty-array", json!([])),
        ("string", json!("text")),
        ("body-as-string", json!(valid.to_string())),
        ("null", Value::Null),
        ("number", json!(7)),
        ("true", json!(true)),
    ];
    values
        .into_iter()
        .map(|(name, value)| Malformed::body(format!("top-level-{name}"), value.to_string(), true))
        .collect()
}

pub(super) fn oversized(valid: &Value) -> Vec<Malformed> {
    let member = |value: &str| {
        let text = valid.to_string();
        match (text.strip_suffix('}'), valid.as_object().is_some_and(serde_json::Map::is_empty)) {
            (Some(_), true) | (None, _) => format!("{{\"{MEMBER}\":{value}}}"),
            (Some(open), false) => format!("{open},\"{MEMBER}\":{value}}}"),
        }
    };
    let nested = |open: &str, close: &str| format!("{}0{}", open.repeat(DEEP), close.repeat(DEEP));
    vec![
        Malformed::body("deep-arrays", nested("[", "]"), true),
        Malformed::body("deep-objects", nested("{\"a\":", "}"), true),
        Malformed::body("deep-member", member(&nested("[", "]")), true),
        Malformed::body("deep-and-open", "[".repeat(DEEP), false),
        Malformed::body("string-of-1-mib", member(&json!("a".repeat(MEBIBYTE)).to_string()), true),
        Malformed::shared("name-of-1-mib", &LONG_NAME),
        Malformed::shared("hundred-thousand-members", &MANY_MEMBERS),
        Malformed::body("mebibyte-of-space", format!("{}{valid}", " ".repeat(MEBIBYTE)), true),
        Malformed::body("number-beyond-doubles", member("1e400"), true),
        Malformed::body("number-of-400-digits", member(&"9".repeat(400)), true),
        Malformed::body("number-of-400-decimals", member(&format!("0.{}", "3".repeat(400))), true),
        Malformed::body("exponent-beyond-integers", member("1e99999999999"), true),
    ]
}
