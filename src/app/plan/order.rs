//! What is planned first: the order of trials by what they convict per request, measured by `cargo tools matrix`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A trial's name on each line.
const ORDER: &str = include_str!("order.txt");

static RANKS: LazyLock<HashMap<&'static str, usize>> =
    LazyLock::new(|| ORDER.lines().enumerate().map(|(at, name)| (name, at)).collect());

/// The place of a trial in the order; trials that were never measured come last, among themselves as they are.
pub(super) fn rank(name: &str) -> usize {
    RANKS.get(name).copied().unwrap_or(usize::MAX)
}
