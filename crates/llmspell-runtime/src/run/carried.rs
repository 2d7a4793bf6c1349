//! Exchanges of one run that the host carries.

use std::sync::{Mutex, MutexGuard, PoisonError};

use llmspell_core::request::Failure;
use llmspell_core::{Error, Kind};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::transport::{Feeder, Piece};

/// The exchanges by the ids of their requests.
#[derive(Default)]
pub(super) struct Carried(Mutex<Vec<Open>>);

struct Open {
    id: String,
    feeder: Feeder,
    /// Whether the head of the answer came.
    begun: bool,
}

/// A whole answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<String>,
    body_base64: Option<String>,
}

impl Carried {
    fn open(&self) -> MutexGuard<'_, Vec<Open>> {
        // Nothing panics between changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, id: String, feeder: Feeder) {
        let mut open = self.open();
        // What was given up meanwhile is forgotten.
        open.retain(|open| open.feeder.is_open());
        open.push(Open { id, feeder, begun: false });
    }

    /// Whether somebody still waits for the answer to this request.
    pub fn awaits(&self, id: &str) -> bool {
        self.open().iter().any(|open| open.id == id && open.feeder.is_open())
    }

    /// Answers a request as a whole. `None` when it is none of these.
    ///
    /// # Errors
    /// `argument` for what is no answer, or when a head was given before.
    pub fn reply(&self, id: &str, outcome: &Result<Value, Failure>) -> Option<Result<(), Error>> {
        let mut all = self.open();
        let at = all.iter().position(|open| open.id == id)?;
        let open = all.get(at)?;
        let done = match outcome {
            Err(failure) => {
                open.feeder.feed(Piece::Failed(failed(failure, open.feeder.turn())));
                Ok(())
            }
            Ok(_) if open.begun => Err(Error::argument(
                "reply: the head of this answer was given before; go on with bytes, and then end it",
            )),
            Ok(value) => answer(value).map(|(head, body)| open.feeder.answer(head, body)),
        };
        if done.is_ok() {
            all.remove(at);
        }
        Some(done)
    }

    /// Feeds the head of an answer. Without effect when nobody waits for it any more.
    ///
    /// # Errors
    /// `argument` for a status that is none, or a second head.
    pub fn head(&self, id: &str, status: u16, headers: Vec<(String, String)>) -> Result<(), Error> {
        check_status(status)?;
        let mut all = self.open();
        let Some(open) = all.iter_mut().find(|open| open.id == id) else { return Ok(()) };
        if open.begun {
            return Err(Error::argument("http head: this answer has its head already"));
        }
        open.begun = true;
        open.feeder.feed(Piece::Head { status, headers });
        Ok(())
    }

    /// Feeds bytes of an answer.
    ///
    /// # Errors
    /// `argument` before the head; `busy` when too many wait to be read.
    pub fn bytes(&self, id: &str, bytes: &[u8]) -> Result<(), Error> {
        let all = self.open();
        let Some(open) = all.iter().find(|open| open.id == id) else { return Ok(()) };
        open.after_head()?;
        open.feeder.feed_bytes(bytes)
    }

    /// Ends an answer.
    ///
    /// # Errors
    /// `argument` before the head.
    pub fn end(&self, id: &str) -> Result<(), Error> {
        let mut all = self.open();
        let Some(at) = all.iter().position(|open| open.id == id) else { return Ok(()) };
        if let Some(open) = all.get(at) {
            open.after_head()?;
            open.feeder.feed(Piece::End);
        }
        all.remove(at);
        Ok(())
    }
}

impl Open {
    fn after_head(&self) -> Result<(), Error> {
        if self.begun {
            return Ok(());
        }
        Err(Error::argument("http: the head of an answer (its status) comes before its bytes and its end"))
    }
}

fn check_status(status: u16) -> Result<(), Error> {
    if (200..600).contains(&status) {
        return Ok(());
    }
    Err(Error::argument(format!("status: expected an HTTP status from 200 to 599, got {status}")))
}

/// Headers as texts; a number is one as well.
pub(super) fn headers(given: Map<String, Value>) -> Result<Vec<(String, String)>, Error> {
    given
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(number) => Ok((name, number.to_string())),
            _ => Err(Error::argument(format!("headers.{name}: expected a text"))),
        })
        .collect()
}

/// Head and body of a whole answer.
fn answer(value: &Value) -> Result<(Piece, Vec<u8>), Error> {
    let wrong = |why: String| {
        Error::argument(format!("reply: {why}; expected {{status, headers, body}} or {{status, headers, body_base64}}"))
    };
    let answer: Answer = serde_json::from_value(value.clone()).map_err(|error| wrong(error.to_string()))?;
    check_status(answer.status)?;
    let body = match (answer.body, answer.body_base64) {
        (Some(_), Some(_)) => return Err(wrong("got both `body` and `body_base64`".to_owned())),
        (None, Some(text)) => {
            llmspell_core::http::from_base64(&text).ok_or_else(|| wrong("`body_base64` is no base64".to_owned()))?
        }
        (body, None) => body.unwrap_or_default().into_bytes(),
    };
    Ok((Piece::Head { status: answer.status, headers: headers(answer.headers)? }, body))
}

fn failed(failure: &Failure, turn: Option<usize>) -> Error {
    if let Some(number) = turn {
        return Error::new(Kind::Provider, format!("turn {number} of the script failed: {}", failure.message));
    }
    let kind = if failure.kind == Kind::Tool { Kind::Network } else { failure.kind };
    let message = if failure.message.is_empty() { "the host's transport gave no reason" } else { &failure.message };
    Error::new(kind, format!("the transport of the program failed: {message}"))
}
