//! Moves the bytes of one exchange: over HTTP, by the host, or from a demo model, a script or a cassette inside this process.

mod carrier;
mod clients;
mod failure;
mod forbid;
mod host;
mod http;
mod proxies;
mod tape;
mod tls;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use llmspell_core::cassette::Response;
use llmspell_core::http::HttpRequest;
use llmspell_core::{Error, Kind};

pub use carrier::Carrier;
pub(crate) use clients::Clients;
pub use clients::Network;
pub use forbid::forbid_requests;
pub(crate) use host::Feeder;
use host::{AskedTurn, HostExchange};
use http::HttpExchange;
use tape::Recording;
pub(crate) use tape::Tapes;
pub use tape::{RecordMode, Recorder};

use crate::demo::{self, DemoExchange};
use crate::limiter::Turn;
use crate::process::Process;
use crate::script::Scripted;

/// Most bytes that one step of a run is given, so that the events of one step stay few, whatever size the network
/// hands over.
const SLICE: usize = 4 * 1024;

/// How a run reaches its providers.
pub(crate) struct Transport {
    /// What carries every request but those to the demo model, or those too.
    carrier: Carrier,
    /// `None` for a run that needs no network.
    http: Option<http::Sender>,
    demo: demo::Memory,
    recorder: Option<Arc<Recorder>>,
    /// What requests are recorded below.
    base_urls: Vec<String>,
}

impl Transport {
    /// The transport for addresses that begin with one of these, of which the first is used at once.
    ///
    /// # Errors
    /// `config` when the network options cannot be used.
    pub fn new<'a>(
        process: &Process,
        network: &Network,
        base_urls: impl Iterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        let base_urls: Vec<&str> = base_urls.collect();
        let mut outside = base_urls.iter().enumerate().filter(|(_, url)| !demo::is_address(url));
        let http = match (&network.carrier, outside.next()) {
            (Carrier::Network, Some((at, url))) => {
                forbid::ask_environment();
                // What is wrong with the proxy of an address that may never be needed is told when it is.
                Some(http::Sender::new(process.clients.get(network, (at == 0).then_some(url))?))
            }
            _ => None,
        };
        let recorder = network.recorder.clone();
        let base_urls = recorder.iter().flat_map(|_| &base_urls).map(|&url| url.to_owned()).collect();
        Ok(Transport { carrier: network.carrier.clone(), http, demo: demo::Memory::default(), recorder, base_urls })
    }

    /// Sends a request. What goes wrong comes as a piece of the exchange.
    ///
    /// A request that counts to a limit waits for its turn, if it goes to a provider: over the network, or by the host.
    pub fn send(&self, mut request: HttpRequest) -> Exchange {
        let Some(pace) = request.pace.take() else { return self.send_now(request) };
        let counted = matches!(self.carrier, Carrier::Network | Carrier::Host) && !demo::is_address(&request.url);
        if !counted {
            return Exchange { tells_sent: true, ..self.send_now(request) };
        }
        let turn = Process::current().limiters.queue(pace);
        let waiting = Waiting { turn, transport: self.for_later(), request: Some(request) };
        Exchange::new(Source::Waiting(Box::new(waiting)))
    }

    /// The same way to the provider, for later.
    fn for_later(&self) -> Self {
        Transport {
            carrier: self.carrier.clone(),
            http: self.http.clone(),
            demo: demo::Memory::default(),
            recorder: self.recorder.clone(),
            base_urls: self.base_urls.clone(),
        }
    }

    fn send_now(&self, request: HttpRequest) -> Exchange {
        let begun = self.recorder.as_ref().map(|recorder| recorder.begin(&request, &self.base_urls)).transpose();
        let recording = match begun {
            Ok(recording) => recording.map(Box::new),
            Err(error) => return Exchange::failed(error),
        };
        let mut to_carry = None;
        let source = match &self.carrier {
            Carrier::Replay(deck) => Source::Ready(match deck.take(&request) {
                Ok(response) => ready(response),
                Err(error) => VecDeque::from([Piece::Failed(error)]),
            }),
            Carrier::Script(script) => match script.exchange(&request.body) {
                Scripted::Answered(exchange) => Source::Demo(exchange),
                Scripted::Asked(number) => {
                    let (asked, other_end) = AskedTurn::new(number, request.body.clone());
                    to_carry = Some(Box::new((request, other_end)));
                    Source::Asked(Box::new(asked))
                }
            },
            _ if demo::is_address(&request.url) => Source::Demo(DemoExchange::new(request.body, &self.demo)),
            Carrier::Host => {
                let (exchange, other_end) = HostExchange::new();
                to_carry = Some(Box::new((request, other_end)));
                Source::Host(exchange)
            }
            Carrier::Network => match (&self.http, forbid::check(&request.url)) {
                (_, Err(error)) => return Exchange::failed(error),
                (Some(sender), _) => Source::Http(sender.send(request)),
                (None, _) => {
                    let error = Error::new(Kind::Internal, "a run has no way to the network");
                    return Exchange::failed(error);
                }
            },
        };
        Exchange { recording, to_carry, ..Exchange::new(source) }
    }
}

/// The pieces of a recorded answer.
fn ready(response: &Response) -> VecDeque<Piece> {
    VecDeque::from([
        Piece::Head { status: response.status, headers: response.headers.clone() },
        Piece::Bytes(Bytes::copy_from_slice(&response.body)),
        Piece::End,
    ])
}

/// A piece of an exchange, in the order head, bytes…, end; `Failed` may come at any place and is the last.
pub(crate) enum Piece {
    /// A request that counts to a limit was sent; before all others.
    Sent {
        /// Whether it waited for its turn and took from the limit.
        counted: bool,
    },
    /// `headers` are those of a failure; empty for a success.
    Head {
        status: u16,
        headers: Vec<(String, String)>,
    },
    Bytes(Bytes),
    End,
    Failed(Error),
}

/// One request and its answer. Dropping it closes its connection unless the answer was complete.
pub(crate) struct Exchange {
    source: Source,
    /// What is left of a large piece.
    rest: Bytes,
    recording: Option<Box<Recording>>,
    /// Whether to say first that the request was sent.
    tells_sent: bool,
    /// What the host is to carry, until it is asked.
    to_carry: Option<Box<(HttpRequest, Feeder)>>,
}

enum Source {
    Http(HttpExchange),
    /// The demo model's or a script's.
    Demo(DemoExchange),
    Host(HostExchange),
    /// A turn of a script that the host is asked for.
    Asked(Box<AskedTurn>),
    /// Pieces that are all there.
    Ready(VecDeque<Piece>),
    Waiting(Box<Waiting>),
}

/// A request that waits for its turn.
struct Waiting {
    turn: Turn,
    transport: Transport,
    request: Option<HttpRequest>,
}

impl Exchange {
    /// An exchange that fails before it begins.
    fn failed(error: Error) -> Self {
        Exchange::new(Source::Ready(VecDeque::from([Piece::Failed(error)])))
    }

    fn new(source: Source) -> Self {
        Exchange { source, rest: Bytes::new(), recording: None, tells_sent: false, to_carry: None }
    }

    /// The request that the host is to carry, with what feeds its answer: once, when it may be sent.
    pub fn take_request(&mut self) -> Option<(HttpRequest, Feeder)> {
        self.to_carry.take().map(|request| *request)
    }

    /// The next piece. May be dropped and called again at any time; not called after `End` or `Failed`.
    pub async fn next(&mut self) -> Piece {
        if std::mem::take(&mut self.tells_sent) {
            return Piece::Sent { counted: false };
        }
        if self.rest.is_empty() {
            let piece = match &mut self.source {
                Source::Waiting(waiting) => {
                    (&mut waiting.turn).await;
                    if let Some(request) = waiting.request.take() {
                        *self = waiting.transport.send_now(request);
                    }
                    return Piece::Sent { counted: true };
                }
                Source::Asked(asked) => asked.next().await,
                Source::Http(exchange) => exchange.next().await,
                Source::Demo(exchange) => exchange.next().await,
                Source::Host(exchange) => exchange.next().await,
                Source::Ready(pieces) => pieces.pop_front().unwrap_or(Piece::End),
            };
            let piece = match &mut self.recording {
                Some(recording) => recording.note(piece),
                None => piece,
            };
            match piece {
                Piece::Bytes(bytes) => self.rest = bytes,
                other => return other,
            }
        }
        if self.rest.len() <= SLICE {
            // Not even an empty rest is kept: it would hold on to the connection's whole buffer.
            return Piece::Bytes(std::mem::take(&mut self.rest));
        }
        Piece::Bytes(self.rest.split_to(SLICE))
    }
}
