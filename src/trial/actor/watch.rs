//! The codes of overlapping sends, where a source shows only the newest of a user: it is asked all the while the sends
//! are under way.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use super::StepExecutor;
use crate::drive::code::Message;
use crate::drive::{Noted, Session};
use crate::exchange::Capture;

/// Between two questions to a source that is not on this machine.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks for the codes of one user.
pub(in crate::trial) struct Watch {
    number: String,
    login_id: String,
    /// How many messages can come.
    most: usize,
    /// Codes that were shown before: where a source reads from copies, an older one may show again.
    known: BTreeSet<String>,
    found: Vec<Message>,
}

impl Watch {
    /// Asks until all messages that can come were seen. What fails now is asked again when the sends have ended.
    async fn look(&mut self, session: &Session) {
        let target = session.target();
        while self.found.len() < self.most {
            let after = self.found.last().map_or_else(|| session.seen(&self.number), |message| message.seq);
            let asked = target.codes.messages(&self.number, &self.login_id, after, Duration::ZERO).await;
            let new = |message: &Message| self.known.insert(message.code.clone());
            self.found.extend(asked.unwrap_or_default().into_iter().filter(new));
            if !target.is_loopback() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Waits for the sends, and watches meanwhile.
pub(in crate::trial) async fn beside<'w, T>(
    session: &Session,
    watches: impl Iterator<Item = &'w mut Watch>,
    sends: impl Future<Output = T>,
) -> T {
    let looking = futures_util::future::join_all(watches.map(|watch| watch.look(session)));
    tokio::pin!(sends);
    tokio::select! {
        biased;
        answers = &mut sends => answers,
        _ = looking => sends.await,
    }
}

impl StepExecutor<'_> {
    /// What is to be looked for while this user is sent up to `most` messages. `None` where each message shows by itself,
    /// and where a source cannot be asked so often. What shows already is not one of them.
    pub(in crate::trial) async fn watch(&mut self, name: &str, login_id: &str, most: usize) -> Option<Watch> {
        let codes = &self.session.target().codes;
        if codes.capture() != Capture::LatestOnly || !codes.can_be_watched() || self.test_users.contains(name)
        {
            return None;
        }
        let person = self.people.person(self.session, name);
        let (number, mut known) =
            (person.number.clone(), person.codes.iter().cloned().collect::<BTreeSet<_>>());
        let shown = codes.messages(&number, login_id, self.session.seen(&number), Duration::ZERO).await;
        for message in shown.unwrap_or_default() {
            self.session.pass_over(&number, &message);
            known.insert(message.code);
        }
        Some(Watch { number, login_id: login_id.to_owned(), most, known, found: Vec::new() })
    }

    /// Takes in what was seen of a user while these sends were under way; how many messages that is. A code that shows for a
    /// send that was refused in the end was not sent.
    pub(in crate::trial) fn saw(&mut self, name: &str, mut watch: Watch, sends: &[&Noted]) -> usize {
        let accepted = sends.iter().filter(|noted| noted.accepted()).count();
        let surplus = watch.found.len().saturating_sub(accepted);
        for message in watch.found.drain(..surplus) {
            self.session.pass_over(&watch.number, &message);
        }
        let count = watch.found.len();
        self.session.deliver(&watch.number, &watch.found, self.sender(name, sends));
        let person = self.people.person(self.session, name);
        person.codes.extend(watch.found.into_iter().map(|message| message.code));
        count
    }
}
