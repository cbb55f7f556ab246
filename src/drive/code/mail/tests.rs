//! Mails of many mailers, and what is none.

use super::*;

fn mail(headers: &str, body: &str) -> Vec<u8> {
    format!("From: a@example.com\r\nTo: b@example.com\r\n{headers}\r\n\r\n{body}").into_bytes()
}

fn code(bytes: &[u8]) -> Result<String, UnreadableMail> {
    read(bytes).map(|mail| mail.code)
}

#[test]
fn codes_are_found_in_plain_html_and_encoded_bodies() {
    let utf8 = "Content-Type: text/plain; charset=utf-8";
    let html = "Subject: Sign in\r\nContent-Type: text/html; charset=utf-8";
    let multipart = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x";
    for (bytes, due) in [
        (mail(utf8, "Your code is 012345."), "012345"),
        (mail(utf8, "Ihr Code: 8H4K2Q, gültig 10 Minuten"), "8H4K2Q"),
        (mail(utf8, "1 2 3 4 5 6 is your code, valid for 300 seconds. (c) 2026"), "123456"),
        (mail(utf8, "Your code is 123 457, valid for 10 minutes. (c) 2026"), "123457"),
        (mail(utf8, "code:ABCDEF; asked at 2026-11-26 10:15 from 192.0.2.1, call +1 202-555-0100"), "ABCDEF"),
        (
            mail(&format!("{utf8}\r\nContent-Transfer-Encoding: quoted-printable"), "Code =3D 99=\r\n1234"),
            "991234",
        ),
        (
            mail(&format!("{utf8}\r\nContent-Transfer-Encoding: base64"), "WW91ciBjb2RlIGlzIDQ3MTEwOC4="),
            "471108",
        ),
        (
            mail(
                "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable",
                "f=FCr 471109",
            ),
            "471109",
        ),
        (
            mail(
                html,
                "<html><head><style>.a{color:#202123;width:6000px}</style></head><body><style>b{margin:1234px}</style><div>Code</div><div>471110</div><a href='https://x.example.com/7777777'>here</a></body></html>",
            ),
            "471110",
        ),
        (
            mail(
                html,
                "<table><tr><td>4</td><td>7</td><td>1</td><td>1</td><td>1</td><td>1</td></tr></table>",
            ),
            "471111",
        ),
        (mail("Subject: 471112 is your code\r\nContent-Type: text/plain", "Use the code above."), "471112"),
        (mail("Subject: =?utf-8?B?NDcxMTEz?=\r\nContent-Type: text/plain", "See above."), "471113"),
        (
            mail(
                multipart,
                "--x\r\nContent-Type: text/plain\r\n\r\nopen the page\r\n--x\r\nContent-Type: text/html\r\n\r\n<b>471114</b>\r\n--x--\r\n",
            ),
            "471114",
        ),
    ] {
        assert_eq!(code(&bytes).as_deref(), Ok(due), "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn what_cannot_be_read_for_certain_is_named_and_not_guessed() {
    let plain = "Content-Type: text/plain";
    for (bytes, why) in [
        (b"\x00\x01\x02".to_vec(), "no header"),
        (Vec::new(), "no header"),
        (mail(plain, "111111 or 222222"), "2 texts that may be the code"),
        (mail(plain, "Hello!"), "no text in it looks like a code"),
        (mail("Content-Type: text/plain; charset=x-klingon", "471108"), "charset x-klingon is unknown"),
        (vec![b'a'; LARGEST + 1], "more than"),
    ] {
        let seen = code(&bytes).unwrap_err().to_string();
        assert!(seen.contains(why), "{seen}");
    }
}

#[test]
fn no_bytes_bring_the_reader_down() {
    let seeds = [
        mail(
            "Content-Type: multipart/mixed; boundary=x",
            "--x\r\nContent-Type: text/html\r\n\r\n<b>471114</b>--x--",
        ),
        mail("Subject: =?utf-8?Q?=FF=?=", "\u{feff}é 123456 é"),
    ];
    for seed in seeds {
        for at in 0..seed.len() {
            for byte in [0, b'<', b'=', b'-', b'"', 0xff, b'\n'] {
                let mut broken = seed.clone();
                broken[at] = byte;
                let _any = read(&broken);
                let _cut = read(&broken[..at]);
            }
        }
    }
}
