//! The messages that sends cause: each is waited for, and its code is the user's.

use std::time::{Duration, Instant};

use serde_json::json;

use super::StepExecutor;
use crate::contract::OperationId;
use crate::drive::code::Message;
use crate::drive::{Noted, Wire};
use crate::exchange::Capture;
use crate::suite::Call;
use crate::trial::people::Unavailable;

/// How long a debug endpoint may go on showing the code before the newest: it reads from a copy.
const SHOWS_LATE: Duration = Duration::from_millis(300);

impl StepExecutor<'_> {
    /// Takes in the messages that a send caused: waits for one where it was accepted, looks once where it was not.
    pub(super) async fn collect(
        &mut self,
        call: &Call,
        wire: &Wire,
        noted: &Noted,
    ) -> Result<(), Unavailable> {
        if let Some(name) = call.person().filter(|name| noted.accepted() && self.test_users.contains(*name)) {
            let number = self.people.person(self.session, name).number.clone();
            let body = json!({ "loginId": number, "deliveryMethod": self.method.name() });
            let generated = self.manage(OperationId::GenerateOtp, body).await?;
            let code = generated.body().str_at("/code").map(str::to_owned);
            self.people.person(self.session, name).codes.extend(code);
            return Ok(());
        }
        match call.recipient() {
            Some(name) => {
                self.let_codes_show(&[noted]).await;
                self.gather(name, login_id(wire), &[noted], 0).await.map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// Waits, where a trial is played without hurry, until a source that reads from a copy shows the codes of these sends.
    pub(in crate::trial) async fn let_codes_show(&self, sends: &[&Noted]) {
        let newest_only = self.session.target().codes.capture() == Capture::LatestOnly;
        if self.unhurried && newest_only && sends.iter().any(|noted| noted.accepted()) {
            tokio::time::sleep(SHOWS_LATE).await;
        }
    }

    /// Takes in the messages to a user that these sends have caused: waits until one for each that was accepted has
    /// come or patience is over, and looks at least once. The login ID is what the request named its person by, where
    /// that is not the number. So many were seen while the sends were under way; how many that makes.
    pub(in crate::trial) async fn gather(
        &mut self,
        name: &str,
        login_id: Option<String>,
        sends: &[&Noted],
        seen: usize,
    ) -> Result<usize, Unavailable> {
        let accepted = sends.iter().filter(|noted| noted.accepted()).count();
        let sent_by = self.sender(name, sends);
        // What was lost may have been heard.
        if sends.iter().any(|noted| noted.is_open()) {
            self.owed.insert(name.to_owned());
        }
        let awaited = match self.session.target().codes.capture() {
            Capture::EachMessage => accepted,
            // Where only the newest code shows, one that was not asked for is rather an older one.
            Capture::LatestOnly if accepted > seen => 1,
            _ => return Ok(seen),
        };
        let (number, started) = (self.people.person(self.session, name).number.clone(), Instant::now());
        let login_id = login_id.unwrap_or_else(|| number.clone());
        let (mut come, mut repeated) = (seen, Vec::new());
        let mut patience = self.patience.now();
        loop {
            let left = if awaited > come { patience } else { Duration::ZERO };
            let found = self.messages(&number, &login_id, sent_by, started, left).await?;
            let none = found.is_empty();
            let (new, again) = self.split_copies(name, found);
            come += new.len();
            self.people.person(self.session, name).codes.extend(new);
            if !again.is_empty() && repeated.is_empty() {
                patience = started.elapsed() + self.patience.beside_a_repetition();
            }
            repeated.extend(again);
            if none || come >= awaited {
                if come < awaited && !repeated.is_empty() {
                    come += repeated.len();
                    self.patience.repeat();
                    self.people.person(self.session, name).codes.append(&mut repeated);
                }
                if come < awaited {
                    self.patience.lose();
                    if let ([only], true) = (sends, sent_by.is_some()) {
                        self.session.silent(only.id);
                    }
                    self.owed.insert(name.to_owned());
                }
                return Ok(come);
            }
        }
    }

    /// The codes that are new to a user, and those that repeat one: a gateway may deliver a message twice, and such a code is
    /// that of a later send only if no other comes.
    fn split_copies(&mut self, name: &str, found: Vec<Message>) -> (Vec<String>, Vec<String>) {
        let twice = self.session.target().codes.capture() == Capture::EachMessage;
        let known = &self.people.person(self.session, name).codes;
        found.into_iter().map(|message| message.code).partition(|code| !twice || !known.contains(code))
    }

    /// The send that a user's next message is of, where that is certain: one that comes late is not this one's.
    pub(super) fn sender(&self, name: &str, sends: &[&Noted]) -> Option<usize> {
        match sends {
            [only] if !self.owed.contains(name) => Some(only.id),
            _ => None,
        }
    }

    /// The next messages to a number, waited for until patience is over. One that is there at the first look was not
    /// waited for, however long a busy machine took to answer.
    async fn messages(
        &self,
        number: &str,
        login_id: &str,
        sent_by: Option<usize>,
        started: Instant,
        patience: Duration,
    ) -> Result<Vec<Message>, Unavailable> {
        let look = |left| async move {
            let found = self.session.messages(number, login_id, sent_by, left).await;
            found.map_err(|error| Unavailable::Missing(error.to_string()))
        };
        let mut found = look(Duration::ZERO).await?;
        let left = patience.saturating_sub(started.elapsed());
        if !found.is_empty() {
            self.patience.find_at_once();
        } else if !left.is_zero() {
            found = look(left).await?;
            if !found.is_empty() {
                self.patience.find(started.elapsed());
            }
        }
        Ok(found)
    }

    /// Looks once more for messages that were not waited for: some may have gone to the wrong person.
    pub(in crate::trial) async fn drain(&mut self) {
        for name in std::mem::take(&mut self.owed) {
            let number = self.people.person(self.session, &name).number.clone();
            self.session.retire(&number);
        }
        if self.session.target().codes.capture() != Capture::EachMessage {
            return;
        }
        let session = self.session;
        let last = |number: String| async move {
            // A source that fails now takes nothing away from what was seen.
            let _ = session.messages(&number, &number, None, Duration::ZERO).await;
        };
        let numbers = self.people.everybody().map(|person| last(person.number.clone()));
        futures_util::future::join_all(numbers).await;
    }
}

/// What a request names its person by. A number is in international form there, however it was written.
pub(in crate::trial) fn login_id(wire: &Wire) -> Option<String> {
    let text = wire.json.as_ref()?.get("loginId")?.as_str()?;
    let digits = text.chars().filter(char::is_ascii_digit);
    Some(if text.starts_with('+') { std::iter::once('+').chain(digits).collect() } else { text.to_owned() })
}
