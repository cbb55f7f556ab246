//! The language of demands: what a value has to be, written as literals over subschemas and as plain facts.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    number::{Bound, Decimal},
    types::Types,
};

/// Stands for one subschema in one dynamic scope.
pub(crate) type SchemaId = usize;

/// One demand on a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lit {
    /// The value satisfies the subschema.
    Holds(SchemaId),
    /// The value breaks the subschema.
    Fails(SchemaId),
    /// The value breaks this keyword of the subschema.
    Breaks(SchemaId, &'static str),
    /// Demands of our own, by number.
    Force(usize),
}

/// What a value has to be: the conjunction of its literals, with one keyword of one subschema left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Goal {
    pub(crate) lits: BTreeSet<Lit>,
    pub(crate) without: Option<(SchemaId, &'static str)>,
}

impl Goal {
    pub(crate) fn of(lits: impl IntoIterator<Item = Lit>) -> Goal {
        Goal { lits: lits.into_iter().collect(), without: None }
    }

    pub(crate) fn and(mut self, lit: Lit) -> Goal {
        self.lits.insert(lit);
        self
    }
}

/// Demands that no schema states: a bound met exactly, a member present, a branch taken.
pub(crate) type Force = Vec<Step>;

/// One step of taking a demand apart.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Fact(Fact),
    Lit(Lit),
    /// At least one of these holds.
    Choice(Vec<Vec<Step>>),
}

impl From<Fact> for Step {
    fn from(fact: Fact) -> Step {
        Step::Fact(fact)
    }
}

/// One plain fact about a value. A fact about one type says nothing of the others.
#[derive(Debug, Clone)]
pub(crate) enum Fact {
    Types(Types),
    /// As `Types`, because the schema's author said so.
    Declared(Types),
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    Low(Bound),
    High(Bound),
    Multiple(Decimal),
    NotMultiple(Decimal),
    MinLength(usize),
    MaxLength(usize),
    Pattern(String),
    NotPattern(String),
    Format(String),
    NotFormat(String),
    Encoded {
        media: Option<String>,
        encoding: Option<String>,
    },
    MinItems(usize),
    MaxItems(usize),
    Items {
        prefix: Vec<Lit>,
        rest: Option<Lit>,
    },
    ItemAt(usize, Lit),
    Contains {
        lit: Lit,
        min: usize,
        max: Option<usize>,
    },
    Unique,
    Repeated,
    MinProperties(usize),
    MaxProperties(usize),
    Required(String),
    Absent(String),
    Members {
        properties: Vec<(String, Lit)>,
        patterns: Vec<(String, Lit)>,
        additional: Option<Lit>,
    },
    Names(Lit),
    Implies(String, Vec<String>),
    /// Some member that no other demand names, or one with a name of the pattern, obeys the literal.
    Witness {
        pattern: Option<String>,
        lit: Lit,
    },
    /// Some member's name obeys the literal.
    OddName(Lit),
    UnevaluatedMembers(Lit),
    UnevaluatedItems(Lit),
    Never(&'static str),
}

impl Fact {
    /// The types this fact is about, where it singles some out.
    pub(crate) fn touches(&self) -> Types {
        match self {
            Fact::Types(_) | Fact::Declared(_) | Fact::OneOf(_) | Fact::NoneOf(_) | Fact::Never(_) => {
                Types::NONE
            }
            Fact::Low(_) | Fact::High(_) | Fact::Multiple(_) | Fact::NotMultiple(_) => Types::NUMBER,
            Fact::MinLength(_)
            | Fact::MaxLength(_)
            | Fact::Pattern(_)
            | Fact::NotPattern(_)
            | Fact::Format(_)
            | Fact::NotFormat(_)
            | Fact::Encoded { .. } => Types::STRING,
            Fact::MinItems(_)
            | Fact::MaxItems(_)
            | Fact::Items { .. }
            | Fact::ItemAt(..)
            | Fact::Contains { .. }
            | Fact::Unique
            | Fact::Repeated
            | Fact::UnevaluatedItems(_) => Types::ARRAY,
            Fact::MinProperties(_)
            | Fact::MaxProperties(_)
            | Fact::Required(_)
            | Fact::Absent(_)
            | Fact::Members { .. }
            | Fact::Names(_)
            | Fact::Implies(..)
            | Fact::Witness { .. }
            | Fact::OddName(_)
            | Fact::UnevaluatedMembers(_) => Types::OBJECT,
        }
    }
}
