//! Errors inside an answer of status 200.

use crate::codec::failure::{is_blank, reported};
use crate::defaults;
use crate::error::{Error, Kind};
use crate::http::Redactor;
use serde_json::{Value, json};

/// The error of a response that did not succeed, by its `status` and its `error`; none of one that did.
pub(super) fn of_response(response: &Value, redactor: &Redactor) -> Option<Error> {
    if let Some(error) = response.get("error").filter(|error| !is_blank(error)) {
        return Some(reported(&json!({"error": error}).to_string(), redactor));
    }
    match response.get("status").and_then(Value::as_str) {
        Some("failed") => Some(unexplained()),
        Some("cancelled") => Some(Error::new(
            Kind::Provider,
            "The provider says that the response was cancelled. Something else with the same key may have cancelled it.",
        )),
        Some(status @ ("queued" | "in_progress")) => Some(Error::new(
            Kind::Provider,
            format!(
                "The provider answered before the response was there (status {status:?}). Leave `background` out of \
                 provider_options, or ask with `stream`."
            ),
        )),
        _ => None,
    }
}

fn unexplained() -> Error {
    let mut error = Error::new(
        Kind::Provider,
        "The provider says that the response failed, not why. The same request may succeed.",
    );
    error.retryable = true;
    error
}

/// The error for an answer that is not of this format.
pub(super) fn garbage(what: &str, text: &str, why: &str, redactor: &Redactor) -> Error {
    Error::new(
        Kind::Protocol,
        format!(
            "The server sent {what} that is not an OpenAI Responses answer ({}). Is base_url right, and does the server \
             have /responses? It begins: {}",
            // The reader's complaint may quote the answer.
            redactor.clean(why),
            redactor.quote(text, defaults::QUOTED_CHARS)
        ),
    )
}
