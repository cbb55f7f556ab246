//! Every value that must not be shown, and the name it goes by.

use std::collections::HashMap;

use super::layers::{hide_below, may_be_encoded};
use super::words::{Lengths, Prefilter};
use super::{Placeholder, SecretKind};

/// Knows hidden values by value and gives each one stable stand-in.
///
/// Names are given in the order in which values are learned, so that two runs of the same steps read alike.
#[derive(Clone, Debug, Default)]
pub struct Pseudonyms {
    names: HashMap<String, String>,
    /// Most texts hold nothing hidden: these two say so without taking a text apart.
    lengths: Lengths,
    screen: Prefilter,
    /// Values that are no one word to a reader: with spaces, or letters beyond ASCII.
    phrases: Vec<String>,
    counts: HashMap<(SecretKind, String), usize>,
}

impl Pseudonyms {
    /// Remembers a value under a given label: `<key:management>`. The first name a value got stays.
    pub fn learn_as(&mut self, kind: SecretKind, label: &str, value: &str) -> &str {
        let name = Placeholder { kind, label, how: None }.to_string();
        self.insert(value, name)
    }

    /// Remembers a value under the next number of its kind: `<user:3>`.
    pub fn learn(&mut self, kind: SecretKind, value: &str) -> &str {
        if !self.names.contains_key(value) {
            let label = self.next(kind, "").to_string();
            return self.learn_as(kind, &label, value);
        }
        &self.names[value]
    }

    /// Remembers a value that is where one of this kind should, and is not known to be right: `<key:1|strange>`.
    pub fn learn_strange(&mut self, kind: SecretKind, value: &str) -> &str {
        if !self.names.contains_key(value) {
            let label = self.next(kind, "strange").to_string();
            let name = Placeholder { kind, label: &label, how: Some("strange") }.to_string();
            return self.insert(value, name);
        }
        &self.names[value]
    }

    /// Remembers a person's phone number or login ID under the next letter: `<phone:A>`.
    pub fn learn_person(&mut self, kind: SecretKind, value: &str) -> &str {
        if !self.names.contains_key(value) {
            let label = letters(self.next(SecretKind::Phone, "people"));
            return self.learn_as(kind, &label, value);
        }
        &self.names[value]
    }

    /// Remembers a one-time code under its recipient and the next number: `<code:A2>`.
    pub fn learn_code(&mut self, recipient: &str, code: &str) -> &str {
        if !self.names.contains_key(code) {
            let person = self.names.get(recipient).map_or("", String::as_str);
            let person = Placeholder::parse(person).map_or("?", |name| name.label).to_owned();
            let label = format!("{person}{}", self.next(SecretKind::Code, &person));
            return self.learn_as(SecretKind::Code, &label, code);
        }
        &self.names[code]
    }

    /// Remembers a value made from another: `<phone:A|dashes>`. Unknown originals leave it unknown.
    pub fn learn_derived(&mut self, value: &str, original: &str, how: &str) {
        let Some(name) = self.names.get(original) else { return };
        let Some(parsed) = Placeholder::parse(name) else { return };
        let name = Placeholder { how: Some(how), ..parsed }.to_string();
        self.insert(value, name);
    }

    /// The stand-in of a value.
    pub fn name(&self, value: &str) -> Option<&str> {
        if !self.lengths.contains(value.len()) {
            return None;
        }
        self.names.get(value).map(String::as_str)
    }

    /// All values and their stand-ins, in no order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(|(value, name)| (value.as_str(), name.as_str()))
    }

    /// Replaces every hidden value that is in a text as a whole word.
    pub fn hide(&self, text: &mut String) {
        if let Some(hidden) = self.hidden(text) {
            *text = hidden;
        }
    }

    /// The text without hidden values; `None` where it holds none.
    pub fn hidden(&self, text: &str) -> Option<String> {
        if let Some(name) = self.name(text) {
            return Some(name.to_owned());
        }
        let replace = |text: &str| {
            let text = super::redact::replace_phrases(text, &self.phrases, |phrase| self.name(phrase));
            super::redact::replace_words(&text, |word| self.name(word))
        };
        let hidden = self.screen.may_hold(text).then(|| replace(text)).filter(|hidden| hidden != text);
        let plain = hidden.as_deref().unwrap_or(text);
        let below = may_be_encoded(plain).then(|| hide_below(plain, &replace)).flatten();
        below.or(hidden)
    }

    fn next(&mut self, kind: SecretKind, of: &str) -> usize {
        let count = self.counts.entry((kind, of.to_owned())).or_default();
        *count += 1;
        *count
    }

    fn insert(&mut self, value: &str, name: String) -> &str {
        self.lengths.insert(value.len());
        self.screen.insert(value);
        if super::redact::is_phrase(value) && !self.names.contains_key(value) {
            self.phrases.push(value.to_owned());
        }
        self.names.entry(value.to_owned()).or_insert(name)
    }
}

/// 1 is `A`, 26 is `Z`, 27 is `AA`.
fn letters(mut number: usize) -> String {
    let mut text = Vec::new();
    while number > 0 {
        number -= 1;
        text.insert(0, b'A' + (number % 26) as u8);
        number /= 26;
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_name() {
        let mut vault = Pseudonyms::default();
        vault.learn_person(SecretKind::Phone, "+12025550100");
        vault.learn_person(SecretKind::Phone, "+12025550101");
        assert_eq!(vault.learn_code("+12025550101", "012345"), "<code:B1>");
        assert_eq!(vault.learn_code("+12025550101", "999999"), "<code:B2>");
        assert_eq!(vault.learn_code("+12025550100", "012345"), "<code:B1>");
        assert_eq!(vault.learn(SecretKind::User, "U1"), "<user:1>");
        assert_eq!(vault.learn(SecretKind::User, "U1"), "<user:1>");
    }

    #[test]
    fn a_spelling_points_at_its_number() {
        let mut vault = Pseudonyms::default();
        vault.learn_person(SecretKind::Phone, "+12025550100");
        vault.learn_derived("+1-202-555-0100", "+12025550100", "dashes");
        assert_eq!(vault.name("+1-202-555-0100"), Some("<phone:A|dashes>"));
    }

    #[test]
    fn hides_whole_words_and_leaves_numbers_alone() {
        let mut vault = Pseudonyms::default();
        vault.learn_person(SecretKind::Phone, "+12025550100");
        vault.learn_code("+12025550100", "012345");
        let hidden = vault.hidden("code 012345 for +12025550100.");
        assert_eq!(hidden.as_deref(), Some("code <code:A1> for <phone:A>."));
        assert_eq!(vault.hidden("012345").as_deref(), Some("<code:A1>"));
        assert_eq!(vault.hidden("9012345"), None);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([letters(1), letters(26), letters(27), letters(703)], ["A", "Z", "AA", "AAA"]);
    }

    #[test]
    fn a_login_id_of_several_words_or_another_script_is_hidden_in_a_text_and_below_its_escapes() {
        let mut vault = Pseudonyms::default();
        for (label, value) in [("A", "otpc qkz 1"), ("B", "otpc-qkz-2-ада"), ("C", "otpc.qkz_3@example.com")]
        {
            vault.learn_as(SecretKind::Name, label, value);
        }
        for (text, due) in [
            ("no user `otpc qkz 1` here", "no user `<name:A>` here"),
            ("otpc-qkz-2-ада: unknown", "<name:B>: unknown"),
            ("for otpc.qkz_3@example.com.", "for <name:C>."),
            ("{\"a\":\"otpc-qkz-2-\\u0430\\u0434\\u0430\"}", "{\"a\":\"<name:B>\"}"),
            ("id=otpc%20qkz%201&x=1", "id=<name:A>&x=1"),
        ] {
            assert_eq!(vault.hidden(text).as_deref(), Some(due), "{text}");
        }
        assert_eq!(vault.hidden("otpc qkz 12"), None);
    }
}
