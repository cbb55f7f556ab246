//! Clients without a driver: what the wire alone shows of them, convicted or not, row by row.
//!
//! Each row is a client that logs in as it should and then sends its own requests. `{project}`, `{refresh}`, `{session}`,
//! `{code}`, `{key}` and `{who}` stand for the values it then holds.

use std::collections::BTreeSet;

use otp_conformance::app::{Backend, Flags};
use otp_conformance::contract::req::{
    CLIENT_BODY_MATCHES_SCHEMA as BODY, CLIENT_CONTENT_TYPE as LABEL,
    CLIENT_KEEPS_SECRETS_OUT_OF_URLS as URL, CLIENT_METHOD_AND_PATH as PLACE,
    CLIENT_PRESENTS_RIGHT_BEARER as BEARER, CLIENT_SENDS_CODE_AS_STRING as CODE_TEXT,
    CLIENT_STEPUP_NEEDS_REFRESH_JWT as NO_TOKEN,
};
use otp_conformance::contract::{Level, RequirementId};
use otp_conformance::proxy::{Proxy, of_recording};
use otp_conformance::trial::{Outcome, TrialReport};
use reqwest::Method;
use serde_json::{Value, json};

use super::{backend, broken, miniature, proxy, told};

const WHO: &str = "+12025550140";
pub const SEND: &str = "POST /v1/auth/otp/signup-in/sms";
pub const SIGN_IN: &str = "POST /v1/auth/otp/signin/sms";
pub const VERIFY: &str = "POST /v1/auth/otp/verify/sms";
pub const REFRESH: &str = "POST /v1/auth/refresh";
pub const ME: &str = "GET /v1/auth/me";
pub const JSON: &str = "application/json";
pub const PLAIN: &str = "Bearer {project}";
pub const OWN: &str = "Bearer {project}:{refresh}";
pub const PERSON: &str = r#"{"loginId":"{who}"}"#;
pub const GUESS: &str = r#"{"loginId":"{who}","code":"000123"}"#;
pub const STEPUP: &str = r#"{"loginId":"{who}","loginOptions":{"stepup":true}}"#;

/// Method and path, and other headers each on a line of its own; `Authorization`, content type, body.
pub type Call = (&'static str, &'static str, &'static str, &'static str);

/// What it is, what it sends, what it is convicted of, and what is observed of it.
pub type Row = (&'static str, &'static [Call], &'static [RequirementId], &'static str);

const WRONG: &[Row] = &[
    // ---- credentials
    ("a token without the project", &[(REFRESH, "Bearer {refresh}", JSON, "{}")], &[BEARER], ""),
    ("undefined for a token", &[(REFRESH, "Bearer {project}:undefined", JSON, "{}")], &[BEARER], ""),
    ("null for a token", &[(REFRESH, "Bearer {project}:null", JSON, "{}")], &[BEARER], ""),
    ("None for a token", &[(ME, "Bearer {project}:None", "", "")], &[BEARER], ""),
    ("an object for a token", &[(REFRESH, "Bearer {project}:[object Object]", JSON, "{}")], &[BEARER], ""),
    ("nothing behind the colon", &[(REFRESH, "Bearer {project}:", JSON, "{}")], &[BEARER], ""),
    ("nothing before the colon", &[(REFRESH, "Bearer :{refresh}", JSON, "{}")], &[BEARER], ""),
    ("undefined behind a public call", &[(SEND, "Bearer {project}:undefined", JSON, PERSON)], &[BEARER], ""),
    ("undefined for the project", &[(SEND, "Bearer undefined", JSON, PERSON)], &[BEARER], ""),
    ("another scheme", &[(SEND, "Basic {project}", JSON, PERSON)], &[BEARER], ""),
    ("no scheme", &[(SEND, "{project}", JSON, PERSON)], &[BEARER], ""),
    ("no header", &[(SEND, "", JSON, PERSON)], &[BEARER], ""),
    ("no token", &[(ME, PLAIN, "", "")], &[BEARER], ""),
    ("a session token for a refresh token", &[(ME, "Bearer {project}:{session}", "", "")], &[BEARER], ""),
    ("a refresh token for a session token", &[("POST /v1/auth/validate", OWN, "", "")], &[BEARER], ""),
    ("no management key", &[("GET /v1/mgmt/user?loginId={who}", PLAIN, "", "")], &[BEARER], ""),
    (
        "a refresh token for a management key",
        &[("GET /v1/mgmt/user?loginId={who}", OWN, "", "")],
        &[BEARER],
        "",
    ),
    (
        "a session token for a step-up",
        &[(SIGN_IN, "Bearer {project}:{session}", JSON, STEPUP)],
        &[BEARER],
        "",
    ),
    ("a step-up without a token", &[(SIGN_IN, PLAIN, JSON, STEPUP)], &[NO_TOKEN], ""),
    (
        "a second factor without a token",
        &[(SIGN_IN, PLAIN, JSON, r#"{"loginId":"{who}","loginOptions":{"mfa":true}}"#)],
        &[NO_TOKEN],
        "",
    ),
    (
        "a step-up with its token in the body",
        &[(
            SIGN_IN,
            PLAIN,
            JSON,
            r#"{"loginId":"{who}","loginOptions":{"stepup":true},"refreshJwt":"{refresh}"}"#,
        )],
        &[BEARER],
        "",
    ),
    (
        "a step-up with its token in the URL",
        &[("POST /v1/auth/otp/signin/sms?token={refresh}", PLAIN, JSON, STEPUP)],
        &[BEARER, URL],
        "",
    ),
    // ---- secrets in the wrong place
    ("a code in the URL", &[("POST /v1/auth/otp/verify/sms?code={code}", PLAIN, JSON, GUESS)], &[URL], ""),
    (
        "a code in a GET query",
        &[("GET /v1/auth/otp/verify/sms?code={code}", PLAIN, "", "")],
        &[PLACE, URL],
        "",
    ),
    ("a session token in the URL", &[("GET /v1/auth/me?s={session}", OWN, "", "")], &[URL], ""),
    ("a refresh token in a path", &[("GET /v1/x/{refresh}", OWN, "", "")], &[URL], ""),
    ("a code in the URL of something else", &[("GET /v1/x?otp={code}", PLAIN, "", "")], &[URL], ""),
    ("a token in the URL of something else", &[("POST /v1/x?t={refresh}", PLAIN, JSON, "{}")], &[URL], ""),
    ("a key in the URL", &[("GET /v1/mgmt/user?key={key}", "Bearer {project}:{key}", "", "")], &[URL], ""),
    // ---- shape
    ("a slash at the end", &[("POST /v1/auth/otp/signup-in/sms/", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("two slashes", &[("POST /v1/auth//otp/signup-in/sms", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("capitals in the path", &[("POST /v1/auth/OTP/signup-in/SMS", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("GET for POST", &[("GET /v1/auth/otp/signup-in/sms", PLAIN, "", "")], &[PLACE], ""),
    ("PUT for POST", &[("PUT /v1/auth/otp/signup-in/sms", PLAIN, JSON, PERSON)], &[PLACE], ""),
    ("POST for GET", &[("POST /v1/auth/me", OWN, JSON, "{}")], &[PLACE], ""),
    ("no body", &[(SEND, PLAIN, "", "")], &[BODY], ""),
    ("a list for a body", &[(SEND, PLAIN, JSON, r#"[{"loginId":"{who}"}]"#)], &[BODY], ""),
    ("a text for a body", &[(SEND, PLAIN, JSON, r#""{who}""#)], &[BODY], ""),
    ("half a body", &[(SEND, PLAIN, JSON, r#"{"loginId":"#)], &[BODY], ""),
    ("a number for a login ID", &[(SEND, PLAIN, JSON, r#"{"loginId":12025550140}"#)], &[BODY], ""),
    (
        "a text for options",
        &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}","loginOptions":"stepup"}"#)],
        &[BODY],
        "",
    ),
    (
        "a text for a flag",
        &[(SEND, PLAIN, JSON, r#"{"loginId":"{who}","loginOptions":{"stepup":"yes"}}"#)],
        &[BODY],
        "",
    ),
    ("null for a code", &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":null}"#)], &[CODE_TEXT], ""),
    (
        "a number for a code",
        &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":123456}"#)],
        &[CODE_TEXT],
        "",
    ),
    (
        "a form",
        &[(SEND, PLAIN, "application/x-www-form-urlencoded", "loginId=%2B12025550140")],
        &[BODY, LABEL],
        "",
    ),
    ("a label of text", &[(SEND, PLAIN, "text/plain", PERSON)], &[LABEL], ""),
    ("no label", &[(SEND, PLAIN, "", PERSON)], &[LABEL], ""),
];

/// Right ones, and those of whom no sentence speaks: what they do is observed.
const RIGHT: &[Row] = &[
    ("a scheme in lower case", &[(ME, "bearer {project}:{refresh}", "", "")], &[], ""),
    ("a scheme in capitals, and two spaces", &[(ME, "BEARER  {project}:{refresh}", "", "")], &[], ""),
    ("a charset in the label", &[(SEND, PLAIN, "application/json; charset=utf-8", PERSON)], &[], ""),
    ("a label in capitals", &[(SEND, PLAIN, "Application/JSON", PERSON)], &[], ""),
    ("a question of a browser", &[("OPTIONS /v1/auth/otp/signup-in/sms", "", "", "")], &[], ""),
    (
        "an auth management key",
        &[(SEND, "Bearer {project}:{auth}", JSON, PERSON)],
        &[],
        "where the project ID is enough",
    ),
    (
        "an empty code",
        &[(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":""}"#)],
        &[],
        "values that the schema refuses",
    ),
    (
        "another product",
        &[("POST /v1/auth/magiclink/signin/email", PLAIN, JSON, "{}")],
        &[],
        "outside this contract",
    ),
    (
        "the management key where it is not asked for",
        &[(SEND, "Bearer {project}:{key}", JSON, PERSON)],
        &[],
        "where the project ID is enough",
    ),
    (
        "the management key and empty options",
        &[(SEND, "Bearer {project}:{key}", JSON, r#"{"loginId":"{who}","loginOptions":{}}"#)],
        &[],
        "where the project ID is enough",
    ),
    (
        "tokens dropped after an answer outside the contract",
        &[("GET /v1/auth/me/history", OWN, "", ""), (REFRESH, PLAIN, JSON, "{}")],
        &[],
        "goes on without a token",
    ),
    (
        "a token after its logout",
        &[("POST /v1/auth/logout", OWN, JSON, "{}"), (ME, OWN, "", "")],
        &[],
        "after its logout",
    ),
    ("guesses in a row", &[(VERIFY, PLAIN, JSON, GUESS); 12], &[], "guesses in a row for one person"),
];

/// A proxy, and what a client that has logged in through it holds.
pub struct Client<'a> {
    backend: &'a Backend,
    proxy: Proxy,
    pub held: Vec<(&'static str, String)>,
}

impl Client<'_> {
    pub async fn new(backend: &Backend) -> Client<'_> {
        let target = &backend.target;
        let held = vec![
            ("{project}", target.project_id.clone()),
            ("{key}", target.management_key.clone().unwrap()),
            ("{auth}", target.auth_management_key.clone().unwrap()),
            ("{who}", WHO.to_owned()),
        ];
        let mut client = Client { backend, proxy: proxy(backend).await, held };
        client.log_in().await;
        client
    }

    /// Logs in, and holds what came of it; what was held before is held no longer.
    pub async fn log_in(&mut self) {
        let target = &self.backend.target;
        let who = self.filled("{who}");
        let before = target.codes.messages(&who, &who, 0, Default::default()).await.unwrap();
        let cursor = before.iter().map(|message| message.seq).max().unwrap_or(0);
        self.call(&(SEND, PLAIN, JSON, PERSON)).await;
        let sent = target.codes.messages(&who, &who, cursor, super::miniature::PATIENCE).await.unwrap();
        self.held.retain(|(name, _)| !["{code}", "{session}", "{refresh}"].contains(name));
        self.held.push(("{code}", sent.last().unwrap().code.clone()));
        let login = self.call(&(VERIFY, PLAIN, JSON, r#"{"loginId":"{who}","code":"{code}"}"#)).await;
        for (name, member) in [("{session}", "sessionJwt"), ("{refresh}", "refreshJwt")] {
            self.held.push((name, login[member].as_str().unwrap().to_owned()));
        }
    }

    /// Logs in as another user.
    pub async fn become_another(&mut self, who: &str) {
        self.held.retain(|(name, _)| *name != "{who}");
        self.held.push(("{who}", who.to_owned()));
        self.log_in().await;
    }

    pub fn filled(&self, text: &str) -> String {
        self.held.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    pub async fn call(&self, (place, bearer, label, body): &Call) -> Value {
        let mut lines = place.lines();
        let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
        let url = format!("{}{}", self.proxy.url(), self.filled(path).replace('+', "%2B"));
        // A new pool each time: a new connection for each request, as many SDKs have it.
        let mut request = miniature::client().request(method.parse::<Method>().unwrap(), url);
        for (name, value) in [("authorization", bearer), ("content-type", label)] {
            if !value.is_empty() {
                request = request.header(name, self.filled(value));
            }
        }
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            request = request.header(name, self.filled(value));
        }
        let answer = request.body(self.filled(body)).send().await.unwrap();
        answer.json().await.unwrap_or_default()
    }

    pub async fn judged(self) -> Vec<TrialReport> {
        of_recording(&self.backend.contract, &self.proxy.finish().await, Level::Should)
    }
}

async fn play(row: &Row) -> Vec<TrialReport> {
    let backend = backend(Flags::default()).await;
    let client = Client::new(&backend).await;
    for call in row.1 {
        client.call(call).await;
    }
    client.judged().await
}

pub async fn check(rows: &'static [Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let (name, _, expected, observed) = row;
        let trials = play(row).await;
        let due: BTreeSet<RequirementId> = expected.iter().copied().collect();
        if broken(&trials) != due {
            wrong.push(format!("{name}: due {due:?}, seen {:#?}", told(&trials)));
        }
        if trials.iter().any(|trial| trial.outcome == Outcome::Inconclusive) {
            wrong.push(format!("{name}: inconclusive {trials:#?}"));
        }
        let questions: Vec<&str> =
            trials.iter().flat_map(|trial| &trial.observed).map(|it| it.question.as_str()).collect();
        if !observed.is_empty() && !questions.iter().any(|question| question.contains(observed)) {
            wrong.push(format!("{name}: observed {questions:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn each_wrong_client_is_convicted_by_the_wire_of_its_wrong_and_of_nothing_else() {
    check(WRONG).await;
}

#[tokio::test]
async fn right_clients_are_acquitted_and_so_are_their_servers() {
    check(RIGHT).await;
}

#[tokio::test]
async fn a_secret_in_a_header_of_its_own_is_observed_and_hidden() {
    let backend = backend(Flags::default()).await;
    let client = Client::new(&backend).await;
    let request = miniature::client().get(format!("{}/v1/auth/me", client.proxy.url()));
    let request =
        request.header("authorization", client.filled(OWN)).header("x-session", client.filled("{session}"));
    request.send().await.unwrap();
    let session = client.filled("{session}");
    let trials = client.judged().await;
    assert_eq!(broken(&trials), BTreeSet::new());
    let text = format!("{trials:#?}");
    assert!(text.contains("a session token in x-session") && !text.contains(&session), "{text}");
}

/// What the report offers to paste names every operation at which a requirement is broken: then all of its trials are known.
#[tokio::test]
async fn each_operation_of_a_broken_requirement_has_an_entry_to_paste() {
    use otp_conformance::report::{Sentences, Style, human};
    let backend = backend(Flags::default()).await;
    let client = Client::new(&backend).await;
    for call in
        [(ME, "Bearer {project}:{session}", "", ""), (REFRESH, "Bearer {project}:{session}", JSON, "{}")]
    {
        client.call(&call).await;
    }
    let trials = client.judged().await;
    let run = backend.report(trials, &[], jiff::Timestamp::UNIX_EPOCH, Default::default());
    let text = human::details(&run, &Sentences::default(), Style::Plain);
    for operation in ["me", "refresh"] {
        let entry = format!("baseline add OTP-122 {operation} '401 E061005' --reason");
        assert!(text.contains(&entry), "{text}");
    }
}

#[tokio::test]
async fn a_packed_body_is_read() {
    use std::io::Read as _;
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    let mut packed = Vec::new();
    let body = json!({ "loginId": 7 }).to_string();
    flate2::read::GzEncoder::new(body.as_bytes(), Default::default()).read_to_end(&mut packed).unwrap();
    let request = miniature::client().post(format!("{}/v1/auth/otp/signup-in/sms", proxy.url()));
    let request = request.header("authorization", format!("Bearer {}", backend.target.project_id));
    request
        .header("content-type", JSON)
        .header("content-encoding", "gzip")
        .body(packed)
        .send()
        .await
        .unwrap();
    let trials = of_recording(&backend.contract, &proxy.finish().await, Level::Should);
    assert!(told(&trials).iter().any(|line| line.contains("/loginId")), "{:#?}", told(&trials));
    assert_eq!(broken(&trials), BTreeSet::from([BODY]));
}
