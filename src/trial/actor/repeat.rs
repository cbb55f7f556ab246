//! How often a step is taken.

use crate::exchange::Assumptions;
use crate::suite::Repeat;

/// How often something is asked that is asked until it is refused.
pub(in crate::trial) const UNTIL_REFUSED: u32 = 12;

/// More than any limit allows.
const BEYOND: u32 = 100;

/// Whether that is so often that a limit is reached, whatever client asks. One that is still to be found is looked for by
/// one client: what others are allowed is compared with it.
pub(super) fn reaches_limit(repeat: Repeat) -> bool {
    match repeat {
        Repeat::MaxAttempts | Repeat::ResendLimit => true,
        Repeat::Times(times) => times > BEYOND,
        Repeat::TestUserLimit | Repeat::UntilRefused => false,
    }
}

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
