//! Writes a recording while a run goes on.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{Context, SHA256};

use super::{Foot, Head, Line, SCHEMA};
use crate::app::UsageError;
use crate::exchange::Redactor;
use crate::report::RunReport;
use crate::trial::TrialReport;

/// A recording in the making. The header is written before anything is sent, so that a disk without room is noticed
/// while nothing has been spent.
pub struct Recorder {
    path: PathBuf,
    out: BufWriter<File>,
    redactor: Arc<Redactor>,
    digest: Context,
    lines: u64,
    broken: Option<io::Error>,
}

impl Recorder {
    /// Begins a recording of the run that is about to begin.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path, run: &RunReport, redactor: Arc<Redactor>) -> Result<Recorder, UsageError> {
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        let mut recorder = Recorder {
            path: path.to_owned(),
            out: BufWriter::new(file),
            redactor,
            digest: Context::new(&SHA256),
            lines: 0,
            broken: None,
        };
        recorder.lines(&[Line::Run(Box::new(Head { schema: SCHEMA, run: run.clone() }))]);
        match recorder.broken.take() {
            Some(error) => Err(unwritable(path, &error)),
            None => Ok(recorder),
        }
    }

    /// Takes down a trial that ended. A disk that fills up ends the recording, not the run.
    pub fn trial(&mut self, report: &TrialReport) {
        self.lines(&Line::of_trial(report));
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// A line could not be written; the lines before it are kept.
    pub fn finish(mut self, run: &RunReport) -> Result<(), UsageError> {
        let digest = self.digest.clone().finish();
        let foot = Foot {
            run: RunReport { trials: Vec::new(), ..run.clone() },
            order: run.trials.iter().map(|trial| trial.name.clone()).collect(),
            counts: run.counts().into_iter().map(|(outcome, n)| (outcome.word().to_owned(), n)).collect(),
            lines: self.lines,
            digest: digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        self.lines(&[Line::End(Box::new(foot))]);
        self.broken.take().map_or(Ok(()), |error| Err(unwritable(&self.path, &error)))
    }

    /// Writes whole lines and flushes them: a run that is killed leaves whole trials.
    fn lines(&mut self, lines: &[Line]) {
        if self.broken.is_none() {
            self.broken =
                lines.iter().try_for_each(|line| self.line(line)).and_then(|()| self.out.flush()).err();
        }
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut value = serde_json::to_value(line)?;
        self.redactor.clean_value(&mut value);
        let text = format!("{value}\n");
        self.digest.update(text.as_bytes());
        self.lines += 1;
        self.out.write_all(text.as_bytes())
    }
}

fn unwritable(path: &Path, error: &io::Error) -> UsageError {
    let what = "the evidence could not be kept; make room or name another file";
    UsageError::Other(format!("--record {}: {error}; {what}", path.display()))
}
