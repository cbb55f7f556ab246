//! What COMMAND, or a driver, finds in its environment.

use std::str::FromStr;

use otp_conformance::app::Backend;

/// A variable of the user's own that is to hold one of our values: `--env MY_URL=base-url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    name: String,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    BaseUrl,
    Project,
    Key,
}

/// A variable that holds none of our values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: write NAME=base-url, NAME=project or NAME=key")]
pub(crate) struct NamedError(String);

impl FromStr for Named {
    type Err = NamedError;

    fn from_str(text: &str) -> Result<Named, NamedError> {
        let wrong = || NamedError(text.to_owned());
        let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
        let value = match value {
            "base-url" => Value::BaseUrl,
            "project" => Value::Project,
            "key" => Value::Key,
            _ => return Err(wrong()),
        };
        Ok(Named { name: name.to_owned(), value })
    }
}

impl Named {
    /// The variable's name, if it is to hold the address.
    pub(crate) fn address(&self) -> Option<&str> {
        (self.value == Value::BaseUrl).then_some(self.name.as_str())
    }
}

/// The variables for a client that is to talk to `url`. A driver gets its address when it starts.
pub(crate) fn environment(
    backend: &Backend,
    url: Option<&str>,
    authority: Option<&std::path::Path>,
    named: &[Named],
) -> Vec<(String, String)> {
    let target = &backend.target;
    let (project, key) = (Some(target.project_id.as_str()), target.management_key.as_deref());
    let authority = authority.and_then(std::path::Path::to_str);
    let fixed = [
        ("DESCOPE_BASE_URL", url),
        ("DESCOPE_BASE_URI", url),
        ("OTP_PROXY_URL", url),
        ("DESCOPE_PROJECT_ID", project),
        ("OTP_PROJECT_ID", project),
        ("DESCOPE_MANAGEMENT_KEY", key),
        ("OTP_MANAGEMENT_KEY", key),
        ("DESCOPE_AUTH_MANAGEMENT_KEY", target.auth_management_key.as_deref()),
        // The certificate's authority, by the names that OpenSSL, Node, requests and curl read.
        ("SSL_CERT_FILE", authority),
        ("NODE_EXTRA_CA_CERTS", authority),
        ("REQUESTS_CA_BUNDLE", authority),
        ("CURL_CA_BUNDLE", authority),
        // A proxy of the environment would stand in front of this one.
        ("NO_PROXY", Some("127.0.0.1,localhost")),
        ("no_proxy", Some("127.0.0.1,localhost")),
    ];
    let own = named.iter().map(|named| {
        let value = match named.value {
            Value::BaseUrl => url,
            Value::Project => project,
            Value::Key => key,
        };
        (named.name.as_str(), value)
    });
    let all = fixed.into_iter().chain(own);
    all.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
}
