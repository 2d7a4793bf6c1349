//! Says what went wrong below HTTP: where, what to check, and what lies beneath, without a secret.

use std::error::Error as StdError;
use std::io;

use llmspell_core::{Error, Kind, defaults};
use reqwest::Url;

use super::clients::{Reach, Refused};
use super::proxies::Via;

/// What an exchange's errors need to know of it.
pub(super) struct Context {
    /// Host and port that the request goes to.
    host: String,
    tls: bool,
    connect_timeout_ms: u64,
    /// The proxy that the request goes through.
    via: Option<Via>,
}

impl Context {
    /// Of an exchange that went nowhere.
    pub const NOWHERE: Self = Context { host: String::new(), tls: false, connect_timeout_ms: 0, via: None };

    pub fn new(url: &Url, reach: &Reach) -> Self {
        Context {
            host: place(url),
            tls: url.scheme() == "https",
            connect_timeout_ms: reach.network.connect_timeout_ms,
            via: reach.proxies.of(url.as_str()).ok().flatten(),
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
        let settings = match &self.via {
            Some(via) => format!("base_url, {}", via.setting),
            None => "base_url".to_owned(),
        };
        if error.is_timeout() {
            return (
                Kind::Timeout,
                format!(
                    "no connection to {host}{by_proxy} within {} ms (connect_timeout_ms); check {settings} and the network",
                    self.connect_timeout_ms
                ),
            );
        }
        // The connection is the proxy's where there is one.
        let (peer, setting) = match &self.via {
            Some(via) => (via.to_string(), via.setting),
            None => (host.clone(), "base_url"),
        };
        let message = match io_kind(error) {
            _ if error.is_dns() => format!("the name of {peer} could not be resolved; check {setting} and DNS"),
            Some(io::ErrorKind::ConnectionRefused) => {
                format!("nothing listens at {peer}; check {setting}, and that the server runs")
            }
            _ if causes.contains("tunnel") || causes.contains("proxy auth") => {
                format!("no way to {host} was made{by_proxy}; check the proxy's address, its user and what it allows")
            }
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => format!(
                "{host}{by_proxy} closed the connection while it was opened; check {settings}, the scheme and the port"
            ),
            _ => format!("no connection to {host}{by_proxy}; check {settings} and the network"),
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
        self.via.as_ref().map(|via| format!(" through {via}")).unwrap_or_default()
    }
}

impl std::fmt::Display for Via {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the proxy {} (set by {})", place(&self.url), self.setting)
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
