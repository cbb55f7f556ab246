//! One broken requirement, shown so that no file need be opened.

use super::page::Page;
use crate::judge::Finding;
use crate::report::findings::shown_in;
use crate::report::sentences::asked_at;
use crate::report::text::{SHOWN, and, plain, shorten};
use crate::report::{Again, Sentences, timeline, transcript};
use crate::trial::{TrialKind, TrialReport};

/// Exchanges of one finding that are shown in full.
pub(super) const EXCHANGES: usize = 6;

/// Exchanges of one finding that are named by number.
const NAMED: usize = 8;

/// `OTP-946 MUST  a code opens at most one session    schema/requirements.toml:41`.
pub(super) fn requirement(page: &mut Page, indent: usize, finding: &Finding, sentences: &Sentences) {
    let id = page.style.strong(&format!("{} {}", finding.requirement, finding.level));
    let quoted = match sentences.of(finding.requirement) {
        Some(known) => {
            format!("{}    {}", plain(&known.sentence), page.style.faint(&known.place.to_string()))
        }
        None => "(not in this contract)".to_owned(),
    };
    page.line(indent, format!("{id}  {quoted}"));
}

/// What should have been said, what was said instead, and who asked.
pub(super) fn facts(page: &mut Page, indent: usize, finding: &Finding, trial: &TrialReport) {
    page.field(indent, "expected", shorten(&finding.expected, SHOWN));
    page.field(indent, "seen", format!("{}{}", shorten(&finding.seen, SHOWN), numbers(&finding.exchanges)));
    let asked = format!("{} (check {})", asked_at(finding, trial), finding.check);
    page.field(indent, "asked by", plain(&asked));
}

/// The exchanges that show it, and how they overlapped.
pub(super) fn evidence(page: &mut Page, indent: usize, finding: &Finding, trial: &TrialReport) {
    let Some(history) = shown_in(finding, trial) else { return };
    for exchange in finding.exchanges.iter().take(EXCHANGES).filter_map(|id| history.exchange(*id)) {
        for (at, line) in transcript::exchange(exchange).lines().enumerate() {
            let number = if at == 0 { exchange.id.to_string() } else { String::new() };
            page.line(indent, format!("{number:>3} {}", shorten(line, SHOWN)));
        }
    }
    if finding.exchanges.len() > EXCHANGES {
        page.line(indent, format!("    … and {} more exchanges", finding.exchanges.len() - EXCHANGES));
    }
    for line in timeline::timeline(history, &finding.exchanges).lines() {
        page.line(indent, line);
    }
}

/// The commands that show a trial again, and its smallest case, if it kept one.
pub(super) fn again(page: &mut Page, indent: usize, trial: &TrialReport, again: Again<'_>) {
    let name = trial.name.as_str();
    page.field(indent, "again", plain(&again.run(name)));
    if !trial.kind().is_some_and(TrialKind::is_of_proxy) {
        page.field(indent, "", plain(&again.cargo_test(name)));
    }
    if let Some(file) = trial.case_file() {
        page.field(indent, "smallest", plain(&again.replay(&file)));
    }
}

pub(super) fn numbers(exchanges: &[usize]) -> String {
    match exchanges {
        [] => String::new(),
        [one] => format!(" (exchange {one})"),
        [first, .., last] if exchanges.len() > NAMED => {
            format!(" ({} exchanges from {first} to {last})", exchanges.len())
        }
        several => format!(" (exchanges {})", and(several)),
    }
}
