//! An operation with its blanks filled in: plain data that can neither send nor check itself.

use std::fmt;

use serde::Serialize;

use super::OperationId;

/// One request, before anybody sends it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// Which operation is called.
    pub operation: OperationId,
    /// The Authorization header.
    pub bearer: Bearer,
    /// Values for the braces of the operation's path, not yet encoded.
    pub path: Vec<(String, String)>,
    /// Query parameters in order, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Further headers in order; one name may come twice.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Case {
    /// A call with no body and nothing but a bearer.
    #[must_use]
    pub fn new(operation: OperationId, bearer: Bearer) -> Case {
        Case { operation, bearer, path: Vec::new(), query: Vec::new(), headers: Vec::new(), body: Body::None }
    }

    /// The same call with a JSON body.
    #[must_use]
    pub fn with_json(mut self, body: serde_json::Value) -> Case {
        self.body = Body::Json(body);
        self
    }
}

/// The Authorization header of a case. What it holds is a secret: it prints masked.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bearer {
    /// No header at all.
    Missing,
    /// The value of the header, as it is.
    Header(String),
}

impl Bearer {
    /// `Bearer` and the parts with colons between them: a project ID, and a token or key if need be.
    #[must_use]
    pub fn of(parts: &[&str]) -> Bearer {
        Bearer::Header(format!("Bearer {}", parts.join(":")))
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bearer::Missing => f.write_str("Missing"),
            Bearer::Header(value) => write!(f, "Header(<{} parts>)", value.split(':').count()),
        }
    }
}

/// The body of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// None.
    None,
    /// A JSON value, sent as application/json.
    Json(serde_json::Value),
    /// Bytes that need not be JSON, and need not say what they are.
    Bytes {
        /// The Content-Type header, if there is to be one.
        content_type: Option<String>,
        /// What is sent.
        bytes: bytes::Bytes,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_joins_its_parts_and_prints_none_of_them() {
        let bearer = Bearer::of(&["P2project", "h.p.s"]);
        assert_eq!(bearer, Bearer::Header("Bearer P2project:h.p.s".into()));
        let case = Case::new(OperationId::Me, bearer);
        assert!(!format!("{case:?}").contains("h.p.s"));
    }
}
