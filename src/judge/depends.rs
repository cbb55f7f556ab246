//! Which exchanges have to do with each other, so that what one shows may explain what comes of another.

use std::collections::HashMap;

use serde_json::Value;

use super::Finding;
use crate::contract::Level;
use crate::exchange::{Exchange, Fact, History, Placeholder, PresentedBearer, SecretKind};
use crate::model::Groups;

/// The groups of connected identities of a history: numbers and names of one user, tokens, user IDs, codes.
pub(super) struct Dependence {
    /// The group of each exchange that names a user.
    of: HashMap<usize, usize>,
}

impl Dependence {
    /// Reads a history once.
    pub(super) fn new(history: &History) -> Dependence {
        let mut groups = Groups::default();
        let mut first = HashMap::new();
        for exchange in history.exchanges() {
            for key in identities(exchange) {
                groups.join(exchange.id, key.clone());
                first.entry(exchange.id).or_insert(key);
            }
        }
        Dependence { of: first.into_iter().map(|(id, key)| (id, groups.root_of(&key))).collect() }
    }

    /// The group of an exchange; `None` names no user, and may be about all.
    pub(super) fn group(&self, exchange: usize) -> Option<usize> {
        self.of.get(&exchange).copied()
    }

    /// Whether the outcome of the later exchange may depend on that of the earlier one.
    pub(super) fn connects(&self, earlier: usize, later: usize) -> bool {
        earlier == later
            || match (self.group(earlier), self.group(later)) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            }
    }

    /// Whether a finding explains that an exchange went another way than its author needed: it is about that very
    /// exchange, or it changed what the target did before with the same users.
    pub(super) fn explains(&self, finding: &Finding, exchange: usize) -> bool {
        let last = finding.exchanges.last().copied().unwrap_or_default();
        let grave = finding.level > Level::May;
        grave
            && last <= exchange
            && (last == exchange || (changes_outcomes(finding) && self.connects(last, exchange)))
    }
}

/// Checks whose findings are about what a target did, and not about what its answer looks like.
fn changes_outcomes(finding: &Finding) -> bool {
    ["availability", "authorization", "malformed", "behaviour", "messages", "limits", "caps", "expect"]
        .contains(&finding.check.as_str())
}

/// Everything by which an exchange names a user.
fn identities(exchange: &Exchange) -> Vec<String> {
    let mut keys = Vec::new();
    let mut name = |text: &str| keys.extend(identity(text));
    if let Some(body) = exchange.request.body.json() {
        texts(body, &mut name);
    }
    let (_, query) = exchange.request.path.split_once('?').unwrap_or_default();
    query.split('&').filter_map(|pair| pair.split_once('=')).for_each(|(_, value)| name(value));
    if let Some(token) = PresentedBearer::read(exchange.request.header("authorization")).token() {
        name(token);
    }
    for cookie in exchange.request.header("cookie").into_iter().flat_map(|cookies| cookies.split(';')) {
        cookie.split_once('=').into_iter().for_each(|(_, value)| name(value.trim()));
    }
    let answer = exchange.answer.response();
    for at in ["/user/userId", "/userId"] {
        answer.and_then(|response| response.body.str_at(at)).into_iter().for_each(&mut name);
    }
    for fact in &exchange.facts {
        if let Fact::Token(token) = fact {
            name(&token.token);
        }
    }
    keys
}

/// Every text of a request's body.
fn texts(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, visit)),
        Value::Object(members) => members.values().for_each(|member| texts(member, visit)),
        _ => {}
    }
}

/// What a stand-in says of whom it is about: spellings and names of one person are one, and a code is its owner's.
fn identity(text: &str) -> Option<String> {
    let name = Placeholder::parse(text)?;
    let person = || name.label.trim_end_matches(|c: char| c.is_ascii_digit());
    match name.kind {
        SecretKind::Phone | SecretKind::Email | SecretKind::Name => Some(format!("person {}", name.label)),
        SecretKind::Code if !person().is_empty() => Some(format!("person {}", person())),
        SecretKind::Login
        | SecretKind::Refresh
        | SecretKind::Session
        | SecretKind::Token
        | SecretKind::User => Some(name.base()),
        _ => None,
    }
}
