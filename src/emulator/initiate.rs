//! Sign-up, sign-in, and the two in one: what was asked for, and the code that is sent for it.

use serde_json::Value;

use super::admission::{Applicant, admit};
use super::call::Call;
use super::clock::Millis;
use super::code::{Code, Initiation, Presented, Purpose};
use super::fields::Fields;
use super::id::UserId;
use super::options::LoginOptions;
use super::order::Order;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::state::Server;
use super::variant::Variant;

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
    let applicant = Applicant::read(&call, intent, fields)?;
    let options = call.server.login_options(fields).inspect_err(|_| {
        call.server.bugs.after_refused_options(&mut call.server.store(), &applicant.login_id);
    })?;
    let presented = presented(&call, &options, bearer.jwt())?;
    let code = call.server.fresh_code()?;
    let overlap = call.server.enter(&applicant.login_id).await;
    let sent = {
        let mut store = call.server.store();
        let (user, recipient) = admit(&call, &mut store, &applicant, overlap.as_ref())?;
        let foreign = presented.as_ref().is_some_and(|session| session.user != user.id);
        let ignored = foreign && call.server.variants.has(Variant::ForeignStepUpIgnored);
        if foreign && !ignored && !call.server.bugs.steps_up_with_foreign_tokens() {
            return Err(Refusal::foreign_token());
        }
        let presented = presented.filter(|_| !ignored).map(|session| Presented { user: user.id, ..session });
        let (purpose, login_id) = (Purpose::Login, applicant.login_id);
        let alone = overlap.as_ref().is_none_or(|overlap| !overlap.spares_codes());
        let (recipient, channel) = (call.recipient(recipient), call.channel());
        let bugs = &call.server.bugs;
        let odd = bugs.stale_address(&user, channel).or_else(|| bugs.texts_instead(&user, channel));
        let recipient = odd.unwrap_or(recipient);
        let forwarded_for = call.header("x-forwarded-for");
        let order = Order {
            by: intent,
            channel,
            login_id,
            alone,
            user,
            recipient,
            purpose,
            options,
            presented,
            forwarded_for,
        };
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
    /// The address to send to, found once and for all.
    fn recipient(&self, recipient: String) -> String {
        let twice = self.server.bugs.reads_duplicates_twice();
        let first = twice.then(|| self.first_text("loginId")).flatten();
        first.and_then(|text| self.channel().canonical(&text)).unwrap_or(recipient)
    }
}

impl Server {
    /// The options of a login, or of a generated code.
    pub(crate) fn login_options(&self, fields: Fields<'_>) -> Result<LoginOptions, Refusal> {
        LoginOptions::check_outer(fields)?;
        self.bugs.refuse_options(fields)?;
        let options = LoginOptions::read(&self.bugs.claim_limits(), fields)?;
        self.refuse_locale(&options)?;
        Ok(options)
    }

    /// A send opens no session.
    fn hand_out_tokens(&self, mut reply: Reply, user: UserId, now: Millis) -> Outcome {
        if !self.bugs.any() {
            return Ok(reply);
        }
        let has_logged_in = self.store().user(user).is_some_and(|user| user.has_logged_in);
        if !self.bugs.needs_no_code(has_logged_in) {
            return Ok(reply);
        }
        let login = self.complete(&mut self.store(), user, &Code::found(now), now)?;
        let tokens = self.login_response(&login, now)?;
        for name in ["sessionJwt", "refreshJwt"] {
            reply.body[name] = tokens.body[name].clone();
        }
        Ok(reply)
    }
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
