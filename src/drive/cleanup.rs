//! Deletes the users that a run made, and those that a dead run left behind. No other user, ever.

mod outcome;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use serde_json::json;
use tokio::time::Instant;

use super::Target;
use super::journal::{Journal, Leftover};
use crate::contract::{Bearer, Case, OperationId};
use crate::exchange::{Answer, Payload, Response};

pub use outcome::CleanUp;
use outcome::UserStays;

/// How far a target's clock may be behind ours, in seconds.
const SKEW: i64 = 300;

/// Whether a user that was looked up was created at this moment, in seconds since 1970, or later.
pub(super) fn came_since(found: &Payload, moment: i64) -> bool {
    let created = found.at("/user/createdTime").and_then(serde_json::Value::as_i64);
    created.is_some_and(|at| at >= moment - SKEW)
}

/// Deletions in flight at once.
const IN_FLIGHT: usize = 16;
/// So many deletions in a row without an answer, or that failed though they came one by one: the rest is left to the next
/// run.
const IN_A_ROW: u32 = 4;

impl Target {
    /// Deletes these of the users this run made, and says which could not be.
    pub async fn clean_up(&self, login_ids: &[String]) -> Vec<String> {
        let living = self.journal.living();
        let mut done = CleanUp::default();
        for login_id in login_ids.iter().filter(|id| living.contains(id)) {
            done.note(self.delete_ours(login_id).await);
        }
        done.lines()
    }

    /// Deletes everything this run made, many at once, for as long as `within`, and ends its journal. What is left then
    /// stays in the journal.
    pub async fn clean_up_all(&self, within: Duration) -> CleanUp {
        let until = Instant::now() + within;
        let mut done = CleanUp::default();
        // Without a key they can only be counted.
        if self.management_key.is_some() {
            let living = self.journal.living();
            let ours = |login_id: String| async move { self.delete_ours(&login_id).await };
            done = self.delete_each(living, within, ours).await;
            let refused = self.journal.refused();
            let within = until.saturating_duration_since(Instant::now());
            let refused =
                self.delete_each(refused, within, |id: String| async move { self.delete_refused(&id).await });
            done.add(refused.await);
        }
        self.journal.close();
        done
    }

    /// Deletes what dead runs left behind, for as long as `within`. A journal goes when it is settled.
    pub async fn clean_up_after(&self, dead: &[PathBuf], within: Duration) -> CleanUp {
        let mut all = CleanUp::default();
        let until = Instant::now() + within;
        for path in dead {
            let left = Journal::leftovers(path);
            let within = until.saturating_duration_since(Instant::now());
            let done =
                self.delete_each(left, within, |left: Leftover| async move {
                    self.clean_up_leftover(&left).await
                })
                .await;
            if done.left == 0 {
                let _ = std::fs::remove_file(path);
            }
            all.add(done);
        }
        all
    }

    /// Deletes every user with a name of ours, or a number that is reserved for fiction, by any maker: only where the
    /// project is ours alone.
    pub async fn clean_up_by_name(&self, within: Duration) -> CleanUp {
        match self.with_our_names().await {
            Ok(users) => {
                self.delete_each(
                    users,
                    within,
                    |login_id: String| async move { self.delete(&login_id).await },
                )
                .await
            }
            Err(why) => {
                CleanUp { left: 1, reasons: BTreeMap::from([(why.to_string(), 1)]), ..CleanUp::default() }
            }
        }
    }

    async fn with_our_names(&self) -> Result<Vec<String>, UserStays> {
        let (mut found, mut met) = (Vec::new(), BTreeSet::new());
        for page in 0..PAGES {
            let search = json!({ "limit": 100, "page": page, "withTestUser": true });
            let response = self.answer(self.management(OperationId::SearchUsers)?.with_json(search)).await?;
            let users = response.body.at("/users").and_then(serde_json::Value::as_array);
            let users = users.ok_or_else(|| UserStays::answered("search", &response))?;
            // How long a page is the target decides. One that knows no pages shows the first again and again.
            let before = met.len();
            met.extend(users.iter().map(ToString::to_string));
            if met.len() == before {
                break;
            }
            for user in users {
                let ids = user["loginIds"].as_array().into_iter().flatten().filter_map(|id| id.as_str());
                found.extend(ids.filter(|id| is_ours_by_name(id)).take(1).map(str::to_owned));
            }
        }
        Ok(found)
    }

    /// Deletes many at once, until time is over or nothing is answered any more; and one by one those at which the target
    /// failed, which may be because they were many.
    async fn delete_each<U, D>(&self, users: Vec<U>, within: Duration, delete: impl Fn(U) -> D) -> CleanUp
    where
        U: Clone,
        D: Future<Output = Result<(), UserStays>> + Send,
    {
        let (until, unanswered) = (Instant::now() + within, AtomicU32::new(0));
        let (delete, unanswered) = (&delete, &unanswered);
        let deletions = users.into_iter().map(|user| async move {
            let result = one(|| delete(user.clone()), until, unanswered).await;
            (user, result)
        });
        let mut deletions = std::pin::pin!(stream::iter(deletions).buffer_unordered(IN_FLIGHT));
        let (mut done, mut failed) = (CleanUp::default(), Vec::new());
        while let Some((user, result)) = deletions.next().await {
            match result {
                Err(why) if why.is_failure() => failed.push((user, why)),
                result => done.note(result),
            }
        }
        let mut in_a_row = 0;
        for (user, why) in failed {
            let again = in_a_row < IN_A_ROW;
            let result = if again { one(|| delete(user.clone()), until, unanswered).await } else { Err(why) };
            in_a_row = if result.is_ok() { 0 } else { in_a_row + 1 };
            done.note(result);
        }
        done
    }

    /// Deletes a user of this run.
    async fn delete_ours(&self, login_id: &str) -> Result<(), UserStays> {
        if !self.journal.is_sure(login_id) {
            let asked_at = self.journal.asked_at(login_id).unwrap_or_default();
            let left = Leftover { login_id: login_id.to_owned(), sure: false, asked_at };
            if !self.is_younger(&left).await? {
                // A request whose answer was lost may yet be carried out: the next run looks again.
                if self.journal.was_accepted(login_id) {
                    self.journal.gone(login_id);
                }
                return Ok(());
            }
        }
        self.delete(login_id).await?;
        self.journal.gone(login_id);
        Ok(())
    }

    /// Deletes a user whom only refused requests named, if one is there. What cannot be looked up any more is not there.
    async fn delete_refused(&self, login_id: &str) -> Result<(), UserStays> {
        let found = match self.answer(self.load_user(login_id).ok_or(UserStays::NoKey)?).await {
            Err(UserStays::Ceiling(_)) => return Ok(()),
            found => found?,
        };
        if found.is_success() {
            // From here on it is one of those that may stay.
            let _ = self.journal.ask(login_id);
            self.delete(login_id).await?;
        }
        self.journal.gone(login_id);
        Ok(())
    }

    async fn clean_up_leftover(&self, left: &Leftover) -> Result<(), UserStays> {
        if left.sure || self.is_younger(left).await? {
            self.delete(&left.login_id).await?;
        }
        Ok(())
    }

    /// Whether there is a user of that name who was created after we asked: that one was made by our request.
    async fn is_younger(&self, left: &Leftover) -> Result<bool, UserStays> {
        let response = self.answer(self.load_user(&left.login_id).ok_or(UserStays::NoKey)?).await?;
        match response.status {
            404 => Ok(false),
            _ if response.is_success() => Ok(came_since(&response.body, left.asked_at)),
            _ => Err(UserStays::answered("look-up", &response)),
        }
    }

    /// Deletes a user, if it is there.
    async fn delete(&self, login_id: &str) -> Result<(), UserStays> {
        let case = self.management(OperationId::DeleteUser)?.with_json(json!({ "loginId": login_id }));
        let response = self.answer(case).await?;
        match response.status {
            404 => Ok(()),
            _ if response.is_success() => Ok(()),
            _ => Err(UserStays::answered("deletion", &response)),
        }
    }

    fn management(&self, operation: OperationId) -> Result<Case, UserStays> {
        let key = self.management_key.as_deref().ok_or(UserStays::NoKey)?;
        Ok(Case::new(operation, Bearer::of(&[&self.project_id, key])))
    }

    async fn answer(&self, case: Case) -> Result<Response, UserStays> {
        match self.ask_for(case).await {
            Ok(Answer::Response(response)) => Ok(response),
            Ok(Answer::Lost(loss)) => Err(UserStays::Unanswered(loss)),
            Err(reached) => Err(UserStays::Ceiling(reached)),
        }
    }
}

/// One deletion, unless time is over or so many before it were not answered. It is asked for again where the target said
/// "not now", after the wait that it asked for.
async fn one<D>(deletion: impl Fn() -> D, until: Instant, unanswered: &AtomicU32) -> Result<(), UserStays>
where
    D: Future<Output = Result<(), UserStays>>,
{
    loop {
        if unanswered.load(Ordering::Relaxed) >= IN_A_ROW {
            return Err(UserStays::Silence);
        }
        let deleted = tokio::time::timeout_at(until, deletion()).await;
        let result = deleted.unwrap_or(Err(UserStays::NoTime));
        match &result {
            Err(UserStays::Unanswered(loss)) if loss.is_silence() => {
                unanswered.fetch_add(1, Ordering::Relaxed)
            }
            _ => unanswered.swap(0, Ordering::Relaxed),
        };
        match result.as_ref().err().and_then(UserStays::not_now) {
            Some(wait) if Instant::now() + wait < until => tokio::time::sleep(wait).await,
            _ => return result,
        }
    }
}

/// Pages of a search that are read at most.
const PAGES: u32 = 1000;

/// Whether a run of ours may have chosen a login ID.
fn is_ours_by_name(login_id: &str) -> bool {
    ["otpc-", "otpc.", "otpc "].iter().any(|start| login_id.to_lowercase().starts_with(start))
        || super::is_reserved(login_id)
}
