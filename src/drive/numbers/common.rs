//! The numbers that are for anybody: stretches of one pool that no two users of a run share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which stretch of shared numbers a user's number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The one that the run goes along.
    Here,
    /// Another, drawn apart from it. What convicts is played again with these: a run beside this one that goes along the same
    /// stretch at the same pace would disturb the same case twice.
    Elsewhere,
}

/// After so many places a run stays where it is. Users who seem to have just come are everywhere then: the target's
/// clock was moved, or an earlier run has left its users.
const MOST_PLACES: u64 = 32;

/// Indices of a pool, each given out once before one comes again, from places that can be left.
#[derive(Debug)]
pub(super) struct Common {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The next index of each stretch.
    places: [usize; 2],
    given: Vec<bool>,
    left: usize,
    wrapped: bool,
    /// So many places were drawn.
    drawn: u64,
}

impl Common {
    /// So many indices, from two places that the seed decides.
    pub(super) fn new(count: usize, seed: u64) -> Common {
        let common = Common { seed, state: Mutex::new(State::at(count)) };
        for reach in [Reach::Here, Reach::Elsewhere] {
            common.draw(reach);
        }
        common
    }

    pub(super) fn count(&self) -> usize {
        self.state().given.len()
    }

    pub(super) fn wrapped(&self) -> bool {
        self.state().wrapped
    }

    /// The next index that was not given out; any, when all were.
    pub(super) fn next(&self, reach: Reach) -> usize {
        let mut state = self.state();
        let place = reach as usize;
        let count = state.given.len();
        if state.left == 0 {
            state.given.fill(false);
            (state.left, state.wrapped) = (count, true);
        }
        let mut index = state.places[place];
        while state.given[index] {
            index = (index + 1) % count;
        }
        state.given[index] = true;
        state.left -= 1;
        state.places[place] = (index + 1) % count;
        index
    }

    /// Goes on from another place, if not too many were left already.
    pub(super) fn leave(&self) -> bool {
        let leaves = self.state().drawn < MOST_PLACES;
        if leaves {
            self.draw(Reach::Here);
        }
        leaves
    }

    fn draw(&self, reach: Reach) {
        let mut state = self.state();
        state.drawn += 1;
        let place = mix(self.seed ^ state.drawn) >> 16;
        state.places[reach as usize] = place as usize % state.given.len();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn at(count: usize) -> State {
        State { places: [0; 2], given: vec![false; count], left: count, wrapped: false, drawn: 0 }
    }
}

/// Neighbouring namespaces (1, 2, 3 …) begin far apart: the finalizer of SplitMix64.
pub(super) fn mix(namespace: u64) -> u64 {
    let mut z = namespace.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_place_gives_what_another_gave() {
        let common = Common::new(1000, 7);
        let mut given = BTreeSet::new();
        for nth in 0..1000 {
            let reach = if nth % 3 == 0 { Reach::Elsewhere } else { Reach::Here };
            assert!(given.insert(common.next(reach)) && !common.wrapped());
            if nth % 50 == 0 {
                common.leave();
            }
        }
        common.next(Reach::Here);
        assert!(common.wrapped());
    }

    #[test]
    fn runs_of_one_place_part_when_they_leave_it() {
        let (one, other) = (Common::new(20_000, 1), Common::new(20_000, 2));
        one.state().places[0] = 77;
        other.state().places[0] = 77;
        assert_eq!(one.next(Reach::Here), other.next(Reach::Here));
        let apart = |reach| one.next(reach).abs_diff(other.next(reach)) > 100;
        assert!(apart(Reach::Elsewhere));
        one.leave();
        assert!(apart(Reach::Here));
    }
}
