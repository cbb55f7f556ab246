//! The page of acquittals, and the list of variants that leave something open.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Deserialize;

use super::combinations::either_or;
use super::runs::CombinationRun;
use crate::path;
use crate::proof::held_back;

const LIST: &str = "docs/measurements/proof/doubtful.toml";
const PAGE: &str = "docs/measurements/acquittal.md";

/// Variants under which a run may end inconclusive, each with its reason.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Doubtful {
    #[serde(default, rename = "variant")]
    list: Vec<Reason>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    name: String,
    reason: String,
}

impl Doubtful {
    /// # Errors
    /// The list is not there or not well formed.
    pub(crate) fn read() -> anyhow::Result<Doubtful> {
        let text = std::fs::read_to_string(path(LIST)).context(LIST)?;
        toml::from_str(&text).context(LIST)
    }

    /// Whether the list has this variant.
    pub(crate) fn explains(&self, variant: &str) -> bool {
        self.list.iter().any(|known| known.name == variant)
    }
}

const HEAD: &str = "\
# Who is acquitted

Each variant of the embedded emulator (`--variant NAME`) is a legitimate difference: a server that has it breaks
nothing. Every variant met a whole run alone, and random fives of them met the rest; no run may end in a violation. A
fifth of the variants, chosen by a hash of the name, is *held back*: nothing was tuned while looking at them.

```
cargo tools false-positives                 # writes this page
cargo tools false-positives --sample 20     # a part of it
```

Recorded histories of right servers that are no emulator at all are judged by `cargo test --release --test histories`:
10,000 random walks of random legal policies, calls that overlap and answers that get lost among them, without a finding.
";

/// Writes the page.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(ran: &[CombinationRun], known: &Doubtful) -> anyhow::Result<()> {
    std::fs::write(path(PAGE), page(ran, known)).context(PAGE)
}

fn page(ran: &[CombinationRun], known: &Doubtful) -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n## Figures\n\n| | runs | falsely accused | inconclusive | trials | requests |\n|---|---|---|---|---|---|\n");
    let held =
        |one: &&CombinationRun| one.combination.variants.iter().any(|variant| held_back(variant.name()));
    let lone = |one: &&CombinationRun| one.combination.variants.len() == 1;
    let parts: [(&str, Vec<&CombinationRun>); 4] = [
        ("alone", ran.iter().filter(|one| lone(one) && !held(one)).collect()),
        ("alone, held back", ran.iter().filter(|one| lone(one) && held(one)).collect()),
        ("fives", ran.iter().filter(|one| !lone(one) && !held(one)).collect()),
        ("fives with one that is held back", ran.iter().filter(|one| !lone(one) && held(one)).collect()),
    ];
    for (what, part) in &parts {
        let accused = part.iter().filter(|one| !one.accusations.is_empty()).count();
        let doubtful = part.iter().filter(|one| !one.doubts.is_empty()).count();
        let trials: usize = part.iter().map(|one| one.trials).sum();
        let requests: u64 = part.iter().map(|one| one.requests).sum();
        let _ =
            writeln!(page, "| {what} | {} | {accused} | {doubtful} | {trials} | {requests} |", part.len());
    }
    doubtful(&mut page, ran, known);
    page.push_str("\n## Never together\n\nNo server answers one question in two ways.\n\n| question | variants |\n|---|---|\n");
    for (question, group) in either_or() {
        let _ = writeln!(page, "| {question} | `{}` |", group.join("`, `"));
    }
    page
}

fn doubtful(page: &mut String, ran: &[CombinationRun], known: &Doubtful) {
    page.push_str(
        "\n## Inconclusive\n\nVariants that keep something from being told when they are alone. The list is \
         [proof/doubtful.toml](proof/doubtful.toml); a doubt under any other variant fails the command.\n\n\
         | variant | reason | trials |\n|---|---|---|\n",
    );
    let mut trials: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in ran.iter().filter(|one| one.combination.variants.len() == 1) {
        trials
            .entry(one.combination.variants[0].name())
            .or_default()
            .extend(one.doubts.iter().map(|(trial, _)| trial.as_str()));
    }
    for known in &known.list {
        let trials = trials.get(known.name.as_str()).map(|trials| trials.iter().copied().collect::<Vec<_>>());
        let trials = trials
            .filter(|trials| !trials.is_empty())
            .map_or("–".into(), |trials| format!("`{}`", trials.join("`, `")));
        let _ = writeln!(page, "| `{}` | {} | {trials} |", known.name, known.reason);
    }
}
