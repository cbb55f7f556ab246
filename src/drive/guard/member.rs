//! The members of a request that say who is addressed, as a lenient server might spell them.

/// An addressing member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name in the contract, or the place of the value.
    pub(super) name: &'static str,
    /// May also hold a login ID that is no phone number, such as an e-mail address.
    pub(super) login: bool,
}

impl Member {
    /// The whole body, where no member is around the value.
    pub(super) const WHOLE: Member = Member { name: "the body", login: false };

    /// As a refusal names it.
    pub(super) fn place(self, kind: &str) -> String {
        if self == Member::WHOLE { self.name.into() } else { format!("{kind} `{}`", self.name) }
    }
}

/// Folded names: lower case, letters and digits only. The last ones are not of this contract, but SDKs or other
/// operations use them for the same thing.
const MEMBERS: [(&str, Member); 24] = [
    ("loginid", Member { name: "loginId", login: true }),
    ("phone", Member { name: "phone", login: false }),
    ("identifier", Member { name: "identifier", login: true }),
    ("loginids", Member { name: "loginIds", login: true }),
    ("additionalloginids", Member { name: "additionalLoginIds", login: true }),
    ("additionalidentifiers", Member { name: "additionalIdentifiers", login: true }),
    ("phones", Member { name: "phones", login: false }),
    ("whatsapp", Member { name: "whatsapp", login: false }),
    ("voice", Member { name: "voice", login: false }),
    ("sms", Member { name: "sms", login: false }),
    ("username", Member { name: "username", login: true }),
    ("phonenumber", Member { name: "phoneNumber", login: false }),
    ("phonenumbers", Member { name: "phoneNumbers", login: false }),
    ("mobile", Member { name: "mobile", login: false }),
    ("tel", Member { name: "tel", login: false }),
    ("telephone", Member { name: "telephone", login: false }),
    ("msisdn", Member { name: "msisdn", login: false }),
    ("recipient", Member { name: "recipient", login: false }),
    ("email", Member { name: "email", login: true }),
    ("emails", Member { name: "emails", login: true }),
    ("emailaddress", Member { name: "emailAddress", login: true }),
    ("mail", Member { name: "mail", login: true }),
    ("recoveryemail", Member { name: "recoveryEmail", login: true }),
    ("recoveryphone", Member { name: "recoveryPhone", login: false }),
];

/// The addressing member that a key could be taken for: any case, with separators (`login_id`), as a path
/// (`user.phone`, `user[phone]`), with letters that fold to ASCII ones (`ſ` is an s to some parsers).
pub(super) fn member(key: &str) -> Option<Member> {
    if key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return named(key);
    }
    let folded: String = key.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    let letters: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    let words = || folded.split(|c: char| !c.is_alphanumeric()).find_map(named);
    named(&letters).or_else(words)
}

fn named(key: &str) -> Option<Member> {
    MEMBERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, member)| *member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_member_in_any_spelling() {
        for (key, name) in [
            ("loginId", "loginId"),
            ("LOGINID", "loginId"),
            ("login_id", "loginId"),
            ("phoneſ", "phones"),
            ("log\u{131}nId", "loginId"),
            ("user.phone", "phone"),
            ("user[phone]", "phone"),
            ("phones[]", "phones"),
            (" phone\t", "phone"),
            ("additional-login-ids", "additionalLoginIds"),
        ] {
            assert_eq!(member(key).map(|member| member.name), Some(name), "{key}");
        }
    }

    #[test]
    fn knows_no_others() {
        for key in ["code", "templateId", "verifiedPhone", "verifiedEmail", "userId", "", "…", "smsOptions"]
        {
            assert_eq!(member(key), None, "{key}");
        }
    }
}
