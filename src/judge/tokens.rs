//! What the tokens say, who signed them, and where they may not be.

use serde_json::Value;

use super::{Check, Finding, InconclusiveReason, Judgement, answered, finding};
use crate::contract::{Contract, DeliveryMethod, OperationId, RequirementId, req};
use crate::exchange::{
    Exchange, Fact, History, Placeholder, PresentedBearer, SecretKind, Signature, TokenFact,
};

/// Session and refresh tokens.
pub(super) struct Tokens;

impl Check for Tokens {
    fn name(&self) -> &'static str {
        "tokens"
    }

    fn about(&self) -> &'static str {
        "tokens name project, user, kind, method and times, and are signed by a published key"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[
            req::SEND_RETURNS_NO_TOKENS,
            req::NEWEST_CODE_IS_ACCEPTED,
            req::REFRESH_JWT_NEVER_HAS_SU,
            req::SESSION_NAMES_PROJECT_AND_USER,
            req::DRN_NAMES_TOKEN_KIND,
            req::AMR_NAMES_SMS,
            req::EXP_FOLLOWS_IAT,
            req::PUBLISHED_KEY_VERIFIES_TOKEN,
            req::AUD_HOLDS_PROJECT,
            req::REFRESH_RETURNS_SESSION,
            req::TEST_USER_TOKENS_ARE_MARKED,
            req::CUSTOM_CLAIMS_CANNOT_OVERRIDE,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, _) in answered(history).filter(|(_, response)| response.is_success()) {
            let tokens: Vec<&TokenFact> = exchange.facts.iter().filter_map(token).collect();
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { continue };
            if operation.issues_code {
                judgement.examine(&[req::SEND_RETURNS_NO_TOKENS]);
                judgement.findings.extend(early(contract, exchange, &tokens));
                continue;
            }
            if operation.id == OperationId::Refresh {
                judgement.findings.extend(stale(contract, history, exchange, &tokens));
            }
            let login = matches!(
                operation.id.template(),
                OperationId::VERIFY | OperationId::Refresh | OperationId::TryRefresh
            );
            let method = if operation.id.is_verify() { delivered_by(history, exchange) } else { None };
            for token in tokens.iter().filter(|_| login) {
                judgement.examine(&looked_for(exchange, token));
                let found = |(id, expected, seen): (RequirementId, String, String)| {
                    finding(contract, "tokens", id, expected, seen, &[exchange.id])
                };
                judgement.findings.extend(faults(exchange, token, method).into_iter().map(found));
                judgement.findings.extend(signature(contract, exchange, token));
                if let Signature::Unchecked(why) = &token.signature {
                    judgement
                        .doubts
                        .push(InconclusiveReason::Missing { what: format!("signature not checked: {why}") });
                }
            }
        }
        judgement.findings.extend(useless(contract, history));
        judgement
    }
}

/// What every token of a login is looked at for.
const OF_EACH: [RequirementId; 4] = [
    req::SESSION_NAMES_PROJECT_AND_USER,
    req::DRN_NAMES_TOKEN_KIND,
    req::EXP_FOLLOWS_IAT,
    req::AUD_HOLDS_PROJECT,
];

/// What a token of this place is looked at for.
fn looked_for(exchange: &Exchange, token: &TokenFact) -> Vec<RequirementId> {
    let checked = !matches!(token.signature, Signature::Unchecked(_));
    let verified = exchange.operation.filter(|id| id.is_verify()).and_then(OperationId::method);
    let named = verified.and_then(DeliveryMethod::amr).is_some();
    let more = [
        (checked, req::PUBLISHED_KEY_VERIFIES_TOKEN),
        (checked && token.is("DS") && named, req::AMR_NAMES_SMS),
        (token.is("DSR"), req::REFRESH_JWT_NEVER_HAS_SU),
    ];
    OF_EACH.into_iter().chain(more.into_iter().filter_map(|(looked, id)| looked.then_some(id))).collect()
}

fn token(fact: &Fact) -> Option<&TokenFact> {
    match fact {
        Fact::Token(token) => Some(token),
        _ => None,
    }
}

/// A token before the code was given back.
fn early(contract: &Contract, exchange: &Exchange, tokens: &[&TokenFact]) -> Option<Finding> {
    let token = tokens.first()?;
    let expected = "no token before the code is verified";
    let seen = format!("{} at {}", token.token, token.place);
    Some(finding(contract, "tokens", req::SEND_RETURNS_NO_TOKENS, expected, seen, &[exchange.id]))
}

/// Clocks and queues: no two times of a server are compared more closely.
const SKEW: u64 = 5;

/// A session token that is no newer than the one of the login, long after it.
fn stale(
    contract: &Contract,
    history: &History,
    exchange: &Exchange,
    tokens: &[&TokenFact],
) -> Option<Finding> {
    let presented = PresentedBearer::read(exchange.request.header("authorization")).token()?.to_owned();
    let facts = |other: &Exchange| other.facts.iter().filter_map(token).cloned().collect::<Vec<_>>();
    let login = history.exchanges().find(|other| facts(other).iter().any(|fact| fact.token == presented))?;
    let passed = (exchange.call + history.moved_before(exchange.call))
        .saturating_sub(login.ret + history.moved_before(login.ret))
        / 1_000_000;
    let issued =
        |fact: &TokenFact| Some(fact.claims["iat"].as_f64().filter(|_| fact.claims["drn"] == "DS")? as u64);
    let before = facts(login).iter().find_map(issued)?;
    let renewed = tokens.iter().find_map(|fact| issued(fact))?;
    (renewed + SKEW < before + passed).then(|| {
        let expected = format!("a session token issued {passed} s after the login's");
        let seen = format!("one issued {} s after it", renewed.saturating_sub(before));
        finding(contract, "tokens", req::REFRESH_RETURNS_SESSION, expected, seen, &[login.id, exchange.id])
    })
}

fn signature(contract: &Contract, exchange: &Exchange, token: &TokenFact) -> Option<Finding> {
    let seen = match &token.signature {
        Signature::Verified | Signature::Unchecked(_) => return None,
        Signature::Wrong => "the signature does not hold",
        Signature::UnknownKey => "no published key has its kid",
    };
    let expected = format!("{} signed by a key of /v2/keys", token.place);
    Some(finding(contract, "tokens", req::PUBLISHED_KEY_VERIFIES_TOKEN, expected, seen, &[exchange.id]))
}

/// The method that a login's `amr` must name: that of its path, unless its code is known to have come by another. Which
/// of the two counts then no page says.
fn delivered_by(history: &History, login: &Exchange) -> Option<DeliveryMethod> {
    let (own, code) = (login.operation?.method()?, login.request.body.str_at("/code").unwrap_or_default());
    let sent = history.deliveries().filter(|delivery| delivery.code == code);
    let addresses = sent.filter_map(|delivery| Some(Placeholder::parse(&delivery.to)?.kind));
    let mailed = addresses.filter(|kind| kind.is_address()).map(|kind| kind == SecretKind::Email);
    let generated = history.exchanges().filter(|exchange| {
        let answer = exchange.answer.response().and_then(|response| response.body.str_at("/code"));
        exchange.operation == Some(OperationId::GenerateOtp) && answer == Some(code)
    });
    let named =
        generated.filter_map(|exchange| exchange.request.body.str_at("/deliveryMethod")?.parse().ok());
    let same_way = mailed.into_iter().all(|mailed| mailed == own.is_mail());
    (same_way && named.into_iter().all(|other: DeliveryMethod| other == own)).then_some(own)
}

/// What is wrong with one token of a login or refresh: requirement, expected, seen.
fn faults(
    exchange: &Exchange,
    token: &TokenFact,
    method: Option<DeliveryMethod>,
) -> Vec<(RequirementId, String, String)> {
    let claims = &token.claims;
    let mut faults = Vec::new();
    // What cannot be read is one fault, and its signature says so.
    if !claims.is_object() {
        return faults;
    }
    let mut fault = |id: RequirementId, expected: &str, seen: &Value| {
        faults.push((id, format!("{expected} in the token at {}", token.place), seen.to_string()));
    };
    let issuer = claims["iss"].as_str().unwrap_or_default();
    if issuer.rsplit('/').take(2).all(|part| part != "<project>") {
        fault(req::SESSION_NAMES_PROJECT_AND_USER, "an iss that ends in the project ID", &claims["iss"]);
    }
    let answer = exchange.answer.response();
    let user = answer.and_then(|response| response.body.str_at("/user/userId"));
    if claims["sub"].as_str().is_none_or(str::is_empty) || user.is_some_and(|user| claims["sub"] != user) {
        fault(req::SESSION_NAMES_PROJECT_AND_USER, "the user ID as sub", &claims["sub"]);
    }
    let (wanted, session) = match token.place.as_str() {
        "/sessionJwt" | "cookie DS" => ("DS", true),
        "/refreshJwt" | "cookie DSR" => ("DSR", false),
        _ => return faults,
    };
    if claims["drn"] != wanted {
        fault(req::DRN_NAMES_TOKEN_KIND, &format!("drn {wanted}"), &claims["drn"]);
    }
    let methods = claims["amr"].as_array();
    if let Some(name) = method.and_then(DeliveryMethod::amr)
        && !methods.is_some_and(|methods| methods.contains(&Value::from(name)))
    {
        fault(req::AMR_NAMES_SMS, &format!("{name} among amr"), &claims["amr"]);
    }
    let (issued, ends) = (claims["iat"].as_f64(), claims["exp"].as_f64());
    if !matches!((issued, ends), (Some(iat), Some(exp)) if exp > iat && plausible(iat) && plausible(exp)) {
        fault(
            req::EXP_FOLLOWS_IAT,
            "iat before exp, both in epoch seconds",
            &serde_json::json!([claims["iat"], claims["exp"]]),
        );
    }
    if !session && !matches!(claims["su"], Value::Null | Value::Bool(false)) {
        fault(req::REFRESH_JWT_NEVER_HAS_SU, "no su in a refresh token", &claims["su"]);
    }
    if !audience_is_right(&claims["aud"]) {
        fault(req::AUD_HOLDS_PROJECT, "no aud, or the project ID among them", &claims["aud"]);
    }
    let test = answer.and_then(|response| response.body.at("/user/test"));
    if test == Some(&Value::Bool(true)) && claims["tu"] != Value::Bool(true) {
        fault(req::TEST_USER_TOKENS_ARE_MARKED, "tu true, this is a test user", &claims["tu"]);
    }
    if test == Some(&Value::Bool(false)) && claims["tu"] == Value::Bool(true) {
        fault(req::CUSTOM_CLAIMS_CANNOT_OVERRIDE, "no tu, this is no test user", &claims["tu"]);
    }
    faults
}

/// Epoch seconds of this century; milliseconds would be far beyond it.
fn plausible(seconds: f64) -> bool {
    (946_684_800.0..4_102_444_800.0).contains(&seconds)
}

/// How far clocks may differ before a token is of no use to a client. SDKs allow 5 seconds.
const APART: f64 = 60.0;

/// Tokens that are dead at birth, or issued in the future, by the clock of the answer that brought them.
fn useless(contract: &Contract, history: &History) -> Vec<Finding> {
    let mut shown: Vec<(usize, String)> = Vec::new();
    for (exchange, _) in answered(history).filter(|(_, response)| response.is_success()) {
        let dated = exchange.facts.iter().find_map(|fact| match fact {
            Fact::Dated { at_s, off_s, movable } if off_s.unsigned_abs() <= 60 => {
                Some((*at_s as f64, *movable))
            }
            _ => None,
        });
        let Some((date, movable)) = dated.filter(|_| history.moved_before(exchange.ret) == 0) else {
            continue;
        };
        let seen = exchange.facts.iter().filter_map(token).find_map(|token| {
            let (issued, ends) = (token.claims["iat"].as_f64()?, token.claims["exp"].as_f64()?);
            if !(plausible(issued) && plausible(ends)) {
                return None;
            }
            let ahead = issued - date > APART && !movable;
            (ahead || date - ends > APART).then(|| {
                format!(
                    "the token at {} is issued at {issued} and ends at {ends}; Date says {date}",
                    token.place
                )
            })
        });
        shown.extend(seen.map(|seen| (exchange.id, seen)));
    }
    // Once may be a clock that was set meanwhile.
    let [(first, _), (second, seen), ..] = shown.as_slice() else { return Vec::new() };
    let expected = "a token that is issued now and ends later, by the Date of the same answer";
    vec![finding(contract, "tokens", req::EXP_FOLLOWS_IAT, expected, seen.clone(), &[*first, *second])]
}

fn audience_is_right(aud: &Value) -> bool {
    match aud {
        Value::Null => true,
        Value::String(one) => one == "<project>",
        Value::Array(many) => many.iter().any(|one| one == "<project>"),
        _ => false,
    }
}
