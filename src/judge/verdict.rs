//! The three answers of a judge, and the two things that are never mixed: the target is wrong, and we cannot tell.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::contract::{Level, OperationId, RequirementId};
use crate::exchange::{Loss, Place};

/// A requirement that the target broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The broken requirement.
    pub requirement: RequirementId,
    /// Its level. A broken MUST fails, a broken SHOULD warns, a MAY is recorded.
    pub level: Level,
    /// What a right server would have said, in words.
    pub expected: String,
    /// What this one said, in words.
    pub seen: String,
    /// The exchanges that show it, in order.
    pub exchanges: Vec<usize>,
    /// The check that found it.
    pub check: String,
    /// The line of the schema, requirement or suite file that asked for it.
    pub place: Place,
    /// The operation whose answer shows it; none where no answer of the contract does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
    /// What is seen, without any random or secret part: `200`, `400 E011003`, `member /user/email`. Together with
    /// requirement and operation it tells one bug from another, in every run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
    /// Which of its trial's histories shows it, from 1; none where it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<usize>,
}

#[cfg(test)]
impl Finding {
    /// A broken MUST that exchange 1 shows, with nothing said of it: for tests, which set what they are about.
    pub(crate) fn bare(number: u16) -> Finding {
        Finding {
            requirement: RequirementId::new(number),
            level: Level::Must,
            expected: String::new(),
            seen: String::new(),
            exchanges: vec![1],
            check: String::new(),
            place: Place::default(),
            operation: None,
            signature: String::new(),
            history: None,
        }
    }
}

/// Why nothing can be said. Never a pass, never the target's fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InconclusiveReason {
    /// An answer was lost, and with it whether the request had an effect.
    Lost {
        /// The exchange.
        exchange: usize,
        /// How it was lost.
        loss: Loss,
    },
    /// The target answered 429 or 503, so that a step could not be taken.
    Limited {
        /// The exchange.
        exchange: usize,
    },
    /// Two messages carried the same code by chance.
    EqualCodes {
        /// The code's stand-in.
        code: String,
    },
    /// An answer shows a code, once: by chance or by fault.
    PerhapsShown {
        /// The exchange.
        exchange: usize,
        /// The code's stand-in.
        secret: String,
        /// `body` or `header NAME`.
        place: String,
    },
    /// A code may have expired while the trial ran.
    Expired {
        /// The exchange.
        exchange: usize,
    },
    /// A message that should have come did not come in time.
    NoMessage {
        /// The exchange that should have caused it.
        exchange: usize,
    },
    /// A step did not go as the author needed it, without breaking a requirement: the case showed nothing.
    NotShown {
        /// The step.
        place: Place,
        /// What was needed and what came.
        what: String,
    },
    /// The search for an explanation took too long.
    OutOfBudget,
    /// A violation that did not come again when the same was asked with other users: runs before or beside this one may
    /// have left something behind, or the target does so seldom.
    NotAgain {
        /// The requirement that seemed broken.
        requirement: RequirementId,
        /// The operation that was asked.
        operation: Option<OperationId>,
        /// What was seen, as in the finding.
        signature: String,
        /// Whether it was not asked again at all, since the run may send no more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        kept_back: bool,
    },
    /// Something of ours was missing or refused, such as the published keys.
    Missing {
        /// What.
        what: String,
    },
}

impl InconclusiveReason {
    /// The kind of doubt in a word, as a known deviation names it.
    pub fn word(&self) -> &'static str {
        match self {
            InconclusiveReason::Lost { .. } => "lost",
            InconclusiveReason::Limited { .. } => "limited",
            InconclusiveReason::EqualCodes { .. } => "equal-codes",
            InconclusiveReason::PerhapsShown { .. } => "perhaps-shown",
            InconclusiveReason::Expired { .. } => "expired",
            InconclusiveReason::NoMessage { .. } => "no-message",
            InconclusiveReason::NotShown { .. } => "not-shown",
            InconclusiveReason::OutOfBudget => "out-of-budget",
            InconclusiveReason::NotAgain { .. } => "not-again",
            InconclusiveReason::Missing { .. } => "missing",
        }
    }
}

impl std::fmt::Display for InconclusiveReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            InconclusiveReason::Lost { exchange, loss } => write!(f, "exchange {exchange}: {loss}"),
            InconclusiveReason::Limited { exchange } => {
                write!(f, "exchange {exchange}: the target limits requests")
            }
            InconclusiveReason::EqualCodes { code } => {
                write!(f, "{code} was sent twice, by chance or by fault")
            }
            InconclusiveReason::PerhapsShown { exchange, secret, place } => {
                write!(f, "exchange {exchange}: {secret} is in the {place}, by chance or by fault")
            }
            InconclusiveReason::Expired { exchange } => {
                write!(f, "exchange {exchange}: the code may have expired meanwhile")
            }
            InconclusiveReason::NoMessage { exchange } => {
                write!(f, "exchange {exchange}: its message never came")
            }
            InconclusiveReason::NotShown { place, what } => write!(f, "{place}: {what}"),
            InconclusiveReason::OutOfBudget => f.write_str("no explanation found within the search budget"),
            InconclusiveReason::NotAgain { requirement, operation, signature, kept_back } => {
                let of =
                    operation.map(|operation| format!(" ({operation}: {signature})")).unwrap_or_default();
                let why = if *kept_back {
                    "and the run may send no more to see it again; raise the limit"
                } else {
                    "and not again with other users; run it again"
                };
                write!(f, "{requirement} seemed broken{of}, {why}")
            }
            InconclusiveReason::Missing { what } => f.write_str(what),
        }
    }
}

/// Something undocumented that the target does. News, not failure.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Drift {
    /// Operation and place: `verify-sms 200 body`.
    #[serde(rename = "where")]
    pub at: String,
    /// What is new.
    pub what: String,
}

/// How the target decided where the contract leaves it open.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Policy {
    /// The question: `wrong member type`.
    pub question: String,
    /// This target's answer: `refused 400 E011003`.
    pub answer: String,
}

/// What the evidence says. Never a `bool`: "we cannot tell" is an answer, and it is not a pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing speaks against the target.
    Conforms,
    /// These requirements are broken, the gravest first.
    Violates(Vec<Finding>),
    /// We cannot tell.
    Inconclusive(InconclusiveReason),
}

/// All that was read from one history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Broken requirements of every level.
    pub findings: Vec<Finding>,
    /// What kept us from telling.
    pub doubts: Vec<InconclusiveReason>,
    /// What is undocumented.
    pub drift: Vec<Drift>,
    /// What the contract leaves open, and how it was decided.
    pub observed: Vec<Policy>,
    /// Requirements for which a check that can convict looked at evidence that could have convicted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub examined: BTreeSet<RequirementId>,
}

impl InconclusiveReason {
    /// The exchange that it is about, if it is about one.
    pub fn exchange(&self) -> Option<usize> {
        match self {
            InconclusiveReason::Lost { exchange, .. }
            | InconclusiveReason::Limited { exchange }
            | InconclusiveReason::PerhapsShown { exchange, .. }
            | InconclusiveReason::Expired { exchange }
            | InconclusiveReason::NoMessage { exchange } => Some(*exchange),
            InconclusiveReason::EqualCodes { .. }
            | InconclusiveReason::NotShown { .. }
            | InconclusiveReason::OutOfBudget
            | InconclusiveReason::NotAgain { .. }
            | InconclusiveReason::Missing { .. } => None,
        }
    }

    /// Whether this says that a finding did not come again, so that it is no violation.
    pub fn acquits(&self, finding: &Finding) -> bool {
        matches!(self, InconclusiveReason::NotAgain { requirement, operation, signature, .. }
            if (*requirement, *operation) == (finding.requirement, finding.operation)
                && *signature == finding.signature)
    }
}

impl Judgement {
    /// Notes requirements for which a check looked at evidence that could have convicted.
    pub(crate) fn examine(&mut self, requirements: &[RequirementId]) {
        self.examined.extend(requirements);
    }

    /// Takes over what another reader found.
    pub fn merge(&mut self, other: Judgement) {
        self.findings.extend(other.findings);
        self.doubts.extend(other.doubts);
        self.drift.extend(other.drift);
        self.observed.extend(other.observed);
        self.examined.extend(other.examined);
    }

    /// The verdict when findings of `fails_from` and above count as violations: [`Level::Must`], or
    /// [`Level::Should`] under `--strict`. A conviction counts whatever else was doubtful.
    pub fn verdict(&self, fails_from: Level) -> Verdict {
        let mut grave: Vec<Finding> =
            self.findings.iter().filter(|f| f.level >= fails_from).cloned().collect();
        grave.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        match (grave.is_empty(), self.doubts.first()) {
            (false, _) => Verdict::Violates(grave),
            (true, Some(doubt)) => Verdict::Inconclusive(doubt.clone()),
            (true, None) => Verdict::Conforms,
        }
    }
}
