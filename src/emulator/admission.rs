//! Who may begin a login, as which user, and which number is texted.

use super::call::Call;
use super::fault::Fault;
use super::initiate::{Applicant, not_a_phone};
use super::phone;
use super::races::Overlap;
use super::refusal::Refusal;
use super::send::{Initiation, forget_codes};
use super::server::Server;
use super::store::Store;
use super::user::{Profile, Status, User};

/// The user this login is for, as it is or as it would become, and the number to text.
pub(crate) fn admit(
    call: &Call,
    store: &mut Store,
    applicant: &Applicant,
    overlap: Option<&Overlap<'_>>,
) -> Result<(User, String), Refusal> {
    let server = &*call.server;
    let known = store.find(&applicant.login_id).and_then(|id| store.user(id)).cloned();
    let seen = known.filter(|user| !overlap.is_some_and(|overlap| overlap.overlooks(user.status)));
    match seen {
        Some(user) if user.status == Status::Disabled => Err(Refusal::disabled()),
        Some(user) if user.status == Status::Pending => applicant.newcomer(server, user),
        Some(user) => applicant.returning(server, store, user),
        None => {
            let mut draft = store.draft(&applicant.login_id, call.now);
            draft.test = is_dynamic_test_user(server, &applicant.login_id);
            applicant.newcomer(server, draft)
        }
    }
}

impl Applicant {
    /// Somebody who has never logged in and whom nobody invited.
    fn newcomer(&self, server: &Server, mut user: User) -> Result<(User, String), Refusal> {
        match self.intent {
            Initiation::SignIn if server.faults.has(Fault::SignInErrorIsGeneric) => {
                return Err(Refusal::generic());
            }
            Initiation::SignIn if !server.faults.has(Fault::SignInCreatesUsers) => {
                return Err(Refusal::unknown_user());
            }
            Initiation::SignUpOrIn if server.faults.has(Fault::SignUpOrInRefusesNewcomers) => {
                return Err(Refusal::unknown_user());
            }
            _ => {}
        }
        let recipient = self.phone.clone().or_else(|| phone::canonical(&self.login_id));
        let recipient = match recipient {
            None if server.faults.has(Fault::UnknownNameAccepted) => String::new(),
            recipient => recipient.ok_or_else(|| not_a_phone("loginId"))?,
        };
        user.phone.clone_from(&recipient);
        if self.profile != Profile::default() {
            user.profile = Some(Box::new(self.profile.clone()));
        }
        Ok((user, recipient))
    }

    /// A user of this project; invited ones may still sign up (descope/python-sdk: tests/e2e/test_otp.py).
    fn returning(&self, server: &Server, store: &mut Store, user: User) -> Result<(User, String), Refusal> {
        let registered = user.has_logged_in || server.faults.has(Fault::SignUpOfInvitedRefused);
        match self.intent {
            Initiation::SignUp if registered => self.refuse_sign_up(server, store)?,
            Initiation::SignUpOrIn if server.faults.has(Fault::SignUpOrInRefusesReturners) => {
                return Err(Refusal::already_registered());
            }
            Initiation::SignIn if server.faults.has(Fault::SignInRefusesReturners) => {
                return Err(Refusal::unknown_user());
            }
            _ => {}
        }
        // A login ID that is a number is texted itself; any other leads to the stored phone, and only an invited user
        // without one may bring a number.
        let stored = Some(&user.phone)
            .filter(|phone| !phone.is_empty() && !server.faults.has(Fault::StoredPhoneIgnored));
        let recipient = phone::canonical(&self.login_id).or(stored.cloned()).or_else(|| self.phone.clone());
        let recipient = recipient.ok_or_else(|| Refusal::missing("phone"))?;
        Ok((user, recipient))
    }

    fn refuse_sign_up(&self, server: &Server, store: &mut Store) -> Result<(), Refusal> {
        if server.faults.has(Fault::SignUpOfRegisteredPasses) {
            return Ok(());
        }
        if server.faults.has(Fault::RefusedSignUpVoids) {
            forget_codes(store, &self.login_id);
        }
        let generic = server.faults.has(Fault::SignUpErrorIsGeneric);
        Err(if generic { Refusal::generic() } else { Refusal::already_registered() })
    }
}

fn is_dynamic_test_user(server: &Server, login_id: &str) -> bool {
    server.test_login_ids.as_ref().is_some_and(|pattern| pattern.is_match(login_id))
}
