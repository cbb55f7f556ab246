//! The RSA key that signs tokens: the committed test key, or one from a file.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{digest, rand};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};

/// A key for tests only: it is in the repository, so whatever it signs proves nothing outside of them.
const TEST_KEY: &[u8] = include_bytes!("test-key-not-secret.rsa2048.pkcs1.der");

/// An RSA private key and what follows from it.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<RsaKeyPair>,
    public: PublicKeyComponents<Vec<u8>>,
    kid: String,
}

/// Why a key file was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read.
    #[error("cannot read the signing key {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no RSA private key of at least 2048 bits.
    #[error("{0} is not an RSA private key of 2048 bits or more (PEM, or PKCS#1 or PKCS#8 DER)")]
    NotRsa(String),
}

impl SigningKey {
    /// The committed test key; the same in every process, so that tokens of one verify in another.
    pub fn for_tests() -> Self {
        static PARSED: LazyLock<SigningKey> = LazyLock::new(|| match RsaKeyPair::from_der(TEST_KEY) {
            Ok(pair) => SigningKey::of(pair),
            Err(_) => unreachable!("the committed key is well formed; the tests of this file read it"),
        });
        PARSED.clone()
    }

    /// Reads PEM (PKCS#1 or PKCS#8) or DER.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else than an RSA key of 2048 bits or more.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| KeyError::Read { path: shown.clone(), source })?;
        Self::read(&bytes).ok_or(KeyError::NotRsa(shown))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let pair = if bytes.starts_with(b"-----BEGIN") {
            match PrivateKeyDer::from_pem_slice(bytes).ok()? {
                PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
                PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
                _ => return None,
            }
        } else {
            RsaKeyPair::from_der(bytes).or_else(|_| RsaKeyPair::from_pkcs8(bytes))
        };
        pair.ok().map(Self::of)
    }

    fn of(pair: RsaKeyPair) -> Self {
        let public = PublicKeyComponents::from(pair.public());
        let kid = format!("SK2{}", thumbprint(&public));
        SigningKey { pair: Arc::new(pair), public, kid }
    }

    /// The RS256 signature of a message; nothing where the system has no random numbers to blind it with.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let random = rand::SystemRandom::new();
        self.pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
        Some(signature)
    }

    /// Whether this key made the RS256 signature of a message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let PublicKeyComponents { n, e } = &self.public;
        PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }

    /// The public half as it is published.
    pub(crate) fn jwk(&self) -> Value {
        let (n, e) = (BASE64.encode(&self.public.n), BASE64.encode(&self.public.e));
        json!({ "use": "sig", "alg": "RS256", "kid": self.kid, "kty": "RSA", "n": n, "e": e })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }
}

/// The SHA-256 thumbprint of a public key (RFC 7638).
fn thumbprint(public: &PublicKeyComponents<Vec<u8>>) -> String {
    let (n, e) = (BASE64.encode(&public.n), BASE64.encode(&public.e));
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    BASE64.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD as STANDARD;

    use super::*;

    #[test]
    fn the_committed_key_names_itself() {
        let key = SigningKey::for_tests();
        assert!(key.kid().starts_with("SK2") && key.kid().len() > 40);
        assert_eq!(key.jwk()["kid"], key.kid());
        assert!(key.verifies(b"text", &key.sign(b"text").unwrap()) && !key.verifies(b"next", &[0; 256]));
    }

    #[test]
    fn a_file_may_be_der_or_nothing_we_know() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("key.der");
        std::fs::write(&good, TEST_KEY).unwrap();
        assert_eq!(SigningKey::from_file(&good).unwrap().kid(), SigningKey::for_tests().kid());

        let pem = folder.path().join("key.pem");
        let text = format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n",
            STANDARD.encode(TEST_KEY)
        );
        std::fs::write(&pem, text).unwrap();
        assert_eq!(SigningKey::from_file(&pem).unwrap().kid(), SigningKey::for_tests().kid());

        let bad = folder.path().join("bad.der");
        std::fs::write(&bad, b"nothing").unwrap();
        assert!(matches!(SigningKey::from_file(&bad), Err(KeyError::NotRsa(_))));
        assert!(matches!(SigningKey::from_file(&folder.path().join("none")), Err(KeyError::Read { .. })));
    }

    #[test]
    fn a_pkcs8_envelope_is_opened() {
        let octets = wrap(0x04, TEST_KEY);
        let algorithm =
            wrap(0x30, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00]);
        let pkcs8 = wrap(0x30, &[&[0x02, 0x01, 0x00][..], &algorithm, &octets].concat());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key.p8");
        std::fs::write(&file, pkcs8).unwrap();
        assert_eq!(SigningKey::from_file(&file).unwrap().kid(), SigningKey::for_tests().kid());
    }

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let mut der = vec![tag];
        if length < 0x80 {
            der.push(length as u8);
        } else {
            der.extend([0x82, (length >> 8) as u8, length as u8]);
        }
        der.extend(content);
        der
    }
}
