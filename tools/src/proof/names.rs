//! What is chosen by name alone: the part that is held back, and samples.

#![allow(dead_code, reason = "each of the programs that include this file uses a part of it")]

use ring::digest::{SHA256, digest};

/// A number that belongs to a name and to nothing else.
fn hash(name: &str) -> u64 {
    let hash = digest(&SHA256, name.as_bytes());
    hash.as_ref().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Whether a fault or variant is one of the fifth that nothing is tuned to: the planning order does not see it, and
/// its figures are told apart.
pub(crate) fn held_back(name: &str) -> bool {
    hash(name).is_multiple_of(5)
}

/// So many of a list, by hash of their names: the same each time, wherever they stand.
pub(crate) fn sample<T: Copy + ToString>(all: &[T], count: usize) -> Vec<T> {
    let mut ranked: Vec<(u64, T)> = all.iter().map(|one| (hash(&one.to_string()), *one)).collect();
    ranked.sort_by_key(|(hash, _)| *hash);
    ranked.into_iter().take(count).map(|(_, one)| one).collect()
}
