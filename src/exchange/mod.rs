//! What was sent, seen and delivered.
//!
//! A [`History`] is the treaty between driving and judging: it is symbolic, so that codes, tokens, numbers and keys
//! stand in it under stable names (`<code:A2>`, `<session:1>`, `<phone:A>`) and never by value. What a judge must
//! still know of a hidden value was written down as a [`Fact`] when it was seen. A history can therefore be stored,
//! shown and judged again as it is.

mod bearer;
mod expected;
mod fact;
mod foreign;
mod form;
mod grammar;
mod history;
mod layers;
mod learn;
mod lookup;
mod message;
mod redact;
mod redactor;
mod repeated;
mod shown;
mod standin;
mod symbolic;
mod time;
mod told;
mod vault;
mod words;

pub use bearer::Bearer;
pub use expected::{Expected, Matcher, Place, Seen};
pub use fact::{Disguise, Fact, Signature, TokenFact, Trick};
pub use foreign::conceal;
pub(crate) use grammar::is_json;
pub use history::{Assumptions, Capture, ClockMove, Delivery, Event, Exchange, History};
pub use lookup::Lookup;
pub use message::{Answer, Loss, Payload, Request, Response};
pub use redactor::Redactor;
pub(crate) use repeated::repeats_a_member;
pub(crate) use standin::base_of;
pub use standin::{Kind, StandIn};
pub use symbolic::{Observed, symbolize};
pub use time::Micros;
pub use told::Told;
pub use vault::Vault;
