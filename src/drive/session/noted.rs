//! An exchange as the trial that made it needs it to go on.

use crate::exchange::{Answer, Payload};

/// An exchange as the trial needs it to go on: with real values.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The exchange's id in the history.
    pub id: usize,
    /// What came back.
    pub answer: Answer,
}

impl Noted {
    /// Whether a 2xx answer came.
    pub fn accepted(&self) -> bool {
        self.answer.response().is_some_and(crate::exchange::Response::is_success)
    }

    /// Whether it was neither accepted nor refused: it may have had its effect.
    pub fn is_open(&self) -> bool {
        !self.accepted() && !self.answer.response().is_some_and(crate::exchange::Response::is_refusal)
    }

    /// The answer's body.
    pub fn body(&self) -> &Payload {
        static NONE: Payload = Payload::Empty;
        self.answer.response().map_or(&NONE, |response| &response.body)
    }
}
