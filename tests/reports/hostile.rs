//! No text that a target had a say in gets power over a terminal, a page or a log.

use crate::fixture::{hostile, sentences};
use otp_conformance::report::{Style, annotations, html, human, markdown, timeline, transcript};

#[test]
fn no_text_of_a_target_reaches_the_terminal_as_it_is() {
    let run = hostile();
    let mut shown = human::details(&run, &sentences(), Style::Plain);
    shown += &human::screen(&run, &sentences(), Style::Plain, &str::to_owned);
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
    let longest = human::details(&run, &sentences(), Style::Plain).lines().map(str::len).max();
    assert!(longest.unwrap() < 3_000, "{longest:?}");
}

#[test]
fn no_text_of_a_target_becomes_markup() {
    let (run, sentences) = (hostile(), sentences());
    let page = html::html(&run, &sentences);
    // The page's own, and the policy takes no other.
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (1, 1));
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
