//! A case that convicts.

use std::collections::BTreeSet;

use super::super::key::Key;
use super::super::turns::Turn;
use crate::judge::{Finding, MEMBER};

/// A case that convicts, to be played again.
#[derive(Clone, Debug)]
pub(in crate::trial) struct Suspect {
    /// What it convicts of for the first time in its trial.
    pub(in crate::trial) keys: BTreeSet<Key>,
    /// The case.
    pub(in crate::trial) turn: Turn,
    /// The history that shows it, by position.
    pub(super) history: usize,
    /// Whether all of it may be the past of its users.
    pub(in crate::trial) of_the_past: bool,
}

/// Whether what is seen may come of what a user did before this trial, in an earlier run or in one beside this: a limit
/// that was reached, a code that another run replaced, an account that was disabled. No past makes a server fail, break
/// a shape or leave a signature out.
pub(super) fn may_be_past(finding: &Finding) -> bool {
    let broken = finding.signature.starts_with('5') || finding.signature == "no answer";
    let of_users = matches!(finding.check.as_str(), "behaviour" | "expect" | "messages" | "limits");
    of_users && !broken && !finding.signature.starts_with(MEMBER)
}
