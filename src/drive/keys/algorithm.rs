//! The algorithms of RFC 7518 and RFC 8037 that a published key verifies a signature by.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

/// How an algorithm verifies.
pub(super) enum Algorithm {
    /// By the modulus and the exponent of an RSA key.
    Rsa(&'static RsaParameters),
    /// By the point of a key on a curve: both coordinates, as SEC 1 writes them.
    Point(&'static dyn VerificationAlgorithm),
    /// By the point of an Edwards curve, which is one number.
    Edwards(&'static dyn VerificationAlgorithm),
    /// A public key verifies nothing: the text is not signed, or by a secret that both sides know.
    Never,
}

impl Algorithm {
    /// What a token's header calls it.
    pub(super) fn name(header: &Value) -> &str {
        header["alg"].as_str().unwrap_or_default()
    }

    /// The algorithm that a token's header names; `None`, if it is not known here whether a key would verify it.
    pub(super) fn of(header: &Value) -> Option<Algorithm> {
        Some(match Algorithm::name(header) {
            // How long a key must be no page says.
            "RS256" => Algorithm::Rsa(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
            "RS384" => Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Algorithm::Rsa(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
            "PS256" => Algorithm::Rsa(&RSA_PSS_2048_8192_SHA256),
            "PS384" => Algorithm::Rsa(&RSA_PSS_2048_8192_SHA384),
            "PS512" => Algorithm::Rsa(&RSA_PSS_2048_8192_SHA512),
            "ES256" => Algorithm::Point(&ECDSA_P256_SHA256_FIXED),
            "ES384" => Algorithm::Point(&ECDSA_P384_SHA384_FIXED),
            "EdDSA" | "Ed25519" => Algorithm::Edwards(&ED25519),
            "ES512" | "ES256K" | "Ed448" => return None,
            _ => Algorithm::Never,
        })
    }

    /// Whether this key verifies the signature of these bytes.
    pub(super) fn verifies(&self, jwk: &Value, signed: &[u8], signature: &[u8]) -> bool {
        match self {
            Algorithm::Rsa(parameters) => {
                RsaPublicKeyComponents { n: integer(jwk, "n"), e: integer(jwk, "e") }
                    .verify(parameters, signed, signature)
                    .is_ok()
            }
            Algorithm::Point(curve) => {
                let point = [vec![4], member(jwk, "x"), member(jwk, "y")].concat();
                UnparsedPublicKey::new(*curve, point).verify(signed, signature).is_ok()
            }
            Algorithm::Edwards(curve) => {
                UnparsedPublicKey::new(*curve, member(jwk, "x")).verify(signed, signature).is_ok()
            }
            Algorithm::Never => false,
        }
    }
}

/// The bytes of a member. Padding and the other alphabet are faults of the key's notation, and not of the signature.
fn member(jwk: &Value, name: &str) -> Vec<u8> {
    let text = jwk[name].as_str().unwrap_or_default();
    let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    BASE64_URL_SAFE_NO_PAD.decode(plain).unwrap_or_default()
}

/// The number that a member is, whatever zeros are in front of it.
fn integer(jwk: &Value, name: &str) -> Vec<u8> {
    member(jwk, name).into_iter().skip_while(|byte| *byte == 0).collect()
}
