//! Replaces hidden values in free text, on whole words only.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What codes, tokens, numbers and keys are made of, encoded ones too.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/_.~%-".contains(&byte)
}

/// Whether a value is more than one word here, so that words alone would not find it.
pub(crate) fn is_phrase(value: &str) -> bool {
    !value.bytes().all(is_word) && value.bytes().any(is_word)
}

/// Replaces each of these values that is in a text with nothing of a word on either side.
pub(crate) fn replace_phrases<'t, 'n>(
    text: &'t str,
    phrases: &[String],
    name: impl Fn(&str) -> Option<&'n str>,
) -> Cow<'t, str> {
    let mut out = Cow::Borrowed(text);
    for phrase in phrases.iter().filter(|phrase| text.contains(phrase.as_str())) {
        let Some(stand_in) = name(phrase) else { continue };
        let mut replaced = String::with_capacity(out.len());
        let mut rest = &*out;
        while let Some(at) = rest.find(phrase.as_str()) {
            let (before, after) = (&rest[..at], &rest[at + phrase.len()..]);
            replaced.push_str(before);
            let joined = before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
            replaced.push_str(if joined { phrase } else { stand_in });
            rest = after;
        }
        replaced.push_str(rest);
        out = Cow::Owned(replaced);
    }
    out
}

/// Replaces each word that `name` knows; a word is tried whole, without the punctuation around it, by its segments, and
/// then by its alphanumeric parts, so that `code=012345.` is found and the digits inside a longer number are not.
pub(crate) fn replace_words<'n>(text: &str, name: impl Fn(&str) -> Option<&'n str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let between = rest.bytes().position(is_word).unwrap_or(rest.len());
        out.push_str(&rest[..between]);
        rest = &rest[between..];
        let word = rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
        replace_word(&rest[..word], &name, &mut out);
        rest = &rest[word..];
    }
    out
}

fn replace_word<'n>(whole: &str, name: &impl Fn(&str) -> Option<&'n str>, out: &mut String) {
    let bare = whole.trim_matches(['.', '-', '/', '_', '~']);
    if let Some(stand_in) = name(whole) {
        out.push_str(stand_in);
    } else if let Some(stand_in) = name(bare) {
        out.push_str(&whole.replacen(bare, stand_in, 1));
    } else {
        // A token in a path has dots of its own.
        for (at, segment) in whole.split('/').enumerate() {
            out.push_str(if at > 0 { "/" } else { "" });
            replace_parts(segment, name, out);
        }
    }
}

fn replace_parts<'n>(segment: &str, name: &impl Fn(&str) -> Option<&'n str>, out: &mut String) {
    if let Some(stand_in) = name(segment) {
        out.push_str(stand_in);
        return;
    }
    for part in segment.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        out.push_str(name(bare).unwrap_or(bare));
        out.push_str(&part[bare.len()..]);
    }
}

/// The forms in which a value may travel: plain, URL-encoded, base64 without padding in both alphabets.
pub(crate) fn forms(value: &str) -> [String; 4] {
    let url = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    [value.to_owned(), url, STANDARD_NO_PAD.encode(value), URL_SAFE_NO_PAD.encode(value)]
}
