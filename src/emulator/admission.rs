//! Who may begin a login, as which user, and where its message goes.

use super::call::Call;
use super::channel::Channel;
use super::code::Initiation;
use super::faults::Overlap;
use super::fields::Fields;
use super::profile;
use super::refusal::Refusal;
use super::state::Server;
use super::store::Store;
use super::user::{Profile, Status, User};

/// The user that a login is begun for, as the request describes it.
pub(crate) struct Applicant {
    pub(crate) intent: Initiation,
    pub(crate) login_id: String,
    pub(crate) channel: Channel,
    pub(crate) address: Option<String>,
    pub(crate) profile: Profile,
}

/// The user this login is for, as it is or as it would become, and the address to send to.
pub(crate) fn admit(
    call: &Call,
    store: &mut Store,
    applicant: &Applicant,
    overlap: Option<&Overlap<'_>>,
) -> Result<(User, String), Refusal> {
    let server = &*call.server;
    let known = store.find(&applicant.login_id).and_then(|id| store.user(id)).cloned();
    let known = known.filter(|_| !server.bugs.forgets_name(applicant.intent, &applicant.login_id));
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
    /// A user who has never logged in and was not invited.
    fn newcomer(&self, server: &Server, mut user: User) -> Result<(User, String), Refusal> {
        if let Some(refusal) = server.bugs.refuse_newcomer(self.intent) {
            return Err(refusal);
        }
        if self.intent == Initiation::SignIn
            && !server.bugs.signs_in_without_sign_up()
            && !server.bugs.signs_in_by_mail_without_sign_up(self.channel)
        {
            return Err(Refusal::unknown_user());
        }
        let recipient = self.address.clone().or_else(|| self.channel.canonical(&self.login_id));
        let recipient = match recipient {
            None if server.bugs.texts_names() => String::new(),
            recipient => recipient.ok_or_else(|| not_an_address("loginId", self.channel))?,
        };
        if self.profile != Profile::default() {
            user.profile = Some(Box::new(self.profile.clone()));
        }
        server.refuse_tag(self.channel, &recipient)?;
        user.set_address(self.channel, &recipient);
        Ok((user, recipient))
    }

    /// A user of this project; invited ones may still sign up (descope/python-sdk: tests/e2e/test_otp.py).
    fn returning(&self, server: &Server, store: &mut Store, user: User) -> Result<(User, String), Refusal> {
        let registered = user.has_logged_in || server.bugs.invited_counts_as_registered();
        if self.intent == Initiation::SignUp && registered && !server.bugs.signs_up_twice() {
            let refusal = server.bugs.refuse_sign_up(store, &self.login_id);
            return Err(refusal.unwrap_or_else(Refusal::already_registered));
        }
        if let Some(refusal) = server.bugs.refuse_returning(self.intent) {
            return Err(refusal);
        }
        // A login ID that is a number is texted itself; any other leads to the stored phone, and only an invited user
        // without one may bring a number.
        let stored = Some(user.address(self.channel))
            .filter(|it| !it.is_empty() && !server.bugs.ignores_stored_phone());
        let stored = stored.map(str::to_owned);
        let named = self.channel.canonical(&self.login_id);
        let recipient = server.chosen(named, stored).or_else(|| self.address.clone());
        let recipient = recipient.ok_or_else(|| Refusal::missing(self.channel.member()))?;
        Ok((user, recipient))
    }
}

fn is_dynamic_test_user(server: &Server, login_id: &str) -> bool {
    server.test_login_ids.as_ref().is_some_and(|pattern| pattern.is_match(login_id))
}

impl Applicant {
    /// Reads what a body says of the user.
    pub(crate) fn read(call: &Call, intent: Initiation, fields: Fields<'_>) -> Result<Self, Refusal> {
        let (server, channel) = (&*call.server, call.channel());
        if intent != Initiation::SignUp {
            let login_id = server.login_id(fields)?;
            return Ok(Applicant { intent, login_id, channel, address: None, profile: Profile::default() });
        }
        let user = fields.nested("user", "user.")?;
        let nested = user.map_or(Ok(None), |user| user.text(channel.member()))?;
        let mut stated = fields.text(channel.member())?.or(nested);
        for other in channel.other_members() {
            stated = stated.or(fields.text(other)?);
        }
        let stated = stated.filter(|address| !address.is_empty());
        if let Some(member) = server.bugs.wants_number_under(channel) {
            fields.required(member)?;
        }
        let wrong = || not_an_address(channel.member(), channel);
        let address = stated.map(|text| channel.canonical(text).ok_or_else(wrong)).transpose()?;
        let login_id = match (fields.text("loginId")?, &address) {
            (None | Some(""), Some(address)) => address.clone(),
            _ => server.login_id(fields)?,
        };
        let profile = user.map_or(Ok(Profile::default()), profile::read)?;
        Ok(Applicant { intent, login_id, channel, address, profile })
    }
}

impl Server {
    /// The member `loginId`, which is a text that is not empty.
    fn login_id(&self, fields: Fields<'_>) -> Result<String, Refusal> {
        let usual = || {
            let login_id = fields.required("loginId")?;
            self.refuse_name(login_id)?;
            Ok(login_id.to_owned())
        };
        self.bugs.without_login_id(fields).unwrap_or_else(usual)
    }
}

fn not_an_address(field: &str, channel: Channel) -> Refusal {
    Refusal::invalid(field, &format!("is neither a known user nor {}", channel.form()))
}
