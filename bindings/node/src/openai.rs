//! OpenAI's Chat Completions format, from the side of the server.

use crate::failure::OrThrow;
use llmspell::openai::ChatRequest;
use napi_derive::napi;
use serde_json::json;

/// Reads the body of a request: JSON `{model, stream, include_usage, agent, input}`, or `{refusal: {status, body}}`.
#[napi(catch_unwind)]
#[must_use]
pub fn openai_read(body: String) -> String {
    match ChatRequest::read(&body) {
        Ok(request) => json!(request),
        Err(refusal) => json!({"refusal": refusal}),
    }
    .to_string()
}

/// The answer to a request, written from the events of one run.
#[napi]
pub struct OpenaiAnswer {
    inner: llmspell::openai::Answer,
}

#[napi]
impl OpenaiAnswer {
    /// Begins the answer to what `openai_read` gave.
    #[napi(constructor, catch_unwind)]
    pub fn new(request_json: String) -> napi::Result<Self> {
        Ok(Self { inner: llmspell::openai::Answer::from_json(&request_json).or_throw()? })
    }

    /// Takes the run's next event and gives what is to be sent now; often nothing.
    #[napi(catch_unwind)]
    pub fn next(&mut self, event_json: String) -> napi::Result<String> {
        self.inner.next(&event_json).map(str::to_owned).or_throw()
    }

    /// Status of the answer once something was written; 0 before.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn status(&self) -> u32 {
        self.inner.status().into()
    }

    /// Media type of what is written.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn content_type(&self) -> String {
        self.inner.content_type().to_owned()
    }

    /// Whether all was written.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn ended(&self) -> bool {
        self.inner.has_ended()
    }

    /// When the client may try again, in milliseconds, where a failure says so.
    #[napi(getter, catch_unwind)]
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // a wait
    pub fn retry_after_ms(&self) -> Option<f64> {
        self.inner.retry_after_ms().map(|ms| ms as f64)
    }
}
