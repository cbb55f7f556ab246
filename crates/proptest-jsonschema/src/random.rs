//! The choices that drawing makes. Every random bit comes from proptest's runner, so that its seeds replay our values.

use proptest::{prelude::Rng as _, test_runner::TestRunner};

pub(crate) trait Random {
    /// 64 random bits.
    fn bits(&mut self) -> u64;

    /// 32 random bits, for half the price.
    fn few_bits(&mut self) -> u32;

    /// A number below `bound`; zero when `bound` is zero.
    fn below(&mut self, bound: usize) -> usize {
        match u16::try_from(bound) {
            Ok(small) => ((u64::from(self.few_bits()) * u64::from(small)) >> 32) as usize,
            Err(_) => ((u128::from(self.bits()) * bound as u128) >> 64) as usize,
        }
    }

    /// A number from `low` to `high`, both included.
    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// As [`Random::between`], for the range of every JSON integer.
    fn between_wide(&mut self, low: i128, high: i128) -> i128 {
        let span = (high - low) as u128 + 1;
        match u64::try_from(span) {
            Ok(span) => low + ((u128::from(self.bits()) * u128::from(span)) >> 64) as i128,
            Err(_) => {
                let wide = (u128::from(self.bits()) << 64) | u128::from(self.bits());
                low + (wide % span) as i128
            }
        }
    }

    /// True once in `times`.
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of the choices, of which there has to be one.
    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// A real number in `[0, 1)`.
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl Random for TestRunner {
    fn bits(&mut self) -> u64 {
        self.rng().next_u64()
    }

    fn few_bits(&mut self) -> u32 {
        self.rng().next_u32()
    }
}
