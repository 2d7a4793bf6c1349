//! The demo model: an offline, deterministic stand-in for a provider, behind addresses with the scheme `demo:`.
//!
//! It reads a real Chat Completions request and answers in the real wire format, streamed or plain, so everything above
//! the transport works as it does with a provider. What it answers follows from the last message of the request alone:
//!
//! 1. After tool results: a sentence that holds them.
//! 2. `fail with <status>`: that HTTP error (429 with `retry-after`).
//! 3. A tool is called when the message asks for what it does: it holds the tool's name, a significant word of its name
//!    or description that no other tool shares, or an arithmetic expression where the tool takes one. Several tools are
//!    called when the message asks for several. Arguments come from the message, by the tool's schema. `tool_choice` is
//!    obeyed.
//! 4. `say <text>`: that text. `what did I say`: the message before. Else the message is echoed.
//!
//! `think` or `reason` in the message puts reasoning in front; `slowly` leaves 20 ms between two events of a stream. An
//! answer longer than `max_tokens` words is cut. Tokens in the usage are words. The whole table: `docs/demo-provider.md`.

mod arguments;
mod arithmetic;
mod request;
mod rules;
mod wire;
mod words;

use std::time::Duration;

use bytes::Bytes;

use crate::transport::Piece;
use request::Request;
use rules::Decision;

/// Time between two events of a stream that was asked to come slowly.
const SLOWLY: Duration = Duration::from_millis(20);

/// Whether an address is the demo model's.
pub(crate) fn is_address(url: &str) -> bool {
    url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("demo:"))
}

/// What the demo model answers to a request: an HTTP answer, in the pieces in which it comes.
#[derive(Debug)]
pub struct DemoAnswer {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: Vec<(String, String)>,
    /// The body, one piece per event of a stream.
    pub body: Vec<Bytes>,
    /// Time to leave before each piece but the first.
    pub pace: Duration,
}

/// Answers the body of a Chat Completions request.
#[must_use]
pub fn answer(body: &[u8]) -> DemoAnswer {
    let request = match Request::parse(body) {
        Ok(request) => request,
        Err(message) => return failure(400, &message),
    };
    let (reasoning, text, calls) = match rules::decide(&request) {
        Decision::Fail(status) => return failure(status, &format!("The demo model was asked to fail with {status}.")),
        Decision::Turn { reasoning, text, calls } => (reasoning, text, calls),
    };
    let slow =
        request.user_texts().last().is_some_and(|message| words::split(message).iter().any(|word| word == "slowly"));
    let streams = request.streams();
    let answer = wire::Answer { request: &request, reasoning, text, calls };
    let (kind, body) =
        if streams { ("text/event-stream", answer.stream()) } else { ("application/json", vec![answer.plain()]) };
    DemoAnswer { status: 200, headers: headers(kind), body, pace: if slow { SLOWLY } else { Duration::ZERO } }
}

fn failure(status: u16, message: &str) -> DemoAnswer {
    let mut headers = headers("application/json");
    if status == 429 {
        headers.push(("retry-after".to_owned(), "1".to_owned()));
    }
    DemoAnswer { status, headers, body: vec![wire::error(status, message)], pace: Duration::ZERO }
}

fn headers(kind: &str) -> Vec<(String, String)> {
    vec![("content-type".to_owned(), kind.to_owned()), ("x-request-id".to_owned(), "req_demo".to_owned())]
}

/// An exchange with the demo model.
pub(crate) struct DemoExchange {
    head: Option<(u16, Vec<(String, String)>)>,
    body: std::vec::IntoIter<Bytes>,
    pace: Duration,
    /// End of the time to leave before the next piece.
    next_at: Option<tokio::time::Instant>,
}

impl DemoExchange {
    pub fn new(body: &[u8]) -> Self {
        let answer = answer(body);
        DemoExchange {
            head: Some((answer.status, answer.headers)),
            body: answer.body.into_iter(),
            pace: answer.pace,
            next_at: None,
        }
    }

    /// The next piece; may be dropped and called again at any time.
    pub async fn next(&mut self) -> Piece {
        if let Some((status, headers)) = self.head.take() {
            return Piece::Head { status, headers };
        }
        if let Some(at) = self.next_at {
            tokio::time::sleep_until(at).await;
        }
        if !self.pace.is_zero() {
            self.next_at = Some(tokio::time::Instant::now() + self.pace);
        }
        self.body.next().map_or(Piece::End, Piece::Bytes)
    }
}
