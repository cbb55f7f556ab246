//! Each trial's own seed, so that order, filter and shard do not change its data.

use ring::digest::{SHA256, digest};

use super::kind::former_name;

/// The seed of a trial: the first eight bytes of SHA-256 over the run's seed and the trial's name; the
/// one it had first, so that a seed in a file finds the same bodies again.
pub fn derive_seed(run: u64, name: &str) -> u64 {
    let first = former_name(name);
    let name = first.as_deref().unwrap_or(name);
    let hash = digest(&SHA256, format!("{run}/{name}").as_bytes());
    hash.as_ref().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

/// A generator of numbers for choices that need no shrinking. SplitMix64: small, well mixed, the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_depends_on_run_and_name_alone() {
        assert_eq!(derive_seed(7, "a"), derive_seed(7, "a"));
        assert_ne!(derive_seed(7, "a"), derive_seed(8, "a"));
        assert_ne!(derive_seed(7, "a"), derive_seed(7, "b"));
        assert_eq!(derive_seed(7, "property::me::valid"), derive_seed(7, "shape::me::valid"));
    }
}
