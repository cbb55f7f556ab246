//! Reads a recording back.

use std::path::Path;

use ring::digest::{Context, SHA256};

use super::{Foot, Head, Line, SCHEMA, Weight};
use crate::app::UsageError;
use crate::exchange::{Event, History, Place};
use crate::report::RunReport;
use crate::trial::TrialReport;

/// A recorded run.
#[derive(Clone, Debug)]
pub struct Recording {
    head: Head,
    trials: Vec<TrialReport>,
    foot: Option<Foot>,
}

/// A trial of which not every line has been read.
#[derive(Default)]
struct Pending {
    histories: Vec<History>,
    findings: Vec<crate::judge::Finding>,
    warnings: Vec<crate::judge::Finding>,
    excused: Vec<crate::judge::Finding>,
}

impl Recording {
    /// The recording in a file.
    ///
    /// # Errors
    /// It cannot be read, is no recording of a version we know, or was changed after it was written.
    pub fn read(path: &Path) -> Result<Recording, UsageError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| UsageError::Other(format!("recording {}: {error}", path.display())))?;
        Recording::parse(&path.display().to_string(), &text)
    }

    /// The recording in a text.
    ///
    /// # Errors
    /// As [`Recording::read`].
    pub fn parse(file: &str, text: &str) -> Result<Recording, UsageError> {
        let wrong = |line: usize, what: String| UsageError::File {
            place: Place { file: file.into(), line: line + 1 },
            what,
        };
        let (mut head, mut foot) = (None, None);
        let (mut trials, mut pending) = (Vec::new(), Pending::default());
        let mut digest = Context::new(&SHA256);
        for (number, raw) in text.split_inclusive('\n').enumerate() {
            let line = match serde_json::from_str(raw) {
                Ok(line) => line,
                // A run that was killed may have left half a line.
                Err(_) if number > 0 && !raw.ends_with('\n') => break,
                Err(error) => return Err(wrong(number, format!("not a line of a recording: {error}"))),
            };
            match line {
                Line::Run(first) if number == 0 && first.schema <= SCHEMA => head = Some(*first),
                Line::Run(first) if number == 0 => {
                    let what = format!(
                        "version {} of the format, and we know {SCHEMA}; use a newer release",
                        first.schema
                    );
                    return Err(wrong(number, what));
                }
                Line::End(end) => {
                    let sum: String =
                        digest.clone().finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
                    if sum != end.digest {
                        return Err(wrong(
                            number,
                            "the digest does not fit: the recording was changed".into(),
                        ));
                    }
                    foot = Some(*end);
                }
                _ if head.is_none() => {
                    return Err(wrong(number, "a recording begins with its header".into()));
                }
                other => trials.extend(pending.take(other)),
            }
            digest.update(raw.as_bytes());
        }
        let head = head.ok_or_else(|| wrong(0, "empty; a recording begins with its header".into()))?;
        Ok(Recording { head, trials, foot })
    }

    /// The run as it was reported, histories and all.
    pub fn into_run(self) -> RunReport {
        let mut trials = self.trials;
        match self.foot {
            Some(foot) => {
                trials.sort_by_key(|trial| foot.order.iter().position(|name| *name == trial.name));
                RunReport { trials, ..foot.run }
            }
            None => RunReport {
                requests: trials.iter().map(|trial| trial.requests).sum(),
                sends: trials.iter().map(|trial| trial.sends).sum(),
                duration: trials.iter().map(|trial| trial.duration).sum(),
                unreachable: Some(
                    "the recording ends in mid-run: its trials are reported, the rest is unknown".into(),
                ),
                trials,
                ..self.head.run
            },
        }
    }
}

impl Pending {
    /// Takes a line in, and gives the trial that it ends.
    fn take(&mut self, line: Line) -> Option<TrialReport> {
        let event = match line {
            Line::TrialStarted { .. } => {
                *self = Pending::default();
                return None;
            }
            Line::TrialEnded { report } => {
                let Pending { histories, findings, warnings, excused } = std::mem::take(self);
                return Some(TrialReport { histories, findings, warnings, excused, ..*report });
            }
            Line::History { assumptions, epilogue, .. } => {
                self.histories.push(History { assumptions, epilogue, ..History::default() });
                return None;
            }
            Line::Expected { expected, .. } => {
                self.histories.last_mut()?.expected.push(*expected);
                return None;
            }
            Line::Returned { result, .. } => {
                self.histories.last_mut()?.results.push(*result);
                return None;
            }
            Line::Finding { weight, mut finding, .. } => {
                // Older recordings hold neither operation nor signature.
                let ids =
                    |history: &&History| finding.exchanges.iter().all(|id| history.exchange(*id).is_some());
                if let Some(history) = self.histories.iter().rev().find(ids) {
                    finding.identify(history);
                }
                match weight {
                    Weight::Violation => self.findings.push(*finding),
                    Weight::Excused => self.excused.push(*finding),
                    Weight::Warning => self.warnings.push(*finding),
                }
                return None;
            }
            Line::Exchange { exchange, .. } => Event::Exchange(exchange),
            Line::Delivery { delivery, .. } => Event::Delivery(delivery),
            Line::Clock { clock, .. } => Event::Clock(clock),
            Line::Run(_) | Line::End(_) => return None,
        };
        self.histories.last_mut()?.events.push(event);
        None
    }
}
