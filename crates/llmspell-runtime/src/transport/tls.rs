//! The TLS set-up: rustls with ring, handed to the client explicitly so that nothing of the process is changed.

use std::sync::Arc;

use llmspell_core::{Error, Kind};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// A configuration that trusts the public authorities, those of `SSL_CERT_FILE`, and those of `ca_file`.
///
/// # Errors
/// `config` when a file cannot be read or holds no certificate.
pub(super) fn client_config(ca_file: Option<&str>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        add(&mut roots, "ca_file", path)?;
    }
    if let Some(path) = std::env::var("SSL_CERT_FILE").ok().filter(|path| !path.is_empty()) {
        add(&mut roots, "the environment variable SSL_CERT_FILE", &path)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::Internal, "TLS could not be set up").with_cause(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn add(roots: &mut RootCertStore, option: &str, path: &str) -> Result<(), Error> {
    let wrong = |what: &str, cause: String| {
        Error::new(Kind::Config, format!("{option}: {what} {path:?}; give a PEM file with CERTIFICATE sections"))
            .with_cause(cause)
    };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong("cannot read", error.to_string()))?;
    let mut added = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| wrong("bad PEM in", error.to_string()))?;
        // System bundles hold a few that webpki does not take; the others serve.
        added += usize::from(roots.add(certificate).is_ok());
    }
    if added == 0 {
        return Err(wrong("no usable certificate in", "none was found".to_owned()));
    }
    Ok(())
}
