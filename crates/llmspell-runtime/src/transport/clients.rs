//! HTTP clients, one for each way to reach the network, with their pools of connections.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use llmspell_core::{Error, Kind, defaults};
use reqwest::Client;
use reqwest::redirect::{Attempt, Policy};

use super::carrier::Carrier;
use super::http::LastPlace;
use super::proxies::Proxies;
use super::tape::Recorder;
use super::tls;

/// Clients that are kept; the one that was not used for longest goes first. Its open exchanges end undisturbed.
const KEPT: usize = 16;
const POOL_IDLE: Duration = Duration::from_secs(60);
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);
const MAX_REDIRECTS: usize = 5;
/// HTTP/2 windows: one exchange whose host does not read holds back little, and many of them leave room for others.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;

/// How the network is reached. The same settings share their connections.
#[derive(Clone)]
pub struct Network {
    /// Time to open a connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Proxy for all requests, as a URL; it may hold a user and a password. `None`: `HTTP_PROXY`, `HTTPS_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY` (also in lower case), as they were when a client with these settings was first used.
    /// Empty: no proxy, whatever the environment says.
    pub proxy: Option<String>,
    /// File with PEM certificates of authorities that are trusted besides the public ones and those of `SSL_CERT_FILE`.
    pub ca_file: Option<String>,
    /// What carries the requests.
    pub carrier: Carrier,
    /// Records what is carried.
    pub recorder: Option<Arc<Recorder>>,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            connect_timeout_ms: defaults::CONNECT_TIMEOUT_MS,
            proxy: None,
            ca_file: None,
            carrier: Carrier::Network,
            recorder: None,
        }
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.reaches_like(other)
            && self.carrier == other.carrier
            && match (&self.recorder, &other.recorder) {
                (None, None) => true,
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                _ => false,
            }
    }
}

impl Eq for Network {}

impl Network {
    /// Whether both open connections in the same way.
    fn reaches_like(&self, other: &Self) -> bool {
        let way = |network: &Self| (network.connect_timeout_ms, network.proxy.clone(), network.ca_file.clone());
        way(self) == way(other)
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A proxy's URL may hold a password.
        let proxy = self.proxy.as_ref().map(|_| "[secret]");
        f.debug_struct("Network")
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .field("proxy", &proxy)
            .field("ca_file", &self.ca_file)
            .field("carrier", &self.carrier)
            .field("recorder", &self.recorder)
            .finish()
    }
}

/// The clients of a process.
#[derive(Default)]
pub(crate) struct Clients {
    /// The latest used comes last.
    kept: Mutex<Vec<Arc<Reach>>>,
}

/// A client and what it was made from.
pub(super) struct Reach {
    pub network: Network,
    pub client: Client,
    pub proxies: Proxies,
    pub last_place: LastPlace,
}

impl Clients {
    /// The client for these settings, to be used at once for addresses that begin with `base_url`. It is made on the caller's
    /// thread, where the host may read its environment and files.
    ///
    /// # Errors
    /// `config` when the settings, or those of the environment, cannot be used.
    pub(super) fn get(&self, network: &Network, base_url: Option<&str>) -> Result<Arc<Reach>, Error> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let reach = match kept.iter().position(|reach| reach.network.reaches_like(network)) {
            Some(place) => kept.remove(place),
            None => Arc::new(build(network)?),
        };
        // With an error the client is not kept: it would know nothing of the variable once that is mended.
        base_url.map_or(Ok(None), |url| reach.proxies.of(url))?;
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Arc::clone(&reach));
        Ok(reach)
    }
}

fn build(network: &Network) -> Result<Reach, Error> {
    let proxies = Proxies::new(network.proxy.as_deref())?;
    let builder = Client::builder()
        .tls_backend_preconfigured(tls::client_config(network.ca_file.as_deref())?)
        .user_agent(concat!("llmspell/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_millis(network.connect_timeout_ms))
        .pool_idle_timeout(POOL_IDLE)
        .tcp_keepalive(TCP_KEEPALIVE)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .redirect(Policy::custom(redirect))
        .referer(false)
        // Trying again is the core's decision, where it is seen and counted.
        .retry(reqwest::retry::never());
    let client = proxies.apply(builder)?.build().map_err(|error| {
        Error::new(Kind::Config, "the HTTP client could not be set up").with_cause(super::failure::causes(&error))
    })?;
    Ok(Reach {
        network: Network { carrier: Carrier::Network, recorder: None, ..network.clone() },
        client,
        proxies,
        last_place: LastPlace::default(),
    })
}

/// Follows only where the request stays what it is and at whom it was meant for, so that no key reaches anyone else.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let refused = |why: String| Refused(why);
    let Some(from) = attempt.previous().last() else { return attempt.stop() };
    let to = attempt.url();
    if from.origin() != to.origin() {
        let to = to.origin().ascii_serialization();
        return attempt.error(refused(format!("the server redirects to {to}, and requests with keys go to no other origin; set base_url to that address if it is right")));
    }
    if !matches!(attempt.status().as_u16(), 307 | 308) {
        let status = attempt.status().as_u16();
        return attempt.error(refused(format!("the server answers with status {status}, a redirect that would lose the request; check the path in base_url")));
    }
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error(refused(format!("the server redirects more than {MAX_REDIRECTS} times; check base_url")));
    }
    attempt.follow()
}

/// A redirect that is not followed; the text says why and what to do.
#[derive(Debug)]
pub(super) struct Refused(pub String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(timeout: u64) -> Network {
        Network { connect_timeout_ms: timeout, ..Network::default() }
    }

    #[test]
    fn clients_are_shared_and_bounded() {
        let clients = Clients::default();
        for timeout in 0..(KEPT as u64 + 5) {
            clients.get(&network(timeout + 1), Some("http://h/v1")).unwrap();
            clients.get(&network(1), Some("http://h/v1")).unwrap();
        }
        let kept: Vec<u64> =
            clients.kept.lock().unwrap().iter().map(|reach| reach.network.connect_timeout_ms).collect();
        assert_eq!(kept.len(), KEPT);
        assert!(kept.contains(&1), "what is used stays");
        assert!(!kept.contains(&2), "what was not used for longest goes");
    }

    #[test]
    fn settings_that_cannot_be_used_are_named_without_their_secrets() {
        let clients = Clients::default();
        for (proxy, ca_file, named) in [
            (Some("not a url with s3cret"), None, "proxy"),
            (Some("ftp://user:s3cret@host"), None, "proxy"),
            (Some("socks5://user:s3cret@host"), None, "SOCKS"),
            (None, Some("/nowhere/at/all.pem"), "ca_file"),
            (None, Some("/dev/null"), "ca_file"),
        ] {
            let network =
                Network { proxy: proxy.map(str::to_owned), ca_file: ca_file.map(str::to_owned), ..Network::default() };
            let error = clients.get(&network, Some("http://h/v1")).map(drop).unwrap_err();
            assert_eq!(error.kind, Kind::Config);
            assert!(error.message.contains(named), "{error}");
            assert!(!format!("{error:?} {network:?}").contains("s3cret"), "{error:?}");
        }
    }
}
