//! The keys that the target publishes, as far as they could be read.

use std::sync::Arc;

use tokio::sync::RwLock;

use super::Target;
use crate::contract::{Bearer, Case, OperationId};
use crate::drive::KeyRing;
use crate::drive::Reached;
use crate::exchange::Answer;

/// So often in a row the keys are asked for in vain before nobody asks again: a limit of requests passes, a target that
/// publishes none stays so.
pub(super) const PATIENCE: u32 = 5;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Published(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The newest keys that could be read. What fails later takes nothing from them.
    keys: Option<Arc<KeyRing>>,
    /// How often in a row they could not be read since, and what came of the last time.
    failures: u32,
    failed: Arc<KeyRing>,
}

impl Known {
    /// What need not be asked for.
    fn of(&self, wanted: Option<&str>) -> Option<Arc<KeyRing>> {
        let known = self.keys.clone().filter(|keys| wanted.is_none_or(|kid| keys.knows(kid)));
        known.or_else(|| (self.failures >= PATIENCE).then(|| self.failed.clone()))
    }

    fn take(&mut self, read: Result<KeyRing, String>) -> Arc<KeyRing> {
        match read {
            Ok(keys) => {
                self.failures = 0;
                self.keys.insert(Arc::new(keys)).clone()
            }
            Err(why) => {
                self.failures += 1;
                self.failed = Arc::new(KeyRing::unreadable(format!("the published keys: {why}")));
                self.failed.clone()
            }
        }
    }
}

impl Target {
    /// The published keys: asked for until they could be read, and again when a token names a key that is not among
    /// them.
    pub async fn keys(&self, wanted: Option<&str>) -> Arc<KeyRing> {
        if let Some(keys) = self.published.0.read().await.of(wanted) {
            return keys;
        }
        let mut known = self.published.0.write().await;
        match known.of(wanted) {
            Some(keys) => keys,
            None => known.take(self.read_keys().await),
        }
    }

    async fn read_keys(&self) -> Result<KeyRing, String> {
        let told = |reached: Reached| reached.to_string();
        let mut answer = self.ask_keys(Bearer::of(&[&self.project_id])).await.map_err(told)?;
        if answer.response().is_some_and(|response| response.status == 429) {
            answer = self.ask_keys(Bearer::of(&[&self.project_id])).await.map_err(told)?;
        }
        // Whether a bearer may stand beside this request is judged elsewhere; tokens are judged all the same.
        if answer.response().is_some_and(|response| response.is_refusal() && response.status != 429) {
            answer = self.ask_keys(Bearer::Missing).await.map_err(told)?;
        }
        match answer {
            Answer::Response(response) if !response.is_success() => {
                Err(format!("status {}", response.status))
            }
            Answer::Response(response) => {
                response.body.json().map(KeyRing::read).ok_or("they are not JSON".to_owned())
            }
            Answer::Lost(loss) => Err(loss.to_string()),
        }
    }

    async fn ask_keys(&self, bearer: Bearer) -> Result<Answer, Reached> {
        self.ask(&self.wire(Case::new(OperationId::Keys, bearer), None), Some(OperationId::Keys)).await
    }
}
