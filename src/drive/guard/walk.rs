//! Walks well-formed JSON, duplicate keys included, and shows the guard every text, and every number that may be dialled.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::member::{Member, member};

/// Calls `see` with each text, and with each number under an addressing member or under no member at all.
///
/// # Errors
/// The bytes are not exactly one JSON text as every parser reads it.
pub(super) fn walk(body: &[u8], see: &mut dyn FnMut(Option<Member>, &str)) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    Value { member: Some(Member::WHOLE), see }.deserialize(&mut json)?;
    json.end()
}

/// A value; `member` is the innermost addressing member around it, if one is.
struct Value<'s> {
    member: Option<Member>,
    see: &'s mut dyn FnMut(Option<Member>, &str),
}

impl Value<'_> {
    fn scalar(self, text: &str) {
        (self.see)(self.member, text);
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        if self.member.is_some() {
            self.scalar(&number.to_string());
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_u64(number.unsigned_abs())
    }

    /// Written out without exponent: 1.2125551234e10 is a number in New York.
    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        if self.member.is_some() {
            self.scalar(&number.to_string());
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Value { member: self.member, see: &mut *self.see })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        // Objects inside an addressing member keep it; at the top, only what the key says counts.
        let outer = self.member.filter(|outer| *outer != Member::WHOLE);
        while let Some(named) = members.next_key_seed(Key)? {
            members.next_value_seed(Value { member: named.or(outer), see: &mut *self.see })?;
        }
        Ok(())
    }
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<Member>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(member(key))
    }
}
