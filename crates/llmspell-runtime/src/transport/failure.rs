//! Says what went wrong below HTTP: where, what to check, and what lies beneath, without a secret.

use std::error::Error as StdError;
use std::io;

use llmspell_core::{Error, Kind, defaults};
use reqwest::Url;

use super::Network;
use super::clients::Refused;

/// What an exchange's errors need to know of it.
#[derive(Default)]
pub(super) struct Context {
    /// Host and port that the request goes to.
    host: String,
    tls: bool,
    connect_timeout_ms: u64,
    /// Host and port of the proxy in the options.
    proxy: Option<String>,
}

impl Context {
    pub fn new(url: &Url, network: &Network) -> Self {
        let proxy = network.proxy.as_deref().filter(|text| !text.is_empty()).and_then(|text| Url::parse(text).ok());
        Context {
            host: place(url),
            tls: url.scheme() == "https",
            connect_timeout_ms: network.connect_timeout_ms,
            proxy: proxy.as_ref().map(place),
        }
    }

    /// A failure before the answer's head came.
    pub fn before_head(&self, error: reqwest::Error) -> Error {
        if let Some(Refused(why)) = find(&error) {
            return Error { retryable: false, ..Error::new(Kind::Network, format!("{}: {why}", self.host)) };
        }
        let causes = causes(&error);
        if let Some(tls) = find::<rustls::Error>(&error) {
            // What a server shows and speaks does not change by asking again.
            return Error { retryable: false, ..Error::new(Kind::Network, self.tls_message(tls)).with_cause(causes) };
        }
        let (kind, message) = if error.is_connect() {
            self.connect_message(&error, &causes)
        } else if let Some(hyper) = find::<hyper::Error>(&error).filter(|error| error.is_parse()) {
            let mend = if self.tls { "check base_url" } else { "if it expects TLS, use https:// in base_url" };
            (Kind::Protocol, format!("{} answered something that is not HTTP ({hyper}); {mend}", self.host))
        } else {
            (
                Kind::Network,
                format!(
                    "the connection to {} broke before an answer came{}; check the server and the network",
                    self.host,
                    self.by_proxy()
                ),
            )
        };
        Error::new(kind, message).with_cause(causes)
    }

    /// A failure while the body came.
    pub fn in_body(&self, error: reqwest::Error) -> Error {
        let causes = causes(&error);
        let io = io_kind(&error);
        // What the decoders of chunks and of gzip say of bytes that they don't understand.
        let damaged = match io {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => true,
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::Other) | None => find::<hyper::Error>(&error).is_none(),
            Some(_) => false,
        };
        let broken = !damaged || find::<rustls::Error>(&error).is_some();
        let (kind, message) = if broken {
            (
                Kind::Network,
                format!(
                    "the connection to {} broke before the answer was complete{}; check the server and the network",
                    self.host,
                    self.by_proxy()
                ),
            )
        } else {
            (
                Kind::Protocol,
                format!(
                    "the answer of {} is damaged: its transfer or content encoding is wrong; check the server, or what lies between",
                    self.host
                ),
            )
        };
        Error::new(kind, message).with_cause(causes)
    }

    pub fn too_large(&self) -> Error {
        Error::new(
            Kind::Protocol,
            format!(
                "the answer of {} is larger than {} MiB, the most that is read",
                self.host,
                defaults::MESSAGE_BYTES >> 20
            ),
        )
    }

    fn connect_message(&self, error: &reqwest::Error, causes: &str) -> (Kind, String) {
        let host = &self.host;
        let by_proxy = self.by_proxy();
        if error.is_timeout() {
            return (
                Kind::Timeout,
                format!(
                    "no connection to {host}{by_proxy} within {} ms (connect_timeout_ms); check base_url and the network",
                    self.connect_timeout_ms
                ),
            );
        }
        if causes.contains("tunnel") || causes.contains("proxy auth") {
            return (
                Kind::Network,
                format!(
                    "the proxy made no way to {host}{by_proxy}; check the proxy's address, its user and what it allows"
                ),
            );
        }
        if error.is_dns() {
            return (
                Kind::Network,
                format!(
                    "the name of {host}{by_proxy} could not be resolved; check base_url, the proxy settings and DNS"
                ),
            );
        }
        let io = io_kind(error);
        let message = match io {
            Some(io::ErrorKind::ConnectionRefused) => {
                format!("nothing listens at {host}{by_proxy}; check base_url, and that the server runs")
            }
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => format!(
                "{host}{by_proxy} closed the connection while it was opened; check base_url, its scheme and its port"
            ),
            _ => format!("no connection to {host}{by_proxy}; check base_url, the proxy settings and the network"),
        };
        (Kind::Network, message)
    }

    fn tls_message(&self, error: &rustls::Error) -> String {
        use rustls::{CertificateError, Error as Tls};
        let host = &self.host;
        match error {
            // A bad signature is what an authority of the same name with another key gives.
            Tls::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
                format!(
                    "the certificate of {host} comes from an authority that is not trusted; set ca_file, or SSL_CERT_FILE, to a PEM file with that authority's certificate"
                )
            }
            Tls::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => {
                format!("the certificate of {host} is for another name; check base_url")
            }
            Tls::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
                format!("the certificate of {host} has expired; check the clock here and the server")
            }
            Tls::InvalidCertificate(_) => format!("the certificate of {host} is not valid; check the server"),
            Tls::InvalidMessage(_) => format!("{host} does not speak TLS; use http:// in base_url, or the right port"),
            _ => format!("no TLS connection to {host}; check base_url and the server's TLS settings"),
        }
    }

    fn by_proxy(&self) -> String {
        self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default()
    }
}

/// Host and port, without user, path and query.
fn place(url: &Url) -> String {
    match (url.host_str(), url.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        _ => "the server".to_owned(),
    }
}

/// What lies beneath an error, from the outside in. The error's own text is left out: it shows the whole URL.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in chain(error).skip(1) {
        let text = cause.to_string();
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// The first error of a type beneath another, also inside an `io::Error`.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(|cause| cause.downcast_ref::<T>().or_else(|| find(inside(cause)?)))
}

/// What kind of I/O failure lies beneath, looking through wrappers that say nothing themselves.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut kinds = chain(error).filter_map(|cause| {
        let own = cause.downcast_ref::<io::Error>()?.kind();
        Some(if own == io::ErrorKind::Other { inside(cause).and_then(io_kind).unwrap_or(own) } else { own })
    });
    kinds.next()
}

/// What an `io::Error` wraps; its `source` passes over it.
fn inside<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}
