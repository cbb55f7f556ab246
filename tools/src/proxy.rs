//! What the proxy adds to a request on loopback: the same requests with it and without it, in turns.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot begin has nothing to say")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use otp_conformance::app::{Backend, Flags, RunSettings};
use otp_conformance::proxy::Proxy;
use reqwest::{Client, RequestBuilder};
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Requests of each kind and way: the proxy keeps every one of them, as it does in a run
    #[arg(default_value_t = 2_000)]
    rounds: usize,
}

/// Prints a line for each kind of request.
pub(crate) async fn run(args: &Args) {
    let rounds = args.rounds;
    let settings = RunSettings::with(&Flags::default(), &|_| None).unwrap();
    let backend = Backend::open(settings).await.unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let proxy =
        Proxy::start(listen, backend.target.clone(), backend.assumptions.clone(), None).await.unwrap();
    let (direct, through) = (backend.target.base().to_owned(), proxy.url());
    let project = &backend.target.project_id;
    let client = Client::builder().no_proxy().build().unwrap();

    let post = |base: &str, path: &str, body: serde_json::Value| {
        client.post(format!("{base}{path}")).bearer_auth(project).json(&body)
    };
    compare("keys", rounds, &direct, &through, |base, _| client.get(format!("{base}/v2/keys/{project}")))
        .await;
    let refused = json!({ "loginId": "+12025550100", "code": "000000" });
    compare("a refused verify-sms", rounds, &direct, &through, |base, _| {
        post(base, "/v1/auth/otp/verify/sms", refused.clone())
    })
    .await;
    // A send is read whole, and its message fetched, before the client gets its answer.
    compare("signup-in-sms", rounds, &direct, &through, |base, nth| {
        let number = format!("+1{}55501{:02}", 201 + nth / 100, nth % 100);
        post(base, "/v1/auth/otp/signup-in/sms", json!({ "loginId": number }))
    })
    .await;
}

async fn compare(
    what: &str,
    rounds: usize,
    direct: &str,
    through: &str,
    request: impl Fn(&str, usize) -> RequestBuilder,
) {
    let mut taken = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for (way, base) in [direct, through].into_iter().enumerate() {
            let request = request(base, 2 * round + way);
            let begun = Instant::now();
            let answer = request.send().await.unwrap();
            answer.bytes().await.unwrap();
            taken[way].push(begun.elapsed());
        }
    }
    let [direct, through] = taken.map(|mut taken| {
        taken.sort_unstable();
        (taken[taken.len() / 2], taken[taken.len() * 99 / 100])
    });
    let micros = |time: Duration| time.as_micros();
    println!(
        "{what:22} median {:>5} µs direct, {:>5} µs through the proxy, {:>5} µs more; 99 % {:>5} and {:>5} µs",
        micros(direct.0),
        micros(through.0),
        micros(through.0.saturating_sub(direct.0)),
        micros(direct.1),
        micros(through.1)
    );
}
