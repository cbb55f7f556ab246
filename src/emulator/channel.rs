//! The ways by which codes go out, and how each calls and writes its addresses.

use super::phone;

/// How a code reaches its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Sms,
    Email,
    Voice,
    Im,
    Whatsapp,
}

/// The channels, by their names in paths and in `deliveryMethod`.
const NAMED: [(&str, Channel); 5] = [
    ("sms", Channel::Sms),
    ("email", Channel::Email),
    ("voice", Channel::Voice),
    ("im", Channel::Im),
    ("whatsapp", Channel::Whatsapp),
];

impl Channel {
    /// Every channel and its name.
    pub(crate) fn all() -> impl Iterator<Item = (&'static str, Channel)> {
        NAMED.into_iter()
    }

    /// The channel of that name.
    pub(crate) fn named(name: &str) -> Option<Channel> {
        NAMED.iter().find(|(known, _)| *known == name).map(|(_, channel)| *channel)
    }

    /// The channel that the last part of a path names.
    pub(crate) fn of_path(tail: &str) -> Channel {
        Channel::named(tail).unwrap_or(Channel::Sms)
    }

    /// The channel by which this address is reached, if nothing else is said.
    pub(crate) fn of_address(address: &str) -> Channel {
        if address.contains('@') { Channel::Email } else { Channel::Sms }
    }

    /// The channel by which a message to this address goes, where this one was asked for.
    pub(crate) fn to(self, address: &str) -> Channel {
        let usual = Channel::of_address(address);
        if usual.is_mail() == self.is_mail() { self } else { usual }
    }

    /// Whether it leads to a mail address; to a phone, where it does not.
    pub(crate) fn is_mail(self) -> bool {
        self == Channel::Email
    }

    /// Its name, as paths have it.
    pub(crate) fn name(self) -> &'static str {
        NAMED.iter().find(|(_, channel)| *channel == self).map_or("sms", |(name, _)| name)
    }

    /// Its name, as tokens have it: what goes to a phone is called by one name (descope/go-sdk: descope/types.go).
    pub(crate) fn factor(self) -> &'static str {
        if self.is_mail() { "email" } else { "sms" }
    }

    /// The member that holds an address.
    pub(crate) fn member(self) -> &'static str {
        if self.is_mail() { "email" } else { "phone" }
    }

    /// Other members in which clients state the address of a sign-up (descope/python-sdk: descope/_auth_base.py,
    /// descope/go-sdk: descope/internal/auth/utils.go, descope/descope-java: model/otp/SignUpRequest.java).
    pub(crate) fn other_members(self) -> &'static [&'static str] {
        match self {
            Channel::Voice => &["voice"],
            Channel::Whatsapp => &["whatsapp", "whatsApp"],
            Channel::Sms | Channel::Email | Channel::Im => &[],
        }
    }

    /// The member of an answer that shows an address in part.
    pub(crate) fn masked(self) -> &'static str {
        if self.is_mail() { "maskedEmail" } else { "maskedPhone" }
    }

    /// What an address must be, for refusals.
    pub(crate) fn form(self) -> &'static str {
        if self.is_mail() { "an e-mail address" } else { "a phone number in international form" }
    }

    /// The one form of an address that is kept; `None` if it is none. Addresses are kept as they are written.
    pub(crate) fn canonical(self, text: &str) -> Option<String> {
        match self.is_mail() {
            false => phone::canonical(text),
            true => is_address(text).then(|| text.to_owned()),
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
