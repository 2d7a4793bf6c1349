//! Errors: plain `{"error": "…"}`, in an answer of any status and at any place of a stream.

use super::response::Line;
use crate::codec::failure::{self, is_blank};
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::outcome::FinishReason;

/// The error that an answer with a failure status stands for.
pub(super) fn from_answer(status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
    advised(failure::from_answer(status, headers, body, redactor))
}

/// The error that a line carries, if it does.
pub(super) fn inside(line: &Line<'_>, text: &str, redactor: &Redactor) -> Option<Error> {
    let is_error = line.error.as_ref().is_some_and(|error| !is_blank(error));
    is_error.then(|| {
        let mut error = advised(failure::reported(text, redactor));
        // It has words alone: a request that is wrong got a status of its own, so what broke later may pass.
        error.retryable |= error.kind == Kind::Provider && error.http_status.is_none() && !error.over_window;
        error
    })
}

fn advised(mut error: Error) -> Error {
    if error.kind == Kind::NotFound {
        error
            .message
            .push_str(" `ollama pull` with the model's name fetches a model, `ollama list` shows those there are.");
    }
    error
}

/// The reason for which an answer ended, none where it is not known, or the error that it stands for.
pub(super) fn finish(reason: Option<&str>) -> Result<Option<FinishReason>, Error> {
    match reason {
        // Older servers do not say it.
        None | Some("" | "stop") => Ok(Some(FinishReason::Stop)),
        Some("length") => Ok(Some(FinishReason::Length)),
        Some("load" | "unload") => Err(Error::new(
            Kind::Provider,
            "Ollama loaded or unloaded the model and gave no answer: it was asked nothing. Send a message that is not empty.",
        )),
        Some("tool_calls") => Ok(Some(FinishReason::ToolCalls)),
        Some(_) => Ok(None),
    }
}
