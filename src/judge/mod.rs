//! Reads a history and says conforms, violates or inconclusive.
//!
//! Every check is a pure reader of evidence: no clock, no network, no printing. [`CHECKS`] is the whole list; what is
//! not in it is not judged.

mod authorization;
mod availability;
mod behaviour;
mod caps;
mod client;
mod depends;
mod drift;
mod envelope;
mod expect;
mod keys;
mod leak;
mod limits;
mod malformed;
mod messages;
mod missing;
mod readable;
mod shape;
mod signature;
mod tokens;
mod verdict;

use crate::contract::{Contract, DeliveryMethod, Level, OperationId, RequirementId};
use crate::exchange::{Exchange, History, Place, Response};

pub(crate) use crate::model::in_a_row;
pub(crate) use behaviour::{is_of_acceptance, repeated_codes};
pub use client::{CLIENT_CHECKS, judge_client, judge_habits};
use readable::readable;
pub(crate) use signature::{MEMBER, parts};
pub use verdict::{Drift, Finding, InconclusiveReason, Judgement, Policy, Verdict};

/// Reads a history and may convict on the requirements it names.
pub trait Check: Sync {
    /// Its name in reports, in kebab-case.
    fn name(&self) -> &'static str;
    /// What it looks at, in a sentence.
    fn about(&self) -> &'static str;
    /// The requirements it may convict on.
    fn covers(&self) -> &'static [RequirementId];
    /// What it reads from the evidence.
    fn judge(&self, contract: &Contract, history: &History) -> Judgement;
}

/// Every check, in the order in which they are read. Expectations come last: they look at what the others found.
pub static CHECKS: [&dyn Check; 14] = [
    &missing::Missing,
    &availability::Availability,
    &shape::Shape,
    &envelope::Envelope,
    &authorization::Authorization,
    &malformed::Malformed,
    &behaviour::Behaviour,
    &tokens::Tokens,
    &keys::Keys,
    &leak::Leak,
    &messages::Messages,
    &limits::Limits,
    &caps::Caps,
    &drift::Undocumented,
];

/// Judges one history by every check, and then by what its author expected.
pub fn judge(contract: &Contract, history: &History) -> Judgement {
    let (history, doubt) = readable(history);
    let mut judgement = Judgement { doubts: doubt.into_iter().collect(), ..Judgement::default() };
    for check in CHECKS {
        judgement.merge(check.judge(contract, &history));
    }
    availability::settle(&history, &mut judgement.findings);
    missing::settle(&mut judgement.findings);
    expect::judge(contract, &history, &mut judgement);
    // What could not be asked after the case was over takes nothing from what it showed.
    let first = history.epilogue.unwrap_or(usize::MAX);
    judgement.doubts.retain(|doubt| doubt.exchange().is_none_or(|exchange| exchange < first));
    judgement.findings.iter_mut().for_each(|finding| finding.identify(&history));
    name_methods(contract, &history, &mut judgement);
    judgement.examined.extend(judgement.findings.iter().map(|finding| finding.requirement));
    circumstances(&history, &mut judgement.findings);
    let mut seen = std::collections::HashSet::new();
    judgement.findings.retain(|finding| {
        seen.insert((finding.requirement, finding.exchanges.last().copied(), finding.signature.clone()))
    });
    judgement
}

/// Checks speak of SMS. What they say of another method goes by the requirement that says it of that one.
fn name_methods(contract: &Contract, history: &History, judgement: &mut Judgement) {
    let methods: std::collections::BTreeSet<DeliveryMethod> =
        history.exchanges().filter_map(|exchange| exchange.operation?.method()).collect();
    if methods.iter().all(|method| *method == DeliveryMethod::Sms) {
        return;
    }
    let examined = std::mem::take(&mut judgement.examined);
    let own = |id: &RequirementId| methods.iter().map(move |method| (*method, *id)).collect::<Vec<_>>();
    judgement.examined = examined.iter().flat_map(own).map(|(method, id)| contract.own(method, id)).collect();
    let only = methods.iter().next().copied().filter(|_| methods.len() == 1);
    for finding in &mut judgement.findings {
        let method = finding.operation.and_then(OperationId::method).or(only);
        let Some(method) = method else { continue };
        let own = contract.own(method, finding.requirement);
        let Some(requirement) = contract.requirement(own) else { continue };
        finding.level = method.level(finding.level, requirement.area);
        if own != finding.requirement {
            finding.requirement = own;
            finding.level = finding.level.min(requirement.level);
            if finding.place.file == "schema/requirements.toml" {
                finding.place.line = requirement.line as usize;
            }
        }
    }
}

/// Adds to each finding what happened between its exchanges that no exchange shows.
fn circumstances(history: &History, findings: &mut [Finding]) {
    for finding in findings {
        let at = |id: Option<&usize>| id.and_then(|id| history.exchange(*id)).map(|exchange| exchange.call);
        let ends = at(finding.exchanges.first()).zip(at(finding.exchanges.last()));
        let moved =
            ends.map_or(0, |(from, to)| history.moved_before(to).saturating_sub(history.moved_before(from)));
        if moved > 0 {
            finding
                .seen
                .push_str(&format!("; the target's clock was moved by {} s in between", moved / 1_000_000));
        }
    }
}

/// A finding in the words of a requirement, which also gives level and place.
pub(crate) fn finding(
    contract: &Contract,
    check: &str,
    id: RequirementId,
    expected: impl Into<String>,
    seen: impl Into<String>,
    exchanges: &[usize],
) -> Finding {
    let requirement = contract.requirement(id);
    Finding {
        requirement: id,
        level: requirement.map_or(Level::Must, |requirement| requirement.level),
        expected: expected.into(),
        seen: seen.into(),
        exchanges: exchanges.to_vec(),
        check: check.to_owned(),
        place: Place {
            file: "schema/requirements.toml".into(),
            line: requirement.map_or(1, |requirement| requirement.line as usize),
        },
        operation: None,
        signature: String::new(),
        history: None,
    }
}

/// The exchanges of the contract's operations that were answered.
pub(crate) fn answered(history: &History) -> impl Iterator<Item = (&Exchange, &Response)> {
    history.exchanges().filter_map(|exchange| Some((exchange, exchange.answer.response()?)))
}

/// "400 E011001", for findings.
pub(crate) fn brief(response: &Response) -> String {
    match response.error_code() {
        Some(code) => format!("{} {code}", response.status),
        None => response.status.to_string(),
    }
}
