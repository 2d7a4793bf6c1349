//! Exchanges that the host carries: it is given the request and feeds the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use llmspell_core::{Error, Kind, defaults};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Piece;
use crate::demo::DemoExchange;
use crate::script::answer_of_host;

/// What a piece takes besides its bytes, so that many small ones count, too.
const PIECE_BYTES: usize = 64;

/// One request and its answer, as the host feeds it.
pub(crate) struct HostExchange {
    pieces: UnboundedReceiver<Piece>,
    waiting: Arc<AtomicUsize>,
}

/// The host's end of an exchange.
#[derive(Clone)]
pub(crate) struct Feeder {
    pieces: UnboundedSender<Piece>,
    /// Bytes that were fed and not read.
    waiting: Arc<AtomicUsize>,
    /// Number of the turn of a script that the host is asked for.
    turn: Option<usize>,
}

/// A turn of a script that the host is asked for.
pub(crate) struct AskedTurn {
    exchange: HostExchange,
    number: usize,
    request: Vec<u8>,
    status: u16,
    body: Vec<u8>,
    /// Once the host gave all of it.
    answer: Option<DemoExchange>,
}

impl AskedTurn {
    pub fn new(number: usize, request: Vec<u8>) -> (Self, Feeder) {
        let (exchange, feeder) = HostExchange::new();
        let asked = AskedTurn { exchange, number, request, status: 200, body: Vec::new(), answer: None };
        (asked, Feeder { turn: Some(number), ..feeder })
    }

    /// The next piece of the model's answer, which is made of what the host gives; may be dropped and called again at any time.
    pub async fn next(&mut self) -> Piece {
        loop {
            if let Some(answer) = &mut self.answer {
                return answer.next().await;
            }
            match self.exchange.next().await {
                Piece::Sent { .. } => {}
                Piece::Head { status, .. } => self.status = status,
                Piece::Bytes(bytes) if self.body.len() + bytes.len() > defaults::MESSAGE_BYTES => {
                    let (number, most) = (self.number, defaults::MESSAGE_BYTES >> 20);
                    let message = format!("turn {number} of the script is larger than {most} MiB");
                    return Piece::Failed(Error::new(Kind::Argument, message));
                }
                Piece::Bytes(bytes) => self.body.extend_from_slice(&bytes),
                Piece::End => {
                    let body = std::mem::take(&mut self.body);
                    self.answer = Some(answer_of_host(&self.request, self.number, self.status, &body));
                }
                Piece::Failed(error) => return Piece::Failed(error),
            }
        }
    }
}

impl HostExchange {
    pub fn new() -> (Self, Feeder) {
        let (feeder, pieces) = unbounded_channel();
        let waiting = Arc::<AtomicUsize>::default();
        (HostExchange { pieces, waiting: Arc::clone(&waiting) }, Feeder { pieces: feeder, waiting, turn: None })
    }

    /// The next piece; may be dropped and called again at any time.
    pub async fn next(&mut self) -> Piece {
        match self.pieces.recv().await {
            Some(piece) => {
                if let Piece::Bytes(bytes) = &piece {
                    self.waiting.fetch_sub(bytes.len() + PIECE_BYTES, Ordering::Relaxed);
                }
                piece
            }
            None => Piece::Failed(Error::new(Kind::Internal, "the host's answer was given up; please report it")),
        }
    }
}

impl Feeder {
    /// Whether somebody still waits for pieces.
    pub fn is_open(&self) -> bool {
        !self.pieces.is_closed()
    }

    /// Hands a piece over; without effect when nobody waits any more.
    pub fn feed(&self, piece: Piece) {
        // An answer that nobody waits for any more is dropped, like a late reply.
        let _ = self.pieces.send(piece);
    }

    /// Number of the turn of a script that the host is asked for; none where it carries HTTP.
    pub const fn turn(&self) -> Option<usize> {
        self.turn
    }

    /// Hands bytes over, unless too many wait already.
    ///
    /// # Errors
    /// `busy`, and the bytes are not taken.
    pub fn feed_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        let waiting = self.waiting.load(Ordering::Relaxed);
        if waiting > 0 && waiting + bytes.len() > defaults::HOST_ANSWER_BYTES && self.is_open() {
            let most = defaults::HOST_ANSWER_BYTES >> 20;
            return Err(Error::new(
                Kind::Busy,
                format!(
                    "http: these bytes were not taken, because {most} MiB of the answer wait to be read; take events of the run \
                     from its queue, then feed them again"
                ),
            ));
        }
        self.add(Bytes::copy_from_slice(bytes));
        Ok(())
    }

    /// A whole answer.
    pub fn answer(&self, head: Piece, body: Vec<u8>) {
        self.feed(head);
        self.add(Bytes::from(body));
        self.feed(Piece::End);
    }

    fn add(&self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.waiting.fetch_add(bytes.len() + PIECE_BYTES, Ordering::Relaxed);
            self.feed(Piece::Bytes(bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_the_host_gives_is_bounded() {
        let (mut asked, feeder) = AskedTurn::new(3, Vec::new());
        feeder.feed(Piece::Head { status: 200, headers: Vec::new() });
        let half = Bytes::from(vec![b' '; defaults::MESSAGE_BYTES / 2]);
        (0..2).for_each(|_| feeder.add(half.clone()));
        feeder.add(Bytes::from_static(b" "));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let Piece::Failed(error) = runtime.block_on(asked.next()) else { panic!("it took all") };
        assert_eq!((error.kind, &*error.message), (Kind::Argument, "turn 3 of the script is larger than 64 MiB"));
    }
}
