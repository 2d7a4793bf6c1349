//! Scripted models: turns that were written beforehand, for users' own tests.
//!
//! A script answers the requests of an agent one after another, through the real Chat codec, and keeps what it was asked.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::demo::request::Request;
use crate::demo::rules::Call;
use crate::demo::wire::{self, Fault};
use crate::demo::{Answer, DemoExchange};

/// A script and how far it was played. Any thread may use it at any time; nothing is ever locked, so that a fork cannot leave
/// it locked.
#[derive(Debug)]
pub struct Script {
    turns: Vec<Turn>,
    /// What each turn was asked.
    requests: Vec<OnceLock<Value>>,
    asked: AtomicUsize,
}

/// One answer of a scripted model.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Turn {
    /// Text.
    pub text: String,
    /// Reasoning that comes before it.
    pub reasoning: String,
    /// Tools that it calls.
    pub tool_calls: Vec<ToolCall>,
    /// An answer in JSON, in place of a text.
    pub object: Option<Value>,
    /// What it used; otherwise words are counted.
    pub usage: Option<Usage>,
    /// Why it ends, in the words of the Chat format; otherwise what follows from the answer.
    pub finish_reason: Option<String>,
    /// How it fails.
    pub error: Option<Failure>,
    /// Milliseconds before it begins.
    pub delay_ms: u64,
    /// The host is asked for the turn, in place of all the rest.
    pub ask: bool,
}

/// A tool call of a scripted model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Id; otherwise one that follows from the call's place.
    pub id: Option<String>,
    /// Name of the tool.
    pub name: String,
    /// Arguments; a text is sent as it stands, JSON or not.
    #[serde(default = "no_arguments")]
    pub arguments: Value,
}

fn no_arguments() -> Value {
    json!({})
}

/// What a scripted turn used, in tokens.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cached_tokens: u64,
    pub reasoning_tokens: u64,
}

/// How a scripted turn fails. With a text, that comes first, and the failure in its stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// HTTP status of the failure; without one the connection breaks.
    pub status: Option<u16>,
    /// What the provider says.
    #[serde(default)]
    pub message: String,
    /// Milliseconds after which it asks to try again.
    pub retry_after_ms: Option<u64>,
}

impl Script {
    /// A script of these turns.
    #[must_use]
    pub fn new(turns: Vec<Turn>) -> Self {
        let requests = turns.iter().map(|_| OnceLock::new()).collect();
        Script { turns, requests, asked: AtomicUsize::new(0) }
    }

    /// JSON `{kind: "script", total, played, requests}`: `requests` are the bodies that it was asked, without those that
    /// came when no turn was left.
    #[must_use]
    pub fn report(&self) -> Value {
        let asked = self.asked.load(Ordering::Acquire);
        let requests: Vec<&Value> = self.requests.iter().filter_map(OnceLock::get).collect();
        let played = asked.min(self.turns.len());
        json!({"kind": "script", "total": self.turns.len(), "played": played, "asked": asked, "requests": requests})
    }

    /// What answers the body of a Chat Completions request. Must be called on the I/O thread.
    pub(crate) fn exchange(&self, body: &[u8]) -> Scripted {
        match self.answer(body) {
            Ok(answer) => Scripted::Answered(DemoExchange::of(answer)),
            Err(number) => Scripted::Asked(number),
        }
    }

    /// The answer; or the number of the turn that the host is asked for, from 1.
    fn answer(&self, body: &[u8]) -> Result<Answer, usize> {
        let at = self.asked.fetch_add(1, Ordering::AcqRel);
        let Some(turn) = self.turns.get(at) else {
            let message = format!(
                "the script has {} turn(s), and this is request {}; write another turn, or look why the model is asked again",
                self.turns.len(),
                at + 1
            );
            return Ok(Answer::failure(400, &message, None));
        };
        let request = match Request::parse(body) {
            Ok(request) => request,
            Err(message) => return Ok(Answer::failure(400, &message, None)),
        };
        if let Some(slot) = self.requests.get(at) {
            // Each turn is taken once, so the place is free.
            let _ = slot.set(request.body().clone());
        }
        if turn.ask { Err(at + 1) } else { Ok(turn.answer(&request)) }
    }
}

/// What a script answers.
pub(crate) enum Scripted {
    /// A turn that was written beforehand.
    Answered(DemoExchange),
    /// The host is asked for this turn; they count from 1.
    Asked(usize),
}

/// The exchange that answers the body of a Chat Completions request with what the host gave for a turn: JSON of the turn
/// where the status is 200, else that HTTP error and its message. Must be called on the I/O thread.
pub(crate) fn answer_of_host(request: &[u8], number: usize, status: u16, body: &[u8]) -> DemoExchange {
    let failure = |status, message: &str| Answer::failure(status, message, None);
    DemoExchange::of(match (Request::parse(request), serde_json::from_slice::<Value>(body)) {
        _ if status != 200 => failure(status, &String::from_utf8_lossy(body)),
        (Err(message), _) => failure(400, &message),
        (Ok(_), Err(error)) => failure(400, &format!("turn {number} of the script is no JSON: {error}")),
        (Ok(request), Ok(value)) => match Turn::from_json(value) {
            Ok(turn) => turn.answer(&request),
            Err(why) => failure(400, &format!("turn {number} of the script: {why}")),
        },
    })
}

impl Turn {
    /// A turn that the host gave, when the script asked for it.
    fn from_json(value: Value) -> Result<Self, String> {
        // By hand, because what is wrong would otherwise be that no variant fits.
        let turn = match value {
            Value::String(text) => Turn { text, ..Turn::default() },
            Value::Object(_) => serde_json::from_value(value).map_err(|error| error.to_string())?,
            _ => return Err("expected a text, or an object like {text, tool_calls}".to_owned()),
        };
        if turn.ask { Err("it was asked for, so it cannot ask again".to_owned()) } else { Ok(turn) }
    }

    fn answer(&self, request: &Request) -> Answer {
        self.answer_at_once(request).after(Duration::from_millis(self.delay_ms))
    }

    fn answer_at_once(&self, request: &Request) -> Answer {
        let text = self.object.as_ref().map_or(Cow::Borrowed(&self.text), |object| Cow::Owned(object.to_string()));
        let calls = self.tool_calls.iter().cloned().map(ToolCall::into_call).collect();
        let starts = !text.is_empty() || !self.tool_calls.is_empty() || !self.reasoning.is_empty();
        let fault = match &self.error {
            None => None,
            Some(Failure { status: None, .. }) => Some(Fault::Break),
            Some(Failure { status: Some(status), message, .. }) if starts => {
                Some(Fault::Event(*status, message.clone()))
            }
            Some(Failure { status: Some(status), message, retry_after_ms }) => {
                return Answer::failure(*status, message, *retry_after_ms);
            }
        };
        Answer::turn(wire::Answer {
            request,
            reasoning: self.reasoning.clone(),
            text: text.into_owned(),
            calls,
            usage: self.usage.map(Usage::on_the_wire),
            finish_reason: self.finish_reason.clone(),
            fault,
        })
    }
}

impl ToolCall {
    fn into_call(self) -> Call {
        Call { id: self.id, name: self.name, arguments: self.arguments }
    }
}

impl Usage {
    fn on_the_wire(self) -> Value {
        json!({
            "prompt_tokens": self.input_tokens,
            "completion_tokens": self.output_tokens,
            "total_tokens": self.input_tokens.saturating_add(self.output_tokens),
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning_tokens},
        })
    }
}
