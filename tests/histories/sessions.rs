//! The sessions of the tiny server, and which of them a right server would still honour.

use std::collections::BTreeMap;

use super::server::{Bug, Policy};

/// What a right server may do with a token.
#[derive(Clone, Copy, PartialEq)]
enum Due {
    Honour,
    Refuse,
    Either,
}

#[derive(Clone, Copy)]
struct Session {
    who: char,
    /// The first token of its chain of refreshes.
    family: u64,
    replaced: bool,
    live: bool,
    due: Due,
}

#[derive(Default)]
pub(crate) struct Sessions {
    all: BTreeMap<u64, Session>,
    last: u64,
    /// Whether a token was honoured or refused against what was due.
    pub(crate) slipped: bool,
}

impl Sessions {
    pub(crate) fn start(&mut self, who: char, family: Option<u64>) -> u64 {
        self.last += 1;
        let family = family.unwrap_or(self.last);
        let session = Session { who, family, replaced: false, live: true, due: Due::Honour };
        self.all.insert(self.last, session);
        self.last
    }

    pub(crate) fn owner(&self, token: u64) -> char {
        self.all[&token].who
    }

    /// A login that revokes the others.
    pub(crate) fn revoke(&mut self, who: char) {
        for session in self.of(who) {
            session.live = false;
            session.due = if session.due == Due::Honour { Due::Refuse } else { session.due };
        }
    }

    /// The words of an answer; `me` is what the server would say of the user.
    pub(crate) fn answer(
        &mut self,
        operation: &str,
        token: u64,
        me: String,
        policy: Policy,
        bug: Option<Bug>,
    ) -> String {
        let session = self.all[&token];
        if session.replaced {
            self.unsettle(session.family, token);
            let ends = policy.old_token_ends_family && operation == "refresh";
            self.all
                .values_mut()
                .filter(|other| ends && other.family == session.family)
                .for_each(|s| s.live = false);
        }
        match operation {
            "logout" => self.logout(token, bug),
            "logoutall" => self.logout_all(token, bug),
            _ => {
                let honoured = session.live && !(operation == "refresh" && bug == Some(Bug::RefreshRefused));
                self.slipped |= session.due == if honoured { Due::Refuse } else { Due::Honour };
                match operation {
                    _ if !honoured && session.replaced => return "401 E064003".into(),
                    _ if !honoured => return "401 E064001".into(),
                    "me" => return me,
                    _ => return self.refresh(token, policy),
                }
            }
        }
        "200".into()
    }

    fn of(&mut self, who: char) -> impl Iterator<Item = &mut Session> {
        self.all.values_mut().filter(move |session| session.who == who)
    }

    /// The rest of a family may be ended or not.
    fn unsettle(&mut self, family: u64, but: u64) {
        let rest = self.all.iter_mut().filter(|(key, other)| **key != but && other.family == family);
        rest.filter(|(_, other)| other.due == Due::Honour).for_each(|(_, other)| other.due = Due::Either);
    }

    fn refresh(&mut self, token: u64, policy: Policy) -> String {
        let Session { who, family, .. } = self.all[&token];
        if !policy.rotation {
            self.last += 1;
            return format!("200 s{}", self.last);
        }
        let fresh = self.start(who, Some(family));
        if let Some(old) = self.all.get_mut(&token) {
            old.due = if old.due == Due::Honour { Due::Either } else { old.due };
            (old.live, old.replaced) = (false, true);
        }
        format!("200 s{fresh} r{fresh}")
    }

    fn logout(&mut self, token: u64, bug: Option<Bug>) {
        let Session { who, family, .. } = self.all[&token];
        self.unsettle(family, token);
        for session in self.of(who).filter(|_| bug == Some(Bug::LogoutEndsAll)) {
            session.live = false;
        }
        if let Some(session) = self.all.get_mut(&token) {
            session.live &= bug == Some(Bug::LogoutForgotten);
            session.due = Due::Refuse;
        }
    }

    fn logout_all(&mut self, token: u64, bug: Option<Bug>) {
        let Session { who, due, live, .. } = self.all[&token];
        for session in self.of(who) {
            session.live &= !live || bug == Some(Bug::LogoutAllForgotten);
            session.due = match (due, session.due) {
                (Due::Honour, _) => Due::Refuse,
                // A dead token may end everything or nothing.
                (_, Due::Honour) => Due::Either,
                (_, other) => other,
            };
        }
    }
}
