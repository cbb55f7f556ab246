//! Which users a run made, so that they are deleted whatever happens to the run.
//!
//! A line is written before the request that may create a user, and another when the user is known to be there or to be
//! gone; one write each, since there are thousands. The file is locked while its run lives; the next run finds those
//! that are not, deletes what they name, and removes them. Users that a run did not make are in no journal, and are
//! never touched.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// What is known of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// Asked for; whether it is there, and whose it is then, is not known.
    Asked,
    /// Ours: no user had this login ID when we came, or the target said that it was made for us.
    Made,
    /// Not there any more, or never ours.
    Gone,
    /// Not there when we came, and not asked for since. Never written.
    #[serde(skip)]
    Free,
    /// There before we came: a stranger's. Never written.
    #[serde(skip)]
    Stranger,
}

impl State {
    /// Whether a user of ours may be there.
    fn is_living(self) -> bool {
        matches!(self, State::Asked | State::Made)
    }
}

/// Whose user a login ID names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// No user had it when this run came; the one that is there now was made by this run.
    Ours,
    /// It was there before this run came.
    Stranger,
    /// Not known: it was not looked up, or that failed.
    Unknown,
}

/// What became of a request that may make a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Became {
    /// `Some(true)` it was accepted, `Some(false)` the target refused, `None` it is not known.
    pub(super) made: Option<bool>,
    /// It brought the user onto the list of those that may be there.
    pub(super) new: bool,
    /// To be accepted proves that the user was made by it.
    pub(super) proves: bool,
}

/// What an answer changed on the list of users that may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// A user came onto it.
    Came,
    /// A user went from it.
    Went,
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
    /// Whether the run knew that it made it. If not, it may be another user of the same name.
    pub sure: bool,
    /// When it was asked for, in seconds since 1970.
    pub asked_at: i64,
}

/// What this run knows of a login ID.
#[derive(Clone, Copy, Debug)]
struct Known {
    state: State,
    /// Seconds since 1970, when it was first spoken of.
    at: i64,
    /// Whether the target accepted a request that makes it.
    accepted: bool,
}

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
            Some(State::Free) => State::Made,
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
            Some(State::Made | State::Free) => Whose::Ours,
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
                let ours = became.proves || matches!(before, Some(State::Made | State::Free));
                let next = if ours { State::Made } else { State::Asked };
                (next, if living { Change::None } else { Change::Came })
            }
            // One refusal undoes nothing that another request did.
            Some(false) if became.new && living && !known.is_some_and(|known| known.accepted) => {
                (State::Gone, Change::Went)
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
        let there = self.state(login_id).is_some_and(State::is_living);
        if there {
            let _ = self.note(login_id, State::Gone);
        }
        there
    }

    /// Whether a user is known to be there. One that was only asked for may still come: the answer was lost.
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
        let users = self.users();
        users.iter().filter(|(_, known)| known.state.is_living()).map(|(id, _)| id.clone()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the management API, whose answers prove.
    fn became(made: bool, new: bool) -> Became {
        Became { made: Some(made), new, proves: true }
    }

    #[test]
    fn an_accepted_message_proves_nothing_where_nobody_looked() {
        let journal = Journal::in_memory();
        assert!(journal.ask("a").unwrap());
        assert_eq!(
            journal.answered("a", Became { made: Some(true), new: true, proves: false }),
            Change::None
        );
        assert!(!journal.is_sure("a") && journal.was_accepted("a"));
        assert_eq!(journal.living(), ["a"]);
    }

    #[test]
    fn a_dead_run_leaves_what_it_made_and_what_it_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, dead) = Journal::open(folder.path(), "t").unwrap();
        assert!(dead.is_empty());
        for id in ["asked", "made", "refused", "deleted"] {
            journal.ask(id).unwrap();
        }
        journal.answered("made", became(true, true));
        journal.answered("refused", became(false, true));
        journal.answered("deleted", became(true, true));
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
        journal.answered("a", became(true, true));
        assert!(!journal.ask("a").unwrap());
        journal.answered("a", became(false, false));
        assert_eq!(journal.living(), ["a"]);
        journal.gone("stranger");
        assert_eq!(journal.living(), ["a"]);
    }

    #[test]
    fn whose_a_login_id_is_shows_before_it_is_used() {
        let journal = Journal::in_memory();
        assert_eq!(journal.whose("a"), Whose::Unknown);
        journal.looked_up("a", false);
        journal.looked_up("b", true);
        assert_eq!((journal.whose("a"), journal.whose("b")), (Whose::Ours, Whose::Stranger));
        assert_eq!(journal.living(), Vec::<String>::new(), "no user was made yet");
        assert!(journal.ask("a").unwrap() && !journal.ask("b").unwrap());
        assert_eq!(journal.answered("b", became(true, false)), Change::None);
        journal.looked_up("a", true);
        assert_eq!(
            journal.living(),
            ["a"],
            "what is there now was made by us, and a stranger is not ours to delete"
        );
        assert_eq!(journal.answered("a", became(false, true)), Change::Went);
        assert_eq!(journal.answered("a", became(true, false)), Change::Came);
        assert_eq!(journal.answered("a", became(false, true)), Change::None, "another request was accepted");
    }

    #[test]
    fn a_journal_that_nobody_needs_any_more_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0000-1-1.journal");
        std::fs::write(&path, "").unwrap();
        drop(Journal::open(folder.path(), "t").unwrap());
        assert!(path.exists());
        let long_ago = std::time::SystemTime::now() - KEPT * 2;
        File::options().append(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        drop(Journal::open(folder.path(), "t").unwrap());
        assert!(!path.exists());
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
