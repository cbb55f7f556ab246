//! The words of a text, and quick answers to whether some word is among them.

use std::collections::HashSet;

/// The longest runs of ASCII letters and digits, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// A set of lengths; those of 63 and more are one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths(u64);

impl Lengths {
    pub(super) fn insert(&mut self, length: usize) {
        self.0 |= 1 << length.min(63);
    }

    pub(super) fn contains(self, length: usize) -> bool {
        self.0 & (1 << length.min(63)) != 0
    }
}

/// Says of most texts that none of some values is in them as a whole word. A value that does shows its longest word
/// as a word of the text; and most words have a length that no such word has.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefilter {
    words: HashSet<Vec<u8>>,
    lengths: Lengths,
    /// A value without letters and digits is known: then nothing can be said.
    wordless: bool,
}

impl Prefilter {
    pub(super) fn insert(&mut self, value: &str) {
        match words(value).max_by_key(|word| word.len()) {
            Some(word) => {
                self.lengths.insert(word.len());
                self.words.insert(word.to_owned());
            }
            None => self.wordless = true,
        }
    }

    /// False where no value is in the text.
    pub(super) fn may_hold(&self, text: &str) -> bool {
        let known = |word: &[u8]| self.lengths.contains(word.len()) && self.words.contains(word);
        self.wordless || words(text).any(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_stops_nothing_that_holds_a_value() {
        let mut screen = Prefilter::default();
        ["+12025550100", "012345", "eyJh.e30.c2ln_-x"].into_iter().for_each(|value| screen.insert(value));
        for held in ["+12025550100", "code=012345.", "Bearer P1:eyJh.e30.c2ln_-x", "/v1/012345/x"] {
            assert!(screen.may_hold(held), "{held}");
        }
        for other in ["", "9012345", "x012345", "120255501001", "application/json", "十二"] {
            assert!(!screen.may_hold(other), "{other}");
        }
        screen.insert("+-");
        assert!(screen.may_hold("application/json"));
    }

    #[test]
    fn long_words_share_a_length() {
        let mut lengths = Lengths::default();
        lengths.insert(900);
        assert!(lengths.contains(63) && lengths.contains(70_000) && !lengths.contains(62));
    }
}
