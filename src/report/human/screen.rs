//! The last screen of a run: the whole story, in few lines of at most 120 columns.
//!
//! A table of what is broken, the smallest evidence of each, a line each for doubts, gaps and drift, and the verdict.
//! How much evidence is shown depends on how much is broken. What fits is shown in full, in at most 40 lines, or in 24 where
//! nothing but warnings is there. Else each row has a line of evidence, in at most 150.

use super::page::{Page, Style, WIDTH};
use super::{dense, screen_lines, table};
use crate::report::findings::{self, FindingRow};
use crate::report::text::{count, cut, plain, time};
use crate::report::{Clients, RunReport, Sentences};

/// Lines of the whole screen where only what warns, a few things, or many things are broken; one more is the plan's.
const LINES: [usize; 3] = [23, 39, 147];
/// As many rows may be a few: those that two bugs break, with what follows from them.
const FEW: usize = 10;
/// Lines around table and evidence: head, verdict, and a line for each kind of remark.
const AROUND: usize = 11;
/// Evidence of one finding never takes more lines.
const MOST: usize = 12;
/// With fewer lines it has no exchange: what was expected and seen, request, answer, command.
const LEAST: usize = 4;

/// The screen. Lines that begin with [`COMMAND`](super::COMMAND) hold nothing that came from the target.
pub(super) fn screen(page: &mut Page, run: &RunReport, sentences: &Sentences) {
    head(page, run);
    let (violated, warned) = (findings::violated(run), findings::warned(run));
    let lines = if violated.is_empty() { LINES[0] } else { LINES[1] };
    let rows: Vec<FindingRow<'_>> = violated.into_iter().chain(warned).collect();
    let (full, whole) = full(page.style, &rows, lines - AROUND, run, sentences);
    match rows.len() {
        0 => {}
        1..=FEW if whole => page.append(full),
        _ => dense::dense(page, rows, [LINES[1] - AROUND, LINES[2] - AROUND], run, sentences),
    }
    screen_lines::remarks(page, run);
    covered(page, run);
    verdict(page, run);
}

/// Who called what, where the clients are not ours: a pass is worth what was called.
fn covered(page: &mut Page, run: &RunReport) {
    for (what, all) in run.clients.iter().flat_map(Clients::rows) {
        page.line(0, cut(&format!("{what:<13} {all}"), WIDTH));
    }
}

fn head(page: &mut Page, run: &RunReport) {
    let target = format!("target {}, profile {}", plain(&run.target), plain(&run.profile));
    let rules = format!("requirements {}, seed {}", plain(&run.requirements), run.seed);
    page.line(0, cut(&format!("otp-conformance {}: {target}, {rules}", plain(&run.version)), WIDTH));
}

/// Table and evidence one after the other, and whether there was room for all of it.
fn full(
    style: Style,
    rows: &[FindingRow<'_>],
    room: usize,
    run: &RunReport,
    sentences: &Sentences,
) -> (Page, bool) {
    let mut page = Page::new(style);
    page.line(0, "");
    table::heading(&mut page);
    rows.iter().for_each(|row| table::row(&mut page, row, sentences));
    let whole = evidence(&mut page, rows, room.saturating_sub(rows.len() + 2), run);
    (page, whole)
}

/// The smallest evidence of each row, in equal shares of the room there is, and whether there was enough of it. What one
/// trial shows is kept together, above the command that shows it again.
fn evidence(page: &mut Page, rows: &[FindingRow<'_>], room: usize, run: &RunReport) -> bool {
    let mut groups: Vec<Vec<&FindingRow<'_>>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| group[0].trial.name == row.trial.name) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let mut blocks = Page::new(page.style);
    blocks.line(0, "");
    if let Some(shared) = run.again().shared() {
        screen_lines::function(&mut blocks, &shared);
    }
    let room = room + 1;
    let share = room.saturating_sub(blocks.lines()) / rows.len().max(1);
    for group in &groups {
        screen_lines::evidence(&mut blocks, group, share.clamp(LEAST, MOST), run);
    }
    let whole = blocks.lines() <= room;
    page.append(blocks);
    whole
}

fn verdict(page: &mut Page, run: &RunReport) {
    let counts = run.counts().into_iter().filter(|(_, number)| *number > 0);
    let counts = Vec::from_iter(counts.map(|(outcome, number)| format!("{number} {}", outcome.word())));
    let counts = if counts.is_empty() { "no trial ended".to_owned() } else { counts.join(", ") };
    let polls = if run.polls > 0 {
        format!(", {}", count(super::sections::number(run.polls), "poll"))
    } else {
        String::new()
    };
    let sent = format!(
        "{} ({}){polls} in {}",
        count(super::sections::number(run.requests), "request"),
        count(super::sections::number(run.sends), "send"),
        time(run.duration)
    );
    page.line(0, "");
    page.line(0, cut(&format!("trials        {counts}; {} planned; {sent}", run.planned), WIDTH));
    let states = run.state_counts();
    if !states.is_empty() {
        page.line(0, cut(&format!("requirements  {states}"), WIDTH));
    }
    super::verdict::verdict_line(page, run);
}
