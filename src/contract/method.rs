//! How a code reaches its user: one row for each method, and what of the contract is written in its words.
//!
//! Pages, schemas and scenarios are written for SMS. For another method they are read with its words in their places: so
//! a sentence that holds for all methods is written once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A way by which codes are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryMethod {
    /// A text message to the user's phone.
    Sms,
    /// A mail to the user's address.
    Email,
}

/// What is particular to a method.
struct Row {
    method: DeliveryMethod,
    /// Its name: in paths, in `deliveryMethod`, in `amr`, in trial names.
    name: &'static str,
    /// What people call it.
    words: &'static str,
    /// The member that holds the recipient's address.
    recipient: &'static str,
    /// The member of an answer that shows the address in part.
    masked: &'static str,
    /// The member of a user that says that the address is the user's own.
    verified: &'static str,
    /// What a text for SMS says, and what a text for this method says there; in this order.
    instead: &'static [(&'static str, &'static str)],
}

const ROWS: [Row; 2] = [
    Row {
        method: DeliveryMethod::Sms,
        name: "sms",
        words: "SMS",
        recipient: "phone",
        masked: "maskedPhone",
        verified: "verifiedPhone",
        instead: &[],
    },
    Row {
        method: DeliveryMethod::Email,
        name: "email",
        words: "e-mail",
        recipient: "email",
        masked: "maskedEmail",
        verified: "verifiedEmail",
        instead: &[
            ("/update/phone/sms", "/update/email"),
            ("update-phone-sms", "update-email"),
            ("/sms", "/email"),
            ("-sms", "-email"),
            ("initiation.", "initiation-email."),
            ("phone-number", "email-address"),
            // The two change places: a sign-up's user has both.
            ("\"phone\"", "\"\u{0}\""),
            ("\"email\"", "\"phone\""),
            ("\"\u{0}\"", "\"email\""),
            ("maskedPhone", "maskedEmail"),
            ("OTP / SMS /", "OTP / Email /"),
            ("an SMS", "an e-mail"),
            ("SMS", "e-mail"),
        ],
    },
];

impl DeliveryMethod {
    /// Every method, SMS first.
    pub const ALL: [DeliveryMethod; ROWS.len()] = [DeliveryMethod::Sms, DeliveryMethod::Email];

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.method == self).unwrap_or(&ROWS[0])
    }

    /// Its name: in paths, in `deliveryMethod`, in `amr`, in trial names.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What people call it.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.row().words
    }

    /// The member that holds the recipient's address.
    #[must_use]
    pub fn recipient(self) -> &'static str {
        self.row().recipient
    }

    /// The member of an answer that shows the address in part.
    #[must_use]
    pub fn masked(self) -> &'static str {
        self.row().masked
    }

    /// The member of a user that says that the address is the user's own.
    #[must_use]
    pub fn verified(self) -> &'static str {
        self.row().verified
    }

    /// A text of the contract that is written for SMS, in the words of this method.
    #[must_use]
    pub(crate) fn reword(self, text: &str) -> String {
        self.row().instead.iter().fold(text.to_owned(), |text, (sms, own)| text.replace(sms, own))
    }
}

impl fmt::Display for DeliveryMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no delivery method{1}; there are {known}", known = known())]
pub struct UnknownMethod(String, String);

fn known() -> String {
    ROWS.map(|row| row.name).join(", ")
}

impl FromStr for DeliveryMethod {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<DeliveryMethod, UnknownMethod> {
        let found = ROWS.iter().find(|row| row.name == text).map(|row| row.method);
        found.ok_or_else(|| {
            let folded: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
            let near =
                |row: &&Row| strsim::levenshtein(&folded.to_lowercase(), row.name) <= row.name.len() / 2;
            let nearest = ROWS.iter().filter(near).map(|row| format!("; did you mean {}?", row.name)).next();
            UnknownMethod(text.to_owned(), nearest.unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written() {
        for method in DeliveryMethod::ALL {
            assert_eq!(method.name().parse(), Ok(method));
            assert_eq!(serde_json::json!(method), method.name());
        }
        let why = "E-Mial".parse::<DeliveryMethod>().unwrap_err().to_string();
        assert_eq!(why, "`E-Mial` is no delivery method; did you mean email?; there are sms, email");
        let why = "pigeon".parse::<DeliveryMethod>().unwrap_err().to_string();
        assert_eq!(why, "`pigeon` is no delivery method; there are sms, email");
    }

    #[test]
    fn a_text_for_sms_is_read_in_another_methods_words() {
        let email = |text| DeliveryMethod::Email.reword(text);
        assert_eq!(email("/v1/auth/otp/update/phone/sms"), "/v1/auth/otp/update/email");
        assert_eq!(email(r#"{ "phone": 1, "email": 2 }"#), r#"{ "email": 1, "phone": 2 }"#);
        assert_eq!(email("docs: OTP / SMS / Verify"), "docs: OTP / Email / Verify");
        assert_eq!(DeliveryMethod::Sms.reword("/signup/sms"), "/signup/sms");
    }
}
