//! What is read in a terminal, and the transcripts and time lines in it.

use crate::fixture::{full, hostile, id, place, race, run, sentences, sequential, trial};
use crate::histories::{history, odd, overlapping_sends};
use crate::snapshot;
use otp_conformance::exchange::{Answer, Event, Exchange, History, Payload, Request, Response};
use otp_conformance::judge::{Finding, Policy};
use otp_conformance::report::{
    RunReport, Setting, Style, Summary, exchange, html, human, timeline, transcript,
};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::json;

/// The last screen, with hidden values marked where they would be cleaned.
fn screen(run: &RunReport, style: Style) -> String {
    human::screen(run, &sentences(), style, &|text| text.replace("P-secret", "<project>"))
}

#[test]
fn terminal() {
    snapshot("terminal", &screen(&full(), Style::Plain));
    snapshot("terminal-details", &human::details(&full(), &sentences(), Style::Plain));
}

#[test]
fn terminal_of_a_pass() {
    let passing =
        RunReport { trials: vec![trial("scenario::verify::right-code", Outcome::Pass)], planned: 1, ..run() };
    snapshot("terminal-pass", &screen(&passing, Style::Plain));
}

#[test]
fn terminal_lines() {
    let lines: Vec<String> =
        full().trials.iter().map(|trial| human::trial_line(trial, Style::Plain)).collect();
    snapshot("terminal-lines", &lines.join("\n"));
}

#[test]
fn terminal_of_one_failure() {
    snapshot("terminal-failure", &human::trial(&race(), &sentences(), full().again(), Style::Plain));
}

#[test]
fn colour_only_where_it_is_asked_for_and_nothing_else() {
    let strip = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for run in [full(), hostile()] {
        let [plain, colour] = [Style::Plain, Style::Colour]
            .map(|style| screen(&run, style) + &human::details(&run, &sentences(), style));
        assert!(!plain.contains('\u{1b}') && colour.contains('\u{1b}'));
        assert_eq!(strip.replace_all(&colour, ""), plain);
    }
}

#[test]
fn symbolic_transcript() {
    snapshot("transcript", &transcript::transcript(&history()));
}

#[test]
fn transcript_of_rare_events() {
    snapshot("transcript-odd", &transcript::transcript(&odd()));
}

#[test]
fn a_whole_number_and_a_fraction_differ_in_a_transcript() {
    let text = serde_json::to_string(&history()).unwrap();
    let fraction = serde_json::from_str(&text.replace("1787590000", "1787590000.5")).unwrap();
    assert_ne!(transcript::transcript(&fraction), transcript::transcript(&history()));
}

#[test]
fn time_line_of_overlapping_sends() {
    snapshot("timeline", &timeline::timeline(&overlapping_sends(), &[1, 2]));
}

#[test]
fn the_suite_is_shown_where_a_check_asked_for_nothing_but_the_requirement() {
    let mut trial = race();
    trial.findings[0].place = place("schema/requirements.toml", 902);
    trial.place = Some(place("suites/races.toml", 3));
    let told = human::trial(&trial, &sentences(), run().again(), Style::Plain);
    assert!(told.contains("asked by  suites/races.toml:3 (check model)"), "{told}");
    trial.place = None;
    let told = human::trial(&trial, &sentences(), run().again(), Style::Plain);
    assert!(told.contains("asked by  schema/requirements.toml:902 (check model)"), "{told}");
}

#[test]
fn a_trial_that_was_run_again_shows_its_last_history() {
    let mut trial = sequential();
    let second = serde_json::to_string(&history()).unwrap().replace("<phone:A>", "<phone:B>");
    trial.histories.push(serde_json::from_str(&second).unwrap());
    let told = human::trial(&trial, &sentences(), run().again(), Style::Plain);
    assert!(told.contains("<phone:B>") && !told.contains("<phone:A>"), "{told}");
}

#[test]
fn much_of_the_same_is_counted_and_not_told() {
    let named = |number| TrialReport { name: format!("scenario::verify::{number}"), ..sequential() };
    let many = RunReport { trials: (0..9).map(named).collect(), ..run() };
    let told = human::details(&many, &sentences(), Style::Plain);
    assert_eq!(told.matches("expected  ").count(), 2, "{told}");
    assert!(told.contains("and in 7 more trials: scenario::verify::2, "), "{told}");
    let page = html::html(&many, &sentences());
    assert!(page.contains("Shown by 8 other trials") && page.matches("<dt>expected</dt>").count() == 1);

    let mut long = sequential();
    let again = long.histories[0].events[4].clone();
    for id in 4..20 {
        let mut event = again.clone();
        if let Event::Exchange(exchange) = &mut event {
            exchange.id = id;
        }
        long.histories[0].events.push(event);
    }
    long.findings[0].exchanges = (1..20).collect();
    let told = human::trial(&long, &sentences(), run().again(), Style::Plain);
    assert_eq!(told.matches("Bearer <project>").count(), 6, "{told}");
    assert!(told.contains("(19 exchanges from 1 to 19)"), "{told}");
    assert!(told.contains("… and 13 more exchanges"), "{told}");
}

#[test]
fn answers_to_generated_bodies_are_counted_and_those_that_an_author_asked_for_told() {
    let policy = |question: String, answer: &str| Policy { question, answer: answer.into() };
    let refused =
        |at: usize| policy(format!("signup-in-sms odd-{at}"), ["refused 400 E011001", "accepted"][at / 11]);
    let generated = |operation: &str| TrialReport {
        observed: (0..12).map(refused).collect(),
        ..trial(&format!("property::{operation}::malformed"), Outcome::Pass)
    };
    let asked = TrialReport {
        observed: vec![policy("a send after a lockout".into(), "accepted")],
        ..trial("scenario::attempts::lockout", Outcome::Pass)
    };
    let run = RunReport { trials: vec![generated("signup-in-sms"), generated("signup-sms"), asked], ..run() };
    let told = human::details(&run, &sentences(), Style::Plain);
    assert!(told.contains("  a send after a lockout: accepted\n"), "{told}");
    assert!(told.contains("  malformed bodies, 12 questions: 11 refused 400, 1 accepted\n"), "{told}");
    assert!(!told.contains("odd-3"), "{told}");
    assert!(html::html(&run, &sentences()).contains("odd-3"));
    assert_eq!(Summary::new(&run).observed.len(), 13);
}

#[test]
fn a_transcript_knows_neither_clock_nor_order_of_members() {
    let mut later = history();
    let text = serde_json::to_string(&later).unwrap();
    let moved =
        text.replace("1787590000", "1999990000").replace("2419199", "2419200").replace(":30:00", ":31:07");
    later = serde_json::from_str(&moved).unwrap();
    assert_ne!(later, history());
    assert_eq!(transcript::transcript(&later), transcript::transcript(&history()));
    let renamed = text.replace("<user:1>", "<user:2>");
    let renamed = serde_json::from_str(&renamed).unwrap();
    assert_ne!(transcript::transcript(&renamed), transcript::transcript(&history()));
}

/// A refusal with a wait of so many seconds, which its text repeats.
fn asks_to_wait(seconds: u32) -> History {
    let said = format!("try again in {seconds} seconds");
    let response = Response {
        status: 429,
        headers: vec![("retry-after".into(), seconds.to_string())],
        body: Payload::Json(json!({ "errorCode": "E130429", "errorMessage": said })),
    };
    let answer = Answer::Response(response);
    let (operation, request) = (None, Request::default());
    let exchange = Exchange { id: 1, operation, request, answer, call: 0, ret: 1, facts: Vec::new() };
    History { events: vec![Event::Exchange(Box::new(exchange))], ..History::default() }
}

#[test]
fn a_transcript_knows_no_wait_whether_a_header_says_it_or_a_text() {
    let text = transcript::transcript(&asks_to_wait(60));
    assert_eq!(text, transcript::transcript(&asks_to_wait(59)));
    assert!(text.contains("E130429") && text.contains("try again in <seconds> seconds"), "{text}");
}

#[test]
fn calls_one_after_the_other_need_no_time_line() {
    assert_eq!(timeline::timeline(&history(), &[1, 2, 3]), "");
    let overlapping = &race().histories[0];
    assert_eq!(timeline::timeline(overlapping, &[1]), "");
    assert_eq!(timeline::timeline(overlapping, &[2, 3]).lines().count(), 3);
    assert_eq!(timeline::timeline(overlapping, &[1, 2]).lines().count(), 5, "and what overlapped them");
}

#[test]
fn verbose_history() {
    snapshot("verbose", &exchange::history(&history()));
}

/// So many broken requirements, each in three trials.
fn broken(number: usize) -> RunReport {
    let finding =
        |at: usize| Finding { requirement: id(900 + at as u16), ..sequential().findings[0].clone() };
    let trial = |at: usize| TrialReport {
        name: format!("scenario::verify::a-case-with-quite-a-long-name-of-its-own-number-{at}"),
        findings: vec![finding(at / 3)],
        ..sequential()
    };
    RunReport { trials: (0..number * 3).map(trial).collect(), ..run() }
}

#[test]
fn the_last_screen_is_short_whatever_is_broken() {
    for (bugs, most) in
        [(0, 12), (1, 40), (2, 40), (4, 40), (8, 40), (12, 40), (30, 150), (60, 150), (90, 150)]
    {
        let told = screen(&broken(bugs), Style::Plain);
        assert!(told.lines().count() <= most, "{bugs} bugs take {} lines\n{told}", told.lines().count());
        let widest = told.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(120), "{bugs} bugs: {widest:?} columns\n{told}");
        for at in 0..bugs {
            assert!(told.contains(&format!("OTP-{} MUST", 900 + at)), "{bugs} bugs, {at}\n{told}");
        }
        let commands = if bugs < 6 { "otp-conformance run --seed" } else { "  again '" };
        let shown = told.matches(commands).count();
        assert!(shown == bugs.min(60) || bugs > 60, "{bugs} bugs have {shown} commands\n{told}");
        assert_eq!(told.contains("evidence of"), bugs > 60, "{bugs} bugs\n{told}");
    }
}

#[test]
fn where_much_is_broken_each_row_has_its_exchange_and_its_command_in_one_line() {
    let mut run = broken(12);
    run.settings = vec![Setting::new("project-id", "P-secret")];
    run.trials[0].findings[0].seen = "P-secret in the body".into();
    let told = screen(&run, Style::Plain);
    assert!(
        told.contains("again() { otp-conformance run --seed 7 --project-id P-secret \"$@\"; }"),
        "{told}"
    );
    assert!(!told.contains("P-secret in the body") && !told.contains('\u{e000}'), "{told}");
    snapshot("terminal-dense", &told);
}

/// Twelve broken requirements that one exchange of one trial shows.
#[test]
fn rows_that_one_exchange_shows_share_its_line() {
    let mut run = broken(12);
    run.trials.truncate(3);
    let finding = run.trials[0].findings[0].clone();
    for trial in &mut run.trials {
        trial.findings = (0..12).map(|at| Finding { requirement: id(900 + at), ..finding.clone() }).collect();
    }
    let told = screen(&run, Style::Plain);
    assert!(!told.contains("lasted for 3 s"), "{told}");
    assert_eq!((told.matches("OTP-9").count(), told.matches("again '").count()), (12, 1), "{told}");
    run.lags.insert(id(904), "lasted for 3 s".into());
    assert!(screen(&run, Style::Plain).contains("(exchanges 2 and 3); lasted for 3 s"));
}

#[test]
fn a_command_is_printed_to_be_pasted_and_everything_else_cleaned() {
    let mut run = broken(1);
    run.settings = vec![Setting::new("project-id", "P-secret")];
    run.trials[0].findings[0].seen = "P-secret in the body".into();
    let told = screen(&run, Style::Plain);
    assert!(told.contains("--project-id P-secret") && !told.contains("P-secret in the body"), "{told}");
    assert!(!told.contains('\u{e000}'));
}
