//! TLS with an authority of our own: trusted by option or environment, wrong, and no TLS at all.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use llmspell_core::Kind;
use llmspell_runtime::{Network, Queue};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::support::server::read_request;
use super::support::{Chat, Server, answer, direct, spec, start_in};

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// The authority's certificate in a file.
    pub fn file(&self) -> TempFile {
        TempFile::new(self.pem.as_bytes())
    }

    /// What a server for this name shows: its certificate and key.
    pub fn identity(&self, name: &str) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }

    /// A server for this name that answers every request with this text.
    pub fn server(&self, name: &str, text: &'static str) -> TlsServer {
        let (certificate, key) = self.identity(name);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
        let server = Server::new(move |peer| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, peer.stream);
            let mut buffer = Vec::new();
            while read_request(&mut stream, &mut buffer).is_some() {
                stream.write_all(&answer::plain(text)).unwrap();
            }
        });
        TlsServer { server, ca: self.file() }
    }
}

pub struct TlsServer {
    pub server: Server,
    pub ca: TempFile,
}

impl TlsServer {
    pub fn url(&self) -> String {
        format!("https://{}/v1", self.server.address)
    }
}

/// A file that goes when dropped.
pub struct TempFile(std::path::PathBuf);

impl TempFile {
    pub fn new(bytes: &[u8]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("llmspell-test-{}-{number}.pem", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        TempFile(path)
    }

    pub fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

fn chat(url: &str, ca_file: Option<String>) -> Chat {
    start_in(&Queue::new(), spec(url), Network { ca_file, ..direct() }, "hi")
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_named() {
    let target = Authority::new().server("127.0.0.1", "safe");
    for _ in 0..2 {
        assert_eq!(chat(&target.url(), Some(target.ca.path())).done().text, "safe");
    }
    assert_eq!(target.server.connections(), 1, "kept alive");
    assert!(rustls::crypto::CryptoProvider::get_default().is_none(), "nothing of the process is changed");
}

#[test]
fn an_authority_that_is_not_known_is_refused_with_what_to_set() {
    let target = Authority::new().server("127.0.0.1", "unsafe");
    let wrong = Authority::new().file();
    for ca_file in [None, Some(wrong.path())] {
        let error = chat(&target.url(), ca_file).error();
        assert_eq!((error.kind, error.retryable), (Kind::Network, false));
        assert!(error.message.contains("ca_file") && error.message.contains("SSL_CERT_FILE"), "{error}");
        assert!(error.message.contains(&target.server.address.to_string()), "{error}");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let target = Authority::new().server("another.example", "unsafe");
    let error = chat(&target.url(), Some(target.ca.path())).error();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.message.contains("another name"), "{error}");
}

#[test]
fn servers_without_tls_behind_https() {
    let plain = Server::new(|mut peer| {
        peer.send(&answer::whole("400 Bad Request", &[], b""));
        peer.wait_closed();
    });
    let garbage = Server::new(|mut peer| {
        peer.send(b"SSH-2.0-nothing of the kind\r\n");
        peer.wait_closed();
    });
    let closing = Server::new(|mut peer| peer.shut());
    for server in [&plain, &garbage] {
        let error = chat(&format!("https://{}/v1", server.address), None).error();
        assert_eq!(error.kind, Kind::Network);
        assert!(error.message.contains("does not speak TLS") && error.message.contains("http://"), "{error:?}");
    }
    let error = chat(&format!("https://{}/v1", closing.address), None).error();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.message.contains("closed the connection"), "{error:?}");
}

#[test]
fn a_tls_server_behind_http() {
    let target = Authority::new().server("127.0.0.1", "x");
    let error = chat(&target.url().replace("https:", "http:"), None).error();
    assert!(matches!(error.kind, Kind::Network | Kind::Protocol), "{error:?}");
    assert!(error.message.contains("https://"), "{error:?}");
}

#[test]
fn a_file_without_certificates_is_a_config_error() {
    let empty = TempFile::new(b"nothing here");
    let broken = TempFile::new(b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
    for file in [&empty, &broken] {
        let network = Network { ca_file: Some(file.path()), ..direct() };
        let error = super::network::refused(network);
        assert_eq!(error.kind, Kind::Config);
        assert!(error.message.contains(&file.path()), "{error}");
    }
}

#[test]
fn the_environment_names_an_authority() {
    const CASE: &str = "LLMSPELL_TEST_TLS_CASE";
    if let Ok(url) = std::env::var(CASE) {
        println!("answer: {}", chat(&url, None).done().text);
        return;
    }
    let target = Authority::new().server("127.0.0.1", "by environment");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "tls::the_environment_names_an_authority", "--nocapture"]);
    let output = child.env(CASE, target.url()).env("SSL_CERT_FILE", target.ca.path()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("answer: by environment\n"), "{printed} {}", String::from_utf8_lossy(&output.stderr));
}
