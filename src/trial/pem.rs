//! A published RSA key as the PEM text that libraries confuse with an HMAC secret.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

/// The SubjectPublicKeyInfo of a JWK in PEM; an empty text if it is no RSA key.
pub(super) fn public_key(jwk: &Value) -> String {
    let member = |name: &str| {
        BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap_or_default()).unwrap_or_default()
    };
    if jwk["kty"] != "RSA" {
        return String::new();
    }
    let key = der(0x30, &[integer(&member("n")), integer(&member("e"))].concat());
    // rsaEncryption, NULL
    let algorithm = der(0x30, &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]);
    let info = der(0x30, &[algorithm, der(0x03, &[vec![0], key].concat())].concat());
    let text = BASE64_STANDARD.encode(info);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// A non-negative INTEGER: a leading zero where the first bit is set.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if bytes.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    der(0x02, &[sign, bytes].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..=127 => vec![tag, length as u8],
        128..=255 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content.to_vec()].concat()
}
