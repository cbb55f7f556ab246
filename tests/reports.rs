//! Each report of fixed runs against its snapshot in `snapshots/reports/`, and what must hold of all of them.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

#[path = "reports/fixture.rs"]
mod fixture;

use std::process::Command;

use fixture::{
    HOSTILE, finding, full, history, hostile, id, odd, overlapping_sends, place, race, run, sentences,
    sequential, trial,
};
use otp_conformance::contract::Level;
use otp_conformance::exchange::{Answer, Event, Exchange, Loss, Payload, Request};
use otp_conformance::judge::{Drift, Policy};
use otp_conformance::report::{RunReport, RunVerdict, Stale, Style, Summary, Untested};
use otp_conformance::report::{
    annotations, curl, exchange, har, html, human, junit, markdown, script, timeline, transcript,
};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::Value;

/// Compares with `snapshots/reports/NAME.snap`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/reports"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

// ---- the verdict ---------------------------------------------------------------------------------------------

/// Every way to end, alone.
fn endings() -> Vec<(RunVerdict, u8, RunReport)> {
    let with =
        |outcome| RunReport { trials: vec![trial("t::ok", Outcome::Pass), trial("t", outcome)], ..run() };
    let passing = || with(Outcome::Pass);
    let gap = |held| vec![Untested { requirement: id(1), reason: "r".into(), held }];
    let drifting = TrialReport {
        drift: vec![Drift { at: "a".into(), what: "b".into() }],
        warnings: vec![finding(23, Level::Should, "a", "b")],
        ..trial("t", Outcome::Pass)
    };
    let stale = vec![Stale { what: "gone".into(), place: None }];
    vec![
        (RunVerdict::HarnessError, 70, with(Outcome::HarnessError)),
        (RunVerdict::Fail, 1, with(Outcome::Fail)),
        (RunVerdict::Fail, 1, RunReport { strict: true, trials: vec![drifting.clone()], ..run() }),
        (RunVerdict::Inconclusive, 3, with(Outcome::Inconclusive)),
        (RunVerdict::Inconclusive, 3, RunReport { unreachable: Some("refused".into()), ..passing() }),
        (RunVerdict::Budget, 6, RunReport { budget_spent: true, ..passing() }),
        (RunVerdict::Stale, 5, with(Outcome::UnexpectedPass)),
        (RunVerdict::Stale, 5, RunReport { stale, ..passing() }),
        (RunVerdict::Untested, 4, run()),
        (RunVerdict::Untested, 4, RunReport { trials: vec![trial("t", Outcome::Unsupported)], ..run() }),
        (RunVerdict::Untested, 4, RunReport { untested: gap(true), ..passing() }),
        (RunVerdict::Pass, 0, RunReport { untested: gap(false), not_planned: vec![id(2)], ..passing() }),
        (RunVerdict::Pass, 0, RunReport { trials: vec![drifting], ..run() }),
        (RunVerdict::Pass, 0, passing()),
        (RunVerdict::Pass, 0, with(Outcome::ExpectedFail)),
        (RunVerdict::Pass, 0, with(Outcome::Flaky)),
        (RunVerdict::Pass, 0, with(Outcome::Unsupported)),
    ]
}

#[test]
fn each_ending_has_its_word_and_status() {
    for (verdict, status, run) in endings() {
        assert_eq!((run.verdict(), run.exit_status()), (verdict, status), "{run:#?}");
    }
    assert_eq!((RunVerdict::Usage.word(), RunVerdict::Usage.exit_status()), ("usage", 2));
}

#[test]
fn of_two_endings_the_graver_one_wins() {
    let endings = endings();
    for (at, (graver, _, one)) in endings.iter().enumerate() {
        for (_, _, other) in &endings[at..] {
            let mut both =
                RunReport { trials: [one.trials.clone(), other.trials.clone()].concat(), ..one.clone() };
            both.strict |= other.strict;
            both.budget_spent |= other.budget_spent;
            both.unreachable = both.unreachable.or_else(|| other.unreachable.clone());
            both.stale.extend(other.stale.clone());
            both.untested.extend(other.untested.clone());
            // A run that tested nothing is the one ending that another run takes away.
            if both.tested_anything() == one.tested_anything() {
                assert_eq!(both.verdict(), *graver, "{both:#?}");
            }
        }
    }
}

#[test]
fn the_summary_writes_the_same_words_as_the_verdict() {
    for (verdict, status, run) in endings() {
        let summary: Value = serde_json::from_str(&Summary::new(&run).json()).unwrap();
        assert_eq!((&summary["verdict"], &summary["exit_status"]), (&verdict.word().into(), &status.into()));
    }
}

// ---- what is read from a run ---------------------------------------------------------------------------------

#[test]
fn an_excused_violation_is_not_listed_as_violated() {
    let excused = TrialReport { outcome: Outcome::ExpectedFail, ..sequential() };
    assert_eq!(RunReport { trials: vec![excused], ..run() }.violated(), []);
}

#[test]
fn a_requirement_is_listed_once_with_its_earliest_request() {
    let late = TrialReport { name: "late".into(), first_request: Some(90), ..sequential() };
    let early = TrialReport { name: "early".into(), first_request: Some(12), ..sequential() };
    let violated = RunReport { trials: vec![late, early, sequential()], ..run() }.violated();
    assert_eq!(violated.len(), 1);
    assert_eq!(violated[0].first_request, Some(12));
    assert_eq!(violated[0].trials, ["late", "early", "scenario::verify::a-code-opens-one-session"]);
}

#[test]
fn a_trial_is_named_once_however_often_it_convicts() {
    let mut twice = sequential();
    twice.findings.push(twice.findings[0].clone());
    assert_eq!(RunReport { trials: vec![twice], ..run() }.violated()[0].trials.len(), 1);
}

#[test]
fn every_answer_to_an_open_question_is_kept() {
    let answering = |answer: &str| TrialReport {
        observed: vec![Policy { question: "spaces around a code".into(), answer: answer.into() }],
        ..trial(answer, Outcome::Pass)
    };
    let run = RunReport { trials: ["refused 400", "accepted", "refused 400"].map(answering).into(), ..run() };
    assert_eq!(Summary::new(&run).observed["spaces around a code"], "accepted; refused 400");
}

#[test]
fn a_may_is_observed_and_not_warned_of() {
    let run = full();
    assert_eq!(run.warned().iter().map(|broken| broken.requirement).collect::<Vec<_>>(), [id(23)]);
    assert!(run.observed().keys().any(|question| question.starts_with("OTP-090")));
}

#[test]
fn a_run_survives_storage() {
    for run in [run(), full(), hostile()] {
        let stored = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&stored).unwrap(), run);
    }
}

// ---- the summary ---------------------------------------------------------------------------------------------

#[test]
fn the_summary_keeps_its_published_form() {
    let schema: Value = serde_json::from_str(include_str!("../schema/summary.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let runs = [full(), run(), hostile()].into_iter().chain(endings().into_iter().map(|(.., run)| run));
    for run in runs {
        let summary = Summary::new(&run);
        let written: Value = serde_json::from_str(&summary.json()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&written).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{written:#}");
        assert_eq!(serde_json::from_value::<Summary>(written).unwrap(), summary);
    }
}

#[test]
fn every_published_member_of_the_summary_is_written() {
    let schema: Value = serde_json::from_str(include_str!("../schema/summary.json")).unwrap();
    let written: Value = serde_json::from_str(&Summary::new(&full()).json()).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&schema["properties"]));
}

#[test]
fn summary() {
    snapshot("summary", &Summary::new(&full()).json());
}

// ---- for people ----------------------------------------------------------------------------------------------

#[test]
fn terminal() {
    snapshot("terminal", &human::report(&full(), &sentences(), Style::Plain));
}

#[test]
fn terminal_of_a_pass() {
    let passing =
        RunReport { trials: vec![trial("scenario::verify::right-code", Outcome::Pass)], planned: 1, ..run() };
    snapshot("terminal-pass", &human::report(&passing, &sentences(), Style::Plain));
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
        let [plain, colour] =
            [Style::Plain, Style::Colour].map(|style| human::report(&run, &sentences(), style));
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
    let told = human::report(&many, &sentences(), Style::Plain);
    assert_eq!(told.matches("expected  ").count(), 2, "{told}");
    assert!(told.contains("and in 7 more trials: scenario::verify::2, "), "{told}");
    let page = html::html(&many, &sentences());
    assert!(page.contains("and in 4 more trials") && page.matches("<dt>expected</dt>").count() == 5);

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

#[test]
fn calls_one_after_the_other_need_no_time_line() {
    assert_eq!(timeline::timeline(&history(), &[1, 2, 3]), "");
    let overlapping = &race().histories[0];
    assert_eq!(timeline::timeline(overlapping, &[1, 2]), "");
    assert_eq!(timeline::timeline(overlapping, &[2, 3]).lines().count(), 3);
}

#[test]
fn verbose_history() {
    snapshot("verbose", &exchange::history(&history()));
}

// ---- to be typed again ---------------------------------------------------------------------------------------

#[test]
fn curl_commands() {
    let commands: Vec<String> =
        history().exchanges().map(|exchange| curl::curl(exchange, "http://127.0.0.1:4600/")).collect();
    snapshot("curl", &commands.join("\n\n"));
}

#[test]
fn shell_script_of_a_history() {
    let mut history = history();
    let last = history.events.len() - 1;
    if let Event::Exchange(exchange) = &mut history.events[last] {
        exchange.request.headers[0].1 = "Bearer <project>:<refresh:1>".into();
    }
    snapshot("script", &script::script(&history, "http://127.0.0.1:4600"));
}

/// What a shell hands to curl: its arguments, and its standard input.
fn typed(command: &str) -> (Vec<String>, Vec<u8>) {
    let curl = r#"curl() { for word; do printf '%s\0' "$word" >&2; done; case "$*" in *@-*) cat;; esac; }"#;
    let output = Command::new("sh")
        .args(["-c", &format!("{curl}\n{command}")])
        .env("OTP_PROJECT_ID", "P1")
        .env("OTP_PHONE_A_DASHES", "+1-202-555-0100")
        .env("OTP_CODE_A1", "012345")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}");
    let arguments = String::from_utf8(output.stderr).unwrap();
    (arguments.split_terminator('\0').map(str::to_owned).collect(), output.stdout)
}

fn sent(headers: &[(&str, &str)], body: Payload) -> Exchange {
    let mut exchange = history().exchanges().next().unwrap().clone();
    exchange.request = Request {
        method: "POST".into(),
        path: "/v1/auth/otp/verify/sms".into(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body,
    };
    exchange
}

#[test]
fn a_shell_fills_in_what_is_hidden() {
    let body = Payload::Json(
        serde_json::json!({ "loginId": "<phone:A|dashes>", "code": "<code:A1>", "it's": "$HOME" }),
    );
    let command =
        curl::curl(&sent(&[("authorization", "Bearer <project>"), ("x-empty", "")], body), "http://h");
    let (arguments, input) = typed(&command);
    assert!(arguments.contains(&"authorization: Bearer P1".to_owned()), "{arguments:?}");
    assert!(arguments.contains(&"x-empty;".to_owned()), "{arguments:?}");
    let body = r#"{"loginId":"+1-202-555-0100","code":"012345","it's":"$HOME"}"#;
    assert_eq!((arguments.last().map(String::as_str), input.as_slice()), (Some(body), &b""[..]));
}

#[test]
fn a_shell_sends_hostile_bytes_as_they_were() {
    let body = Payload::Other { bytes: HOSTILE.len(), text: HOSTILE.into() };
    let command = curl::curl(&sent(&[("authorization", "a\u{1b}[2J'b")], body), "http://h");
    assert!(!command.contains(|c: char| c.is_control() && c != '\n'));
    let (arguments, input) = typed(&command);
    assert!(arguments.contains(&"authorization: a\u{1b}[2J'b".to_owned()), "{arguments:?}");
    assert_eq!(String::from_utf8(input).unwrap(), HOSTILE);
}

#[test]
fn a_command_says_so_where_the_body_was_not_kept_whole() {
    let commands: Vec<String> = odd().exchanges().map(|exchange| curl::curl(exchange, "http://h")).collect();
    assert!(!commands[0].contains('#'), "{}", commands[0]);
    assert!(commands[1].ends_with("# the recording kept 11 of 4096 bytes"), "{}", commands[1]);
}

#[test]
fn a_script_asks_only_for_what_it_needs_and_once() {
    let script = script::script(&history(), "http://h");
    assert_eq!(script.matches("OTP_REFRESH_1=").count(), 0, "no request of this history presents it");
    assert_eq!(script.matches("OTP_CODE_A1=").count(), 1);
    let mut unread = history();
    unread.events.truncate(2);
    assert!(!script::script(&unread, "http://h").contains("OTP_CODE_A1"));
}

#[test]
fn a_script_takes_a_token_from_its_first_answer_and_a_number_from_nobody() {
    let mut history = history();
    let bearer = "Bearer <project>:<refresh:1>";
    for event in history.events.clone() {
        if let Event::Exchange(mut exchange) = event {
            exchange.request.headers[0].1 = bearer.into();
            exchange.request.body = Payload::Json(serde_json::json!({ "loginId": "<phone:B>" }));
            history.events.push(Event::Exchange(exchange));
        }
    }
    let text = serde_json::to_string(&history)
        .unwrap()
        .replace(r#"loginIds":["<phone:A>"]"#, r#"loginIds":["<phone:B>"]"#);
    let script = script::script(&serde_json::from_str(&text).unwrap(), "http://h");
    assert_eq!(script.matches("OTP_REFRESH_1=").count(), 1, "{script}");
    assert!(!script.contains("OTP_PHONE_B="), "{script}");
    assert!(script.contains("${OTP_PHONE_B:?"), "{script}");
}

#[test]
fn every_script_can_be_read_by_a_shell() {
    for history in [history(), race().histories[0].clone(), hostile().trials[0].histories[0].clone()] {
        let script = script::script(&history, "http://127.0.0.1:4600");
        let status = Command::new("sh").args(["-n", "-c", &script]).status().unwrap();
        assert!(status.success(), "{script}");
    }
}

// ---- for other programs --------------------------------------------------------------------------------------

#[test]
fn junit_report() {
    snapshot("junit", &junit::junit(&full(), &sentences()).unwrap());
}

#[test]
fn junit_can_be_read_back() {
    for run in [run(), full(), hostile()] {
        let written = junit::junit(&run, &sentences()).unwrap();
        let read = quick_junit::Report::deserialize_from_str(&written).unwrap();
        assert_eq!(read.tests, run.trials.len());
        let failures = run.with(Outcome::Fail).count() + run.with(Outcome::UnexpectedPass).count();
        assert_eq!(read.failures, failures);
    }
}

#[test]
fn markdown_report() {
    snapshot("markdown", &markdown::markdown(&full(), &sentences()));
}

#[test]
fn html_report() {
    snapshot("html", &html::html(&full(), &sentences()).replace("><", ">\n<"));
}

#[test]
fn annotation_lines() {
    snapshot("annotations", &annotations::annotations(&full(), &sentences()));
}

#[test]
fn har_export() {
    let one = RunReport { trials: vec![sequential()], ..run() };
    snapshot("har", &har::har(&one));
}

#[test]
fn a_har_has_an_entry_for_every_exchange_even_a_lost_one() {
    let mut run = RunReport { trials: vec![sequential(), race()], ..run() };
    let lost = run.trials[0].histories[0].events.iter_mut().find_map(|event| match event {
        Event::Exchange(exchange) => Some(exchange),
        _ => None,
    });
    lost.unwrap().answer = Answer::Lost(Loss::TimedOut);
    let har: Value = serde_json::from_str(&har::har(&run)).unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 6);
    assert_eq!(har["log"]["entries"][0]["response"]["status"], 0);
    assert_eq!(har["log"]["entries"][0]["response"]["bodySize"], -1);
    assert_eq!(har["log"]["entries"][1]["startedDateTime"], "2026-11-20T09:30:00.02Z");
}

#[test]
fn a_har_holds_nothing_but_urls_for_addresses() {
    let loading = TrialReport { histories: vec![odd()], ..trial("t", Outcome::Pass) };
    let har: Value = serde_json::from_str(&har::har(&RunReport { trials: vec![loading], ..run() })).unwrap();
    let request = &har["log"]["entries"][0]["request"];
    assert_eq!(request["url"], "http://127.0.0.1:4600/v1/mgmt/user?loginId=%3Cphone:A%3E");
    assert_eq!(request["queryString"][0], serde_json::json!({ "name": "loginId", "value": "<phone:A>" }));
}

#[test]
fn a_page_does_not_grow_without_end() {
    assert!(html::html(&hostile(), &sentences()).len() < 300_000);
}

// ---- hostile texts -------------------------------------------------------------------------------------------

#[test]
fn no_text_of_a_target_reaches_the_terminal_as_it_is() {
    let run = hostile();
    let mut shown = human::report(&run, &sentences(), Style::Plain);
    for trial in &run.trials {
        shown += &human::trial(trial, &sentences(), run.again(), Style::Plain);
        shown += &transcript::transcript(&trial.histories[0]);
        shown += &timeline::timeline(&trial.histories[0], &[1, 2]);
    }
    let bad = shown.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(bad, None);
    assert!(!shown.contains("\n::error"));
}

#[test]
fn a_long_text_does_not_fill_the_screen() {
    let run = hostile();
    let longest = human::report(&run, &sentences(), Style::Plain).lines().map(str::len).max();
    assert!(longest.unwrap() < 3_000, "{longest:?}");
}

#[test]
fn no_text_of_a_target_becomes_markup() {
    let (run, sentences) = (hostile(), sentences());
    let page = html::html(&run, &sentences);
    assert!(!page.contains("<script") && !page.contains("</script"));
    assert!(!page.contains(|c: char| c.is_control() && c != '\n'));
    let summary = markdown::markdown(&run, &sentences);
    // A fence ends at a line of backticks; what stands in one is text.
    let fenced = summary.split("```").nth(1).unwrap().to_owned();
    let summary = summary.replace(&fenced, "");
    assert!(!summary.contains("<script") && !summary.contains("](javascript") && !summary.contains("@all"));
    assert!(!summary.contains(|c: char| c.is_control() && c != '\n'));
}

#[test]
fn a_hostile_cell_does_not_break_its_table() {
    let summary = markdown::markdown(&hostile(), &sentences());
    let lines: Vec<&str> = summary.lines().collect();
    let tables = lines.split(|line| !line.starts_with('|')).filter(|table| !table.is_empty());
    for table in tables {
        let widths: Vec<usize> = table.iter().map(|row| row.matches('|').count()).collect();
        assert!(widths.len() > 2 && widths.iter().all(|width| *width == widths[0]), "{table:#?}");
    }
    assert_eq!(summary.lines().filter(|line| line.starts_with("::")).count(), 0);
}

#[test]
fn a_hostile_text_gives_no_commands_to_a_ci_server() {
    let run = hostile();
    let lines = annotations::annotations(&run, &sentences());
    for line in lines.lines() {
        assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}");
        let (properties, _) = line[2..].split_once("::").unwrap();
        assert_eq!(properties.matches(',').count(), 2, "{properties}");
    }
    // A violation, a stale entry, three outcomes that are not green, and a warning from each trial.
    assert_eq!(lines.lines().count(), 1 + 1 + 3 + run.trials.len());
}
