//! One alternative of a goal: all plain facts joined, type by type, contradictions noticed at once.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use crate::{
    demand::{Fact, Lit},
    number::{NumberFacts, same},
    pattern::Pattern,
    types::Types,
};

/// The schema objects whose `unevaluated…` keywords want to hear of a fact.
pub(crate) type Listeners = Vec<usize>;

#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) types: Types,
    /// The types that some keyword is about; a value of another type would satisfy it vacuously.
    pub(crate) touched: Types,
    pub(crate) declared: bool,
    pub(crate) finite: Option<Vec<Value>>,
    pub(crate) excluded: Vec<Value>,
    pub(crate) number: NumberFacts,
    pub(crate) text: TextFacts,
    pub(crate) array: ArrayFacts,
    pub(crate) object: ObjectFacts,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct TextFacts {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) patterns: Vec<String>,
    pub(crate) not_patterns: Vec<String>,
    pub(crate) formats: Vec<String>,
    pub(crate) not_formats: Vec<String>,
    pub(crate) media: Option<String>,
    pub(crate) encoding: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ArrayFacts {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) sources: Vec<ItemSource>,
    pub(crate) single: Vec<(usize, Lit)>,
    pub(crate) contains: Vec<ContainsFact>,
    pub(crate) unique: bool,
    pub(crate) repeated: bool,
    pub(crate) unevaluated: Vec<(Listeners, usize, Lit)>,
}

#[derive(Debug, Clone)]
pub(crate) struct ItemSource {
    pub(crate) prefix: Vec<Option<Lit>>,
    pub(crate) rest: Option<Lit>,
    /// An item that one of these `contains` has evaluated is not asked.
    pub(crate) spared: Vec<usize>,
    listeners: Listeners,
}

#[derive(Debug, Clone)]
pub(crate) struct ContainsFact {
    pub(crate) lit: Lit,
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    listeners: Listeners,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectFacts {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    /// In the order in which schemas name them.
    pub(crate) required: Vec<String>,
    pub(crate) absent: BTreeSet<String>,
    pub(crate) sources: Vec<MemberSource>,
    pub(crate) names: Vec<Lit>,
    pub(crate) implied: Vec<(String, Vec<String>)>,
    pub(crate) witnesses: Vec<(Option<String>, Lit)>,
    pub(crate) odd_names: Vec<Lit>,
    pub(crate) unevaluated: Vec<(Listeners, usize, Lit)>,
}

#[derive(Debug, Clone)]
pub(crate) struct MemberSource {
    pub(crate) properties: Vec<(String, Option<Lit>)>,
    pub(crate) patterns: Vec<(String, Option<Lit>)>,
    pub(crate) additional: Option<Lit>,
    /// Whether it says anything about members it does not name.
    pub(crate) open: bool,
    listeners: Listeners,
}

impl Facts {
    pub(crate) fn new() -> Facts {
        Facts {
            types: Types::ANY,
            touched: Types::NONE,
            declared: false,
            finite: None,
            excluded: Vec::new(),
            number: NumberFacts::default(),
            text: TextFacts::default(),
            array: ArrayFacts::default(),
            object: ObjectFacts::default(),
        }
    }

    /// Whether the fact follows from what is known already.
    pub(crate) fn knows(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Types(types) => types.contains(self.types),
            Fact::Required(name) => self.object.required.contains(name),
            Fact::Absent(name) => self.object.absent.contains(name),
            _ => false,
        }
    }

    /// Joins a fact; the reason when nothing can satisfy all of them any more.
    pub(crate) fn join(&mut self, fact: Fact, listeners: &Listeners) -> Result<(), &'static str> {
        let touched = fact.touches();
        self.touched = self.touched.or(touched);
        match fact {
            Fact::Never(why) => return Err(why),
            Fact::Types(types) => self.types = self.types.and(types),
            Fact::Declared(types) => {
                self.declared = true;
                self.types = self.types.and(types);
            }
            Fact::OneOf(values) => {
                self.declared = true;
                let kept = self.finite.take().map_or_else(
                    || values.clone(),
                    |known| {
                        known.into_iter().filter(|value| values.iter().any(|one| same(one, value))).collect()
                    },
                );
                self.types =
                    self.types.and(kept.iter().fold(Types::NONE, |all, value| all.or(Types::of(value))));
                self.finite = Some(kept);
            }
            Fact::NoneOf(values) => self.excluded.extend(values),
            fact if touched == Types::NUMBER => self.join_number(fact),
            fact if touched == Types::STRING => self.text.join(fact),
            fact if touched == Types::ARRAY => self.array.join(fact, listeners),
            fact => self.object.join(fact, listeners),
        }
        self.settle(touched)
    }

    fn join_number(&mut self, fact: Fact) {
        match fact {
            Fact::Low(bound) => self.number.raise(bound),
            Fact::High(bound) => self.number.lower(bound),
            Fact::Multiple(divisor) => self.number.multiples.push(divisor),
            Fact::NotMultiple(divisor) => self.number.not_multiples.push(divisor),
            _ => {}
        }
    }

    /// A contradiction within one type rules out that type; without types nothing is left.
    fn settle(&mut self, touched: Types) -> Result<(), &'static str> {
        if touched == Types::NUMBER && !self.number.is_open() {
            self.types = self.types.and(Types::NUMBER.not());
        }
        if touched == Types::STRING && self.text.max.is_some_and(|max| max < self.text.min) {
            self.types = self.types.and(Types::STRING.not());
        }
        if touched == Types::ARRAY && self.array.contradicts() {
            self.types = self.types.and(Types::ARRAY.not());
        }
        if touched == Types::OBJECT && self.object.contradicts() {
            self.types = self.types.and(Types::OBJECT.not());
        }
        if let Some(values) = &mut self.finite {
            let (types, excluded) = (self.types, &self.excluded);
            values.retain(|value| {
                types.contains(Types::of(value)) && !excluded.iter().any(|other| same(other, value))
            });
            if values.is_empty() {
                return Err("the keywords together allow no value");
            }
        }
        if self.types.is_empty() { Err("the keywords together allow no type") } else { Ok(()) }
    }

    /// Turns `unevaluated…` into plain sources, the inner schemas first.
    pub(crate) fn close(&mut self) {
        let mut waiting = std::mem::take(&mut self.object.unevaluated);
        waiting.sort_by_key(|(_, listener, _)| std::cmp::Reverse(*listener));
        for (listeners, listener, lit) in waiting {
            self.object.close(listeners, listener, lit);
        }
        let mut waiting = std::mem::take(&mut self.array.unevaluated);
        waiting.sort_by_key(|(_, listener, _)| std::cmp::Reverse(*listener));
        for (listeners, listener, lit) in waiting {
            self.array.close(listeners, listener, lit);
        }
    }
}

fn tighten(max: &mut Option<usize>, limit: usize) {
    *max = Some(max.map_or(limit, |max| max.min(limit)));
}

impl TextFacts {
    fn join(&mut self, fact: Fact) {
        match fact {
            Fact::MinLength(length) => self.min = self.min.max(length),
            Fact::MaxLength(length) => tighten(&mut self.max, length),
            Fact::Pattern(pattern) => self.patterns.push(pattern),
            Fact::NotPattern(pattern) => self.not_patterns.push(pattern),
            Fact::Format(format) => self.formats.push(format),
            Fact::NotFormat(format) => self.not_formats.push(format),
            Fact::Encoded { media, encoding } => {
                self.media = media.or(self.media.take());
                self.encoding = encoding.or(self.encoding.take());
            }
            _ => {}
        }
    }
}

impl ArrayFacts {
    fn contradicts(&self) -> bool {
        self.max.is_some_and(|max| max < self.min) || (self.unique && self.repeated)
    }

    fn join(&mut self, fact: Fact, listeners: &Listeners) {
        match fact {
            Fact::MinItems(count) => self.min = self.min.max(count),
            Fact::MaxItems(count) => tighten(&mut self.max, count),
            Fact::Unique => self.unique = true,
            Fact::Repeated => {
                self.repeated = true;
                self.min = self.min.max(2);
            }
            Fact::ItemAt(index, lit) => self.single.push((index, lit)),
            Fact::Items { prefix, rest } => self.sources.push(ItemSource {
                prefix: prefix.into_iter().map(Some).collect(),
                rest,
                spared: Vec::new(),
                listeners: listeners.clone(),
            }),
            Fact::Contains { lit, min, max } => {
                self.min = self.min.max(min);
                self.contains.push(ContainsFact { lit, min, max, listeners: listeners.clone() });
            }
            Fact::UnevaluatedItems(lit) => self.listen(listeners, lit),
            _ => {}
        }
    }

    fn listen(&mut self, listeners: &Listeners, lit: Lit) {
        if let Some((own, outer)) = listeners.split_last() {
            self.unevaluated.push((outer.to_vec(), *own, lit));
        }
    }

    fn close(&mut self, listeners: Listeners, listener: usize, lit: Lit) {
        let heard = |source: &&ItemSource| source.listeners.contains(&listener);
        if self.sources.iter().filter(heard).any(|source| source.rest.is_some()) {
            return;
        }
        let evaluated =
            self.sources.iter().filter(heard).map(|source| source.prefix.len()).max().unwrap_or(0);
        let contains = self.contains.iter().enumerate();
        let spared = contains.filter(|(_, fact)| fact.listeners.contains(&listener)).map(|(index, _)| index);
        let spared = spared.collect();
        self.sources.push(ItemSource { prefix: vec![None; evaluated], rest: Some(lit), spared, listeners });
    }
}

impl ObjectFacts {
    /// What all sources together ask of a member of that name.
    pub(crate) fn member_lits(&self, patterns: &[Arc<Pattern>], name: &str) -> BTreeSet<Lit> {
        let mut lits = BTreeSet::new();
        for source in &self.sources {
            let named = source.properties.iter().filter(|(other, _)| other == name).map(|(_, lit)| *lit);
            let matching = source.patterns.iter().filter(|(pattern, _)| {
                patterns.iter().any(|compiled| compiled.source == *pattern && compiled.matches(name))
            });
            let found: Vec<Option<Lit>> = named.chain(matching.map(|(_, lit)| *lit)).collect();
            if found.is_empty() {
                lits.extend(source.additional);
            }
            lits.extend(found.into_iter().flatten());
        }
        lits
    }

    fn join(&mut self, fact: Fact, listeners: &Listeners) {
        match fact {
            Fact::MinProperties(count) => self.min = self.min.max(count),
            Fact::MaxProperties(count) => tighten(&mut self.max, count),
            Fact::Required(name) => self.require(name),
            Fact::Absent(name) => {
                self.absent.insert(name);
            }
            Fact::Names(lit) => self.names.push(lit),
            Fact::Implies(name, needed) => self.implied.push((name, needed)),
            Fact::Witness { pattern, lit } => self.witnesses.push((pattern, lit)),
            Fact::OddName(lit) => self.odd_names.push(lit),
            Fact::Members { properties, patterns, additional } => self.sources.push(MemberSource {
                properties: properties.into_iter().map(|(name, lit)| (name, Some(lit))).collect(),
                patterns: patterns.into_iter().map(|(pattern, lit)| (pattern, Some(lit))).collect(),
                open: additional.is_some(),
                additional,
                listeners: listeners.clone(),
            }),
            Fact::UnevaluatedMembers(lit) => {
                if let Some((own, outer)) = listeners.split_last() {
                    self.unevaluated.push((outer.to_vec(), *own, lit));
                }
            }
            _ => {}
        }
        self.follow_implications();
    }

    fn require(&mut self, name: String) {
        if !self.required.contains(&name) {
            self.required.push(name);
        }
    }

    fn follow_implications(&mut self) {
        let mut index = 0;
        while let Some(name) = self.required.get(index).cloned() {
            index += 1;
            let implied: Vec<String> = self
                .implied
                .iter()
                .filter(|(trigger, _)| *trigger == name)
                .flat_map(|(_, needed)| needed.clone())
                .collect();
            implied.into_iter().for_each(|needed| self.require(needed));
        }
    }

    fn contradicts(&self) -> bool {
        let least = self.min.max(self.required.len());
        self.max.is_some_and(|max| max < least) || self.required.iter().any(|name| self.absent.contains(name))
    }

    fn close(&mut self, listeners: Listeners, listener: usize, lit: Lit) {
        let heard: Vec<&MemberSource> =
            self.sources.iter().filter(|source| source.listeners.contains(&listener)).collect();
        if heard.iter().any(|source| source.additional.is_some()) {
            return;
        }
        let names = |points: &Vec<(String, Option<Lit>)>| -> Vec<(String, Option<Lit>)> {
            points.iter().map(|(name, _)| (name.clone(), None)).collect()
        };
        let properties = heard.iter().flat_map(|source| names(&source.properties)).collect();
        let patterns = heard.iter().flat_map(|source| names(&source.patterns)).collect();
        self.sources.push(MemberSource {
            properties,
            patterns,
            additional: Some(lit),
            open: true,
            listeners,
        });
    }
}
