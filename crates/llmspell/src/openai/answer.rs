//! Writes the answer to a request from the events of the run that was started for it.

use super::refusal::Refusal;
use super::request::ChatRequest;
use crate::run::new_id;
use llmspell_core::outcome::{FinishReason, ToolCallRecord};
use llmspell_core::{Error, Kind, Message, Part, Role, RunResult, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// The answer to a request, written from the events of one run: `chat.completion` as a whole, or its chunks as server-sent
/// events. Give it every event of the run in order, and send what it writes.
#[derive(Debug)]
pub struct Answer {
    id: String,
    created: u64,
    model: String,
    /// How each chunk begins.
    chunk_head: String,
    stream: bool,
    include_usage: bool,
    /// Whether text is held back until the run is done: it must fit a schema, or guardrails judge it.
    whole: bool,
    /// Whether guardrails judge the answer, and nobody the model's thoughts.
    judged: bool,
    /// Whether the head was written, anything of the step, text of the step, and any text.
    begun: bool,
    in_step: bool,
    spoke_in_step: bool,
    spoke: bool,
    ended: bool,
    status: u16,
    retry_after_ms: Option<u64>,
    out: String,
}

/// Stands between what the model wrote in one step and in the next.
const BETWEEN_STEPS: &str = "\n\n";

/// What is read of an event.
#[derive(Deserialize)]
struct Seen<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    discard: Option<bool>,
    #[serde(default)]
    nested: bool,
    result: Option<Box<RunResult>>,
    error: Option<Failure>,
    partial: Option<Value>,
}

#[derive(Deserialize)]
struct Failure {
    kind: String,
    message: String,
    http_status: Option<u16>,
    retry_after_ms: Option<u64>,
}

/// What is read of a request as [`ChatRequest`] writes it.
#[derive(Deserialize)]
struct Head {
    model: String,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    include_usage: bool,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    judged: bool,
}

impl Answer {
    /// The answer to this request. Its id and its time are new.
    #[must_use]
    pub fn new(request: &ChatRequest) -> Self {
        let schema = request.input.contains_key("output_schema");
        Self::with(request.model.clone(), request.stream, request.include_usage, schema)
    }

    /// The same from the request's JSON, of which `model`, `stream`, `include_usage` and `input.output_schema` count. With `judged`
    /// (true) beside them the agent has output guardrails: nothing is sent before they have judged the answer, and no thoughts.
    ///
    /// # Errors
    /// `argument` when it is none.
    pub fn from_json(request: &str) -> Result<Self, Error> {
        let head: Head = serde_json::from_value(crate::json::parse("request", request)?)
            .map_err(|error| Error::argument(format!("request: {error}; expected what reading a request gave")))?;
        let schema = head.input.get("output_schema").is_some_and(|schema| !schema.is_null());
        let answer = Self::with(head.model, head.stream, head.include_usage, schema || head.judged);
        Ok(Self { judged: head.judged, ..answer })
    }

    fn with(model: String, stream: bool, include_usage: bool, whole: bool) -> Self {
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let id = new_id().replacen("run_", "chatcmpl-", 1);
        let mut chunk_head = head(&id, "chat.completion.chunk", created, &model).to_string();
        chunk_head.pop();
        Self {
            id,
            created,
            model,
            chunk_head,
            stream,
            include_usage,
            whole,
            judged: false,
            begun: false,
            in_step: false,
            spoke_in_step: false,
            spoke: false,
            ended: false,
            status: 0,
            retry_after_ms: None,
            out: String::new(),
        }
    }

    /// Status of the HTTP answer, as soon as something was written; 0 before. It stays as it is then.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// When the client may try again, in milliseconds, where a failure says so.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after_ms
    }

    /// Media type of what is written: chunks are `text/event-stream`, all else `application/json`.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        if self.begun { "text/event-stream" } else { "application/json" }
    }

    /// Whether all was written. The run may be given up then, if it has not ended.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes the next event of the run (its JSON) and gives what is to be sent now; often nothing.
    ///
    /// # Errors
    /// `argument` for what is no event.
    pub fn next(&mut self, event_json: &str) -> Result<&str, Error> {
        self.out.clear();
        let seen: Seen<'_> = serde_json::from_str(event_json)
            .map_err(|error| Error::argument(format!("event: {error}; expected the JSON of a run's event")))?;
        if !self.ended && !seen.nested {
            self.take(seen);
        }
        Ok(&self.out)
    }

    fn take(&mut self, seen: Seen<'_>) {
        match (&*seen.kind, seen.text) {
            ("step_start", _) => (self.in_step, self.spoke_in_step) = (false, false),
            ("text_delta", Some(text)) if self.stream && !self.whole => self.say("content", &text),
            ("reasoning_delta", Some(text)) if self.stream && !self.judged => self.say("reasoning_content", &text),
            // What was sent cannot be taken back.
            ("retry", _) if seen.discard == Some(true) && self.in_step => {
                let message = "The model's answer broke off and began anew after a part of it was sent. Ask again.";
                self.fail(Refusal::overloaded(message));
            }
            ("done", _) => {
                if let Some(result) = seen.result {
                    self.end(&result);
                }
            }
            ("error", _) => {
                let Some(Failure { kind, message, http_status, retry_after_ms }) = seen.error else { return };
                // A refusal is a failure of the run under a schema; clients know it as an answer.
                let partial = seen.partial.filter(|_| kind == Kind::ContentFilter.as_str());
                let partial = partial.and_then(|partial| serde_json::from_value::<RunResult>(partial).ok());
                match partial.filter(|partial| refusal(partial).is_some()) {
                    Some(partial) => self.end(&partial),
                    None => self.fail(Refusal::of_parts(&kind, &message, http_status, retry_after_ms)),
                }
            }
            ("cancelled", _) => self.fail(Refusal::of_parts("cancelled", "The run was cancelled.", None, None)),
            _ => {}
        }
    }

    fn end(&mut self, result: &RunResult) {
        if self.stream { self.finish(result) } else { self.write_whole(result) }
    }

    fn say(&mut self, member: &str, text: &str) {
        self.begin();
        self.in_step = true;
        let is_text = member == "content" && !text.is_empty();
        let between = if is_text && self.spoke && !self.spoke_in_step { BETWEEN_STEPS } else { "" };
        self.spoke |= is_text;
        self.spoke_in_step |= is_text;
        self.chunk(&json!({member: format!("{between}{text}")}), None);
    }

    fn begin(&mut self) {
        if !self.begun {
            (self.begun, self.status) = (true, 200);
            self.chunk(&json!({"role": "assistant", "content": ""}), None);
        }
    }

    fn chunk(&mut self, delta: &Value, finish_reason: Option<&str>) {
        let reason = finish_reason.map_or_else(|| "null".to_owned(), |reason| format!("\"{reason}\""));
        let usage = if self.include_usage { r#","usage":null"# } else { "" };
        let head = &self.chunk_head;
        let _ = write!(
            self.out,
            r#"data: {head},"choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}]{usage}}}"#
        );
        self.out.push_str("\n\n");
    }

    fn finish(&mut self, result: &RunResult) {
        self.begin();
        if !self.spoke && !result.text.is_empty() {
            let member = if refusal(result).is_some() { "refusal" } else { "content" };
            self.chunk(&json!({member: result.text}), None);
        }
        let calls = open_calls(result, true);
        if !calls.is_empty() {
            self.chunk(&json!({"tool_calls": calls}), None);
        }
        self.chunk(&json!({}), Some(reason(result, &calls)));
        if self.include_usage {
            let _ = write!(self.out, r#"data: {},"choices":[],"usage":{}}}"#, self.chunk_head, usage(&result.usage));
            self.out.push_str("\n\n");
        }
        self.out.push_str("data: [DONE]\n\n");
        self.ended = true;
    }

    fn write_whole(&mut self, result: &RunResult) {
        let calls = open_calls(result, false);
        let refusal = refusal(result);
        let text = if self.whole { result.text.clone() } else { said(result) };
        let content = (refusal.is_none() && (!text.is_empty() || calls.is_empty())).then_some(text);
        let mut message = json!({"role": "assistant", "content": content, "refusal": refusal});
        let reason = reason(result, &calls);
        if let Some(members) = message.as_object_mut() {
            if !calls.is_empty() {
                members.insert("tool_calls".to_owned(), calls.into());
            }
            let thoughts = if self.judged { String::new() } else { reasoning(result) };
            if !thoughts.is_empty() {
                members.insert("reasoning_content".to_owned(), thoughts.into());
            }
        }
        let mut whole = head(&self.id, "chat.completion", self.created, &self.model);
        if let Some(members) = whole.as_object_mut() {
            let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": reason});
            members.insert("choices".to_owned(), json!([choice]));
            members.insert("usage".to_owned(), usage(&result.usage));
        }
        self.out = whole.to_string();
        (self.status, self.ended) = (200, true);
    }

    fn fail(&mut self, refusal: Refusal) {
        let body = refusal.body();
        self.ended = true;
        if self.begun {
            let _ = write!(self.out, "data: {body}\n\n");
        } else {
            (self.status, self.retry_after_ms) = (refusal.status, refusal.retry_after_ms);
            self.out = body.to_string();
        }
    }
}

fn head(id: &str, object: &str, created: u64, model: &str) -> Value {
    json!({"id": id, "object": object, "created": created, "model": model})
}

/// The calls that are the client's to make.
fn open_calls(result: &RunResult, streamed: bool) -> Vec<Value> {
    let call = |(at, call): (usize, &ToolCallRecord)| {
        let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
        let mut value = json!({"id": call.id, "type": "function", "function": function});
        if let (true, Some(members)) = (streamed, value.as_object_mut()) {
            members.insert("index".to_owned(), at.into());
        }
        value
    };
    result.tool_calls.iter().filter(|call| call.open).enumerate().map(call).collect()
}

fn reason(result: &RunResult, calls: &[Value]) -> &'static str {
    match result.finish_reason {
        _ if !calls.is_empty() => "tool_calls",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        _ => "stop",
    }
}

/// All that the model wrote, also in the turns in which it called tools of its own: what a stream of the run has.
fn said(result: &RunResult) -> String {
    let mut turns: Vec<&Message> =
        result.messages.iter().map(AsRef::as_ref).filter(|message| message.role == Role::Assistant).collect();
    // Its text is the result's. Other turns without calls are answers that were sent back.
    turns.pop();
    let called = turns.into_iter().filter(|turn| !turn.tool_calls.is_empty()).map(Message::text);
    let texts: Vec<String> = called.chain([result.text.clone()]).filter(|text| !text.is_empty()).collect();
    texts.join(BETWEEN_STEPS)
}

/// What the model wrote in its last turn where it would not answer.
fn refusal(result: &RunResult) -> Option<String> {
    let turn = result.messages.iter().rfind(|message| message.role == Role::Assistant)?;
    let is_text = |part: &Part| matches!(part, Part::Text { text } if !text.is_empty());
    let words =
        turn.content.iter().filter_map(|part| if let Part::Refusal { text } = part { Some(&**text) } else { None });
    let refusal: String = words.collect();
    (!refusal.is_empty() && !turn.content.iter().any(is_text)).then_some(refusal)
}

fn reasoning(result: &RunResult) -> String {
    let turns = result.messages.iter().filter(|message| message.role == Role::Assistant);
    let text = |part: &Part| if let Part::Reasoning { text } = part { Some(text.clone()) } else { None };
    turns.flat_map(|turn| turn.content.iter().filter_map(text)).collect()
}

fn usage(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens, "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    })
}
