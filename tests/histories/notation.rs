//! Reads a recording in the notation of `README.md`: lines and times here, the words of a line in `words`.

use otp_conformance::contract::{Contract, OperationId, RequirementId};
use otp_conformance::exchange::{
    Assumptions, Capture, ClockMove, Delivery, Event, Exchange, Expected, History, Micros, Place, Seen,
};

use super::words::{self, Tokens};

/// A history, and what must be said of it.
#[derive(Default)]
pub(crate) struct Recording {
    pub(crate) history: History,
    /// `conforms`, `violates` or `inconclusive`.
    pub(crate) due: String,
    /// Requirements, or the kind of doubt.
    pub(crate) of: Vec<String>,
    /// Broken SHOULDs.
    pub(crate) warns: Vec<String>,
}

/// Microseconds in a millisecond.
const MS: Micros = 1_000;

/// Reads a whole file; panics with the line at fault.
pub(crate) fn read(contract: &Contract, text: &str) -> Recording {
    let mut reader =
        Reader { contract, recording: Recording::default(), now: 0, exchanges: 0, tokens: Tokens::default() };
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        assert!(reader.line(line).is_some(), "line {}: cannot read {line:?}", number + 1);
    }
    reader.recording.history.events.sort_by_key(moment);
    reader.recording
}

fn moment(event: &Event) -> (Micros, usize) {
    match event {
        Event::Exchange(exchange) => (exchange.call, exchange.id),
        Event::Delivery(delivery) => (delivery.at, usize::MAX),
        Event::Clock(step) => (step.at, usize::MAX),
    }
}

struct Reader<'c> {
    contract: &'c Contract,
    recording: Recording,
    now: Micros,
    exchanges: usize,
    tokens: Tokens,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> Option<()> {
        let (times, line) = match line.strip_prefix('[') {
            Some(timed) => {
                let (times, line) = timed.split_once(']')?;
                (Some(times), line.trim())
            }
            None => (None, line),
        };
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first {
            "due" => {
                let mut words = rest.split_whitespace().map(str::to_owned);
                self.recording.due = words.next()?;
                self.recording.of = words.collect();
            }
            "warns" => self.recording.warns = rest.split_whitespace().map(str::to_owned).collect(),
            "assume" => self.recording.history.assumptions = assumptions(rest)?,
            "message" => self.message(times, rest)?,
            "clock" => {
                self.now += MS;
                let at = self.moment(times)?;
                let event = Event::Clock(ClockMove { by: seconds(rest)?, at });
                self.recording.history.events.push(event);
            }
            "wait" => self.now += seconds(rest)?,
            "expect" => self.expect(rest)?,
            operation => self.exchange(times, operation.parse().ok()?, rest)?,
        }
        Some(())
    }

    fn exchange(&mut self, times: Option<&str>, operation: OperationId, rest: &str) -> Option<()> {
        let (call, ret) = match times {
            Some(times) => {
                let (call, ret) = times.split_once('-')?;
                (call.parse::<Micros>().ok()? * MS, ret.parse::<Micros>().ok()? * MS)
            }
            None => (self.now + MS, self.now + 2 * MS),
        };
        self.now = self.now.max(ret);
        self.exchanges += 1;
        let (request, answer) = rest.split_once("->")?;
        let operation = self.contract.operation(operation);
        self.tokens.ahead_s = (ret + self.recording.history.moved_before(ret)) / (1_000 * MS);
        let request = words::request(operation, request.trim())?;
        let (answer, facts) = words::answer(operation, &request, answer.trim(), &mut self.tokens)?;
        let exchange =
            Exchange { id: self.exchanges, operation: Some(operation.id), request, answer, call, ret, facts };
        self.recording.history.events.push(Event::Exchange(Box::new(exchange)));
        Some(())
    }

    fn message(&mut self, times: Option<&str>, rest: &str) -> Option<()> {
        let mut words = rest.split_whitespace();
        let (to, code) = (words::stand_in(words.next()?)?, words::stand_in(words.next()?)?);
        let sent_by = match (words.next(), words.next()) {
            (Some("by"), Some("?")) => None,
            (Some("by"), Some(exchange)) => Some(exchange.parse().ok()?),
            _ => Some(self.exchanges),
        };
        let at = self.moment(times)?;
        self.recording.history.events.push(Event::Delivery(Delivery {
            to,
            code,
            text: None,
            others: 0,
            method: None,
            sent_by,
            at,
        }));
        Some(())
    }

    fn expect(&mut self, rest: &str) -> Option<()> {
        let mut words = rest.split_whitespace();
        let seen = match words.next()? {
            "accepted" => Seen::Accepted,
            "refused" => Seen::Refused,
            _ => return None,
        };
        let proves = words.next().map(|id| id.parse::<RequirementId>()).transpose().ok()?;
        self.recording.history.expected.push(Expected {
            exchange: self.exchanges,
            seen: Some(seen),
            status: Vec::new(),
            error: Vec::new(),
            body: Vec::new(),
            session: Vec::new(),
            refresh: Vec::new(),
            message: None,
            header: Vec::new(),
            proves,
            asks: None,
            place: Place::default(),
        });
        Some(())
    }

    fn moment(&self, times: Option<&str>) -> Option<Micros> {
        times.map_or(Some(self.now), |at| Some(at.parse::<Micros>().ok()? * MS))
    }
}

fn seconds(text: &str) -> Option<Micros> {
    Some(text.strip_suffix('s')?.parse::<Micros>().ok()? * 1_000 * MS)
}

fn assumptions(text: &str) -> Option<Assumptions> {
    let mut assumed = Assumptions { capture: Capture::EachMessage, ..Assumptions::default() };
    for part in text.split(',') {
        match part.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["fresh"] => assumed.fresh_numbers = true,
            ["ttl", seconds] => assumed.code_ttl_s = Some(seconds.parse().ok()?),
            ["attempts", limit] => assumed.max_attempts = Some(limit.parse().ok()?),
            ["resend", limit, "per", window] => {
                assumed.resend_limit = Some(limit.parse().ok()?);
                assumed.resend_window_s = Some(window.parse().ok()?);
            }
            ["resend", "none"] => assumed.no_resend_limit = true,
            ["rotation", word] => assumed.rotation = Some(*word == "on"),
            ["fails-under-load"] => assumed.fails_under_load = true,
            ["capture", "latest"] => assumed.capture = Capture::LatestOnly,
            ["capture", "generated"] => assumed.capture = Capture::Generated,
            ["capture", "nothing"] => assumed.capture = Capture::Nothing,
            _ => return None,
        }
    }
    Some(assumed)
}
