//! Sign-up, sign-in, and the two in one: what was asked for, and the code that is sent for it.

use serde_json::Value;

use super::admission::admit;
use super::call::Call;
use super::clock::Millis;
use super::code::{Code, Presented, Purpose};
use super::fault::Fault;
use super::fields::Fields;
use super::options::LoginOptions;
use super::phone;
use super::profile;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::send::{Initiation, Order, forget_codes};
use super::server::Server;
use super::user::{Profile, UserId};
use super::variant::Variant;

/// Who wants in, and as whom.
pub(crate) struct Applicant {
    pub(crate) intent: Initiation,
    pub(crate) login_id: String,
    pub(crate) phone: Option<String>,
    pub(crate) profile: Profile,
}

pub(crate) async fn sign_up_or_in(call: Call) -> Outcome {
    begin(call, Initiation::SignUpOrIn).await
}

pub(crate) async fn sign_up(call: Call) -> Outcome {
    begin(call, Initiation::SignUp).await
}

pub(crate) async fn sign_in(call: Call) -> Outcome {
    begin(call, Initiation::SignIn).await
}

async fn begin(call: Call, intent: Initiation) -> Outcome {
    let bearer = call.bearer()?;
    let body = call.object()?;
    let fields = Fields::of(&body);
    let applicant = Applicant::read(&call.server, intent, fields)?;
    let options = LoginOptions::read(&call.server, fields).inspect_err(|_| {
        if call.server.faults.has(Fault::InvalidOptionsVoid) {
            forget_codes(&mut call.server.store(), &applicant.login_id);
        }
    })?;
    let presented = presented(&call, &options, bearer.jwt())?;
    let code = call.server.fresh_code()?;
    let overlap = call.server.enter(&applicant.login_id).await;
    let sent = {
        let mut store = call.server.store();
        let (user, recipient) = admit(&call, &mut store, &applicant, overlap.as_ref())?;
        let foreign = presented.as_ref().is_some_and(|session| session.user != user.id);
        let ignored = foreign && call.server.variants.has(Variant::ForeignStepUpIgnored);
        if foreign && !ignored && !call.server.faults.has(Fault::ForeignTokenStepsUp) {
            return Err(Refusal::foreign_token());
        }
        let presented = presented.filter(|_| !ignored).map(|session| Presented { user: user.id, ..session });
        let (purpose, login_id) = (Purpose::Login, applicant.login_id);
        let alone = overlap.as_ref().is_none_or(|overlap| !overlap.spares_codes());
        let recipient = call.recipient(recipient);
        let order = Order { by: intent, login_id, alone, user, recipient, purpose, options, presented };
        call.server.issue(&mut store, order, code, call.now)?
    };
    if let Some(overlap) = overlap {
        overlap.leave().await;
    }
    let user = sent.user;
    let reply = call.server.dispatch(sent).await?;
    call.server.hand_out_tokens(reply, user, call.now)
}

impl Call {
    /// The number to text, found once and for all.
    fn recipient(&self, recipient: String) -> String {
        let first = self
            .server
            .faults
            .has(Fault::DuplicateKeysDisagree)
            .then(|| self.first_text("loginId"))
            .flatten();
        first.and_then(|text| phone::canonical(&text)).unwrap_or(recipient)
    }
}

impl Server {
    /// A send opens no session.
    fn hand_out_tokens(&self, mut reply: Reply, user: UserId, now: Millis) -> Outcome {
        if !self.faults.any() {
            return Ok(reply);
        }
        let known = self.store().user(user).is_some_and(|user| user.has_logged_in);
        let skips_the_code = self.faults.has(Fault::TokensAtInitiation)
            || (known && self.faults.has(Fault::KnownUsersNeedNoCode));
        if !skips_the_code {
            return Ok(reply);
        }
        let login = self.complete(&mut self.store(), user, &Code::found(now), now)?;
        let tokens = self.welcome(&login, now)?;
        for name in ["sessionJwt", "refreshJwt"] {
            reply.body[name] = tokens.body[name].clone();
        }
        Ok(reply)
    }
}

impl Applicant {
    fn read(server: &Server, intent: Initiation, fields: Fields<'_>) -> Result<Self, Refusal> {
        if intent != Initiation::SignUp {
            let login_id = server.login_id(fields)?;
            return Ok(Applicant { intent, login_id, phone: None, profile: Profile::default() });
        }
        let user = fields.nested("user", "user.")?;
        let nested = user.map_or(Ok(None), |user| user.text("phone"))?;
        let stated = fields.text("phone")?.or(nested).filter(|phone| !phone.is_empty());
        let phone =
            stated.map(|text| phone::canonical(text).ok_or_else(|| not_a_phone("phone"))).transpose()?;
        let login_id = match (fields.text("loginId")?, &phone) {
            (None | Some(""), Some(phone)) => phone.clone(),
            _ => server.login_id(fields)?,
        };
        let profile = user.map_or(Ok(Profile::default()), profile::read)?;
        Ok(Applicant { intent, login_id, phone, profile })
    }
}

/// Where messages to nobody go when a bug lets nobody in.
const NOBODY: &str = "+12025550100";

impl Server {
    /// The member `loginId`, which is a text that is not empty.
    fn login_id(&self, fields: Fields<'_>) -> Result<String, Refusal> {
        match fields.text("loginId") {
            Ok(Some("")) if self.faults.has(Fault::EmptyLoginIdAccepted) => Ok(NOBODY.to_owned()),
            Ok(None) if self.faults.has(Fault::MissingLoginIdAccepted) => Ok(NOBODY.to_owned()),
            Ok(None) if self.faults.has(Fault::MissingLoginIdHasOtherCode) => Err(Refusal::wrong_code()),
            _ => Ok(fields.required("loginId")?.to_owned()),
        }
    }
}

pub(crate) fn not_a_phone(field: &str) -> Refusal {
    Refusal::invalid(field, "is neither a known user nor a phone number in international form")
}

/// The session that a step-up or second factor builds on; without a token the option earns nothing.
fn presented(call: &Call, options: &LoginOptions, jwt: Option<&str>) -> Result<Option<Presented>, Refusal> {
    if jwt.is_none() && options.needs_session() && call.server.variants.has(Variant::StepUpNeedsToken) {
        return Err(Refusal::no_token());
    }
    let Some(jwt) = jwt.filter(|_| options.needs_session()) else { return Ok(None) };
    let claims = call.server.refresh_claims(jwt, call.now)?;
    call.server.live(&claims)?;
    let methods = claims.all.get("amr").and_then(Value::as_array).cloned().unwrap_or_default();
    let amr = methods.iter().filter_map(|method| method.as_str().map(str::to_owned)).collect();
    Ok(Some(Presented { user: claims.user, amr }))
}
