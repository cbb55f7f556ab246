//! Whether a text is JSON by the grammar of RFC 8259, whatever a parser makes of it.
//!
//! Parsers differ on what the grammar allows: a lone surrogate as an escape, a number too large for any type, a depth of
//! thousands, a name that occurs twice. A server that refuses or accepts such a text is right either way, so that our
//! own parser is no witness of what "not JSON" means.

/// Whether a text is one JSON value with whitespace around it. Depth is unbounded, and takes a byte each.
pub(crate) fn is_json(text: &str) -> bool {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    reader.document().is_some() && reader.at == reader.bytes.len()
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// A value and the whitespace after it. Open arrays and objects are kept by their closing bracket.
    fn document(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.space();
            let opened = match self.next()? {
                b'[' => Some(b']'),
                b'{' => Some(b'}'),
                first => {
                    self.scalar(first)?;
                    None
                }
            };
            self.space();
            if let Some(close) = opened {
                open.push(close);
                if self.take(close) {
                    open.pop();
                } else {
                    self.name(close)?;
                    continue;
                }
            }
            loop {
                self.space();
                let Some(close) = open.last().copied() else { return Some(()) };
                if self.take(b',') {
                    self.name(close)?;
                    break;
                }
                self.take(close).then_some(())?;
                open.pop();
            }
        }
    }

    /// The name and the colon of an object's next member; nothing in an array.
    fn name(&mut self, close: u8) -> Option<()> {
        if close == b']' {
            return Some(());
        }
        self.space();
        self.take(b'"').then_some(())?;
        self.string()?;
        self.space();
        self.take(b':').then_some(())
    }

    fn scalar(&mut self, first: u8) -> Option<()> {
        match first {
            b'"' => self.string(),
            b't' => self.word(b"rue"),
            b'f' => self.word(b"alse"),
            b'n' => self.word(b"ull"),
            b'-' => {
                let first = self.next()?;
                self.number(first)
            }
            first => self.number(first),
        }
    }

    /// The rest of a string, its opening quote read.
    fn string(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        (0..4).all(|_| self.next().is_some_and(|b| b.is_ascii_hexdigit())).then_some(())?;
                    }
                    _ => return None,
                },
                0..=0x1F => return None,
                _ => {}
            }
        }
    }

    fn number(&mut self, first: u8) -> Option<()> {
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.take(b'.') {
            self.some_digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.some_digits()?;
        }
        Some(())
    }

    fn some_digits(&mut self) -> Option<()> {
        self.next().filter(u8::is_ascii_digit)?;
        self.digits();
        Some(())
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn word(&mut self, rest: &[u8]) -> Option<()> {
        rest.iter().all(|byte| self.take(*byte)).then_some(())
    }

    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_decides_and_no_parser() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for text in [
            r#""\ud800""#,
            "1e999",
            "-0.0E+1",
            r#" {"a":1,"a":[]} "#,
            "[]",
            "{}",
            "[{},[[]]]",
            "0",
            "null",
            &deep,
            "[1 , 2 ]",
            r#"{"a" : {"b":[true,false,null,"\u0000"]} , "c":-1}"#,
        ] {
            assert!(is_json(text), "{}", &text[..text.len().min(60)]);
        }
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "[,1]",
            r#"{"a":1,}"#,
            "{a:1}",
            "'a'",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "NaN",
            "nul",
            "\"\t\"",
            r#""\x""#,
            r#""\u12""#,
            "{} x",
            "[1 2]",
            r#"{"a"}"#,
            "]",
            "[}",
            "\u{FEFF}{}",
            "/**/1",
            "\"a",
        ] {
            assert!(!is_json(text), "{text}");
        }
    }
}
