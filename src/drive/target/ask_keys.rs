//! Reads the keys that the target publishes.

use std::sync::Arc;

use super::Target;
use super::published::KeysError;
use crate::contract::{Bearer, Case, OperationId};
use crate::drive::{KeyRing, Reached};
use crate::exchange::{Answer, Response};

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

    async fn read_keys(&self) -> Result<KeyRing, KeysError> {
        let mut answer = self.ask_keys(Bearer::of(&[&self.project_id])).await?;
        if answer.response().is_some_and(Response::says_not_now) {
            answer = self.ask_keys(Bearer::of(&[&self.project_id])).await?;
        }
        // Whether a bearer may stand beside this request is judged elsewhere; tokens are judged all the same.
        if answer.response().is_some_and(|response| response.is_refusal() && !response.says_not_now()) {
            answer = self.ask_keys(Bearer::Missing).await?;
        }
        match answer {
            Answer::Response(response) if !response.is_success() => Err(KeysError::Refused(response.status)),
            Answer::Response(response) => response.body.json().map(KeyRing::read).ok_or(KeysError::NotJson),
            Answer::Lost(loss) => Err(KeysError::Lost(loss)),
        }
    }

    async fn ask_keys(&self, bearer: Bearer) -> Result<Answer, Reached> {
        self.ask(&self.wire(Case::new(OperationId::Keys, bearer), None), Some(OperationId::Keys)).await
    }
}
