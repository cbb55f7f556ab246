//! The last gate before anything is shown.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::RwLock;

use serde_json::Value;

use super::redact::{forms, replace_words};
use super::{Kind, StandIn, Vault};

/// The one gate through which every line of output goes: knows the values of the whole run.
#[derive(Debug, Default)]
pub struct Redactor {
    named: RwLock<HashMap<String, String>>,
    /// What trials met: by a hash of its value, for a long run meets many tokens and nearly every code there is.
    met: RwLock<HashMap<u64, Kind>>,
    hasher: RandomState,
}

impl Redactor {
    /// Takes over what a trial's vault knows, in plain, URL-encoded and base64 form. It is shown by its kind: `<code>`.
    ///
    /// Guesses are left out: we made them up, and words like `null` and `1` stand for themselves everywhere else.
    pub fn learn(&self, vault: &Vault) {
        let Ok(met) = self.met.read() else { return };
        let new: Vec<(u64, Kind)> = vault
            .entries()
            .filter(|(value, _)| !value.is_empty() && !met.contains_key(&self.hash(value)))
            .filter_map(|(value, name)| Some((value, StandIn::parse(name)?.kind)))
            .filter(|(_, kind)| *kind != Kind::Guess)
            .flat_map(|(value, kind)| forms(value).map(|form| (self.hash(&form), kind)))
            .collect();
        drop(met);
        if let (false, Ok(mut met)) = (new.is_empty(), self.met.write()) {
            met.extend(new);
        }
    }

    /// Remembers one value of the settings, such as a management key. It is shown by its name: `<key:management>`.
    pub fn learn_value(&self, value: &str, name: &str) {
        let Ok(mut named) = self.named.write() else { return };
        let name = StandIn { kind: Kind::Key, label: name, how: None }.to_string();
        named.extend(forms(value).map(|form| (form, name.clone())));
    }

    /// The text without any hidden value.
    pub fn clean(&self, text: &str) -> String {
        let (Ok(named), Ok(met)) = (self.named.read(), self.met.read()) else { return String::new() };
        replace_words(text, |word| {
            let named = named.get(word).map(String::as_str);
            named.or_else(|| met.get(&self.hash(word)).map(|kind| kind.stand_in()))
        })
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
        assert_eq!(clean, serde_json::json!({ "a": 482913, "<code>": [null, "code <code>"] }));
    }
}
