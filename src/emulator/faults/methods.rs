//! Bugs of servers that deliver codes by several methods: what holds for one is forgotten, or believed, of another.

use super::Bugs;
use crate::emulator::channel::Channel;
use crate::emulator::code::{AddressChange, Code, Origin, Purpose};
use crate::emulator::fault::Fault;
use crate::emulator::id::UserId;
use crate::emulator::user::User;

const BOTH: [Channel; 2] = [Channel::Sms, Channel::Email];

impl Bugs {
    /// A sign-up by voice states its number under one name.
    pub(crate) fn wants_number_under(&self, channel: Channel) -> Option<&'static str> {
        let wants = channel == Channel::Voice && self.has(Fault::NumberUnderPhoneOnly);
        wants.then(|| channel.member())
    }

    /// How a message goes out although another way was asked for.
    pub(crate) fn way_out(&self, asked: Channel) -> Channel {
        let texts = asked == Channel::Voice && self.has(Fault::CallsAreTexts);
        if texts { Channel::Sms } else { asked }
    }

    /// A login marks every address of the user as verified.
    pub(crate) fn verifies_all_addresses(&self, user: &mut User) {
        if self.has(Fault::LoginVerifiesAllAddresses) {
            BOTH.into_iter().for_each(|channel| user.verify_address(channel));
        }
    }

    /// A verified update of the e-mail address is forgotten.
    pub(crate) fn forgets_update(&self, channel: Channel) -> bool {
        channel == Channel::Email && self.has(Fault::MailUpdateIsForgotten)
    }

    /// Where mails go on going after an update.
    pub(crate) fn stale_address(&self, user: &User, channel: Channel) -> Option<String> {
        (channel == Channel::Email && self.has(Fault::CodesGoToTheOldMail))
            .then(|| self.memory().old_mail.get(&user.id).cloned())
            .flatten()
    }

    /// Remembers what an update replaces, and that it waits.
    pub(crate) fn note_update(&self, user: &User, change: &AddressChange) {
        if !self.any() || change.channel != Channel::Email {
            return;
        }
        let (old, mut memory) = (user.address(Channel::Email), self.memory());
        if !old.is_empty() {
            memory.old_mail.insert(user.id, old.to_owned());
        }
        memory.waiting_update.insert(user.id, change.clone());
    }

    /// A code of a login completes the update that waits.
    pub(crate) fn purpose_of(&self, user: UserId, code: &Code) -> Option<Purpose> {
        if !self.has(Fault::LoginCodeCompletesUpdates) || code.channel != Channel::Email {
            return None;
        }
        let change = self.memory().waiting_update.remove(&user)?;
        (code.purpose == Purpose::Login).then_some(Purpose::Update(change))
    }

    /// An address that is another user's is taken from it although the request forbids it.
    pub(crate) fn merges_in_spite(&self) -> bool {
        self.has(Fault::ConflictIsMerged)
    }

    /// What `amr` calls the method of a code.
    pub(crate) fn method_name(&self, channel: Channel) -> &'static str {
        if self.has(Fault::MethodIsAlwaysSms) { Channel::Sms.factor() } else { channel.factor() }
    }

    /// A code by e-mail is no second factor.
    pub(crate) fn loses_factor(&self, own: &str) -> bool {
        own == Channel::Email.factor() && self.has(Fault::MailIsNoSecondFactor)
    }

    /// While a code of another method waits, a new one is sent and not kept.
    pub(crate) fn first_method_wins(&self, user: &User, code: &Code) -> bool {
        let other = |old: &Code| old.origin == Origin::Sent && old.channel != code.channel;
        self.has(Fault::FirstMethodWins) && user.codes.iter().any(other)
    }

    /// Where a text goes although a mail was asked for.
    pub(crate) fn texts_instead(&self, user: &User, channel: Channel) -> Option<String> {
        let texts = channel == Channel::Email && self.has(Fault::TextsInsteadOfMails);
        Some(user.phone.clone()).filter(|phone| texts && !phone.is_empty())
    }

    /// A mail voids no code.
    pub(crate) fn mail_voids_nothing(&self, code: &Code) -> bool {
        code.channel == Channel::Email && self.has(Fault::MailVoidsNothing)
    }

    /// Wrong guesses at a mailed code are not counted.
    pub(crate) fn overlooks_guesses_by(&self, channel: Channel) -> bool {
        channel == Channel::Email && self.has(Fault::MailGuessesAreFree)
    }

    /// Mailed codes live for ever.
    pub(crate) fn keeps_alive(&self, code: &Code) -> bool {
        code.channel == Channel::Email && self.has(Fault::MailCodesNeverExpire)
    }

    /// Mailed codes can be used again.
    pub(crate) fn keeps_spent(&self, code: &Code) -> bool {
        code.channel == Channel::Email && self.has(Fault::MailCodesAreNotSpent)
    }

    /// Sign-ins by e-mail make users.
    pub(crate) fn signs_in_by_mail_without_sign_up(&self, channel: Channel) -> bool {
        channel == Channel::Email && self.has(Fault::MailSignInCreatesUsers)
    }

    /// An update of the e-mail address asks for no refresh JWT.
    pub(crate) fn updates_mail_without_token(&self, channel: Channel) -> bool {
        channel == Channel::Email && self.has(Fault::MailUpdateNeedsNoToken)
    }
}
