//! What methods mean for each other and what an address may be, where the documents leave it open.

use crate::emulator::channel::Channel;
use crate::emulator::code::{AddressChange, Code};
use crate::emulator::options::LoginOptions;
use crate::emulator::order::Order;
use crate::emulator::refusal::Refusal;
use crate::emulator::state::Server;
use crate::emulator::user::User;
use crate::emulator::variant::Variant;

impl Server {
    /// Whether a wrong guess at the verify of this channel costs that code an attempt.
    pub(crate) fn counts_against(&self, code: &Code, by: Channel) -> bool {
        code.channel == by || !self.variants.has(Variant::GuessesCountByMethod)
    }

    /// What messages are counted by: the address, the address and the method, or the user as well.
    pub(crate) fn counted_by(&self, order: &Order) -> Vec<String> {
        if self.variants.has(Variant::MessagesCountByMethod) {
            return vec![format!("{} by {}", order.recipient, order.channel.name())];
        }
        let user = self.variants.has(Variant::MessagesCountByUser).then(|| order.user.id.to_string());
        std::iter::once(order.recipient.clone()).chain(user).collect()
    }

    /// What `amr` calls a channel that no page names.
    pub(crate) fn unnamed_factor(&self, channel: Channel) -> Option<&'static str> {
        let unnamed = !matches!(channel, Channel::Sms | Channel::Email);
        let names = self.variants.has(Variant::AmrNamesTheMethod).then(|| channel.name());
        names.or((unnamed && self.variants.has(Variant::AmrSaysPhone)).then_some("phone"))
    }

    /// Where a returning user's message goes: to the address that the login ID is, else to the one on file; the other way
    /// round where an old address stays a login ID.
    pub(crate) fn chosen(&self, login_id: Option<String>, stored: Option<String>) -> Option<String> {
        match self.variants.has(Variant::OldAddressStaysALoginId) {
            true => stored.or(login_id),
            false => login_id.or(stored),
        }
    }

    /// An update that this server does not begin.
    pub(crate) fn refuse_update(
        &self,
        user: &User,
        change: &AddressChange,
        taken: bool,
    ) -> Result<(), Refusal> {
        let own = user.address(change.channel) == change.address;
        if own && self.variants.has(Variant::OwnAddressIsRefused) {
            return Err(Refusal::invalid(change.channel.member(), "is the user's own"));
        }
        let merges = change.merge_into_existing;
        if taken && !merges && self.variants.has(Variant::AddressOfAnotherIsRefused) {
            return Err(Refusal::conflict());
        }
        Ok(())
    }

    /// A language that no template is written in.
    pub(crate) fn refuse_locale(&self, options: &LoginOptions) -> Result<(), Refusal> {
        let known = |locale: &str| {
            let (language, rest) = locale.split_at_checked(2).unwrap_or_default();
            let lower = language.len() == 2 && language.bytes().all(|letter| letter.is_ascii_lowercase());
            lower && (rest.is_empty() || rest.starts_with('-'))
        };
        let odd = !options.locale.is_empty() && !known(&options.locale);
        match odd && self.variants.has(Variant::UnknownLocaleIsRefused) {
            true => Err(Refusal::invalid("locale", "must name a language")),
            false => Ok(()),
        }
    }

    /// An address that this server does not take.
    pub(crate) fn refuse_tag(&self, channel: Channel, address: &str) -> Result<(), Refusal> {
        let tagged = channel.is_mail() && address.contains('+');
        match tagged && self.variants.has(Variant::PlusTagsAreRefused) {
            true => Err(Refusal::invalid(channel.member(), "must have no tag")),
            false => Ok(()),
        }
    }
}
