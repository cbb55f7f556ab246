//! The page of weaknesses: what is found by luck, late, by one witness only, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use otp_conformance::contract::{Contract, Level, Side};
use otp_conformance::emulator::Fault;

use super::Survivors;
use super::curve::convicted;
use super::data::{Matrix, Row};
use super::ratchet::idle_trials;

const HEAD: &str = "\
# Where this harness is weak

Written from the same data as [what convicts](proof.md), by the same command. A fault stands for the bugs that look like
it; where few trials see it, others like it will get away.
";

/// The last budget that the curve tells.
const LATE: u64 = 1_000;

/// The whole page.
pub(crate) fn page(matrix: &Matrix, order: &[&str], survivors: &Survivors) -> String {
    let mut page = HEAD.to_owned();
    escaped(&mut page, survivors);
    lone_witnesses(&mut page, matrix);
    late(&mut page, matrix, order);
    led_astray(&mut page, matrix);
    thin_requirements(&mut page, matrix);
    idle(&mut page, matrix);
    page.push_str(BEYOND);
    page
}

fn escaped(page: &mut String, survivors: &Survivors) {
    page.push_str("\n## Not convicted\n\n| fault | why |\n|---|---|\n");
    for survivor in &survivors.list {
        let _ = writeln!(page, "| `{}` | {}: {} |", survivor.fault, survivor.kind.word(), survivor.reason);
    }
}

fn lone_witnesses(page: &mut String, matrix: &Matrix) {
    let mut by_trial: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &matrix.faults {
        if let [only] = row.convicting().into_iter().collect::<Vec<_>>()[..] {
            by_trial.entry(only).or_default().push(&row.fault);
        }
    }
    let count: usize = by_trial.values().map(Vec::len).sum();
    let _ = writeln!(
        page,
        "\n## One witness\n\n{count} faults are convicted by a single trial. Leave it out, and they pass.\n\n\
         | trial | faults |\n|---|---|"
    );
    for (trial, faults) in by_trial {
        let _ = writeln!(page, "| `{trial}` | `{}` |", faults.join("`, `"));
    }
}

fn late(page: &mut String, matrix: &Matrix, order: &[&str]) {
    let early = convicted(matrix, order, LATE, |_| true);
    let late: Vec<&str> = matrix
        .faults
        .iter()
        .filter(|row| row.primary().is_some() && !early.contains(row.fault.as_str()))
        .map(|row| row.fault.as_str())
        .collect();
    let _ = writeln!(
        page,
        "\n## Late\n\n{} faults are convicted, but not by a run of {LATE} requests{}",
        late.len(),
        list(&late)
    );
}

fn led_astray(page: &mut String, matrix: &Matrix) {
    let mut rows: Vec<&Row> = matrix.faults.iter().filter(|row| !row.misled.is_empty()).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.misled.len()), &row.fault));
    let _ = writeln!(
        page,
        "\n## Blame beside the point\n\nUnder {} faults some trial fails and names only requirements that the fault is \
         not said to break: true of what was seen, and no help in finding the bug. The right blame stands beside it, in \
         other trials. The ten worst:\n\n| fault | such trials | trials with the right blame | blamed beside the point |\n\
         |---|---|---|---|",
        rows.len()
    );
    for row in rows.iter().take(10) {
        let stray: Vec<String> = row.stray.keys().map(ToString::to_string).collect();
        let (misled, right) = (row.misled.len(), row.convicting().len());
        let _ = writeln!(page, "| `{}` | {misled} | {right} | {} |", row.fault, stray.join(", "));
    }
}

/// Requirements of the server that rest on little.
fn thin_requirements(page: &mut String, matrix: &Matrix) {
    let Ok(contract) = Contract::embedded() else { return };
    let named: BTreeSet<&str> = Fault::ALL.iter().flat_map(|fault| fault.breaks()).copied().collect();
    let mut thin = Vec::new();
    let mut none = Vec::new();
    for one in contract.requirements().iter().filter(|one| one.side == Side::Server && one.level > Level::May)
    {
        let trials: BTreeSet<&str> = matrix
            .faults
            .iter()
            .filter_map(|row| row.blamed.get(&one.id))
            .flatten()
            .map(String::as_str)
            .collect();
        match trials.len() {
            0 => {
                let but = if named.contains(one.id.to_string().as_str()) {
                    ", although a fault breaks it"
                } else {
                    ""
                };
                none.push(format!("{}{but}", one.id));
            }
            1 => thin.push((one.id, trials)),
            _ => {}
        }
    }
    let none: Vec<&str> = none.iter().map(String::as_str).collect();
    let _ = writeln!(
        page,
        "\n## Requirements that rest on little\n\nOf the server's MUST and SHOULD, {} are blamed by one trial only, \
         whatever the fault:\n\n| requirement | trial |\n|---|---|",
        thin.len()
    );
    for (id, trials) in thin {
        let _ = writeln!(page, "| {id} | `{}` |", trials.into_iter().collect::<String>());
    }
    let _ =
        writeln!(page, "\nBlamed by none, since no fault shows what breaking them looks like{}", list(&none));
}

fn idle(page: &mut String, matrix: &Matrix) {
    let idle = idle_trials(matrix);
    let _ = writeln!(page, "\n## Trials that convict nothing\n\n{} trials{}", idle.len(), list(&idle));
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { ".".to_owned() } else { format!(": `{}`.", names.join("`, `")) }
}

/// What no measurement against our own emulator can show.
const BEYOND: &str = "
## What no figure here shows

- Every fault was thought of by an author. Bugs that no author thought of are found by the model and the schemas, or not;
  the fifth that is held back measures that as well as an own catalogue can.
- All of it was measured against one server, in one process, on one machine: no fault of a proxy, a cluster or a clock
  between two machines is among them, unless a fault imitates it.
- Where codes do not reach us (`--codes none`), or a target cannot be asked for what a trial needs, trials are
  unsupported by name, and what they alone would convict gets away.
- Kinds that were tried on another server and that no trial asks for: filters of a search that are not read, a status that
  stays `invited` after a login, an ID that is sent empty beside the other one, `failOnConflict` where a number is updated.
  No requirement speaks of them.
- What the documentation leaves open is observed, never judged: a server may be wrong there in its owner's eyes.
";
