//! What a budget of requests convicts, as numbers and as a picture.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::data::{Matrix, Row};

/// The budgets that are told.
pub(crate) const BUDGETS: [u64; 5] = [25, 50, 100, 250, 1_000];

/// The trials that a run with `--max-requests` of this budget plans: from the front, whatever still fits.
pub(crate) fn within<'o>(matrix: &Matrix, order: &[&'o str], budget: u64) -> BTreeSet<&'o str> {
    let mut spent = 0;
    let fits = |name: &&&str| {
        let cost = matrix.trial(name).map_or(u64::MAX, |trial| trial.requests);
        let fits = cost <= budget - spent;
        spent += if fits { cost } else { 0 };
        fits
    };
    order.iter().filter(fits).copied().collect()
}

/// The faults, of those that `of` picks, that such a run convicts.
pub(crate) fn convicted<'m>(
    matrix: &'m Matrix,
    order: &[&str],
    budget: u64,
    of: impl Fn(&Row) -> bool,
) -> BTreeSet<&'m str> {
    let planned = within(matrix, order, budget);
    let seen = |row: &&Row| row.convicting().iter().any(|trial| planned.contains(trial));
    matrix.faults.iter().filter(|row| of(row)).filter(seen).map(|row| row.fault.as_str()).collect()
}

/// Whether a fault shows without waiting and without overlapping requests.
pub(crate) fn is_plain(matrix: &Matrix, row: &Row) -> bool {
    row.convicting().iter().any(|trial| matrix.trial(trial).is_some_and(|trial| trial.plain))
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const MARGIN: f64 = 48.0;
/// The picture ends where the table does.
const END: u64 = 1_000;

/// A line that rises: faults convicted, in percent of those that are ever convicted, by requests sent. The scale of
/// requests is logarithmic, since the first hundred count most.
pub(crate) fn svg(matrix: &Matrix, order: &[&str]) -> String {
    let all = matrix.faults.iter().filter(|row| row.primary().is_some()).count().max(1);
    let across = |requests: u64| {
        let share = ((requests.max(10) as f64) / 10.0).log10() / ((END as f64) / 10.0).log10();
        MARGIN + share * (WIDTH - 2.0 * MARGIN)
    };
    let down = |count: usize| HEIGHT - MARGIN - count as f64 / all as f64 * (HEIGHT - 2.0 * MARGIN);
    let mut line = String::new();
    let mut budget = 10;
    while budget <= END {
        let count = convicted(matrix, order, budget, |_| true).len();
        let _ = write!(line, "{:.1},{:.1} ", across(budget), down(count));
        budget += (budget / 20).max(1);
    }
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<title>Faults convicted by requests sent</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    for percent in [0, 25, 50, 75, 100] {
        let y = down(all * percent / 100);
        let (from, to) = (MARGIN, WIDTH - MARGIN);
        let _ = writeln!(svg, "<path d=\"M{from} {y:.1}H{to}\" stroke=\"#ddd\"/>");
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
            from - 6.0,
            y + 4.0
        );
    }
    for budget in BUDGETS {
        let (x, y) = (across(budget), HEIGHT - MARGIN);
        let _ = writeln!(svg, "<path d=\"M{x:.1} {MARGIN}V{y}\" stroke=\"#eee\"/>");
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{budget}</text>", y + 16.0);
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">requests sent</text>",
        WIDTH / 2.0,
        HEIGHT - 12.0
    );
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#06c\" stroke-width=\"2\"/>",
        line.trim_end()
    );
    svg.push_str("</svg>\n");
    svg
}
