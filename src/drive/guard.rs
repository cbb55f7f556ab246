//! The egress guard: nothing leaves that could reach a person who never asked for it.
//!
//! It is in the one place that sends, after generation, mutation and shrinking, and looks at the bytes as a
//! lenient server might. Well-formed JSON is walked, and every scalar of an addressing member is judged; a mailer may
//! find an address in any member, so every text is looked through for addresses. What is not well-formed has no
//! members that all parsers agree on, so there every piece of the text is judged. It rather
//! refuses a harmless body than sends one that is not: such a case is left out.

mod decode;
mod dial;
mod mail;
mod member;
mod walk;

use mail::Reading;
pub(crate) use mail::is_domain;
use member::{Member, member};

/// Refuses requests that address phone numbers or e-mail addresses which are neither reserved for fiction and examples
/// nor allowed by the profile.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Digits of the allowed numbers, country code first.
    allowed: Vec<Vec<u8>>,
    /// Domains of allowed addresses.
    domains: Vec<String>,
}

/// Calls `see` with every text under a member that names a user, as a lenient server might read the bytes.
///
/// # Errors
/// The bytes are not exactly one JSON text as every parser reads it.
pub(super) fn names(body: &[u8], see: &mut dyn FnMut(&str)) -> Result<(), serde_json::Error> {
    walk::walk(body, &mut |addressing, text| {
        if addressing.is_some_and(|addressing| addressing != Member::WHOLE) {
            see(text);
        }
    })
}

/// A request that was not sent, and why. The number or address is masked, so that this can be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not sent: {place} holds {what}, neither reserved for fiction nor among the profile's numbers and domains"
)]
pub struct Blocked {
    /// Where: the member, the body or the query.
    pub place: String,
    /// What, without saying it: `a number of 11 digits ending in 34`.
    pub what: String,
}

impl Guard {
    /// A guard that lets reserved numbers pass, and these, given in international form.
    pub fn new(allowed_numbers: impl IntoIterator<Item = impl AsRef<str>>) -> Guard {
        let digits = |number: &str| number.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
        let numbers = allowed_numbers.into_iter().map(|number| digits(number.as_ref()));
        Guard { allowed: numbers.filter(|digits| !digits.is_empty()).collect(), domains: Vec::new() }
    }

    /// Lets addresses at these domains pass too. A domain below one of them is another domain.
    #[must_use]
    pub fn with_domains(self, domains: impl IntoIterator<Item = impl Into<String>>) -> Guard {
        Guard { domains: domains.into_iter().map(Into::into).collect(), ..self }
    }

    /// Lets a request pass or refuses it.
    ///
    /// # Errors
    /// The first thing found that a lenient server could take for a stranger's phone number or e-mail address.
    pub fn check(&self, body: &[u8], content_type: Option<&str>, query: &str) -> Result<(), Blocked> {
        if !query.is_empty() {
            self.check_pairs(query, "query parameter")?;
        }
        if body.is_empty() {
            return Ok(());
        }
        if let Some(content_type) = content_type {
            check_charset(content_type)?;
        }
        match self.check_json(body) {
            Some(verdict) => verdict?,
            None => self.check_anything(body)?,
        }
        if content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("form")) {
            self.check_pairs(&String::from_utf8_lossy(body), "form field")?;
        }
        Ok(())
    }

    /// Lets the headers of a request pass or refuses them.
    ///
    /// # Errors
    /// A value in which a lenient server could find a stranger's e-mail address.
    pub fn check_headers<'a>(
        &self,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), Blocked> {
        headers.into_iter().try_for_each(|(name, value)| {
            self.check_mail(value, Reading::Aside, || format!("header `{name}`"))
        })
    }

    /// `None` if the bytes are not one well-formed JSON text and nothing was found before that showed.
    fn check_json(&self, body: &[u8]) -> Option<Result<(), Blocked>> {
        let mut found = None;
        let read = walk::walk(body, &mut |member, text| {
            if found.is_none() {
                found = match member {
                    Some(member) => self.check_value(member, text, "member"),
                    None => self.check_mail(text, Reading::Aside, || "a member".into()),
                }
                .err();
            }
        });
        match (found, read) {
            (Some(blocked), _) => Some(Err(blocked)),
            (None, Ok(())) => Some(Ok(())),
            (None, Err(_)) => None,
        }
    }

    fn check_anything(&self, body: &[u8]) -> Result<(), Blocked> {
        if body.starts_with(b"\x1F\x8B") {
            return Err(Blocked { place: "the body".into(), what: "compressed data".into() });
        }
        for text in decode::texts(body) {
            match self.check_json(text.as_bytes()) {
                Some(verdict) => verdict?,
                None => {
                    self.check_mail(&text, Reading::Loose, || Member::WHOLE.name.into())?;
                    self.check_pieces(&decode::unescape(&decode::unpercent(&text)))?;
                }
            }
        }
        Ok(())
    }

    /// A text of unknown structure. Pieces between structural characters are read like any value; runs without
    /// letters are read across whatever else is in them, quotes and commas included.
    fn check_pieces(&self, text: &str) -> Result<(), Blocked> {
        const STRUCTURE: &str = "{}[]<>\"'`,:;&=\n\r";
        for piece in text.split(|c| STRUCTURE.contains(c)) {
            let plain = plain_number(piece.trim());
            self.check_number(Member::WHOLE, plain.as_deref().unwrap_or(piece), "")?;
        }
        text.split(char::is_alphabetic).try_for_each(|run| self.check_number(Member::WHOLE, run, ""))
    }

    /// `name=value` pairs. A value without a name is judged too.
    fn check_pairs(&self, text: &str, place: &str) -> Result<(), Blocked> {
        text.split(['&', ';']).try_for_each(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or(("", pair));
            let named = if name.is_empty() { Some(Member::WHOLE) } else { member(&decode::unpercent(name)) };
            let decoded = decode::unpercent(value);
            match named {
                Some(named) => {
                    self.check_mail(value, Reading::Address, || named.place(place))?;
                    self.check_number(named, &decoded, place)
                }
                None => self.check_mail(value, Reading::Aside, || place.into()),
            }
        })
    }

    fn check_value(&self, member: Member, text: &str, place: &str) -> Result<(), Blocked> {
        self.check_mail(text, Reading::Address, || member.place(place))?;
        self.check_number(member, text, place)
    }

    fn check_mail(
        &self,
        text: &str,
        reading: Reading,
        place: impl FnOnce() -> String,
    ) -> Result<(), Blocked> {
        let found = mail::stranger(text, reading, &self.domains);
        found.map_or(Ok(()), |what| Err(Blocked { place: place(), what }))
    }

    fn check_number(&self, member: Member, text: &str, place: &str) -> Result<(), Blocked> {
        if member.login && dial::is_email(text) {
            return Ok(());
        }
        let found = dial::stranger(text, &self.allowed);
        found.map_or(Ok(()), |what| Err(Blocked { place: member.place(place), what }))
    }
}

/// Charsets in which digits are other bytes than ASCII's, and which we do not read.
fn check_charset(content_type: &str) -> Result<(), Blocked> {
    const UNREAD: [&str; 6] = ["utf-7", "utf7", "ebcdic", "ibm", "cp037", "cp500"];
    let content_type = content_type.to_ascii_lowercase();
    let charset = content_type.split_once("charset").map_or("", |(_, charset)| charset);
    match UNREAD.iter().find(|name| charset.contains(*name)) {
        Some(name) => Err(Blocked {
            place: "the content type".into(),
            what: format!("charset {name}, which hides digits"),
        }),
        None => Ok(()),
    }
}

/// `1.2125551234e10` and `0x7FFFFFFF` written out.
fn plain_number(piece: &str) -> Option<String> {
    let unsigned = piece.trim_start_matches(['+', '-']);
    if let Some(hex) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        return u128::from_str_radix(hex, 16).ok().map(|number| number.to_string());
    }
    let exponent =
        unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') && unsigned.contains(['e', 'E']);
    let number = exponent.then(|| unsigned.parse::<f64>().ok()).flatten()?;
    Some(number.clamp(0.0, 1e30).to_string())
}

#[cfg(test)]
mod mail_tests;
#[cfg(test)]
mod tests;
