//! Which texts have the form of a target's codes: nothing is documented of it but what was seen.

use std::collections::HashSet;

use super::{Placeholder, Pseudonyms, SecretKind};

/// The form of the codes that a trial saw.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// A code with every letter and digit replaced by one mark.
    patterns: HashSet<String>,
    /// The letters and digits that codes are made of; any digit where they are made of digits alone.
    symbols: HashSet<char>,
}

impl Form {
    /// That of the codes that a vault knows.
    pub(super) fn of(vault: &Pseudonyms) -> Form {
        let is_code =
            |name| Placeholder::parse(name).is_some_and(|it| it.kind == SecretKind::Code && it.how.is_none());
        let codes: Vec<&str> =
            vault.entries().filter(|(_, name)| is_code(name)).map(|(value, _)| value).collect();
        let patterns = codes.iter().map(|code| pattern(code)).collect();
        let mut symbols: HashSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        if !symbols.iter().any(|symbol| symbol.is_alphabetic()) {
            symbols.extend('0'..='9');
        }
        Form { patterns, symbols }
    }

    /// Whether a text is certainly none that the target could have sent. Where no code was seen, nothing is certain.
    pub(super) fn excludes(&self, text: &str) -> bool {
        let known = self.patterns.contains(&pattern(text)) && text.chars().all(|c| self.symbols.contains(&c));
        !self.patterns.is_empty() && !known
    }
}

fn pattern(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { 'x' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(codes: &[&str]) -> Form {
        let mut vault = Pseudonyms::default();
        vault.learn_person(SecretKind::Phone, "+12025550100");
        for code in codes {
            vault.learn_code("+12025550100", code);
        }
        Form::of(&vault)
    }

    #[test]
    fn length_separators_and_symbols_make_the_form() {
        assert!(!form(&["012345"]).excludes("999999") && form(&["012345"]).excludes("99999"));
        assert!(form(&["012345"]).excludes("99999a") && form(&["012345"]).excludes("123-45"));
        assert!(!form(&["123-456"]).excludes("789-012") && form(&["123-456"]).excludes("7890123"));
        assert!(!form(&["A7K2"]).excludes("K72A") && form(&["A7K2"]).excludes("0000"));
        assert!(!form(&[]).excludes("anything"));
    }
}
