//! Strings of the usual formats; what is drawn here, the validator's own format check accepts.

use std::sync::Arc;

use jsonschema::Validator;
use proptest::{
    strategy::{SBoxedStrategy, Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use crate::{options::Options, random::Random, unsupported::UnsupportedText};

/// One `format`: how it is checked and, where we can, how it is drawn.
pub(crate) struct Format {
    check: Validator,
    source: Source,
}

enum Source {
    Usual(Draw),
    Custom(SBoxedStrategy<String>),
    /// The validator knows no such format, so every string is of it.
    Unknown,
}

impl Format {
    pub(crate) fn new(name: &str, options: &Options) -> Result<Arc<Format>, UnsupportedText> {
        let check = options.validator().build(&json!({ "format": name })).map_err(|why| {
            UnsupportedText::Format { name: name.to_owned(), why: why.masked().to_string() }
        })?;
        let source = match options.formats.get(name) {
            Some(custom) => Source::Custom(custom.strategy.clone()),
            None => match USUAL.iter().find(|(usual, _)| *usual == name) {
                Some((_, draw)) => Source::Usual(*draw),
                None => Source::Unknown,
            },
        };
        Ok(Arc::new(Format { check, source }))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        matches!(self.source, Source::Unknown) || self.check.is_valid(&Value::String(text.to_owned()))
    }

    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.source, Source::Unknown)
    }

    /// A usual format draws what its check accepts; only the caller's own need asking.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self.source, Source::Usual(_))
    }

    pub(crate) fn draw(&self, runner: &mut TestRunner) -> Option<String> {
        match &self.source {
            Source::Usual(draw) => Some(draw(runner)),
            Source::Custom(strategy) => strategy.new_tree(runner).ok().map(|tree| tree.current()),
            Source::Unknown => None,
        }
    }
}

type Draw = fn(&mut TestRunner) -> String;

const USUAL: &[(&str, Draw)] = &[
    ("date-time", |runner| format!("{}T{}", date(runner), time(runner))),
    ("date", date),
    ("time", time),
    ("duration", duration),
    ("email", |runner| format!("{}@{}", word(runner, 1, 10), host(runner))),
    ("idn-email", |runner| format!("{}@{}", word(runner, 1, 10), host(runner))),
    ("hostname", host),
    ("idn-hostname", host),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("uri", uri),
    ("iri", uri),
    ("uri-reference", reference),
    ("iri-reference", reference),
    ("uri-template", |runner| format!("{}{{{}}}", uri(runner), word(runner, 1, 5))),
    ("uuid", uuid),
    ("json-pointer", pointer),
    ("relative-json-pointer", |runner| format!("{}{}", runner.below(4), pointer(runner))),
    ("regex", |runner| format!("^{}[0-9]*$", word(runner, 0, 5))),
];

fn word(runner: &mut TestRunner, low: usize, high: usize) -> String {
    let count = runner.between(low, high);
    (0..count).map(|_| char::from(b'a' + runner.below(26) as u8)).collect()
}

fn host(runner: &mut TestRunner) -> String {
    let domain = ["example.com", "example.org", "example.net", "test.example"];
    let domain = runner.pick(&domain);
    if runner.one_in(2) { (*domain).to_owned() } else { format!("{}.{domain}", word(runner, 1, 8)) }
}

fn date(runner: &mut TestRunner) -> String {
    let (year, month) = (runner.between(1970, 2099), runner.between(1, 12));
    let days = match month {
        2 if year % 4 == 0 && year != 2000 && year % 100 == 0 => 28,
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    format!("{year:04}-{month:02}-{:02}", runner.between(1, days))
}

fn time(runner: &mut TestRunner) -> String {
    let (hour, minute, second) = (runner.below(24), runner.below(60), runner.below(60));
    let fraction = if runner.one_in(3) { format!(".{}", runner.between(1, 999)) } else { String::new() };
    let zone = match runner.below(3) {
        0 => format!("+{:02}:{:02}", runner.below(13), 15 * runner.below(4)),
        _ => "Z".to_owned(),
    };
    format!("{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
}

fn duration(runner: &mut TestRunner) -> String {
    match runner.below(4) {
        0 => format!("P{}W", runner.between(1, 99)),
        1 => format!("PT{}S", runner.between(0, 999)),
        2 => format!("P{}Y{}M{}D", runner.between(1, 9), runner.between(1, 11), runner.between(1, 30)),
        _ => format!("P{}DT{}H{}M", runner.between(1, 30), runner.between(1, 23), runner.between(1, 59)),
    }
}

fn ipv4(runner: &mut TestRunner) -> String {
    let block = ["192.0.2", "198.51.100", "203.0.113"];
    format!("{}.{}", runner.pick(&block), runner.below(256))
}

fn ipv6(runner: &mut TestRunner) -> String {
    match runner.below(4) {
        0 => "::1".to_owned(),
        1 => format!("2001:db8::{:x}", runner.below(65536)),
        _ => {
            let groups: Vec<String> = (0..6).map(|_| format!("{:x}", runner.below(65536))).collect();
            format!("2001:db8:{}", groups.join(":"))
        }
    }
}

fn uri(runner: &mut TestRunner) -> String {
    let scheme = runner.pick(&["https", "http"]);
    let query = if runner.one_in(4) { format!("?q={}", word(runner, 1, 6)) } else { String::new() };
    format!("{scheme}://{}/{}{query}", host(runner), word(runner, 0, 8))
}

fn reference(runner: &mut TestRunner) -> String {
    match runner.below(4) {
        0 => uri(runner),
        1 => format!("#{}", word(runner, 1, 6)),
        2 => format!("/{}/{}", word(runner, 1, 6), word(runner, 1, 6)),
        _ => word(runner, 0, 8),
    }
}

fn uuid(runner: &mut TestRunner) -> String {
    let (high, low) = (runner.bits(), runner.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        8 + (low >> 62),
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

fn pointer(runner: &mut TestRunner) -> String {
    (0..runner.below(4)).map(|_| format!("/{}", word(runner, 1, 6))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_format_passes_its_own_check() {
        let mut runner = TestRunner::deterministic();
        for (name, _) in USUAL {
            let format = Format::new(name, &Options::default()).expect(name);
            for _ in 0..2000 {
                let text = format.draw(&mut runner).expect(name);
                assert!(format.check.is_valid(&Value::String(text.clone())), "{name}: {text}");
            }
        }
    }
}
