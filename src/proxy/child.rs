//! The user's command as a child process: its own process group, a time limit, and no orphan.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;

/// How long a group may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// A running command and everything it starts.
pub struct Child {
    process: tokio::process::Child,
    group: Group,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Exited(ExitStatus),
    /// It did not, within this time.
    TimedOut(Duration),
    /// We were interrupted.
    Interrupted,
}

impl Child {
    /// Starts a command in a group of its own, with these variables and without standard input. `output` takes its
    /// standard output.
    ///
    /// # Errors
    /// The system cannot start it.
    pub fn start(
        command: &[String],
        environment: &[(String, String)],
        output: Stdio,
    ) -> std::io::Result<Child> {
        let mut command = prepared(command, environment);
        Child::spawn(command.stdin(Stdio::null()).stdout(output))
    }

    pub(super) fn spawn(command: &mut Command) -> std::io::Result<Child> {
        let process = command.spawn()?;
        Ok(Child { group: Group(process.id()), process })
    }

    pub(super) fn pipes(&mut self) -> Option<(tokio::process::ChildStdin, tokio::process::ChildStdout)> {
        Some((self.process.stdin.take()?, self.process.stdout.take()?))
    }

    /// Waits for it to end, and ends it with everything it started when the limit is over.
    ///
    /// # Errors
    /// The system lost track of it.
    pub async fn wait(mut self, limit: Duration) -> std::io::Result<Ending> {
        let ending = tokio::select! {
            ended = self.process.wait() => Ending::Exited(ended?),
            () = tokio::time::sleep(limit) => Ending::TimedOut(limit),
            () = interrupted() => Ending::Interrupted,
        };
        if !matches!(ending, Ending::Exited(_)) {
            self.group.end(Firmness::Ask);
            let _gone_or_not = tokio::time::timeout(GRACE, self.process.wait()).await;
        }
        // Dropping the group ends whatever it has left behind.
        Ok(ending)
    }
}

/// The command with its variables, in a group of its own.
pub(super) fn prepared(command: &[String], environment: &[(String, String)]) -> Command {
    let (program, arguments) =
        command.split_first().map_or(("", [].as_slice()), |(first, rest)| (first, rest));
    let mut prepared = Command::new(program);
    prepared.args(arguments).envs(environment.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
    #[cfg(unix)]
    prepared.process_group(0);
    prepared
}

async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                caught = tokio::signal::ctrl_c() => if caught.is_ok() { return },
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_ok() {
        return;
    }
    std::future::pending::<()>().await;
}

/// A process group, by the id of its leader. Ends when dropped.
struct Group(Option<u32>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Firmness {
    Ask,
    Insist,
}

impl Group {
    #[cfg(unix)]
    fn end(&self, firmness: Firmness) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let signal = if firmness == Firmness::Ask { Signal::TERM } else { Signal::KILL };
        let leader = self.0.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(leader) = leader {
            // That no process is left is what we want.
            let _nobody_left = kill_process_group(leader, signal);
        }
    }

    #[cfg(not(unix))]
    fn end(&self, _: Firmness) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end(Firmness::Insist);
    }
}
