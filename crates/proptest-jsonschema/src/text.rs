//! Strings: lengths, patterns and formats joined; drawn from one of them, checked against the rest.

use std::sync::Arc;

use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::{format::Format, pattern::Pattern, random::Random};

/// How strings are drawn.
#[derive(Clone, Default)]
pub(crate) struct TextPlan {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) patterns: Vec<Arc<Pattern>>,
    pub(crate) not_patterns: Vec<Arc<Pattern>>,
    pub(crate) formats: Vec<Arc<Format>>,
    pub(crate) not_formats: Vec<Arc<Format>>,
    pub(crate) media: Option<String>,
    pub(crate) encoding: Option<String>,
    pub(crate) excluded: Vec<String>,
    /// How much longer than its minimum a free string gets.
    pub(crate) spread: usize,
    /// Whether the characters are those of an ordinary member name.
    pub(crate) is_name: bool,
}

impl TextPlan {
    pub(crate) fn draw(&self, runner: &mut TestRunner) -> Option<String> {
        let unchecked = self.patterns.len() + self.formats.len() <= 1 && self.is_unrestricted();
        (0..100).find_map(|attempt| {
            let text = self.candidate(runner, attempt)?;
            let trusted = unchecked
                && self.patterns.is_empty()
                && self.formats.iter().all(|format| format.is_trusted() && self.has_free_length());
            (trusted || self.admits(&text)).then_some(text)
        })
    }

    fn has_free_length(&self) -> bool {
        self.min == 0 && self.max.is_none()
    }

    fn is_unrestricted(&self) -> bool {
        self.not_patterns.is_empty() && self.not_formats.is_empty() && self.excluded.is_empty()
    }

    pub(crate) fn admits(&self, text: &str) -> bool {
        let length = text.chars().count();
        length >= self.min
            && self.max.is_none_or(|max| length <= max)
            && self.patterns.iter().all(|pattern| pattern.matches(text))
            && self.formats.iter().all(|format| format.matches(text))
            && !self.not_patterns.iter().any(|pattern| pattern.matches(text))
            && !self.not_formats.iter().any(|format| format.matches(text))
            && !self.excluded.iter().any(|other| other == text)
    }

    /// Each source takes its turn, for the one that knows more may be any of them.
    fn candidate(&self, runner: &mut TestRunner, attempt: usize) -> Option<String> {
        if self.media.is_some() || self.encoding.is_some() {
            return Some(self.encoded(runner));
        }
        let drawable = self.formats.iter().filter(|format| format.is_known()).count();
        let sources = self.patterns.len() + drawable;
        if sources == 0 {
            return Some(self.free(runner, attempt));
        }
        let source = attempt % sources;
        if let Some(pattern) = self.patterns.get(source) {
            let high = self.max.unwrap_or_else(|| (self.min + 64).max(4096));
            return pattern.draw(runner, self.min, high).or_else(|| Some(self.free(runner, attempt)));
        }
        let mut formats = self.formats.iter().filter(|format| format.is_known());
        formats.nth(source - self.patterns.len())?.draw(runner)
    }

    fn free(&self, runner: &mut TestRunner, attempt: usize) -> String {
        // Many a forbidden pattern is met by every ordinary string: then try the odd ones.
        let odd = !self.not_patterns.is_empty() && attempt % 3 == 2;
        let high = self.max.unwrap_or(usize::MAX).min(self.min.saturating_add(self.spread));
        let length = match runner.below(8) {
            0 => self.min,
            1 => high,
            _ => runner.between(self.min, high),
        };
        (0..length).map(|_| if odd { odd_character(runner) } else { self.character(runner) }).collect()
    }

    fn character(&self, runner: &mut TestRunner) -> char {
        const USUAL: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _";
        let bits = runner.few_bits();
        if self.is_name {
            return char::from(b'a' + (bits % 26) as u8);
        }
        if bits.is_multiple_of(32) {
            odd_character(runner)
        } else {
            char::from(USUAL[(bits >> 8) as usize % 64])
        }
    }

    fn encoded(&self, runner: &mut TestRunner) -> String {
        let inner = match self.media.as_deref() {
            Some("application/json") => json!({ "n": runner.below(100) }).to_string(),
            _ => (0..runner.below(12)).map(|_| self.character(runner)).collect(),
        };
        if self.encoding.as_deref() == Some("base64") { base64(inner.as_bytes()) } else { inner }
    }
}

fn odd_character(runner: &mut TestRunner) -> char {
    *runner.pick(&[
        '!',
        '"',
        '\\',
        '/',
        '-',
        '.',
        '+',
        '@',
        '#',
        '%',
        '&',
        '<',
        '\'',
        '\u{e9}',
        '\u{df}',
        '\u{4e2d}',
        '\u{5d0}',
        '\u{1f600}',
        '\n',
        '\t',
        '~',
        '{',
        '$',
        ':',
    ])
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let all =
            chunk.iter().chain([0, 0].iter()).take(3).fold(0usize, |all, byte| all << 8 | usize::from(*byte));
        for place in 0..4 {
            let digit = DIGITS[all >> (18 - 6 * place) & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// The strings among some values.
pub(crate) fn strings(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
