//! The `--codes` setting made into a code source.

use std::sync::Arc;
use std::time::Duration;

use super::profile::ProfileGatewayAuth;
use super::settings::{Origin, Sourced};
use super::{RunSettings, UsageError, access};
use crate::drive::code::{Access, CodeSource, CodeSpec, Credentials};
use crate::drive::{Budget, client_beside, own_client};

/// The source that the setting names; `None` is the embedded emulator's own inbox.
///
/// # Errors
/// The setting names no source we know, or a target has none at all: `none` is a choice, and must be made.
pub(super) fn spec(codes: &Sourced<Option<String>>, embedded: bool) -> Result<CodeSpec, UsageError> {
    let wrong =
        |what: String| UsageError::Setting { name: "--codes", origin: codes.origin.to_string(), what };
    match (&codes.value, embedded) {
        (Some(text), _) => match text.parse::<CodeSpec>() {
            Ok(spec) if embedded && spec.listens() =>
            {
                let what = "the embedded emulator sends to its own inbox; start `serve --sms-gateway URL` or `serve --smtp ADDR` and give --target";
                Err(wrong(what.into()))
            }
            parsed => parsed.map_err(|error| wrong(error.to_string())),
        },
        (None, true) => Ok(CodeSpec::Emulator),
        (None, false) => Err(UsageError::Setting {
            name: "--codes",
            origin: Origin::Default.to_string(),
            what: "a target needs a code source: test-user for Descope with a management key, sms-gateway, email-gateway or smtp for a project whose messages come to us, http:URL-TEMPLATE#JSON-POINTER or command:LINE for an emulator, emulator for a server with our inbox endpoint; or none, to leave out everything that needs a code".into(),
        }),
    }
}

/// Opens the code source for a target at that base URL.
///
/// # Errors
/// As [`spec`], or the gateway cannot listen.
pub(super) async fn open(
    settings: &RunSettings,
    base: &str,
    embedded: bool,
    budget: &Arc<Budget>,
) -> Result<Arc<dyn CodeSource>, UsageError> {
    let spec = spec(&settings.codes, embedded)?;
    let known = settings.profile.clone().unwrap_or_default();
    let client = match spec.asks_target() && !embedded {
        true => client_beside(base, &access::transport(&known)?, &settings.headers)?,
        false => own_client(Duration::from_secs(10), embedded)?,
    };
    let access = credentials(known.gateway.unwrap_or_default())?;
    spec.open(&client, base, &access, budget).await.map_err(|error| UsageError::Other(error.to_string()))
}

fn credentials(auth: ProfileGatewayAuth) -> Result<Access, UsageError> {
    let ProfileGatewayAuth { bearer, username, password, header, api_key, hmac_secret } = auth;
    let credentials = match (bearer, username.zip(password), header.zip(api_key)) {
        (None, None, None) => Credentials::None,
        (Some(token), None, None) => Credentials::Bearer(token),
        (None, Some((username, password)), None) => Credentials::Basic { username, password },
        (None, None, Some((header, token))) => Credentials::ApiKey { header, token },
        _ => {
            return Err(UsageError::Other(
                "[gateway]: a connector authenticates in one way; leave one".into(),
            ));
        }
    };
    Ok(Access { credentials, hmac_secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sourced(text: Option<&str>) -> Sourced<Option<String>> {
        Sourced { value: text.map(str::to_owned), origin: Origin::Flag }
    }

    #[test]
    fn a_target_must_say_how_codes_reach_us() {
        assert_eq!(spec(&sourced(None), true).unwrap(), CodeSpec::Emulator);
        assert_eq!(spec(&sourced(Some("none")), false).unwrap(), CodeSpec::None);
        assert!(spec(&sourced(None), false).unwrap_err().to_string().contains("or none"));
        assert!(spec(&sourced(Some("sms-gateway")), true).is_err());
        assert!(spec(&sourced(Some("pigeon")), false).unwrap_err().to_string().contains("known are"));
    }

    #[test]
    fn a_connector_authenticates_in_one_way() {
        let two = ProfileGatewayAuth {
            bearer: Some("a".into()),
            header: Some("x-key".into()),
            api_key: Some("b".into()),
            ..ProfileGatewayAuth::default()
        };
        assert!(credentials(two).is_err());
        let one = ProfileGatewayAuth { bearer: Some("a".into()), ..ProfileGatewayAuth::default() };
        assert!(matches!(credentials(one).unwrap().credentials, Credentials::Bearer(_)));
    }
}
