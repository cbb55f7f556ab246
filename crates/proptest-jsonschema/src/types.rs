//! Sets of JSON types; whole numbers and numbers with a fraction are two types here.

use serde_json::Value;

use crate::number;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Types(u8);

impl Types {
    pub(crate) const NONE: Types = Types(0);
    pub(crate) const NULL: Types = Types(1);
    pub(crate) const BOOLEAN: Types = Types(2);
    pub(crate) const INTEGER: Types = Types(4);
    pub(crate) const FRACTION: Types = Types(8);
    pub(crate) const NUMBER: Types = Types(12);
    pub(crate) const STRING: Types = Types(16);
    pub(crate) const ARRAY: Types = Types(32);
    pub(crate) const OBJECT: Types = Types(64);
    pub(crate) const ANY: Types = Types(127);

    /// What the keyword `type` names.
    pub(crate) fn named(value: &Value) -> Types {
        match value {
            Value::String(name) => match name.as_str() {
                "null" => Types::NULL,
                "boolean" => Types::BOOLEAN,
                "integer" => Types::INTEGER,
                "number" => Types::NUMBER,
                "string" => Types::STRING,
                "array" => Types::ARRAY,
                "object" => Types::OBJECT,
                _ => Types::NONE,
            },
            Value::Array(names) => names.iter().fold(Types::NONE, |all, name| all.or(Types::named(name))),
            _ => Types::ANY,
        }
    }

    pub(crate) fn of(value: &Value) -> Types {
        match value {
            Value::Null => Types::NULL,
            Value::Bool(_) => Types::BOOLEAN,
            Value::Number(number) if number::is_integer(number) => Types::INTEGER,
            Value::Number(_) => Types::FRACTION,
            Value::String(_) => Types::STRING,
            Value::Array(_) => Types::ARRAY,
            Value::Object(_) => Types::OBJECT,
        }
    }

    pub(crate) fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    pub(crate) fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    pub(crate) fn not(self) -> Types {
        Types(!self.0 & Types::ANY.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn contains(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn each(self) -> impl Iterator<Item = Types> {
        (0..7).map(|bit| Types(1 << bit)).filter(move |one| self.contains(*one))
    }
}
