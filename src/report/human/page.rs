//! Lines of terminal output: indentation, labelled fields, and colour where it is asked for.

/// Columns of a line.
pub(super) const WIDTH: usize = 120;

/// Precedes each line, or rest of a line, that is a command, until everything else has been cleaned. No foreign text
/// holds it.
pub(super) const COMMAND: char = '\u{e000}';

/// Whether output may be coloured. The caller knows whether a terminal is there; reports do not look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    #[default]
    Plain,
    /// With ANSI colours.
    Colour,
}

impl Style {
    /// Something is wrong.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("31;1", text)
    }

    /// All is well.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Worth a look.
    pub(crate) fn doubtful(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What the eye looks for.
    pub(crate) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What the eye may skip.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// Text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    /// How it may look.
    pub(super) style: Style,
}

impl Page {
    pub(super) fn new(style: Style) -> Page {
        Page { text: String::new(), style }
    }

    /// What is written by `write`.
    pub(super) fn of(style: Style, write: impl FnOnce(&mut Page)) -> Page {
        let mut page = Page::new(style);
        write(&mut page);
        page
    }

    pub(super) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    pub(super) fn append(&mut self, other: Page) {
        self.text.push_str(&other.text);
    }

    /// One line; the text is written as it is, so foreign parts of it must be harmless already.
    pub(super) fn line(&mut self, indent: usize, text: impl AsRef<str>) {
        let line = format!("{:indent$}{}", "", text.as_ref());
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A command, or a line of one, to be pasted as it is: settings and names of trials, nothing of the target's.
    pub(super) fn command(&mut self, indent: usize, text: &str) {
        self.text.push(COMMAND);
        self.line(indent, text);
    }

    /// An empty line and a heading.
    pub(super) fn heading(&mut self, text: &str) {
        let text = self.style.strong(text);
        self.text.push('\n');
        self.line(0, text);
    }

    /// `expected  one 200 at most`.
    pub(super) fn field(&mut self, indent: usize, label: &str, text: impl AsRef<str>) {
        let label = self.style.faint(&format!("{label:<8}"));
        self.line(indent, format!("{label}  {}", text.as_ref()));
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
