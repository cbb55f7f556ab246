//! What is known of a hidden value, written down while it could be seen.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether a JWT's signature holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// Verified by the published key with the token's `kid`.
    Verified,
    /// The published key with the token's `kid` does not verify it, or it has no usable header.
    Wrong,
    /// No published key has the token's `kid`.
    UnknownKey,
    /// Not looked at, and why: the keys could not be read, say.
    Unchecked(String),
}

/// A JWT as it was seen in an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenFact {
    /// The token's stand-in.
    pub token: String,
    /// JSON pointer of the member that held it, or `cookie NAME`.
    pub place: String,
    /// The decoded header; null if it was not readable.
    pub header: Value,
    /// The decoded claims, hidden values replaced; null if they were not readable.
    pub claims: Value,
    /// Whether the signature holds.
    pub signature: Signature,
}

impl TokenFact {
    /// Whether it is the session token (`DS`) or the refresh token (`DSR`) of its answer: by the place that the documents
    /// give it, and elsewhere by what it says of itself.
    pub fn is(&self, drn: &str) -> bool {
        match self.place.as_str() {
            "/sessionJwt" | "cookie DS" => drn == "DS",
            "/refreshJwt" | "cookie DSR" => drn == "DSR",
            _ => self.claims["drn"] == drn,
        }
    }
}

/// How a secret was dressed up where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Written backwards.
    Reversed,
    /// Base64, standard or URL alphabet.
    Base64,
    /// A JSON number.
    Number,
}

impl Encoding {
    /// As it is put behind the name of a secret.
    pub(crate) fn dressed(self) -> &'static str {
        match self {
            Encoding::Plain => "",
            Encoding::Reversed => ", written backwards",
            Encoding::Base64 => ", in base64",
            Encoding::Number => ", as a number",
        }
    }
}

/// What is wrong, or only looks wrong, with a token that was put into an answer on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenTampering {
    /// `alg` is `none`, and there is no signature.
    Unsigned,
    /// Its `kid` is that of no published key.
    UnknownKey,
    /// Signed with another key than the one it names.
    WrongSignature,
    /// Issued for another project, by a published key.
    OtherProject,
    /// Expired a minute ago, by a published key.
    Expired,
    /// Expired three seconds ago, by a published key.
    JustExpired,
    /// Issued three seconds from now, by a published key.
    SlightlyAhead,
    /// Issued a minute from now, by a published key.
    FarAhead,
    /// Signed as `HS256` with the text of a published key for a secret.
    KeyAsSecret,
    /// Signed by the key that its own header holds, which is not published.
    OwnKey,
    /// Without `exp`, by a published key.
    NoExpiry,
    /// By a key that is published from now on.
    Rotated,
}

/// Something worth knowing of an exchange that its symbolic form no longer shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A JWT in the answer.
    Token(TokenFact),
    /// A masked number in the answer.
    Mask {
        /// Its stand-in.
        name: String,
        /// Whether all digits of the full number stand in it.
        full: bool,
        /// Whether it has a character that is neither a digit nor a phone separator.
        filler: bool,
    },
    /// The answer, or its loss, is not the target's: the proxy put it there to see what the client does.
    Injected {
        /// Name of the hostile answer.
        answer: String,
        /// What it did to the session token, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trick: Option<TokenTampering>,
    },
    /// The request went to another host than the one the client was given: an answer had sent it there.
    Elsewhere,
    /// What was presented as a code has the form of no code that was seen: a server may refuse it for that alone.
    OtherForm,
    /// The answer's `Date`, where the target's clock was not moved by us.
    Dated {
        /// Seconds since 1970.
        at_s: i64,
        /// How far it is from our clock, in seconds.
        off_s: i64,
        /// Whether the target's clock can be moved, so that an earlier run may have done so.
        movable: bool,
    },
    /// The send was accepted, and its message did not come as long as was waited for it.
    Silent,
    /// A name occurs twice in the request's body: what was asked for depends on who reads it.
    Ambiguous,
    /// The request names a coding that its body is not in. Servers that do not look at the name read it.
    Miscoded,
    /// A secret stood in the answer as a whole word.
    Shown {
        /// The secret's stand-in.
        secret: String,
        /// JSON pointer, `header NAME` or `body`.
        place: String,
        /// How it was written.
        disguise: Encoding,
    },
}
