//! From a recording to trials: each session's client and server, and the command that was run.

use super::child::Ending;
use super::record::{ProxyRecording, Recorded};
use crate::contract::{BearerForm, Contract, Level, RequirementId};
use crate::exchange::{Exchange, History};
use crate::judge::{InconclusiveReason, Judgement, judge, judge_client, judge_habits};
use crate::trial::{Outcome, TrialKind, TrialReport};

/// Every client by test or session, and every server by session, judged. What was not asked for anything that the
/// contract describes is unsupported: there is nothing to judge.
pub fn of_recording(contract: &Contract, recording: &ProxyRecording, fails_from: Level) -> Vec<TrialReport> {
    let mut trials: Vec<TrialReport> = Vec::new();
    for Recorded { name, history } in &recording.clients {
        let report = blank(&format!("proxy::{name}::client"), Vec::new());
        let requests = history.exchanges().count() as u64;
        let report = TrialReport { requests, sends: sends(contract, history), ..report };
        trials.push(of_history(report, history, judge_client(contract, history), fails_from));
    }
    let known = knows_the_project(contract, recording);
    for Recorded { name, history } in &recording.servers {
        let report = blank(&format!("proxy::{name}::server"), Vec::new());
        let mut judgement = judge(contract, history);
        if !known {
            without_the_project(history, &mut judgement);
        }
        trials.push(of_history(report, history, judgement, fails_from));
    }
    add_habits(contract, &mut trials, fails_from);
    if !recording.blocked.is_empty() {
        trials.push(inconclusive(blank("proxy::kept-back", Vec::new()), recording.blocked.join("; ")));
    }
    trials
}

/// Whether the server has accepted anything that asks for a project ID. Which project is its own is the user's to say, and
/// a mistake in that is no fault of the server.
fn knows_the_project(contract: &Contract, recording: &ProxyRecording) -> bool {
    let asks = |id| contract.operation(id).bearer != BearerForm::None;
    let accepted = |exchange: &Exchange| {
        exchange.operation.is_some_and(asks)
            && exchange.answer.response().is_some_and(|response| response.is_success())
    };
    recording.servers.iter().flat_map(|it| it.history.exchanges()).any(accepted)
}

/// Takes out what a server is convicted of that may not know the project, and says so.
fn without_the_project(history: &History, judgement: &mut Judgement) {
    let unauthorized = |id: &usize| {
        let answer = history.exchanges().find(|it| it.id == *id).and_then(|it| it.answer.response());
        answer.is_some_and(|response| matches!(response.status, 401 | 403))
    };
    let before = judgement.findings.len();
    judgement.findings.retain(|finding| !finding.exchanges.iter().any(unauthorized));
    if judgement.findings.len() < before {
        let what = "no request under this project ID was accepted: --project-id names the target's".into();
        judgement.doubts.push(InconclusiveReason::Missing { what });
    }
}

/// What the clients of all these trials do every time, added to the trials that show it. A trial that has failed
/// stays failed.
pub fn add_habits(contract: &Contract, trials: &mut [TrialReport], fails_from: Level) {
    let mut clients: Vec<&mut TrialReport> =
        trials.iter_mut().filter(|trial| speaks_of_client(&trial.name)).collect();
    let histories: Vec<(usize, History)> = (0..clients.len())
        .flat_map(|at| clients[at].histories.iter().map(move |history| (at, history.clone())))
        .collect();
    let all: Vec<&History> = histories.iter().map(|(_, history)| history).collect();
    for ((at, _), judgement) in histories.iter().zip(judge_habits(contract, &all)) {
        let trial = &mut *clients[*at];
        let (findings, warnings): (Vec<_>, Vec<_>) =
            judgement.findings.into_iter().partition(|finding| finding.level >= fails_from);
        if !findings.is_empty() {
            trial.outcome = Outcome::Fail;
        }
        trial.findings.extend(findings);
        trial.warnings.extend(warnings);
        trial.observed.extend(judgement.observed);
    }
}

fn of_history(
    report: TrialReport,
    history: &History,
    judgement: Judgement,
    fails_from: Level,
) -> TrialReport {
    let proves = judgement.examined.iter().copied().collect();
    let report = TrialReport { proves, histories: vec![history.clone()], ..report };
    let report = judged(report, judgement, fails_from);
    if report.outcome == Outcome::Pass && history.exchanges().all(|it| it.operation.is_none()) {
        let reason = Some("no operation of the contract was called".into());
        let (proves, examined) = Default::default();
        return TrialReport { outcome: Outcome::Unsupported, reason, proves, examined, ..report };
    }
    report
}

/// What became of the command whose traffic was recorded; `None` where it ended well, which shows nothing by itself.
pub fn of_command(ending: Ending, requests: usize) -> Option<TrialReport> {
    let report = blank("proxy::command", Vec::new());
    let silence = if requests == 0 { ", without having connected to the proxy" } else { "" };
    match ending {
        Ending::TimedOut(limit) => {
            let limit = limit.as_secs_f64();
            let reason = format!("COMMAND did not end within {limit} s{silence}; it was ended");
            Some(inconclusive(report, reason))
        }
        Ending::Interrupted => Some(inconclusive(report, "interrupted; COMMAND was ended".into())),
        Ending::Exited(_) if requests == 0 => {
            let reason = Some("COMMAND ended without having connected to the proxy".into());
            Some(TrialReport { outcome: Outcome::Unsupported, reason, ..report })
        }
        Ending::Exited(_) => None,
    }
}

/// Whether a trial of that name judges a client, and not a server.
pub fn speaks_of_client(trial: &str) -> bool {
    match TrialKind::of(trial) {
        Some(TrialKind::Hostile) => true,
        Some(TrialKind::Proxy) => trial.ends_with("::client"),
        _ => false,
    }
}

/// How many requests asked for a message.
pub(super) fn sends(contract: &Contract, history: &History) -> u64 {
    let issues = |id| contract.operation(id).issues_code;
    history.exchanges().filter(|it| it.operation.is_some_and(issues)).count() as u64
}

/// A report of nothing yet.
pub(super) fn blank(name: &str, proves: Vec<RequirementId>) -> TrialReport {
    TrialReport::blank(name, proves, Outcome::Pass)
}

/// The report with what was read from its histories.
pub(super) fn judged(report: TrialReport, judgement: Judgement, fails_from: Level) -> TrialReport {
    let outcome = Outcome::of(&judgement.verdict(fails_from));
    let (findings, warnings): (Vec<_>, Vec<_>) =
        judgement.findings.into_iter().partition(|finding| finding.level >= fails_from);
    let first = findings.iter().chain(&warnings).filter_map(|finding| finding.exchanges.last()).min();
    TrialReport {
        outcome,
        first_request: first.map(|exchange| *exchange as u64),
        findings,
        warnings,
        examined: judgement.examined,
        doubts: judgement.doubts,
        drift: judgement.drift,
        observed: judgement.observed,
        ..report
    }
}

pub(super) fn inconclusive(report: TrialReport, reason: String) -> TrialReport {
    TrialReport { outcome: Outcome::Inconclusive, reason: Some(reason), ..report }
}

pub(super) fn failed(report: TrialReport, reason: &str) -> TrialReport {
    TrialReport { outcome: Outcome::HarnessError, reason: Some(reason.to_owned()), ..report }
}
