//! Encodings that may lie around a hidden value: percent, backslash and HTML escapes, and base64 of a whole text.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::{Captures, Regex};

/// How many encodings may lie around each other. JSON in JSON in JSON, percent-encoded, is four.
const DEPTH: usize = 5;
/// Shorter runs of base64 hold no text of interest; a single value is known in base64 anyway.
const RUN: usize = 16;

/// What `hide` makes of a text under the encodings that lie around it; `None` where it finds nothing more to hide.
///
/// The text comes back decoded as far as it took to find something: what it was can no longer be known by its
/// encoding.
pub(super) fn hide_below(text: &str, hide: &dyn Fn(&str) -> String) -> Option<String> {
    below(text, hide, DEPTH)
}

fn below(text: &str, hide: &dyn Fn(&str) -> String, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let inside = |decoded: String| {
        let hidden = hide(&decoded);
        let deeper = below(&hidden, hide, depth);
        deeper.or_else(|| (hidden != decoded).then_some(hidden))
    };
    let layers = [percent as fn(&str) -> Option<String>, backslashes, entities];
    let found = layers.into_iter().find_map(|undo| undo(text).and_then(inside));
    found.or_else(|| base64_runs(text, &inside))
}

/// Whether a text may be encoded at all: most are not.
pub(super) fn may_be_encoded(text: &str) -> bool {
    text.contains(['%', '\\', '&'])
        || text.len() >= RUN && text.split(|c: char| !is_base64(c)).any(|run| run.len() >= RUN)
}

fn percent(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    (decoded != text).then(|| decoded.into_owned())
}

static ESCAPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\\(?:u([0-9A-Fa-f]{4})|(["\\/]))"#).ok());

fn backslashes(text: &str) -> Option<String> {
    let pattern = ESCAPE.as_ref().filter(|_| text.contains('\\'))?;
    let character = |found: &Captures<'_>| match (found.get(1), found.get(2)) {
        (Some(hex), _) => of_number(u32::from_str_radix(hex.as_str(), 16).ok()),
        (_, Some(plain)) => plain.as_str().to_owned(),
        _ => String::new(),
    };
    let decoded = pattern.replace_all(text, character);
    (decoded != text).then(|| decoded.into_owned())
}

static ENTITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));").ok());

fn entities(text: &str) -> Option<String> {
    let pattern = ENTITY.as_ref().filter(|_| text.contains('&'))?;
    let character = |found: &Captures<'_>| match (found.get(1), found.get(2), found.get(3)) {
        (Some(decimal), ..) => of_number(decimal.as_str().parse().ok()),
        (_, Some(hex), _) => of_number(u32::from_str_radix(hex.as_str(), 16).ok()),
        (.., Some(name)) => match name.as_str() {
            "amp" => "&".into(),
            "lt" => "<".into(),
            "gt" => ">".into(),
            "quot" => "\"".into(),
            _ => "'".into(),
        },
        _ => String::new(),
    };
    let decoded = pattern.replace_all(text, character);
    (decoded != text).then(|| decoded.into_owned())
}

fn of_number(number: Option<u32>) -> String {
    number.and_then(char::from_u32).unwrap_or('\u{FFFD}').to_string()
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/-_".contains(c)
}

/// Replaces every run of base64 whose text holds something to hide by that text.
fn base64_runs(text: &str, inside: &dyn Fn(String) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let (mut rest, mut found) = (text, false);
    while !rest.is_empty() {
        let between = rest.find(is_base64).unwrap_or(rest.len());
        out.push_str(&rest[..between]);
        rest = &rest[between..];
        let run = &rest[..rest.find(|c| !is_base64(c)).unwrap_or(rest.len())];
        let hidden = decoded(run).and_then(inside);
        found |= hidden.is_some();
        out.push_str(hidden.as_deref().unwrap_or(run));
        rest = &rest[run.len()..];
    }
    found.then_some(out)
}

fn decoded(run: &str) -> Option<String> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    if run.len() < RUN {
        return None;
    }
    let alphabet = if run.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let bytes = GeneralPurpose::new(alphabet, LENIENT).decode(run).ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Option<String> {
        hide_below(text, &|text| text.replace("482913", "<code>").replace("eyJh.e30.c2ln", "<token>"))
    }

    #[test]
    fn a_value_is_found_under_every_layer() {
        assert_eq!(hidden("%22482%39%313%22").as_deref(), Some("\"<code>\""));
        assert_eq!(hidden("%257B%2522eyJh%252Ee30.c2ln").as_deref(), Some("{\"<token>"));
        assert_eq!(
            hidden(r#"{\"a\":\"{\\\"code\\\":\\\"4829\\u00313\\\"}\"}"#).as_deref(),
            Some(r#"{"a":"{"code":"<code>"}"}"#)
        );
        assert_eq!(hidden("&#52;82&#x39;13 &amp;").as_deref(), Some("<code> &"));
        assert_eq!(hidden("see eyJjb2RlIjoiNDgyOTEzIn0=.").as_deref(), Some("see {\"code\":\"<code>\"}=."));
    }

    #[test]
    fn a_text_that_hides_nothing_stays() {
        for text in ["100%", "a%20b", r"C:\dir", "&lt;b&gt;", "eyJhbGciOiJSUzI1NiJ9", ""] {
            assert_eq!(hidden(text), None, "{text}");
        }
        assert!(may_be_encoded("a%20b") && may_be_encoded(&"a".repeat(16)) && !may_be_encoded("code 482913"));
    }
}
