//! JSON in which a name occurs twice: parsers differ in which value counts, or refuse the text.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Whether the bytes are one JSON text in which an object has two members of one name, at any depth.
pub(crate) fn repeats_a_member(bytes: &[u8]) -> bool {
    let mut repeated = false;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = Seen(&mut repeated).deserialize(&mut json).and_then(|()| json.end());
    read.is_ok() && repeated
}

struct Seen<'s>(&'s mut bool);

impl<'de> DeserializeSeed<'de> for Seen<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seen<'_> {
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

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Seen(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            *self.0 |= !names.insert(name);
            members.next_value_seed(Seen(&mut *self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_stand_once_in_each_object() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"a":{"b":null,"\u0062":2.5}}]"#] {
            assert!(repeats_a_member(text.as_bytes()), "{text}");
        }
        for text in [r#"{"a":{"a":-1},"b":{"a":[true,"a","a"]}}"#, r#"{"a":1,"a":1"#, "", "a a"] {
            assert!(!repeats_a_member(text.as_bytes()), "{text}");
        }
    }
}
