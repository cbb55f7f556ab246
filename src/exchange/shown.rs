//! Codes that an answer shows, in plain or in disguise.

use super::redact::forms;
use super::words::{Lengths, words};
use super::{Encoding, Fact, Placeholder, Pseudonyms, Response, SecretKind};

/// The codes of a trial in every disguise, to be looked for in many texts.
#[derive(Debug, Default)]
pub(super) struct Codes {
    names: Vec<String>,
    dressed: Vec<EncodedForm>,
    lengths: Lengths,
    /// One of them is no single word, as a code of other symbols may be.
    odd: bool,
}

#[derive(Debug)]
struct EncodedForm {
    text: String,
    /// Which code it is, by position.
    code: usize,
    disguise: Encoding,
}

impl Codes {
    /// Those that a vault knows.
    pub(super) fn of(vault: &Pseudonyms) -> Codes {
        let mut codes = Codes::default();
        let kind = |name| {
            Placeholder::parse(name).filter(|name| name.kind == SecretKind::Code && name.how.is_none())
        };
        for (value, name) in vault.entries().filter(|(_, name)| kind(name).is_some()) {
            codes.insert(value, name);
        }
        codes
    }

    fn insert(&mut self, value: &str, name: &str) {
        let code = self.names.len();
        self.names.push(name.to_owned());
        let [plain, _, base64, base64_url] = forms(value);
        let disguises = [
            (plain, Encoding::Plain),
            (value.chars().rev().collect(), Encoding::Reversed),
            (base64, Encoding::Base64),
            (base64_url, Encoding::Base64),
        ];
        for (text, disguise) in disguises {
            self.lengths.insert(text.len());
            self.odd |= !text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            self.dressed.push(EncodedForm { text, code, disguise });
        }
    }

    /// Where an answer shows a code as a whole word.
    pub(super) fn shown(&self, response: &Response) -> Vec<Fact> {
        if self.names.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(usize, usize, Encoding)> = Vec::new();
        let body = response.body.text().unwrap_or_default();
        // An ETag or a date is made of digits too; a request id may be: only the words of a header count.
        let headers = response.headers.iter().map(|(_, value)| value.as_str());
        let texts = std::iter::once(&*body).chain(headers);
        for (place, text) in texts.enumerate() {
            found.extend(self.in_text(text).map(|dressed| (dressed.code, place, dressed.disguise)));
        }
        // One disguise of each code at each place says it all.
        found.sort_unstable();
        found.dedup_by_key(|(code, place, _)| (*code, *place));
        let fact = |(code, place, disguise): (usize, usize, Encoding)| Fact::Shown {
            secret: self.names[code].clone(),
            place: match place {
                0 => "body".to_owned(),
                header => format!("header {}", response.headers[header - 1].0),
            },
            disguise,
        };
        found.into_iter().map(fact).collect()
    }

    fn in_text<'t>(&'t self, text: &'t str) -> impl Iterator<Item = &'t EncodedForm> {
        let is_there = |word: &'t [u8]| {
            let looked_for = self.lengths.contains(word.len()).then_some(&self.dressed);
            looked_for.into_iter().flatten().filter(move |dressed| dressed.text.as_bytes() == word)
        };
        let odd = self.odd.then_some(&self.dressed).into_iter().flatten();
        words(text).flat_map(is_there).chain(odd.filter(|dressed| has_word(text, &dressed.text)))
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, found)| {
        edge(text[..at].chars().next_back()) && edge(text[at + found.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::Payload;

    fn shown(codes: &[&str], body: &str, header: &str) -> Vec<(String, String, Encoding)> {
        let mut vault = Pseudonyms::default();
        vault.learn_person(SecretKind::Phone, "+12025550100");
        for code in codes {
            vault.learn_code("+12025550100", code);
        }
        let response = Response {
            status: 400,
            headers: vec![("x-note".into(), header.into())],
            body: Payload::Json(json!({ "errorDescription": body })),
        };
        let facts = Codes::of(&vault).shown(&response);
        let mut found: Vec<_> = facts
            .into_iter()
            .map(|fact| match fact {
                Fact::Shown { secret, place, disguise } => (secret, place, disguise),
                other => panic!("{other:?}"),
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn a_code_is_found_in_every_disguise_and_only_as_a_word() {
        let found = |body, header| shown(&["012345"], body, header);
        let one = |place: &str, disguise| vec![("<code:A1>".to_owned(), place.to_owned(), disguise)];
        assert_eq!(found("not 012345.", ""), one("body", Encoding::Plain));
        assert_eq!(found("", "a=543210;"), one("header x-note", Encoding::Reversed));
        assert_eq!(found("MDEyMzQ1", "x"), one("body", Encoding::Base64));
        assert_eq!(found("012345 or 543210", ""), one("body", Encoding::Plain));
        assert_eq!(found("9012345 x012345", "0123456"), []);
    }

    #[test]
    fn a_code_that_is_no_word_is_looked_for_all_the_same() {
        assert_eq!(shown(&["01-45"], "is 01-45 it", "")[0].2, Encoding::Plain);
        assert_eq!(shown(&["01-45"], "is 701-45 it", ""), []);
    }

    #[test]
    fn what_is_two_codes_is_told_of_both() {
        let found = shown(&["012345", "543210"], "012345", "");
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
