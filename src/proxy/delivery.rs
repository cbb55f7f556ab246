//! The messages that a client's sends have caused, as far as they can be seen.

use std::time::Duration;

use super::body::look;
use super::pass::Passing;
use super::server::Inner;
use crate::exchange::{Delivery, Payload, Response};

impl Inner {
    /// Writes down the message that an accepted send has caused, if it can be seen by now.
    pub(super) async fn messages(&self, passing: &Passing, answer: &Response) {
        let issues =
            passing.arrival.operation.is_some_and(|id| self.target.contract().operation(id).issues_code);
        if !issues || !answer.is_success() {
            return;
        }
        let body = look(&passing.copied).payload();
        let Some((to, login_id)) = recipient(&body) else { return };
        let cursor = self.recorder.cursor(&to);
        let Ok(found) = self.target.codes.messages(&to, &login_id, cursor, Duration::ZERO).await else {
            return;
        };
        for message in found {
            self.recorder.advance(&to, message.seq);
            let delivery = Delivery {
                to: to.clone(),
                code: message.code,
                text: message.text,
                sent_by: Some(passing.arrival.id),
                at: self.recorder.now(),
            };
            self.recorder.caught(passing.arrival.epoch, delivery);
        }
    }
}

/// The number that a send goes to, in international form, and what the request named the person by.
fn recipient(body: &Payload) -> Option<(String, String)> {
    let named = ["/phone", "/user/phone", "/loginId"].into_iter().filter_map(|at| body.str_at(at));
    let phone = named.into_iter().find(|text| text.starts_with('+'))?;
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let login_id = body.str_at("/loginId").unwrap_or(phone);
    Some((format!("+{digits}"), login_id.to_owned()))
}
