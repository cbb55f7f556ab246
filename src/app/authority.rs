//! A certificate authority of one run's own, for `serve --tls` and `proxy --tls`.
//!
//! SDKs refuse plain http to any host but loopback, and a server beside the tests (a sidecar, say) is not on loopback.
//! The authority's key is never written: with the process the means to sign for it are gone.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::UsageError;

/// Names by which a server on this machine is called, by its own processes and by containers on it.
const LOCAL: [&str; 4] = ["localhost", "127.0.0.1", "::1", "host.docker.internal"];

/// Where systems keep the authorities that they trust.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// An authority, and a server's certificate by it.
pub struct Authority {
    certificate: String,
    config: Arc<ServerConfig>,
}

impl Authority {
    /// A new authority with a certificate for this machine, the address that is listened on, and these names.
    ///
    /// # Errors
    /// A name cannot stand in a certificate.
    pub fn new(listen: IpAddr, names: &[String]) -> Result<Authority, UsageError> {
        let _again = rustls::crypto::ring::default_provider().install_default(); // a second time is no error of ours
        let mut all: Vec<String> = LOCAL.map(str::to_owned).to_vec();
        all.extend(names.iter().cloned());
        if !listen.is_unspecified() {
            all.push(listen.to_string());
        }
        all.sort();
        all.dedup();
        made(all).map_err(|error| UsageError::Other(format!("--tls-name: {error}")))
    }

    /// How a server accepts connections by it.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Writes the authority's certificate, PEM, for clients to trust.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), UsageError> {
        put(path, &self.certificate)
    }

    /// Writes the authority's certificate after those that the system trusts: a client that reads this file in place of
    /// the system's still reaches everybody else.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_bundle(&self, path: &Path) -> Result<(), UsageError> {
        let system =
            SYSTEM.into_iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        put(path, &format!("{}\n{system}", self.certificate))
    }
}

fn put(path: &Path, text: &str) -> Result<(), UsageError> {
    let wrong = |error| {
        UsageError::Other(format!("--tls {}: {error}; name a file that can be written", path.display()))
    };
    std::fs::write(path, text).map_err(wrong)
}

fn made(names: Vec<String>) -> Result<Authority, Box<dyn std::error::Error>> {
    let mut root = CertificateParams::new(Vec::new())?;
    root.distinguished_name.push(DnType::CommonName, "otp-conformance, for one run");
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = root.self_signed(&key)?;
    let issuer = Issuer::new(root, key);
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "otp-conformance");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let own = KeyPair::generate()?;
    let signed = leaf.signed_by(&own, &issuer)?;
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![signed.der().clone()], secret)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Authority { certificate: certificate.pem(), config: Arc::new(config) })
}
