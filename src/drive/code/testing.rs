//! What the tests of code sources share: a server on loopback and a client.

use axum::Router;

/// Serves until the runtime of the test ends; answers with the base URL.
pub(super) async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    base
}

pub(super) fn client() -> reqwest::Client {
    #[cfg(feature = "tls")]
    let _already_there = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
