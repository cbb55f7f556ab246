//! From a JSON pointer, or an offset, to the line of the text it points into.

use std::collections::HashMap;

/// The line of every value of one JSON text; a member counts from its name.
#[derive(Debug)]
pub(crate) struct Lines(HashMap<String, u32>);

impl Lines {
    /// Reads a text that is known to be JSON; of any other text the lines are those before the mistake.
    pub(crate) fn of(text: &str) -> Lines {
        let mut scanner = Scanner { text: text.as_bytes(), at: 0, line: 1, lines: HashMap::new() };
        scanner.skip_blanks();
        scanner.lines.insert(String::new(), scanner.line);
        scanner.value(&mut String::new());
        Lines(scanner.lines)
    }

    /// The line of the value at `pointer`, or of the nearest value around it that exists.
    pub(crate) fn line(&self, pointer: &str) -> u32 {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.0.get(pointer) {
                return *line;
            }
            let Some(end) = pointer.rfind('/') else { return 1 };
            pointer = &pointer[..end];
        }
    }
}

/// Writes `token` as one part of a JSON pointer.
pub(crate) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// Reads one part of a JSON pointer.
pub(crate) fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// Where the lines of a text end, found once: a suite asks for the line of each of its steps.
#[derive(Debug)]
pub(crate) struct LineEnds(Vec<usize>);

impl LineEnds {
    pub(crate) fn of(text: &str) -> LineEnds {
        LineEnds(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line, counted from 1, of a byte offset.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    lines: HashMap<String, u32>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn step(&mut self) {
        if self.peek() == Some(b'\n') {
            self.line += 1;
        }
        self.at += 1;
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.step();
        }
    }

    fn value(&mut self, pointer: &mut String) {
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.items(pointer, b'}'),
            Some(b'[') => self.items(pointer, b']'),
            Some(b'"') => drop(self.string()),
            _ => self.scalar(),
        }
    }

    /// The members or elements up to `close`, each under its own pointer.
    fn items(&mut self, pointer: &mut String, close: u8) {
        self.step();
        let (mut index, outer) = (0, pointer.len());
        loop {
            self.skip_blanks();
            match self.peek() {
                None => return,
                Some(byte) if byte == close => return self.step(),
                Some(b',') => self.step(),
                Some(_) => {
                    let line = self.line;
                    let token = if close == b'}' { self.name() } else { index.to_string() };
                    index += 1;
                    pointer.push('/');
                    pointer.push_str(&escape(&token));
                    self.lines.insert(pointer.clone(), line);
                    self.value(pointer);
                    pointer.truncate(outer);
                }
            }
        }
    }

    fn name(&mut self) -> String {
        let name = self.string();
        self.skip_blanks();
        self.step();
        name
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        let text = &self.text[start..self.at.min(self.text.len())];
        serde_json::from_slice(text).unwrap_or_default()
    }

    fn scalar(&mut self) {
        let start = self.at;
        while self.peek().is_some_and(|byte| !b",]}\n\r\t ".contains(&byte)) {
            self.at += 1;
        }
        if self.at == start {
            self.at += 1; // a stray character: go on, so that no text can hold us
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "{\n  \"a\": { \"b/c\": 1,\n    \"q\\\"~\": [true,\n      {\"x\": \"}\\\"\"}] },\n  \"z\": null\n}";

    #[test]
    fn every_value_has_the_line_it_begins_on() {
        let lines = Lines::of(TEXT);
        for (pointer, line) in [
            ("", 1),
            ("/a", 2),
            ("/a/b~1c", 2),
            ("/a/q\"~0", 3),
            ("/a/q\"~0/1", 4),
            ("/a/q\"~0/1/x", 4),
            ("/z", 5),
        ] {
            assert_eq!(lines.line(pointer), line, "{pointer}");
        }
    }

    #[test]
    fn what_is_not_there_has_the_line_of_what_is_around_it() {
        assert_eq!(Lines::of(TEXT).line("/a/q\"~0/1/none/7"), 4);
    }

    #[test]
    fn text_that_is_no_json_ends() {
        for text in ["", "{", "[[[", "{\"a\"", "}", "\"abc", "[1 2", "{\"a\": ]"] {
            assert_eq!(Lines::of(text).line(""), 1, "{text}");
        }
    }

    #[test]
    fn an_offset_is_on_the_line_after_the_breaks_before_it() {
        assert_eq!([0, 1, 2, 3, 9].map(|at| LineEnds::of("a\nb\n").line(at)), [1, 1, 2, 2, 3]);
    }
}
