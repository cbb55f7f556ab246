//! Foreign text made fit to be shown: on one line, of bounded length, and without power over the terminal.

use std::borrow::Cow;
use std::time::Duration;

/// Characters of one foreign text that a report shows.
pub(crate) const SHOWN: usize = 400;

/// The text on one line, without characters that move a cursor, hide or reorder what is around them.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let shown =
        text.chars().map(|c| if is_unsafe(c) { c.escape_unicode().to_string() } else { c.to_string() });
    Cow::Owned(shown.collect())
}

/// [`plain`], and no longer than `limit` characters; what is left out is counted.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let cut = text.char_indices().nth(limit).map_or(text.len(), |(at, _)| at);
    let shown = plain(&text[..cut]);
    match text[cut..].chars().count() {
        0 => shown.into_owned(),
        more => format!("{shown}… ({more} more characters)"),
    }
}

/// No longer than so many characters, the last of them an ellipsis where something is cut off.
pub(crate) fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width.saturating_sub(1)) {
        Some((at, last)) if at + last.len_utf8() < text.len() => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}

/// A command in lines of at most so many characters, each but the last ending as a shell continues a line. Quoted words
/// stay whole.
pub(crate) fn wrapped(command: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in bound(&words(command)) {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() + 2 > width {
            line.push_str(" \\");
            lines.push(format!("  {word}"));
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

/// The words, a flag and its value as one of them.
fn bound(words: &[&str]) -> Vec<String> {
    let mut bound: Vec<String> = Vec::new();
    let mut is_flag = false;
    for word in words {
        match bound.last_mut() {
            Some(flag) if is_flag && !word.starts_with('-') => {
                flag.push(' ');
                flag.push_str(word);
                is_flag = false;
            }
            _ => {
                bound.push((*word).to_owned());
                is_flag = word.starts_with("--") && word.len() > 2 && !word.contains('=');
            }
        }
    }
    bound
}

/// The words of a command as a shell parts them, quotes included.
fn words(command: &str) -> Vec<&str> {
    let (mut words, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, c) in command.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => {
                words.push(&command[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&command[start..]);
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

/// Control characters, those invisible ones that turn the order of writing or break a line, and the two that XML cannot
/// hold.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{e000}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The text as one word of a POSIX shell; as it is where that is safe.
pub(crate) fn shell(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(safe) { text.to_owned() } else { shell_quoted(text) }
}

/// The text in single quotes of a POSIX shell.
pub(crate) fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `1 trial`, `2 trials`, `22,960 requests`: without a mark in it, a long number might be taken for a code.
pub(crate) fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{} {one}s", grouped(number)),
    }
}

/// A number of five digits or more in groups of three: six digits in a row may be a code.
pub fn grouped(number: impl TryInto<usize>) -> String {
    let number = number.try_into().unwrap_or(usize::MAX);
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{},{:03}", number / 1000, number % 1000),
        _ => format!("{},{:03},{:03}", number / 1_000_000, number / 1000 % 1000, number % 1000),
    }
}

/// A list for people: `1, 2 and 3`.
pub(crate) fn and(items: impl IntoIterator<Item = impl ToString>) -> String {
    let mut items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} and {last}", items.join(", ")),
    }
}

/// `640 ms`, `1.4 s`, `2 min 5 s`.
pub(crate) fn time(duration: Duration) -> String {
    match duration.as_millis() {
        ms @ 0..1_000 => format!("{ms} ms"),
        ms @ 1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        ms => format!("{} min {} s", ms / 60_000, ms / 1_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_moves_the_cursor_or_breaks_the_line() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
        assert_eq!(plain("zwölf ☎"), "zwölf ☎");
    }

    #[test]
    fn a_long_command_goes_on_as_a_shell_reads_it() {
        assert_eq!(wrapped("run --a 'b c' d", 80), ["run --a 'b c' d"]);
        assert_eq!(wrapped("run --a 'b c' --d e", 12), ["run \\", "  --a 'b c' \\", "  --d e"]);
        assert_eq!((cut("äbc", 3).as_str(), cut("äbcd", 3).as_str()), ("äbc", "äb…"));
    }

    #[test]
    fn a_count_is_no_code() {
        let shown = [1, 2, 9_999, 22_960, 482_913, 1_000_007].map(|number| count(number, "send"));
        assert_eq!(
            shown,
            ["1 send", "2 sends", "9999 sends", "22,960 sends", "482,913 sends", "1,000,007 sends"]
        );
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("äbcdefg", 2), "äb… (5 more characters)");
    }

    #[test]
    fn a_shell_reads_one_word() {
        assert_eq!(shell("race::verify"), "race::verify");
        assert_eq!(shell("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn lists_and_numbers_read_aloud() {
        assert_eq!(and([3, 4]), "3 and 4");
        assert_eq!(and([3, 4, 5]), "3, 4 and 5");
        assert_eq!(and(Vec::<u8>::new()), "");
        assert_eq!(count(1, "trial") + ", " + &count(0, "trial"), "1 trial, 0 trials");
    }

    #[test]
    fn durations_read_aloud() {
        let shown = [0, 640, 1_400, 59_999, 125_000].map(|ms| time(Duration::from_millis(ms)));
        assert_eq!(shown, ["0 ms", "640 ms", "1.4 s", "59.9 s", "2 min 5 s"]);
    }
}
