//! The page: figures first, then every fault with what convicts it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::curve::{BUDGETS, convicted, is_plain};
use super::data::{Matrix, Row};
use super::ratchet::{idle_trials, primaries};
use super::{Survivors, held_back};

const HEAD: &str = "\
# What convicts

Each deliberate bug of the embedded emulator (`otp-conformance list faults`) met a whole run of its own, under
`--strict` and seed 7. A fault counts as convicted when a trial blames a requirement that the fault is said to break;
any other blame is a miss. A fifth of the faults, chosen by a hash of the name, is *held back*: the planning order does
not know it.

This page and [where it is weak](weaknesses.md), the data in [proof/matrix.json](proof/matrix.json), the picture and the
planning order in `src/app/plan/order.txt` are written by one command and checked by `cargo test` and CI; the figures in
[proof/ratchet.toml](proof/ratchet.toml) may only get better.

```
cargo tools matrix                       # every fault, until convicted; prints the time to the first finding
cargo tools matrix --full                # every trial against every fault; writes this page
cargo tools matrix --full --fault NAME   # one row of it, for a new fault
cargo tools matrix --full --trial NAME   # one column of it, for a new scenario
cargo tools matrix --check --sample 20   # what CI does
```
";

/// The whole page.
pub(crate) fn page(matrix: &Matrix, order: &[&str], survivors: &Survivors) -> String {
    let mut page = HEAD.to_owned();
    figures(&mut page, matrix, survivors);
    budget(&mut page, matrix, order);
    listed(&mut page, survivors);
    requirements(&mut page, matrix);
    checks(&mut page, matrix);
    faults(&mut page, matrix, order);
    page
}

fn figures(page: &mut String, matrix: &Matrix, survivors: &Survivors) {
    let of = |held: bool| -> Vec<&Row> {
        matrix.faults.iter().filter(|row| held_back(&row.fault) == held).collect()
    };
    let _ = write!(
        page,
        "\n## Figures\n\nProperty trials drew {} cases each, in place of the 256 of a default run; lists of boundary \
         and hostile bodies were sent whole.\n\n| | in view | held back |\n|---|---|---|\n",
        matrix.cases
    );
    let parts = [of(false), of(true)];
    let mut row = |what: &str, count: &dyn Fn(&[&Row]) -> String| {
        let _ = writeln!(page, "| {what} | {} | {} |", count(&parts[0]), count(&parts[1]));
    };
    row("faults", &|rows| rows.len().to_string());
    row("convicted with the right blame", &|rows| share(rows, |row| row.primary().is_some()));
    row("of those that are not equivalent to a right server", &|rows| {
        let real: Vec<&Row> =
            rows.iter().copied().filter(|row| !survivors.is_equivalent(&row.fault)).collect();
        share(&real, |row| row.primary().is_some())
    });
    row("of the requirement named first", &|rows| {
        share(rows, |row| row.primary().is_some() && row.primary() == row.breaks.first().copied())
    });
    row("by two trials or more", &|rows| share(rows, |row| row.convicting().len() > 1));
    row("some trial fails with wrong blame only", &|rows| share(rows, |row| !row.misled.is_empty()));
    let (idle, measured) = (idle_trials(matrix), matrix.trials.iter().filter(|trial| trial.measured).count());
    let _ = writeln!(
        page,
        "\n{measured} of {} trials were measured; {} of these convict nothing{}",
        matrix.trials.len(),
        idle.len(),
        named(&idle)
    );
}

fn share(rows: &[&Row], is: impl Fn(&Row) -> bool) -> String {
    let count = rows.iter().filter(|row| is(row)).count();
    format!("{count} ({:.1} %)", count as f64 * 100.0 / rows.len().max(1) as f64)
}

fn named(names: &[&str]) -> String {
    if names.is_empty() { ".".into() } else { format!(": `{}`.", names.join("`, `")) }
}

fn budget(page: &mut String, matrix: &Matrix, order: &[&str]) {
    page.push_str(
        "\n## By requests sent\n\nWhat a run with `--max-requests` convicts. Trials are planned by what they convict \
         per request (greedy set cover), and a budget cuts the end off. *Plain* faults show without waiting and \
         without overlapping requests.\n\n![Faults convicted by requests sent](proof/curve.svg)\n\n\
         | requests | in view | plain, in view | held back | plain, held back |\n|---|---|---|---|---|\n",
    );
    let cell = |budget: u64, of: &dyn Fn(&Row) -> bool| {
        let all = matrix.faults.iter().filter(|row| of(row)).count();
        let count = convicted(matrix, order, budget, of).len();
        format!("{count} of {all} ({} %)", count * 100 / all.max(1))
    };
    for budget in BUDGETS {
        let _ = writeln!(
            page,
            "| {budget} | {} | {} | {} | {} |",
            cell(budget, &|row| !held_back(&row.fault)),
            cell(budget, &|row| !held_back(&row.fault) && is_plain(matrix, row)),
            cell(budget, &|row| held_back(&row.fault)),
            cell(budget, &|row| held_back(&row.fault) && is_plain(matrix, row)),
        );
    }
}

fn listed(page: &mut String, survivors: &Survivors) {
    page.push_str("\n## Survivors\n\nFrom [proof/survivors.toml](proof/survivors.toml), which may only get shorter.\n\n");
    page.push_str("| fault | kind | reason |\n|---|---|---|\n");
    for survivor in &survivors.list {
        let _ = writeln!(page, "| `{}` | {} | {} |", survivor.fault, survivor.kind.word(), survivor.reason);
    }
}

fn requirements(page: &mut String, matrix: &Matrix) {
    page.push_str("\n## Requirements\n\nThe faults that are convicted of a requirement before any other.\n\n| requirement | faults |\n|---|---|\n");
    for (requirement, faults) in primaries(matrix) {
        let _ = writeln!(page, "| {requirement} | `{}` |", faults.join("`, `"));
    }
}

fn checks(page: &mut String, matrix: &Matrix) {
    let mut faults: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &matrix.faults {
        for check in &row.checks {
            faults.entry(check).or_default().insert(&row.fault);
        }
    }
    page.push_str("\n## Checks\n\n| check | convicts | for instance |\n|---|---|---|\n");
    for (check, faults) in faults {
        let some: Vec<&str> = faults.iter().take(3).copied().collect();
        let _ = writeln!(page, "| {check} | {} faults | `{}` |", faults.len(), some.join("`, `"));
    }
}

/// Trials named for each requirement of a fault, the first by the planning order.
const NAMED: usize = 2;

fn faults(page: &mut String, matrix: &Matrix, order: &[&str]) {
    page.push_str(
        "\n## Faults\n\nThe requirement blamed, by how many trials, and those that come first. *Stray* blame falls on \
         requirements that the fault is not said to break; *misled* trials have no other.\n\n\
         | fault | blamed | trials | stray | misled |\n|---|---|---|---|---|\n",
    );
    for row in &matrix.faults {
        let stray: Vec<String> =
            row.stray.iter().map(|(id, trials)| format!("{id} × {}", trials.len())).collect();
        let held = if held_back(&row.fault) { " (held back)" } else { "" };
        let blamed: Vec<_> = row.breaks.iter().filter_map(|id| Some((id, row.blamed.get(id)?))).collect();
        let ids: Vec<String> = blamed.iter().map(|(id, trials)| format!("{id} × {}", trials.len())).collect();
        let convicting = row.convicting();
        let first: Vec<String> = order
            .iter()
            .filter(|name| convicting.contains(*name))
            .take(NAMED)
            .map(|name| format!("`{name}`"))
            .collect();
        let _ = writeln!(
            page,
            "| `{}`{held} | {} | {} | {} | {} |",
            row.fault,
            if ids.is_empty() { "–".into() } else { ids.join(", ") },
            first.join(", "),
            stray.join(", "),
            if row.misled.is_empty() { String::new() } else { row.misled.len().to_string() },
        );
    }
}
