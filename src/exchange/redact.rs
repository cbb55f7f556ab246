//! Replaces hidden values in free text, on whole words only.

use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;
use serde_json::Value;

use super::{Kind, StandIn, Vault};

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

/// The one gate through which every line of output goes: knows the values of the whole run.
#[derive(Debug, Default)]
pub struct Redactor {
    names: RwLock<HashMap<String, String>>,
}

impl Redactor {
    /// Takes over what a trial's vault knows, in plain, URL-encoded and base64 form.
    ///
    /// Guesses are left out: we made them up, and words like `null` and `1` stand for themselves everywhere else.
    pub fn learn(&self, vault: &Vault) {
        let Ok(mut names) = self.names.write() else { return };
        let secret = |(value, name): &(&str, &str)| !value.is_empty() && !is_guess(name);
        for (value, name) in vault.entries().filter(secret) {
            for form in forms(value) {
                names.entry(form).or_insert_with(|| name.to_owned());
            }
        }
    }

    /// Remembers one value of the settings, such as a management key.
    pub fn learn_value(&self, value: &str, name: &str) {
        let mut vault = Vault::default();
        vault.learn_as(Kind::Key, name, value);
        self.learn(&vault);
    }

    /// The text without any hidden value.
    pub fn clean(&self, text: &str) -> String {
        let Ok(names) = self.names.read() else { return String::new() };
        replace_words(text, |word| names.get(word).map(String::as_str))
    }

    /// Cleans every text of a JSON document, names of members too, and leaves numbers alone: JSON stays JSON, and a
    /// count that happens to equal a code stays a count.
    pub fn clean_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.clean(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean_value(item)),
            Value::Object(members) => {
                for (key, mut member) in std::mem::take(members) {
                    self.clean_value(&mut member);
                    members.insert(self.clean(&key), member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn is_guess(name: &str) -> bool {
    StandIn::parse(name).is_some_and(|name| name.kind == Kind::Guess)
}

/// The forms in which a value may travel: plain, URL-encoded, base64 without padding in both alphabets.
pub(crate) fn forms(value: &str) -> [String; 4] {
    let url = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    [value.to_owned(), url, STANDARD_NO_PAD.encode(value), URL_SAFE_NO_PAD.encode(value)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_its_numbers() {
        let redactor = Redactor::default();
        redactor.learn_value("482913", "x");
        let mut value = serde_json::json!({ "seed": 482913, "482913": ["code 482913."] });
        redactor.clean_value(&mut value);
        assert_eq!(value, serde_json::json!({ "seed": 482913, "<key:x>": ["code <key:x>."] }));
    }

    #[test]
    fn a_guess_is_no_secret() {
        let mut vault = Vault::default();
        vault.learn(Kind::Guess, "refused");
        let redactor = Redactor::default();
        redactor.learn(&vault);
        assert_eq!(redactor.clean("refused 400"), "refused 400");
    }

    #[test]
    fn every_form_of_a_value_is_hidden() {
        let mut vault = Vault::default();
        vault.learn_person(Kind::Phone, "+12025550100");
        vault.learn_code("+12025550100", "482913");
        let redactor = Redactor::default();
        redactor.learn(&vault);
        for text in ["482913", "code=482913&x", "NDgyOTEz", "a=%2B12025550100", "{\"code\":\"482913\"}"] {
            let clean = redactor.clean(text);
            assert!(
                !clean.contains("482913") && !clean.contains("NDgyOTEz") && !clean.contains("2025550100"),
                "{clean}"
            );
        }
    }

    #[test]
    fn json_stays_json_and_guesses_stay_words() {
        let mut vault = Vault::default();
        vault.learn(Kind::Guess, "null");
        vault.learn_person(Kind::Phone, "+12025550100");
        vault.learn_code("+12025550100", "482913");
        let redactor = Redactor::default();
        redactor.learn(&vault);
        assert_eq!(redactor.clean("null of 7"), "null of 7");
        let mut clean = serde_json::json!({ "a": 482_913, "482913": [null, "code 482913"] });
        redactor.clean_value(&mut clean);
        let clean = clean.to_string();
        let clean: Value = serde_json::from_str(&clean).unwrap();
        assert_eq!(clean, serde_json::json!({ "a": 482913, "<code:A1>": [null, "code <code:A1>"] }));
    }
}
