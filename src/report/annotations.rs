//! Lines that CI servers of GitHub's kind turn into remarks beside a file: `::error file=…,line=…::…`.

use super::sentences::asked_at;
use super::text::{SHOWN, count, plain, shorten};
use super::{RunReport, Sentences, human};
use crate::exchange::Place;
use crate::judge::Finding;
use crate::trial::{Outcome, TrialReport};

/// One line per violation, stale entry, doubt and warning, the gravest first; such servers show only the first few.
///
/// Of a client that is not ours the repository is the user's, in which none of our files is: there is one remark for a
/// requirement, and it points at no file.
pub fn annotations(run: &RunReport, sentences: &Sentences) -> String {
    if run.clients.is_some() {
        return of_clients(run, sentences);
    }
    let mut text = String::new();
    for trial in run.with(Outcome::Fail) {
        text.extend(trial.findings.iter().map(|found| broken("error", found, trial, run, sentences)));
    }
    for entry in &run.stale {
        text.push_str(&line("error", entry.place.as_ref(), "stale deviation", &shorten(&entry.what, SHOWN)));
    }
    for trial in &run.trials {
        if matches!(trial.outcome, Outcome::UnexpectedPass | Outcome::HarnessError | Outcome::Inconclusive) {
            let title = format!("{}: {}", trial.outcome.word(), trial.name);
            text.push_str(&line("error", trial.place.as_ref(), &title, &human::reason(trial)));
        }
    }
    for trial in &run.trials {
        let warned = trial.warned();
        text.extend(warned.map(|found| broken("warning", found, trial, run, sentences)));
    }
    text
}

fn of_clients(run: &RunReport, sentences: &Sentences) -> String {
    let mut text = String::new();
    for (command, all) in [("error", run.violated()), ("warning", run.warned())] {
        for broken in all {
            let shows = |found: &&Finding| found.requirement == broken.requirement;
            let shown = run.trials.iter().filter(|trial| broken.trials.contains(&trial.name));
            let first = shown.filter_map(|trial| {
                let found = trial.findings.iter().chain(&trial.warnings).find(shows)?;
                Some(said(found, trial, run, sentences))
            });
            let title = format!(
                "{} {}, in {}",
                broken.requirement,
                broken.level,
                count(broken.trials.len(), "trial")
            );
            text.extend(first.take(1).map(|said| line(command, None, &title, &said)));
        }
    }
    for trial in &run.trials {
        if matches!(trial.outcome, Outcome::UnexpectedPass | Outcome::HarnessError | Outcome::Inconclusive) {
            let title = format!("{}: {}", trial.outcome.word(), trial.name);
            text.push_str(&line("error", None, &title, &human::reason(trial)));
        }
    }
    for entry in &run.stale {
        text.push_str(&line("error", entry.place.as_ref(), "stale deviation", &shorten(&entry.what, SHOWN)));
    }
    text
}

fn broken(
    command: &str,
    found: &Finding,
    trial: &TrialReport,
    run: &RunReport,
    sentences: &Sentences,
) -> String {
    let title = format!("{} {}: {}", found.requirement, found.level, trial.name);
    line(command, Some(asked_at(found, trial)), &title, &said(found, trial, run, sentences))
}

/// The sentence, what was expected and seen, and the command that shows it again.
fn said(found: &Finding, trial: &TrialReport, run: &RunReport, sentences: &Sentences) -> String {
    let said = [
        plain(sentences.words(found.requirement)).into_owned(),
        format!("expected {}", shorten(&found.expected, SHOWN)),
        format!("seen {}", shorten(&found.seen, SHOWN)),
        format!("again {}", plain(&run.again().run(&trial.name))),
    ];
    Vec::from_iter(said.into_iter().filter(|line| !line.is_empty())).join("\n")
}

fn line(command: &str, place: Option<&Place>, title: &str, text: &str) -> String {
    let place = place.map(|place| format!("file={},line={},", property(&plain(&place.file)), place.line));
    let title = property(&plain(title));
    format!("::{command} {}title={title}::{}\n", place.unwrap_or_default(), data(text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
