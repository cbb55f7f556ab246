//! One suite file from its text: TOML into scenarios, every complaint with its line.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use super::Repeat;
use super::error::{StepError, unknown};
use super::{
    Call, NameForm, Need, RawBody, RawText, ReferenceError, Scenario, Step, StepAction, Suite, SuiteError,
    Template, Wait, expect,
};
use crate::contract::{LineEnds, OperationId, RequirementId};
use crate::exchange::Place;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlSuite {
    #[serde(default)]
    title: String,
    #[serde(default)]
    scenario: Vec<Spanned<TomlScenario>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlScenario {
    name: String,
    group: Option<Spanned<String>>,
    proves: Vec<Spanned<String>>,
    note: Option<String>,
    #[serde(rename = "found-by")]
    found_by: Option<String>,
    #[serde(default)]
    exclusive: bool,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    #[serde(default, rename = "by-mail")]
    by_mail: Vec<String>,
    names: Option<Spanned<String>>,
    rounds: Option<u32>,
    steps: Vec<Spanned<TomlStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TomlStep {
    call: Option<Spanned<String>>,
    together: Option<Vec<Spanned<TomlStep>>>,
    wait: Option<Spanned<String>>,
    repeat: Option<Spanned<Value>>,
    with: Option<Value>,
    raw: Option<String>,
    raw_base64: Option<String>,
    content_type: Option<String>,
    bearer: Option<String>,
    method: Option<String>,
    #[serde(default)]
    query: Map<String, Value>,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    chunked: bool,
    by: Option<String>,
    to: Option<String>,
    save: Option<String>,
    #[serde(default)]
    or_stop: bool,
    expect: Option<Value>,
}

/// Finds the line of a byte offset.
struct Lines<'a> {
    file: &'a str,
    ends: LineEnds,
}

impl Lines<'_> {
    fn place(&self, offset: usize) -> Place {
        Place { file: self.file.to_owned(), line: self.ends.line(offset) }
    }

    fn of<T>(&self, spanned: &Spanned<T>) -> Place {
        self.place(spanned.span().start)
    }
}

/// Reads one suite. `file` is the path shown in messages, `name` the suite's name.
///
/// # Errors
/// [`SuiteError::Syntax`] and [`SuiteError::Meaning`], with file and line.
pub(super) fn parse(file: &str, name: &str, text: &str) -> Result<Suite, SuiteError> {
    let lines = Lines { file, ends: LineEnds::of(text) };
    let suite: TomlSuite = toml::from_str(text).map_err(|error| SuiteError::Syntax {
        place: lines.place(error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let scenarios = suite.scenario.iter().map(|scenario| parse_scenario(scenario, &lines));
    let suite =
        Suite { name: name.to_owned(), title: suite.title, scenarios: scenarios.collect::<Result<_, _>>()? };
    super::check::check_names(&suite)?;
    Ok(suite)
}

fn parse_scenario(raw: &Spanned<TomlScenario>, lines: &Lines<'_>) -> Result<Scenario, SuiteError> {
    let place = lines.of(raw);
    let inner = raw.get_ref();
    let proves = inner.proves.iter().map(|id| {
        let unknown = || StepError::Requirement(id.get_ref().clone()).at(&lines.of(id));
        id.get_ref().parse::<RequirementId>().map_err(|_| unknown())
    });
    let needs = inner.needs.iter().map(|word| {
        let known = || Need::ALL.iter().map(|(_, known, _)| *known).collect::<Vec<_>>();
        let need = Need::ALL.iter().find(|(_, known, _)| known == word.get_ref()).map(|(need, ..)| *need);
        need.ok_or_else(|| SuiteError::meaning(&lines.of(word), unknown("need", word.get_ref(), &known())))
    });
    let steps = inner.steps.iter().map(|step| parse_step(step, lines)).collect::<Result<Vec<_>, _>>()?;
    if inner.proves.is_empty() {
        return Err(SuiteError::meaning(
            &place,
            format!("`{}` proves nothing; name a requirement", inner.name),
        ));
    }
    let scenario = Scenario {
        name: inner.name.clone(),
        group: inner.group.as_ref().map(|group| parse_group(group, lines)).transpose()?,
        proves: proves.collect::<Result<_, _>>()?,
        note: inner.note.clone(),
        found_by: inner.found_by.clone(),
        exclusive: inner.exclusive,
        needs: needs.collect::<Result<_, _>>()?,
        by_mail: inner.by_mail.clone(),
        names: inner.names.as_ref().map(|word| parse_names(word, lines)).transpose()?,
        rounds: inner.rounds.unwrap_or(1),
        steps,
        place,
    };
    super::check::finish(scenario)
}

/// How login IDs are written.
fn parse_names(word: &Spanned<String>, lines: &Lines<'_>) -> Result<NameForm, SuiteError> {
    let found = NameForm::ALL.iter().find(|(_, known, _)| known == word.get_ref()).map(|(form, ..)| *form);
    found.ok_or_else(|| {
        let known = NameForm::ALL.map(|(_, known, _)| known);
        SuiteError::meaning(&lines.of(word), unknown("notation of names", word.get_ref(), &known))
    })
}

/// A part of a trial's name, which must be one already.
fn parse_group(group: &Spanned<String>, lines: &Lines<'_>) -> Result<String, SuiteError> {
    let word = group.get_ref();
    let kebab =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    match word.split('-').all(kebab) {
        true => Ok(word.clone()),
        false => {
            let what = format!("`{word}` is no part of a trial's name; write it in kebab-case");
            Err(SuiteError::meaning(&lines.of(group), what))
        }
    }
}

fn parse_step(raw: &Spanned<TomlStep>, lines: &Lines<'_>) -> Result<Step, SuiteError> {
    let place = lines.of(raw);
    let step = raw.get_ref();
    let repeat = repeat_of(step, lines)?;
    let action = match (&step.call, &step.together, &step.wait) {
        (Some(_), None, None) => StepAction::Call(parse_call(raw, lines)?),
        (None, Some(calls), None) => {
            let calls = calls.iter().map(|call| {
                let copies = repeat_of(call.get_ref(), lines)?;
                if copies == Repeat::UntilRefused {
                    let what = "calls of one moment do not wait for each other's refusal";
                    return Err(SuiteError::meaning(&lines.of(call), what));
                }
                Ok(Call { copies, ..parse_call(call, lines)? })
            });
            StepAction::Together(calls.collect::<Result<_, _>>()?)
        }
        (None, None, Some(wait)) => {
            StepAction::Wait(parse_wait(wait.get_ref()).map_err(|error| error.at(&lines.of(wait)))?)
        }
        _ => return Err(SuiteError::meaning(&place, "a step has exactly one of call, together and wait")),
    };
    Ok(Step { action, repeat, place })
}

fn repeat_of(step: &TomlStep, lines: &Lines<'_>) -> Result<Repeat, SuiteError> {
    let Some(value) = &step.repeat else { return Ok(Repeat::Times(1)) };
    parse_repeat(value.get_ref()).map_err(|error| error.at(&lines.of(value)))
}

fn parse_call(raw: &Spanned<TomlStep>, lines: &Lines<'_>) -> Result<Call, SuiteError> {
    let place = lines.of(raw);
    let step = raw.get_ref();
    let Some(name) = &step.call else {
        return Err(SuiteError::meaning(&place, "every step inside `together` is a call"));
    };
    let operation = name.get_ref().parse::<OperationId>().map_err(|_| {
        let known: Vec<_> = OperationId::ALL.iter().map(|id| id.as_str()).collect();
        SuiteError::meaning(&lines.of(name), unknown("operation", name.get_ref(), &known))
    })?;
    call(operation, step, &place).map_err(|error| error.at(&place))
}

fn call(operation: OperationId, step: &TomlStep, place: &Place) -> Result<Call, StepError> {
    let with = step.with.as_ref().map(Template::parse).transpose()?;
    let raw = raw_body(step)?;
    if with.is_some() && raw.is_some() {
        return Err(StepError::TwoBodies);
    }
    let query = step.query.iter().map(|(key, value)| Ok((key.clone(), Template::parse(value)?)));
    let expect = step.expect.as_ref().map(|value| expect::parse(value, place)).transpose()?;
    Ok(Call {
        operation,
        with,
        raw,
        bearer: step.bearer.as_deref().map(Template::parse_text).transpose()?,
        method: step.method.clone(),
        query: query.collect::<Result<_, ReferenceError>>()?,
        headers: headers(&step.headers)?,
        chunked: step.chunked,
        by: step.by.clone(),
        to: step.to.clone(),
        save: step.save.clone(),
        or_stop: step.or_stop,
        copies: Repeat::Times(1),
        expect: expect.unwrap_or_default(),
        place: place.clone(),
    })
}

fn raw_body(step: &TomlStep) -> Result<Option<RawBody>, StepError> {
    let text = match (&step.raw, &step.raw_base64) {
        (None, None) => return Ok(None),
        (Some(text), None) => RawText::Text(Template::parse_text(text)?),
        (None, Some(text)) => RawText::Bytes(BASE64_STANDARD.decode(text)?.into()),
        (Some(_), Some(_)) => return Err(StepError::TwoBodies),
    };
    let content_type = step.content_type.clone().unwrap_or_else(|| "application/json".into());
    Ok(Some(RawBody { text, content_type }))
}

/// A header may be given several values, and is then sent several times.
fn headers(map: &Map<String, Value>) -> Result<Vec<(String, Template)>, ReferenceError> {
    let mut list = Vec::new();
    for (name, value) in map {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        for value in &values {
            list.push((name.clone(), Template::parse(value)?));
        }
    }
    Ok(list)
}

/// Limits of the target that `repeat` takes by name.
const COUNTS: &[&str] = &["max-attempts", "resend-limit", "test-user-limit", "until-refused"];

fn parse_repeat(value: &Value) -> Result<Repeat, StepError> {
    match value {
        Value::Number(number) => match number.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(times @ 1..=1000) => Ok(Repeat::Times(times)),
            _ => Err(StepError::Times),
        },
        Value::String(word) => match word.as_str() {
            "max-attempts" => Ok(Repeat::MaxAttempts),
            "resend-limit" => Ok(Repeat::ResendLimit),
            "test-user-limit" => Ok(Repeat::TestUserLimit),
            "until-refused" => Ok(Repeat::UntilRefused),
            _ => Err(StepError::Count { word: word.clone(), known: COUNTS }),
        },
        _ => Err(StepError::Repeat),
    }
}

fn parse_wait(text: &str) -> Result<Wait, StepError> {
    match text {
        "code-ttl" => return Ok(Wait::CodeTtl),
        "most-of-code-ttl" => return Ok(Wait::MostOfCodeTtl),
        "resend-window" => return Ok(Wait::ResendWindow),
        "rest-of-run" => return Ok(Wait::RestOfRun),
        _ => {}
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: Option<u64> = digits.parse().ok();
    let duration = match (number, &text[digits.len()..]) {
        (Some(n), "ms") => Some(Duration::from_millis(n)),
        (Some(n), "s") => Some(Duration::from_secs(n)),
        (Some(n), "m") => n.checked_mul(60).map(Duration::from_secs),
        (Some(n), "h") => n.checked_mul(3600).map(Duration::from_secs),
        (Some(n), "d") => n.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    };
    duration.map(Wait::For).ok_or_else(|| StepError::Wait(text.to_owned()))
}
