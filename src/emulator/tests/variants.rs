//! Every variant is seen, and still keeps the contract.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::client::{self, ADA, BOB, Client, another, claims};
use crate::emulator::channel::Channel;
use crate::emulator::{Settings, Variant};

/// A path through the API on which every variant shows; the text holds what a reader of the contract may look at.
async fn path(client: &Client) -> String {
    let mut seen = by_one_channel(client).await;
    seen.push(by_mail(client).await);
    client.post("/v1/auth/otp/signup-in/voice", json!({ "loginId": "+12025550196" })).await;
    let login = json!({ "loginId": "+12025550196", "code": client.last_code("+12025550196").await });
    let login = client.post("/v1/auth/otp/verify/voice", login).await;
    seen.push(claims(&login.jwt("sessionJwt"))["amr"].to_string());
    seen.push(addresses(client).await);
    seen.join("\n")
}

/// What an address may be, what its updates do, and what counts for another method.
async fn addresses(client: &Client) -> String {
    const FAY: &str = "Fay@run.example.com";
    let mut seen = Vec::new();
    let signed_up = client.post("/v1/auth/otp/signup/email", json!({ "loginId": FAY })).await;
    seen.push(signed_up.short());
    let login = json!({ "loginId": FAY, "code": client.last_code(FAY).await });
    let login = client.post("/v1/auth/otp/verify/email", login).await;
    seen.push(login.body["user"]["loginIds"].to_string());
    let bearer = format!("{}:{}", client.project(), refresh_jwt(&login));
    for new in [ADA, FAY, "gus@run.example.com"] {
        let (path, member) = match new.contains('@') {
            true => ("/v1/auth/otp/update/email", "email"),
            false => ("/v1/auth/otp/update/phone/sms", "phone"),
        };
        let mut body = json!({ "loginId": FAY });
        body[member] = new.into();
        seen.push(client.post_as(&bearer, path, body).await.short());
    }
    let code = client.last_code("gus@run.example.com").await;
    let updated = client.post("/v1/auth/otp/verify/email", json!({ "loginId": FAY, "code": code })).await;
    seen.push(updated.body["user"]["loginIds"].to_string());
    for name in ["mo of london", "ne\u{301}e"] {
        let made = json!({ "loginId": name, "phone": "+12025550199" });
        let made = client.manage("/v1/mgmt/user/create", made).await;
        seen.push(format!("{} {}", made.short(), made.body["user"]["loginIds"]));
    }
    for (login_id, options) in
        [("hal+x@run.example.com", json!({})), ("ivy@run.example.com", json!({ "locale": "nowhere" }))]
    {
        let body = json!({ "loginId": login_id, "loginOptions": options });
        seen.push(client.post("/v1/auth/otp/signup-in/email", body).await.short());
    }
    seen.push(of_two_methods(client).await);
    seen.join(", ")
}

/// Guesses and messages of one method beside those of another.
async fn of_two_methods(client: &Client) -> String {
    const JIM: &str = "+12025550197";
    const KIM: &str = "kim@run.example.com";
    let user = json!({ "loginId": JIM, "email": KIM, "phone": JIM });
    client.manage("/v1/mgmt/user/create", user).await;
    let send = async |path: &str| client.post(path, json!({ "loginId": JIM })).await.short();
    let mut seen = vec![send("/v1/auth/otp/signup-in/voice").await];
    for _ in 0..5 {
        let guess = json!({ "loginId": JIM, "code": "guess" });
        seen.push(client.post("/v1/auth/otp/verify/sms", guess).await.short());
    }
    let login = json!({ "loginId": JIM, "code": client.last_code(JIM).await });
    seen.push(client.post("/v1/auth/otp/verify/voice", login).await.short());
    for path in ["signup-in/voice", "signup-in/sms", "signin/email"].into_iter().cycle().take(24) {
        seen.push(send(&format!("/v1/auth/otp/{path}")).await);
    }
    let made = json!({ "loginId": "lee", "phone": "+12025550198" });
    client.manage("/v1/mgmt/user/create/test", made).await;
    let asked = json!({ "loginId": "lee", "deliveryMethod": "email" });
    let generated = client.manage("/v1/mgmt/tests/generate/otp", asked).await;
    let login = json!({ "loginId": "lee", "code": generated.body["code"] });
    seen.push(client.post("/v1/auth/otp/verify/sms", login).await.short());
    seen.join(" ")
}

/// The part of it that one channel's handlers answer.
async fn by_one_channel(client: &Client) -> Vec<String> {
    let mut seen = Vec::new();
    let sent = client.sign_up_or_in(ADA).await;
    let headers: HashSet<_> = sent.headers.iter().map(|(name, value)| format!("{name} {value:?}")).collect();
    let headers: Vec<_> = ["content-type", "connection", "transfer-encoding", "x-request-id"]
        .iter()
        .filter_map(|name| headers.iter().find(|header| header.starts_with(name)))
        .collect();
    seen.push(format!("{} {} {headers:?}", sent.status, sent.text));
    let load = client.manage_with(Method::GET, "/v1/mgmt/user?loginId=%2B12025550101").await;
    seen.push(load.short());
    let old = client.last_code(ADA).await;
    seen.push(format!("{} {}", old.len(), old.bytes().all(|symbol| symbol.is_ascii_digit())));
    seen.push(client.post(SEND, json!({ "loginId": ADA, "unknown": 1 })).await.short());
    let options = json!({ "customClaims": { "plan": "gold" }, "stepup": "yes" });
    seen.push(client.post(SEND, json!({ "loginId": ADA, "loginOptions": options })).await.short());
    let code = client.issue(ADA).await;
    let newest = client.messages(ADA).await.first().map(|message| message["token"] == code.as_str());
    seen.push(format!("{newest:?}"));
    let texted = client.messages(ADA).await.iter().all(|message| {
        message["token"].as_str().is_some_and(|code| message["body"].as_str().unwrap().contains(code))
    });
    seen.push(format!("texted {texted}"));
    let spaced = client.verify(ADA, &format!(" {code}")).await;
    seen.push(spaced.short());
    let login = if spaced.status == 200 { spaced } else { client.log_in(ADA).await };
    seen.push(describe(&login.body, &login.headers));
    let again = client.log_in_with(ADA, "", json!({ "customClaims": { "plan": "gold" } })).await;
    seen.push(format!("{}", claims(&again.jwt("refreshJwt"))["nsec"]));
    let jwt = refresh_jwt(&login);
    let renewed = client.refresh(&jwt).await;
    seen.push(format!("{} {}", renewed.short(), renewed.body.get("refreshJwt").is_some()));
    let jwt = renewed.body["refreshJwt"].as_str().map_or(jwt.clone(), str::to_owned);
    let out = client.log_out(&jwt).await;
    seen.push(format!("{} {}", out.short(), out.text.len()));
    seen.push(told_of(&client.sign_up(ADA).await));
    seen.push(told_of(&client.sign_in("+12025550190").await));
    seen.push(told_of(&client.post(SEND, json!({})).await));
    seen.push(told_of(&client.post(SEND, json!({ "loginId": 1 })).await));
    seen.push(client.post_bytes(SEND, json!({ "loginId": ADA }).to_string()).await.short());
    seen.push(
        client.post_bytes(SEND, format!("\u{feff}{}", json!({ "loginId": "+12025550191" }))).await.short(),
    );
    seen.push(client.post_bytes(SEND, format!("\"{}\"", "x".repeat(300 << 10))).await.short());
    seen.push(client.post_as("P2", SEND, json!({ "loginId": ADA })).await.short());
    seen.push(client.verify("+12025550192", "123456").await.short());
    seen.push(
        client
            .post(SEND, json!({ "loginId": "+12025550193", "loginOptions": { "stepup": true } }))
            .await
            .short(),
    );
    seen.push(guesses(client).await);
    seen.push(test_user(client).await);
    let keys = client.get(&format!("/v2/keys/{}", client.project())).await;
    seen.push(keys.body["keys"].as_array().map_or(0, Vec::len).to_string());
    seen.push(lifetimes(client).await);
    seen
}

/// A user with a phone and a mail address: codes of one method beside those of the other.
async fn by_mail(client: &Client) -> String {
    const EVE: &str = "eve@run.example.com";
    let user = json!({ "loginId": "+12025550195", "email": EVE, "phone": "+12025550195" });
    client.manage("/v1/mgmt/user/create", user).await;
    let mut seen = Vec::new();
    for path in ["verify/email", "verify/sms"] {
        client.post("/v1/auth/otp/signin/sms", json!({ "loginId": "+12025550195" })).await;
        let texted = client.last_code("+12025550195").await;
        let sent = client.post("/v1/auth/otp/signin/email", json!({ "loginId": "+12025550195" })).await;
        seen.push(sent.text.clone());
        let login = json!({ "loginId": "+12025550195", "code": texted });
        seen.push(client.post(&format!("/v1/auth/otp/{path}"), login).await.short());
        let login = json!({ "loginId": "+12025550195", "code": client.last_code(EVE).await });
        seen.push(client.post("/v1/auth/otp/verify/sms", login).await.short());
    }
    seen.join(", ")
}

const SEND: &str = "/v1/auth/otp/signup-in/sms";

fn told_of(answer: &client::Answer) -> String {
    format!("{} {}", answer.short(), answer.text)
}

fn describe(body: &Value, headers: &reqwest::header::HeaderMap) -> String {
    let names = |value: &Value| {
        value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let cookies = headers.get_all("set-cookie").iter().count();
    let session = claims(body["sessionJwt"].as_str().unwrap_or_default());
    let shown = json!({ "iss": session["iss"], "aud": session["aud"], "nsec": session["nsec"], "names": names(&session) });
    let skew = session["iat"].as_i64().unwrap_or_default() - jiff::Timestamp::now().as_second();
    // A second or two may have passed since.
    let skew = i64::from(skew >= 1) - i64::from(skew <= -3);
    format!("{:?} {:?} {cookies} {shown} {skew}", names(body), names(&body["user"]))
}

fn refresh_jwt(login: &client::Answer) -> String {
    let cookie = login
        .headers
        .get_all("set-cookie")
        .iter()
        .find_map(|cookie| cookie.to_str().ok()?.strip_prefix("DSR="));
    let cookie = cookie.and_then(|cookie| cookie.split(';').next());
    login.body["refreshJwt"].as_str().or(cookie).unwrap_or_default().to_owned()
}

async fn guesses(client: &Client) -> String {
    let code = client.issue(BOB).await;
    let mut seen = String::new();
    for _ in 0..6 {
        seen += &format!("{} ", client.verify(BOB, &another(&code)).await.short());
    }
    seen
}

/// A test user's codes, and a foreign step-up.
async fn test_user(client: &Client) -> String {
    let made = client
        .manage("/v1/mgmt/user/create/test", json!({ "loginId": "tess", "phone": "+12025550170" }))
        .await;
    let generate = || client.manage("/v1/mgmt/tests/generate/otp", json!({ "loginId": "tess" }));
    let (first, second) = (generate().await, generate().await);
    client.sign_up_or_in("tess").await;
    let texted = client.messages("+12025550170").await.len();
    let code = first.body["code"].as_str().unwrap();
    let earlier = client.verify("tess", code).await.short();
    let code = second.body["code"].as_str().unwrap();
    let later = client.verify("tess", code).await;
    let foreign = client.log_in_with(ADA, &refresh_jwt(&later), json!({ "stepup": true })).await;
    format!("{} {texted} {earlier} {} {}", made.status, later.short(), foreign.short())
}

/// What is left after a while, and how many messages a minute has room for.
async fn lifetimes(client: &Client) -> String {
    let mut seen = String::new();
    for (index, seconds) in [59, 120, 240].into_iter().enumerate() {
        let phone = format!("+1202555016{index}");
        let code = client.issue(&phone).await;
        client.advance(seconds).await;
        seen += &format!("{} ", client.verify(&phone, &code).await.short());
    }
    let login = client.log_in("+12025550165").await;
    client.advance(200).await;
    seen += &format!("{} ", client.refresh(&refresh_jwt(&login)).await.short());
    for _ in 0..11 {
        seen += &format!("{} ", client.sign_up_or_in("+12025550166").await.short());
    }
    client.advance(61).await;
    seen + &client.sign_up_or_in("+12025550166").await.short()
}

/// Variants that a path of so few single steps cannot show; they have tests of their own below or in the list above.
const UNSEEN_ON_THE_PATH: &[Variant] =
    &[Variant::Latency, Variant::LateMessages, Variant::TitleCaseHeaders, Variant::OccasionalLimit];

#[tokio::test(flavor = "multi_thread")]
async fn each_variant_shows_on_a_path_through_the_api() {
    let http = client::http();
    let mut paths = JoinSet::new();
    for variants in std::iter::once(vec![]).chain(Variant::ALL.iter().map(|variant| vec![*variant])) {
        let http = http.clone();
        paths.spawn(async move {
            if variants.contains(&Variant::LateMessages)
                || variants.iter().any(|it| it.of_one_channel().is_some())
            {
                return (variants, String::new());
            }
            let settings = Settings { variants: variants.clone(), ..Settings::default() };
            (variants, path(&Client::over(http, settings).await).await)
        });
    }
    let paths = paths.join_all().await;
    let (of_one, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(|(variants, _)| {
        variants.first().is_some_and(|variant| variant.of_one_channel().is_some())
    });
    assert!(of_one.len() >= 15);
    let plain = paths.iter().find(|(variants, _)| variants.is_empty()).map(|(_, seen)| seen.clone()).unwrap();
    let hidden: Vec<_> =
        paths.iter().filter(|(_, seen)| *seen == plain).flat_map(|(variants, _)| variants).collect();
    let unexpected: Vec<_> = hidden.iter().filter(|variant| !UNSEEN_ON_THE_PATH.contains(variant)).collect();
    assert!(unexpected.is_empty(), "{unexpected:?} look like: {plain}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_of_one_channel_shows_by_that_channel_alone() {
    let http = client::http();
    let seen = async |channel, variants: Vec<Variant>| {
        let settings = Settings { variants, ..Settings::default() };
        by_one_channel(&Client::over(http.clone(), settings).await.via(channel)).await
    };
    let (by_sms, by_mail) = (seen(Channel::Sms, vec![]).await, seen(Channel::Email, vec![]).await);
    for variant in Variant::ALL.iter().filter(|variant| variant.of_one_channel().is_some()) {
        assert_ne!(seen(Channel::Email, vec![*variant]).await, by_mail, "{variant} hides");
        assert_eq!(seen(Channel::Sms, vec![*variant]).await, by_sms, "{variant} spreads");
    }
}

/// Each alone, and in mixtures of five.
fn mixtures() -> impl Iterator<Item = Vec<Variant>> {
    let all = Variant::ALL;
    let alone = all.iter().map(|variant| vec![*variant]);
    let mixed = (0..40).map(|round| {
        (0..5).map(|place| all[(round * 11 + place * 17 + round * place) % all.len()]).collect()
    });
    alone.chain(mixed)
}

#[tokio::test(flavor = "multi_thread")]
async fn variants_keep_the_contract_alone_and_mixed() {
    let http = client::http();
    let mut flows = JoinSet::new();
    for variants in mixtures() {
        let http = http.clone();
        flows.spawn(async move {
            let settings = Settings { variants: variants.clone(), ..Settings::default() };
            keeps_the_contract(&Client::over(http, settings).await, &variants).await;
        });
    }
    flows.join_all().await;
}

async fn keeps_the_contract(client: &Client, variants: &[Variant]) {
    let refused = |answer: &client::Answer| (400..500).contains(&answer.status);
    let new = client.sign_in(ADA).await;
    assert!(refused(&new) && new.code() == "E062108", "{variants:?}: {}", new.short());
    let old = pending(client).await;
    let code = pending(client).await;
    if !variants.contains(&Variant::OneAttempt) {
        assert!(refused(&client.verify(ADA, &old).await), "{variants:?}");
    }
    let login = client.verify(ADA, &code).await;
    assert_eq!(login.status, 200, "{variants:?}: {}", login.text);
    assert!(refused(&client.verify(ADA, &code).await), "{variants:?}");
    let jwt = refresh_jwt(&login);
    let me = client.me(&jwt).await;
    assert_eq!(me.body["userId"], login.body["user"]["userId"], "{variants:?}: {}", me.text);
    let renewed = client.refresh(&jwt).await;
    assert_eq!(renewed.status, 200, "{variants:?}: {}", renewed.text);
    let rotated = refresh_jwt(&renewed);
    let jwt = if rotated.is_empty() { jwt } else { rotated };
    assert_eq!(client.log_out(&jwt).await.status, 200, "{variants:?}");
    assert_eq!(client.refresh(&jwt).await.code(), "E064001", "{variants:?}");
    let again = client.sign_up(ADA).await;
    assert!(refused(&again) && again.code() == "E062107", "{variants:?}: {}", again.short());
}

/// A new code, by the endpoint that knows what waits even before the message is in.
async fn pending(client: &Client) -> String {
    let sent = client.sign_up_or_in(ADA).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    client.get(&format!("/emulator/otp/{ADA}")).await.jwt("code")
}

#[test]
fn each_variant_is_asked_about() {
    let sources = super::list::sources();
    for variant in Variant::ALL {
        let asked = format!("Variant::{variant:?}");
        let copied = variant.of_one_channel().is_some();
        assert!(copied || sources.iter().any(|source| source.contains(&asked)), "{asked}");
    }
    assert!(Variant::ALL.len() >= 40);
}

#[tokio::test]
async fn escaped_json_is_json_without_other_symbols() {
    let client = Client::with_variant(Variant::EscapedJson).await;
    let sent = client.sign_up_or_in(ADA).await;
    assert_eq!(sent.body["maskedPhone"], "+1********01");
    assert!(sent.text.contains("\\u002b1\\u002a"), "{}", sent.text);
    let refused = client.verify(ADA, "\"\\\n").await;
    assert_eq!(refused.short(), "401 E061102");
}

#[tokio::test]
async fn late_messages_do_come() {
    let client = Client::with_variant(Variant::LateMessages).await;
    client.sign_up_or_in(ADA).await;
    let mut rounds = 0;
    while client.messages(ADA).await.is_empty() {
        rounds += 1;
        assert!(rounds < 10_000, "no message came");
    }
}

#[tokio::test]
async fn an_occasional_limit_says_how_long() {
    let client = Client::with_variant(Variant::OccasionalLimit).await;
    let mut limited = Vec::new();
    for _ in 0..300 {
        let answer = client.get(&format!("/v2/keys/{}", client.project())).await;
        limited.extend((answer.status == 429).then(|| answer.headers["retry-after"].clone()));
    }
    assert_eq!(limited, ["1", "1"]);
}
