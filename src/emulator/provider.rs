//! The cryptography under `jsonwebtoken`, by ring: RS256 and HS256 in both directions.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::jwk::{EllipticCurve, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use ring::{digest, hmac, rand};
use signature::{Error, Signer, Verifier};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: private_components,
        rsa_pub_components_from_public_key: |_| Err(ErrorKind::InvalidAlgorithm.into()),
        ec_pub_components_from_private_key: no_curve,
        ed_pub_components_from_private_key: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
        compute_digest: sha256,
    },
};

/// Makes ring the process's backend of `jsonwebtoken`; later calls, and another backend installed before, change nothing.
pub fn install() {
    let _already_there = PROVIDER.install_default();
}

/// Parsing a key costs as much as signing; a process has few keys, so each is parsed once.
fn key_pair(der: &[u8]) -> Result<Arc<KeyPair>> {
    static PARSED: LazyLock<Mutex<HashMap<Vec<u8>, Arc<KeyPair>>>> = LazyLock::new(Mutex::default);
    let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = parsed.get(der) {
        return Ok(Arc::clone(known));
    }
    let pair = KeyPair::from_der(der).map_err(|why| ErrorKind::InvalidRsaKey(why.to_string()))?;
    let pair = Arc::new(pair);
    parsed.insert(der.to_vec(), Arc::clone(&pair));
    Ok(pair)
}

fn private_components(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let pair = key_pair(der)?;
    let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
    Ok((public.n, public.e))
}

fn no_curve(_: &[u8], _: Algorithm) -> Result<(EllipticCurve, Vec<u8>, Vec<u8>)> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

#[allow(clippy::needless_pass_by_value, reason = "the signature is the library's")]
fn sha256(data: &[u8], hash: ThumbprintHash) -> Result<Vec<u8>> {
    match hash {
        ThumbprintHash::SHA256 => Ok(digest::digest(&digest::SHA256, data).as_ref().to_vec()),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

enum Key {
    Pair(Arc<KeyPair>),
    Secret(hmac::Key),
    Public { n: Vec<u8>, e: Vec<u8> },
    PublicDer(Vec<u8>),
}

struct Backend {
    algorithm: Algorithm,
    key: Key,
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let key = match algorithm {
        Algorithm::RS256 => Key::Pair(key_pair(key.as_bytes())?),
        Algorithm::HS256 => Key::Secret(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())),
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    Ok(Box::new(Backend { algorithm: *algorithm, key }))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let key = match (algorithm, key.kind()) {
        (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            Key::Public { n: n.clone(), e: e.clone() }
        }
        (Algorithm::RS256, DecodingKeyKind::SecretOrDer(der)) => Key::PublicDer(der.clone()),
        (Algorithm::HS256, DecodingKeyKind::SecretOrDer(secret)) => {
            Key::Secret(hmac::Key::new(hmac::HMAC_SHA256, secret))
        }
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    Ok(Box::new(Backend { algorithm: *algorithm, key }))
}

impl Signer<Vec<u8>> for Backend {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        match &self.key {
            Key::Pair(pair) => {
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &rand::SystemRandom::new(), message, &mut signed)
                    .map_err(|_| Error::new())?;
                Ok(signed)
            }
            Key::Secret(secret) => Ok(hmac::sign(secret, message).as_ref().to_vec()),
            Key::Public { .. } | Key::PublicDer(_) => Err(Error::new()),
        }
    }
}

impl Verifier<Vec<u8>> for Backend {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> std::result::Result<(), Error> {
        let verified = match &self.key {
            Key::Public { n, e } => {
                PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signed)
            }
            Key::PublicDer(der) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).verify(message, signed)
            }
            Key::Secret(secret) => hmac::verify(secret, message, signed),
            Key::Pair(_) => return Err(Error::new()),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtSigner for Backend {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl JwtVerifier for Backend {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
