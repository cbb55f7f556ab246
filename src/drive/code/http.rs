//! A debug endpoint of the target: `http:{target}/emulator/otp/{loginId}#/code`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use serde_json::Value;

use super::latest::Latest;
use super::poll::{Pauses, Unanswered, poll};
use super::{CodeError, CodeSource, Cursor, Message, Reply};
use crate::drive::error::error_chain;
use crate::drive::{Budget, bounded};
use crate::exchange::{Capture, read_json};

/// Bytes of an answer that are read.
const MOST: usize = 1024 * 1024;

/// What need not be encoded in any part of a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where to ask, and where in the answer the code is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTemplate {
    url: String,
    pointer: String,
}

/// What is wrong with a template, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpTemplateError {
    /// Nothing says where the code is.
    #[error("`{0}` does not say where in the answer the code is; end it with `#/code`")]
    NoPointer(String),
    /// What says it is no JSON pointer.
    #[error("`{0}` is no JSON pointer; write `#/{0}`")]
    Pointer(String),
    /// Not a URL.
    #[error("`{0}` is no URL; begin with `{{target}}`, `http://` or `https://`")]
    Url(String),
    /// A blank that nothing fills in.
    #[error("`{{{0}}}` is no blank; known are {{target}}, {{loginId}}, {{phone}}")]
    Blank(String),
}

impl FromStr for HttpTemplate {
    type Err = HttpTemplateError;

    fn from_str(text: &str) -> Result<HttpTemplate, HttpTemplateError> {
        let (url, pointer) =
            text.rsplit_once('#').ok_or_else(|| HttpTemplateError::NoPointer(text.to_owned()))?;
        if !(pointer.is_empty() || pointer.starts_with('/')) {
            return Err(HttpTemplateError::Pointer(pointer.to_owned()));
        }
        let absolute = ["{target}", "http://", "https://"].iter().any(|start| url.starts_with(start));
        if !absolute {
            return Err(HttpTemplateError::Url(url.to_owned()));
        }
        let mut rest = url;
        while let Some((_, after)) = rest.split_once('{') {
            let (name, closed) = after.split_once('}').map_or((after, false), |(name, _)| (name, true));
            if !closed || !["target", "loginId", "phone"].contains(&name) {
                return Err(HttpTemplateError::Blank(name.to_owned()));
            }
            rest = after;
        }
        Ok(HttpTemplate { url: url.to_owned(), pointer: pointer.to_owned() })
    }
}

impl fmt::Display for HttpTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.url, self.pointer)
    }
}

impl HttpTemplate {
    /// Whether it is an endpoint of the target.
    pub(super) fn is_at_target(&self) -> bool {
        self.url.strip_prefix("{target}").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The URL for one person. Blanks are filled in one pass, so that what is filled in is never itself a blank.
    fn fill(&self, target: &str, login_id: &str, phone: &str) -> String {
        let (mut url, mut rest) = (String::new(), self.url.as_str());
        while let Some((before, name, after)) = rest
            .split_once('{')
            .and_then(|(before, rest)| rest.split_once('}').map(|(name, after)| (before, name, after)))
        {
            url.push_str(before);
            match name {
                "target" => url.push_str(target.trim_end_matches('/')),
                "loginId" => url.extend(utf8_percent_encode(login_id, ENCODED)),
                _ => url.extend(utf8_percent_encode(phone, ENCODED)),
            }
            rest = after;
        }
        url + rest
    }

    /// What an answer without a code shows, and the line that mends it. Names of members only: values may be secret.
    fn diagnosis(&self, status: StatusCode, answer: &[u8]) -> String {
        let HttpTemplate { url, pointer } = self;
        let seen = format!("GET {url} answers {status}");
        let json = read_json(answer);
        let Some(json) = json.filter(|_| status.is_success()) else {
            return format!("{seen}; mend the URL in `codes = \"http:{self}\"`");
        };
        let mut pointers = Vec::new();
        pointers_of(&json, String::new(), &mut pointers);
        let best =
            pointers.iter().find(|known| known.to_lowercase().contains("code") || known.contains("otp"));
        let line = best.map_or_else(String::new, |best| format!(", such as `codes = \"http:{url}#{best}\"`"));
        let there = if pointers.is_empty() { "nothing".to_owned() } else { pointers.join(", ") };
        format!("{seen}, with nothing at `{pointer}`; there is {there}; mend the pointer after `#`{line}")
    }

    /// The code in an answer; `None` where there is none yet.
    fn code_in(&self, answer: &[u8]) -> Result<Option<String>, CodeError> {
        let json =
            read_json(answer).ok_or_else(|| CodeError("the debug endpoint's answer is not JSON".into()))?;
        match json.pointer(&self.pointer) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(code)) => Ok(Some(code.clone()).filter(|code| !code.is_empty())),
            Some(Value::Number(code)) => Ok(Some(code.to_string())),
            Some(_) => Err(CodeError(format!("the debug endpoint has no text at `{}`", self.pointer))),
        }
    }
}

/// Where texts and numbers stand in an answer, the first few.
fn pointers_of(value: &Value, at: String, found: &mut Vec<String>) {
    const FEW: usize = 12;
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| {
            pointers_of(inner, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
        }),
        Value::Array(items) => {
            items.iter().take(1).for_each(|inner| pointers_of(inner, format!("{at}/0"), found));
        }
        Value::String(_) | Value::Number(_) if found.len() < FEW => found.push(at),
        _ => {}
    }
}

/// How often a question is asked whose connection is lost.
const ATTEMPTS: u32 = 3;

/// Asks an endpoint that shows the newest code of a person.
#[derive(Debug)]
pub struct HttpSource {
    client: reqwest::Client,
    template: HttpTemplate,
    target: String,
    latest: Latest,
    budget: Arc<Budget>,
    unanswered: Unanswered,
}

impl HttpSource {
    /// `target` is the value of `{target}`.
    pub fn new(client: reqwest::Client, template: HttpTemplate, target: String) -> HttpSource {
        HttpSource {
            client,
            template,
            target,
            latest: Latest::default(),
            budget: Arc::default(),
            unanswered: Unanswered::default(),
        }
    }

    /// Counts its questions in this budget.
    #[must_use]
    pub fn counted(self, budget: Arc<Budget>) -> HttpSource {
        HttpSource { budget, ..self }
    }

    /// Asks, and again where the connection was lost: a server may close one that waits, and asking changes nothing.
    /// Source: RFC 9110, 9.2.2.
    async fn ask(&self, to: &str, login_id: &str) -> Result<reqwest::Response, reqwest::Error> {
        let url = self.template.fill(&self.target, login_id, to);
        let mut left = ATTEMPTS;
        loop {
            self.budget.note_poll();
            left -= 1;
            match self.client.get(&url).send().await {
                Err(error) if left > 0 && !error.is_timeout() => {}
                ended => return ended,
            }
        }
    }

    async fn look(&self, to: &str, login_id: &str, after: Cursor) -> Result<Vec<Message>, CodeError> {
        let failed = |error: reqwest::Error| {
            CodeError(format!("the debug endpoint: {}", error_chain(&error.without_url())))
        };
        let response = self.ask(to, login_id).await.map_err(failed)?;
        let code = match response.status() {
            // How an endpoint says that nothing is pending.
            StatusCode::NOT_FOUND | StatusCode::NO_CONTENT => None,
            status if status.is_success() => {
                let bytes = bounded(response, MOST).await;
                self.template
                    .code_in(&bytes.map_err(|loss| CodeError(format!("the debug endpoint: {loss}")))?)?
            }
            status => return Err(CodeError(format!("the debug endpoint answers {status}"))),
        };
        Ok(self.latest.note(to, login_id, code, after))
    }
}

impl CodeSource for HttpSource {
    fn capture(&self) -> Capture {
        Capture::LatestOnly
    }

    fn shows_text(&self) -> bool {
        false
    }

    fn can_be_watched(&self) -> bool {
        true
    }

    fn diagnose<'a>(
        &'a self,
        to: &'a str,
        login_id: &'a str,
    ) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async move {
            let response = self.ask(to, login_id).await.ok()?;
            let status = response.status();
            let bytes = bounded(response, MOST).await.ok()?;
            Some(self.template.diagnosis(status, &bytes))
        })
    }

    fn messages<'a>(
        &'a self,
        to: &'a str,
        login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        Box::pin(poll(patience, Pauses::SHORT, &self.unanswered, move || self.look(to, login_id, after)))
    }
}

#[cfg(test)]
mod tests;
