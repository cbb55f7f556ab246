//! Why a request is refused: status and error envelope, one function per reason.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// An answer that is not 200: its status and what its envelope says.
///
/// Codes with a meaning of their own are documented (docs: Common Errors; descope/go-sdk: descope/errors.go). For the
/// rest the documents name none; there the nearest documented code is used, and the text says what happened.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
    pub(crate) message: String,
    pub(crate) retry_after: Option<i64>,
    pub(crate) allow: Option<String>,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        description: &'static str,
        message: &str,
    ) -> Self {
        Refusal { status, code, description, message: message.to_owned(), retry_after: None, allow: None }
    }

    fn bad(code: &'static str, description: &'static str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, description, message)
    }

    fn unauthorized(code: &'static str, description: &'static str, message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, description, message)
    }

    pub(crate) fn not_json(why: &str) -> Self {
        Self::bad("E011001", "Request is malformed", why)
    }

    pub(crate) fn missing(field: &str) -> Self {
        Self::bad(
            "E011002",
            "Request is missing required arguments",
            &format!("the {field} field is required"),
        )
    }

    pub(crate) fn invalid(field: &str, why: &str) -> Self {
        Self::bad("E011003", "Request is invalid", &format!("the {field} field {why}"))
    }

    /// What a client can do nothing with; no right answer uses it.
    pub(crate) fn generic() -> Self {
        Self::bad("E011004", "Request failed", "invalid arguments")
    }

    pub(crate) fn no_bearer() -> Self {
        Self::unauthorized(
            "E011002",
            "Authorization is missing",
            "the Authorization header must be Bearer <ProjectID>",
        )
    }

    pub(crate) fn unknown_project() -> Self {
        Self::unauthorized("E011004", "Project is unknown", "the bearer names no project of this server")
    }

    pub(crate) fn no_management_key() -> Self {
        Self::unauthorized(
            "E062802",
            "Access key is missing",
            "management asks for Bearer <ProjectID>:<management key>",
        )
    }

    pub(crate) fn wrong_management_key() -> Self {
        Self::unauthorized(
            "E062803",
            "Access key is invalid",
            "the second part of the bearer is no key of this project",
        )
    }

    pub(crate) fn no_token() -> Self {
        Self::unauthorized("E061005", "Token is missing", "the bearer must be <ProjectID>:<JWT>")
    }

    pub(crate) fn invalid_token(why: &str) -> Self {
        Self::unauthorized("E061005", "Token is invalid", why)
    }

    pub(crate) fn expired_token() -> Self {
        Self::unauthorized("E062504", "Token has expired", "the JWT is past its exp")
    }

    pub(crate) fn logged_out() -> Self {
        Self::unauthorized("E064001", "Token is not valid any more", "the user logged out of this session")
    }

    pub(crate) fn foreign_token() -> Self {
        let message = "the refresh JWT belongs to another user";
        Self::new(StatusCode::FORBIDDEN, "E061005", "Token is not this user's", message)
    }

    pub(crate) fn wrong_code() -> Self {
        Self::unauthorized("E061102", "Invalid one-time code", "the code is wrong")
    }

    pub(crate) fn too_many_attempts() -> Self {
        Self::unauthorized("E061103", "Too many wrong attempts", "the code is locked; ask for a new code")
    }

    pub(crate) fn expired_code() -> Self {
        Self::unauthorized("E061104", "One-time code has expired", "the code is too old; ask for a new code")
    }

    pub(crate) fn already_registered() -> Self {
        Self::bad("E062107", "User already exists", "a user with this login ID has signed up before")
    }

    pub(crate) fn unknown_user() -> Self {
        Self::bad("E062108", "User not found", "no user has this login ID")
    }

    pub(crate) fn conflict() -> Self {
        Self::bad("E062125", "Login ID belongs to another user", "the phone is another user's login ID")
    }

    pub(crate) fn disabled() -> Self {
        Self::new(StatusCode::FORBIDDEN, "E011004", "User is disabled", "the user may not log in")
    }

    pub(crate) fn limited(wait_ms: i64) -> Self {
        let seconds = (wait_ms + 999).div_euclid(1000).max(1);
        let message = format!("try again in {seconds} seconds");
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "E130429", "Rate limit exceeded", &message);
        Refusal { retry_after: Some(seconds), ..refusal }
    }

    pub(crate) fn not_delivered() -> Self {
        // No page says what a failing connector looks like. Not 5xx: the SDKs repeat on 503 and 52x, and a repeated
        // send is a second message. The code is the only known one for a failure that is not the caller's.
        Self::bad(
            "E010009",
            "Message was not delivered",
            "the gateway or the mail server did not take the message",
        )
    }

    pub(crate) fn creation_failed(why: &str) -> Self {
        Self::bad("E111111", "User creation failed", why)
    }

    pub(crate) fn test_users_exhausted() -> Self {
        Self::creation_failed("E013002: the limit of test users for this project is exceeded")
    }

    pub(crate) fn no_such_user() -> Self {
        Self::new(StatusCode::NOT_FOUND, "E112102", "User not found", "no user has this login ID or user ID")
    }

    pub(crate) fn no_pending_code() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "E061102",
            "No code is pending",
            "no code was sent to this login ID, or it is spent",
        )
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "E011004", "Path is unknown", "no operation has this path")
    }

    pub(crate) fn wrong_method(allow: &str) -> Self {
        let message = format!("this path answers {allow}");
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, "E011004", "Method is not allowed", &message);
        Refusal { allow: Some(allow.to_owned()), ..refusal }
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("a request body may have {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "E011001", "Request is too large", &message)
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "E011001",
            "Request took too long",
            "the body did not arrive in time",
        )
    }

    pub(crate) fn body_broken() -> Self {
        Self::not_json("the body ended before its announced length, or is framed wrongly")
    }

    pub(crate) fn envelope(&self) -> Value {
        json!({ "errorCode": self.code, "errorDescription": self.description, "errorMessage": self.message })
    }
}
