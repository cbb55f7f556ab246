use super::*;

/// Of the management API, whose answers prove.
fn became(made: bool, new: bool) -> Became {
    Became { made: Some(made), new, open: true, proves: true }
}

#[test]
fn an_accepted_message_proves_nothing_where_nobody_looked() {
    let journal = Journal::in_memory();
    assert!(journal.ask("a").unwrap());
    assert_eq!(
        journal.answered("a", Became { made: Some(true), new: true, open: false, proves: false }),
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
    assert!(journal.refused().is_empty(), "it was not looked up");

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
    assert_eq!((journal.whose("a"), journal.refused()), (Whose::Ours, vec!["a".to_owned()]));
    journal.looked_up("a", true);
    assert_eq!(journal.whose("a"), Whose::Ours, "a refused request may have made it");
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
