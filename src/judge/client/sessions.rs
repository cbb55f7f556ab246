//! Whose the tokens are that a client holds, by the answers that brought them.

use std::collections::BTreeMap;

use crate::contract::OperationId;
use crate::exchange::{Exchange, History, PresentedBearer, Response};

/// A login and what came of it by refreshing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session<'h> {
    /// The exchange that it began with.
    pub(super) number: usize,
    /// The user's ID, where the answer has it.
    user: Option<&'h str>,
    /// What the user logged in as.
    login: Option<&'h str>,
}

/// The sessions of a history, by token.
pub(super) struct Sessions<'h> {
    tokens: BTreeMap<&'h str, Session<'h>>,
    /// The user behind each login ID that an answer has named.
    users: BTreeMap<&'h str, &'h str>,
}

impl<'h> Sessions<'h> {
    pub(super) fn of(history: &'h History) -> Sessions<'h> {
        let mut sessions = Sessions { tokens: BTreeMap::new(), users: BTreeMap::new() };
        for exchange in history.exchanges() {
            if let Some(response) = exchange.answer.response().filter(|response| response.is_success()) {
                sessions.learn(exchange, response);
            }
        }
        sessions
    }

    fn learn(&mut self, exchange: &'h Exchange, response: &'h Response) {
        let tokens = [response.refresh_token(), response.session_token()].into_iter().flatten();
        let login = exchange.request.body.str_at("/loginId");
        let is_login = exchange.operation.is_some_and(OperationId::is_verify);
        let new = Session { number: exchange.id, user: response.body.str_at("/user/userId"), login };
        // What refreshing brings belongs to the session that was refreshed.
        let before = self.presented_by(exchange).map(|(_, session)| session).filter(|_| !is_login);
        for token in tokens {
            self.tokens.entry(token).or_insert(before.unwrap_or(new));
        }
        if let (true, Some(user)) = (is_login, new.user) {
            let listed =
                response.body.at("/user/loginIds").and_then(|it| it.as_array()).into_iter().flatten();
            self.users.extend(listed.filter_map(|it| it.as_str()).chain(login).map(|name| (name, user)));
        }
    }

    /// The token that a request presents, in its bearer or a cookie, with its session.
    pub(super) fn presented_by(&self, exchange: &'h Exchange) -> Option<(&'h str, Session<'h>)> {
        let bearer = exchange.request.header("authorization").and_then(PresentedBearer::parts);
        let cookies = exchange.request.header("cookie").unwrap_or_default().split(';');
        let cookies = cookies.filter_map(|pair| Some(pair.trim().split_once('=')?.1));
        let mut all = bearer.into_iter().flatten().chain(cookies);
        all.find_map(|token| Some((token, *self.tokens.get(token)?)))
    }

    /// The numbers of all sessions of this one's user that began before an exchange.
    pub(super) fn of_user(&self, session: Session<'h>, before: usize) -> impl Iterator<Item = usize> {
        let same = move |it: &&Session<'h>| match (it.user, session.user) {
            (Some(one), Some(other)) => one == other,
            _ => it.login.is_some() && it.login == session.login,
        };
        let all = self.tokens.values().filter(move |it| it.number < before).filter(same);
        all.map(|it| it.number)
    }

    /// Whether a login ID is that of this session's user; `None` where no answer shows it.
    pub(super) fn is_of(&self, session: Session<'h>, login: &str) -> Option<bool> {
        if session.login == Some(login) {
            return Some(true);
        }
        let user = self.users.get(login)?;
        session.user.map(|of| of == *user)
    }
}
