//! A client under test as hostile cases see it: it is asked to call, and says what came of it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;

/// What a client returned to its caller.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientReply {
    /// An object with `ok` or `error`.
    Answer(Value),
    /// Nothing within the limit.
    Nothing,
    /// It has no such call.
    Unsupported,
    /// The driver does not keep to the protocol: our user's input is wrong.
    Broken(String),
}

/// A client under test: something that can be asked to call.
pub trait Client: Send {
    /// Makes one call and says what came of it.
    fn call<'a>(
        &'a mut self,
        call: &'a str,
        given: &'a Value,
        limit: Duration,
    ) -> Pin<Box<dyn Future<Output = ClientReply> + Send + 'a>>;
}

/// A driver that cannot be used. Our user's input.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The program cannot be started.
    #[error("the driver {name}: {error}")]
    Start {
        /// The program.
        name: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// It was started, and cannot be spoken to.
    #[error("the driver has no pipes")]
    NoPipes,
}
