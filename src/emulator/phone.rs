//! Phone numbers: one number has many spellings, and one canonical form.

/// The E.164 form of `text` if it is a number in international form, however it is broken up.
///
/// Dashes, dots, spaces and brackets fall away (the Java SDK's live tests log in with dashes and find the number stored
/// without); letters, a missing plus or a leading zero make it something else than a number.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('+')?;
    let mut number = String::with_capacity(16);
    number.push('+');
    for symbol in digits.chars() {
        match symbol {
            '0'..='9' => number.push(symbol),
            '-' | '.' | ' ' | '(' | ')' => {}
            _ => return None,
        }
        if number.len() > 16 {
            return None;
        }
    }
    let plausible = number.len() >= 8 && !number.starts_with("+0");
    plausible.then_some(number)
}

/// What the caller may see of a number: so many symbols at either end.
pub(crate) fn masked(number: &str, first: usize, last: usize, filler: char) -> String {
    let keep = number.len().saturating_sub(last);
    number.char_indices().map(|(at, symbol)| if at < first || at >= keep { symbol } else { filler }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_one() {
        for spelling in ["+12025550123", "+1-202-555-0123", "+1 (202) 555.0123", " +12025550123 "] {
            assert_eq!(canonical(spelling).as_deref(), Some("+12025550123"), "{spelling}");
        }
    }

    #[test]
    fn other_things_are_no_numbers() {
        for text in [
            "",
            "+",
            "12025550123",
            "+02025550123",
            "+1202555012a",
            "+123456",
            "+1234567890123456",
            "ada",
            "+１２３４５６７８",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn a_mask_keeps_three_digits() {
        assert_eq!(masked("+12025550123", 2, 2, '*'), "+1********23");
    }
}
