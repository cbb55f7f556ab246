//! From a recording to trials: each session's client and server, and the command that was run.

use super::child::Ending;
use super::record::{Recording, SessionRecord};
use crate::contract::{Contract, Level, RequirementId};
use crate::exchange::History;
use crate::judge::{CHECKS, CLIENT_CHECKS, Check, Judgement, judge, judge_client};
use crate::trial::{Outcome, TrialKind, TrialReport};

/// The client and the server of every session, judged.
pub fn of_recording(contract: &Contract, recording: &Recording, fails_from: Level) -> Vec<TrialReport> {
    let mut trials: Vec<TrialReport> = Vec::new();
    for (at, SessionRecord { client, server }) in recording.sessions.iter().enumerate() {
        let named = |side: &str, checks: &[&dyn Check]| {
            let proves = checks.iter().flat_map(|check| check.covers()).copied();
            let mut proves: Vec<RequirementId> = proves.collect();
            proves.sort();
            proves.dedup();
            blank(&format!("proxy::session-{}::{side}", at + 1), proves)
        };
        let mut report = named("client", &CLIENT_CHECKS);
        report.requests = client.exchanges().count() as u64;
        report.sends = sends(contract, client);
        report.histories = vec![client.clone()];
        trials.push(judged(report, judge_client(contract, client), fails_from));
        let mut report = named("server", &CHECKS);
        report.histories = vec![server.clone()];
        trials.push(judged(report, judge(contract, server), fails_from));
    }
    if !recording.blocked.is_empty() {
        trials.push(inconclusive(blank("proxy::kept-back", Vec::new()), recording.blocked.join("; ")));
    }
    trials
}

/// What became of the command whose traffic was recorded.
pub fn of_command(ending: Ending, requests: usize) -> TrialReport {
    let report = blank("proxy::command", Vec::new());
    match ending {
        Ending::TimedOut(limit) => {
            let silence = if requests == 0 { ", and never connected" } else { "" };
            inconclusive(
                report,
                format!("COMMAND did not end within {} s{silence}; it was ended", limit.as_secs_f64()),
            )
        }
        Ending::Interrupted => inconclusive(report, "interrupted; COMMAND was ended".into()),
        Ending::Exited(status) if !status.success() => {
            let silence = if requests == 0 { " without having connected" } else { "" };
            inconclusive(
                report,
                format!("COMMAND ended with {status}{silence}; what it left out is not judged"),
            )
        }
        Ending::Exited(_) if requests == 0 => TrialReport {
            outcome: Outcome::Unsupported,
            reason: Some("COMMAND ended without having connected to the proxy".into()),
            ..report
        },
        Ending::Exited(_) => report,
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
