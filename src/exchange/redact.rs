//! Replaces hidden values in free text, on whole words only.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

/// The longest runs of characters that codes, tokens, numbers and keys are made of.
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_.~%-]+").ok());

/// Replaces each word that `name` knows; a word is tried whole, without the punctuation around it, by its
/// segments, and then by its alphanumeric parts, so that `code=012345.` is found and the digits inside a longer number are not.
pub(crate) fn replace_words<'n>(text: &str, name: impl Fn(&str) -> Option<&'n str>) -> String {
    let Some(word) = WORD.as_ref() else { return text.to_owned() };
    word.replace_all(text, |found: &regex::Captures<'_>| {
        let whole = &found[0];
        let bare = whole.trim_matches(['.', '-', '/', '_', '~']);
        if let Some(stand_in) = name(whole) {
            return stand_in.to_owned();
        }
        if let Some(stand_in) = name(bare) {
            return whole.replacen(bare, stand_in, 1);
        }
        // A token in a path has dots of its own.
        whole.split('/').map(|segment| replace_parts(segment, &name)).collect::<Vec<_>>().join("/")
    })
    .into_owned()
}

fn replace_parts<'n>(segment: &str, name: &impl Fn(&str) -> Option<&'n str>) -> String {
    if let Some(stand_in) = name(segment) {
        return stand_in.to_owned();
    }
    let mut out = String::with_capacity(segment.len());
    for part in segment.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        out.push_str(name(bare).unwrap_or(bare));
        out.push_str(&part[bare.len()..]);
    }
    out
}

/// The forms in which a value may travel: plain, URL-encoded, base64 without padding in both alphabets.
pub(crate) fn forms(value: &str) -> [String; 4] {
    let url = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    [value.to_owned(), url, STANDARD_NO_PAD.encode(value), URL_SAFE_NO_PAD.encode(value)]
}
