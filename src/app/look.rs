//! Which delivery methods a target has, where its user does not say: a short look that sends no message.

use super::{Origin, RunSettings};
use crate::contract::{Bearer, Body, Case, DeliveryMethod, OperationId, RequirementId};
use crate::drive::Target;
use crate::exchange::{Answer, Response};
use crate::report::Gap;

/// Requests of a look at most: one each for SMS, for a method that no server has, and for the methods looked for.
pub(super) const REQUESTS: u64 = 1 + DeliveryMethod::ALL.len() as u64;
/// A method that no server has.
const NO_METHOD: &str = "pigeon";
/// How a router says that it has no such path.
const MISSING: [u16; 4] = [404, 405, 410, 501];

/// A method that a run is not about, though its user did not leave it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LackingMethod {
    /// The method.
    pub method: DeliveryMethod,
    /// Why it is left out.
    pub reason: String,
    /// What would change it.
    pub remedy: String,
}

/// The methods that a run is about, and those that its target lacks.
pub(super) struct Look {
    pub(super) methods: Vec<DeliveryMethod>,
    pub(super) lacking: Vec<LackingMethod>,
}

/// Whether the methods are to be looked for. Listing sends nothing, and processes that are one run must plan the same.
pub(super) fn is_due(settings: &RunSettings) -> bool {
    settings.methods.origin == Origin::Default
        && settings.target.value.is_some()
        && !settings.dry_run
        && settings.look
}

/// Looks for every method that the code source can show.
pub(super) async fn at(target: &Target) -> Look {
    let mut look = Look { methods: Vec::new(), lacking: Vec::new() };
    let mut known = None;
    for method in DeliveryMethod::usual() {
        match lacks(target, method, &mut known).await {
            None => look.methods.push(method),
            Some((reason, remedy)) => look.lacking.push(LackingMethod { method, reason, remedy }),
        }
    }
    // Something must be tested: what the user's code source is for.
    if look.methods.is_empty() {
        let shown = |lacking: &LackingMethod| target.codes.shows(lacking.method);
        let at = look.lacking.iter().position(shown).unwrap_or(0);
        look.methods.push(look.lacking.remove(at).method);
    }
    look
}

/// Why a method is left out, and what would change it.
async fn lacks(
    target: &Target,
    method: DeliveryMethod,
    known: &mut Option<[Option<Seen>; 2]>,
) -> Option<(String, String)> {
    let named = format!("methods = [\"sms\", \"{method}\"] in the profile, or --methods sms,{method}");
    if !target.codes.shows(method) {
        let remedy = format!("codes = \"{}\"", source_for(method));
        return Some((format!("this code source shows no messages by {}", method.words()), remedy));
    }
    if method == DeliveryMethod::Sms {
        return None;
    }
    // A mailer in earnest would send what a wrong target makes of a look, and of every trial after it.
    if !target.is_loopback() {
        let why = format!("{} is looked for on this machine only", method.words());
        return Some((why, named));
    }
    let path = |name: &str| target.contract().operation(OperationId::VERIFY).path.replace("sms", name);
    let own = ask(target, OperationId::VERIFY, &path(method.name())).await;
    let lacking =
        |what: &str| format!("this target has no {}: {} {what}", method.words(), path(method.name()));
    let Some(own) = own else { return Some((lacking("is not answered"), named)) };
    if MISSING.contains(&own.status) {
        return Some((lacking(&format!("is answered {}", own.status)), named));
    }
    if known.is_none() {
        let verify = async |name| ask(target, OperationId::VERIFY, &path(name)).await;
        *known = Some([verify("sms").await, verify(NO_METHOD).await]);
    }
    let [by_sms, by_none] = known.as_ref()?;
    if by_none.as_ref() == Some(&own) {
        return Some((lacking("is answered as a method is that does not exist"), named));
    }
    if by_sms.as_ref() != Some(&own) {
        return Some((lacking("is answered otherwise than by SMS"), named));
    }
    let path = target.contract().operation(OperationId::SIGNUP_IN).path.replace("sms", method.name());
    let off = ask(target, OperationId::SIGNUP_IN, &path).await.filter(Seen::is_off)?;
    let status = off.status;
    Some((format!("{} is not set up here: {path} is answered {status}", method.words()), named))
}

/// The source that would show messages by this method.
fn source_for(method: DeliveryMethod) -> &'static str {
    match method {
        DeliveryMethod::Email => "smtp=ADDR\", \"email-gateway=ADDR\" or \"http:{target}/…{loginId}#/code",
        _ => "sms-gateway=ADDR\" or \"http:{target}/…{loginId}#/code",
    }
}

/// What tells one answer from another: its status and its error's code.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    error: Option<String>,
}

impl Seen {
    /// Whether the operation is not there, or its method is not enabled in the project.
    /// Clients of third parties read E061001 so; no document names it.
    fn is_off(&self) -> bool {
        MISSING.contains(&self.status) || self.error.as_deref() == Some("E061001")
    }
}

/// The answer to a request that names no user, so that no message can come of it.
async fn ask(target: &Target, operation: OperationId, path: &str) -> Option<Seen> {
    let case = Case {
        body: Body::Json(serde_json::json!({})),
        ..Case::new(operation, Bearer::of(&[&target.project_id]))
    };
    let answer = target.look(case, path).await.ok()?;
    let Answer::Response(Response { status, body, .. }) = answer else { return None };
    let error = body.json().and_then(|body| body["errorCode"].as_str()).map(str::to_owned);
    Some(Seen { status, error })
}

/// What cannot be shown of the methods that are lacking. `said` is what the contract says of methods that the run is not
/// about.
pub(super) fn gaps(lacking: &[LackingMethod], said: &[(DeliveryMethod, RequirementId)]) -> Vec<Gap> {
    let of = |lacking: &LackingMethod| -> Vec<Gap> {
        let gap = |requirement| Gap {
            requirement,
            reason: lacking.reason.clone(),
            remedy: Some(lacking.remedy.clone()),
            fails: false,
        };
        said.iter().filter(|(of, _)| *of == lacking.method).map(|(_, id)| gap(*id)).collect()
    };
    lacking.iter().flat_map(of).collect()
}

/// One line for each method that is lacking.
pub(super) fn notes(lacking: &[LackingMethod]) -> Vec<String> {
    let note = |lacking: &LackingMethod| {
        format!("{} is unsupported: {}; to change it: {}", lacking.method, lacking.reason, lacking.remedy)
    };
    lacking.iter().map(note).collect()
}
