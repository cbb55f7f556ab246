//! Sources that show only the newest code of a person: when is it a new message?
//!
//! A message counts as new when its code differs from the one seen before for that recipient. Consequences: a message
//! that was replaced before anybody looked is never seen; one that repeats the code before it is not seen either,
//! and a trial that waits for it ends inconclusive; and a code left over from an earlier run is taken for new the first
//! time a recipient is looked at. Such sources therefore cannot prove anything about overlapping sends.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Cursor, Message};

/// The newest code seen for each recipient, and how many different ones there were.
#[derive(Debug, Default)]
pub(super) struct Latest {
    seen: Mutex<HashMap<String, (u64, String)>>,
}

impl Latest {
    /// Takes note of the code that a source shows now, and answers with it if it came after `after`.
    pub(super) fn note(&self, to: &str, code: Option<String>, after: Cursor) -> Vec<Message> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.get(to);
        if let Some(code) = code.filter(|code| before.is_none_or(|(_, known)| known != code)) {
            let seq = before.map_or(0, |(seq, _)| *seq) + 1;
            seen.insert(to.to_owned(), (seq, code));
        }
        let newest = seen.get(to).filter(|(seq, _)| *seq > after);
        let message = |(seq, code): &(u64, String)| Message {
            to: to.into(),
            code: code.clone(),
            text: None,
            seq: *seq,
        };
        newest.map(message).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_new_when_it_differs() {
        let latest = Latest::default();
        let note = |code: Option<&str>, after| -> Vec<(String, u64)> {
            let messages = latest.note("+12025550100", code.map(str::to_owned), after);
            messages.into_iter().map(|message| (message.code, message.seq)).collect()
        };
        assert_eq!(note(None, 0), []);
        assert_eq!(note(Some("111111"), 0), [("111111".to_owned(), 1)]);
        assert_eq!(note(Some("111111"), 1), []);
        assert_eq!(note(Some("222222"), 1), [("222222".to_owned(), 2)]);
        assert_eq!(note(Some("111111"), 2), [("111111".to_owned(), 3)]);
        assert_eq!(note(None, 2), [("111111".to_owned(), 3)], "somebody else was shown it first");
    }

    #[test]
    fn recipients_are_apart() {
        let latest = Latest::default();
        latest.note("+12025550100", Some("111111".into()), 0);
        assert_eq!(latest.note("+12025550101", Some("111111".into()), 0).len(), 1);
    }
}
