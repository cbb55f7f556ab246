//! What overlapping requests see.

use serde_json::json;

use super::client::{ADA, BOB, Client, another};
use super::faults::Seen;

/// Two connections that stand before anything must meet.
async fn warm_up(client: &Client) {
    tokio::join!(client.get("/health"), client.get("/health"));
}

/// Overlapping verifies of one code: how many open a session.
pub(in crate::emulator) fn one_code(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        let code = client.issue(ADA).await;
        let (one, two) = tokio::join!(client.verify(ADA, &code), client.verify(ADA, &code));
        format!("{}", [one, two].iter().filter(|answer| answer.status == 200).count())
    })
}

/// Overlapping wrong guesses, as many as lock the code: whether it is.
pub(in crate::emulator) fn guesses(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        let code = client.issue(ADA).await;
        let wrong = another(&code);
        let guess = || client.verify(ADA, &wrong);
        tokio::join!(guess(), guess(), guess(), guess(), guess());
        client.verify(ADA, &code).await.short()
    })
}

/// Sends that a login overlaps, in several rounds since they may miss each other: whether each code works.
pub(in crate::emulator) fn a_send_during_a_login(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        let mut work = true;
        for _ in 0..4 {
            let code = client.issue(ADA).await;
            let late_send = async {
                client.get("/health").await;
                client.issue(ADA).await
            };
            let (_, newer) = tokio::join!(client.verify(ADA, &code), late_send);
            work &= client.verify(ADA, &newer).await.status == 200;
        }
        format!("{work}")
    })
}

/// Overlapping sends to one user: how many codes live afterwards.
pub(in crate::emulator) fn two_sends(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        client.log_in(ADA).await;
        tokio::join!(client.sign_up_or_in(ADA), client.sign_up_or_in(ADA));
        let mut live = 0;
        for message in client.messages(ADA).await.iter().rev().take(2) {
            live += u32::from(client.verify(ADA, message["token"].as_str().unwrap()).await.status == 200);
        }
        format!("{live}")
    })
}

/// Overlapping sign-ups of one number: how many users come of it.
pub(in crate::emulator) fn two_sign_ups(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        tokio::join!(client.sign_up_or_in(ADA), client.sign_up_or_in(ADA));
        let mut users = std::collections::HashSet::new();
        for message in client.messages(ADA).await {
            let login = client.verify(ADA, message["token"].as_str().unwrap()).await;
            users.extend(login.body["user"]["userId"].as_str().map(str::to_owned));
        }
        users.extend(client.log_in(ADA).await.body["user"]["userId"].as_str().map(str::to_owned));
        format!("{}", users.len())
    })
}

/// Logouts that a refresh overlaps, in several rounds since they may miss each other: whether all sessions are gone.
pub(in crate::emulator) fn refresh_and_logout(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        let mut gone = true;
        for _ in 0..6 {
            let jwt = client.log_in(ADA).await.jwt("refreshJwt");
            let late_logout = async {
                client.get("/health").await;
                client.log_out(&jwt).await
            };
            tokio::join!(client.refresh(&jwt), late_logout);
            gone &= client.refresh(&jwt).await.code() == "E064001";
        }
        format!("{gone}")
    })
}

/// Overlapping verifies of two users: whether each gets its own.
pub(in crate::emulator) fn two_users(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        let (ada, bob) = (client.issue(ADA).await, client.issue(BOB).await);
        let (one, two) = tokio::join!(client.verify(ADA, &ada), client.verify(BOB, &bob));
        format!("{} {}", one.body["user"]["phone"], two.body["user"]["phone"])
    })
}

/// Six users at a time.
pub(in crate::emulator) fn a_crowd(client: Client) -> Seen {
    Box::pin(async move {
        warm_up(&client).await;
        let send = |last: u32| {
            client.post("/v1/auth/otp/signup-in/sms", json!({ "loginId": format!("+1202555013{last}") }))
        };
        let (a, b, c, d, e, f) = tokio::join!(send(0), send(1), send(2), send(3), send(4), send(5));
        format!("{}", [a, b, c, d, e, f].iter().all(|answer| answer.status == 200))
    })
}

#[tokio::test]
async fn one_code_opens_one_session_and_one_number_is_one_user() {
    assert_eq!(one_code(Client::new().await).await, "1");
    assert_eq!(guesses(Client::new().await).await, "401 E061103");
    assert_eq!(a_send_during_a_login(Client::new().await).await, "true");
    assert_eq!(two_sends(Client::new().await).await, "1");
    assert_eq!(two_sign_ups(Client::new().await).await, "1");
    assert_eq!(refresh_and_logout(Client::new().await).await, "true");
}
