//! The RSA key that signs tokens: the committed test key, or one from a file.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::provider;

/// A key for tests only: it is in the repository, so whatever it signs proves nothing outside of them.
const TEST_KEY: &[u8] = include_bytes!("test-key-not-secret.rsa2048.pkcs1.der");

/// An RSA private key, PKCS#1 DER, and what follows from it.
#[derive(Clone)]
pub struct SigningKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
    jwk: Jwk,
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
        match Self::from_pkcs1(TEST_KEY) {
            Some(key) => key,
            None => unreachable!("the committed key is well formed; the tests of this file read it"),
        }
    }

    /// Reads PEM (PKCS#1 or PKCS#8) or DER.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else than an RSA key of 2048 bits or more.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| KeyError::Read { path: shown.clone(), source })?;
        let der = if bytes.starts_with(b"-----BEGIN") {
            armoured(&bytes).ok_or_else(|| KeyError::NotRsa(shown.clone()))?
        } else {
            bytes
        };
        Self::from_pkcs1(&der)
            .or_else(|| pkcs1_inside(&der).and_then(Self::from_pkcs1))
            .ok_or(KeyError::NotRsa(shown))
    }

    fn from_pkcs1(der: &[u8]) -> Option<Self> {
        provider::install();
        let encoding = EncodingKey::from_rsa_der(der);
        let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::RS256).ok()?;
        let kid = format!("SK2{}", jwk.thumbprint(ThumbprintHash::SHA256).ok()?);
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_algorithm = Some(KeyAlgorithm::RS256);
        let decoding = DecodingKey::from_jwk(&jwk).ok()?;
        Some(SigningKey { encoding, decoding, jwk, kid })
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    pub(crate) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

/// The bytes between the two lines of dashes.
fn armoured(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let body: String = text
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("-----"))
        .flat_map(|line| line.trim().chars())
        .collect();
    STANDARD.decode(body).ok()
}

/// The PKCS#1 key inside a PKCS#8 envelope: `SEQUENCE { 0, AlgorithmIdentifier, OCTET STRING { key } }`.
fn pkcs1_inside(der: &[u8]) -> Option<&[u8]> {
    let (sequence, _) = element(der, 0x30)?;
    let (_version, rest) = element(sequence, 0x02)?;
    let (_algorithm, rest) = element(rest, 0x30)?;
    let (key, _) = element(rest, 0x04)?;
    Some(key)
}

fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = if short < 0x80 {
        (usize::from(short), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    if first != tag { None } else { rest.split_at_checked(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_key_names_itself() {
        let key = SigningKey::for_tests();
        assert!(key.kid().starts_with("SK2") && key.kid().len() > 40);
        assert_eq!(key.jwk().common.key_id.as_deref(), Some(key.kid()));
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
