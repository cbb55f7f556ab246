//! The table of what is broken: a line for each requirement.

use super::page::Page;
use crate::contract::Level;
use crate::report::Sentences;
use crate::report::findings::FindingRow;
use crate::report::text::{cut, plain};

/// Columns: requirement, sentence, what is seen, trials, first place.
fn columns(id: &str, sentence: &str, seen: &str, trials: &str, place: &str) -> String {
    let (sentence, seen) = (cut(sentence, 43), cut(seen, 28));
    format!("{id:<15} {sentence:<43}  {seen:<28} {trials:>6}  {}", cut(place, 22))
}

pub(super) fn heading(page: &mut Page) {
    let heading = columns("broken", "", "seen", "trials", "asked by");
    page.line(0, page.style.faint(heading.trim_end()));
}

/// One row of the table.
pub(super) fn row(page: &mut Page, row: &FindingRow<'_>, sentences: &Sentences) {
    let seen = match row.forms.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{} +{}", cut(first, 24), rest.len()),
    };
    let place = asked(row);
    let id = format!("{} {}", row.requirement, row.level);
    let words = plain(sentences.words(row.requirement));
    let text = columns(&id, &words, &plain(&seen), &row.trials.to_string(), &plain(&place));
    let style = page.style;
    let painted = if row.level == Level::Must { style.bad(&id) } else { style.doubtful(&id) };
    page.line(0, text.replacen(&id, &painted, 1));
}

/// File and line that asked, without folders.
fn asked(row: &FindingRow<'_>) -> String {
    let place = crate::report::sentences::asked_at(row.finding, row.trial).to_string();
    place.rsplit('/').next().unwrap_or_default().to_owned()
}
