//! HAR 1.2, as browser developer tools open it: a page per trial, an entry per exchange.
//!
//! Hidden values stay hidden: an entry shows stand-ins, as every other report does.

mod format;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use self::format::{
    Cache, Content, Creator, Entry, Har, HarRequest, HarResponse, Log, Page, PageTimings, Pair, PostData,
    Timings,
};
use super::RunReport;
use crate::exchange::{Answer, Exchange, Micros, Payload, Request, Response};
use crate::trial::TrialReport;

/// The document. Trials have no common clock, so each page begins when the run began.
pub fn har(run: &RunReport) -> String {
    let pages = run.trials.iter().filter(|trial| !trial.histories.is_empty());
    let log = Log {
        version: "1.2",
        creator: Creator { name: "otp-conformance", version: &run.version },
        pages: pages.clone().map(|trial| page(run, trial)).collect(),
        entries: pages.flat_map(|trial| entries(run, trial)).collect(),
    };
    serde_json::to_string_pretty(&Har { log }).unwrap_or_default() + "\n"
}

fn page<'a>(run: &RunReport, trial: &'a TrialReport) -> Page<'a> {
    Page {
        started_date_time: run.started.to_string(),
        id: &trial.name,
        title: &trial.name,
        page_timings: PageTimings {},
    }
}

fn entries<'a>(run: &'a RunReport, trial: &'a TrialReport) -> impl Iterator<Item = Entry<'a>> {
    let exchanges = trial.histories.iter().flat_map(|history| history.exchanges());
    exchanges.map(|exchange| entry(run, &trial.name, exchange))
}

fn entry<'a>(run: &'a RunReport, page: &'a str, exchange: &'a Exchange) -> Entry<'a> {
    let time = milliseconds(exchange.ret.saturating_sub(exchange.call));
    Entry {
        pageref: page,
        started_date_time: moment(run.started, exchange.call),
        time,
        request: request(&run.target, &exchange.request),
        response: response(&exchange.answer),
        cache: Cache {},
        timings: Timings { send: 0.0, wait: time, receive: 0.0 },
        comment: exchange.operation.map_or("", |operation| operation.as_str()),
    }
}

fn request<'a>(target: &str, sent: &'a Request) -> HarRequest<'a> {
    let body = sent.body.text();
    HarRequest {
        method: &sent.method,
        url: url(target, &sent.path),
        http_version: "HTTP/1.1",
        cookies: [],
        headers: pairs(&sent.headers),
        query_string: query(&sent.path),
        headers_size: -1,
        body_size: size(&sent.body),
        post_data: body.map(|text| PostData {
            mime_type: sent.header("content-type").unwrap_or_default(),
            params: [],
            text,
        }),
    }
}

/// Stand-ins and hostile paths are no part of a URL as they are.
fn url(target: &str, path: &str) -> String {
    const QUOTES: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'`').add(b'\\');
    const BRACKETS: &AsciiSet = &QUOTES.add(b'<').add(b'>').add(b'{').add(b'}').add(b'[').add(b']');
    const UNFIT: &AsciiSet = &BRACKETS.add(b'|').add(b'^');
    let (target, path) = (target.trim_end_matches('/'), path.trim_start_matches('/'));
    format!("{target}/{}", utf8_percent_encode(path, UNFIT))
}

/// A lost answer has status 0, which is how browsers write it.
fn response(answer: &Answer) -> HarResponse<'_> {
    static NOTHING: Payload = Payload::Empty;
    let came = answer.response();
    let body = came.map_or(&NOTHING, |response| &response.body);
    let header = |name| came.and_then(|response: &Response| response.header(name)).unwrap_or_default();
    HarResponse {
        status: came.map_or(0, |response| response.status),
        status_text: "",
        http_version: "HTTP/1.1",
        cookies: [],
        headers: came.map_or_else(Vec::new, |response| pairs(&response.headers)),
        content: Content {
            size: size(body).max(0),
            mime_type: header("content-type"),
            text: body.text().unwrap_or_default(),
        },
        redirect_url: header("location"),
        headers_size: -1,
        body_size: if came.is_some() { size(body) } else { -1 },
        comment: match answer {
            Answer::Lost(loss) => loss.to_string(),
            Answer::Response(_) => String::new(),
        },
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<Pair<'_>> {
    headers.iter().map(|(name, value)| Pair { name: name.into(), value: value.into() }).collect()
}

fn query(path: &str) -> Vec<Pair<'_>> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        Pair { name: decoded(name).into(), value: decoded(value).into() }
    };
    pairs.map(pair).collect()
}

/// Bytes of a body; of JSON, those of its shortest writing, since stand-ins have other lengths anyway.
fn size(body: &Payload) -> i64 {
    let bytes = match body {
        Payload::Other { bytes, .. } => *bytes,
        other => other.text().map_or(0, |text| text.len()),
    };
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn moment(started: Timestamp, at: Micros) -> String {
    let offset = SignedDuration::try_from(Duration::from_micros(at)).unwrap_or_default();
    started.checked_add(offset).unwrap_or(started).to_string()
}

fn milliseconds(micros: Micros) -> f64 {
    Duration::from_micros(micros).as_secs_f64() * 1_000.0
}
