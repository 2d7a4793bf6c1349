//! Exchanges that the host carries: it is given the request and feeds the answer.

use bytes::Bytes;
use llmspell_core::{Error, Kind};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Piece;

/// One request and its answer, as the host feeds it.
pub(crate) struct HostExchange(UnboundedReceiver<Piece>);

/// The host's end of an exchange.
#[derive(Clone)]
pub(crate) struct Feeder(UnboundedSender<Piece>);

impl HostExchange {
    pub fn new() -> (Self, Feeder) {
        let (feeder, pieces) = unbounded_channel();
        (HostExchange(pieces), Feeder(feeder))
    }

    /// The next piece; may be dropped and called again at any time.
    pub async fn next(&mut self) -> Piece {
        match self.0.recv().await {
            Some(piece) => piece,
            None => Piece::Failed(Error::new(Kind::Internal, "the host's answer was given up; please report it")),
        }
    }
}

impl Feeder {
    /// Whether somebody still waits for pieces.
    pub fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Hands a piece over; without effect when nobody waits any more.
    pub fn feed(&self, piece: Piece) {
        // An answer that nobody waits for any more is dropped, like a late reply.
        let _ = self.0.send(piece);
    }

    /// A whole answer.
    pub fn answer(&self, head: Piece, body: Vec<u8>) {
        self.feed(head);
        if !body.is_empty() {
            self.feed(Piece::Bytes(Bytes::from(body)));
        }
        self.feed(Piece::End);
    }
}
