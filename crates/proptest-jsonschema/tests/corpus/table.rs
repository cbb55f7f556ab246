//! The measured part of `docs/measured.md`, between its two marks.

use std::{fmt::Write as _, fs, path::Path};

use super::measure::Totals;

const START: &str = "<!-- measured: scripts/measure.sh -->\n";
const END: &str = "<!-- end of measured -->";

pub(crate) fn write(rows: &[(&str, Totals)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/measured.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    fs::write(&path, format!("{before}{START}{}{END}{after}", measured(rows))).unwrap();
}

fn measured(rows: &[(&str, Totals)]) -> String {
    let mut text = String::from(
        "\n| schemas | of them satisfiable | supported | valid values | applying | contradictions | invalid values | boundary cases | wrong |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (name, totals) in rows {
        let satisfiable = totals.supported + totals.unsupported.len();
        let share = |part: usize, whole: usize| format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64);
        writeln!(
            text,
            "| {name}: {} | {satisfiable} | {} ({}) | {} | {} | {} | {} | {} | {} |",
            totals.schemas,
            totals.supported,
            share(totals.supported, satisfiable),
            totals.values,
            share(totals.applying, totals.values),
            totals.contradictions,
            totals.invalid,
            totals.boundary,
            totals.wrong.len(),
        )
        .unwrap();
    }
    for (name, totals) in rows {
        writeln!(text, "\n### {name}\n").unwrap();
        let keywords =
            totals.keywords.iter().map(|(name, (used, broken))| format!("`{name}` {broken}/{used}"));
        writeln!(
            text,
            "Broken with a label, of the schemas that use the keyword: {}.",
            keywords.collect::<Vec<_>>().join(", ")
        )
        .unwrap();
        list(&mut text, "Reported as unsupported", &totals.unsupported);
        list(&mut text, "Reported as allowing nothing, or unreadable", &totals.empty);
        list(&mut text, "Keywords that no labelled value breaks", &totals.unlabelled);
    }
    text.push('\n');
    text
}

fn list(text: &mut String, title: &str, entries: &[String]) {
    if !entries.is_empty() {
        writeln!(text, "\n{title}:\n").unwrap();
        entries.iter().for_each(|entry| writeln!(text, "- {entry}").unwrap());
    }
}
