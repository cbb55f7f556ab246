//! Numbers in every disguise we can think of: routable ones are caught, reserved ones pass.

use proptest::prelude::*;

use super::*;

/// No number here is ever sent: these tests only ask the guard.
pub(super) fn passes(body: impl AsRef<[u8]>) -> bool {
    Guard::default().check(body.as_ref(), Some("application/json"), "").is_ok()
}

fn login(value: &str) -> String {
    format!(r#"{{"loginId": {value}, "loginOptions": {{"customClaims": {{"n": 123456789012}}}}}}"#)
}

#[test]
fn what_nobody_can_be_reached_at_passes() {
    for value in [
        r#""+12025550100""#,
        r#""+1-202-555-0100""#,
        r#""+1 (202) 555-0100""#,
        r#""+1.202.555.0100""#,
        r#"" +12025550100 ""#,
        r#""+１２０２５５５０１００""#,
        r#""tel:+1-202-555-0100;ext=12""#,
        r#""0012025550100""#,
        r#""011 1 202 555 0100""#,
        r#""+12025550100999""#,
        r#""+442079460123""#,
        "12025550100",
        "1.20255501e10",
        r#"["+12025550100"]"#,
        r#"{"number": "+12025550100"}"#,
        r#""otpc-qkzfha-12""#,
        r#""ada.lovelace1815121@example.com""#,
        r#""user-42""#,
        r#""""#,
        "null",
        "true",
        "-42",
        "0.5",
        "123456",
        r#""\u0000""#,
    ] {
        assert_eq!(Guard::default().check(login(value).as_bytes(), None, ""), Ok(()), "{value}");
    }
}

#[test]
fn what_a_lenient_server_could_dial_is_refused() {
    for value in [
        r#""+12125551234""#,
        r#""12125551234""#,
        r#""2125551234""#,
        r#""5551234""#,
        r#""2025550100""#,
        r#""+2025550100""#,
        r#""+442079461234""#,
        r#""+4420794600001""#,
        r#""+493023125000493023125001""#,
        r#""+44 (0)20 7946 0000""#,
        r#""1-800-FLOWERS""#,
        r#""call 1-800-flowers""#,
        r#""212x555a1234""#,
        r#""+1202AAA5550100""#,
        r#""+1+2025550100""#,
        r#""+12025550100,+12125551234""#,
        r#""+12025550100 2125551234""#,
        r#""120255501 5551234""#,
        r#""+12125551234@example.com""#,
        r#""sip:+12125551234@example.com""#,
        r#""tel:5551234;phone-context=+1212""#,
        r#""+1\u0032\u00312\u0035551234""#,
        r#""¹²¹²⁵⁵⁵¹²³⁴""#,
        r#""①②①②⑤⑤⑤①②③④""#,
        r#""\ud835\udfcf\ud835\udfd0125551234""#,
        r#""+1 2\u200b12\u00a0555\u20111234""#,
        "2147483647",
        "-2147483647",
        "1.2125551234e10",
        "12125551234.0",
        "18446744073709551616",
        r#"[[{"x": ["+12125551234"]}]]"#,
        "0x7EDF5C02",
        "'+12125551234'",
    ] {
        assert!(!passes(login(value)), "{value}");
    }
}

#[test]
fn every_addressing_member_is_looked_at() {
    for member in [
        "loginId",
        "LoginID",
        "login_id",
        "\\u006coginId",
        "phone",
        "phoneſ",
        "identifier",
        "whatsapp",
        "user.phone",
    ] {
        assert!(!passes(format!(r#"{{"{member}": "+12125551234"}}"#)), "{member}");
        assert!(!passes(format!(r#"{{"user": {{"{member}": "+12125551234"}}}}"#)), "{member}");
    }
    for member in ["additionalLoginIds", "additionalIdentifiers", "phones", "loginIds"] {
        assert!(!passes(format!(r#"{{"{member}": ["+12025550100", "+12125551234"]}}"#)), "{member}");
    }
    assert!(passes(r#"{"templateId": "12125551234", "code": 12125551234}"#));
    assert!(!passes(r#"{"phone": "ada2125551234@example.com"}"#), "a phone member takes no e-mail address");
}

#[test]
fn odd_bodies_are_read_leniently() {
    for body in [
        r#"{"loginId": "+12025550100", "loginId": "+12125551234"}"#,
        r#"{"loginId": "+12125551234", "loginId": "+12025550100"}"#,
        r#"{"loginId": "+12125551234""#,
        r#"{"loginId": "+12125551234"} trailing"#,
        r#"{"loginId": "+12025550100"}{"loginId": "+12125551234"}"#,
        "{loginId: '+12125551234'}",
        "{loginId: '+1212,555,1234'}",
        "{loginId: '+1\"2\"1\"2\"5\"5\"5\"1\"2\"3\"4'}",
        "{loginId: '212x555a1234'}",
        "{loginId: 1.2125551234E10}",
        "{loginId: 0x2D2BCF3E2}",
        r#"{"loginId": "\x2b\x31\x32\x31\x32\x35\x35\x35\x31\x32\x33\x34""#,
        "{\"loginId\": \"+1212\\\n5551234\"}",
        "{\"loginId\": 1212/* */5551234}",
        r#""+12125551234""#,
        r#"["+12125551234"]"#,
        "12125551234",
        "loginId=%2B12125551234",
        "loginId=%252B1%2531%322125551234",
        "<loginId>+12125551234</loginId>",
        "--b\r\nContent-Disposition: form-data; name=\"loginId\"\r\n\r\n+12125551234\r\n--b--",
    ] {
        assert!(!passes(body), "{body}");
    }
    for body in [
        r#"{"loginId": "+12025550100", "loginId": "+12025550101"}"#,
        r#"{"loginId": "+12025550100""#,
        r#"{"phones": ["+12025550100", "+12025550101""#,
        r#"{"loginId": "+12025550100", "code": "123456"} trailing"#,
        "{loginId: '+12025550100',}",
        "{loginId: '+1 (202) 555-0100'}",
        r#""+12025550100""#,
        "loginId=%2B12025550100&code=123456",
        "<loginId>+1 202 555 0100</loginId>",
        "",
        "{",
        "not JSON at all",
    ] {
        assert_eq!(Guard::default().check(body.as_bytes(), None, ""), Ok(()), "{body}");
    }
}

#[test]
fn queries_and_forms_are_read_by_name() {
    let query = |query| Guard::default().check(b"", None, query);
    assert_eq!(query("loginId=%2B12025550100&userId=U2x1234567890"), Ok(()));
    for bad in [
        "loginId=%2B12125551234",
        "LoginID=2125551234",
        "user%5Bphone%5D=2125551234",
        "+12125551234",
        "=2125551234",
    ] {
        assert!(query(bad).is_err(), "{bad}");
    }
    let smuggled = br#"{"a": "&loginId=+12125551234&"}"#;
    assert!(Guard::default().check(smuggled, Some("application/x-www-form-urlencoded"), "").is_err());
}

#[test]
fn charsets_we_cannot_read_are_refused() {
    let check = |kind| Guard::default().check(b"{}", Some(kind), "");
    assert!(check("application/json; charset=UTF-7").is_err());
    assert!(check("application/json; charset=IBM037").is_err());
    assert_eq!(check("application/json; charset=utf-16"), Ok(()));
    assert_eq!(check("klingon"), Ok(()));
    assert!(Guard::default().check(b"\x1f\x8b\x08\x00", None, "").is_err());
}

#[test]
fn numbers_of_the_profile_pass_and_only_they() {
    let guard = Guard::new(["+1 415 555 1234", "+4915112345678"]);
    let check = |number: &str| guard.check(login(&format!("{number:?}")).as_bytes(), None, "");
    for number in ["+14155551234", "+1 (415) 555-1234", "004915112345678", "+12025550100"] {
        assert_eq!(check(number), Ok(()), "{number}");
    }
    for number in ["+14155551235", "+49151123456789", "+4915112345678 1", "4155551234"] {
        assert!(check(number).is_err(), "{number}");
    }
}

#[test]
fn a_refusal_names_the_place_and_hides_the_number() {
    let refused = Guard::default().check(br#"{"user": {"phone": "+12125551234"}}"#, None, "").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "not sent: member `phone` holds a number of 11 digits ending in 34, neither reserved for fiction nor among the profile's numbers and domains"
    );
    let refused = Guard::default().check(b"{loginId: 12125551234}", None, "").unwrap_err();
    assert_eq!(refused.place, "the body");
}

#[test]
fn ten_thousand_levels_are_no_trouble() {
    let nested = |number: &str| format!("{}\"{number}\"{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(passes(nested("+12025550100")));
    assert!(!passes(nested("+12125551234")));
    assert!(passes(format!(r#"{{"loginId": "{}"}}"#, "a".repeat(1 << 20))));
}

/// One way to write the characters of a number.
pub(super) type Disguise = fn(&str) -> String;

/// Ways to write a number inside a JSON string.
const SPELLINGS: [Disguise; 13] = [
    |n| n.to_owned(),
    |n| n.chars().map(|c| format!("{c} ")).collect(),
    |n| n.chars().map(|c| format!("{c}-")).collect(),
    |n| n.replace("555", ".(555)/"),
    |n| n.replace("555", "\u{200B}555\u{A0}"),
    |n| n.chars().map(|c| format!("\\u{:04x}", c as u32)).collect(),
    |n| n.chars().map(|c| if c == '5' { "\\u0035".into() } else { c.to_string() }).collect(),
    |n| shifted(n, 0xFF10),
    |n| shifted(n, 0x0660),
    |n| {
        shifted(n, 0x1D7CE)
            .chars()
            .map(|c| c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect::<String>())
            .collect()
    },
    |n| n.replace('+', "00"),
    |n| n.replace('+', "tel:+"),
    |n| n.replace('+', "please ring "),
];

fn shifted(number: &str, zero: u32) -> String {
    let digit = |c: char| c.to_digit(10).and_then(|d| char::from_u32(zero + d)).unwrap_or(c);
    number.chars().map(digit).collect()
}

/// Ways to put a spelt number into a body.
pub(super) const BODIES: [Disguise; 17] = [
    |n| format!(r#"{{"loginId":"{n}"}}"#),
    |n| format!(r#"{{"LOGINID" : "{n}", "x": [1, 2.5, null]}}"#),
    |n| format!(r#"{{"\u006coginId":"{n}"}}"#),
    |n| format!(r#"{{"user":{{"phone":"{n}"}}}}"#),
    |n| format!(r#"{{"additionalLoginIds":["ada","{n}"]}}"#),
    |n| format!(r#"{{"loginId":"ada","loginId":"{n}"}}"#),
    |n| format!(r#"{{"loginId":"{n}","loginId":"ada"}}"#),
    |n| format!("\u{FEFF}{{\"loginId\":\"{n}\"}}"),
    |n| format!(r#"{{"loginId":"{n}"}} and more"#),
    |n| format!(r#"{{"loginId":"{n}""#),
    |n| format!("{{'loginId':'{n}'}}"),
    |n| format!("{{loginId:`{n}`,}}"),
    |n| format!("/* ring */ {{\"loginId\":\"{n}\"}}"),
    |n| format!("\"{n}\""),
    |n| format!("[[\"{n}\"]]"),
    |n| {
        format!(
            "code=1&loginId={}",
            percent_encoding::utf8_percent_encode(n, percent_encoding::NON_ALPHANUMERIC)
        )
    },
    |n| format!("<otp><loginId>{n}</loginId></otp>"),
];

/// Ways to make bytes of a text.
pub(super) const BYTES: [fn(&str) -> Vec<u8>; 4] = [
    |t| t.as_bytes().to_vec(),
    |t| t.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    |t| format!("\u{FEFF}{t}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
    |t| t.chars().flat_map(|c| (c as u32).to_le_bytes()).collect(),
];

fn disguised() -> impl Strategy<Value = (usize, usize, usize)> {
    (0..SPELLINGS.len(), 0..BODIES.len(), 0..BYTES.len())
}

/// What is neither reserved nor a safe number with an extension.
fn routable() -> impl Strategy<Value = String> {
    prop_oneof!["\\+1[2-9][0-8][0-9][2-9][0-9]{6}", "\\+44(7[1-5]|20)[0-9]{8}", "\\+[2-9][0-9]{6,14}"]
        .prop_filter("reserved", |number| numbers_begin(number).is_none())
}

fn numbers_begin(number: &str) -> Option<usize> {
    crate::drive::numbers::reserved_start(&number.as_bytes()[1..]).map(|(length, _)| length)
}

fn reserved() -> impl Strategy<Value = String> {
    let fiction = (any::<u64>(), 0..50_usize).prop_map(|(namespace, skip)| {
        let numbers = crate::drive::numbers::Numbers::new(namespace);
        (0..=skip).map(|_| numbers.next()).last().unwrap()
    });
    prop_oneof![fiction, "\\+442079460[0-9]{3}", "\\+447700900[0-9]{3}", "\\+3319900[0-9]{4}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_disguise_hides_a_stranger(number in routable(), (spelling, body, bytes) in disguised()) {
        let body = BYTES[bytes](&BODIES[body](&SPELLINGS[spelling](&number)));
        prop_assert!(!passes(&body), "{}", String::from_utf8_lossy(&body));
    }

    #[test]
    fn fiction_passes_in_every_disguise(number in reserved(), (spelling, body, bytes) in disguised()) {
        let body = BYTES[bytes](&BODIES[body](&SPELLINGS[spelling](&number)));
        let verdict = Guard::default().check(&body, None, "");
        prop_assert_eq!(verdict, Ok(()), "{}", String::from_utf8_lossy(&body));
    }

    #[test]
    fn nothing_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), query in ".*") {
        let _ = Guard::default().check(&body, None, &query);
    }

    #[test]
    fn escapes_and_percents_make_no_panic(body in "[\\\\%ux0-9a-f{}\"'é]{0,40}") {
        let _ = Guard::default().check(body.as_bytes(), Some("x-www-form-urlencoded"), &body);
    }
}
