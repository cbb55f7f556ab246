//! One exchange as the model sees it: who asked for what, when, and what the server said.

use serde_json::Value;

use crate::contract::{DeliveryMethod, OperationId, RequirementId};
use crate::exchange::{Fact, Micros, TokenFact};

/// Which operation asked for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SendKind {
    /// Sign-in with automatic sign-up.
    SignupIn,
    /// Sign-up only.
    Signup,
    /// Sign-in only.
    Signin,
    /// Update of the phone number.
    Update,
}

/// A request for a code.
#[derive(Clone, Debug, PartialEq)]
pub struct SendCall {
    /// The operation.
    pub door: SendKind,
    /// Login ID, in plain form.
    pub who: String,
    /// The new number of an update, the number of a sign-up.
    pub phone: Option<String>,
    /// `loginOptions`, or an empty object.
    pub options: Value,
    /// The refresh token presented with it.
    pub token: Option<String>,
    /// A token was presented that was made from another one: it is no user's.
    pub altered: bool,
    /// The contract says that such a request must be accepted; the requirement that says so most precisely.
    pub must_accept: Option<RequirementId>,
    /// Its message did not come as long as was waited for it.
    pub silent: bool,
    /// The code it delivered, where that is known for certain.
    pub delivered: Option<String>,
    /// Codes it may have delivered, where sends overlapped.
    pub candidates: Vec<String>,
}

impl SendCall {
    /// Where the message goes: an update and a sign-up name a number.
    pub(super) fn recipient(&self) -> &str {
        self.phone.as_deref().unwrap_or(&self.who)
    }
}

/// What was presented as a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A string that is taken as it is: a user's code, or no code.
    Plain(String),
    /// A string made from a user's code in a way that any server may read as the code: spaces, a number, other
    /// scripts' digits.
    Lenient(String),
    /// A string made from a user's code that is another text: a prefix, a changed digit.
    NearMiss(String),
    /// No string, or an empty one.
    NotACode,
}

impl Code {
    /// The plain code it is, or may be read as.
    pub fn text(&self) -> Option<&str> {
        match self {
            Code::Plain(text) | Code::Lenient(text) => Some(text),
            Code::NearMiss(_) | Code::NotACode => None,
        }
    }
}

/// What was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A login that was refused, and that not every server can read: it may have counted as a guess for anybody.
    Unread,
    /// A code, to be sent.
    Send(Box<SendCall>),
    /// A login with a code.
    Verify {
        /// Login ID, in plain form.
        who: String,
        /// What was presented.
        code: Code,
    },
    /// A code for a test user, that the answer shows.
    Generate {
        /// Login ID.
        who: String,
        /// The code in the answer.
        code: Option<String>,
    },
    /// A user, made by the management API.
    Create {
        /// Login ID.
        who: String,
        /// Whether it is a test user.
        test: bool,
        /// Further login IDs of the same user.
        others: Vec<String>,
    },
    /// A user's end, by the management API.
    Delete {
        /// Login ID, if the call gave one.
        who: Option<String>,
        /// User ID, if the call gave one.
        id: Option<String>,
    },
    /// A change by the management API after which sessions, and perhaps the user, may not work as before: a forced logout,
    /// another status.
    Unsettle {
        /// Login ID, if the call gave one.
        who: Option<String>,
        /// User ID, if the call gave one.
        id: Option<String>,
        /// Whether the user is concerned, and not the sessions alone.
        user: bool,
        /// Whether the user may not work from then on, because its status is no longer `enabled`.
        suspends: bool,
    },
    /// All test users' end.
    DeleteTestUsers,
    /// Something that needs a live refresh token.
    Session {
        /// The operation: refresh, try-refresh, me, logout or logoutall.
        operation: OperationId,
        /// The refresh token presented.
        token: String,
        /// Whether no body was sent with it.
        empty: bool,
    },
}

/// What the server said.
#[derive(Clone, Debug, PartialEq)]
pub enum CallOutcome {
    /// Status 2xx.
    Accepted,
    /// Status 4xx, by an operation that looked at the request.
    Refused {
        /// The envelope's code.
        error: Option<String>,
    },
    /// Not looked at: not now, or not without a length.
    Limited,
    /// Status 5xx.
    Broken {
        /// The status.
        status: u16,
    },
    /// Nothing, or something that is no answer.
    Lost,
}

impl CallOutcome {
    /// Whether it is a refusal with this error code.
    pub(super) fn is_refused_with(&self, code: &str) -> bool {
        matches!(self, CallOutcome::Refused { error } if error.as_deref() == Some(code))
    }
}

/// One call and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCall {
    /// The exchange it was read from.
    pub exchange: usize,
    /// When it was made, on the target's clock as far as we moved it.
    pub call: Micros,
    /// When it was answered; `None` is open for ever.
    pub ret: Option<Micros>,
    /// What was asked.
    pub action: Action,
    /// The refresh token that came with it, whatever was asked.
    pub presented: Option<String>,
    /// The delivery method that it is about, if it is about one.
    pub method: Option<DeliveryMethod>,
    /// What the server said.
    pub outcome: CallOutcome,
    /// Every server must understand the request; another may be refused for its form alone.
    pub plain: bool,
    /// How the login ID was spelled, where that is not its plain form: a server may not know the spelling.
    pub spelling: Option<String>,
    /// The answer's body.
    pub body: Value,
    /// What was known of hidden values.
    pub facts: Vec<Fact>,
}

impl ModelCall {
    /// Whether the two could have taken effect in either order.
    pub fn overlaps(&self, other: &ModelCall) -> bool {
        let before = |a: &ModelCall, b: &ModelCall| a.ret.is_some_and(|ret| ret <= b.call);
        !before(self, other) && !before(other, self)
    }

    /// The token in the answer whose `drn` claim is this one.
    pub fn token(&self, drn: &str) -> Option<&TokenFact> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::Token(token) if token.is(drn) => Some(token),
            _ => None,
        })
    }

    /// The user ID in the answer: of the user object, or of the answer itself.
    pub fn user_id(&self) -> Option<&str> {
        let member = self.body.pointer("/user/userId").or_else(|| self.body.get("userId"));
        member.and_then(Value::as_str).filter(|id| !id.is_empty())
    }
}
