//! Checks made too long before the act they are for: what only overlapping requests can see.

use std::time::{Duration, Instant};

use crate::emulator::code::{Code, Origin};
use crate::emulator::fault::Fault;
use crate::emulator::guess::Attempt;
use crate::emulator::refusal::Refusal;
use crate::emulator::state::Server;
use crate::emulator::token::Claims;
use crate::emulator::user::{Login, Status};

/// Between check and act; long against a request on loopback, so that overlapping calls meet in it.
const GAP: Duration = Duration::from_millis(10);

impl Server {
    /// A verify, in one step as it should be, or in two.
    pub(crate) async fn log_in_with_races(&self, attempt: &Attempt) -> Result<Login, Refusal> {
        if self.bugs.has(Fault::CheckedThenSpent)
            && let Some(code) = self.checked(attempt)
        {
            tokio::time::sleep(GAP).await;
            return self.log_in_checked(attempt, &code);
        }
        if self.bugs.has(Fault::ParallelGuessesCountOnce) {
            let before = self.attempts_left(attempt);
            tokio::time::sleep(GAP).await;
            return self.log_in(attempt).inspect_err(|_| self.write_back(attempt, before));
        }
        let login = self.log_in(attempt)?;
        if self.bugs.has(Fault::LoginForgetsNewerCodes) {
            tokio::time::sleep(GAP).await;
            self.forget_sent_codes(attempt);
        }
        if self.bugs.has(Fault::AnswersSwapUnderLoad) {
            self.bugs.memory().last_login = Some(login.clone());
            tokio::time::sleep(GAP).await;
            return Ok(self.bugs.memory().last_login.clone().unwrap_or(login));
        }
        Ok(login)
    }

    /// Completes a login whose code was checked a while ago.
    fn log_in_checked(&self, attempt: &Attempt, code: &Code) -> Result<Login, Refusal> {
        let mut store = self.store();
        let id = store.find(&attempt.login_id).ok_or_else(Refusal::unknown_user)?;
        if let Some(user) = store.user_mut(id) {
            user.codes.retain(|other| other.value != code.value);
        }
        self.finish(&mut store, id, code, attempt.now)
    }

    fn checked(&self, attempt: &Attempt) -> Option<Code> {
        let store = self.store();
        let user = store.find(&attempt.login_id).and_then(|id| store.user(id))?;
        let user = Some(user).filter(|user| user.status != Status::Disabled)?;
        let open =
            |code: &&Code| !code.locked() && !self.expired(code, attempt.now) && self.is_by(code, attempt);
        user.codes.iter().filter(open).find(|code| self.accepts(code, &attempt.guess)).cloned()
    }

    fn forget_sent_codes(&self, attempt: &Attempt) {
        let mut store = self.store();
        let user = store.find(&attempt.login_id).and_then(|id| store.user_mut(id));
        user.into_iter().for_each(|user| user.codes.retain(|code| code.origin != Origin::Sent));
    }

    fn attempts_left(&self, attempt: &Attempt) -> Vec<u32> {
        let store = self.store();
        let user = store.find(&attempt.login_id).and_then(|id| store.user(id));
        user.map(|user| user.codes.iter().map(|code| code.attempts_left).collect()).unwrap_or_default()
    }

    fn write_back(&self, attempt: &Attempt, before: Vec<u32>) {
        let mut store = self.store();
        let user = store.find(&attempt.login_id).and_then(|id| store.user_mut(id));
        for (code, left) in user.into_iter().flat_map(|user| user.codes.iter_mut()).zip(before) {
            code.attempts_left = left.saturating_sub(1);
        }
    }

    /// Waits where sends for one login ID may overlap; they do as long as the returned guard lives.
    pub(crate) async fn enter(&self, login_id: &str) -> Option<Overlap<'_>> {
        let meets = self.bugs.has(Fault::OverlappingSendsBothLive);
        if !meets && !self.bugs.has(Fault::OverlappingSignUpsMakeTwoUsers) {
            return None;
        }
        *self.bugs.memory().sends_in_flight.entry(login_id.to_owned()).or_default() += 1;
        let overlap = Overlap { server: self, login_id: login_id.to_owned(), meets };
        tokio::time::sleep(GAP).await;
        Some(overlap)
    }

    /// Writes a user's sessions back as they were before the gap.
    pub(crate) async fn restore_sessions(&self, claims: &Claims) {
        if !self.bugs.has(Fault::LogoutLosesToRefresh) {
            return;
        }
        let before = self.store().user(claims.user).map(|user| user.sessions.clone());
        tokio::time::sleep(GAP).await;
        if let Some((user, sessions)) = self.store().user_mut(claims.user).zip(before) {
            user.sessions = sessions;
        }
    }
}

/// Requests that a server with too small a pool can take.
const POOL: u32 = 2;
/// How long a lonely one is under way at least: less than a timer can measure, since all requests pay for it. One that
/// meets another stays for a gap, in which others come.
const UNDER_WAY: Duration = Duration::from_micros(500);

impl Server {
    /// Counts this request among those under way, where their number matters.
    pub(crate) async fn track_in_flight(&self) -> Option<InFlight<'_>> {
        if !self.bugs.has(Fault::CrashesUnderLoad) {
            return None;
        }
        self.bugs.memory().requests_in_flight += 1;
        let present = InFlight { server: self };
        let begun = Instant::now();
        while begun.elapsed() < UNDER_WAY {
            if self.bugs.memory().requests_in_flight > 1 {
                tokio::time::sleep(GAP).await;
                break;
            }
            tokio::task::yield_now().await;
        }
        Some(present)
    }
}

/// A request under way.
pub(crate) struct InFlight<'a> {
    server: &'a Server,
}

impl InFlight<'_> {
    pub(crate) fn too_many(&self) -> bool {
        self.server.bugs.memory().requests_in_flight > POOL
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.server.bugs.memory().requests_in_flight -= 1;
    }
}

/// A send under way, for as long as another may overlap it.
pub(crate) struct Overlap<'a> {
    server: &'a Server,
    login_id: String,
    meets: bool,
}

impl Overlap<'_> {
    fn others(&self) -> bool {
        self.server.bugs.memory().sends_in_flight.get(&self.login_id).is_some_and(|count| *count > 1)
    }

    /// Whether this send and another leave each other's codes alone.
    pub(crate) fn spares_codes(&self) -> bool {
        self.others()
    }

    /// Whether this send does not see the user that the other has just created.
    pub(crate) fn overlooks(&self, status: Status) -> bool {
        let overlooked = !self.meets && status == Status::Pending && self.others();
        self.server.bugs.memory().made_twins |= overlooked;
        overlooked
    }

    pub(crate) async fn leave(self) {
        tokio::time::sleep(GAP).await;
    }
}

impl Drop for Overlap<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.server.bugs.memory().sends_in_flight.get_mut(&self.login_id) {
            *count -= 1;
        }
    }
}
