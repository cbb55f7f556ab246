//! Rows that one exchange shows: much that is broken is often one bug, and one look at it is enough.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::findings::{FindingRow, shown_in};
use crate::exchange::Exchange;
use crate::judge::Finding;
use crate::trial::TrialReport;

type Evidence<'a> = (&'a TrialReport, &'a Finding);

/// A row and all its evidence, each piece under the number of what it shows.
type Row<'a> = (FindingRow<'a>, BTreeMap<usize, Evidence<'a>>);

/// The rows, those that one exchange shows together; the first of each group in the order of the rows. Of evidence that is
/// equally small that is taken which shows most rows, and among equals that of the fewest requests.
pub(super) fn together(rows: Vec<FindingRow<'_>>) -> Vec<Vec<FindingRow<'_>>> {
    let order: Vec<_> = rows.iter().map(|row| row.requirement).collect();
    let mut left = numbered(rows);
    let mut groups = Vec::new();
    while let Some(best) = best(&left) {
        let (shown, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(_, evidence)| evidence.contains_key(&best));
        groups.push(Vec::from_iter(shown.into_iter().map(|(row, evidence)| {
            let (trial, finding) = evidence[&best];
            FindingRow { trial, finding, ..row }
        })));
        left = others;
    }
    groups.sort_by_key(|group: &Vec<FindingRow<'_>>| order.iter().position(|id| *id == group[0].requirement));
    groups
}

/// The exchange of a finding that says most: the last one of the operation whose answer shows it, else the last.
pub(super) fn shows<'a>(finding: &Finding, trial: &'a TrialReport) -> Option<&'a Exchange> {
    let history = shown_in(finding, trial)?;
    let all = || finding.exchanges.iter().rev().filter_map(|id| history.exchange(*id));
    all().find(|exchange| exchange.operation == finding.operation).or_else(|| all().next())
}

/// Each exchange under a number of its own, in the order in which they come; what no exchange shows too.
fn numbered(rows: Vec<FindingRow<'_>>) -> Vec<Row<'_>> {
    let (mut numbers, mut all): (BTreeMap<usize, usize>, _) = (BTreeMap::new(), Vec::new());
    for row in rows {
        let mut evidence = BTreeMap::new();
        for (trial, finding) in &row.as_small {
            let place = match shows(finding, trial) {
                Some(exchange) => std::ptr::from_ref(exchange).addr(),
                None => std::ptr::from_ref(*finding).addr(),
            };
            let next = numbers.len();
            evidence.entry(*numbers.entry(place).or_insert(next)).or_insert((*trial, *finding));
        }
        all.push((row, evidence));
    }
    all
}

fn best(rows: &[Row<'_>]) -> Option<usize> {
    let mut all: BTreeMap<usize, (usize, u64)> = BTreeMap::new();
    for (number, (trial, _)) in rows.iter().flat_map(|(_, evidence)| evidence) {
        all.entry(*number).or_insert((0, trial.requests)).0 += 1;
    }
    let best =
        all.into_iter().min_by_key(|(number, (shown, requests))| (Reverse(*shown), *requests, *number));
    best.map(|(number, _)| number)
}
