//! Each algorithm with a public key is tried with it, and with nothing else.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::json;

use super::*;

const RSA: &[u8] = include_bytes!("../../trial/forger-key-not-secret.rsa2048.pkcs1.der");

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of this algorithm, by what signs.
fn token(alg: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = encoded(json!({ "alg": alg, "kid": "k" }).to_string().as_bytes());
    let signed = format!("{header}.{}", encoded(b"{}"));
    let signature = encoded(&sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn by_rsa(alg: &str, encoding: &'static dyn RsaEncoding) -> (Value, String) {
    let pair = RsaKeyPair::from_der(RSA).unwrap();
    let public = pair.public();
    let numbers = RsaPublicKeyComponents::<Vec<u8>>::from(public);
    let jwk = json!({ "kid": "k", "n": encoded(&numbers.n), "e": encoded(&numbers.e) });
    let sign = |text: &[u8]| {
        let mut signature = vec![0; public.modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    };
    (jwk, token(alg, sign))
}

fn by_curve() -> (Value, String) {
    let random = SystemRandom::new();
    let curve = &ECDSA_P384_SHA384_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(curve, document.as_ref(), &random).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
    let jwk = json!({ "kid": "k", "x": encoded(x), "y": encoded(y) });
    (jwk, token("ES384", |text| pair.sign(&random, text).unwrap().as_ref().to_vec()))
}

/// The example of RFC 8037, A.4, whose header names no key.
fn edwards() -> (Value, String) {
    let jwk = json!({ "kid": "k", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    (jwk, format!("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.{signature}"))
}

#[test]
fn a_token_of_each_algorithm_is_verified_by_its_key_alone() {
    let all = [
        by_rsa("RS256", &RSA_PKCS1_SHA256),
        by_rsa("RS384", &RSA_PKCS1_SHA384),
        by_rsa("RS512", &RSA_PKCS1_SHA512),
        by_rsa("PS256", &RSA_PSS_SHA256),
        by_rsa("PS384", &RSA_PSS_SHA384),
        by_rsa("PS512", &RSA_PSS_SHA512),
        by_curve(),
    ];
    for (jwk, token) in all {
        let ring = KeyRing::read(&json!({ "keys": [jwk] }));
        assert_eq!(ring.check(&token), Signature::Verified, "{token}");
        let altered = token.replacen(".e30.", ".eyJ9.", 1);
        assert_eq!(ring.check(&altered), Signature::Wrong, "{altered}");
        let other = by_rsa("PS256", &RSA_PKCS1_SHA256).1;
        assert_eq!(ring.check(&other), Signature::Wrong, "a header that tells a lie");
    }
    let (jwk, token) = edwards();
    let by = Algorithm::of(&header(&token).unwrap()).unwrap();
    assert!(holds(&jwk, &by, &token) && !holds(&jwk, &by, &token.replacen('R', "S", 1)));
}

#[test]
fn of_two_keys_of_one_name_either_may_have_signed() {
    let (jwk, token) = by_rsa("RS256", &RSA_PKCS1_SHA256);
    let other = by_curve().0;
    for keys in [[&jwk, &other], [&other, &jwk]] {
        let ring = KeyRing::read(&json!({ "keys": keys }));
        assert_eq!((ring.check(&token), ring.key_of(&token)), (Signature::Verified, Some(&jwk)));
    }
}

#[test]
fn what_no_key_can_be_tried_with_is_not_wrong() {
    let (jwk, _) = by_rsa("RS256", &RSA_PKCS1_SHA256);
    let ring = KeyRing::read(&json!({ "keys": [jwk] }));
    for (alg, due) in [
        ("ES512", Signature::Unchecked("ES512 is not built in".into())),
        ("HS256", Signature::Wrong),
        ("none", Signature::Wrong),
        ("rs256", Signature::Wrong),
    ] {
        assert_eq!(ring.check(&token(alg, |_| vec![1; 256])), due, "{alg}");
    }
}
