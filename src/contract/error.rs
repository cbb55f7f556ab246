//! What is wrong with the contract's own files: an error of ours or our user's, never a finding about a target.

use std::fmt;

/// A file of the contract that cannot be used: where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ContractError {
    /// The file, relative to the schema folder, or the folder itself.
    pub file: String,
    /// The line, counted from 1, where one is to blame.
    pub line: Option<u32>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl ContractError {
    pub(crate) fn new(
        file: &str,
        line: impl Into<Option<u32>>,
        problem: impl fmt::Display,
        remedy: impl Into<String>,
    ) -> ContractError {
        ContractError {
            file: file.into(),
            line: line.into(),
            problem: problem.to_string(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.problem, self.remedy)
    }
}
