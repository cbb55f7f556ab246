//! What each keyword demands when it holds: one arm per keyword of JSON Schema.

use serde_json::{Number, Value};

use crate::{
    demand::{Fact, Lit, SchemaId, Step},
    disjoint::disjoint,
    json::{items, members, size, texts},
    number::{Bound, Decimal},
    schemas::Schemas,
    types::Types,
    unsupported::Unsupported,
};

/// The keywords that assert something, in the order in which a violation is looked for.
pub(crate) const KEYWORDS: &[&str] = &[
    "type",
    "const",
    "enum",
    "required",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependencies",
    "properties",
    "prefixItems",
    "items",
    "additionalItems",
    "contains",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "dependentSchemas",
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentEncoding",
    "contentMediaType",
];

pub(crate) fn bound(value: &Number, exclusive: bool) -> Bound {
    Bound { value: value.clone(), exclusive }
}

impl<'r> Schemas<'r> {
    pub(crate) fn holds(&mut self, parent: SchemaId, value: &'r Value) -> Lit {
        Lit::Holds(self.child(parent, value))
    }

    pub(crate) fn fails(&mut self, parent: SchemaId, value: &'r Value) -> Lit {
        Lit::Fails(self.child(parent, value))
    }

    /// Whether the keyword is present and means something in this subschema's dialect.
    pub(crate) fn active(&self, id: SchemaId, keyword: &str) -> Option<&'r Value> {
        let value = self.keyword(id, keyword)?;
        let modern = self.entry(id).draft >= jsonschema::Draft::Draft201909;
        let newest = self.entry(id).draft >= jsonschema::Draft::Draft202012;
        let counts = match keyword {
            "$ref" => true,
            _ if !modern && self.keyword(id, "$ref").is_some() => false,
            "prefixItems" | "$dynamicRef" => newest,
            "$recursiveRef" => modern && !newest,
            "additionalItems" => !newest && self.keyword(id, "items").is_some_and(Value::is_array),
            "dependentRequired" | "dependentSchemas" | "unevaluatedItems" | "unevaluatedProperties" => modern,
            "contentEncoding" | "contentMediaType" => !modern,
            "format" => value.is_string(),
            _ => true,
        };
        counts.then_some(value)
    }

    /// The demands of a whole subschema that is to hold, but for one keyword.
    pub(crate) fn demands(
        &mut self,
        id: SchemaId,
        without: Option<&'static str>,
    ) -> Result<Vec<Step>, Unsupported> {
        match self.value(id) {
            Value::Bool(true) => return Ok(Vec::new()),
            Value::Bool(false) => return Ok(vec![Fact::Never("the schema is false").into()]),
            Value::Object(_) => {}
            other => {
                let kind = Types::of(other);
                return Err(Unsupported::at(&self.entry(id).pointer, format!("is no schema: {kind:?}")));
            }
        }
        let mut steps = Vec::new();
        for keyword in KEYWORDS.iter().filter(|keyword| without != Some(**keyword)) {
            if let Some(value) = self.active(id, keyword) {
                self.demand(id, keyword, value, without, &mut steps)?;
            }
        }
        Ok(steps)
    }

    fn demand(
        &mut self,
        id: SchemaId,
        keyword: &'static str,
        value: &'r Value,
        without: Option<&'static str>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Unsupported> {
        match keyword {
            "properties" | "patternProperties" | "additionalProperties" => {
                self.member_demands(id, keyword, without, steps);
            }
            "prefixItems" | "items" | "additionalItems" => self.item_demands(id, keyword, without, steps),
            "contains"
            | "dependentSchemas"
            | "dependencies"
            | "propertyNames"
            | "unevaluatedItems"
            | "unevaluatedProperties" => self.applied_demands(id, keyword, value, steps),
            "allOf" | "anyOf" | "oneOf" | "not" | "if" => self.in_place_demands(id, keyword, value, steps),
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                let reference = value.as_str().unwrap_or("#");
                steps.push(Step::Lit(Lit::Holds(self.follow(id, keyword, reference)?)));
            }
            _ => steps.extend(self.plain_facts(id, keyword, value).into_iter().map(Step::Fact)),
        }
        Ok(())
    }

    /// Keywords without subschemas.
    fn plain_facts(&self, id: SchemaId, keyword: &str, value: &Value) -> Vec<Fact> {
        let size = size(value);
        let flag = |name: &str| self.keyword(id, name) == Some(&Value::Bool(true));
        let fact = match (keyword, value) {
            ("type", _) => Some(Fact::Declared(Types::named(value))),
            ("const", _) => Some(Fact::OneOf(vec![value.clone()])),
            ("enum", _) => Some(Fact::OneOf(items(value).to_vec())),
            ("minimum", Value::Number(low)) => Some(Fact::Low(bound(low, flag("exclusiveMinimum")))),
            ("maximum", Value::Number(high)) => Some(Fact::High(bound(high, flag("exclusiveMaximum")))),
            ("exclusiveMinimum", Value::Number(low)) => Some(Fact::Low(bound(low, true))),
            ("exclusiveMaximum", Value::Number(high)) => Some(Fact::High(bound(high, true))),
            ("multipleOf", Value::Number(divisor)) => Decimal::of(divisor).map(Fact::Multiple),
            ("minLength", _) => size.map(Fact::MinLength),
            ("maxLength", _) => size.map(Fact::MaxLength),
            ("pattern", Value::String(pattern)) => Some(Fact::Pattern(pattern.clone())),
            ("format", Value::String(format)) => Some(Fact::Format(format.clone())),
            ("contentMediaType", Value::String(media)) => {
                Some(Fact::Encoded { media: Some(media.clone()), encoding: None })
            }
            ("contentEncoding", Value::String(encoding)) => {
                Some(Fact::Encoded { media: None, encoding: Some(encoding.clone()) })
            }
            ("minItems", _) => size.map(Fact::MinItems),
            ("maxItems", _) => size.map(Fact::MaxItems),
            ("uniqueItems", Value::Bool(true)) => Some(Fact::Unique),
            ("minProperties", _) => size.map(Fact::MinProperties),
            ("maxProperties", _) => size.map(Fact::MaxProperties),
            ("required", _) => return texts(value).into_iter().map(Fact::Required).collect(),
            ("dependentRequired", _) => {
                return members(Some(value))
                    .map(|(name, names)| Fact::Implies(name.clone(), texts(names)))
                    .collect();
            }
            _ => None,
        };
        fact.into_iter().collect()
    }

    /// The three member keywords are one fact, stated by the first that is present.
    fn member_demands(&mut self, id: SchemaId, keyword: &str, without: Option<&str>, steps: &mut Vec<Step>) {
        let trio = ["properties", "patternProperties", "additionalProperties"];
        let first = trio.iter().find(|name| without != Some(**name) && self.active(id, name).is_some());
        if first != Some(&keyword) {
            return;
        }
        let mut lits = |name: &str| -> Vec<(String, Lit)> {
            let found: Vec<_> = members(self.active(id, name)).collect();
            found.into_iter().map(|(name, schema)| (name.clone(), self.holds(id, schema))).collect()
        };
        let (mut properties, mut patterns) = (lits("properties"), lits("patternProperties"));
        // A keyword left out still decides which members are additional.
        let free = Lit::Force(self.anything());
        match without {
            Some("properties") => properties.iter_mut().for_each(|(_, lit)| *lit = free),
            Some("patternProperties") => patterns.iter_mut().for_each(|(_, lit)| *lit = free),
            _ => {}
        }
        let additional =
            self.active(id, "additionalProperties").filter(|_| without != Some("additionalProperties"));
        let additional = additional.map(|schema| self.holds(id, schema));
        steps.push(Fact::Members { properties, patterns, additional }.into());
    }

    /// The positional keywords are one fact, stated by the first that is present.
    fn item_demands(&mut self, id: SchemaId, keyword: &str, without: Option<&str>, steps: &mut Vec<Step>) {
        let trio = ["prefixItems", "items", "additionalItems"];
        let first = trio.iter().find(|name| without != Some(**name) && self.active(id, name).is_some());
        if first != Some(&keyword) {
            return;
        }
        let (prefix, rest) = self.positional(id);
        let free = Lit::Force(self.anything());
        let tuple = if self.active(id, "prefixItems").is_some() { "prefixItems" } else { "items" };
        let last = if tuple == "items" { "additionalItems" } else { "items" };
        let prefix = prefix
            .iter()
            .map(|schema| if without == Some(tuple) { free } else { self.holds(id, schema) })
            .collect();
        let rest = rest.filter(|_| without != Some(last)).map(|schema| self.holds(id, schema));
        steps.push(Fact::Items { prefix, rest }.into());
    }

    /// The schemas by position and the one for all later items, in every draft's spelling.
    pub(crate) fn positional(&self, id: SchemaId) -> (&'r [Value], Option<&'r Value>) {
        match (self.active(id, "prefixItems"), self.active(id, "items")) {
            (Some(prefix), rest) => (items(prefix), rest),
            (None, Some(Value::Array(prefix))) => (prefix, self.active(id, "additionalItems")),
            (None, rest) => (&[], rest),
        }
    }

    /// Keywords that apply subschemas to parts of the value, or only sometimes.
    fn applied_demands(&mut self, id: SchemaId, keyword: &str, value: &'r Value, steps: &mut Vec<Step>) {
        match keyword {
            "contains" => {
                let (min, max) = self.contains_bounds(id);
                steps.push(Fact::Contains { lit: self.holds(id, value), min, max }.into());
            }
            "propertyNames" => steps.push(Fact::Names(self.holds(id, value)).into()),
            "unevaluatedItems" => steps.push(Fact::UnevaluatedItems(self.holds(id, value)).into()),
            "unevaluatedProperties" => steps.push(Fact::UnevaluatedMembers(self.holds(id, value)).into()),
            _ => {
                for (name, needed) in members(Some(value)) {
                    if needed.is_array() {
                        steps.push(Fact::Implies(name.clone(), texts(needed)).into());
                        continue;
                    }
                    let present = vec![
                        Fact::Types(Types::OBJECT).into(),
                        Fact::Required(name.clone()).into(),
                        Step::Lit(self.holds(id, needed)),
                    ];
                    steps.push(Step::Choice(vec![present, vec![Fact::Absent(name.clone()).into()]]));
                }
            }
        }
    }

    pub(crate) fn contains_bounds(&self, id: SchemaId) -> (usize, Option<usize>) {
        let modern = self.entry(id).draft >= jsonschema::Draft::Draft201909;
        let read = |name: &str| self.keyword(id, name).filter(|_| modern).and_then(size);
        (read("minContains").unwrap_or(1), read("maxContains"))
    }

    fn in_place_demands(&mut self, id: SchemaId, keyword: &str, value: &'r Value, steps: &mut Vec<Step>) {
        match keyword {
            "allOf" => {
                for branch in items(value) {
                    steps.push(Step::Lit(self.holds(id, branch)));
                }
            }
            "anyOf" => {
                let branches = items(value).iter().map(|branch| vec![Step::Lit(self.holds(id, branch))]);
                steps.push(Step::Choice(branches.collect()));
            }
            "oneOf" => {
                let ids: Vec<SchemaId> = items(value).iter().map(|branch| self.child(id, branch)).collect();
                let options = (0..ids.len()).map(|chosen| self.only_branch(&ids, chosen)).collect();
                steps.push(Step::Choice(options));
            }
            "not" => steps.push(Step::Lit(self.fails(id, value))),
            _ => {
                let (met, unmet) = (self.holds(id, value), self.fails(id, value));
                let yes = self.guarded(id, "then", met);
                let no = self.guarded(id, "else", unmet);
                steps.push(Step::Choice(vec![yes, no]));
            }
        }
    }

    /// A condition together with what follows from it.
    fn guarded(&mut self, id: SchemaId, name: &str, condition: Lit) -> Vec<Step> {
        let mut steps = vec![Step::Lit(condition)];
        if let Some(schema) = self.keyword(id, name) {
            steps.push(Step::Lit(self.holds(id, schema)));
        }
        steps
    }

    /// One branch of `oneOf` and none of the others, as far as they could hold beside it.
    fn only_branch(&mut self, ids: &[SchemaId], chosen: usize) -> Vec<Step> {
        let mut steps = vec![Step::Lit(Lit::Holds(ids[chosen]))];
        for (other, &id) in ids.iter().enumerate() {
            if other != chosen && !disjoint(self, ids[chosen], id) {
                steps.push(Step::Lit(Lit::Fails(id)));
            }
        }
        steps
    }

    /// The demand that asks for nothing.
    pub(crate) fn anything(&self) -> usize {
        0
    }

    pub(crate) fn force(&mut self, steps: Vec<Step>) -> usize {
        self.forces.push(steps);
        self.forces.len() - 1
    }
}
