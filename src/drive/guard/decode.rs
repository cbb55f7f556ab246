//! Undoes what may hide characters in bytes that are not plain JSON: charsets, escapes, percent-encoding.

use std::borrow::Cow;

/// Zeros and byte order marks, which readers skip; UTF-16 read as ASCII is full of them.
const IGNORED: [char; 2] = ['\0', '\u{FEFF}'];

/// The texts these bytes could be, by the decoders a server might try.
pub(super) fn texts(body: &[u8]) -> Vec<String> {
    let utf8 = overlong(body);
    let mut texts = vec![String::from_utf8_lossy(&utf8).replace(IGNORED, "")];
    // Every ASCII character of UTF-16 and UTF-32 has a zero byte, and JSON has ASCII characters.
    if body.contains(&0) || body.starts_with(b"\xFF\xFE") || body.starts_with(b"\xFE\xFF") {
        for read in [u16::from_le_bytes, u16::from_be_bytes] {
            let units = body.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
            let characters =
                char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
            texts.push(characters.filter(|character| !IGNORED.contains(character)).collect());
        }
    }
    texts
}

/// ASCII characters that were written as two bytes to get past filters: `C0 B1` is `1` to an old decoder.
fn overlong(body: &[u8]) -> Cow<'_, [u8]> {
    if !body.iter().any(|byte| matches!(byte, 0xC0 | 0xC1)) {
        return Cow::Borrowed(body);
    }
    let (mut out, mut rest) = (Vec::with_capacity(body.len()), body);
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (0xC0 | 0xC1, [second @ 0x80..=0xBF, tail @ ..]) => {
                out.push((first & 1) << 6 | (second & 0x3F));
                rest = tail;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

/// Percent-encoding undone, also where it was applied more than once.
pub(super) fn unpercent(text: &str) -> String {
    unpercented(text).pop().unwrap_or_else(|| text.to_owned())
}

/// The text after each pass of percent-decoding that changes it: what one reader takes for an escape is a sign to another,
/// as in `a%de.org@example.com`.
pub(super) fn unpercented(text: &str) -> Vec<String> {
    let mut passes: Vec<String> = Vec::new();
    for _ in 0..4 {
        let last = passes.last().map_or(text, String::as_str);
        let bytes: Vec<u8> = percent_encoding::percent_decode_str(last).collect();
        let decoded = String::from_utf8_lossy(&overlong(&bytes)).into_owned();
        if decoded == last {
            break;
        }
        passes.push(decoded);
    }
    passes
}

/// The escapes of JSON, JSON5 and JavaScript undone; a backslash before anything else is dropped.
pub(super) fn unescape(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let (decoded, left) = if character == '\\' { escape(after) } else { (Some(character as u32), after) };
        match decoded {
            // A pair of escaped surrogates is one character, so they are joined at the end.
            Some(unit @ 0xD800..=0xDFFF) => units.push(unit as u16),
            Some(point) => {
                let character = char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
                units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            }
            None => {}
        }
        rest = left;
    }
    String::from_utf16_lossy(&units)
}

/// What follows a backslash: the character it encodes, if any, and what is left.
fn escape(text: &str) -> (Option<u32>, &str) {
    let hex = |digits: Option<&str>| {
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(kind) = text.chars().next() else { return (None, text) };
    let after = &text[kind.len_utf8()..];
    match kind {
        'u' | 'U' => {
            if let Some((digits, left)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}'))
                && let Some(point) = hex(Some(digits))
            {
                return (Some(point), left);
            }
            hex(after.get(..4)).map_or((Some(kind as u32), after), |point| (Some(point), &after[4..]))
        }
        'x' | 'X' => {
            hex(after.get(..2)).map_or((Some(kind as u32), after), |point| (Some(point), &after[2..]))
        }
        'n' | 'r' => (Some('\n' as u32), after),
        't' | 'b' | 'f' | 'v' => (Some(' ' as u32), after),
        // A line that goes on.
        '\n' => (None, after),
        '\r' => (None, after.strip_prefix('\n').unwrap_or(after)),
        other => (Some(other as u32), after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_escapes() {
        for (text, plain) in [
            (r"\u0031\x32\u{33}", "123"),
            (r"\ud835\udfcf", "\u{1D7CF}"),
            (r#"\"a\\\q\/"#, r#""a\q/"#),
            ("12\\\n34\\\r\n5", "12345"),
            (r"\u12", "u12"),
            (r"\u+123", "u+123"),
            ("\\", ""),
        ] {
            assert_eq!(unescape(text), plain, "{text}");
        }
        assert_eq!(unescape("\\u00é"), "u00é");
    }

    #[test]
    fn undoes_percent_encoding_again_and_again() {
        assert_eq!(unpercent("%2B1%32"), "+12");
        assert_eq!(unpercent("%25%32%42"), "+");
        assert_eq!(unpercent("%252B"), "+");
        assert_eq!(unpercent("100%"), "100%");
    }

    #[test]
    fn undoes_charsets() {
        let utf16 =
            |bytes: fn(u16) -> [u8; 2]| "\u{FEFF}+１2".encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        assert!(texts(&utf16(u16::to_le_bytes)).contains(&"+１2".to_owned()));
        assert!(texts(&utf16(u16::to_be_bytes)).contains(&"+１2".to_owned()));
        let utf32: Vec<u8> = "+１2".chars().flat_map(|c| (c as u32).to_be_bytes()).collect();
        assert!(texts(&utf32).contains(&"+１2".to_owned()));
        assert_eq!(texts("\u{FEFF}+12".as_bytes()), ["+12"]);
        assert_eq!(texts(b"+\xC0\xB12"), ["+12"]);
    }
}
