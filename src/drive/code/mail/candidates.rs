//! The code in a text. More than one that it may be is no code: it is never guessed.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// What a text says of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::drive::code) enum CodeInText {
    /// Nothing that may be one.
    None,
    /// This one.
    One(String),
    /// So many that may be it.
    Several(usize),
}

/// A mark that a template can set, for codes that no rule finds.
const MARK: &str = r"\bcode:\s*([0-9A-Za-z]{1,64});";
/// What holds digits and is no code: links, addresses, colours, telephone numbers, dates, times, prices, versions and
/// lifetimes.
const OTHERS: &str = concat!(
    r"(?i)\b(?:https?://|www\.)\S+|\S+@\S+|#[0-9a-f]{3,8}\b|\+\d[\d ()\-]{5,}\d",
    r"|\b\d{4}-\d{1,2}-\d{1,2}(?:T[\d:.]+Z?)?|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b",
    r"|\b\d+(?:\.\d+)+\b|\b\d+\s*(?:minutes?|mins?|seconds?|secs?|hours?|days?|minuten|sekunden|stunden|px|pt|em|%)"
);
/// Digits that are read one by one.
const SPACED: &str = r"\b\d(?:[ \u{a0}\-]\d){3,9}\b";
/// Digits in groups; less sure than anything else that may be a code.
const GROUPED: &str = r"\b\d{2,5}(?:[ \u{a0}\u{2009}\u{202f}\-]\d{2,5}){1,4}\b";
/// Four to ten letters and digits that stand alone, a digit among them.
const ALONE: &str = r"\b[0-9A-Za-z]{4,10}\b";

fn regex(cell: &'static LazyLock<Option<Regex>>) -> Option<&'static Regex> {
    cell.as_ref()
}

/// Finds it.
pub(in crate::drive::code) fn code_in(text: &str) -> CodeInText {
    static EACH: [LazyLock<Option<Regex>>; 5] = [
        LazyLock::new(|| Regex::new(MARK).ok()),
        LazyLock::new(|| Regex::new(OTHERS).ok()),
        LazyLock::new(|| Regex::new(SPACED).ok()),
        LazyLock::new(|| Regex::new(ALONE).ok()),
        LazyLock::new(|| Regex::new(GROUPED).ok()),
    ];
    let [Some(mark), Some(others), Some(spaced), Some(alone), Some(grouped)] = EACH.each_ref().map(regex)
    else {
        return CodeInText::None;
    };
    let marked: BTreeSet<String> = mark.captures_iter(text).map(|found| found[1].to_owned()).collect();
    if !marked.is_empty() {
        return one_of(marked);
    }
    let text = others.replace_all(text, " ");
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let joined = spaced.replace_all(&text, |found: &regex::Captures<'_>| digits(&found[0]));
    let words = alone.find_iter(&joined).map(|found| found.as_str());
    let found: BTreeSet<String> =
        words.filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())).map(str::to_owned).collect();
    // A year beside a code is a year.
    let years = |word: &String| word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let dated: BTreeSet<String> = found.iter().filter(|word| !years(word)).cloned().collect();
    if !dated.is_empty() {
        return one_of(if dated.len() == 1 { dated } else { found });
    }
    let groups = grouped.find_iter(&joined).map(|group| digits(group.as_str()));
    let groups: BTreeSet<String> = groups.filter(|code| (4..=10).contains(&code.len())).collect();
    one_of(if groups.is_empty() { found } else { groups })
}

fn one_of(found: BTreeSet<String>) -> CodeInText {
    match found.len() {
        0 => CodeInText::None,
        1 => found.into_iter().next().map_or(CodeInText::None, CodeInText::One),
        count => CodeInText::Several(count),
    }
}
