//! Shrinking for JSON: smaller and plainer values, each kept only while it stays in its class.

use std::sync::Arc;

use proptest::strategy::ValueTree;
use serde_json::{Map, Number, Value};

use crate::number::{integer, whole};

/// How many times the class is asked about on the way to one bold candidate.
const BOLDNESS: usize = 5000;
/// Strings beyond this are cut, but not simplified character by character.
const SHORT: usize = 256;

/// Decides whether a value is still of the class, and what it then stands for.
pub(crate) type Classify<T> = Arc<dyn Fn(&Value) -> Option<T> + Send + Sync>;

/// A drawn value that shrinks to smaller and plainer ones of its class: fewer members and items, shorter strings,
/// smaller numbers.
pub struct JsonTree<T> {
    best: (Value, T),
    trial: Option<(Value, T)>,
    edits: Option<Vec<(Path, Edit)>>,
    next: usize,
    progressed: bool,
    classify: Classify<T>,
}

impl<T> JsonTree<T> {
    pub(crate) fn new(value: Value, item: T, classify: Classify<T>) -> JsonTree<T> {
        JsonTree { best: (value, item), trial: None, edits: None, next: 0, progressed: false, classify }
    }

    fn advance(&mut self) -> bool {
        loop {
            let edits = self.edits.get_or_insert_with(|| edits(&self.best.0));
            let Some((path, edit)) = edits.get(self.next) else {
                if !std::mem::take(&mut self.progressed) {
                    return false;
                }
                (self.edits, self.next) = (None, 0);
                continue;
            };
            self.next += 1;
            let trial = match edit {
                Edit::Minimise => minimise(&self.best.0, path, &self.classify),
                edit => attempt(&self.best.0, path, edit, &self.classify),
            };
            if trial.is_some() {
                self.trial = trial;
                return true;
            }
        }
    }
}

impl<T: Clone + std::fmt::Debug> ValueTree for JsonTree<T> {
    type Value = T;

    fn current(&self) -> T {
        self.trial.as_ref().unwrap_or(&self.best).1.clone()
    }

    fn simplify(&mut self) -> bool {
        if let Some(accepted) = self.trial.take() {
            self.best = accepted;
            self.edits = None;
            self.progressed = true;
        }
        self.advance()
    }

    fn complicate(&mut self) -> bool {
        self.trial.take().is_some() && self.advance()
    }
}

fn attempt<T>(value: &Value, path: &[Segment], edit: &Edit, classify: &Classify<T>) -> Option<(Value, T)> {
    let mut candidate = value.clone();
    apply(at(&mut candidate, path)?, edit);
    classify(&candidate).map(|item| (candidate, item))
}

/// The plainest value that the class allows, changing nothing outside the path.
///
/// Asking the class is cheap and running a test may not be, so the boldest candidate comes first.
fn minimise<T>(value: &Value, path: &Path, classify: &Classify<T>) -> Option<(Value, T)> {
    let (mut best, mut asked, mut progressed): (Option<(Value, T)>, _, _) = (None, 0, true);
    while std::mem::take(&mut progressed) {
        let mut next = 0;
        loop {
            let current = best.as_ref().map_or(value, |(value, _)| value);
            let edits = at_path(current, path).map(|place| edits_below(place, path)).unwrap_or_default();
            let remaining = edits.iter().enumerate().skip(next);
            let mut bold = remaining.filter(|(_, (_, edit))| !matches!(edit, Edit::Minimise));
            let found = bold.find_map(|(index, (path, edit))| {
                asked += 1;
                attempt(current, path, edit, classify).map(|item| (index, item))
            });
            let Some((index, item)) = found else { break };
            (next, best, progressed) = (index, Some(item), true);
            if asked > BOLDNESS {
                return best;
            }
        }
    }
    best
}

#[derive(Debug, Clone)]
enum Segment {
    Name(String),
    Index(usize),
}

type Path = Vec<Segment>;

/// One change that makes a value smaller or plainer, so that shrinking ends.
#[derive(Debug, Clone)]
enum Edit {
    /// Makes everything at once as plain as the class allows.
    Minimise,
    /// Removes items, members or characters: from here, so many.
    Remove(usize, usize),
    Put(Value),
}

fn at<'v>(value: &'v mut Value, path: &[Segment]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Name(name) => value.get_mut(name),
        Segment::Index(index) => value.get_mut(index),
    })
}

fn at_path<'v>(value: &'v Value, path: &[Segment]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Name(name) => value.get(name),
        Segment::Index(index) => value.get(index),
    })
}

fn apply(place: &mut Value, edit: &Edit) {
    match (edit, &mut *place) {
        (Edit::Put(value), _) => *place = value.clone(),
        (Edit::Remove(from, count), Value::Array(items)) => {
            items.drain(*from..(from + count).min(items.len()));
        }
        (Edit::Remove(from, count), Value::Object(members)) => {
            let gone: Vec<String> = members.keys().skip(*from).take(*count).cloned().collect();
            gone.iter().for_each(|name| {
                members.shift_remove(name);
            });
        }
        (Edit::Remove(from, count), Value::String(text)) => {
            *text = text.chars().take(*from).chain(text.chars().skip(from + count)).collect();
        }
        _ => {}
    }
}

/// All edits of a value, the boldest first.
fn edits(value: &Value) -> Vec<(Path, Edit)> {
    edits_below(value, &Vec::new())
}

/// All edits of a part, from its place in the whole.
fn edits_below(part: &Value, path: &Path) -> Vec<(Path, Edit)> {
    let mut all = Vec::new();
    collect(part, &mut path.clone(), &mut all);
    all
}

fn collect(value: &Value, path: &mut Path, all: &mut Vec<(Path, Edit)>) {
    let mut offer = |edit: Edit| all.push((path.clone(), edit));
    if !matches!(value, Value::Null | Value::Bool(_)) {
        offer(Edit::Minimise);
    }
    match value {
        Value::Null => {}
        Value::Bool(flag) => {
            if *flag {
                offer(Edit::Put(Value::Bool(false)));
            }
        }
        Value::Number(number) => {
            simpler_numbers(number).into_iter().for_each(|value| offer(Edit::Put(value)));
        }
        Value::String(text) => text_edits(text).into_iter().for_each(offer),
        Value::Array(items) => {
            removals(items.len()).into_iter().for_each(offer);
            for (index, item) in items.iter().enumerate() {
                path.push(Segment::Index(index));
                collect(item, path, all);
                path.pop();
            }
        }
        Value::Object(members) => member_edits(members, path, all),
    }
}

fn member_edits(members: &Map<String, Value>, path: &mut Path, all: &mut Vec<(Path, Edit)>) {
    removals(members.len()).into_iter().for_each(|edit| all.push((path.clone(), edit)));
    for (name, member) in members {
        path.push(Segment::Name(name.clone()));
        collect(member, path, all);
        path.pop();
    }
}

/// Everything, halves, quarters and so on down to single places, the last first.
fn removals(length: usize) -> Vec<Edit> {
    let mut all = Vec::new();
    let mut size = length;
    while size > 0 {
        let starts = (0..length).step_by(size).collect::<Vec<_>>();
        all.extend(starts.into_iter().rev().map(|start| Edit::Remove(start, size)));
        size /= 2;
    }
    all
}

fn text_edits(text: &str) -> Vec<Edit> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > SHORT {
        let halves = std::iter::successors(Some(characters.len() / 2), |size| Some(size / 2));
        return halves
            .take_while(|size| *size > 0)
            .map(|size| Edit::Remove(characters.len() - size, size))
            .collect();
    }
    let mut all = removals(characters.len());
    let plain: String = characters.iter().map(|_| 'a').collect();
    if plain != text {
        all.push(Edit::Put(Value::String(plain)));
    }
    for (index, character) in characters.iter().enumerate() {
        for simpler in ['a', '0'].into_iter().take_while(|simpler| simpler != character) {
            let changed = characters.iter().enumerate();
            let changed = changed.map(|(place, same)| if place == index { simpler } else { *same });
            all.push(Edit::Put(Value::String(changed.collect())));
        }
    }
    all
}

/// Numbers nearer to zero, or with fewer digits.
fn simpler_numbers(number: &Number) -> Vec<Value> {
    let mut all = whole(number).map(|value| simpler_integers(value, number.is_f64())).unwrap_or_default();
    if number.is_f64() {
        all.extend(simpler_fractions(number));
    }
    all
}

/// Whole numbers nearer to zero, the nearest first; the last is the number itself, if it was written with a fraction.
fn simpler_integers(value: i128, has_fraction: bool) -> Vec<Value> {
    let steps = std::iter::successors(Some(value), |step| Some(step / 2)).take_while(|step| *step != 0);
    let mut all: Vec<i128> = steps.map(|step| value - step).collect();
    if value < 0 {
        all.push(-value);
    }
    if has_fraction {
        all.push(value);
    }
    all.into_iter().filter_map(integer).map(Value::Number).collect()
}

fn simpler_fractions(number: &Number) -> Vec<Value> {
    let value = number.as_f64().unwrap_or(0.0);
    let digits = number.to_string().len();
    let rounded = [1.0, 10.0, 100.0].map(|scale| (value * scale).trunc() / scale);
    let halves = [0.5 * value].into_iter().filter(|half| half.abs() >= 1.0);
    let candidates = rounded.into_iter().filter(|one| *one != value).chain(halves);
    let numbers = candidates.filter_map(Number::from_f64);
    let plainer =
        |one: &Number| one.to_string().len() < digits || one.as_f64().unwrap_or(0.0).abs() < value.abs();
    numbers.filter(plainer).map(Value::Number).collect()
}
