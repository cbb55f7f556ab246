//! How a code reaches its user: one row for each method, and what of the contract is written in its words.
//!
//! Pages, schemas and scenarios are written for SMS. For another method they are read with its words in their places: so
//! a sentence that holds for all methods is written once.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Area, Level};

/// A way by which codes are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryMethod {
    /// A text message to the user's phone.
    Sms,
    /// A mail to the user's address.
    Email,
    /// A call to the user's phone.
    Voice,
    /// A message to the user's phone by a messenger.
    Im,
    /// A message to the user's phone by WhatsApp.
    Whatsapp,
}

/// What is particular to a method.
struct Row {
    method: DeliveryMethod,
    /// Its name: in paths, in `deliveryMethod`, in trial names.
    name: &'static str,
    /// What people call it.
    words: &'static str,
    /// The member that holds the recipient's address.
    recipient: &'static str,
    /// The member of an answer that shows the address in part.
    masked: &'static str,
    /// The member of a user that says that the address is the user's own.
    verified: &'static str,
    /// What `amr` calls it, where a page says so.
    amr: Option<&'static str>,
    /// The most that a sentence can weigh whose area the schema alone carries, and any other.
    most: [Level; 2],
    /// Whether a run is about it where its user names no methods.
    usual: bool,
    /// What a text for SMS says, and what a text for this method says there; in this order.
    instead: &'static [(&'static str, &'static str)],
}

/// What a page says in prose weighs as it says.
const DOCUMENTED: [Level; 2] = [Level::Must, Level::Must];
/// A page with a schema and one line: what it does not say is taken over from the pages of the others.
const BY_SCHEMA: [Level; 2] = [Level::Must, Level::Should];
/// No page: official SDKs know it.
const BY_CLIENTS: [Level; 2] = [Level::Should, Level::Should];

const ROWS: [Row; 5] = [
    Row {
        method: DeliveryMethod::Sms,
        name: "sms",
        words: "SMS",
        recipient: "phone",
        masked: "maskedPhone",
        verified: "verifiedPhone",
        amr: Some("sms"),
        most: DOCUMENTED,
        usual: true,
        instead: &[],
    },
    Row {
        method: DeliveryMethod::Email,
        name: "email",
        words: "e-mail",
        recipient: "email",
        masked: "maskedEmail",
        verified: "verifiedEmail",
        amr: Some("email"),
        most: DOCUMENTED,
        usual: true,
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
    Row {
        method: DeliveryMethod::Voice,
        name: "voice",
        words: "voice",
        recipient: "phone",
        masked: "maskedPhone",
        verified: "verifiedPhone",
        amr: None,
        most: DOCUMENTED,
        usual: false,
        instead: &[
            ("/sms", "/voice"),
            ("-sms", "-voice"),
            ("OTP / SMS /", "OTP / Voice /"),
            ("SMS", "voice"),
        ],
    },
    Row {
        method: DeliveryMethod::Im,
        name: "im",
        words: "instant message",
        recipient: "phone",
        masked: "maskedPhone",
        verified: "verifiedPhone",
        amr: None,
        most: BY_SCHEMA,
        usual: false,
        instead: &[
            ("/sms", "/im"),
            ("-sms", "-im"),
            ("OTP / SMS /", "OTP / IM /"),
            ("SMS", "instant message"),
        ],
    },
    Row {
        method: DeliveryMethod::Whatsapp,
        name: "whatsapp",
        words: "WhatsApp",
        recipient: "phone",
        masked: "maskedPhone",
        verified: "verifiedPhone",
        amr: None,
        most: BY_CLIENTS,
        usual: false,
        instead: &[("/sms", "/whatsapp"), ("-sms", "-whatsapp"), ("SMS", "WhatsApp")],
    },
];

impl DeliveryMethod {
    /// Every method, SMS first.
    pub const ALL: [DeliveryMethod; ROWS.len()] = {
        let mut all = [DeliveryMethod::Sms; ROWS.len()];
        let mut at = 0;
        while at < ROWS.len() {
            all[at] = ROWS[at].method;
            at += 1;
        }
        all
    };

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.method == self).unwrap_or(&ROWS[0])
    }

    /// The methods that a run is about where its user names none: those that most projects have.
    #[must_use]
    pub fn usual() -> Vec<DeliveryMethod> {
        ROWS.iter().filter(|row| row.usual).map(|row| row.method).collect()
    }

    /// Its name: in paths, in `deliveryMethod`, in trial names.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What `amr` calls it, where a page says so. Source: docs: Session overview.
    #[must_use]
    pub fn amr(self) -> Option<&'static str> {
        self.row().amr
    }

    /// Whether its codes go to a mail address; to a phone, where they do not.
    #[must_use]
    pub fn is_mail(self) -> bool {
        self.recipient() == DeliveryMethod::Email.recipient()
    }

    /// How much a sentence of this level and area weighs for this method.
    #[must_use]
    pub fn level(self, level: Level, area: Area) -> Level {
        let [by_schema, otherwise] = self.row().most;
        let most = if matches!(area, Area::Acceptance | Area::Shape) { by_schema } else { otherwise };
        level.min(most)
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

impl<'de> Deserialize<'de> for DeliveryMethod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DeliveryMethod, D::Error> {
        // Files name the nearest word as flags do.
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
