//! Moves the bytes of one exchange: over HTTP, or from the demo model inside this process.

mod clients;
mod failure;
mod http;
mod proxies;
mod tls;

use bytes::Bytes;
use llmspell_core::http::HttpRequest;
use llmspell_core::{Error, Kind};

pub(crate) use clients::Clients;
pub use clients::Network;
use http::HttpExchange;

use crate::demo::{self, DemoExchange};
use crate::process::Process;

/// Most bytes that one step of a run is given, so that the events of one step stay few, whatever size the network
/// hands over.
const SLICE: usize = 4 * 1024;

/// How a run reaches its providers.
pub(crate) struct Transport {
    /// `None` for a run that speaks to the demo model alone.
    http: Option<http::Sender>,
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
        let mut outside = base_urls.enumerate().filter(|(_, url)| !demo::is_address(url));
        let Some((at, url)) = outside.next() else { return Ok(Transport { http: None }) };
        // What is wrong with the proxy of an address that may never be needed is told when it is.
        let reach = process.clients.get(network, (at == 0).then_some(url))?;
        Ok(Transport { http: Some(http::Sender::new(reach)) })
    }

    /// Sends a request. What goes wrong comes as a piece of the exchange.
    pub fn send(&self, request: HttpRequest) -> Exchange {
        let source = match &self.http {
            _ if demo::is_address(&request.url) => Source::Demo(DemoExchange::new(request.body)),
            Some(sender) => Source::Http(sender.send(request)),
            None => Source::Http(HttpExchange::broken(Error::new(Kind::Internal, "a run has no way to the network"))),
        };
        Exchange { source, rest: Bytes::new() }
    }
}

/// A piece of an exchange, in the order head, bytes…, end; `Failed` may come at any place and is the last.
pub(crate) enum Piece {
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
}

enum Source {
    Http(HttpExchange),
    Demo(DemoExchange),
}

impl Exchange {
    /// The next piece. May be dropped and called again at any time; not called after `End` or `Failed`.
    pub async fn next(&mut self) -> Piece {
        if self.rest.is_empty() {
            let piece = match &mut self.source {
                Source::Http(exchange) => exchange.next().await,
                Source::Demo(exchange) => exchange.next().await,
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
