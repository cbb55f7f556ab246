//! A code in a text, read as a person reads it: in digits of another script, or in groups.

use std::borrow::Cow;

/// The zeros of the scripts whose digits messages may be written in; the other nine follow each (Unicode, category Nd).
const ZEROS: [char; 19] = [
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}', '\u{BE6}',
    '\u{C66}', '\u{CE6}', '\u{D66}', '\u{E50}', '\u{ED0}', '\u{F20}', '\u{1040}', '\u{17E0}', '\u{1810}',
    '\u{FF10}',
];

/// What may stand between two characters of a code that is written in groups, or one by one.
const SEPARATORS: [char; 9] =
    [' ', '\u{A0}', '\u{2009}', '\u{202F}', '-', '\u{2010}', '\u{2011}', '\u{2013}', '.'];

/// The text with this code as one types it, where it is written in digits of another script or in groups.
pub(crate) fn as_typed<'t>(text: &'t str, code: &str) -> Cow<'t, str> {
    let text = ascii_digits(text);
    if code.is_empty() || text.contains(code) {
        return text;
    }
    let starts = text.char_indices().map(|(at, _)| at).filter(|at| !ends_in_word(&text[..*at]));
    let found = starts.filter_map(|at| Some((at, at + grouped(&text[at..], code)?))).next();
    match found {
        Some((at, end)) => Cow::Owned([&text[..at], code, &text[end..]].concat()),
        None => text,
    }
}

/// The length in bytes of this code at the beginning of a text, with what separates its characters.
fn grouped(text: &str, code: &str) -> Option<usize> {
    let mut rest = text;
    for (place, wanted) in code.chars().enumerate() {
        let next = if place > 0 { rest.strip_prefix(SEPARATORS).unwrap_or(rest) } else { rest };
        rest = next.strip_prefix(wanted)?;
    }
    (!rest.starts_with(char::is_alphanumeric)).then_some(text.len() - rest.len())
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(char::is_alphanumeric)
}

/// The text with each digit of another script as the ASCII digit that it means.
fn ascii_digits(text: &str) -> Cow<'_, str> {
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
    fn a_code_in_groups_is_read_as_it_is_typed() {
        for written in ["482 913", "482-913", "48 29 13", "4 8 2 9 1 3", "482\u{A0}913", "٤٨٢ ٩١٣", "482.913"]
        {
            assert_eq!(
                as_typed(&format!("Code: {written}, for 10 minutes"), "482913"),
                "Code: 482913, for 10 minutes"
            );
        }
        for other in ["482 9130", "1482 913", "482  913", "482 914", "482/913"] {
            assert_eq!(as_typed(other, "482913"), other);
        }
        assert_eq!(as_typed("482 913 is 482913", "482913"), "482 913 is 482913", "it is there as it is");
        assert_eq!(as_typed("", ""), "");
    }

    #[test]
    fn a_code_is_read_in_the_digits_of_any_script() {
        for written in ["482913", "٤٨٢٩١٣", "۴۸۲۹۱۳", "४८२९१३", "๔๘๒๙๑๓", "４８２９１３"]
        {
            assert_eq!(ascii_digits(&format!("код: {written}.")), "код: 482913.");
        }
    }
}
