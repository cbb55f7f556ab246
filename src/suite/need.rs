//! What a target must offer for a scenario to be played on it.

/// What a target must offer for a scenario to be run on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Delivered codes become visible.
    Codes,
    /// Each message becomes visible, not only the newest.
    EachMessage,
    /// The code of each of several overlapping sends becomes visible, if only for a moment.
    EachCode,
    /// The text of messages becomes visible.
    MessageText,
    /// The target's clock can be moved, or waiting is allowed.
    Clock,
    /// A management key is known.
    Management,
    /// The lifetime of a code is known.
    CodeTtl,
    /// The attempt limit is known.
    MaxAttempts,
    /// The resend limit and its window are known.
    ResendLimit,
    /// The number of test users the plan allows is known.
    TestUserLimit,
    /// The target belongs to this run alone.
    Dedicated,
    /// A static test code is configured.
    StaticCode,
    /// An auth management key is known.
    AuthManagement,
}

impl Need {
    /// Every need, its word in a suite file, and what is missing without it.
    pub const ALL: [(Need, &'static str, &'static str); 13] = [
        (Need::Codes, "codes", "no code source shows delivered codes"),
        (Need::EachMessage, "each-message", "the code source shows only the newest message"),
        (Need::EachCode, "each-code", "the code source cannot be asked while codes are being sent"),
        (Need::MessageText, "message-text", "the code source shows no message texts"),
        (Need::Clock, "clock", "the target's clock cannot be moved"),
        (Need::Management, "management", "no management key is given"),
        (Need::CodeTtl, "code-ttl", "the profile does not say how long a code lives"),
        (
            Need::MaxAttempts,
            "max-attempts",
            "the profile does not say how many wrong guesses a code survives",
        ),
        (Need::ResendLimit, "resend-limit", "the profile does not say how many messages a recipient may get"),
        (
            Need::TestUserLimit,
            "test-user-limit",
            "the profile does not say how many test users the plan allows",
        ),
        (Need::Dedicated, "dedicated", "the profile does not say that the project is ours alone"),
        (Need::StaticCode, "static-code", "the profile names no static test code"),
        (Need::AuthManagement, "auth-management", "no auth management key is given"),
    ];

    /// The word in a suite file.
    pub fn word(self) -> &'static str {
        Need::ALL.iter().find(|(need, ..)| *need == self).map_or("", |(_, word, _)| word)
    }

    /// What is missing on a target that does not have it.
    pub fn lack(self) -> &'static str {
        Need::ALL.iter().find(|(need, ..)| *need == self).map_or("", |(_, _, lack)| lack)
    }
}
