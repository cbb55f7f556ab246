//! What a line of a recording may be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::RequirementId;
use crate::exchange::{Assumptions, ClientResult, ClockMove, Delivery, Event, Exchange, Expected, Place};
use crate::judge::Finding;
use crate::report::RunReport;
use crate::trial::TrialReport;

/// Version of the format. Members and events may be added without a new one; none changes its meaning.
pub const SCHEMA: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Line {
    /// The header: what was about to be run.
    Run(Box<Head>),
    /// A trial began.
    TrialStarted {
        /// The trial.
        trial: String,
        /// Its seed.
        seed: u64,
        /// What it gives evidence for.
        proves: Vec<RequirementId>,
        /// Where it is defined.
        place: Option<Place>,
    },
    /// A history of the trial began.
    History {
        /// The trial.
        trial: String,
        /// Which of its histories, from 1.
        history: usize,
        /// What may be assumed of the target.
        assumptions: Assumptions,
        /// The first exchange of its epilogue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epilogue: Option<usize>,
    },
    /// A request and its answer.
    Exchange {
        /// The trial.
        trial: String,
        /// Its history.
        history: usize,
        /// What was sent and seen.
        exchange: Box<Exchange>,
    },
    /// A message arrived.
    Delivery {
        /// The trial.
        trial: String,
        /// Its history.
        history: usize,
        /// What arrived.
        delivery: Delivery,
    },
    /// The target's clock was moved.
    Clock {
        /// The trial.
        trial: String,
        /// Its history.
        history: usize,
        /// By how much, and when.
        clock: ClockMove,
    },
    /// What the author of the case says must be seen.
    Expected {
        /// The trial.
        trial: String,
        /// Its history.
        history: usize,
        /// The expectation.
        expected: Box<Expected>,
    },
    /// What a client under test returned to its caller.
    #[serde(rename = "told")]
    Returned {
        /// The trial.
        trial: String,
        /// Its history.
        history: usize,
        /// The call and what came of it.
        #[serde(rename = "told")]
        result: Box<ClientResult>,
    },
    /// A broken requirement.
    Finding {
        /// The trial.
        trial: String,
        /// Whether it counts.
        weight: Weight,
        /// What was found.
        finding: Box<Finding>,
    },
    /// A trial ended. Histories and findings stand in the lines before.
    TrialEnded {
        /// The rest of its report.
        report: Box<TrialReport>,
    },
    /// The footer.
    End(Box<Foot>),
}

/// Whether a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It fails the trial.
    Violation,
    /// It would, and a known deviation excuses it.
    Excused,
    /// It is listed and fails nothing.
    Warning,
}

/// What was about to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the format.
    pub schema: u32,
    /// The run as far as it was known before the first request.
    pub run: RunReport,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Foot {
    /// The run; its trials stand in the lines before.
    pub run: RunReport,
    /// The trials in the order of the plan; in the lines they stand as they ended.
    pub order: Vec<String>,
    /// Trials by outcome.
    pub counts: BTreeMap<String, usize>,
    /// Lines before this one.
    pub lines: u64,
    /// SHA-256 over those lines, in hexadecimal digits.
    pub digest: String,
}

impl Line {
    /// All lines of a trial that ended.
    pub fn of_trial(report: &TrialReport) -> Vec<Line> {
        let trial = &report.name;
        let (seed, proves, place) = (report.seed, report.proves.clone(), report.place.clone());
        let mut lines = vec![Line::TrialStarted { trial: trial.clone(), seed, proves, place }];
        for (at, history) in report.histories.iter().enumerate() {
            let (history_number, assumptions) = (at + 1, history.assumptions.clone());
            let (trial_name, epilogue) = (trial.clone(), history.epilogue);
            lines.push(Line::History { trial: trial_name, history: history_number, assumptions, epilogue });
            lines.extend(history.events.iter().map(|event| Line::of_event(trial, history_number, event)));
            lines.extend(history.expected.iter().map(|expected| Line::Expected {
                trial: trial.clone(),
                history: history_number,
                expected: Box::new(expected.clone()),
            }));
            lines.extend(history.results.iter().map(|result| Line::Returned {
                trial: trial.clone(),
                history: history_number,
                result: Box::new(result.clone()),
            }));
        }
        let lists = [
            (Weight::Violation, &report.findings),
            (Weight::Excused, &report.excused),
            (Weight::Warning, &report.warnings),
        ];
        for (weight, list) in lists {
            lines.extend(list.iter().map(|finding| Line::Finding {
                trial: trial.clone(),
                weight,
                finding: Box::new(finding.clone()),
            }));
        }
        let rest = TrialReport {
            histories: Vec::new(),
            findings: Vec::new(),
            warnings: Vec::new(),
            excused: Vec::new(),
            ..report.clone()
        };
        lines.push(Line::TrialEnded { report: Box::new(rest) });
        lines
    }

    fn of_event(trial: &str, history: usize, event: &Event) -> Line {
        let trial = trial.to_owned();
        match event.clone() {
            Event::Exchange(exchange) => Line::Exchange { trial, history, exchange },
            Event::Delivery(delivery) => Line::Delivery { trial, history, delivery },
            Event::Clock(clock) => Line::Clock { trial, history, clock },
        }
    }
}
