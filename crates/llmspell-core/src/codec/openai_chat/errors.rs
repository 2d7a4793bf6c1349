//! Errors inside an answer of status 200.

use super::response;
use crate::codec::failure::{is_blank, reported};
use crate::codec::lenient::Loose;
use crate::error::Error;
use crate::http::Redactor;
use serde_json::Value;

/// The error that an answer of status 200 carries instead of a message, if it does.
pub(super) fn inside(answer: &response::Answer<'_>, text: &str, redactor: &Redactor) -> Option<Error> {
    let marked = answer.object.as_ref().and_then(Loose::as_str) == Some("error");
    let has_error = |error: &Option<Value>| error.as_ref().is_some_and(|error| !is_blank(error));
    if !marked && !has_error(&answer.error) && !answer.choices.first().is_some_and(|choice| has_error(&choice.error)) {
        return None;
    }
    Some(reported(text, redactor))
}
