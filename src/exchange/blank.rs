//! Texts that a program writes where it has nothing: `String(undefined)` and its relatives.

/// In lower case.
const NOTHING: [&str; 12] = [
    "",
    "undefined",
    "null",
    "(null)",
    "<null>",
    "nil",
    "<nil>",
    "none",
    "nan",
    "false",
    "true",
    "[object object]",
];

/// How such texts begin where they name what was written in place of its value, in lower case.
const BEGINNINGS: [&str; 7] = ["[object ", "<coroutine ", "<function ", "<bound method ", "${", "{{", "%s"];

/// The longest of them. What is longer may hold anything.
const LONGEST: usize = 60;

/// Whether a text was written where a value was meant: no secret, and worth seeing.
pub(crate) fn says_nothing(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let begins = lower.len() <= LONGEST && BEGINNINGS.iter().any(|start| lower.starts_with(start));
    begins || NOTHING.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_for_a_value_says_nothing() {
        for text in [
            "",
            "Undefined",
            "NULL",
            "(null)",
            "[object Promise]",
            "<coroutine object f at 0x7f>",
            "${token}",
        ] {
            assert!(says_nothing(text), "{text}");
        }
        for text in ["<refresh:1>", "P2nullnull", "eyJub25l", "falsehood", "undefined-project"] {
            assert!(!says_nothing(text), "{text}");
        }
    }
}
