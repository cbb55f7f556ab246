//! A failing case as a file: what `replay` reads, and what can be pasted into a suite.

use super::{Outcome, TrialReport};

/// Where cases are kept, below the folder that a run is started in.
const FOLDER: &str = "otp-cases";

impl TrialReport {
    /// The file that its smallest failing case is kept in: one of each trial and requirement, so that a run that is
    /// repeated fills no disk. `None`, if it found none, or none that counts.
    pub fn case_file(&self) -> Option<String> {
        let broken =
            self.findings.first().filter(|_| self.outcome == Outcome::Fail && self.case.is_some())?;
        let stem = format!("{}-{}", self.name.replace("::", "-"), broken.requirement).to_lowercase();
        Some(format!("{FOLDER}/{stem}.toml"))
    }

    /// The text of that file: a suite of one scenario.
    pub fn case_text(&self) -> Option<String> {
        let case = self.case.as_ref()?;
        let about = toml::Value::from(format!("What {} found", self.name));
        Some(format!("title = {about}\n\n{case}"))
    }
}
