//! Which path and method lead to which operation.

use std::sync::Arc;

use axum::Router;
use axum::http::header::ALLOW;
use axum::http::{HeaderMap, Method};
use axum::routing::{delete, get, post};

use super::channel::Channel;
use super::refusal::Refusal;
use super::state::Server;
use super::{control_api, initiate, keys, manage, search, session, update, verify};

pub(crate) fn all(server: Arc<Server>) -> Router {
    Channel::all()
        .fold(Router::new(), by_channel)
        .route("/v1/auth/refresh", post(session::refresh))
        .route("/v1/auth/try-refresh", post(session::try_refresh))
        .route("/v1/auth/me", get(session::me))
        .route("/v1/auth/logout", post(session::log_out))
        .route("/v1/auth/logoutall", post(session::log_out_everywhere))
        .route("/v1/auth/validate", post(session::validate))
        .route("/v2/keys/{project}", get(keys::current))
        .route("/v1/keys/{project}", get(keys::old))
        .route("/v1/mgmt/license", get(manage::license))
        .route("/v1/mgmt/user", get(manage::load))
        .route("/v1/mgmt/user/create", post(manage::create))
        .route("/v1/mgmt/user/create/test", post(manage::create_test))
        .route("/v1/mgmt/user/delete", post(manage::delete))
        .route("/v1/mgmt/user/test/delete/all", delete(manage::delete_all_test_users))
        .route("/v1/mgmt/user/update/status", post(manage::update_status))
        .route("/v1/mgmt/user/logout", post(manage::log_out))
        .route("/v1/mgmt/users/load", post(search::load_many))
        .route("/v2/mgmt/user/search", post(search::search))
        .route("/v2/mgmt/user/search/test", post(search::search_test))
        .route("/v1/mgmt/tests/generate/otp", post(manage::generate_code))
        .route("/health", get(control_api::health))
        .route("/emulator/otp/{login_id}", get(control_api::pending_code))
        .route("/emulator/messages", get(control_api::messages))
        .route("/emulator/clock", post(control_api::advance))
        .route("/emulator/reset", post(control_api::reset))
        .fallback(no_such_path)
        .with_state(server)
}

/// What a code is sent and given back by.
fn by_channel(router: Router<Arc<Server>>, (name, channel): (&str, Channel)) -> Router<Arc<Server>> {
    let otp = "/v1/auth/otp";
    let update = if channel.is_mail() { "email".to_owned() } else { format!("phone/{name}") };
    router
        .route(&format!("{otp}/signup-in/{name}"), post(initiate::sign_up_or_in))
        .route(&format!("{otp}/signup/{name}"), post(initiate::sign_up))
        .route(&format!("{otp}/signin/{name}"), post(initiate::sign_in))
        .route(&format!("{otp}/update/{update}"), post(update::update))
        .route(&format!("{otp}/verify/{name}"), post(verify::verify))
}

async fn no_such_path() -> Refusal {
    Refusal::no_such_path()
}

/// What the router's own 405 becomes: it knows the methods, we know the envelope.
pub(crate) fn wrong_method(headers: &HeaderMap) -> Refusal {
    let allow = headers.get(ALLOW).and_then(|value| value.to_str().ok());
    Refusal::wrong_method(allow.unwrap_or(Method::POST.as_str()))
}
