//! Shrinking for JSON: smaller and plainer values, each kept only while it stays in its class.

use std::sync::Arc;

use proptest::strategy::ValueTree;
use serde_json::{Map, Number, Value};

/// Strings beyond this are cut, but not simplified character by character.
const SHORT: usize = 256;

/// Decides whether a value is still of the class, and what it then stands for.
pub(crate) type Classify<T> = Arc<dyn Fn(&Value) -> Option<T> + Send + Sync>;

/// A generated item that shrinks.
pub struct Tree<T> {
    best: (Value, T),
    trial: Option<(Value, T)>,
    edits: Option<Vec<(Path, Edit)>>,
    next: usize,
    progressed: bool,
    classify: Classify<T>,
}

impl<T> Tree<T> {
    pub(crate) fn new(value: Value, item: T, classify: Classify<T>) -> Tree<T> {
        Tree { best: (value, item), trial: None, edits: None, next: 0, progressed: false, classify }
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
            let mut candidate = self.best.0.clone();
            let Some(place) = at(&mut candidate, path) else { continue };
            apply(place, edit);
            if let Some(item) = (self.classify)(&candidate) {
                self.trial = Some((candidate, item));
                return true;
            }
        }
    }
}

impl<T: Clone + std::fmt::Debug> ValueTree for Tree<T> {
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

#[derive(Debug, Clone)]
enum Segment {
    Name(String),
    Index(usize),
}

type Path = Vec<Segment>;

/// One change that makes a value smaller or plainer, so that shrinking ends.
#[derive(Debug, Clone)]
enum Edit {
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
    let mut all = Vec::new();
    collect(value, &mut Vec::new(), &mut all);
    all
}

fn collect(value: &Value, path: &mut Path, all: &mut Vec<(Path, Edit)>) {
    let mut offer = |edit: Edit| all.push((path.clone(), edit));
    match value {
        Value::Null => {}
        Value::Bool(flag) => {
            if *flag {
                offer(Edit::Put(Value::Bool(false)));
            }
        }
        Value::Number(number) => {
            simpler_numbers(number).into_iter().for_each(|value| offer(Edit::Put(value)))
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
    if let Some(value) = super::number::whole(number).filter(|_| !number.is_f64()) {
        let steps = std::iter::successors(Some(value), |step| Some(step / 2)).take_while(|step| *step != 0);
        let mut all: Vec<i128> = steps.map(|step| value - step).collect();
        if value < 0 {
            all.push(-value);
        }
        return all.into_iter().filter_map(super::number::integer).map(Value::Number).collect();
    }
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
