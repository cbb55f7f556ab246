//! A command of the user's that prints the code: `command:./read-code.sh "$OTP_PHONE"`.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::latest::Latest;
use super::poll::{Pauses, Unanswered, poll};
use super::{CodeError, CodeSource, Cursor, Message, Reply};
use crate::exchange::Capture;

/// How long one run of the command may take.
const LIMIT: Duration = Duration::from_secs(15);

/// Runs a shell line for each question; what it prints is the newest code.
///
/// `OTP_LOGIN_ID` and `OTP_PHONE` say whose. No output, or an exit status of 1 without a word (as `grep` has it),
/// means that there is no code yet; any other failure is an error.
#[derive(Debug)]
pub struct CommandSource {
    line: String,
    limit: Duration,
    latest: Latest,
    unanswered: Unanswered,
}

impl CommandSource {
    /// A source that runs `sh -c LINE`, on Windows `cmd /C LINE`.
    pub fn new(line: String) -> CommandSource {
        CommandSource { line, limit: LIMIT, latest: Latest::default(), unanswered: Unanswered::default() }
    }

    async fn look(&self, to: &str, login_id: &str, after: Cursor) -> Result<Vec<Message>, CodeError> {
        let (shell, takes) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = Command::new(shell);
        command.args([takes, &self.line]).env("OTP_LOGIN_ID", login_id).env("OTP_PHONE", to);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let output = timeout(self.limit, output(command, shell)).await.map_err(|_| {
            CodeError(format!("the command took longer than {:?} and was stopped", self.limit))
        })??;
        Ok(self.latest.note(to, login_id, code_in(&output)?, after))
    }
}

/// Bytes that a command may print.
const MOST: usize = 64 * 1024;

/// What a command prints until it ends. One that prints without end is stopped.
async fn output(mut command: Command, shell: &str) -> Result<Output, CodeError> {
    let failed = |error: std::io::Error| CodeError(format!("the command cannot be run by {shell}: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(printed(stdout), printed(stderr))?;
    let status = child.wait().await.map_err(failed)?;
    Ok(Output { status, stdout, stderr })
}

async fn printed(pipe: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, CodeError> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let read = pipe.take(MOST as u64 + 1).read_to_end(&mut bytes).await;
        read.map_err(|error| CodeError(format!("the command's output cannot be read: {error}")))?;
    }
    match bytes.len() > MOST {
        true => Err(CodeError(format!("the command printed more than {MOST} bytes and was stopped"))),
        false => Ok(bytes),
    }
}

fn code_in(output: &Output) -> Result<Option<String>, CodeError> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let (printed, complaint) = (text(&output.stdout), text(&output.stderr));
    let nothing_found = output.status.code() == Some(1) && printed.is_empty() && complaint.is_empty();
    if !output.status.success() && !nothing_found {
        let first = complaint.lines().next().map(|line| format!(": {line}")).unwrap_or_default();
        return Err(CodeError(format!("the command ended with {}{first}", output.status)));
    }
    if printed.lines().count() > 1 {
        return Err(CodeError(
            "the command printed more than one line; print the code and nothing else".into(),
        ));
    }
    Ok(Some(printed).filter(|code| !code.is_empty()))
}

impl CodeSource for CommandSource {
    fn capture(&self) -> Capture {
        Capture::LatestOnly
    }

    fn shows_text(&self) -> bool {
        false
    }

    fn messages<'a>(
        &'a self,
        to: &'a str,
        login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        Box::pin(poll(patience, Pauses::LONG, &self.unanswered, move || self.look(to, login_id, after)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(line: &str) -> Result<Vec<String>, CodeError> {
        let source = CommandSource::new(line.into());
        let found = source.messages("+12025550100", "ada's \"id\"", 0, Duration::ZERO).await?;
        Ok(found.into_iter().map(|message| message.code).collect())
    }

    #[tokio::test]
    async fn what_it_prints_is_the_code() {
        assert_eq!(run("echo ' 012345 '").await, Ok(vec!["012345".into()]));
        assert_eq!(
            run("printf %s \"$OTP_LOGIN_ID $OTP_PHONE\"").await,
            Ok(vec!["ada's \"id\" +12025550100".into()])
        );
    }

    #[tokio::test]
    async fn silence_means_not_yet() {
        for line in ["true", "echo", "grep absent /dev/null"] {
            assert_eq!(run(line).await, Ok(vec![]), "{line}");
        }
    }

    #[tokio::test]
    async fn failures_say_what_failed() {
        for (line, hint) in [
            ("echo no such key >&2; exit 1", "exit status: 1: no such key"),
            ("exit 3", "exit status: 3"),
            ("echo 111111; exit 1", "exit status: 1"),
            ("kill -9 $$", "signal: 9"),
            ("echo 111111; echo 222222", "more than one line"),
            ("yes", "more than 65536 bytes"),
            ("yes >&2", "more than 65536 bytes"),
        ] {
            let error = run(line).await.unwrap_err().to_string();
            assert!(error.contains(hint), "{line}: {error}");
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_stopped() {
        let source = CommandSource {
            limit: Duration::from_millis(20),
            ..CommandSource::new("exec tail -f /dev/null".into())
        };
        let error = source.messages("+12025550100", "ada", 0, Duration::from_secs(600)).await.unwrap_err();
        assert_eq!(error.to_string(), "code source: the command took longer than 20ms and was stopped");
    }

    #[tokio::test]
    async fn asks_again_until_there_is_a_code() {
        let folder = tempfile::tempdir().unwrap();
        let line = format!("cd {:?} && if [ -e asked ]; then echo 111111; else : > asked; fi", folder.path());
        let source = CommandSource::new(line);
        let found = source.messages("+12025550100", "ada", 0, Duration::from_secs(600)).await.unwrap();
        assert_eq!((found[0].code.as_str(), source.capture()), ("111111", Capture::LatestOnly));
    }
}
