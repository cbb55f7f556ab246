//! Which users a run made, so that they are deleted whatever happens to the run.
//!
//! A line is written before the request that may create a user, and another when the user is known to be there or to be
//! gone; one write each, since there are thousands. The file is locked while its run lives; the next run finds those
//! that are not, deletes what they name, and removes them. Users that a run did not make are in no journal, and are
//! never touched.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) use entry::{Became, Change};
use entry::{Entry, Known, State};
pub use entry::{Leftover, Whose};
use ring::digest::{SHA256, digest};

/// The users of this run.
#[derive(Debug, Default)]
pub struct Journal {
    users: Mutex<BTreeMap<String, Known>>,
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
        let journal = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "journal");
        let ours = |path: &PathBuf| {
            path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&format!("{name}-")))
        };
        let mut dead: Vec<PathBuf> =
            std::fs::read_dir(folder)?.filter_map(|file| Some(file.ok()?.path())).filter(journal).collect();
        // A lock is given up with the process, however it ends.
        dead.retain(|path| File::open(path).is_ok_and(|file| file.try_lock().is_ok()));
        // What was not asked for so long will not be asked for any more: its target is gone.
        dead.retain(|path| !(is_old(path) && std::fs::remove_file(path).is_ok()));
        dead.retain(ours);
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
        let next = match self.state(login_id) {
            Some(State::Asked | State::Made | State::Stranger) => return Ok(false),
            Some(State::Free | State::Refused) => State::Made,
            Some(State::Gone) | None => State::Asked,
        };
        self.note(login_id, next)?;
        Ok(true)
    }

    /// Notes what a look-up showed before a login ID was used: whether a user was there. What is known already stays.
    pub(super) fn looked_up(&self, login_id: &str, found: bool) {
        let mut users = self.users();
        if users.get(login_id).is_none_or(|known| known.state == State::Gone) {
            let state = if found { State::Stranger } else { State::Free };
            users.insert(login_id.to_owned(), Known { state, at: now(), accepted: false });
        }
    }

    /// Whose user it is.
    pub fn whose(&self, login_id: &str) -> Whose {
        match self.state(login_id) {
            Some(State::Made | State::Free | State::Refused) => Whose::Ours,
            Some(State::Stranger) => Whose::Stranger,
            Some(State::Asked | State::Gone) | None => Whose::Unknown,
        }
    }

    /// Notes what became of a request.
    pub(super) fn answered(&self, login_id: &str, became: Became) -> Change {
        let known = self.users().get(login_id).copied();
        let before = known.map(|known| known.state);
        let living = before.is_some_and(State::is_living);
        let (next, change) = match became.made {
            _ if before == Some(State::Stranger) => return Change::None,
            Some(true) => {
                let free = matches!(before, Some(State::Made | State::Free | State::Refused));
                let ours = became.proves || free;
                let next = if ours { State::Made } else { State::Asked };
                (next, if living { Change::None } else { Change::Came })
            }
            // One refusal undoes nothing that another request did.
            Some(false) if became.new && living && !known.is_some_and(|known| known.accepted) => {
                // Whose a user is who was not looked up is not known, if one is there after all. Without an
                // acceptance it is ours only if it was.
                let open = became.open && before == Some(State::Made);
                (if open { State::Refused } else { State::Gone }, Change::Went)
            }
            _ => return Change::None,
        };
        if before != Some(next) {
            // Without this line the next run has to look twice; nothing is lost.
            let _ = self.note(login_id, next);
        }
        if let Some(known) = self.users().get_mut(login_id) {
            known.accepted = became.made == Some(true);
        }
        change
    }

    /// Notes that a user is gone. Returns whether it went from the list of those that may be there.
    pub fn gone(&self, login_id: &str) -> bool {
        let state = self.state(login_id);
        let there = state.is_some_and(State::is_living);
        if there || state == Some(State::Refused) {
            let _ = self.note(login_id, State::Gone);
        }
        there
    }

    /// Whether a user who is there was made by this run. One that was only asked for may be another's.
    pub fn is_sure(&self, login_id: &str) -> bool {
        self.state(login_id) == Some(State::Made)
    }

    /// Whether a request that makes it was accepted.
    pub(super) fn was_accepted(&self, login_id: &str) -> bool {
        self.users().get(login_id).is_some_and(|known| known.accepted)
    }

    /// Whether it is known whose it is, or that it may be there.
    pub(super) fn is_known(&self, login_id: &str) -> bool {
        self.state(login_id).is_some_and(|state| state != State::Gone)
    }

    /// When it was first spoken of, in seconds since 1970.
    pub(super) fn asked_at(&self, login_id: &str) -> Option<i64> {
        self.users().get(login_id).map(|known| known.at)
    }

    /// Users that may be there.
    pub fn living(&self) -> Vec<String> {
        self.those(State::is_living)
    }

    /// Users who were not there before, and whom only requests named that were refused for another reason than what they
    /// held.
    pub(super) fn refused(&self) -> Vec<String> {
        self.those(|state| state == State::Refused)
    }

    fn those(&self, which: impl Fn(State) -> bool) -> Vec<String> {
        let users = self.users();
        users.iter().filter(|(_, known)| which(known.state)).map(|(id, _)| id.clone()).collect()
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
        let left = users.into_iter().filter(|(_, (state, _))| state.is_living());
        left.map(|(login_id, (state, asked_at))| Leftover { login_id, sure: state == State::Made, asked_at })
            .collect()
    }

    fn note(&self, login_id: &str, state: State) -> io::Result<()> {
        let known = self.users().get(login_id).copied();
        let at = known.map_or_else(now, |known| known.at);
        if let Some((_, file)) = &self.file {
            let entry = Entry { login_id: login_id.to_owned(), state, at };
            let line = serde_json::to_string(&entry)? + "\n";
            // One write, so that two trials never share a line.
            file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())?;
        }
        let accepted = known.is_some_and(|known| known.accepted) && state != State::Gone;
        self.users().insert(login_id.to_owned(), Known { state, at, accepted });
        Ok(())
    }

    fn state(&self, login_id: &str) -> Option<State> {
        self.users().get(login_id).map(|known| known.state)
    }

    fn users(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// How long a journal is kept whose target has no runs any more.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

fn is_old(path: &Path) -> bool {
    let changed = std::fs::metadata(path).and_then(|data| data.modified());
    changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT))
}
