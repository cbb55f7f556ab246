//! Who may begin a login, decided wrongly.

use super::Bugs;
use crate::emulator::code::Initiation;
use crate::emulator::fault::Fault;
use crate::emulator::fields::Fields;
use crate::emulator::refusal::Refusal;
use crate::emulator::store::Store;

/// Where the messages of a login without a login ID go.
const NO_LOGIN_ID: &str = "+12025550100";

impl Bugs {
    /// A number with dashes is another login ID than the number without.
    pub(crate) fn keep_dashes(&self) -> bool {
        self.has(Fault::DashesMakeAnotherUser)
    }

    /// How login IDs that are no numbers are kept, where it is not as they are written.
    pub(crate) fn keeps_names(&self) -> Option<fn(&str) -> String> {
        if self.has(Fault::SpacesInNamesAreLost) {
            return Some(|name| name.replace(' ', ""));
        }
        let mangled: fn(&str) -> String =
            |name| name.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
        self.has(Fault::NamesAreMangled).then_some(mangled)
    }

    /// A registered user is not found by this login ID.
    pub(crate) fn forgets_name(&self, intent: Initiation, login_id: &str) -> bool {
        intent != Initiation::SignUp && !login_id.is_ascii() && self.has(Fault::NamesBeyondAsciiAreForgotten)
    }

    /// What happens to a request without a login ID, or with an empty one.
    pub(crate) fn without_login_id(&self, fields: Fields<'_>) -> Option<Result<String, Refusal>> {
        match fields.text("loginId") {
            Ok(Some("")) if self.has(Fault::EmptyLoginIdAccepted) => Some(Ok(NO_LOGIN_ID.to_owned())),
            Ok(None) if self.has(Fault::MissingLoginIdAccepted) => Some(Ok(NO_LOGIN_ID.to_owned())),
            Ok(None) if self.has(Fault::MissingLoginIdHasOtherCode) => Some(Err(Refusal::wrong_code())),
            _ => None,
        }
    }

    /// An unknown user is refused where a right server takes it in.
    pub(crate) fn refuse_newcomer(&self, intent: Initiation) -> Option<Refusal> {
        match intent {
            Initiation::SignIn => self.has(Fault::SignInErrorIsGeneric).then(Refusal::generic),
            Initiation::SignUpOrIn => self.has(Fault::SignUpOrInRefusesNewcomers).then(Refusal::unknown_user),
            _ => None,
        }
    }

    /// Sign-in creates the user it does not find.
    pub(crate) fn signs_in_without_sign_up(&self) -> bool {
        self.has(Fault::SignInCreatesUsers)
    }

    /// A name that is no number is accepted from an unknown user.
    pub(crate) fn texts_names(&self) -> bool {
        self.has(Fault::UnknownNameAccepted)
    }

    /// A user who was invited and never logged in counts as registered.
    pub(crate) fn invited_counts_as_registered(&self) -> bool {
        self.has(Fault::SignUpOfInvitedRefused)
    }

    /// A user of this project is refused where a right server knows it.
    pub(crate) fn refuse_returning(&self, intent: Initiation) -> Option<Refusal> {
        match intent {
            Initiation::SignUpOrIn => {
                self.has(Fault::SignUpOrInRefusesReturners).then(Refusal::already_registered)
            }
            Initiation::SignIn => self.has(Fault::SignInRefusesReturners).then(Refusal::unknown_user),
            _ => None,
        }
    }

    /// The phone on file is not looked at.
    pub(crate) fn ignores_stored_phone(&self) -> bool {
        self.has(Fault::StoredPhoneIgnored)
    }

    /// A registered user signs up once more.
    pub(crate) fn signs_up_twice(&self) -> bool {
        self.has(Fault::SignUpOfRegisteredPasses)
    }

    /// A refused sign-up clears the codes of the user, and says why in a word of its own.
    pub(crate) fn refuse_sign_up(&self, store: &mut Store, login_id: &str) -> Option<Refusal> {
        if self.has(Fault::RefusedSignUpVoids) {
            store.forget_codes(login_id);
        }
        self.has(Fault::SignUpErrorIsGeneric).then(Refusal::generic)
    }

    /// Options that were refused clear the codes of the user all the same.
    pub(crate) fn after_refused_options(&self, store: &mut Store, login_id: &str) {
        if self.has(Fault::InvalidOptionsVoid) {
            store.forget_codes(login_id);
        }
    }

    /// Another user's refresh JWT steps this user up.
    pub(crate) fn steps_up_with_foreign_tokens(&self) -> bool {
        self.has(Fault::ForeignTokenStepsUp)
    }

    /// A send opens the session that only its code should open.
    pub(crate) fn needs_no_code(&self, has_logged_in: bool) -> bool {
        self.has(Fault::TokensAtInitiation) || (has_logged_in && self.has(Fault::KnownUsersNeedNoCode))
    }
}
