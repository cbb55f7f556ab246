//! What is presented must suffice for what is asked, and nothing less.

use super::{Check, Judgement, answered, finding};
use crate::contract::{BearerForm, Contract, Operation, OperationId, RequirementId, req};
use crate::exchange::{Exchange, History, Placeholder, PresentedBearer, SecretKind};

/// The bearer.
pub(super) struct Authorization;

impl Check for Authorization {
    fn name(&self) -> &'static str {
        "authorization"
    }

    fn about(&self) -> &'static str {
        "no request is accepted without the bearer that the operation asks for"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[
            req::OTP_REQUIRES_AUTHORIZATION,
            req::UNKNOWN_PROJECT_IS_REFUSED,
            req::UPDATE_PHONE_REQUIRES_REFRESH_JWT,
            req::MANAGEMENT_REQUIRES_MANAGEMENT_KEY,
            req::KEYS_ARE_PUBLIC,
            req::INVALID_JWT_IS_REFUSED,
            req::SESSION_JWT_IS_NO_REFRESH_JWT,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in answered(history) {
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { continue };
            let bearer = PresentedBearer::read(exchange.request.header("authorization"));
            if operation.bearer == BearerForm::None {
                if !response.is_success()
                    && response.is_refusal()
                    && !response.says_not_now()
                    && is_our_project(exchange)
                {
                    let seen = format!("status {}", response.status);
                    let expected = "200, the keys are public";
                    judgement.findings.push(finding(
                        contract,
                        self.name(),
                        req::KEYS_ARE_PUBLIC,
                        expected,
                        seen,
                        &[exchange.id],
                    ));
                }
                continue;
            }
            // A cookie may carry what the bearer lacks.
            if exchange.request.header("cookie").is_some() {
                continue;
            }
            if let Some((id, expected)) = missing(operation, &bearer) {
                if !response.is_success() {
                    // Refused for what it lacks, or for what else is wrong with it: the author's steps tell which.
                    continue;
                }
                let seen = format!("accepted with {}", describe(&bearer));
                judgement.findings.push(finding(contract, self.name(), id, expected, seen, &[exchange.id]));
            }
        }
        judgement
    }
}

/// Whether the keys of this project, and not of one that does not exist, were asked for.
pub(super) fn is_our_project(exchange: &Exchange) -> bool {
    exchange.request.route().ends_with("<project>")
}

/// The requirement that an accepted request breaks by what it presents, and what would have been right.
fn missing(operation: &Operation, bearer: &PresentedBearer) -> Option<(RequirementId, String)> {
    let refused = |why: &str| format!("refused, {why}");
    let absent = match operation.bearer {
        BearerForm::Project => req::OTP_REQUIRES_AUTHORIZATION,
        BearerForm::Management => req::MANAGEMENT_REQUIRES_MANAGEMENT_KEY,
        BearerForm::Refresh if operation.id.template() == OperationId::UPDATE => {
            req::UPDATE_PHONE_REQUIRES_REFRESH_JWT
        }
        BearerForm::Refresh => req::INVALID_JWT_IS_REFUSED,
        BearerForm::Session | BearerForm::None => return None,
    };
    if operation.id == OperationId::TryRefresh {
        return None; // documented not to fail where there is no token
    }
    match bearer {
        PresentedBearer::Absent => Some((absent, refused("there is no Authorization header"))),
        PresentedBearer::Odd(text) if is_unknown_project(text) => {
            Some((req::UNKNOWN_PROJECT_IS_REFUSED, refused("the project does not exist")))
        }
        PresentedBearer::Odd(_) => None, // another spelling of the scheme, say: the server's choice
        PresentedBearer::Project { token, key } => match operation.bearer {
            BearerForm::Management if !key => {
                Some((req::MANAGEMENT_REQUIRES_MANAGEMENT_KEY, refused("there is no management key")))
            }
            BearerForm::Refresh => token_fault(token.as_deref(), absent),
            _ => None,
        },
    }
}

fn token_fault(token: Option<&str>, absent: RequirementId) -> Option<(RequirementId, String)> {
    let Some(token) = token else { return Some((absent, "refused, there is no refresh token".into())) };
    let name = Placeholder::parse(token)?;
    match (name.kind, name.how) {
        (_, Some(how)) => Some((req::INVALID_JWT_IS_REFUSED, format!("refused, the token is {how}"))),
        (SecretKind::Session, None) => {
            Some((req::SESSION_JWT_IS_NO_REFRESH_JWT, "refused, this is a session token".into()))
        }
        _ => None,
    }
}

/// `Bearer` and a project ID that is not ours, plain ASCII and nothing else that could be odd about it.
fn is_unknown_project(text: &str) -> bool {
    let Some(project) = text.strip_prefix("Bearer ") else { return false };
    !project.is_empty() && project.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn describe(bearer: &PresentedBearer) -> String {
    match bearer {
        PresentedBearer::Absent => "no bearer".into(),
        PresentedBearer::Odd(text) => format!("{text:?}"),
        PresentedBearer::Project { token, key } => {
            let token = token.as_deref().map(|token| format!(" and {token}")).unwrap_or_default();
            format!("the project ID{token}{}", if *key { " and a key" } else { "" })
        }
    }
}
