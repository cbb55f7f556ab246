//! Markdown for the step summary of a CI server: what is wrong first, everything else folded away.

use super::sentences::asked_at;
use super::text::{count, shorten, time};
use super::{Broken, RunReport, Sentences, human};
use crate::judge::Finding;
use crate::trial::{Outcome, TrialReport};

/// Characters of one table cell.
const CELL: usize = 200;

/// The page.
pub fn markdown(run: &RunReport, sentences: &Sentences) -> String {
    let mut page = head(run);
    page.push_str(&broken("Violated", run, run.violated(), sentences, |trial| &trial.findings));
    page.push_str(&again(run));
    let reason = |trial: &TrialReport| vec![cell(&trial.name), cell(&human::reason(trial))];
    for (outcome, title) in NOT_GREEN {
        let rows = Vec::from_iter(run.with(outcome).map(reason));
        page.push_str(&table(title, &["trial", "why"], &rows, false));
    }
    let stale = run.stale.iter().map(|entry| {
        vec![cell(&entry.place.as_ref().map(ToString::to_string).unwrap_or_default()), cell(&entry.what)]
    });
    page.push_str(&table("Stale deviations", &["where", "what"], &Vec::from_iter(stale), false));
    page.push_str(&broken("Warned", run, run.warned(), sentences, |trial| &trial.warnings));
    let drift = run.drift().into_iter().map(|news| vec![cell(&news.at), cell(&news.what)]);
    page.push_str(&table("Drift", &["where", "what"], &Vec::from_iter(drift), false));
    page + &folded(run, sentences)
}

/// Outcomes that are listed before everything else, after the violations.
const NOT_GREEN: [(Outcome, &str); 3] = [
    (Outcome::HarnessError, "Harness errors (ours, not the target's)"),
    (Outcome::Inconclusive, "Inconclusive"),
    (Outcome::UnexpectedPass, "Listed as broken, and no longer so"),
];

/// Outcomes that are fine, and what they are called.
const GREEN: [(Outcome, &str); 4] = [
    (Outcome::ExpectedFail, "Excused by a listed deviation"),
    (Outcome::ExpectedDoubt, "Cannot be decided, as a listed deviation says"),
    (Outcome::Flaky, "Listed as flaky"),
    (Outcome::Unsupported, "Unsupported here"),
];

fn head(run: &RunReport) -> String {
    let sign = if run.exit_status() == 0 { "✅" } else { "❌" };
    let counts = run.counts().into_iter().filter(|(_, number)| *number > 0);
    let counts = Vec::from_iter(counts.map(|(outcome, number)| format!("{number} {}", outcome.word())));
    let mut text = format!(
        "## {sign} otp-conformance: {} (exit status {})\n\n{}\n\n<code>{}</code>, profile {}, requirements {}, \
         seed {}, {} requests in {}\n\n\
         Requirements: {}\n",
        run.verdict().word(),
        run.exit_status(),
        if counts.is_empty() { "no trial ended".to_owned() } else { counts.join(", ") },
        cell(&run.target),
        cell(&run.profile),
        cell(&run.requirements),
        run.seed,
        run.requests,
        time(run.duration),
        run.state_counts(),
    );
    if let Some(why) = &run.unreachable {
        let what = if run.interrupted { "Interrupted" } else { "The target cannot be reached" };
        text.push_str(&format!("\n{what}: {}\n", cell(why)));
    }
    text
}

fn broken(
    title: &str,
    run: &RunReport,
    all: Vec<Broken>,
    sentences: &Sentences,
    of: impl Fn(&TrialReport) -> &Vec<Finding>,
) -> String {
    let row = |broken: Broken| {
        let shown = run.trials.iter().filter(|trial| broken.trials.contains(&trial.name));
        let (trial, finding) = shown
            .filter_map(|trial| {
                Some((trial, of(trial).iter().find(|f| f.requirement == broken.requirement)?))
            })
            .next()?;
        Some(vec![
            format!("{} {}", broken.requirement, broken.level),
            cell(sentences.words(broken.requirement)),
            cell(&finding.expected),
            cell(&finding.seen),
            format!("{}<br>{}", cell(&trial.name), cell(&asked_at(finding, trial).to_string())),
            count(broken.trials.len(), "trial"),
        ])
    };
    let rows = Vec::from_iter(all.into_iter().filter_map(row));
    table(title, &["requirement", "sentence", "expected", "seen", "first shown by", "in"], &rows, false)
}

/// The commands that show the violations again, one for each trial that shows some first.
fn again(run: &RunReport) -> String {
    let mut trials = Vec::new();
    for first in run.violated().into_iter().filter_map(|broken| broken.trials.into_iter().next()) {
        if !trials.contains(&first) {
            trials.push(first);
        }
    }
    let commands = trials.iter().map(|trial| format!("{}\n", super::text::plain(&run.again().run(trial))));
    let commands: String = commands.collect();
    if commands.is_empty() { commands } else { format!("\nAgain:\n\n```sh\n{commands}```\n") }
}

fn folded(run: &RunReport, sentences: &Sentences) -> String {
    let mut text = String::new();
    for (outcome, title) in GREEN {
        let rows = run.with(outcome).map(|trial| vec![cell(&trial.name), cell(&human::reason(trial))]);
        text.push_str(&table(title, &["trial", "why"], &Vec::from_iter(rows), true));
    }
    let gaps = run.untested.iter().chain(&run.unsupported).map(|gap| {
        let words = cell(sentences.words(gap.requirement));
        let remedy = cell(gap.remedy.as_deref().unwrap_or_default());
        vec![gap.requirement.to_string(), words, cell(&gap.reason), remedy]
    });
    text.push_str(&table(
        "Without evidence",
        &["requirement", "sentence", "why", "what would change it"],
        &Vec::from_iter(gaps),
        true,
    ));
    let observed = run
        .observed()
        .into_iter()
        .map(|(question, answers)| vec![cell(&question), cell(&Vec::from_iter(answers).join("; "))]);
    text + &table("Observed policy", &["question", "answer"], &Vec::from_iter(observed), true)
}

/// A table, folded away if need be; nothing where there are no rows.
fn table<T: AsRef<str>>(title: &str, columns: &[&str], rows: &[Vec<T>], folded: bool) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(columns.to_vec()) + &line(vec!["---"; columns.len()]);
    let lines = rows.iter().map(|cells| line(cells.iter().map(AsRef::as_ref).collect()));
    table.extend(lines);
    match folded {
        true => format!("\n<details><summary>{title} ({})</summary>\n\n{table}\n</details>\n", rows.len()),
        false => format!("\n### {title}\n\n{table}"),
    }
}

/// Foreign text in a table cell: every character that Markdown or HTML could act on is an entity.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for c in shorten(text, CELL).chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '|' | '`' | '*' | '_' | '~' | '[' | ']' | '(' | ')' | '\\'
            | '@' | '#' | '!' | '$' => escaped.push_str(&format!("&#{};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}
