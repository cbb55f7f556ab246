//! The report formats that `run`, `judge` and `report` can write.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use otp_conformance::app::{KeptHistories, UsageError};
use otp_conformance::exchange::Redactor;
use otp_conformance::report::{
    RunReport, Sentences, Setting, Style, Summary, annotations, har, html, human, junit, markdown,
};
use serde_json::Value;

use super::say;

#[derive(clap::Args)]
pub(crate) struct Reports {
    /// Write the summary as JSON; with `-` it is the only text on standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write an HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a summary for a CI step; it is appended to a file that GITHUB_STEP_SUMMARY names
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the exchanges as an HTTP archive
    #[arg(long, value_name = "FILE")]
    har: Option<PathBuf>,
}

impl Reports {
    /// Whether standard output belongs to the JSON summary.
    pub(crate) fn is_quiet(&self) -> bool {
        self.json.as_deref().is_some_and(is_stdout)
    }

    /// The histories that the reports show: HTML and HAR those of trials that passed too, JUnit those of each that failed.
    pub(crate) fn wanted_histories(&self) -> KeptHistories {
        match (self.har.is_some() || self.html.is_some(), self.junit.is_some()) {
            (true, _) => KeptHistories::All,
            (false, true) => KeptHistories::OfFailures,
            (false, false) => KeptHistories::Smallest,
        }
    }

    /// Whether anything but the terminal is asked for.
    pub(crate) fn is_any(&self) -> bool {
        self.files().next().is_some()
    }

    /// Opens every file once, so that a wrong path is reported before anything is sent. A run that ends before its report
    /// leaves no empty one.
    pub(crate) fn probe(&self) -> Result<(), UsageError> {
        let mut files = self.files().filter(|(_, path)| !is_stdout(path));
        files.try_for_each(|(flag, path)| probe(flag, path))
    }

    /// Prints the report for people, unless the summary goes there: the last screen, and everything that it only counts
    /// where `details` are asked for.
    pub(crate) fn print(
        &self,
        run: &RunReport,
        sentences: &Sentences,
        redactor: &Redactor,
        (style, details): (Style, bool),
    ) {
        if self.is_quiet() {
            return;
        }
        let run = &redactor.cleaned(run);
        if details {
            say(&redactor.clean(&human::details(run, sentences, style)));
            say("\n");
        }
        say(&human::screen(run, sentences, style, &|text| redactor.clean(text)));
        if std::env::var_os("GITHUB_ACTIONS").is_some() {
            say(&redactor.clean(&annotations::annotations(run, sentences)));
        }
    }

    /// Writes every file that was asked for.
    pub(crate) fn write(
        &self,
        run: &RunReport,
        sentences: &Sentences,
        redactor: &Redactor,
    ) -> anyhow::Result<()> {
        self.write_against(run, None, sentences, redactor)
    }

    /// The same; the page also says what has changed since an earlier run.
    pub(crate) fn write_against(
        &self,
        run: &RunReport,
        before: Option<&RunReport>,
        sentences: &Sentences,
        redactor: &Redactor,
    ) -> anyhow::Result<()> {
        // Files are passed on: what is masked in them is taken from the environment by their commands.
        let masked = |setting: &Setting| Setting { value: redactor.clean(&setting.value), ..setting.clone() };
        let run = &RunReport { settings: run.settings.iter().map(masked).collect(), ..run.clone() };
        let run = &redactor.cleaned(run);
        let before = before.map(|before| redactor.cleaned(before));
        for (flag, path) in self.files() {
            // What is put in place of a secret must be escaped like any other text: nothing is replaced in a format.
            let text = match flag {
                "--json" => document(&serde_json::to_string(&Summary::new(run))?, redactor)?,
                "--har" => document(&har::har(run), redactor)?,
                "--junit" => junit::junit(run, sentences)?,
                "--html" => html::html_against(run, sentences, before.as_ref()),
                _ => markdown::markdown(run, sentences),
            };
            if is_stdout(path) {
                say(&text);
                continue;
            }
            put(path, &text).map_err(|error| unwritable(flag, path, &error))?;
        }
        Ok(())
    }

    fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let all = [
            ("--json", &self.json),
            ("--junit", &self.junit),
            ("--html", &self.html),
            ("--markdown", &self.markdown),
            ("--har", &self.har),
        ];
        all.into_iter().filter_map(|(flag, path)| Some((flag, path.as_deref()?)))
    }
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A JSON document with every text cleaned.
fn document(text: &str, redactor: &Redactor) -> anyhow::Result<String> {
    let mut value: Value = serde_json::from_str(text)?;
    redactor.clean_value(&mut value);
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// Opens a file that will be written, and leaves none where there was none.
///
/// # Errors
/// It cannot be written.
pub(crate) fn probe(flag: &str, path: &Path) -> Result<(), UsageError> {
    let known = path.exists();
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened.map_err(|error| unwritable(flag, path, &error))?;
    if !known {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// Other steps of a CI job write to the same summary.
fn put(path: &Path, text: &str) -> std::io::Result<()> {
    let shared = std::env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|summary| summary == path.as_os_str());
    let mut file =
        if shared { OpenOptions::new().append(true).create(true).open(path)? } else { File::create(path)? };
    file.write_all(text.as_bytes())
}

fn unwritable(flag: &str, path: &Path, error: &std::io::Error) -> UsageError {
    UsageError::Other(format!("{flag} {}: {error}; name a file that can be written", path.display()))
}
