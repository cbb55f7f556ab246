//! Stable names for values that must not be shown.
//!
//! `<code:A2>` is the second code delivered to the first person. A value made from another one keeps the tie:
//! `<phone:A|dashes>` is the number of `<phone:A>` in another spelling, `<code:A2|prefix>` a guess cut from a code.

use std::fmt;

/// What a hidden value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretKind {
    /// A phone number used as login ID or phone.
    Phone,
    /// An e-mail address to which codes are sent.
    Email,
    /// A login ID that is not a phone number.
    Name,
    /// A login ID of a client that is not ours, in no form that must be taken for a number.
    Login,
    /// A masked number in an answer.
    Masked,
    /// A one-time code.
    Code,
    /// A value sent as a code that was never a code.
    Guess,
    /// A session JWT.
    Session,
    /// A refresh JWT.
    Refresh,
    /// Any other JWT.
    Token,
    /// A user ID.
    User,
    /// The project ID.
    Project,
    /// A management or auth-management key.
    Key,
}

impl SecretKind {
    /// What an address that a code is sent to is.
    pub fn of_address(address: &str) -> SecretKind {
        if address.contains('@') { SecretKind::Email } else { SecretKind::Phone }
    }

    /// Whether codes can be sent to it.
    pub fn is_address(self) -> bool {
        matches!(self, SecretKind::Phone | SecretKind::Email)
    }

    /// Whether it tells one of our people from others.
    pub fn is_person(self) -> bool {
        matches!(self, SecretKind::Phone | SecretKind::Email | SecretKind::Name)
    }

    /// The placeholder for any value of each kind.
    const ALL: [(SecretKind, &'static str); 13] = [
        (SecretKind::Phone, "<phone>"),
        (SecretKind::Email, "<email>"),
        (SecretKind::Name, "<name>"),
        (SecretKind::Login, "<login>"),
        (SecretKind::Masked, "<masked>"),
        (SecretKind::Code, "<code>"),
        (SecretKind::Guess, "<guess>"),
        (SecretKind::Session, "<session>"),
        (SecretKind::Refresh, "<refresh>"),
        (SecretKind::Token, "<token>"),
        (SecretKind::User, "<user>"),
        (SecretKind::Project, "<project>"),
        (SecretKind::Key, "<key>"),
    ];

    /// The word inside the brackets.
    pub fn word(self) -> &'static str {
        inside(self.stand_in())
    }

    /// The placeholder for any value of the kind: `<code>`.
    pub(crate) fn stand_in(self) -> &'static str {
        SecretKind::ALL.iter().find(|(kind, _)| *kind == self).map_or("<value>", |(_, stand_in)| stand_in)
    }
}

fn inside(stand_in: &str) -> &str {
    stand_in.trim_matches(['<', '>'])
}

/// A stand-in, taken apart. Borrowed from the text that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Placeholder<'a> {
    /// The value it replaces.
    pub kind: SecretKind,
    /// The part that tells it from others of its kind: `A2`.
    pub label: &'a str,
    /// How it was made from the value of that label, if it was: `dashes`.
    pub how: Option<&'a str>,
}

impl<'a> Placeholder<'a> {
    /// Reads a text that is one stand-in and nothing else.
    pub fn parse(text: &'a str) -> Option<Placeholder<'a>> {
        let inner = text.strip_prefix('<')?.strip_suffix('>')?;
        let (rest, how) = match inner.split_once('|') {
            Some((rest, how)) => (rest, Some(how)),
            None => (inner, None),
        };
        let (word, label) = rest.split_once(':').unwrap_or((rest, ""));
        let (kind, _) = SecretKind::ALL.iter().find(|(_, stand_in)| inside(stand_in) == word)?;
        (!inner.contains(['<', '>'])).then_some(Placeholder { kind: *kind, label, how })
    }

    /// The same value in its plain form: `<phone:A>` for `<phone:A|dashes>`.
    pub fn base(self) -> String {
        Placeholder { how: None, ..self }.to_string()
    }
}

impl fmt::Display for Placeholder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.kind.word();
        match (self.label, self.how) {
            ("", None) => write!(f, "<{word}>"),
            ("", Some(how)) => write!(f, "<{word}|{how}>"),
            (label, None) => write!(f, "<{word}:{label}>"),
            (label, Some(how)) => write!(f, "<{word}:{label}|{how}>"),
        }
    }
}

/// The plain form of a stand-in, or the text itself where it is none.
pub(crate) fn base_of(text: &str) -> String {
    Placeholder::parse(text).map_or_else(|| text.to_owned(), Placeholder::base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        for text in ["<phone:A>", "<code:A2>", "<phone:A|dashes>", "<project>", "<project|lower>", "<user:1>"]
        {
            assert_eq!(Placeholder::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_no_stand_ins() {
        for text in ["", "<>", "<b:1>", "phone:A", "<phone:A", "<phone:<code:A1>>"] {
            assert_eq!(Placeholder::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_spelling_is_the_same_value() {
        assert_eq!(base_of("<phone:A|dashes>"), "<phone:A>");
        assert_eq!(base_of("ada@example.com"), "ada@example.com");
    }
}
