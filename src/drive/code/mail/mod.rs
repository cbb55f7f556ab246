//! A mail as it went over the wire, and the code that a reader of it would type.

mod candidates;

use std::borrow::Cow;
use std::sync::LazyLock;

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{HeaderName, Message, MessageParser, MimeHeaders, PartType};
use regex::Regex;

pub(super) use candidates::{CodeInText, code_in};

/// Bytes of a mail that are read.
pub(super) const LARGEST: usize = 1024 * 1024;
/// Characters of a text that are looked at.
const READ: usize = 64 * 1024;
/// Recipients that are read of a header.
const RECIPIENTS: usize = 16;

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mail {
    /// The code.
    pub(super) code: String,
    /// Whom its header names as recipients.
    pub(super) to: Vec<String>,
    /// The visible text that holds it, behind the subject.
    pub(super) text: String,
}

/// Why no code is read from a mail, and what makes it readable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UnreadableMail {
    #[error("it has more than {LARGEST} bytes")]
    TooLarge,
    #[error("it is no mail: it has no header")]
    NoHeader,
    #[error("it has no text")]
    NoText,
    #[error("its charset {} is unknown", .0.escape_default())]
    Charset(String),
    #[error("no text in it looks like a code; a template with code:{{{{code}}}}; marks it")]
    NoCode,
    #[error("it has {0} texts that may be the code; a template with code:{{{{code}}}}; marks it")]
    ManyCodes(usize),
}

/// Reads a mail. What cannot be read for certain is named, and no code is guessed.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<Mail, UnreadableMail> {
    if bytes.len() > LARGEST {
        return Err(UnreadableMail::TooLarge);
    }
    let message = MessageParser::default().parse(bytes).filter(is_mail);
    let message = message.ok_or(UnreadableMail::NoHeader)?;
    let bodies = bodies(&message)?;
    if bodies.iter().all(|body| body.trim().is_empty()) && message.subject().is_none() {
        return Err(UnreadableMail::NoText);
    }
    let subject = message.subject().unwrap_or_default();
    let texts = bodies.iter().map(|body| &**body).chain([subject]);
    // A text part and an HTML part say the same: the first that holds a code is read.
    let found = texts.map(|text| (text, code_in(text))).find(|(_, found)| *found != CodeInText::None);
    match found {
        Some((text, CodeInText::One(code))) => {
            Ok(Mail { code, to: recipients(&message), text: format!("{subject}\n{text}") })
        }
        Some((_, CodeInText::Several(count))) => Err(UnreadableMail::ManyCodes(count)),
        _ => Err(UnreadableMail::NoCode),
    }
}

/// Whether a mailer wrote it: there is a header that mails have.
fn is_mail(message: &Message<'_>) -> bool {
    message.headers().iter().any(|header| !matches!(header.name, HeaderName::Other(_)))
}

/// Every address that the header names as a recipient.
fn recipients(message: &Message<'_>) -> Vec<String> {
    let fields = [message.to(), message.cc(), message.bcc()];
    let addresses = fields.into_iter().flatten().flat_map(|field| field.iter());
    addresses.filter_map(|each| each.address()).take(RECIPIENTS).map(str::to_owned).collect()
}

/// The visible texts of a mail, plain ones first.
fn bodies<'m>(message: &'m Message<'_>) -> Result<Vec<Cow<'m, str>>, UnreadableMail> {
    let (mut plain, mut rich) = (Vec::new(), Vec::new());
    for part in &message.parts {
        let text = match &part.body {
            PartType::Text(text) | PartType::Html(text) => text,
            _ => continue,
        };
        let named = part.content_type().and_then(|kind| kind.attribute("charset"));
        if let Some(unknown) =
            named.filter(|name| charset_decoder(name.as_bytes()).is_none() && !is_ascii(name))
        {
            return Err(UnreadableMail::Charset(unknown.to_owned()));
        }
        let end = text.char_indices().nth(READ).map_or(text.len(), |(at, _)| at);
        match &part.body {
            PartType::Html(_) => rich.push(Cow::Owned(visible(&text[..end]))),
            _ => plain.push(Cow::Borrowed(&text[..end])),
        }
    }
    plain.extend(rich);
    Ok(plain)
}

fn is_ascii(charset: &str) -> bool {
    ["us-ascii", "ascii", "utf-8", "utf8"].iter().any(|known| charset.eq_ignore_ascii_case(known))
}

/// What a reader of a page sees: no style sheets, no scripts, and blocks apart.
fn visible(html: &str) -> String {
    static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?is)<(?:style|script|title)\b.*?</(?:style|script|title)\s*>|<!--.*?-->").ok()
    });
    static BLOCKS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)</?(?:div|p|td|th|tr|li|h[1-6]|table|section|br)\b").ok());
    let shown = HIDDEN.as_ref().map_or(Cow::Borrowed(html), |hidden| hidden.replace_all(html, " "));
    let apart = BLOCKS.as_ref().map_or(shown.clone(), |blocks| blocks.replace_all(&shown, " $0"));
    html_to_text(&apart)
}

#[cfg(test)]
mod tests;
