//! What a run through the proxy shows of its clients: who called, and what was called.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::text::{count, plain, shell};
use crate::contract::OperationId;
use crate::exchange::{History, Request};

/// A client, as it names itself in its requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Agent {
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `x-descope-sdk-name`.
    pub sdk: Option<String>,
    /// `x-descope-sdk-version`.
    pub version: Option<String>,
}

impl Agent {
    /// The client that sent this request.
    pub fn of(request: &Request) -> Agent {
        let named = |name: &str| request.header(name).map(str::to_owned);
        let [user_agent, sdk, version] =
            ["user-agent", "x-descope-sdk-name", "x-descope-sdk-version"].map(named);
        Agent { user_agent, sdk, version }
    }
}

/// A client, and how often it called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Who.
    #[serde(flatten)]
    pub agent: Agent,
    /// Requests.
    pub requests: usize,
}

/// The clients of a run, and what they did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clients {
    /// Who called, the most frequent first.
    pub callers: Vec<Caller>,
    /// Calls of the contract's operations.
    pub operations: BTreeMap<OperationId, usize>,
    /// Calls of anything else, by method and path.
    pub outside: BTreeMap<String, usize>,
    /// Operations that had to be called, and of which no call was answered.
    pub missing: Vec<OperationId>,
    /// How the command failed whose client this is: its own tests, most likely.
    pub failed: Option<String>,
    /// The words of the command line that shows all this again.
    pub again: Vec<String>,
}

impl Clients {
    /// The clients of these histories, which had to call the operations of `required` and to get an answer.
    pub fn of<'h>(
        agents: BTreeMap<Agent, usize>,
        histories: impl IntoIterator<Item = &'h History>,
        required: &[OperationId],
    ) -> Clients {
        let callers = agents.into_iter().map(|(agent, requests)| Caller { agent, requests }).collect();
        let mut clients = Clients { callers, ..Clients::default() };
        clients.callers.sort_by_key(|caller| std::cmp::Reverse(caller.requests));
        // A call whose answer was lost shows little of the client: it does not pass for one that was judged.
        let mut answered = BTreeSet::new();
        for exchange in histories.into_iter().flat_map(History::exchanges) {
            match exchange.operation {
                Some(operation) => {
                    *clients.operations.entry(operation).or_default() += 1;
                    answered.extend(exchange.answer.response().map(|_| operation));
                }
                None => {
                    let path = exchange.request.route();
                    let called = format!("{} {path}", exchange.request.method);
                    *clients.outside.entry(called).or_default() += 1;
                }
            }
        }
        let is_missing = |operation: &&OperationId| !answered.contains(*operation);
        clients.missing = required.iter().filter(is_missing).copied().collect();
        clients
    }

    /// What was covered, as rows of two cells for every report.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        for Caller { agent, requests } in &self.callers {
            let named = [&agent.sdk, &agent.version, &agent.user_agent].into_iter().flatten();
            let name = Vec::from_iter(named.map(|text| plain(text).into_owned())).join(" ");
            let name = if name.is_empty() { "no name of its own".to_owned() } else { name };
            rows.push(("client".to_owned(), format!("{name}: {}", count(*requests, "request"))));
        }
        let listed = |calls: Vec<String>| if calls.is_empty() { "none".to_owned() } else { calls.join(", ") };
        let calls = self.operations.iter().map(|(operation, calls)| format!("{operation} {calls}"));
        rows.push(("operations".to_owned(), listed(calls.collect())));
        if !self.outside.is_empty() {
            let calls = self.outside.iter().map(|(called, calls)| format!("{} {calls}", plain(called)));
            rows.push(("outside the contract".to_owned(), listed(calls.collect())));
        }
        if !self.missing.is_empty() {
            let called = |operation: &OperationId| match self.operations.get(operation) {
                Some(_) => format!("{operation} (no call was answered)"),
                None => operation.to_string(),
            };
            rows.push((
                "required, and not called".to_owned(),
                listed(self.missing.iter().map(called).collect()),
            ));
        }
        if let Some(failed) = &self.failed {
            rows.push(("the command failed".to_owned(), plain(failed).into_owned()));
        }
        rows
    }

    /// The command line again, for one trial: of a hostile answer, that one alone.
    pub(super) fn command(&self, trial: &str) -> Option<String> {
        if self.again.is_empty() {
            return None;
        }
        let Some(case) = trial.strip_prefix("hostile::") else {
            return Some(Vec::from_iter(self.again.iter().map(|word| from_environment(word))).join(" "));
        };
        let end = self.again.iter().position(|word| word == "--").unwrap_or(self.again.len());
        let mut words: Vec<&str> = Vec::new();
        let mut own = self.again[..end].iter().map(String::as_str);
        while let Some(word) = own.next() {
            if word == "--case" {
                own.next();
            } else if !word.starts_with("--case=") {
                words.push(word);
            }
        }
        words.extend(["--case", case]);
        words.extend(self.again[end..].iter().map(String::as_str));
        Some(Vec::from_iter(words.into_iter().map(from_environment)).join(" "))
    }
}

/// What a report hides of a command line, and the variables that hold it: a shell puts it in again.
const HIDDEN: [(&str, &str); 3] = [
    ("<project>", "$OTP_PROJECT_ID"),
    ("<key:management>", "$OTP_MANAGEMENT_KEY"),
    ("<key:auth>", "$OTP_AUTH_MANAGEMENT_KEY"),
];

/// A word for a shell. A value that is hidden in it is taken from the environment: `--project-id "$OTP_PROJECT_ID"`.
fn from_environment(word: &str) -> String {
    let found = HIDDEN.into_iter().filter_map(|(name, variable)| Some((word.find(name)?, name, variable)));
    let Some((at, name, variable)) = found.min() else { return shell(word) };
    let plain = |text: &str| if text.is_empty() { String::new() } else { shell(text) };
    let rest = &word[at + name.len()..];
    let rest = if rest.is_empty() { String::new() } else { from_environment(rest) };
    format!("{}\"{variable}\"{rest}", plain(&word[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(again: &[&str]) -> Clients {
        Clients { again: again.iter().map(|word| (*word).to_owned()).collect(), ..Clients::default() }
    }

    #[test]
    fn the_users_own_command_is_repeated() {
        let run = clients(&["otp-conformance", "proxy", "--", "pytest", "-k", "a b"]);
        assert_eq!(
            run.command("proxy::x::client").as_deref(),
            Some("otp-conformance proxy -- pytest -k 'a b'")
        );
        let hostile =
            clients(&["otp-conformance", "proxy", "--hostile", "--case", "x", "--", "node", "driver.mjs"]);
        assert_eq!(
            hostile.command("hostile::shape::empty-object").as_deref(),
            Some("otp-conformance proxy --hostile --case shape::empty-object -- node driver.mjs")
        );
        assert_eq!(clients(&[]).command("proxy::x::client"), None);
    }

    #[test]
    fn what_is_hidden_of_a_command_is_taken_from_the_environment() {
        let run = clients(&[
            "otp-conformance",
            "proxy",
            "--project-id",
            "<project>",
            "--header",
            "k: <project>:x",
            "--project-id=<project>",
        ]);
        assert_eq!(
            run.command("proxy::x::client").as_deref(),
            Some(
                "otp-conformance proxy --project-id \"$OTP_PROJECT_ID\" --header 'k: '\"$OTP_PROJECT_ID\":x --project-id=\"$OTP_PROJECT_ID\""
            )
        );
    }

    #[test]
    fn what_was_required_and_not_called_is_named() {
        let none: [&History; 0] = [];
        let clients = Clients::of(BTreeMap::new(), none, &[OperationId::VERIFY]);
        assert_eq!(clients.missing, [OperationId::VERIFY]);
        let rows = clients.rows();
        assert!(rows.contains(&("required, and not called".into(), "verify-sms".into())), "{rows:?}");
        assert!(rows.contains(&("operations".into(), "none".into())), "{rows:?}");
    }
}
