//! Digits of other scripts, read as a person reads them.

use std::borrow::Cow;

/// The zeros of the scripts whose digits messages may be written in; the other nine follow each (Unicode, category Nd).
const ZEROS: [char; 19] = [
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}', '\u{BE6}',
    '\u{C66}', '\u{CE6}', '\u{D66}', '\u{E50}', '\u{ED0}', '\u{F20}', '\u{1040}', '\u{17E0}', '\u{1810}',
    '\u{FF10}',
];

/// The text with each digit of another script as the ASCII digit that it means.
pub(crate) fn ascii_digits(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| plain(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(plain).collect())
}

fn plain(c: char) -> char {
    let value = |zero: &char| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10);
    let digit = Some(c).filter(|c| !c.is_ascii()).and_then(|_| ZEROS.iter().find_map(value));
    digit.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_the_digits_of_any_script() {
        for written in ["482913", "٤٨٢٩١٣", "۴۸۲۹۱۳", "४८२९१३", "๔๘๒๙๑๓", "４８２９１３"]
        {
            assert_eq!(ascii_digits(&format!("код: {written}.")), "код: 482913.");
        }
    }
}
