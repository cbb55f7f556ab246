//! A first look at a target: can it be reached, may we, do codes come, and what can be proved on it.
//!
//! It judges nobody. What would make every trial inconclusive stops a run before it begins, with what to do; what
//! looks like the target's own mistake is for the trials to find.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Harness, Settings, Sourced};
use crate::contract::{Bearer, Case, OperationId, Requirement, Side};
use crate::drive::{Noted, Session};
use crate::exchange::{Capture, Kind};

/// A wrong project ID, a project that is closed to the public and a server that refuses everybody look alike from here:
/// nobody is accused.
const REFUSED: &str = "check that it is this project's, and that the project needs no auth management key; if both are \
                       so, the server refuses everybody, and nothing else can be shown";

/// How one step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should.
    Fine,
    /// Not as it should.
    Failed,
    /// Not asked for.
    Skipped,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Each step: its name, how it went, what was seen.
    pub steps: Vec<(&'static str, State, String)>,
    /// Why no trial can show anything, and what to do.
    pub stop: Option<String>,
}

impl Examination {
    /// A line for each step.
    pub fn text(&self) -> String {
        let line = |(name, state, what): &(&str, State, String)| {
            let mark = match state {
                State::Fine => "ok",
                State::Failed => "FAILED",
                State::Skipped => "-",
            };
            format!("doctor: {name:13} {mark:6} {what}\n")
        };
        self.steps.iter().map(line).collect()
    }

    fn fine(&mut self, name: &'static str, what: impl Into<String>) {
        self.steps.push((name, State::Fine, what.into()));
    }

    fn skipped(&mut self, name: &'static str, what: impl Into<String>) {
        self.steps.push((name, State::Skipped, what.into()));
    }

    fn failed(&mut self, name: &'static str, what: impl Into<String>) {
        self.steps.push((name, State::Failed, what.into()));
    }

    /// A step without which nothing can be shown.
    fn stop(&mut self, name: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.stop = Some(format!("{name}: {what}"));
        self.failed(name, what);
    }
}

/// Reaches the target, and takes one user from the first message to the clean-up.
pub async fn examine(harness: &Harness) -> Examination {
    let mut seen = Examination::default();
    if let Some(why) = &harness.unreachable {
        seen.stop("reach", why.clone());
        return seen;
    }
    seen.fine("reach", harness.target.base());
    match harness.target.base().starts_with("https:") {
        true => seen.fine("TLS", "the certificate holds"),
        false => seen.skipped("TLS", "plain http"),
    }
    for left in &harness.left_over {
        seen.failed("left over", left.clone());
    }
    let session = Arc::new(Session::new(harness.target.clone(), harness.ground.assumptions.clone()));
    let patient = Patient { harness, session: &session };
    patient.examine(&mut seen).await;
    let created = session.created();
    if let Some(session) = Arc::into_inner(session) {
        // Its values become known, so that no line of output shows them.
        session.finish().await;
    }
    match (created.is_empty(), harness.target.clean_up(&created).await.first()) {
        (true, _) => seen.skipped("clean-up", "no test user was created"),
        (false, None) => seen.fine("clean-up", "the test user is deleted"),
        (false, Some(why)) => seen.failed("clean-up", why.clone()),
    }
    seen
}

struct Patient<'a> {
    harness: &'a Harness,
    session: &'a Arc<Session>,
}

impl Patient<'_> {
    async fn examine(&self, seen: &mut Examination) {
        let target = &self.harness.target;
        let capture = target.codes.capture();
        if target.management_key.is_none() && capture == Capture::Generated {
            return seen.stop(
                "authorisation",
                "codes from test users need a management key; set OTP_MANAGEMENT_KEY",
            );
        }
        if target.management_key.is_some() && !self.may_manage(seen).await {
            return;
        }
        let number = target.numbers.next();
        self.session.learn(|vault| {
            vault.learn_person(Kind::Phone, &number);
        });
        let code = match capture {
            Capture::Generated => self.generated(seen, &number).await,
            _ => self.delivered(seen, &number, capture).await,
        };
        let Some(code) = code else { return };
        let body = json!({ "loginId": number, "code": code });
        match self.call(OperationId::VerifySms, body, None).await {
            Ok(noted) if noted.accepted() => seen.fine("verify", "the code opens a session"),
            other => seen.failed("verify", told(&other)),
        }
    }

    /// Whether the management key opens anything.
    async fn may_manage(&self, seen: &mut Examination) -> bool {
        let answer = self.call(OperationId::SearchTestUsers, json!({ "limit": 100 }), self.key()).await;
        let Ok(noted) = &answer else {
            seen.stop("authorisation", told(&answer));
            return false;
        };
        let status = noted.answer.response().map_or(0, |response| response.status);
        if matches!(status, 401 | 403) {
            seen.stop(
                "authorisation",
                format!(
                    "the management key is refused ({}); check OTP_MANAGEMENT_KEY and the project ID",
                    told(&answer)
                ),
            );
            return false;
        }
        let there = noted.body().at("/users").and_then(|users| Some(users.as_array()?.len()));
        let limit = self.harness.ground.assumptions.test_user_limit;
        match (there, limit) {
            (Some(there), Some(limit)) if there >= limit as usize => {
                let what = format!("all {limit} test users of the plan exist, and none is ours; delete some");
                match self.harness.target.codes.capture() {
                    Capture::Generated => {
                        seen.stop("test users", what);
                        return false;
                    }
                    _ => seen.failed("test users", what),
                }
            }
            (Some(there), _) => seen.fine(
                "authorisation",
                format!("the management key opens the project; {there} test users exist"),
            ),
            (None, _) => seen.failed("authorisation", told(&answer)),
        }
        true
    }

    async fn generated(&self, seen: &mut Examination, number: &str) -> Option<String> {
        let body = json!({ "loginId": number, "phone": number, "verifiedPhone": true });
        let created = self.call(OperationId::CreateTestUser, body, self.key()).await;
        if !created.as_ref().is_ok_and(Noted::accepted) {
            seen.stop("issue", format!("no test user can be created: {}", told(&created)));
            return None;
        }
        let body = json!({ "loginId": number, "deliveryMethod": "sms" });
        let generated = self.call(OperationId::GenerateOtp, body, self.key()).await;
        let code = generated.as_ref().ok().and_then(|noted| noted.body().str_at("/code")).map(str::to_owned);
        match &code {
            Some(_) => seen.fine("capture", "a code is generated for a test user"),
            None => seen.stop("capture", format!("no code is generated: {}", told(&generated))),
        }
        code
    }

    async fn delivered(&self, seen: &mut Examination, number: &str, capture: Capture) -> Option<String> {
        let sent = self.call(OperationId::SignupInSms, json!({ "loginId": number }), None).await;
        let status = sent.as_ref().ok().and_then(|noted| noted.answer.response()).map_or(0, |r| r.status);
        match status {
            200..300 => seen.fine("issue", "a sign-in is accepted"),
            401 | 403 => {
                seen.stop("issue", format!("the project ID is refused ({}); {REFUSED}", told(&sent)));
                return None;
            }
            _ => {
                seen.failed("issue", told(&sent));
                return None;
            }
        }
        if capture == Capture::Nothing {
            seen.skipped("capture", "no code source: what needs a code is unsupported");
            return None;
        }
        let (patience, id) =
            (self.harness.ground.patience.full().max(Duration::from_secs(1)), sent.ok().map(|n| n.id));
        match self.session.messages(number, number, id, patience).await.as_deref() {
            Ok([.., newest]) => {
                seen.fine("capture", "its code reaches us");
                Some(newest.code.clone())
            }
            Ok([]) => {
                let waited = patience.as_secs();
                seen.stop(
                    "capture",
                    format!(
                        "no message came within {waited} s; check --codes and that the target sends to it"
                    ),
                );
                None
            }
            Err(error) => {
                seen.stop("capture", error.to_string());
                None
            }
        }
    }

    fn key(&self) -> Option<&str> {
        self.harness.target.management_key.as_deref()
    }

    async fn call(
        &self,
        operation: OperationId,
        body: serde_json::Value,
        key: Option<&str>,
    ) -> Result<Noted, String> {
        let target = &self.harness.target;
        let parts = Vec::from_iter(std::iter::once(target.project_id.as_str()).chain(key));
        let case = Case::new(operation, Bearer::of(&parts)).with_json(body);
        let sent = self.session.send(&target.wire(case, None), Some(operation)).await;
        sent.map_err(|blocked| blocked.to_string())
    }
}

fn told(answer: &Result<Noted, String>) -> String {
    match answer {
        Ok(noted) => match &noted.answer {
            crate::exchange::Answer::Response(response) => {
                format!("{} {}", response.status, response.error_code().unwrap_or_default())
                    .trim_end()
                    .to_owned()
            }
            crate::exchange::Answer::Lost(loss) => loss.to_string(),
        },
        Err(why) => why.clone(),
    }
}

// ---- what there is -------------------------------------------------------------------------------------------

/// Every setting and where it came from. Secrets are set or not; their values are nobody's business.
pub fn settings(settings: &Settings) -> String {
    fn row<T>(name: &str, sourced: &Sourced<T>, shown: impl Fn(&T) -> String) -> String {
        format!("setting: {name:16} {} ({})\n", shown(&sourced.value), sourced.origin)
    }
    let text =
        |default: &'static str| move |value: &Option<String>| value.clone().unwrap_or_else(|| default.into());
    let number = |value: &Option<u64>| value.map_or("no limit".into(), |number| number.to_string());
    let path = settings.profile_path.as_ref().map_or("none".into(), |path| path.display().to_string());
    let shard = |shard: &Option<(u64, u64)>| shard.map_or("all trials".into(), |(i, n)| format!("{i}/{n}"));
    let deviations = |file: &Option<std::path::PathBuf>| {
        file.as_ref().map_or("none".into(), |file| file.display().to_string())
    };
    [
        format!("setting: {:16} {path}\n", "profile"),
        row("target", &settings.target, text("the embedded emulator")),
        row("project-id", &settings.project_id, text("the embedded emulator's")),
        row("management key", &settings.management_key, |key| {
            if key.is_some() { "set" } else { "not set" }.into()
        }),
        row("codes", &settings.codes, text("the embedded emulator's inbox")),
        row("seed", &settings.seed, u64::to_string),
        row("cases", &settings.cases, u32::to_string),
        row("max-requests", &settings.max_requests, number),
        row("max-sends", &settings.max_sends, number),
        row("jobs", &settings.jobs, usize::to_string),
        row("strict", &settings.strict, bool::to_string),
        row("deviations", &settings.deviations, deviations),
        row("requirements", &settings.requirements, text("the newest set")),
        row("shard", &settings.shard, shard),
    ]
    .concat()
}

/// Which requirements trials can prove on this target, and why not the others.
pub fn provable(harness: &Harness) -> String {
    let mut missing: BTreeMap<String, Vec<&Requirement>> = BTreeMap::new();
    let mut proved = 0;
    let server = harness.contract.requirements().iter().filter(|r| r.side == Side::Server);
    for requirement in server {
        let trials = Vec::from_iter(harness.plan.all.iter().filter(|t| t.proves.contains(&requirement.id)));
        let lacks = Vec::from_iter(trials.iter().map(|trial| trial.lacks(&harness.ground)));
        match lacks.iter().any(Option::is_none) {
            true => proved += 1,
            false => {
                let why = lacks.into_iter().flatten().next().unwrap_or_else(|| "no trial shows it".into());
                missing.entry(why).or_default().push(requirement);
            }
        }
    }
    let mut text = format!("provable here: {proved} requirements\n");
    for (why, requirements) in missing {
        text.push_str(&format!("not provable here: {why}\n"));
        for requirement in requirements {
            text.push_str(&format!(
                "  {} {:6} {}\n",
                requirement.id, requirement.level, requirement.sentence
            ));
        }
    }
    text
}
