//! Which numbers a text could be dialled as, by the most lenient reader we can think of.
//!
//! Lenient readers drop everything that is no digit (`replace(/\D/g, "")`), skip words before the number, take other
//! scripts' digits for digits and letters for the keys of a telephone. A text is a danger if any of these readings
//! has [`SHORTEST`] digits or more and does not begin with a number known to be safe. There is no upper bound: an
//! exchange connects as soon as it has heard enough, so a number that is too long reaches the owner of its first
//! digits.
//!
//! A safe number must name its country: `+1 202 555 0100`, `0012025550100`, `011 1 202 …` or the bare digits
//! `12025550100`. National forms are refused even for reserved numbers, since `2025550100` is a number in Egypt too.

use crate::drive::numbers;

/// Fewer digits reach no phone: the shortest numbers with a country code have seven (Niue, Tokelau).
const SHORTEST: usize = 7;

/// Zeros of the decimal digits of other scripts; nine digits follow each.
#[rustfmt::skip]
const ZEROS: [u32; 65] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
    0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
    0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
    0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The text between a digit and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// Nothing.
    None,
    /// What people write inside one number: spaces, dashes, dots, brackets.
    Soft,
    /// What could begin another number: letters, a plus, a comma.
    Hard,
}

/// The digits of a text as ASCII (`?` for what is a digit of unclear value), each with the gap before it.
#[derive(Debug, Default)]
struct Digits {
    values: Vec<u8>,
    gaps: Vec<Gap>,
}

impl Digits {
    /// All digits of the text, whatever is between them.
    fn of(text: &str) -> Digits {
        let mut digits = Digits::default();
        let mut gap = Gap::None;
        for character in text.chars() {
            match digit(character) {
                Some(value) => {
                    digits.values.push(value);
                    digits.gaps.push(gap);
                    gap = Gap::None;
                }
                None => gap = gap.max(kind_of_gap(character)),
            }
        }
        digits
    }

    /// The number as a report may show it: how long it is and how it ends.
    fn masked(&self) -> String {
        let tail = &self.values[self.values.len().saturating_sub(2)..];
        format!("a number of {} digits ending in {}", self.values.len(), String::from_utf8_lossy(tail))
    }

    /// Whether these digits are safe numbers one after another, with at most an extension behind.
    fn safe(&self, allowed: &[Vec<u8>]) -> bool {
        let mut at = 0;
        loop {
            let Some((start, end)) = self.safe_number(at, allowed) else { return false };
            let left = self.values.len() - end;
            if left == 0 {
                return true;
            }
            let apart = self.gaps[end] != Gap::None;
            // Only the North American plan has one length for all, so that more digits are never another number.
            if left < SHORTEST && self.values[start] == b'1' && (apart || self.is_one_run()) {
                return true;
            }
            if !apart {
                return false;
            }
            at = end;
        }
    }

    /// Where the safe number in this place starts, behind an international prefix, and ends.
    fn safe_number(&self, at: usize, allowed: &[Vec<u8>]) -> Option<(usize, usize)> {
        let rest = &self.values[at..];
        ["", "00", "011"].iter().find_map(|prefix| {
            let number = rest.strip_prefix(prefix.as_bytes())?;
            let listed = allowed.iter().filter(|known| number.starts_with(known)).map(Vec::len).max();
            let length = listed.or_else(|| numbers::reserved_start(number).map(|(length, _)| length))?;
            let start = at + prefix.len();
            let whole = self.gaps[start + 1..start + length].iter().all(|gap| *gap != Gap::Hard);
            whole.then_some((start, start + length))
        })
    }

    fn is_one_run(&self) -> bool {
        self.gaps.iter().skip(1).all(|gap| *gap == Gap::None)
    }
}

/// The number that a message to this text could reach, masked; `None` if it reaches none.
pub(super) fn stranger(text: &str, allowed: &[Vec<u8>]) -> Option<String> {
    if is_plainly_safe(text) {
        return None;
    }
    let digits = Digits::of(text);
    if digits.values.len() >= SHORTEST {
        return (!digits.safe(allowed)).then(|| digits.masked());
    }
    let keys = keypad(text)?;
    (keys.values.len() >= SHORTEST).then(|| keys.masked())
}

/// What nearly every body of a run holds, seen without allocating: `+` and a reserved number, or too few digits
/// and no letter that could stand for one.
fn is_plainly_safe(text: &str) -> bool {
    if let Some(number) = text.strip_prefix('+')
        && numbers::reserved_start(number.as_bytes()).is_some_and(|(length, _)| length == number.len())
    {
        return true;
    }
    text.is_ascii() && text.bytes().filter(u8::is_ascii_digit).take(3).count() < 3
}

/// Whether a text is an e-mail address that no gateway would dial: it begins with a letter, so that its local part is
/// no number for a mail-to-text gateway.
pub(super) fn is_email(text: &str) -> bool {
    let part = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    text.split_once('@').is_some_and(|(local, domain)| {
        local.starts_with(|c: char| c.is_ascii_alphabetic())
            && part(local, "._%+-")
            && part(domain, ".-")
            && domain.contains(|c: char| c.is_ascii_alphabetic())
    })
}

/// The text with letters as the keys of a telephone: `1-800-FLOWERS`. Three digits must come first, as the usual
/// libraries ask, and nothing but letters, digits and soft gaps may follow.
fn keypad(text: &str) -> Option<Digits> {
    let start = text.find(|c: char| digit(c).is_some())?;
    let (mut digits, mut letters) = (Digits::default(), 0);
    for character in text[start..].chars() {
        let value = match digit(character).or_else(|| key(character)) {
            Some(value) => value,
            None if kind_of_gap(character) == Gap::Soft => continue,
            None => return None,
        };
        letters += usize::from(digit(character).is_none());
        digits.values.push(value);
        if letters > 0 && digits.values.len() - letters < 3 {
            return None;
        }
    }
    (letters >= 3).then_some(digits)
}

fn key(letter: char) -> Option<u8> {
    const KEYS: &[u8; 26] = b"22233344455566677778889999";
    let narrow = match letter {
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => char::from_u32(letter as u32 - 0xFEE0)?,
        other => other,
    };
    let letter = narrow.to_ascii_lowercase();
    letter.is_ascii_lowercase().then(|| KEYS[(letter as u8 - b'a') as usize])
}

fn digit(character: char) -> Option<u8> {
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character as u8);
    }
    if !character.is_numeric() {
        return None;
    }
    let nth = ZEROS.iter().map(|zero| (character as u32).wrapping_sub(*zero)).find(|nth| *nth < 10);
    // Superscripts, circled figures, fractions: a reader may take them for digits, so they are counted.
    Some(nth.map_or(b'?', |nth| b'0' + nth as u8))
}

fn kind_of_gap(character: char) -> Gap {
    const HARD: &str = "+,;|&=\"'`{}[]<>\n\r:@#*\u{207A}\u{208A}\u{FB29}\u{FE62}\u{FF0B}\u{FF0C}\u{FF1B}";
    if character.is_alphabetic() || HARD.contains(character) { Gap::Hard } else { Gap::Soft }
}
