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
//! Only the first 16 KiB of a message are searched for what it asks for, a turn makes at most 64 calls, and an answer of
//! very many words comes several words at a time: so a huge message holds up nobody.
//!
//! `think` or `reason` in the message puts reasoning in front; `slowly` leaves 20 ms between two events of a stream. An
//! answer longer than `max_tokens` words is cut. Tokens in the usage are words. The whole table: `docs/demo-provider.md`.

mod arguments;
mod arithmetic;
mod pieces;
mod request;
mod rules;
mod wire;
mod words;

use std::time::Duration;

use bytes::Bytes;
use llmspell_core::{Error, Kind};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use crate::transport::Piece;
use request::Request;
use rules::Decision;

/// Bytes of a request that are thought over on another thread, so that no other run waits meanwhile.
const THOUGHT_OVER: usize = 64 * 1024;
/// Time between two events of a stream that was asked to come slowly.
const SLOWLY: Duration = Duration::from_millis(20);

/// Whether an address is the demo model's.
pub(crate) fn is_address(url: &str) -> bool {
    url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("demo:"))
}

/// What the demo model answers to a request.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    /// Time to leave between two events of a stream.
    pace: Duration,
}

enum Body {
    Whole(Option<Bytes>),
    Stream(wire::Stream),
}

/// Answers the body of a Chat Completions request.
fn answer(body: &[u8]) -> Answer {
    let request = match Request::parse(body) {
        Ok(request) => request,
        Err(message) => return failure(400, &message),
    };
    let (reasoning, text, calls) = match rules::decide(&request) {
        Decision::Fail(status) => return failure(status, &format!("The demo model was asked to fail with {status}.")),
        Decision::Turn { reasoning, text, calls } => (reasoning, text, calls),
    };
    let pace = if rules::asks_for_slowness(&request) { SLOWLY } else { Duration::ZERO };
    let answer = wire::Answer { request: &request, reasoning, text, calls };
    let (kind, body) = if request.streams() {
        ("text/event-stream", Body::Stream(answer.stream()))
    } else {
        ("application/json", Body::Whole(Some(answer.plain())))
    };
    Answer { status: 200, headers: headers(kind), body, pace }
}

fn failure(status: u16, message: &str) -> Answer {
    let mut headers = headers("application/json");
    if status == 429 {
        headers.push(("retry-after".to_owned(), "1".to_owned()));
    }
    Answer { status, headers, body: Body::Whole(Some(wire::error(status, message))), pace: Duration::ZERO }
}

fn headers(kind: &str) -> Vec<(String, String)> {
    vec![("content-type".to_owned(), kind.to_owned()), ("x-request-id".to_owned(), "req_demo".to_owned())]
}

/// An exchange with the demo model.
pub(crate) struct DemoExchange(State);

enum State {
    Thinking(JoinHandle<Answer>),
    Answering(Answering),
}

/// An answer on its way.
struct Answering {
    answer: Answer,
    head_sent: bool,
    /// End of the time to leave before the next piece.
    next_at: Option<Instant>,
}

impl DemoExchange {
    /// Must be called on the I/O thread.
    pub fn new(body: Vec<u8>) -> Self {
        if body.len() > THOUGHT_OVER {
            return DemoExchange(State::Thinking(spawn_blocking(move || answer(&body))));
        }
        DemoExchange(State::Answering(Answering::new(answer(&body))))
    }

    /// The next piece; may be dropped and called again at any time.
    pub async fn next(&mut self) -> Piece {
        if let State::Thinking(thought) = &mut self.0 {
            match thought.await {
                Ok(answer) => self.0 = State::Answering(Answering::new(answer)),
                Err(error) => {
                    let error =
                        Error::new(Kind::Internal, "a defect of the demo model ended this answer; please report it")
                            .with_cause(error.to_string());
                    return Piece::Failed(error);
                }
            }
        }
        match &mut self.0 {
            State::Answering(answering) => answering.next().await,
            State::Thinking(_) => std::future::pending().await,
        }
    }
}

impl Answering {
    fn new(answer: Answer) -> Self {
        Answering { answer, head_sent: false, next_at: None }
    }

    async fn next(&mut self) -> Piece {
        let answer = &mut self.answer;
        if !std::mem::replace(&mut self.head_sent, true) {
            return Piece::Head { status: answer.status, headers: std::mem::take(&mut answer.headers) };
        }
        if let Some(at) = self.next_at {
            sleep_until(at).await;
        }
        if !answer.pace.is_zero() {
            self.next_at = Some(Instant::now() + answer.pace);
        }
        let piece = match &mut answer.body {
            Body::Whole(whole) => whole.take(),
            Body::Stream(stream) => stream.next(),
        };
        piece.map_or(Piece::End, Piece::Bytes)
    }
}
