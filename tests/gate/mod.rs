//! A gate in front of a server: it lets through what comes with the right path, header and certificate.

use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// What the gate asks for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rules {
    /// Where the server's paths begin.
    pub(crate) base_path: &'static str,
    /// A header of every request.
    pub(crate) header: Option<(&'static str, &'static str)>,
    /// The gate's own certificate: TLS.
    pub(crate) certificate: Option<&'static str>,
    /// Whether callers must show one too.
    pub(crate) asks_certificate: bool,
    /// The login that the gate refuses by itself, counted from 1; none if 0.
    pub(crate) refuses_login: usize,
}

/// Open until it is dropped.
pub(crate) struct Gate {
    address: String,
    passed: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Gate {
    /// A gate in front of the server at that URL.
    pub(crate) fn open(server: &str, rules: Rules) -> Gate {
        let _ = rustls::crypto::ring::default_provider().install_default(); // a second time is no error of ours
        let runtime = Runtime::new().unwrap();
        let (passed, logins, server) = (Arc::<AtomicUsize>::default(), Arc::default(), server.to_owned());
        let counts = [passed.clone(), logins];
        let client = reqwest::Client::builder().no_proxy().build();
        let address = runtime.block_on(async move {
            let client = client.unwrap();
            let app = Router::new().fallback(move |request: Request| {
                pass(request, client.clone(), server.clone(), rules, counts.clone())
            });
            let inner = listen().await;
            let plain = inner.local_addr().unwrap();
            tokio::spawn(async move { axum::serve(inner, app).await.unwrap() });
            match rules.certificate {
                Some(name) => encrypted(plain, acceptor(name, rules.asks_certificate)).await,
                None => plain,
            }
        });
        Gate { address: address.to_string(), passed, _runtime: runtime }
    }

    pub(crate) fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn https(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Requests that were let through.
    pub(crate) fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// The path at the server, of a request that may pass. Who asks a proxy names a whole URL; its path is all we look at.
fn admitted(request: &Request, rules: &Rules) -> Option<String> {
    let shown = |(name, value): (&str, &str)| request.headers().get(name).is_some_and(|seen| seen == value);
    let path = request.uri().path_and_query()?.as_str().strip_prefix(rules.base_path)?;
    rules.header.is_none_or(shown).then(|| path.to_owned())
}

async fn pass(
    request: Request,
    client: reqwest::Client,
    server: String,
    rules: Rules,
    [passed, logins]: [Arc<AtomicUsize>; 2],
) -> Response {
    let Some(path) = admitted(&request, &rules) else { return StatusCode::BAD_GATEWAY.into_response() };
    let seen = if path.ends_with("/verify/sms") { logins.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
    if seen > 0 && seen == rules.refuses_login {
        let refusal = "{\"errorCode\":\"E061102\",\"errorDescription\":\"Invalid one-time code\"}";
        return (StatusCode::UNAUTHORIZED, [("content-type", "application/json")], refusal).into_response();
    }
    passed.fetch_add(1, Ordering::Relaxed);
    let (method, mut headers) = (request.method().clone(), request.headers().clone());
    headers.remove("host");
    let url = format!("{server}{path}");
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let answer = client.request(method, url).headers(headers).body(body).send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    response.headers_mut().unwrap().extend(answer.headers().clone());
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

/// Takes TLS off on the way to that address; answers with the address for it.
async fn encrypted(plain: std::net::SocketAddr, acceptor: TlsAcceptor) -> std::net::SocketAddr {
    let outer = listen().await;
    let address = outer.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = outer.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                tokio::io::copy_bidirectional(&mut stream, &mut TcpStream::connect(plain).await?).await
            });
        }
    });
    address
}

fn acceptor(name: &str, asks_certificate: bool) -> TlsAcceptor {
    let (chain, key) = (certificates(name), PrivateKeyDer::from_pem_reader(opened(name)).unwrap());
    let builder = ServerConfig::builder();
    let builder = match asks_certificate {
        true => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates("authority.pem"));
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder(roots.into()).build().unwrap())
        }
        false => builder.with_no_client_auth(),
    };
    TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))
}

fn certificates(name: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_reader_iter(opened(name)).map(Result::unwrap).collect()
}

fn opened(name: &str) -> BufReader<std::fs::File> {
    let path = format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    BufReader::new(std::fs::File::open(path).unwrap())
}
