//! The last gate before anything is shown.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::RwLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::layers::{hide_below, may_be_encoded};
use super::redact::{forms, replace_words};
use super::{Placeholder, Pseudonyms, SecretKind};

/// The one gate through which every line of output goes: knows the values of the whole run.
#[derive(Debug, Default)]
pub struct Redactor {
    named: RwLock<HashMap<String, String>>,
    met: RwLock<SeenSecrets>,
    hasher: RandomState,
}

/// What trials met. A long run meets many tokens and nearly every code there is.
#[derive(Debug, Default)]
struct SeenSecrets {
    /// By a hash of each form.
    hashes: HashMap<u64, SecretKind>,
    codes: Codes,
}

/// What is made from a code and has fewer characters is a word like others.
const SHORTEST: usize = 4;
/// Codes of so many digits are marked.
const MARKED: usize = 7;
/// Base64 of so many bytes, without padding.
const ENCODED: usize = (MARKED * 4).div_ceil(3);

/// Codes made of digits: for each length, a mark at each number that is one.
#[derive(Debug, Default)]
struct Codes([Vec<u64>; MARKED + 1]);

impl Codes {
    fn place(word: &[u8]) -> Option<(usize, usize)> {
        let digits = (1..=MARKED).contains(&word.len()) && word.iter().all(u8::is_ascii_digit);
        let number = || word.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
        digits.then(|| (word.len(), number()))
    }

    fn contains(&self, word: &[u8]) -> bool {
        let Some((length, number)) = Codes::place(word) else { return false };
        self.0[length].get(number / 64).is_some_and(|marks| marks & (1 << (number % 64)) != 0)
    }

    /// Whether it can be marked.
    fn insert(&mut self, word: &[u8]) -> bool {
        let Some((length, number)) = Codes::place(word) else { return false };
        let marks = &mut self.0[length];
        marks.resize(10_usize.pow(length as u32).div_ceil(64), 0);
        marks[number / 64] |= 1 << (number % 64);
        true
    }
}

impl SeenSecrets {
    /// What a word is, in plain or in base64; other forms of digits are plain ones.
    fn kind(&self, word: &str, hash: u64) -> Option<SecretKind> {
        let decoded = || BASE64_URL_SAFE_NO_PAD.decode(word).is_ok_and(|bytes| self.codes.contains(&bytes));
        let code = self.codes.contains(word.as_bytes()) || (word.len() <= ENCODED && decoded());
        code.then_some(SecretKind::Code).or_else(|| self.hashes.get(&hash).copied())
    }
}

impl Redactor {
    /// Takes over what a trial's vault knows, in plain, URL-encoded and base64 form. It is shown by its kind: `<code>`.
    ///
    /// Guesses are left out: we made them up, and words like `null` and `1` stand for themselves everywhere else. So are
    /// short texts that were made from a code: `000117` without its zeros is also the number of a requirement.
    pub fn learn(&self, vault: &Pseudonyms) {
        let Ok(met) = self.met.read() else { return };
        let new: Vec<(&str, SecretKind)> = vault
            .entries()
            .filter(|(value, _)| !value.is_empty() && met.kind(value, self.hash(value)).is_none())
            .filter_map(|(value, name)| Some((value, Placeholder::parse(name)?)))
            .filter(|(value, name)| {
                let short = name.kind == SecretKind::Code && name.how.is_some() && value.len() < SHORTEST;
                name.kind != SecretKind::Guess && !short
            })
            .map(|(value, name)| (value, name.kind))
            .collect();
        drop(met);
        if new.is_empty() {
            return;
        }
        let Ok(mut met) = self.met.write() else { return };
        for (value, kind) in new {
            if kind != SecretKind::Code || !met.codes.insert(value.as_bytes()) {
                met.hashes.extend(forms(value).map(|form| (self.hash(&form), kind)));
            }
        }
    }

    /// Remembers one value of the settings, such as a management key. It is shown by its name: `<key:management>`.
    pub fn learn_value(&self, value: &str, name: &str) {
        let Ok(mut named) = self.named.write() else { return };
        let name = Placeholder { kind: SecretKind::Key, label: name, how: None }.to_string();
        named.extend(forms(value).map(|form| (form, name.clone())));
    }

    /// The text without any hidden value.
    pub fn clean(&self, text: &str) -> String {
        let (Ok(named), Ok(met)) = (self.named.read(), self.met.read()) else { return String::new() };
        let replace = |text: &str| {
            replace_words(text, |word| {
                let named = named.get(word).map(String::as_str);
                named.or_else(|| met.kind(word, self.hash(word)).map(SecretKind::stand_in))
            })
        };
        let clean = replace(text);
        let below = may_be_encoded(&clean).then(|| hide_below(&clean, &replace)).flatten();
        below.unwrap_or(clean)
    }

    /// A document of ours without any hidden value: cleaned leaf by leaf, before a format is written, so that what
    /// takes the place of a value is escaped as the format escapes text.
    pub fn cleaned<T: Serialize + DeserializeOwned + Clone>(&self, document: &T) -> T {
        let clean = serde_json::to_value(document).ok().and_then(|mut value| {
            self.clean_value(&mut value);
            serde_json::from_value(value).ok()
        });
        clean.unwrap_or_else(|| document.clone())
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

    fn hash(&self, word: &str) -> u64 {
        self.hasher.hash_one(word)
    }
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
    fn codes_are_told_by_length_and_number() {
        let mut codes = Codes::default();
        for code in ["0012", "001234", "9999999"] {
            assert!(codes.insert(code.as_bytes()), "{code}");
        }
        for other in ["12", "1234", "012", "999999", "0012345", "", "x012", &"9".repeat(900)] {
            assert!(!codes.contains(other.as_bytes()), "{other}");
        }
        assert!(codes.contains(b"0012") && codes.contains(b"001234") && codes.contains(b"9999999"));
        assert!(!codes.insert(b"12345678") && !codes.insert(b"12a4") && !codes.insert(b""));
    }

    #[test]
    fn a_code_without_its_zeros_hides_no_requirement() {
        let mut vault = Pseudonyms::default();
        vault.learn_as(SecretKind::Code, "A1", "000117");
        vault.learn_as(SecretKind::Code, "A1|zeroless", "117");
        let redactor = Redactor::default();
        redactor.learn(&vault);
        assert_eq!(redactor.clean("OTP-117: 000117"), "OTP-117: <code>");
    }

    #[test]
    fn a_guess_is_no_secret() {
        let mut vault = Pseudonyms::default();
        vault.learn(SecretKind::Guess, "refused");
        let redactor = Redactor::default();
        redactor.learn(&vault);
        assert_eq!(redactor.clean("refused 400"), "refused 400");
    }

    #[test]
    fn every_form_of_a_value_is_hidden() {
        let mut vault = Pseudonyms::default();
        vault.learn_person(SecretKind::Phone, "+12025550100");
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
        let mut vault = Pseudonyms::default();
        vault.learn(SecretKind::Guess, "null");
        vault.learn_person(SecretKind::Phone, "+12025550100");
        vault.learn_code("+12025550100", "482913");
        let redactor = Redactor::default();
        redactor.learn(&vault);
        assert_eq!(redactor.clean("null of 7"), "null of 7");
        let mut clean = serde_json::json!({ "a": 482_913, "482913": [null, "code 482913"] });
        redactor.clean_value(&mut clean);
        let clean = clean.to_string();
        let clean: Value = serde_json::from_str(&clean).unwrap();
        assert_eq!(clean, serde_json::json!({ "a": 482913, "<code>": [null, "code <code>"] }));
    }
}
