//! All that one trial observed, in the order it happened.
//!
//! `drive::Session` makes a history while it sends, `proxy` one for each client and server that it connects, and
//! `app::evidence` reads those of recordings. `judge` and `model` read them, and `report` shows them; none of these asks who
//! made one.

use serde::{Deserialize, Serialize};

use super::{Answer, ClientResult, Expected, Fact, Micros, Request};
use crate::contract::{DeliveryMethod, OperationId};

/// One request, its answer or none, and when it was sent and received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Position among the exchanges of the history, from 1; what a report calls "exchange 3".
    pub id: usize,
    /// The operation asked for; `None` where method and path are no operation of the contract.
    pub operation: Option<OperationId>,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub answer: Answer,
    /// When the first byte was about to be sent.
    pub call: Micros,
    /// When the answer was complete, or given up.
    pub ret: Micros,
    /// What was known of hidden values when they were seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
}

impl Exchange {
    /// Whether both were under way at some moment; none overlaps itself.
    pub fn overlaps(&self, other: &Exchange) -> bool {
        self.id != other.id && self.call < other.ret && other.call < self.ret
    }
}

/// A one-time code that reached its recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The recipient's stand-in.
    pub to: String,
    /// The code's stand-in.
    pub code: String,
    /// Text of the message, hidden values replaced; `None` where the source shows only codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many others it went to.
    #[serde(default, skip_serializing_if = "is_none")]
    pub others: usize,
    /// The method that it came by, where the source says so: one number is reached by several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<DeliveryMethod>,
    /// The exchange that caused it, where sends to this recipient did not overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_by: Option<usize>,
    /// When we saw it.
    pub at: Micros,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(others: &usize) -> bool {
    *others == 0
}

/// The target's clock was moved forward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockMove {
    /// By how much.
    pub by: Micros,
    /// When, on our clock.
    pub at: Micros,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A request and its answer.
    Exchange(Box<Exchange>),
    /// A message arrived.
    Delivery(Delivery),
    /// Time was moved.
    Clock(ClockMove),
}

impl Event {
    /// What events are put in order by: when it began, and what came of requests of the same moment behind them.
    pub fn moment(&self) -> (Micros, usize) {
        match self {
            Event::Exchange(exchange) => (exchange.call, exchange.id),
            Event::Delivery(delivery) => (delivery.at, usize::MAX),
            Event::Clock(step) => (step.at, usize::MAX),
        }
    }
}

/// How one-time codes become visible to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capture {
    /// Every message, as it is delivered.
    EachMessage,
    /// Only the newest message of a recipient can be asked for.
    LatestOnly,
    /// Only codes generated for test users.
    Generated,
    /// None.
    #[default]
    Nothing,
}

/// What the profile says of the target, as far as judging needs it. `None` is unknown, and then every value the
/// documents allow is believed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assumptions {
    /// How codes become visible.
    pub capture: Capture,
    /// Whether the numbers handed out were never used at this target before.
    pub fresh_numbers: bool,
    /// Lifetime of a code, in seconds.
    pub code_ttl_s: Option<u64>,
    /// Wrong guesses a code survives: the N-th locks it.
    pub max_attempts: Option<u32>,
    /// Messages per recipient and window.
    pub resend_limit: Option<u32>,
    /// There is no such limit: every accepted send sends its message.
    pub no_resend_limit: bool,
    /// That window, in seconds.
    pub resend_window_s: Option<u64>,
    /// Whether refresh replaces the refresh token.
    pub rotation: Option<bool>,
    /// Test users the plan allows.
    pub test_user_limit: Option<u32>,
    /// The target was seen to answer overlapping requests of several users with 5xx: where it does so to requests of one
    /// user, it does that again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fails_under_load: bool,
}

/// All that one trial observed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// What may be assumed of the target.
    #[serde(default)]
    pub assumptions: Assumptions,
    /// What happened, by time of call.
    pub events: Vec<Event>,
    /// What the author of the case says must be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<Expected>,
    /// The first exchange of the epilogue: those from here on were made because the model said that their answers were
    /// still promised, and not by the author of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epilogue: Option<usize>,
    /// What a client under test returned to its caller; empty where the client is ours.
    #[serde(default, rename = "told", skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ClientResult>,
}

impl History {
    /// The exchanges, in order of their calls.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.events.iter().filter_map(|event| match event {
            Event::Exchange(exchange) => Some(exchange.as_ref()),
            _ => None,
        })
    }

    /// The deliveries, in the order seen.
    pub fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.events.iter().filter_map(|event| match event {
            Event::Delivery(delivery) => Some(delivery),
            _ => None,
        })
    }

    /// The part that the author of the case wrote.
    #[must_use]
    pub fn without_epilogue(&self) -> History {
        let Some(first) = self.epilogue else { return self.clone() };
        let end = self.exchanges().find(|exchange| exchange.id >= first).map_or(Micros::MAX, |e| e.call);
        let written = |event: &&Event| match event {
            Event::Exchange(exchange) => exchange.id < first,
            Event::Delivery(delivery) => delivery.at < end,
            Event::Clock(step) => step.at < end,
        };
        History { events: self.events.iter().filter(written).cloned().collect(), ..self.clone() }
    }

    /// The exchange with that id.
    pub fn exchange(&self, id: usize) -> Option<&Exchange> {
        self.exchanges().find(|exchange| exchange.id == id)
    }

    /// How far the target's clock was moved before this moment.
    pub fn moved_before(&self, at: Micros) -> Micros {
        let moves = self.events.iter().filter_map(|event| match event {
            Event::Clock(step) if step.at <= at => Some(step.by),
            _ => None,
        });
        moves.sum()
    }
}
