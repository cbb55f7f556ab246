//! Values made from others: spellings of a number, near misses of a code, tokens that must not work.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::hmac;
use serde_json::{Value, json};
use thiserror::Error;

use super::forger;
use super::pem::public_key;
use crate::drive::{KeyRing, header};
use crate::suite::How;

/// A change that cannot be made to this value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`|{how}` cannot be made of this value: {why}")]
pub(super) struct ChangeError {
    how: &'static str,
    why: &'static str,
}

/// The value changed in this way. `keys` are the target's published keys, which some forgeries need.
///
/// # Errors
/// The value is not of the kind that can be changed so.
pub(super) fn change(value: &str, how: How, keys: &KeyRing) -> Result<Value, ChangeError> {
    let error = |why| ChangeError { how: how.word(), why };
    let text = match how {
        How::Dashes => spelled(value, "-", "-", "-"),
        How::Spaces => spelled(value, " ", " ", " "),
        How::Brackets => spelled(value, " (", ") ", "-"),
        How::Dots => spelled(value, ".", ".", "."),
        How::Prefix => cut(value, 0, 1),
        How::Suffix => cut(value, 1, 0),
        How::Changed => Some(with_last_changed(value)),
        How::Longer => Some(format!("{value}0")),
        How::Zeroless => Some(value.trim_start_matches('0').to_owned()).filter(|text| *text != value),
        How::Leading => Some(format!("0{value}")),
        How::Decimal => Some(format!("{value}.0")),
        How::Turned => turned(value),
        How::Lower => Some(value.to_lowercase()),
        How::Padded => Some(format!(" {value} ")),
        How::Number => {
            return value.parse::<u64>().map(Value::from).map_err(|_| error("it is not made of digits"));
        }
        How::Fullwidth => Some(value.chars().map(fullwidth).collect()),
        How::List => return Ok(json!([value])),
        How::Object => return Ok(json!({ "code": value })),
        How::Tampered => tampered(value),
        How::Unsigned => resigned(value, KeyName::Same, "none", |_| Some(Vec::new())),
        How::Forged => resigned(value, KeyName::Same, "RS256", forger::sign),
        How::Stray => resigned(value, KeyName::Unknown, "RS256", forger::sign),
        How::Nameless => resigned(value, KeyName::Missing, "RS256", forger::sign),
        How::Confused => {
            let pem = keys.key_of(value).map(public_key).filter(|pem| !pem.is_empty());
            let pem = pem.ok_or(error("the published key is not known or not RSA"))?;
            let key = hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes());
            resigned(value, KeyName::Same, "HS256", |signed| Some(hmac::sign(&key, signed).as_ref().to_vec()))
        }
    };
    text.map(Value::from).ok_or(error("it is too short or of another kind"))
}

/// `+1`, `202`, `555`, `0100` with these between them; other countries get their last four digits apart.
fn spelled(value: &str, first: &str, second: &str, third: &str) -> Option<String> {
    let digits = value
        .strip_prefix('+')
        .filter(|digits| digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    let (country, rest) = digits.split_at(if digits.starts_with('1') { 1 } else { 2 });
    let (area, rest) = rest.split_at(3.min(rest.len()));
    let (exchange, line) = rest.split_at(rest.len().saturating_sub(4));
    if exchange.is_empty() {
        return Some(format!("+{country}{first}{area}{second}{line}"));
    }
    Some(format!("+{country}{first}{area}{second}{exchange}{third}{line}"))
}

fn cut(value: &str, front: usize, back: usize) -> Option<String> {
    let chars: Vec<char> = value.chars().collect();
    (chars.len() > 1).then(|| chars[front..chars.len() - back].iter().collect())
}

/// The same letters and digits in the first other order that turning the text gives.
fn turned(value: &str) -> Option<String> {
    let chars: Vec<char> = value.chars().collect();
    let plain: Vec<usize> = (0..chars.len()).filter(|at| chars[*at].is_alphanumeric()).collect();
    let turn = |by: usize| -> String {
        let mut other = chars.clone();
        plain
            .iter()
            .enumerate()
            .for_each(|(at, place)| other[*place] = chars[plain[(at + by) % plain.len()]]);
        other.into_iter().collect()
    };
    (1..plain.len()).map(turn).find(|text| text != value)
}

/// The next digit or letter in place of the last character.
fn with_last_changed(value: &str) -> String {
    let mut chars: Vec<char> = value.chars().collect();
    if let Some(last) = chars.last_mut() {
        *last = match *last {
            '9' => '0',
            'z' => 'a',
            'Z' => 'A',
            other => char::from_u32(other as u32 + 1).unwrap_or('0'),
        };
    }
    chars.into_iter().collect()
}

fn fullwidth(c: char) -> char {
    if c.is_ascii_digit() { char::from_u32(0xFF10 + c as u32 - '0' as u32).unwrap_or(c) } else { c }
}

/// Another first character of the signature: the last one holds bits that do not count.
fn tampered(token: &str) -> Option<String> {
    let (signed, signature) = token.rsplit_once('.')?;
    let first = signature.chars().next()?;
    let other = if first == 'A' { 'B' } else { 'A' };
    Some(format!("{signed}.{other}{}", &signature[first.len_utf8()..]))
}

/// What the head of a token says of the key that signed it.
enum KeyName {
    /// As it was.
    Same,
    /// A key that no target publishes.
    Unknown,
    /// Nothing.
    Missing,
}

fn resigned(token: &str, key: KeyName, alg: &str, sign: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<String> {
    let mut head = header(token)?;
    head["alg"] = alg.into();
    match key {
        KeyName::Same => {}
        KeyName::Unknown => head["kid"] = "no-key-has-this-name".into(),
        KeyName::Missing => drop(head.as_object_mut()?.remove("kid")),
    }
    let claims = token.split('.').nth(1)?;
    let signed = format!("{}.{claims}", BASE64URL.encode(head.to_string()));
    let signature = sign(signed.as_bytes())?;
    Some(format!("{signed}.{}", BASE64URL.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(value: &str, how: How) -> Value {
        change(value, how, &KeyRing::default()).unwrap()
    }

    #[test]
    fn one_number_in_many_spellings() {
        let number = "+12025550142";
        assert_eq!(changed(number, How::Dashes), "+1-202-555-0142");
        assert_eq!(changed(number, How::Brackets), "+1 (202) 555-0142");
        assert_eq!(changed(number, How::Dots), "+1.202.555.0142");
        assert!(change("ada", How::Dashes, &KeyRing::default()).is_err());
    }

    #[test]
    fn near_misses_differ_from_the_code() {
        assert_eq!(changed("012349", How::Prefix), "01234");
        assert_eq!(changed("012349", How::Suffix), "12349");
        assert_eq!(changed("012349", How::Changed), "012340");
        assert_eq!(changed("012349", How::Number), 12349);
        assert_eq!(changed("012349", How::Turned), "123490");
        assert_eq!(changed("12-34", How::Turned), "23-41");
        assert!(change("1111", How::Turned, &KeyRing::default()).is_err());
        assert_eq!([changed("01", How::Leading), changed("01", How::Decimal)], ["001", "01.0"]);
        assert_eq!(changed("12", How::Fullwidth), "１２");
    }

    #[test]
    fn a_forged_token_keeps_its_claims_and_loses_its_signature() {
        let token =
            format!("{}.{}.AAAA", BASE64URL.encode(r#"{"alg":"RS256","kid":"k"}"#), BASE64URL.encode("{}"));
        for how in [How::Tampered, How::Unsigned, How::Forged, How::Stray, How::Nameless] {
            let forged = changed(&token, how);
            let forged = forged.as_str().unwrap();
            assert_ne!(forged, token);
            assert_eq!(forged.split('.').nth(1), token.split('.').nth(1));
        }
    }

    #[test]
    fn a_token_of_another_key_may_name_one_that_is_not_published_or_none() {
        let head = BASE64URL.encode(r#"{"alg":"RS256","kid":"k1"}"#);
        let token = format!("{head}.{}.AAAA", BASE64URL.encode(r#"{"sub":"U1"}"#));
        let kid = |how| header(changed(&token, how).as_str().unwrap()).unwrap().get("kid").cloned();
        assert_eq!(kid(How::Forged), Some("k1".into()));
        assert!(kid(How::Stray).is_some_and(|kid| kid.is_string() && kid != "k1"));
        assert_eq!(kid(How::Nameless), None);
    }
}
