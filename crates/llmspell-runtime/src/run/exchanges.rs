//! The exchanges of one run: one for the run itself, and one for each agent that is at work for it.

use std::future::poll_fn;
use std::task::Poll;

use llmspell_core::http::HttpRequest;

use crate::transport::{Exchange, Feeder, Piece};

/// The exchanges under way, each with its number in the run.
#[derive(Default)]
pub(super) struct Exchanges {
    open: Vec<(u64, Exchange)>,
    /// Where the next look begins, so that a server that always has more does not hide the others.
    turn: usize,
}

impl Exchanges {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub fn add(&mut self, number: u64, exchange: Exchange) {
        self.open.push((number, exchange));
    }

    /// What the host is to carry for an exchange, once.
    pub fn take_request(&mut self, number: u64) -> Option<(HttpRequest, Feeder)> {
        self.open.iter_mut().find(|(open, _)| *open == number)?.1.take_request()
    }

    /// Drops an exchange, which closes its connection unless the answer was complete. Without effect on one that is gone.
    pub fn drop(&mut self, number: u64) {
        self.open.retain(|(open, _)| *open != number);
    }

    /// The next piece of any of them, with the exchange's number; waits without end when there is none. May be dropped and
    /// called again at any time.
    pub async fn next(&mut self) -> (u64, Piece) {
        if self.open.is_empty() {
            return std::future::pending().await;
        }
        if let [(number, exchange)] = self.open.as_mut_slice() {
            return (*number, exchange.next().await);
        }
        let count = self.open.len();
        let mut waits: Vec<_> = self
            .open
            .iter_mut()
            .enumerate()
            .map(|(at, (number, exchange))| (at, Box::pin(async move { (*number, exchange.next().await) })))
            .collect();
        waits.rotate_left(self.turn % count);
        let (at, piece) = poll_fn(|context| {
            for (at, wait) in &mut waits {
                if let Poll::Ready(piece) = wait.as_mut().poll(context) {
                    return Poll::Ready((*at, piece));
                }
            }
            Poll::Pending
        })
        .await;
        drop(waits);
        self.turn = at + 1;
        piece
    }
}
