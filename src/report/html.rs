//! One HTML page that needs nothing else: no script, no font, no picture, no network.

use maud::{DOCTYPE, Markup, html};

use super::sentences::asked_at;
use super::text::{SHOWN, count, plain, shorten, time};
use super::{Broken, RunReport, Sentences, human, timeline, transcript};
use crate::judge::Finding;
use crate::trial::{Outcome, TrialReport};

/// Characters of a history that the page shows; the recording has the rest.
const HISTORY: usize = 20_000;

const CSS: &str = "\
:root{color-scheme:light dark;--line:#8884;--bad:#c62828;--good:#2e7d32;--soft:#8882}\
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}\
td,th{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
pre{background:var(--soft);padding:.6rem;overflow-x:auto;font-size:.85rem}code{overflow-wrap:anywhere}\
.bad{color:var(--bad);font-weight:600}.good{color:var(--good);font-weight:600}.faint{opacity:.7}\
article{border-left:3px solid var(--bad);padding-left:1rem;margin:1.2rem 0}\
article.warned{border-color:#f9a825}dt{float:left;width:6rem;opacity:.7}dd{margin-left:6.5rem;overflow-wrap:anywhere}";

/// The page. Everything a target could have said is escaped, and so stays text.
pub fn html(run: &RunReport, sentences: &Sentences) -> String {
    let title = format!("otp-conformance: {}", run.verdict().word());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (maud::PreEscaped(CSS)) }
            }
            body {
                (head(run))
                (broken("Violated", run, &run.violated(), sentences, |trial| &trial.findings))
                (stale(run))
                (broken("Warned", run, &run.warned(), sentences, |trial| &trial.warnings))
                (pairs("Drift", run.drift().into_iter().map(|news| (news.at.clone(), news.what.clone()))))
                (gaps(run, sentences))
                (pairs("Observed policy", observed(run)))
                (trials(run))
            }
        }
    };
    page.into_string()
}

fn head(run: &RunReport) -> Markup {
    let class = if run.exit_status() == 0 { "good" } else { "bad" };
    html! {
        h1 { "otp-conformance: " span class=(class) { (run.verdict().word()) } }
        p {
            code { (text(&run.target)) } ", profile " (text(&run.profile)) ", requirements " (text(&run.requirements))
            ", seed " (run.seed) ", version " (text(&run.version)) br;
            (run.started) ", " (time(run.duration)) ", " (run.requests) " requests, " (run.sends) " sends, exit status "
            (run.exit_status())
            @if let Some((pairs, of)) = run.coverage { ", " (pairs) " of " (of) " keyword × class pairs" }
        }
        @if let Some(why) = &run.unreachable { p class="bad" {
            (if run.interrupted { "Interrupted: " } else { "The target cannot be reached: " }) (text(why))
        } }
        table {
            tr { @for (outcome, _) in run.counts() { th { (outcome.word()) } } }
            tr { @for (_, number) in run.counts() { td { (number) } } }
        }
    }
}

fn broken<'a>(
    title: &str,
    run: &'a RunReport,
    all: &[Broken],
    sentences: &Sentences,
    of: impl Fn(&'a TrialReport) -> &'a Vec<Finding>,
) -> Markup {
    html! {
        @if !all.is_empty() { h2 { (title) } }
        @for broken in all {
            article class=(title.to_lowercase()) {
                h3 { (broken.requirement) " " (broken.level) " — " (text(sentences.words(broken.requirement))) }
                @if let Some(known) = sentences.of(broken.requirement) { p class="faint" { (known.place) } }
                @for trial in run.trials.iter().filter(|trial| broken.trials.contains(&trial.name)).take(SHOWN_TRIALS) {
                    @for found in of(trial).iter().filter(|f| f.requirement == broken.requirement).take(1) {
                        (finding(run, trial, found))
                    }
                }
                @if broken.trials.len() > SHOWN_TRIALS {
                    p class="faint" { "and in " (count(broken.trials.len() - SHOWN_TRIALS, "more trial")) }
                }
            }
        }
    }
}

/// Trials of one broken requirement that are told in full.
const SHOWN_TRIALS: usize = 5;

fn finding(run: &RunReport, trial: &TrialReport, found: &Finding) -> Markup {
    html! {
        h4 { (text(&trial.name)) }
        dl {
            dt { "expected" } dd { (text(&found.expected)) }
            dt { "seen" } dd { (text(&found.seen)) }
            dt { "exchanges" } dd { (super::text::and(&found.exchanges)) }
            dt { "asked by" } dd { (text(&asked_at(found, trial).to_string())) " (check " (text(&found.check)) ")" }
            dt { "again" } dd { code { (plain(&run.again().run(&trial.name))) } }
        }
        @for history in &trial.histories {
            @let drawing = timeline::timeline(history, &found.exchanges);
            @if !drawing.is_empty() { pre { (drawing) } }
            details { summary { "What happened" } pre { (clip(&transcript::transcript(history))) } }
        }
    }
}

/// Cut at a line, not in the middle of one.
fn clip(text: &str) -> String {
    if text.len() <= HISTORY {
        return text.to_owned();
    }
    let kept: String =
        text.split_inclusive('\n').map(|line| shorten(line.trim_end(), SHOWN) + "\n").collect();
    let end = kept.char_indices().nth(HISTORY).map_or(kept.len(), |(at, _)| at);
    format!("{}…", &kept[..end])
}

fn stale(run: &RunReport) -> Markup {
    let place = |entry: &super::Stale| entry.place.as_ref().map(ToString::to_string).unwrap_or_default();
    pairs("Stale deviations", run.stale.iter().map(|entry| (place(entry), entry.what.clone())))
}

fn gaps(run: &RunReport, sentences: &Sentences) -> Markup {
    html! {
        @if !run.untested.is_empty() {
            h2 { "Without evidence" }
            table {
                @for gap in &run.untested {
                    tr {
                        td { (gap.requirement) } td { (text(sentences.words(gap.requirement))) }
                        td { (text(&gap.reason)) @if gap.fails { " " span class="bad" { "(applicable)" } } }
                    }
                }
            }
        }
        @if !run.not_planned.is_empty() {
            p class="faint" { "Not planned by this selection: " (super::text::and(&run.not_planned)) }
        }
    }
}

fn observed(run: &RunReport) -> impl Iterator<Item = (String, String)> {
    run.observed().into_iter().map(|(question, answers)| (question, Vec::from_iter(answers).join("; ")))
}

fn trials(run: &RunReport) -> Markup {
    html! {
        h2 { (count(run.trials.len(), "trial")) }
        table {
            tr { th { "trial" } th { "outcome" } th { "requests" } th { "time" } th { "why" } }
            @for trial in &run.trials {
                tr {
                    td { (text(&trial.name)) }
                    td class=(class(trial.outcome)) { (trial.outcome.word()) }
                    td { (trial.requests) } td { (time(trial.duration)) } td { (human::reason(trial)) }
                }
            }
        }
    }
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "good",
        green if green.is_green() => "faint",
        _ => "bad",
    }
}

/// A table of two columns; nothing where it would be empty.
fn pairs(title: &str, rows: impl Iterator<Item = (String, String)>) -> Markup {
    let mut rows = rows.peekable();
    html! {
        @if rows.peek().is_some() {
            h2 { (title) }
            table { @for (left, right) in rows { tr { td { (text(&left)) } td { (text(&right)) } } } }
        }
    }
}

/// Foreign text, made harmless; maud escapes it.
fn text(foreign: &str) -> String {
    shorten(foreign, SHOWN)
}
