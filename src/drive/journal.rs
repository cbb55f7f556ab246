//! Which users a run made by the management API, so that they are deleted whatever happens to the run.
//!
//! A line is written before the request that creates a user, and another when the user is known to be there or to be
//! gone. The file is locked while its run lives; the next run finds those that are not, deletes what they name, and
//! removes them. Users that a run did not make are in no journal, and are never touched.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// What is known of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// Asked for; whether it is there is not known.
    Asked,
    /// There, and ours.
    Made,
    /// Not there any more, or never ours.
    Gone,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    login_id: String,
    state: State,
    /// Seconds since 1970, when it was asked for.
    at: i64,
}

/// A user that a dead run may have left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its login ID.
    pub login_id: String,
    /// Whether the run knew that it made it. If not, it may be somebody else's of the same name.
    pub sure: bool,
    /// When it was asked for, in seconds since 1970.
    pub asked_at: i64,
}

/// The users of this run.
#[derive(Debug, Default)]
pub struct Journal {
    users: Mutex<BTreeMap<String, (State, i64)>>,
    file: Option<(PathBuf, Mutex<File>)>,
}

impl Journal {
    /// A journal that is forgotten with the process: for a server that is.
    pub fn in_memory() -> Journal {
        Journal::default()
    }

    /// A journal in a folder, for the target of that name; and the files of runs that have died.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn open(folder: &Path, target: &str) -> io::Result<(Journal, Vec<PathBuf>)> {
        std::fs::create_dir_all(folder)?;
        let hash = digest(&SHA256, target.as_bytes());
        let name: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let ours = |path: &PathBuf| {
            let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
            file.starts_with(&name) && file.ends_with(".journal")
        };
        let mut dead: Vec<PathBuf> =
            std::fs::read_dir(folder)?.filter_map(|file| Some(file.ok()?.path())).filter(ours).collect();
        // A lock is given up with the process, however it ends.
        dead.retain(|path| File::open(path).is_ok_and(|file| file.try_lock().is_ok()));
        let unique =
            format!("{name}-{}-{}.journal", std::process::id(), jiff::Timestamp::now().as_nanosecond());
        let path = folder.join(unique);
        let file = OpenOptions::new().create_new(true).append(true).open(&path)?;
        file.lock()?;
        Ok((Journal { users: Mutex::default(), file: Some((path, Mutex::new(file))) }, dead))
    }

    /// Notes that a user is about to be asked for. Returns whether it was not on the list of those that may be there.
    ///
    /// # Errors
    /// It cannot be noted; then it must not be asked for.
    pub fn ask(&self, login_id: &str) -> io::Result<bool> {
        let before = self.state(login_id).filter(|state| *state != State::Gone);
        if before.is_none() {
            self.note(login_id, State::Asked)?;
        }
        Ok(before.is_none())
    }

    /// Notes what became of it: `Some(true)` it is there, `Some(false)` the target refused, `None` nobody knows.
    /// Returns whether it went from the list of those that may be there.
    pub fn answered(&self, login_id: &str, made: Option<bool>) -> bool {
        let next = match (made, self.state(login_id)) {
            (Some(true), _) => State::Made,
            // Refused because it is there: if we made it before, it is ours still.
            (Some(false), Some(State::Asked)) => State::Gone,
            _ => return false,
        };
        // Without this line the next run has to look twice; nothing is lost.
        let _ = self.note(login_id, next);
        next == State::Gone
    }

    /// Notes that a user is gone. Returns whether it went from the list of those that may be there.
    pub fn gone(&self, login_id: &str) -> bool {
        let there = self.state(login_id).is_some_and(|state| state != State::Gone);
        if there {
            let _ = self.note(login_id, State::Gone);
        }
        there
    }

    /// Whether a user is known to be there. One that was only asked for may still come: the answer was lost.
    pub fn is_sure(&self, login_id: &str) -> bool {
        self.state(login_id) == Some(State::Made)
    }

    /// Users that may be there.
    pub fn living(&self) -> Vec<String> {
        let users = self.users();
        users.iter().filter(|(_, (state, _))| *state != State::Gone).map(|(id, _)| id.clone()).collect()
    }

    /// Ends the journal: the file goes if nothing is left that it is needed for.
    pub fn close(&self) {
        if let Some((path, _)) = self.file.as_ref().filter(|_| self.living().is_empty()) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// What a dead run left behind. Half a line at the end is what a killed run leaves.
    pub fn leftovers(path: &Path) -> Vec<Leftover> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut users = BTreeMap::new();
        for Entry { login_id, state, at } in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            users.insert(login_id, (state, at));
        }
        let left = users.into_iter().filter(|(_, (state, _))| *state != State::Gone);
        left.map(|(login_id, (state, asked_at))| Leftover { login_id, sure: state == State::Made, asked_at })
            .collect()
    }

    fn note(&self, login_id: &str, state: State) -> io::Result<()> {
        let at = self.users().get(login_id).map_or_else(|| jiff::Timestamp::now().as_second(), |(_, at)| *at);
        if let Some((_, file)) = &self.file {
            let entry = Entry { login_id: login_id.to_owned(), state, at };
            let line = serde_json::to_string(&entry)? + "\n";
            // One write, so that two trials never share a line.
            file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())?;
        }
        self.users().insert(login_id.to_owned(), (state, at));
        Ok(())
    }

    fn state(&self, login_id: &str) -> Option<State> {
        self.users().get(login_id).map(|(state, _)| *state)
    }

    fn users(&self) -> MutexGuard<'_, BTreeMap<String, (State, i64)>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_run_leaves_what_it_made_and_what_it_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, dead) = Journal::open(folder.path(), "t").unwrap();
        assert!(dead.is_empty());
        for id in ["asked", "made", "refused", "deleted"] {
            journal.ask(id).unwrap();
        }
        journal.answered("made", Some(true));
        journal.answered("refused", Some(false));
        journal.answered("deleted", Some(true));
        journal.gone("deleted");
        assert_eq!(journal.living(), ["asked", "made"]);

        let (living, dead) = Journal::open(folder.path(), "t").unwrap();
        assert!(dead.is_empty(), "a run that lives keeps its journal");
        drop(journal);
        let (_third, dead) = Journal::open(folder.path(), "t").unwrap();
        assert_eq!(dead.len(), 1);
        let left = Journal::leftovers(&dead[0]);
        assert_eq!(
            left.iter().map(|l| (l.login_id.as_str(), l.sure)).collect::<Vec<_>>(),
            [("asked", false), ("made", true)]
        );
        drop(living);
    }

    #[test]
    fn a_refusal_takes_away_nothing_that_was_ours() {
        let journal = Journal::in_memory();
        journal.ask("a").unwrap();
        journal.answered("a", Some(true));
        journal.ask("a").unwrap();
        journal.answered("a", Some(false));
        assert_eq!(journal.living(), ["a"]);
        journal.gone("stranger");
        assert_eq!(journal.living(), ["a"]);
    }

    #[test]
    fn a_run_that_left_nothing_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(folder.path(), "t").unwrap();
        journal.ask("a").unwrap();
        journal.close();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        journal.gone("a");
        journal.close();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn another_target_has_other_users() {
        let folder = tempfile::tempdir().unwrap();
        drop(Journal::open(folder.path(), "one").unwrap());
        assert!(Journal::open(folder.path(), "two").unwrap().1.is_empty());
    }
}
