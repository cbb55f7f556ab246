//! What a client presents: the bearer of each operation.

use crate::contract::{BearerForm, Contract, Operation, OperationId, RequirementId, req};
use crate::exchange::{Exchange, History, Placeholder, PresentedBearer, SecretKind, says_nothing};
use crate::judge::{Check, Finding, Judgement, Policy, finding};

/// Credentials.
pub(super) struct Credentials;

const NAME: &str = "client-credentials";

impl Check for Credentials {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "a client presents what the operation asks for"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::CLIENT_STEPUP_NEEDS_REFRESH_JWT, req::CLIENT_PRESENTS_RIGHT_BEARER]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        // A client that was refused something that the contract does not describe may have dropped its tokens for it.
        let mut upset = false;
        for exchange in history.exchanges() {
            let operation = exchange.operation.map(|id| contract.operation(id));
            let mut reading = Reading { contract, exchange, judgement: &mut judgement };
            reading.judgement.examined.extend(operation.into_iter().flat_map(|it| examined(it, exchange)));
            match operation {
                Some(operation) => reading.bearer(operation, upset),
                None if matches!(exchange.request.method.as_str(), "OPTIONS" | "HEAD") => {}
                None => upset |= exchange.answer.response().is_some_and(|answer| answer.status >= 400),
            }
        }
        judgement.observed.extend(super::usage::habits_of_use(contract, history));
        judgement
    }
}

/// What a client could have been convicted of by this request.
fn examined(operation: &Operation, exchange: &Exchange) -> Vec<RequirementId> {
    let mut all = Vec::new();
    if operation.bearer != BearerForm::None {
        all.push(req::CLIENT_PRESENTS_RIGHT_BEARER);
    }
    if operation.id.template() == OperationId::SIGNIN && stepup(exchange).is_some() {
        all.push(req::CLIENT_STEPUP_NEEDS_REFRESH_JWT);
    }
    all
}

/// One request as it is looked at.
struct Reading<'a> {
    contract: &'a Contract,
    exchange: &'a Exchange,
    judgement: &'a mut Judgement,
}

impl Reading<'_> {
    fn convict(&mut self, number: RequirementId, expected: &str, seen: impl Into<String>) {
        let found: Finding = finding(self.contract, NAME, number, expected, seen, &[self.exchange.id]);
        self.judgement.findings.push(found);
    }

    fn observe(&mut self, question: &str, answer: String) {
        self.judgement.observed.push(Policy { question: question.into(), answer });
    }

    fn header(&self) -> Option<&str> {
        self.exchange.request.header("authorization")
    }

    fn bearer(&mut self, operation: &Operation, upset: bool) {
        let Some(header) = self.header() else { return self.absent(operation) };
        let Some(parts) = PresentedBearer::parts(header) else {
            if operation.bearer != BearerForm::None {
                self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, "`Bearer …`", "another form");
            }
            return;
        };
        let parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
        if parts.iter().any(|part| is_wrapped(part)) {
            let expected = "`Bearer …` with nothing around its parts";
            return self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, expected, "quotes or spaces around them");
        }
        if let Some(seen) = parts.iter().find_map(|part| composed(part)) {
            let expected = "`Bearer PROJECT:TOKEN`, each as it was given";
            return self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, expected, seen);
        }
        if let Some(nothing) = parts.iter().find(|part| says_nothing(part)) {
            let seen =
                if nothing.is_empty() { "an empty part".to_owned() } else { format!("the text {nothing:?}") };
            return self.convict(
                req::CLIENT_PRESENTS_RIGHT_BEARER,
                "a credential, or none",
                format!("{seen} in the bearer"),
            );
        }
        let (project, others) =
            parts.split_first().map_or(("", [].as_slice()), |(first, rest)| (first, rest));
        let alone = kind(project).filter(|kind| is_token(Some(*kind)) || *kind == SecretKind::Key);
        if let Some(kind) = alone {
            let what = if kind == SecretKind::Key { "key" } else { "token" };
            let expected = format!("the project ID before the {what}");
            return self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, &expected, format!("a {what} alone"));
        }
        self.behind(operation, project, others, upset);
    }

    fn absent(&mut self, operation: &Operation) {
        let asked = operation.bearer != BearerForm::None && operation.id != OperationId::TryRefresh;
        if asked {
            self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, "a bearer", "no Authorization header");
        }
    }

    /// The part behind the project ID.
    fn behind(&mut self, operation: &Operation, project: &str, others: &[String], upset: bool) {
        let kinds: Vec<Option<SecretKind>> = others.iter().map(|part| kind(part)).collect();
        let token = kinds.iter().copied().find(|kind| is_token(*kind)).flatten();
        let has_key = kinds.contains(&Some(SecretKind::Key));
        let tokens = kinds.iter().filter(|kind| is_token(**kind)).count();
        let projects = kinds.iter().filter(|kind| **kind == Some(SecretKind::Project)).count();
        if let Some(seen) = [(tokens > 1, "two tokens"), (projects > 0, "the project ID twice")]
            .into_iter()
            .find_map(|(is_so, seen)| is_so.then_some(seen))
            && !has_wrong_token(operation, token)
        {
            let expected = "the project ID, and one token after it";
            return self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, expected, seen);
        }
        let unknown = project != "<project>" || others.iter().any(|part| is_strange(part));
        let lost = |it: &mut Self, what: &str| {
            if upset {
                let answer = format!("{} without {what}", operation.id);
                it.observe("goes on without a token after an answer outside this contract", answer);
            } else {
                it.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, what, "no token");
            }
        };
        match operation.bearer {
            BearerForm::None => {}
            BearerForm::Refresh if operation.id == OperationId::TryRefresh => {}
            BearerForm::Refresh if token == Some(SecretKind::Session) => {
                self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, "the refresh token", "a session token");
            }
            BearerForm::Session if token == Some(SecretKind::Refresh) => {
                self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, "the session token", "a refresh token");
            }
            _ if unknown => {
                let answer = format!("{} with a bearer of unknown parts", operation.id);
                self.observe("passes on credentials that are not known", answer);
            }
            BearerForm::Refresh if token.is_none() && !cookie(self.exchange, "DSR", SecretKind::Refresh) => {
                lost(self, "the refresh token");
            }
            BearerForm::Session if token.is_none() && !cookie(self.exchange, "DS", SecretKind::Session) => {
                lost(self, "the session token");
            }
            BearerForm::Management if !has_key => {
                self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, "the management key", "no key");
            }
            BearerForm::Project => self.public(operation, token, has_key),
            _ => {}
        }
    }

    /// An operation that asks for the project ID alone. With a step-up it asks for the refresh token as well.
    fn public(&mut self, operation: &Operation, token: Option<SecretKind>, has_key: bool) {
        let wanted = stepup(self.exchange).filter(|_| operation.id.template() == OperationId::SIGNIN);
        match (wanted, token) {
            (Some(_), Some(SecretKind::Session)) => {
                self.convict(req::CLIENT_PRESENTS_RIGHT_BEARER, "the refresh token", "a session token");
            }
            (Some(option), None) if !cookie(self.exchange, "DSR", SecretKind::Refresh) => {
                // A client that holds the token, and puts it elsewhere, is not one that holds none.
                match elsewhere(self.exchange) {
                    Some(place) => self.convict(
                        req::CLIENT_PRESENTS_RIGHT_BEARER,
                        "the refresh token behind the project ID",
                        format!("it is in {place}"),
                    ),
                    None => {
                        let seen = format!("sent with {option} and no refresh token");
                        self.convict(
                            req::CLIENT_STEPUP_NEEDS_REFRESH_JWT,
                            "the client refuses, and sends nothing",
                            seen,
                        );
                    }
                }
            }
            (None, Some(kind)) => {
                let answer = format!("{}: a {} token", operation.id, kind.word());
                self.observe("presents a token where none is asked for", answer);
            }
            _ => {}
        }
        if has_key {
            self.observe("presents a key where the project ID is enough", operation.id.to_string());
        }
    }
}

/// Whether the first token is of the other kind, which is a finding of its own.
fn has_wrong_token(operation: &Operation, token: Option<SecretKind>) -> bool {
    matches!(
        (operation.bearer, token),
        (BearerForm::Refresh, Some(SecretKind::Session)) | (BearerForm::Session, Some(SecretKind::Refresh))
    )
}

fn kind(part: &str) -> Option<SecretKind> {
    Placeholder::parse(part).map(|name| name.kind)
}

fn is_token(kind: Option<SecretKind>) -> bool {
    matches!(kind, Some(SecretKind::Session | SecretKind::Refresh | SecretKind::Token))
}

/// Not made of what is known: another project's key, say.
fn is_strange(part: &str) -> bool {
    Placeholder::parse(part).is_none_or(|name| name.kind != SecretKind::Project && name.how.is_some())
}

/// Whether a part is known, with something around it that does not belong there.
fn is_wrapped(part: &str) -> bool {
    let bare = part.trim_matches(['"', '\'', ' ']);
    (bare != part && Placeholder::parse(bare).is_some()) || is_quoted(part)
}

/// Whether a part shows a known token as a language or a format writes texts: `b'…'`, `{"jwt":"…"}`.
fn is_quoted(part: &str) -> bool {
    let marks = ["<refresh:", "<session:", "<token:"];
    let starts = marks.iter().filter_map(|mark| part.find(mark));
    starts.into_iter().any(|start| {
        let end = part[start..].find('>').map_or(part.len(), |length| start + length + 1);
        let (before, after) = (part[..start].chars().next_back(), part[end..].chars().next());
        before.is_some_and(|quote| ['"', '\'', '`'].contains(&quote)) && before == after
    })
}

/// What a part shows that a client has put together otherwise than it is documented: of things that it holds.
fn composed(part: &str) -> Option<&'static str> {
    let named = part.get(..7).filter(|start| start.eq_ignore_ascii_case("bearer "));
    if named.is_some_and(|start| Placeholder::parse(part[start.len()..].trim()).is_some()) {
        return Some("the word Bearer twice");
    }
    let holds = |mark: &&str| part.contains(*mark);
    let two = part.contains("<project>") && ["<refresh:", "<session:", "<token:", "<key:"].iter().any(holds);
    two.then_some("the project ID and what comes after it, without a colon between them")
}

/// Whether a token comes as a cookie: of that name, or any that holds one of this kind. Projects may name them otherwise.
fn cookie(exchange: &Exchange, name: &str, wanted: SecretKind) -> bool {
    let header = exchange.request.header("cookie").unwrap_or_default();
    header.split(';').filter_map(|pair| pair.trim().split_once('=')).any(|(own, value)| {
        let holds = |it: Placeholder<'_>| it.how.is_none() && [wanted, SecretKind::Token].contains(&it.kind);
        let known = Placeholder::parse(value).filter(|it| it.how.is_none());
        let another = known.is_some_and(|it| is_token(Some(it.kind)) && !holds(it));
        // A cookie of the name that Descope gives the other token is that one's.
        let others = ["DS", "DSR"].contains(&own) && own != name;
        (own == name && !says_nothing(value) && !another) || (!others && known.is_some_and(holds))
    })
}

/// The option of a sign-in that asks for more than a code.
fn stepup(exchange: &Exchange) -> Option<&'static str> {
    let wants = |member: &&str| exchange.request.body.at(member).is_some_and(|value| value == true);
    ["/loginOptions/stepup", "/loginOptions/mfa"].into_iter().find(wants)
}

/// The place in the request of a refresh token that is not behind the project ID.
fn elsewhere(exchange: &Exchange) -> Option<&'static str> {
    let request = &exchange.request;
    let holds = |text: &str| text.contains("<refresh:");
    let body = request.body.json().is_some_and(|body| holds(&body.to_string()));
    let headers = request.headers.iter().any(|(name, value)| name != "authorization" && holds(value));
    match (holds(&request.path), body, headers) {
        (true, ..) => Some("the URL"),
        (_, true, _) => Some("the body"),
        (.., true) => Some("another header"),
        _ => None,
    }
}
