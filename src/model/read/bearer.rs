//! The tokens that come with a request.

use crate::exchange::{Exchange, Placeholder, PresentedBearer, Request, Response, SecretKind};

/// The refresh token that comes with a request: as its bearer's second part, or else in a cookie.
pub(super) fn presented(exchange: &Exchange) -> Option<String> {
    let header = exchange.request.header("authorization");
    let bearer = PresentedBearer::read(header);
    let by_cookie = if bearer.token().is_some() { None } else { cookie(&exchange.request) };
    // Who takes a bearer that is none by the contract has read a token in it.
    let taken = || {
        let parts = header.filter(|_| exchange.answer.response().is_some_and(Response::is_success))?;
        PresentedBearer::parts(parts)?.into_iter().find(|part| is_refresh_token(part)).map(str::to_owned)
    };
    refresh_token(&bearer).or(by_cookie).or_else(taken)
}

/// Whether a text was made from the token that it names.
pub(super) fn is_altered(token: &str) -> bool {
    Placeholder::parse(token).is_some_and(|name| name.how.is_some())
}

/// Whether a text is the name of a refresh token as it was issued.
fn is_refresh_token(part: &str) -> bool {
    Placeholder::parse(part).is_some_and(|name| name.kind == SecretKind::Refresh && name.how.is_none())
}

/// The token in second place, unless it was tampered with.
pub(super) fn refresh_token(bearer: &PresentedBearer) -> Option<String> {
    let token = bearer.token()?;
    Placeholder::parse(token).is_some_and(|name| name.how.is_none()).then(|| token.to_owned())
}

/// The refresh token in a cookie.
fn cookie(request: &Request) -> Option<String> {
    let cookies = request.header("cookie")?.split(';').map(str::trim);
    cookies.filter_map(|cookie| cookie.strip_prefix("DSR=")).find_map(|token| {
        Placeholder::parse(token).is_some_and(|name| name.how.is_none()).then(|| token.to_owned())
    })
}
