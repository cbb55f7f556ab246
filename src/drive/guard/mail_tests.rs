//! Addresses in every disguise we can think of: strangers' are caught, reserved ones pass.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::tests::{BODIES, BYTES, Disguise, passes};
use super::*;

fn login(value: &str) -> String {
    format!(r#"{{"loginId": {value}, "loginOptions": {{"templateOptions": {{"greeting": "hello"}}}}}}"#)
}

#[test]
fn what_leads_nowhere_passes() {
    for value in [
        r#""ada@example.com""#,
        r#""ada+tag@qkzfha.example.com""#,
        r#""Ada.Lovelace@EXAMPLE.org.""#,
        r#""ada\u0040example.net""#,
        r#""tü@example.com""#,
        r#""ada@mail.test""#,
        r#""ada@localhost""#,
        r#""ada@example.com, eve@example.org""#,
        r#"["ada@example.com"]"#,
        r#""ada""#,
    ] {
        assert_eq!(Guard::default().check(login(value).as_bytes(), None, ""), Ok(()), "{value}");
    }
}

#[test]
fn who_else_could_get_mail_is_refused() {
    for value in [
        r#""ada@real.org""#,
        r#""ada@myexample.com""#,
        r#""ada@example.com.real.org""#,
        r#""ada@example.de""#,
        r#""ada@test""#,
        r#""ada@mail.local""#,
        r#""ada@ex\u0430mple.com""#,
        r#""ada@xn--exmple-4nf.example.com""#,
        r#""ada\uff20real.org""#,
        r#""ada%40real.org""#,
        r#""ada%2540real.org""#,
        r#""ada&#64;real.org""#,
        r#""ada&commat;real.org""#,
        r#""ada\\u0040real.org""#,
        r#""ada@[192.0.2.1]""#,
        r#""ada@example.com .real.org""#,
        r#""ada@example.com\u0000.real.org""#,
        r#""ada@example.com\r\nBcc: eve@real.org""#,
        r#""ada@example.com,eve@real.org""#,
        r#""Eve <eve@real.org>, ada@example.com""#,
        r#""\"eve@real.org\"@example.com""#,
        r#""@real.org:ada@example.com""#,
        r#""eve%real.org@example.com""#,
        r#""real.org!eve@example.com""#,
        r#""+12125551234@example.com""#,
    ] {
        assert!(!passes(login(value)), "{value}");
    }
}

#[test]
fn every_member_header_and_query_is_looked_through() {
    for body in [
        r#"{"email": "eve@real.org"}"#,
        r#"{"EMAIL": "eve@localdomain"}"#,
        r#"{"user": {"email": "eve@real.org", "recoveryEmail": "ada@example.com"}}"#,
        r#"{"user": {"recovery_email": "eve@host"}}"#,
        r#"{"user": {"name": "Ada\r\nBcc: eve@real.org"}}"#,
        r#"{"loginOptions": {"templateOptions": {"a": ["eve%40real.org"]}}}"#,
        r#"{"loginOptions": {"locale": "en\nCc:eve @ real.org"}}"#,
    ] {
        assert!(!passes(body), "{body}");
    }
    for body in [
        r#"{"email": "ada@example.com", "user": {"name": "Ada @home", "email": ""}}"#,
        r#"{"loginOptions": {"templateOptions": {"a": "write to ada@example.com."}}}"#,
        r#"{"email": null, "code": "@", "x": "@@"}"#,
    ] {
        assert_eq!(Guard::default().check(body.as_bytes(), None, ""), Ok(()), "{body}");
    }
    let query = |query| Guard::default().check(b"", None, query).is_ok();
    assert!(query("loginId=ada%40example.com") && query("userId=ada%40example.com"));
    assert!(!query("loginId=eve%40real.org") && !query("x=eve%40real.org"));
    let header = |value| Guard::default().check_headers([("x-note", value)]);
    assert_eq!(header("Bearer P2x:ey.j.w"), Ok(()));
    assert_eq!(header("eve@real.org").unwrap_err().place, "header `x-note`");
}

#[test]
fn domains_of_the_profile_pass_and_only_they() {
    let guard = Guard::default().with_domains(["mail.Corp.com"]);
    let check = |address: &str| guard.check(login(&format!("{address:?}")).as_bytes(), None, "").is_ok();
    assert!(check("ada@mail.corp.com") && check("Ada@MAIL.corp.com.") && check("ada@example.com"));
    for stranger in ["ada@corp.com", "ada@a.mail.corp.com", "ada@amail.corp.com", "ada@mail.corp.com.de"] {
        assert!(!check(stranger), "{stranger}");
    }
}

#[test]
fn a_refusal_does_not_say_the_address() {
    let refused = Guard::default().check(br#"{"user": {"email": "eve@real.org"}}"#, None, "").unwrap_err();
    assert_eq!(refused.place, "member `email`");
    assert!(!refused.to_string().contains("real"), "{refused}");
}

/// Ways to write an address inside a JSON string, in all of which a lenient mailer finds it.
const SPELLINGS: [Disguise; 14] = [
    str::to_owned,
    str::to_uppercase,
    |a| format!("{a}."),
    |a| a.chars().map(|c| format!("\\u{:04x}", c as u32)).collect(),
    |a| a.replace('@', "\\u0040"),
    |a| a.replace('@', "\u{FF20}"),
    |a| a.replace('@', "%40"),
    |a| format!("Ada <{a}>"),
    |a| format!("ada@example.com, {a}"),
    |a| format!("{a};ada@example.com"),
    |a| format!("ada@example.com\\r\\nBcc: {a}"),
    |a| format!("{}@example.com", a.replace('@', "%")),
    |a| a.replacen('@', "@example.com.", 1),
    |a| a.replacen('@', "@ex\u{430}mple.com.", 1),
];

/// The first of [`SPELLINGS`] are harmless where the address is.
const HARMLESS: usize = 5;

fn disguised() -> impl Strategy<Value = (usize, usize, usize)> {
    (0..SPELLINGS.len(), 0..BODIES.len(), 0..BYTES.len())
}

fn stranger() -> impl Strategy<Value = String> {
    let domain = prop_oneof![
        "[a-z]{2,8}\\.(com|org|de|local|internal|co\\.uk)",
        "(my|x-)?example\\.(de|info|com\\.br)",
        "(my|x-)example\\.com",
        "[a-z]{2,8}\\.example\\.com\\.[a-z]{2,5}s",
    ];
    ("[a-z][a-z0-9._+-]{0,8}[a-z0-9]", domain)
        .prop_map(|(local, domain)| format!("{local}@{domain}"))
        .prop_filter("reserved", |address| {
            address.rsplit_once('@').is_some_and(|(_, domain)| !mail::is_reserved(domain))
        })
}

fn reserved() -> impl Strategy<Value = String> {
    ("[a-z][a-z._+-]{0,8}[a-z]", "([a-z]{3,8}\\.)?example\\.(com|net|org)|[a-z]{3,8}\\.(test|invalid)")
        .prop_map(|(local, domain)| format!("{local}@{domain}"))
}

fn body(address: &str, (spelling, body, bytes): (usize, usize, usize)) -> Vec<u8> {
    BYTES[bytes](&BODIES[body](&SPELLINGS[spelling](address)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_disguise_hides_a_stranger(address in stranger(), disguise in disguised()) {
        let body = body(&address, disguise);
        prop_assert!(!passes(&body), "{}", String::from_utf8_lossy(&body));
    }

    #[test]
    fn examples_pass_in_every_harmless_disguise(
        address in reserved(),
        (spelling, place, bytes) in (0..HARMLESS, 0..BODIES.len(), 0..BYTES.len()),
    ) {
        let body = body(&address, (spelling, place, bytes));
        let verdict = Guard::default().check(&body, None, "");
        prop_assert_eq!(verdict, Ok(()), "{}", String::from_utf8_lossy(&body));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[@%\\\\&a-z.é＠;, \"'<>!]{0,30}") {
        for body in BODIES {
            let _ = Guard::default().check(body(&text).as_bytes(), None, &text);
        }
    }
}

#[test]
fn a_route_whose_host_looks_like_an_escape_is_one() {
    for body in [
        "loginId=a%25aa%2Ecom%40example%2Ecom",
        r#"{"loginId":"a%de.org@example.com"}"#,
        "a%ac.org@example.com",
    ] {
        assert!(!passes(body.as_bytes()), "{body}");
    }
}

/// `cargo test --release --lib guard -- --ignored`: a minute.
#[test]
#[ignore = "a million bodies"]
fn a_million_bodies_hide_no_stranger() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..1_000_000 {
        let (address, disguise) = (stranger(), disguised()).new_tree(&mut runner).unwrap().current();
        let body = body(&address, disguise);
        assert!(!passes(&body), "{}", String::from_utf8_lossy(&body));
    }
}
