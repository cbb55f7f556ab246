//! The last screen of a run: the whole story, in few lines of at most 120 columns.
//!
//! A table of what is broken, the smallest evidence of each, a line each for doubts, gaps and drift, and the verdict.
//! How much evidence is shown depends on how much there is: warnings alone take at most 24 lines, two bugs 40, thirty 150.

use super::page::{Page, WIDTH};
use super::screen_lines;
use crate::contract::Level;
use crate::report::findings::{self, FindingRow};
use crate::report::text::{count, cut, plain, time};
use crate::report::{Clients, RunReport, Sentences};

/// Lines of the whole screen where nothing, only what warns, a few things, or many things are broken; one more is the
/// plan's.
const LINES: [usize; 4] = [11, 23, 39, 147];
/// As many broken requirements are a few: those that two bugs break, with what follows from them.
const FEW: usize = 10;
/// Lines for each one more.
const EACH: usize = 5;
/// Lines around table and evidence: head, verdict, and a line for each kind of remark.
const AROUND: usize = 11;
/// Evidence of one finding never takes more lines.
const MOST: usize = 12;
/// Evidence in fewer lines says nothing.
const LEAST: usize = 2;

/// The screen. Lines that begin with [`COMMAND`](super::COMMAND) hold nothing that came from the target.
pub(super) fn screen(page: &mut Page, run: &RunReport, sentences: &Sentences) {
    head(page, run);
    let (violated, warned) = (findings::violated(run), findings::warned(run));
    let lines = match violated.len() {
        0 if warned.is_empty() => LINES[0],
        0 => LINES[1],
        1..=FEW => LINES[2],
        many => LINES[3].min(LINES[2] + (many - FEW) * EACH),
    };
    let room = lines.saturating_sub(AROUND);
    let rows: Vec<&FindingRow<'_>> = violated.iter().chain(&warned).collect();
    let shown = rows.len().min(room.max(1));
    if shown > 0 {
        table(page, &rows[..shown], rows.len(), sentences);
        let room = room.saturating_sub(shown + 2);
        evidence(page, &rows[..shown], room, run);
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

/// Columns: requirement, sentence, what is seen, trials, first place.
fn table(page: &mut Page, rows: &[&FindingRow<'_>], all: usize, sentences: &Sentences) {
    let line = |id: &str, sentence: &str, seen: &str, trials: &str, place: &str| {
        let (sentence, seen) = (cut(sentence, 43), cut(seen, 28));
        format!("{id:<15} {sentence:<43}  {seen:<28} {trials:>6}  {}", cut(place, 22))
    };
    page.line(0, "");
    let heading = line("broken", "", "seen", "trials", "asked by");
    page.line(0, page.style.faint(heading.trim_end()));
    for row in rows {
        let seen = match row.forms.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{} +{}", cut(first, 24), rest.len()),
        };
        let place = asked(row);
        let id = format!("{} {}", row.requirement, row.level);
        let words = plain(sentences.words(row.requirement));
        let text = line(&id, &words, &plain(&seen), &row.trials.to_string(), &plain(&place));
        let style = page.style;
        let painted = if row.level == Level::Must { style.bad(&id) } else { style.doubtful(&id) };
        page.line(0, text.replacen(&id, &painted, 1));
    }
    if all > rows.len() {
        page.line(0, format!("and {}; -v lists all", count(all - rows.len(), "more requirement")));
    }
}

/// File and line that asked, without folders.
fn asked(row: &FindingRow<'_>) -> String {
    let place = crate::report::sentences::asked_at(row.finding, row.trial).to_string();
    place.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The smallest evidence of each row, in equal shares of the room there is. What one trial shows is kept together, above
/// the command that shows it again.
fn evidence(page: &mut Page, rows: &[&FindingRow<'_>], room: usize, run: &RunReport) {
    let mut groups: Vec<Vec<&FindingRow<'_>>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| group[0].trial.name == row.trial.name) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let shared = Page::of(page.style, |page| screen_lines::shared(page, run));
    let mut left = room.saturating_sub(shared.lines());
    let share = (left / rows.len()).clamp(LEAST, MOST);
    let mut shown = 0;
    let mut blocks = Page::new(page.style);
    for group in &groups {
        let block = Page::of(page.style, |page| screen_lines::evidence(page, group, share, run));
        if block.lines() > left {
            break;
        }
        left -= block.lines();
        shown += group.len();
        blocks.append(block);
    }
    if shown == 0 {
        return;
    }
    page.line(0, "");
    page.append(shared);
    page.append(blocks);
    if shown < rows.len() {
        page.line(0, format!("evidence of {}: -v", count(rows.len() - shown, "more requirement")));
    }
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
    super::sections::verdict_line(page, run);
}
