//! The messages to one number, and the sends that may have caused them.

use std::collections::HashMap;

/// What is known of the messages to one number.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    /// The last message that is in the record, or was there before the client came.
    pub(super) cursor: u64,
    /// What the last request named the person by.
    pub(super) login_id: String,
    /// Sends that a message may still come of.
    pub(super) awaited: Vec<usize>,
    /// Messages that came while several sends were awaited.
    unclaimed: usize,
}

/// By number, in international form.
pub(super) type Mailboxes = HashMap<String, Mailbox>;

impl Mailbox {
    /// Takes a message in: `None` where it is known already, else the send that caused it where only one can have.
    pub(super) fn take(&mut self, seq: u64) -> Option<Option<usize>> {
        if seq <= self.cursor {
            return None;
        }
        self.cursor = seq;
        if let ([only], 0) = (&self.awaited[..], self.unclaimed) {
            let only = *only;
            self.awaited.clear();
            return Some(Some(only));
        }
        self.unclaimed += 1;
        self.settle();
        Some(None)
    }

    /// A send turns out to have caused no message.
    pub(super) fn withdraw(&mut self, send: usize) {
        self.awaited.retain(|awaited| *awaited != send);
        self.settle();
    }

    /// As many messages as sends: nothing is open any more.
    fn settle(&mut self) {
        if self.unclaimed >= self.awaited.len() {
            self.awaited.clear();
            self.unclaimed = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn awaiting(sends: &[usize]) -> Mailbox {
        Mailbox { awaited: sends.to_vec(), ..Mailbox::default() }
    }

    #[test]
    fn a_message_is_credited_where_only_one_send_can_have_caused_it() {
        let mut mailbox = awaiting(&[4]);
        assert_eq!(mailbox.take(1), Some(Some(4)));
        assert_eq!(mailbox.take(1), None, "it is known already");
        assert_eq!(mailbox.take(2), Some(None), "no call asked for it");
    }

    #[test]
    fn a_late_message_is_not_credited_to_the_next_send() {
        let mut mailbox = awaiting(&[4, 5]);
        assert_eq!((mailbox.take(1), mailbox.take(2)), (Some(None), Some(None)));
        mailbox.awaited.push(6);
        assert_eq!(mailbox.take(3), Some(Some(6)), "both that were open have come");
    }

    #[test]
    fn a_refused_send_has_no_message() {
        let mut mailbox = awaiting(&[4, 5]);
        mailbox.withdraw(5);
        assert_eq!(mailbox.take(1), Some(Some(4)));
        let mut both_came = awaiting(&[4, 5]);
        assert_eq!(both_came.take(1), Some(None));
        both_came.withdraw(5);
        both_came.awaited.push(6);
        assert_eq!(both_came.take(2), Some(Some(6)));
    }
}
