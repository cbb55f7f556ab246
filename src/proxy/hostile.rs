//! Answers that a server may give and a client must survive, read from `suites/hostile/*.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use toml::Spanned;

use crate::contract::{Contract, DeliveryMethod, OperationId, RequirementId};
use crate::exchange::{Place, TokenTampering};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/suites/hostile");

/// A hostile suite that cannot be used. Our user's input.
#[derive(Debug, Error)]
#[error("{place}: {what}")]
pub struct HostileError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
}

/// One hostile answer, where it is put, and what the client is asked to do meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct HostileCase {
    /// `hostile::transient::503-then-success`.
    pub name: String,
    /// The mistake it imitates, in a sentence.
    pub about: String,
    /// The requirements that a client may be convicted of by it.
    pub proves: Vec<RequirementId>,
    /// The calls that a driver is asked for, in order.
    pub calls: Vec<String>,
    /// How codes are delivered in them.
    pub method: DeliveryMethod,
    /// The operation whose answer is changed; `None` changes none: the calls themselves are the case.
    pub at: Option<Point>,
    /// How many answers are changed; 0 is all of them.
    pub times: usize,
    /// How many answers are left as they are before that.
    pub after: usize,
    /// How long one call may take, where that is less than usual: the answer never comes, say.
    pub patience: Option<Duration>,
    /// The time by which tokens are made, in seconds since 1970, for a client with a clock of its own; `None` is now.
    pub moment: Option<i64>,
    /// What is done to them.
    pub answer: Injection,
    /// Where the case is defined.
    pub place: Place,
}

/// Where a hostile answer is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The answer to any request that asks for a code.
    Send,
    /// The answer of one operation.
    Operation(OperationId),
}

/// What is done to an answer; what is not given stays as the upstream made it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Injection {
    /// Keep the request from the upstream.
    pub withhold: bool,
    /// Another status.
    pub status: Option<u16>,
    /// Headers that are set.
    pub headers: BTreeMap<String, String>,
    /// Another body, as JSON.
    pub json: Option<Value>,
    /// Another body, as text.
    pub text: Option<String>,
    /// Members that are set in the body.
    pub merge: BTreeMap<String, Value>,
    /// Members that are taken out of the body.
    pub remove: Vec<String>,
    /// Wait so long before answering.
    pub delay_ms: u64,
    /// Break off in the middle of the body.
    pub cut: bool,
    /// Close the connection without an answer.
    pub drop: bool,
    /// Another session token.
    pub session_token: Option<TokenTampering>,
    /// Move the refresh token from the body into a DSR cookie.
    pub refresh_cookie: bool,
    /// Never answer.
    pub hang: bool,
    /// Compress the body, for a client that reads gzip.
    pub gzip: bool,
    /// Send the client on to another host.
    pub redirect: bool,
}

impl Injection {
    /// How long the answer is held back.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "case")]
    cases: Vec<Spanned<Row>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    about: String,
    proves: Vec<RequirementId>,
    calls: Vec<String>,
    at: Option<String>,
    /// One case for each of these calls; `$each` in `calls` and `at` is that call, `$before` those that lead up to it.
    #[serde(default)]
    each: Vec<String>,
    /// One case for each of these statuses; `$status` in `name` is that status.
    #[serde(default)]
    each_status: Vec<u16>,
    #[serde(default = "once")]
    times: usize,
    #[serde(default)]
    after: usize,
    patience_ms: Option<u64>,
    #[serde(default)]
    answer: Injection,
}

fn once() -> usize {
    1
}

/// The calls that a case may ask for.
pub(super) const CALLS: [&str; 13] = [
    "signup-in",
    "signup",
    "signin",
    "stepup",
    "stepup-with-token",
    "update-phone",
    "verify",
    "wrong-code",
    "validate",
    "validate-refresh-token",
    "refresh",
    "me",
    "logout",
];

/// The operation that a call of a case leads to, where the name says it.
fn operation_of(call: &str) -> &str {
    match call {
        "signup" => "signup-sms",
        "signin" | "stepup" | "stepup-with-token" => "signin-sms",
        "update-phone" => "update-phone-sms",
        "verify" | "wrong-code" => "verify-sms",
        "signup-in" => "signup-in-sms",
        other => other,
    }
}

/// The hostile cases inside the binary, by file and order.
///
/// # Errors
/// None in a released binary; a test reads them all.
pub fn hostile_suite(contract: &Contract) -> Result<Vec<HostileCase>, HostileError> {
    let mut files: Vec<_> =
        FILES.files().filter(|file| file.path().extension().is_some_and(|it| it == "toml")).collect();
    files.sort_by_key(|file| file.path());
    let mut all = Vec::new();
    for file in files {
        let path = format!("suites/hostile/{}", file.path().display());
        all.extend(parse_hostile(&path, file.contents_utf8().unwrap_or_default(), contract)?);
    }
    Ok(all)
}

/// The hostile cases of a folder: of `hostile/` in it, where there is one.
///
/// # Errors
/// The folder or a file cannot be read, holds no case, or makes no sense.
pub fn hostile_suite_in(folder: &Path, contract: &Contract) -> Result<Vec<HostileCase>, HostileError> {
    let inner = folder.join("hostile");
    let folder = if inner.is_dir() { inner } else { folder.to_owned() };
    let wrong = |path: &Path, what: String| HostileError {
        place: Place { file: path.display().to_string(), line: 1 },
        what,
    };
    let entries = std::fs::read_dir(&folder).map_err(|error| wrong(&folder, error.to_string()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "toml"));
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, error.to_string()))?;
        all.extend(parse_hostile(&path.display().to_string(), &text, contract)?);
    }
    if all.is_empty() {
        return Err(wrong(&folder, "no hostile answers in *.toml; docs/drivers.md shows their form".into()));
    }
    Ok(all)
}

/// The cases of one file; its stem is part of their names.
///
/// # Errors
/// The text is not TOML, has members that the format does not know, or makes no sense.
pub fn parse_hostile(file: &str, text: &str, contract: &Contract) -> Result<Vec<HostileCase>, HostileError> {
    let place =
        |at: usize| Place { file: file.to_owned(), line: text[..at.min(text.len())].lines().count().max(1) };
    let parsed: File = toml::from_str(text).map_err(|error| HostileError {
        place: place(error.span().map_or(0, |span| span.start)),
        what: error.message().to_owned(),
    })?;
    let suite =
        Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let case = |row: Spanned<Row>| {
        let place = Place { line: text[..row.span().start].lines().count() + 1, file: file.to_owned() };
        cases(&suite, row.into_inner(), place, contract)
    };
    let cases = parsed.cases.into_iter().map(case).collect::<Result<Vec<_>, _>>()?;
    Ok(cases.into_iter().flatten().collect())
}

/// The cases of a row: one, or one for each of the statuses and calls that it names.
fn cases(suite: &str, row: Row, place: Place, contract: &Contract) -> Result<Vec<HostileCase>, HostileError> {
    let rows = by_status(row).into_iter().flat_map(by_call);
    rows.map(|row| case(suite, row, place.clone(), contract)).collect()
}

fn by_status(row: Row) -> Vec<Row> {
    if row.each_status.is_empty() {
        return vec![row];
    }
    let of = |status: &u16| {
        let name = row.name.replace(STATUS, &status.to_string());
        Row { name, answer: Injection { status: Some(*status), ..row.answer.clone() }, ..row.clone() }
    };
    row.each_status.iter().map(of).collect()
}

fn by_call(row: Row) -> Vec<Row> {
    if row.each.is_empty() {
        return vec![row];
    }
    let of = |call: &String| {
        let filled = |text: &String| match text.as_str() {
            EACH => vec![call.clone()],
            BEFORE => before(call).iter().map(|&call| call.to_owned()).collect(),
            _ => vec![text.clone()],
        };
        let at =
            row.at.as_ref().map(|at| if at == EACH { operation_of(call).to_owned() } else { at.clone() });
        let calls = row.calls.iter().flat_map(filled).collect();
        Row { name: format!("{} at {call}", row.name), calls, at, ..row.clone() }
    };
    row.each.iter().map(of).collect()
}

/// In place of each call of a row.
const EACH: &str = "$each";
/// In place of the calls that lead up to it.
const BEFORE: &str = "$before";
/// In place of each status of a row.
const STATUS: &str = "$status";

/// What must be called before a call can be made as it should.
fn before(call: &str) -> &'static [&'static str] {
    match call {
        "signup-in" | "signup" => &[],
        "verify" | "wrong-code" => &["signup-in"],
        _ => &["signup-in", "verify"],
    }
}

fn case(suite: &str, row: Row, place: Place, contract: &Contract) -> Result<HostileCase, HostileError> {
    let wrong = |what: String| HostileError { place: place.clone(), what };
    let at = match row.at.as_deref() {
        None => None,
        Some("send") => Some(Point::Send),
        Some(name) => Some(Point::Operation(name.parse().map_err(|error| wrong(format!("at: {error}")))?)),
    };
    if let Some(call) = row.calls.iter().find(|call| !CALLS.contains(&call.as_str())) {
        return Err(wrong(format!("no call {call:?}; there are {}", CALLS.join(", "))));
    }
    if let Some(id) = row.proves.iter().find(|id| contract.requirement(**id).is_none()) {
        return Err(wrong(format!("{id} is no requirement of set {}", contract.set_name())));
    }
    if at.is_none() && row.answer != Injection::default() {
        return Err(wrong("an answer needs the point where it is put: `at`".into()));
    }
    if row.calls.is_empty() {
        return Err(wrong("a case needs calls".into()));
    }
    Ok(HostileCase {
        name: format!("hostile::{suite}::{}", slug(&row.name)),
        about: row.about,
        proves: row.proves,
        calls: row.calls,
        method: DeliveryMethod::Sms,
        at,
        times: row.times,
        after: row.after,
        patience: row.patience_ms.map(Duration::from_millis),
        moment: None,
        answer: row.answer,
        place,
    })
}

fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

impl HostileCase {
    /// The same by another method; `None` where no answer is changed that a method is about: a client shows by SMS what
    /// it does then.
    #[must_use]
    pub fn by_method(&self, method: DeliveryMethod, contract: &Contract) -> Option<HostileCase> {
        if method == self.method {
            return Some(self.clone());
        }
        let at = match self.at {
            Some(Point::Operation(id)) => Some(Point::Operation(id.method().map(|_| id.by(method))?)),
            other => other,
        };
        let (file, slug) = self.short().rsplit_once("::")?;
        Some(HostileCase {
            name: format!("hostile::{file}::{method}::{slug}"),
            proves: self.proves.iter().map(|id| contract.own(method, *id)).collect(),
            method,
            at,
            ..self.clone()
        })
    }

    /// Whether this is a part of its name, with its method or without.
    pub fn is_named(&self, part: &str) -> bool {
        let plain = || self.name.replacen(&format!("::{}::", self.method), "::", 1);
        self.name.contains(part) || plain().contains(part)
    }

    /// The name without what all hostile cases share.
    pub fn short(&self) -> &str {
        self.name.trim_start_matches("hostile::")
    }

    /// Whether the answer to this operation is changed.
    pub(super) fn hits(&self, operation: Option<OperationId>, contract: &Contract) -> bool {
        let Some(id) = operation else { return false };
        match self.at {
            Some(Point::Send) => contract.operation(id).issues_code,
            Some(Point::Operation(at)) => at == id,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
