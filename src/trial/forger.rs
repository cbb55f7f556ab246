//! A key that no target publishes: it signs tokens that must be refused, and protects nothing.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// The key, in DER.
pub(crate) static KEY: &[u8] = include_bytes!("forger-key-not-secret.rsa2048.pkcs1.der");

/// A signature of the text by it.
pub(crate) fn sign(text: &[u8]) -> Option<Vec<u8>> {
    let key = RsaKeyPair::from_der(KEY).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).ok()?;
    Some(signature)
}
