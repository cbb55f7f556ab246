//! The ways by which codes go out, and how each calls and writes its addresses.

use super::phone;

/// How a code reaches its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Sms,
    Email,
}

impl Channel {
    /// The channel that the last part of a path names.
    pub(crate) fn of_path(tail: &str) -> Channel {
        if tail == "email" { Channel::Email } else { Channel::Sms }
    }

    /// The channel by which this address is reached.
    pub(crate) fn of_address(address: &str) -> Channel {
        if address.contains('@') { Channel::Email } else { Channel::Sms }
    }

    /// Its name, as tokens have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Email => "email",
        }
    }

    /// The member that holds an address.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Channel::Sms => "phone",
            Channel::Email => "email",
        }
    }

    /// The member of an answer that shows an address in part.
    pub(crate) fn masked(self) -> &'static str {
        match self {
            Channel::Sms => "maskedPhone",
            Channel::Email => "maskedEmail",
        }
    }

    /// What an address must be, for refusals.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Channel::Sms => "a phone number in international form",
            Channel::Email => "an e-mail address",
        }
    }

    /// The one form of an address that is kept; `None` if it is none. Addresses are kept as they are written.
    pub(crate) fn canonical(self, text: &str) -> Option<String> {
        match self {
            Channel::Sms => phone::canonical(text),
            Channel::Email => is_address(text).then(|| text.to_owned()),
        }
    }
}

/// One `@` between a local part and a domain with a dot, and nothing that a mailer takes for more than one address.
fn is_address(text: &str) -> bool {
    const APART: &str = "@,;:<>()[]\\\" ";
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| !c.is_control() && !APART.contains(c));
    text.split_once('@').is_some_and(|(local, domain)| {
        plain(local)
            && plain(domain)
            && domain.split('.').count() > 1
            && domain.split('.').all(|label| !label.is_empty())
    })
}

/// What the caller may see of an address: its first letter, and its domain or the end of it.
pub(crate) fn masked_address(address: &str, hides_domain: bool) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    let end: String = match hides_domain {
        true => domain.chars().skip(domain.chars().count().saturating_sub(6)).collect(),
        false => domain.to_owned(),
    };
    let hidden = if hides_domain { "***" } else { "" };
    format!("{first}{}@{hidden}{end}", "*".repeat(local.chars().count().max(4) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_address() {
        let email = |text| Channel::Email.canonical(text);
        assert_eq!(email("Ada+x@mail.example.com").as_deref(), Some("Ada+x@mail.example.com"));
        for text in
            ["ada", "ada@", "@example.com", "ada@example", "a@b.c@d.e", "a@b.c,d@e.f", "a@b.c\r\nBcc: d@e.f"]
        {
            assert_eq!(email(text), None, "{text}");
        }
    }

    #[test]
    fn a_mask_hides_all_but_the_first_letter_of_any_script() {
        assert_eq!(masked_address("ada.lovelace@example.com", false), "a***********@example.com");
        assert_eq!(masked_address("é@example.com", false), "é***@example.com");
        assert_eq!(masked_address("ada@run.example.com", true), "a***@***le.com");
    }
}
