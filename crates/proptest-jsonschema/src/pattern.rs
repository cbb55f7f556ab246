//! Strings from ECMA-262 patterns: matched by a regex engine, drawn from its syntax tree within a length.

use jsonschema::Validator;
use jsonschema_regex::to_rust_regex;
use proptest::test_runner::TestRunner;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde_json::{Value, json};

use crate::{random::Random, unsupported::UnsupportedText};

/// One `pattern`, compiled once.
pub(crate) struct Pattern {
    pub(crate) source: String,
    matcher: Matcher,
    shape: Shape,
}

enum Matcher {
    Plain(regex::Regex),
    /// Look-around and back-references: only the validator's engine can decide.
    Validator(Box<Validator>),
}

impl Pattern {
    pub(crate) fn new(source: &str) -> Result<Pattern, UnsupportedText> {
        let plain = to_rust_regex(source).ok().and_then(|text| regex::Regex::new(&text).ok());
        let matcher = match plain {
            Some(regex) => Matcher::Plain(regex),
            None => Matcher::Validator(Box::new(
                jsonschema::validator_for(&json!({ "pattern": source }))
                    .map_err(|_| UnsupportedText::Unreadable(source.to_owned()))?,
            )),
        };
        let drawable = without_lookaround(source);
        let shape = to_rust_regex(&drawable)
            .ok()
            .and_then(|text| regex_syntax::parse(&text).ok())
            .map(|hir| Shape::search(&hir))
            .ok_or_else(|| UnsupportedText::Undrawable(source.to_owned()))?;
        Ok(Pattern { source: source.to_owned(), matcher, shape })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::Plain(regex) => regex.is_match(text),
            Matcher::Validator(validator) => validator.is_valid(&Value::String(text.to_owned())),
        }
    }

    /// A string that should match, `low` to `high` characters long; look-around is not obeyed.
    pub(crate) fn draw(&self, runner: &mut TestRunner, low: usize, high: usize) -> Option<String> {
        let mut text = String::new();
        self.shape.draw(runner, low, high, &mut text).map(|_| text)
    }
}

/// The pattern with its look-around groups cut out; what they demand is checked on the result.
fn without_lookaround(source: &str) -> String {
    let mut kept = String::new();
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|opening| rest.starts_with(opening)) {
            rest = &rest[group_length(rest)..];
            continue;
        }
        let taken = match character {
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '[' => class_length(rest),
            other => other.len_utf8(),
        };
        kept.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    kept
}

fn class_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn group_length(text: &str) -> usize {
    let (mut depth, mut index) = (0usize, 0);
    while let Some(character) = text[index..].chars().next() {
        index += match character {
            '\\' => 1 + text[index + 1..].chars().next().map_or(0, char::len_utf8),
            '[' => class_length(&text[index..]),
            other => other.len_utf8(),
        };
        match character {
            '(' => depth += 1,
            ')' if depth == 1 => return index,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The longest text drawn where nothing asks for more.
const EASY: usize = 6;
const ENDLESS: usize = usize::MAX / 4;

struct Shape {
    kind: Kind,
    shortest: usize,
    longest: usize,
}

enum Kind {
    Text(String),
    Class { all: Vec<(char, char)>, plain: Vec<(char, char)> },
    Repeat { low: usize, high: usize, item: Box<Shape> },
    All(Vec<Shape>),
    Either(Vec<Shape>),
}

impl Shape {
    /// A pattern is searched for: an end without an anchor may be followed by anything.
    fn search(hir: &Hir) -> Shape {
        match hir.kind() {
            HirKind::Alternation(branches) => Shape::either(branches.iter().map(Shape::search).collect()),
            HirKind::Capture(capture) => Shape::search(&capture.sub),
            _ => {
                let mut parts = Vec::new();
                if !touches(hir, Look::Start, true) {
                    parts.push(Shape::padding());
                }
                parts.push(Shape::of(hir));
                if !touches(hir, Look::End, false) {
                    parts.push(Shape::padding());
                }
                Shape::all(parts)
            }
        }
    }

    fn of(hir: &Hir) -> Shape {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Shape::all(Vec::new()),
            HirKind::Literal(literal) => Shape::text(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(class) => Shape::class(class),
            HirKind::Repetition(repetition) => Shape::repeat(
                repetition.min as usize,
                repetition.max.map_or(ENDLESS, |max| max as usize),
                Shape::of(&repetition.sub),
            ),
            HirKind::Capture(capture) => Shape::of(&capture.sub),
            HirKind::Concat(parts) => Shape::all(parts.iter().map(Shape::of).collect()),
            HirKind::Alternation(branches) => Shape::either(branches.iter().map(Shape::of).collect()),
        }
    }

    fn text(text: &str) -> Shape {
        let length = text.chars().count();
        Shape { kind: Kind::Text(text.to_owned()), shortest: length, longest: length }
    }

    fn class(class: &Class) -> Shape {
        let all: Vec<(char, char)> = match class {
            Class::Unicode(class) => {
                class.ranges().iter().map(|range| (range.start(), range.end())).collect()
            }
            Class::Bytes(class) => class
                .ranges()
                .iter()
                .filter(|range| range.start() < 128)
                .map(|range| (char::from(range.start()), char::from(range.end().min(127))))
                .collect(),
        };
        let mut plain = overlap(&all, &[('a', 'z'), ('A', 'Z'), ('0', '9')]);
        if plain.is_empty() {
            plain = overlap(&all, &[(' ', '~')]);
        }
        let impossible = if all.is_empty() { ENDLESS } else { 1 };
        Shape { kind: Kind::Class { all, plain }, shortest: impossible, longest: 1 }
    }

    fn padding() -> Shape {
        let plain = vec![('a', 'z'), ('0', '9')];
        let any = Shape { kind: Kind::Class { all: plain.clone(), plain }, shortest: 1, longest: 1 };
        Shape::repeat(0, ENDLESS, any)
    }

    fn repeat(low: usize, high: usize, item: Shape) -> Shape {
        Shape {
            shortest: item.shortest.saturating_mul(low).min(ENDLESS),
            longest: item.longest.saturating_mul(high).min(ENDLESS),
            kind: Kind::Repeat { low, high, item: Box::new(item) },
        }
    }

    fn all(parts: Vec<Shape>) -> Shape {
        Shape {
            shortest: parts.iter().fold(0, |sum, part| (sum + part.shortest).min(ENDLESS)),
            longest: parts.iter().fold(0, |sum, part| (sum + part.longest).min(ENDLESS)),
            kind: Kind::All(parts),
        }
    }

    fn either(branches: Vec<Shape>) -> Shape {
        Shape {
            shortest: branches.iter().map(|branch| branch.shortest).min().unwrap_or(ENDLESS),
            longest: branches.iter().map(|branch| branch.longest).max().unwrap_or(0),
            kind: Kind::Either(branches),
        }
    }

    /// Appends a text of `low` to `high` characters and says how many it took.
    fn draw(&self, runner: &mut TestRunner, low: usize, high: usize, text: &mut String) -> Option<usize> {
        if self.shortest > high || self.longest < low {
            return None;
        }
        match &self.kind {
            Kind::Text(literal) => {
                text.push_str(literal);
                Some(self.shortest)
            }
            Kind::Class { all, plain } => {
                let ranges = if plain.is_empty() || runner.one_in(16) { all } else { plain };
                text.push(character(runner, ranges));
                Some(1)
            }
            Kind::Repeat { low: fewest, high: most, item } => {
                let fewest = (*fewest).max(low.div_ceil(item.longest.max(1)));
                let most = (*most).min(high.checked_div(item.shortest).unwrap_or(*most));
                if fewest > most {
                    return None;
                }
                let spread = if runner.one_in(4) { 2 * EASY } else { EASY };
                let count = runner.between(fewest, most.min(fewest + spread));
                draw_all(runner, (0..count).map(|_| &**item), count, low, high, text)
            }
            Kind::All(parts) => draw_all(runner, parts.iter(), parts.len(), low, high, text),
            Kind::Either(branches) => {
                let start = runner.below(branches.len());
                (0..branches.len()).find_map(|offset| {
                    branches[(start + offset) % branches.len()].draw(runner, low, high, text)
                })
            }
        }
    }
}

/// Draws parts one after the other, leaving each what the ones after it need.
fn draw_all<'a>(
    runner: &mut TestRunner,
    parts: impl Iterator<Item = &'a Shape> + Clone,
    count: usize,
    low: usize,
    high: usize,
    text: &mut String,
) -> Option<usize> {
    let mut rest_shortest = parts.clone().fold(0, |sum, part| (sum + part.shortest).min(ENDLESS));
    let mut endless = parts.clone().filter(|part| part.longest >= ENDLESS).count();
    let mut rest_longest: usize =
        parts.clone().filter(|part| part.longest < ENDLESS).map(|part| part.longest).sum();
    let mut taken = 0;
    for (_, part) in (0..count).zip(parts) {
        rest_shortest = rest_shortest.saturating_sub(part.shortest);
        if part.longest >= ENDLESS {
            endless -= 1;
        } else {
            rest_longest -= part.longest;
        }
        let later = if endless > 0 { ENDLESS } else { rest_longest };
        let part_low = low.saturating_sub(taken).saturating_sub(later).max(part.shortest);
        let part_high = high.checked_sub(taken + rest_shortest)?.min(part.longest);
        taken += part.draw(runner, part_low, part_high, text)?;
    }
    (low..=high).contains(&taken).then_some(taken)
}

fn character(runner: &mut TestRunner, ranges: &[(char, char)]) -> char {
    let &(first, last) = runner.pick(ranges);
    // The gap of the surrogates is the only one inside a range.
    char::from_u32(runner.between(first as usize, last as usize) as u32).unwrap_or(first)
}

fn overlap(ranges: &[(char, char)], wanted: &[(char, char)]) -> Vec<(char, char)> {
    let points = wanted.iter().flat_map(|wish| ranges.iter().map(move |range| (wish, range)));
    points
        .map(|(wish, range)| (wish.0.max(range.0), wish.1.min(range.1)))
        .filter(|(first, last)| first <= last)
        .collect()
}

/// Whether the pattern is anchored at that end.
fn touches(hir: &Hir, look: Look, first: bool) -> bool {
    match hir.kind() {
        HirKind::Look(found) => *found == look,
        HirKind::Capture(capture) => touches(&capture.sub, look, first),
        HirKind::Concat(parts) => {
            let end = if first { parts.first() } else { parts.last() };
            end.is_some_and(|part| touches(part, look, first))
        }
        HirKind::Alternation(branches) => branches.iter().all(|branch| touches(branch, look, first)),
        _ => false,
    }
}
