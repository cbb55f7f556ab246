//! What was sent, seen and delivered.
//!
//! A [`History`] is the treaty between driving and judging: it is symbolic, so that codes, tokens, numbers and keys
//! stand in it under stable names (`<code:A2>`, `<session:1>`, `<phone:A>`) and never by value. What a judge must
//! still know of a hidden value was written down as a [`Fact`] when it was seen. A history can therefore be stored,
//! shown and judged again as it is.

mod bearer;
mod blank;
mod client_result;
mod client_traffic;
mod digits;
mod expected;
mod fact;
mod form;
mod grammar;
mod handed_out;
mod history;
mod json;
mod layers;
mod learn;
mod lookup;
mod message;
mod placeholder;
mod pseudonyms;
mod redact;
mod redactor;
mod repeated;
mod shown;
mod symbolic;
mod time;
mod words;

pub use bearer::PresentedBearer;
pub(crate) use blank::says_nothing;
pub use client_result::ClientResult;
pub use client_traffic::conceal;
pub(crate) use digits::as_typed;
pub use expected::{Expected, Matcher, Place, Seen};
pub use fact::{Encoding, Fact, Signature, TokenFact, TokenTampering};
pub(crate) use grammar::is_json;
pub use history::{Assumptions, Capture, ClockMove, Delivery, Event, Exchange, History};
pub(crate) use json::read_json;
pub use lookup::Lookup;
pub use message::{Answer, Loss, Payload, Request, Response};
pub(crate) use placeholder::base_of;
pub use placeholder::{Placeholder, SecretKind};
pub use pseudonyms::Pseudonyms;
pub use redactor::Redactor;
pub(crate) use repeated::repeats_a_member;
pub use symbolic::{RawHistory, symbolize};
pub use time::Micros;
