//! The unit of every time in a history.

/// Microseconds on our own monotonic clock since the trial began.
pub type Micros = u64;
