//! Patterns of the deviations file: for trial names by parts, for everything else by characters.

/// Whether a pattern fits a trial's name: `*` is one part of it, `**` any number of parts.
pub(super) fn fits_name(pattern: &str, name: &str) -> bool {
    fn fits(pattern: &[&str], name: &[&str]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            (["**", rest @ ..], _) => {
                fits(rest, name) || name.split_first().is_some_and(|(_, name)| fits(pattern, name))
            }
            ([part, rest @ ..], [first, name @ ..]) => (*part == "*" || part == first) && fits(rest, name),
            _ => false,
        }
    }
    fits(&Vec::from_iter(pattern.split("::")), &Vec::from_iter(name.split("::")))
}

/// Whether every part of a pattern for names is a whole part: `a*` is none.
pub(super) fn is_name_pattern(pattern: &str) -> bool {
    pattern
        .split("::")
        .all(|part| !part.is_empty() && (!part.contains('*') || part.trim_matches('*').is_empty()))
}

/// Whether a pattern fits a text: `*` is any number of characters.
pub(crate) fn fits_text(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_in_a_name_stands_for_whole_parts() {
        for (pattern, name, fits) in [
            ("a::b", "a::b", true),
            ("a::b", "a::b::c", false),
            ("a::*", "a::b", true),
            ("a::*", "a::b::c", false),
            ("a::**", "a::b::c", true),
            ("**::c", "a::b::c", true),
            ("a::**::c", "a::c", true),
            ("a::**::d", "a::b::c", false),
        ] {
            assert_eq!(fits_name(pattern, name), fits, "{pattern} and {name}");
        }
        assert!(is_name_pattern("a::*::**") && !is_name_pattern("a*::b") && !is_name_pattern("a::"));
    }

    #[test]
    fn a_star_in_a_text_stands_for_characters() {
        for (pattern, text, fits) in [
            ("200", "200", true),
            ("200", "2000", false),
            ("4* E0110*", "400 E011003", true),
            ("4* E0110*", "400 E061102", false),
            ("member /user/*", "member /user/email", true),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
        ] {
            assert_eq!(fits_text(pattern, text), fits, "{pattern} and {text}");
        }
    }
}
