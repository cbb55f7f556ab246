//! Deletes the users that a run made, and those that a dead run left behind. Nobody else's, ever.

use super::NotSent;
use super::Target;
use super::journal::{Journal, Leftover};
use crate::contract::{Bearer, Case, OperationId};
use crate::exchange::{Answer, Payload, Response};
use serde_json::json;

/// How far a target's clock may be behind ours, in seconds.
const SKEW: i64 = 300;

impl Target {
    /// Deletes these of the users this run made, and says which could not be.
    pub async fn clean_up(&self, login_ids: &[String]) -> Vec<String> {
        let living = self.journal.living();
        let mut failed = Vec::new();
        for login_id in login_ids.iter().filter(|id| living.contains(id)) {
            match self.delete(login_id).await {
                // A request whose answer was lost may yet be carried out: the next run looks again.
                Ok(found) if found || self.journal.is_sure(login_id) => {
                    self.journal.gone(login_id);
                }
                Ok(_) => {}
                Err(why) => {
                    failed.push(format!("a test user could not be deleted: {why}; the next run tries again"));
                }
            }
        }
        failed
    }

    /// Deletes everything this run made, and ends its journal.
    pub async fn clean_up_all(&self) -> Vec<String> {
        let failed = self.clean_up(&self.journal.living()).await;
        self.journal.close();
        failed
    }

    /// Deletes what dead runs left behind, and says what could not be. A journal goes when it is settled.
    pub async fn clean_up_after(&self, dead: &[std::path::PathBuf]) -> Vec<String> {
        let mut failed = Vec::new();
        for path in dead {
            let before = failed.len();
            for left in Journal::leftovers(path) {
                failed.extend(self.clean_up_leftover(&left).await.err());
            }
            if failed.len() == before {
                let _ = std::fs::remove_file(path);
            }
        }
        failed
    }

    async fn clean_up_leftover(&self, left: &Leftover) -> Result<(), String> {
        if left.sure || self.is_younger(left).await? {
            self.delete(&left.login_id).await?;
        }
        Ok(())
    }

    /// Whether there is a user of that name who was created after we asked: nobody but us can have meant that one.
    async fn is_younger(&self, left: &Leftover) -> Result<bool, String> {
        let mut case = self.management(OperationId::LoadUser)?;
        case.query.push(("loginId".into(), left.login_id.clone()));
        let response = self.answer(case).await?;
        let created = response.body.at("/user/createdTime").and_then(serde_json::Value::as_i64);
        match response.status {
            404 => Ok(false),
            _ if response.is_success() => Ok(created.is_some_and(|at| at >= left.asked_at - SKEW)),
            _ => Err(format!("a user that may be left over could not be looked up: {}", brief(&response))),
        }
    }

    /// Deletes a user, and says whether it was there.
    async fn delete(&self, login_id: &str) -> Result<bool, String> {
        let case = self.management(OperationId::DeleteUser)?.with_json(json!({ "loginId": login_id }));
        let response = self.answer(case).await?;
        match response.status {
            404 => Ok(false),
            _ if response.is_success() => Ok(true),
            _ => Err(brief(&response)),
        }
    }

    fn management(&self, operation: OperationId) -> Result<Case, String> {
        let key = self.management_key.as_deref().ok_or("there is no management key")?;
        Ok(Case::new(operation, Bearer::of(&[&self.project_id, key])))
    }

    async fn answer(&self, case: Case) -> Result<Response, String> {
        match self.ask_for(case).await {
            Ok(Answer::Response(response)) => Ok(response),
            Ok(Answer::Lost(loss)) => Err(loss.to_string()),
            Err(reached) => Err(reached.to_string()),
        }
    }

    /// Notes a user before it is created, and reserves the request that deletes it. Returns whether it is a new one.
    pub(super) fn before(&self, operation: Option<OperationId>, body: &Payload) -> Result<bool, NotSent> {
        let Some(login_id) = operation.filter(|id| creates(*id)).and_then(|_| named(body)) else {
            return Ok(false);
        };
        let new = self.journal.ask(login_id).map_err(|error| NotSent::Journal(error.to_string()))?;
        if new && let Err(reached) = self.budget.reserve(1, self.asks_for_message(operation)) {
            self.journal.gone(login_id);
            return Err(reached.into());
        }
        Ok(new)
    }

    /// Forgets a user that was noted and never asked for.
    pub(super) fn not_sent(&self, body: &Payload) {
        if let Some(login_id) = named(body) {
            self.forget(login_id);
        }
    }

    fn forget(&self, login_id: &str) {
        if self.journal.gone(login_id) {
            self.budget.release(1);
        }
    }

    pub(super) fn after(&self, operation: Option<OperationId>, body: &Payload, answer: &Answer) {
        let response = answer.response();
        let accepted = response.is_some_and(Response::is_success);
        match (operation, named(body)) {
            (Some(operation), Some(login_id)) if creates(operation) => {
                let known = response.filter(|response| response.status < 500).map(|_| accepted);
                if self.journal.answered(login_id, known) {
                    self.budget.release(1);
                }
            }
            (Some(OperationId::DeleteUser), Some(login_id))
                if accepted || response.is_some_and(|response| response.status == 404) =>
            {
                self.forget(login_id);
            }
            _ => {}
        }
    }
}

/// Operations that create a user outright. A sign-up creates one too, and has no journal: it is not there before its
/// code was verified, and ordinary users cost a plan nothing.
fn creates(operation: OperationId) -> bool {
    matches!(operation, OperationId::CreateTestUser | OperationId::CreateUser)
}

fn named(body: &Payload) -> Option<&str> {
    body.str_at("/loginId").or(body.str_at("/identifier")).filter(|id| !id.is_empty())
}

fn brief(response: &Response) -> String {
    format!("{} {}", response.status, response.error_code().unwrap_or("without an error code"))
}
