//! What a random sequence is about.

/// Who and what sequences are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Theme {
    /// One person's codes and sessions.
    OneUser,
    /// Several people, who also try each other's codes and tokens.
    SeveralUsers,
    /// Two people, and time that passes.
    PassingTime,
    /// People whom the management API makes, changes and ends.
    ManagedUsers,
    /// Two people to whom codes come by two methods.
    SeveralMethods,
}

impl Theme {
    /// Every theme of one method, its name, and of how many sequences in 64 it is the subject.
    pub(super) const ALL: [(Theme, &'static str, u32); 4] = [
        (Theme::OneUser, "one-user", 16),
        (Theme::SeveralUsers, "several-users", 24),
        (Theme::PassingTime, "passing-time", 12),
        (Theme::ManagedUsers, "managed-users", 12),
    ];

    pub(super) fn word(self) -> &'static str {
        Theme::ALL.iter().find(|(theme, ..)| *theme == self).map_or("", |(_, word, _)| word)
    }

    /// How many people appear.
    pub(super) fn people(self) -> usize {
        match self {
            Theme::OneUser => 1,
            Theme::PassingTime | Theme::SeveralMethods => 2,
            Theme::SeveralUsers | Theme::ManagedUsers => 3,
        }
    }
}
