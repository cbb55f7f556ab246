//! The target's clock: moved for a trial, or past the time in which lent numbers must rest.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Target;
use crate::drive::ControlError;
use crate::drive::shared::REST;

impl Target {
    /// Whether the clock can be moved.
    pub fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// Whether we moved the clock.
    pub(in crate::drive) fn was_moved(&self) -> bool {
        self.moved.load(Ordering::Relaxed)
    }

    /// Moves the target's clock.
    ///
    /// # Errors
    /// There is no clock to move, or it did not move.
    pub(in crate::drive) async fn advance(&self, by: Duration) -> Result<(), ControlError> {
        match &self.clock {
            Some(clock) => {
                let (url, body) = clock.request(by);
                self.moved.store(true, Ordering::Relaxed);
                self.post(&url, body).await
            }
            None => Err(ControlError::NoClock),
        }
    }

    /// Moves the target's clock outside every trial.
    ///
    /// # Errors
    /// There is no clock to move, or it did not move.
    pub async fn move_clock(&self, by: Duration) -> Result<(), ControlError> {
        self.advance(by).await
    }

    /// Whether so many numbers were lent to [sharing](crate::drive::Session::sharing) sessions that it is time for
    /// [`rest`](Target::rest).
    pub fn is_tired(&self) -> bool {
        self.shared.are_tired()
    }

    /// Moves the clock past the minute in which servers cap the messages to a number, or past `window` if that is
    /// longer: numbers that were lent come again. No other trial may use the target.
    ///
    /// # Errors
    /// There is no clock to move, or it did not move.
    pub async fn rest(&self, window: Duration) -> Result<(), ControlError> {
        self.advance(window.max(REST) + Duration::from_secs(1)).await?;
        self.shared.have_rested();
        Ok(())
    }
}
