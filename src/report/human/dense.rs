//! Table and evidence in one, where much is broken: a line for each row and, under those that one exchange shows, a line
//! with that exchange and the command that shows it again.

use super::brief::brief;
use super::page::{COMMAND, Page, WIDTH};
use super::{screen_lines, table};
use crate::report::findings::FindingRow;
use crate::report::text::{count, cut, plain, wrapped};
use crate::report::together::together;
use crate::report::{RunReport, Sentences};

const INDENT: usize = 4;
/// Where commands begin, unless they are too long for that.
const COLUMN: usize = 68;

/// All rows, in at most so many lines if that is possible; what there is no room for is counted. Where it fits into `few`
/// lines, what was expected and seen is said of each group too.
pub(super) fn dense(
    page: &mut Page,
    rows: Vec<FindingRow<'_>>,
    [few, room]: [usize; 2],
    run: &RunReport,
    sentences: &Sentences,
) {
    let all = rows.len();
    let mut top = Page::new(page.style);
    top.line(0, "");
    screen_lines::function(&mut top, &run.again().function());
    top.line(0, "");
    table::heading(&mut top);
    let top_lines = top.lines();
    let mut left = room.saturating_sub(top_lines + 1);
    page.append(top);
    let (mut listed, mut shown) = (0, 0);
    let groups = together(rows);
    let said = top_lines + all + groups.len() * 2 <= few;
    for group in groups {
        // A row without its evidence is better than none.
        let evidence = Page::of(page.style, |page| {
            let lasts = group.iter().find(|row| run.lags.contains_key(&row.requirement));
            if let Some(row) = lasts.or(group.first().filter(|_| said)) {
                page.line(INDENT, cut(&screen_lines::said(row, run), WIDTH - INDENT));
            }
            evidence(page, &group[0], run, sentences);
        });
        let fits = left >= all - listed + evidence.lines();
        for row in group.iter().take(left) {
            table::row(page, row, sentences);
            (listed, left) = (listed + 1, left - 1);
        }
        if fits {
            left -= evidence.lines();
            shown += group.len();
            page.append(evidence);
        }
    }
    let (unlisted, unshown) = (all - listed, listed - shown);
    if unlisted > 0 {
        page.line(0, format!("and {}; -v lists all", count(unlisted, "more requirement")));
    } else if unshown > 0 {
        page.line(0, format!("evidence of {}: -v", count(unshown, "more requirement")));
    }
}

/// `    3 > verify-sms {"code":"<code:A1>"} < 200        again 'verification::a-code-opens-one-session'`.
fn evidence(page: &mut Page, row: &FindingRow<'_>, run: &RunReport, sentences: &Sentences) {
    let sentence = sentences.words(row.requirement);
    let name = row.trial.name.as_str();
    let Some(command) = run.again().part(name, part(name, run)) else {
        page.line(INDENT, brief(row, sentence, WIDTH - INDENT));
        wrapped(&plain(&run.again().run(name)), WIDTH - INDENT)
            .iter()
            .for_each(|line| page.command(INDENT, line));
        return;
    };
    let column = COLUMN.min(WIDTH.saturating_sub(command.chars().count()));
    let said = brief(row, sentence, column.saturating_sub(INDENT + 2));
    page.line(INDENT, format!("{said:<width$}{COMMAND}{command}", width = column.saturating_sub(INDENT)));
}

/// The shortest end of a trial's name that no other trial has in its own: `run` takes a part for the whole.
fn part<'a>(name: &'a str, run: &RunReport) -> &'a str {
    let alone = |part: &&str| run.trials.iter().all(|trial| trial.name == name || !trial.name.contains(part));
    let starts = name.rmatch_indices("::").map(|(at, mark)| &name[at + mark.len()..]);
    starts.filter(|part| part.len() >= 8).find(alone).unwrap_or(name)
}
