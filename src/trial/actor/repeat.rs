//! How often a step is taken.

use crate::exchange::Assumptions;
use crate::suite::Repeat;

/// How often something is asked that is asked until it is refused.
pub(in crate::trial) const UNTIL_REFUSED: u32 = 12;

/// How often that is at a target of which this is known.
pub(in crate::trial) fn times(repeat: Repeat, assumptions: &Assumptions) -> u32 {
    let limit = match repeat {
        Repeat::Times(times) => return times,
        Repeat::MaxAttempts => assumptions.max_attempts,
        Repeat::ResendLimit => assumptions.resend_limit,
        Repeat::TestUserLimit => assumptions.test_user_limit,
        Repeat::UntilRefused => Some(UNTIL_REFUSED),
    };
    limit.unwrap_or(1)
}
