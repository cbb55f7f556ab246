//! What each keyword demands when it is to be broken: the ways to break it, the plainest first.

use serde_json::Value;

use crate::{
    demand::{Fact, Lit, SchemaId, Step},
    json::{items, members, size, texts},
    keywords::{KEYWORDS, bound},
    number::Decimal,
    schemas::Schemas,
    types::Types,
    unsupported::Unsupported,
};

type Ways = Vec<Vec<Step>>;

fn way(types: Types, facts: impl IntoIterator<Item = Fact>) -> Vec<Step> {
    std::iter::once(Fact::Types(types)).chain(facts).map(Step::Fact).collect()
}

impl<'r> Schemas<'r> {
    /// The ways to break a subschema, but for one keyword.
    pub(crate) fn violations(
        &mut self,
        id: SchemaId,
        without: Option<&'static str>,
    ) -> Result<Ways, Unsupported> {
        if let Value::Bool(accepts) = self.value(id) {
            return Ok(if *accepts { Vec::new() } else { vec![Vec::new()] });
        }
        let mut ways = Vec::new();
        for keyword in KEYWORDS.iter().filter(|keyword| without != Some(**keyword)) {
            ways.extend(self.breaches(id, keyword)?);
        }
        Ok(ways)
    }

    /// The ways to break one keyword.
    pub(crate) fn breaches(&mut self, id: SchemaId, keyword: &'static str) -> Result<Ways, Unsupported> {
        let Some(value) = self.active(id, keyword) else { return Ok(Vec::new()) };
        Ok(match keyword {
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                let target = self.follow(id, keyword, value.as_str().unwrap_or("#"))?;
                vec![vec![Step::Lit(Lit::Fails(target))]]
            }
            "allOf" | "anyOf" | "oneOf" | "not" | "if" => self.in_place_breaches(id, keyword, value),
            "items" | "prefixItems" | "additionalItems" => self.item_breaches(id, keyword),
            "contains" => self.contains_breaches(id, value),
            "unevaluatedItems"
            | "properties"
            | "patternProperties"
            | "additionalProperties"
            | "propertyNames"
            | "dependentSchemas"
            | "dependencies"
            | "unevaluatedProperties" => self.member_breaches(id, keyword, value),
            _ => self.plain_breaches(id, keyword, value),
        })
    }

    fn plain_breaches(&self, id: SchemaId, keyword: &str, value: &Value) -> Ways {
        let exclusive = |name: &str| self.keyword(id, name) == Some(&Value::Bool(true));
        let one =
            |types: Types, fact: Option<Fact>| fact.map(|fact| way(types, [fact])).into_iter().collect();
        let size = size(value);
        let less = size.and_then(|size| size.checked_sub(1));
        let more = size.map(|size| size + 1);
        match (keyword, value) {
            ("type", _) => {
                let others = Types::named(value).not();
                if others.is_empty() { Vec::new() } else { vec![way(others, [])] }
            }
            ("const", _) => vec![vec![Fact::NoneOf(vec![value.clone()]).into()]],
            ("enum", _) => vec![vec![Fact::NoneOf(items(value).to_vec()).into()]],
            ("minimum", Value::Number(low)) => {
                one(Types::NUMBER, Some(Fact::High(bound(low, !exclusive("exclusiveMinimum")))))
            }
            ("maximum", Value::Number(high)) => {
                one(Types::NUMBER, Some(Fact::Low(bound(high, !exclusive("exclusiveMaximum")))))
            }
            ("exclusiveMinimum", Value::Number(low)) => {
                one(Types::NUMBER, Some(Fact::High(bound(low, false))))
            }
            ("exclusiveMaximum", Value::Number(high)) => {
                one(Types::NUMBER, Some(Fact::Low(bound(high, false))))
            }
            ("multipleOf", Value::Number(divisor)) => {
                one(Types::NUMBER, Decimal::of(divisor).map(Fact::NotMultiple))
            }
            ("minLength", _) => one(Types::STRING, less.map(Fact::MaxLength)),
            ("maxLength", _) => one(Types::STRING, more.map(Fact::MinLength)),
            ("pattern", Value::String(text)) => one(Types::STRING, Some(Fact::NotPattern(text.clone()))),
            ("format", Value::String(text)) => one(Types::STRING, Some(Fact::NotFormat(text.clone()))),
            ("minItems", _) => one(Types::ARRAY, less.map(Fact::MaxItems)),
            ("maxItems", _) => one(Types::ARRAY, more.map(Fact::MinItems)),
            ("uniqueItems", Value::Bool(true)) => one(Types::ARRAY, Some(Fact::Repeated)),
            ("minProperties", _) => one(Types::OBJECT, less.map(Fact::MaxProperties)),
            ("maxProperties", _) => one(Types::OBJECT, more.map(Fact::MinProperties)),
            ("required", _) => {
                texts(value).into_iter().map(|name| way(Types::OBJECT, [Fact::Absent(name)])).collect()
            }
            ("dependentRequired", _) => {
                members(Some(value)).flat_map(|(name, all)| lacking(name, all)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn in_place_breaches(&mut self, id: SchemaId, keyword: &str, value: &'r Value) -> Ways {
        let branches: Vec<SchemaId> = items(value).iter().map(|branch| self.child(id, branch)).collect();
        match keyword {
            "allOf" => branches.iter().map(|&branch| vec![Step::Lit(Lit::Fails(branch))]).collect(),
            "anyOf" => vec![branches.iter().map(|&branch| Step::Lit(Lit::Fails(branch))).collect()],
            "oneOf" => {
                let mut ways: Ways =
                    vec![branches.iter().map(|&branch| Step::Lit(Lit::Fails(branch))).collect()];
                let two = |(first, second): (usize, usize)| {
                    vec![Step::Lit(Lit::Holds(branches[first])), Step::Lit(Lit::Holds(branches[second]))]
                };
                let points = (0..branches.len()).flat_map(|left| (0..left).map(move |right| (right, left)));
                ways.extend(points.take(20).map(two));
                ways
            }
            "not" => vec![vec![Step::Lit(self.holds(id, value))]],
            _ => {
                let (met, unmet) = (self.holds(id, value), self.fails(id, value));
                let branch = |name, condition, schemas: &mut Self| {
                    let schema = schemas.keyword(id, name)?;
                    Some(vec![Step::Lit(condition), Step::Lit(schemas.fails(id, schema))])
                };
                [branch("then", met, self), branch("else", unmet, self)].into_iter().flatten().collect()
            }
        }
    }

    fn item_breaches(&mut self, id: SchemaId, keyword: &str) -> Ways {
        let (prefix, rest) = self.positional(id);
        let tuple = if self.active(id, "prefixItems").is_some() { "prefixItems" } else { "items" };
        let mut ways = Vec::new();
        if keyword == tuple {
            for (index, schema) in prefix.iter().enumerate() {
                let lit = self.fails(id, schema);
                ways.push(way(Types::ARRAY, [Fact::MinItems(index + 1), Fact::ItemAt(index, lit)]));
            }
        }
        if let Some(schema) = rest.filter(|_| keyword != tuple || prefix.is_empty()) {
            let (index, lit) = (prefix.len(), self.fails(id, schema));
            ways.push(way(Types::ARRAY, [Fact::MinItems(index + 1), Fact::ItemAt(index, lit)]));
        }
        ways
    }

    fn contains_breaches(&mut self, id: SchemaId, value: &'r Value) -> Ways {
        let (min, max) = self.contains_bounds(id);
        let lit = self.holds(id, value);
        let few = min
            .checked_sub(1)
            .map(|fewer| way(Types::ARRAY, [Fact::Contains { lit, min: 0, max: Some(fewer) }]));
        let many = max.map(|most| way(Types::ARRAY, [Fact::Contains { lit, min: most + 1, max: None }]));
        few.into_iter().chain(many).collect()
    }

    fn member_breaches(&mut self, id: SchemaId, keyword: &str, value: &'r Value) -> Ways {
        let object = |facts: Vec<Fact>| way(Types::OBJECT, facts);
        match keyword {
            "properties" => members(Some(value))
                .map(|(name, schema)| {
                    let properties = vec![(name.clone(), self.fails(id, schema))];
                    let broken = Fact::Members { properties, patterns: Vec::new(), additional: None };
                    object(vec![Fact::Required(name.clone()), broken])
                })
                .collect(),
            "patternProperties" => members(Some(value))
                .map(|(pattern, schema)| {
                    object(vec![Fact::Witness {
                        pattern: Some(pattern.clone()),
                        lit: self.fails(id, schema),
                    }])
                })
                .collect(),
            "additionalProperties" | "unevaluatedProperties" => {
                vec![object(vec![Fact::Witness { pattern: None, lit: self.fails(id, value) }])]
            }
            "propertyNames" => vec![object(vec![Fact::OddName(self.fails(id, value))])],
            "unevaluatedItems" => {
                // An item after all that any keyword could have evaluated here.
                let index = self.positional(id).0.len().max(4);
                let lit = self.fails(id, value);
                (0..=index)
                    .map(|index| way(Types::ARRAY, [Fact::MinItems(index + 1), Fact::ItemAt(index, lit)]))
                    .collect()
            }
            _ => members(Some(value))
                .flat_map(|(name, needed)| {
                    if needed.is_array() {
                        return lacking(name, needed);
                    }
                    let mut steps = object(vec![Fact::Required(name.clone())]);
                    steps.push(Step::Lit(self.fails(id, needed)));
                    vec![steps]
                })
                .collect(),
        }
    }
}

/// `name` present without one of those it needs.
fn lacking(name: &str, needed: &Value) -> Ways {
    let way_for = |other| way(Types::OBJECT, [Fact::Required(name.to_owned()), Fact::Absent(other)]);
    texts(needed).into_iter().map(way_for).collect()
}
