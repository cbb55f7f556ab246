//! Sources that show only the newest code of a person: when is it a new message?
//!
//! A message counts as new when its code differs from the one seen before for that login ID, and as sent to the number
//! that was asked about when it was first seen: after a refused change of a number, the code of an earlier login is still
//! shown for the login ID, and was never sent to the new number. Consequences: a message that was replaced before
//! anybody looked is never seen; one that repeats the code before it is not seen either, and a trial that waits for it
//! ends inconclusive; and a code left over from an earlier run is taken for new the first time a login ID is looked at.
//! Such sources therefore cannot prove anything about overlapping sends.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Cursor, Message};

/// The newest code seen for each login ID.
#[derive(Debug, Default)]
pub(super) struct Latest {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// How many messages there were; one recipient's may be seen under several login IDs.
    count: Cursor,
    newest: HashMap<String, Message>,
    /// The newest message to each recipient.
    last: HashMap<String, Message>,
}

impl Latest {
    /// Takes note of the code that a source shows now for a login ID, and answers with it if it went to `to` and came
    /// after `after`.
    pub(super) fn note(&self, to: &str, login_id: &str, code: Option<String>, after: Cursor) -> Vec<Message> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = seen.newest.get(login_id);
        if let Some(code) = code.filter(|code| known.is_none_or(|known| known.code != *code)) {
            // A user has several login IDs, and a source may show the same message for each, also when another one
            // has shown the next already.
            let mut shown = seen.newest.values().chain(seen.last.get(to));
            let again = shown.find(|message| message.code == code && message.to == to).cloned();
            let message = again.unwrap_or_else(|| {
                seen.count += 1;
                Message { to: to.into(), code, text: None, others: 0, method: None, seq: seen.count }
            });
            seen.last.insert(to.to_owned(), message.clone());
            seen.newest.insert(login_id.to_owned(), message);
        }
        let newest = seen.newest.get(login_id);
        newest.filter(|message| message.to == to && message.seq > after).cloned().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(latest: &Latest, to: &str, login_id: &str, code: &str, after: Cursor) -> Vec<(String, u64)> {
        let code = Some(code.to_owned()).filter(|code| !code.is_empty());
        let messages = latest.note(to, login_id, code, after);
        messages.into_iter().map(|message| (message.code, message.seq)).collect()
    }

    #[test]
    fn a_code_is_new_when_it_differs() {
        let latest = Latest::default();
        let note = |code, after| codes(&latest, "+12025550100", "ada", code, after);
        assert_eq!(note("", 0), []);
        assert_eq!(note("111111", 0), [("111111".to_owned(), 1)]);
        assert_eq!(note("111111", 1), []);
        assert_eq!(note("222222", 1), [("222222".to_owned(), 2)]);
        assert_eq!(note("111111", 2), [("111111".to_owned(), 3)]);
        assert_eq!(note("", 2), [("111111".to_owned(), 3)], "the other number was shown it first");
    }

    #[test]
    fn a_message_that_shows_for_another_login_id_is_the_same() {
        let latest = Latest::default();
        let bob = "+12025550101";
        assert_eq!(codes(&latest, bob, "ada", "111111", 0), [("111111".to_owned(), 1)]);
        assert_eq!(codes(&latest, bob, bob, "111111", 1), [], "the update's code, not the login's");
        assert_eq!(codes(&latest, bob, bob, "222222", 1), [("222222".to_owned(), 2)]);
    }

    #[test]
    fn a_message_is_the_same_when_the_login_id_that_showed_it_shows_the_next() {
        let latest = Latest::default();
        let (ada, bob) = ("+12025550100", "+12025550101");
        assert_eq!(codes(&latest, bob, ada, "111111", 0), [("111111".to_owned(), 1)]);
        assert_eq!(codes(&latest, ada, ada, "222222", 1), [("222222".to_owned(), 2)]);
        assert_eq!(codes(&latest, bob, bob, "111111", 1), [], "the one before, which shows a little longer");
        assert_eq!(codes(&latest, bob, bob, "333333", 1), [("333333".to_owned(), 3)]);
    }

    #[test]
    fn recipients_are_apart() {
        let latest = Latest::default();
        let (ada, bob) = ("+12025550100", "+12025550101");
        assert_eq!(codes(&latest, ada, ada, "111111", 0).len(), 1);
        assert_eq!(codes(&latest, bob, bob, "111111", 0), [("111111".to_owned(), 2)]);
        assert_eq!(codes(&latest, bob, ada, "111111", 2), [], "ada's code, and it was never sent to bob");
        assert_eq!(codes(&latest, bob, ada, "222222", 2), [("222222".to_owned(), 3)]);
        assert_eq!(codes(&latest, ada, ada, "222222", 1), [], "it went to bob");
    }
}
