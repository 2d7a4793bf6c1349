//! The demo model: an offline, deterministic stand-in for a provider, behind addresses with the scheme `demo:`.
//!
//! It reads a real Chat Completions request and answers in the real wire format, streamed or plain, so everything above
//! the transport works as it does with a provider. What it answers follows from the last message of the request alone:
//!
//! 1. After tool results: a sentence that holds them.
//! 2. `fail with <status>`: that HTTP error (429 with `retry-after`). `fail twice with <status>`: two times, then the answer.
//! 3. A tool is called when the message asks for what it does: it holds the tool's name, a significant word of its name
//!    or description that no other tool shares, or an arithmetic expression where the tool takes one. Several tools are
//!    called when the message asks for several. Arguments come from the message, by the tool's schema. `tool_choice` is
//!    obeyed.
//! 4. `say <text>`: that text. Where the request has a schema for the answer: JSON that fits it, filled from the message.
//!    `what did I say`: the message before. Else the message is echoed.
//!
//! Only the first 16 KiB of a message are searched for what it asks for, a turn makes at most 64 calls, and an answer of
//! very many words comes several words at a time: so a huge message holds up nobody.
//!
//! `think` or `reason` in the message puts reasoning in front; `slowly` leaves 20 ms between two events of a stream;
//! `break off` ends the connection in the middle of the answer, `error in the stream` puts an error event there. An
//! answer longer than `max_tokens` words is cut. Tokens in the usage are words. The whole table: `docs/demo-provider.md`.

mod arguments;
mod arithmetic;
mod pieces;
pub(crate) mod request;
pub(crate) mod rules;
pub(crate) mod wire;
mod words;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
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
/// Time after which a rate limit asks to try again.
const RATE_LIMIT_MS: u64 = 1000;

/// Whether an address is the demo model's.
pub(crate) fn is_address(url: &str) -> bool {
    url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("demo:"))
}

/// An answer to a request, as the demo model or a script gives it.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    /// Time to leave before the head.
    delay: Duration,
    /// Time to leave between two events of a stream.
    pace: Duration,
    /// The connection breaks where the body ends.
    breaks: bool,
}

enum Body {
    Whole(Option<Bytes>),
    Stream(wire::Stream),
}

impl Answer {
    /// A turn of the model.
    pub fn turn(answer: wire::Answer<'_>) -> Self {
        let breaks = answer.fault == Some(wire::Fault::Break);
        let (kind, body) = if answer.request.streams() {
            ("text/event-stream", Body::Stream(answer.stream()))
        } else {
            ("application/json", Body::Whole(Some(answer.plain()).filter(|_| !breaks)))
        };
        Answer { status: 200, headers: headers(kind), body, delay: Duration::ZERO, pace: Duration::ZERO, breaks }
    }

    /// An HTTP error; `retry_after_ms` is sent along where it is given.
    pub fn failure(status: u16, message: &str, retry_after_ms: Option<u64>) -> Self {
        let mut headers = headers("application/json");
        headers.extend(retry_after_ms.map(|ms| ("retry-after-ms".to_owned(), ms.to_string())));
        let body = Body::Whole(Some(wire::error(status, message)));
        Answer { status, headers, body, delay: Duration::ZERO, pace: Duration::ZERO, breaks: false }
    }

    /// The same after a time.
    pub fn after(self, delay: Duration) -> Self {
        Answer { delay, ..self }
    }
}

/// Answers the body of a Chat Completions request, which was made this many times before.
fn answer(body: &[u8], before: u32) -> Answer {
    let request = match Request::parse(body) {
        Ok(request) => request,
        Err(message) => return Answer::failure(400, &message, None),
    };
    let (reasoning, text, calls, fault) = match rules::decide(&request, before) {
        Decision::Fail(status) => {
            let wait = (status == 429).then_some(RATE_LIMIT_MS);
            return Answer::failure(status, &format!("The demo model was asked to fail with {status}."), wait);
        }
        Decision::Turn { reasoning, text, calls, fault } => (reasoning, text, calls, fault),
    };
    let pace = if rules::asks_for_slowness(&request) { SLOWLY } else { Duration::ZERO };
    let turn = wire::Answer { request: &request, reasoning, text, calls, usage: None, finish_reason: None, fault };
    Answer { pace, ..Answer::turn(turn) }
}

fn headers(kind: &str) -> Vec<(String, String)> {
    vec![("content-type".to_owned(), kind.to_owned()), ("x-request-id".to_owned(), "req_demo".to_owned())]
}

/// What the demo model remembers within one run: the latest request and how often it was made, so that it can fail a few
/// times and then answer.
#[derive(Default)]
pub(crate) struct Memory {
    latest: AtomicU64,
    times: AtomicU32,
}

impl Memory {
    /// How often this request was made before, without another in between.
    fn before(&self, body: &[u8]) -> u32 {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let hash = hasher.finish();
        if self.latest.swap(hash, Ordering::Relaxed) != hash {
            self.times.store(0, Ordering::Relaxed);
        }
        self.times.fetch_add(1, Ordering::Relaxed)
    }
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
    pub fn new(body: Vec<u8>, memory: &Memory) -> Self {
        if body.len() > THOUGHT_OVER {
            return DemoExchange(State::Thinking(spawn_blocking(move || answer(&body, 0))));
        }
        Self::of(answer(&body, memory.before(&body)))
    }

    /// An exchange with this answer.
    pub fn of(answer: Answer) -> Self {
        DemoExchange(State::Answering(Answering::new(answer)))
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
        let next_at = (!answer.delay.is_zero()).then(|| Instant::now() + answer.delay);
        Answering { answer, head_sent: false, next_at }
    }

    async fn next(&mut self) -> Piece {
        if let Some(at) = self.next_at {
            sleep_until(at).await;
        }
        let answer = &mut self.answer;
        if !std::mem::replace(&mut self.head_sent, true) {
            self.next_at = None;
            return Piece::Head { status: answer.status, headers: std::mem::take(&mut answer.headers) };
        }
        if !answer.pace.is_zero() {
            self.next_at = Some(Instant::now() + answer.pace);
        }
        let piece = match &mut answer.body {
            Body::Whole(whole) => whole.take(),
            Body::Stream(stream) => stream.next(),
        };
        match piece {
            Some(bytes) => Piece::Bytes(bytes),
            None if answer.breaks => Piece::Failed(Error::new(
                Kind::Network,
                "the connection broke before the answer was complete, as was asked for",
            )),
            None => Piece::End,
        }
    }
}
