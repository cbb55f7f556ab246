//! The `Authorization` header: a project, and perhaps a token or a key after it.

use std::hint::black_box;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};

use super::fault::Fault;
use super::refusal::Refusal;
use super::server::Server;

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
            None if server.faults.has(Fault::MissingBearerAccepted) => return Ok(Bearer::default()),
            bearer => bearer.ok_or_else(|| server.bearer_refusal(Refusal::no_bearer()))?,
        };
        if bearer.names(server) { Ok(bearer) } else { Err(server.bearer_refusal(Refusal::unknown_project())) }
    }

    fn names(&self, server: &Server) -> bool {
        let (asked, ours) = (&self.project, &server.settings.project_id);
        asked == ours
            || (asked.eq_ignore_ascii_case(ours) && server.faults.has(Fault::ProjectInAnyCaseAccepted))
            || (asked.starts_with(ours.as_str()) && server.faults.has(Fault::ProjectWithSuffixAccepted))
            || server.faults.has(Fault::AnyProjectAccepted)
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
        if server.faults.has(Fault::ManagementKeyNotAsked) {
            return Ok(());
        }
        let key = self.key().filter(|key| !key.is_empty()).ok_or_else(Refusal::no_management_key)?;
        let expected = &server.settings.management_key;
        let prefix = server.faults.has(Fault::ManagementKeyPrefixAccepted) && expected.starts_with(key);
        if same(key, expected) || prefix { Ok(()) } else { Err(Refusal::wrong_management_key()) }
    }

    /// Any part that is no token must be the auth management key, where the project has one.
    pub(crate) fn admits_authentication(&self, server: &Server) -> Result<(), Refusal> {
        let mut keys = self.rest.iter().filter(|part| !is_jwt(part));
        if server.faults.has(Fault::AuthKeyRefused) && keys.clone().next().is_some() {
            return Err(Refusal::unknown_project());
        }
        let Some(expected) = &server.settings.auth_management_key else { return Ok(()) };
        if keys.all(|key| same(key, expected)) { Ok(()) } else { Err(Refusal::wrong_management_key()) }
    }
}

fn is_jwt(part: &str) -> bool {
    part.matches('.').count() == 2
}

/// Equality whose time tells nothing about where two texts of one length part.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |sum, (x, y)| black_box(sum | (x ^ y)));
    a.len() == b.len() && differences == 0
}

/// The refresh JWT a browser keeps for us.
pub(crate) fn refresh_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == "DSR").map(|(_, jwt)| jwt.to_owned()).filter(|jwt| !jwt.is_empty())
}
