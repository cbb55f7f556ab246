//! The `Authorization` header: a project, and perhaps a token or a key after it.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};

use super::id::same;
use super::refusal::Refusal;
use super::state::Server;

/// A bearer taken apart at its colons; neither JWTs nor project IDs contain one.
#[derive(Debug, Default, Clone)]
pub(crate) struct Bearer {
    pub(crate) project: String,
    rest: Vec<String>,
}

impl Bearer {
    /// The bearer of a request that names this project.
    pub(crate) fn of(server: &Server, headers: &HeaderMap) -> Result<Self, Refusal> {
        let bearer = match Self::read(headers) {
            None if server.bugs.needs_no_bearer() || server.bugs.trusts_address(headers) => {
                return Ok(Bearer::default());
            }
            bearer => bearer.ok_or_else(|| server.bearer_refusal(Refusal::no_bearer()))?,
        };
        if bearer.names(server) { Ok(bearer) } else { Err(server.bearer_refusal(Refusal::unknown_project())) }
    }

    fn names(&self, server: &Server) -> bool {
        let (asked, ours) = (&self.project, &server.settings.project_id);
        asked == ours || server.bugs.takes_for_ours(asked, ours)
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        let value = std::str::from_utf8(headers.get(AUTHORIZATION)?.as_bytes()).ok()?;
        let (scheme, credentials) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut parts = credentials.trim().split(':').map(str::to_owned);
        Some(Bearer { project: parts.next()?, rest: parts.collect() })
    }

    /// The first part after the project that looks like a JWT.
    pub(crate) fn jwt(&self) -> Option<&str> {
        self.rest.iter().find(|part| is_jwt(part)).map(String::as_str)
    }

    /// The second part, whatever it is.
    pub(crate) fn key(&self) -> Option<&str> {
        self.rest.first().map(String::as_str)
    }

    /// Management asks for the project and its management key.
    pub(crate) fn admits_management(&self, server: &Server) -> Result<(), Refusal> {
        if server.bugs.needs_no_management_key() {
            return Ok(());
        }
        let key = self.key().filter(|key| !key.is_empty()).ok_or_else(Refusal::no_management_key)?;
        let expected = &server.settings.management_key;
        let part = server.bugs.accepts_part_of_key(key, expected);
        if same(key, expected) || part { Ok(()) } else { Err(Refusal::wrong_management_key()) }
    }

    /// Any part that is no token must be the auth management key, where the project has one.
    pub(crate) fn admits_authentication(&self, server: &Server) -> Result<(), Refusal> {
        let mut keys = self.rest.iter().filter(|part| !is_jwt(part));
        if server.bugs.refuses_auth_keys() && keys.clone().next().is_some() {
            return Err(Refusal::unknown_project());
        }
        let Some(expected) = &server.settings.auth_management_key else { return Ok(()) };
        if keys.all(|key| same(key, expected)) { Ok(()) } else { Err(Refusal::wrong_management_key()) }
    }
}

fn is_jwt(part: &str) -> bool {
    part.matches('.').count() == 2
}

/// The refresh JWT a browser keeps for us.
pub(crate) fn refresh_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == "DSR").map(|(_, jwt)| jwt.to_owned()).filter(|jwt| !jwt.is_empty())
}
