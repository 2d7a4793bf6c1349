//! Answers that end for a reason that llmspell does not know, or for none, and answers of the wrong shape. The rule for every
//! codec: what may be cut is never taken for whole, and what cannot be read never for nothing.

use super::Notice;
use super::lenient::Loose;
use crate::defaults;
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::json;
use serde_json::Value;

/// What came before an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Nothing.
    Nothing,
    /// Text, reasoning, pictures.
    Content,
    /// Tool calls, and perhaps more.
    Calls,
}

/// What a reason comes to that is not known: a notice beside an answer that ends as `other`, or an error where there is
/// nothing to answer with, or calls that may be cut. `field` is the provider's own name for it (such as `finish_reason`).
///
/// # Errors
/// `provider`, for an answer that holds nothing or has tool calls: none of them is run.
pub(crate) fn unknown(field: &str, reason: &str, came: Came, redactor: &Redactor) -> Result<Notice, Error> {
    let reason = redactor.quote(reason, defaults::QUOTED_CHARS);
    let ended = |what: &str| format!("The provider ended {what} with {field} {reason:?}, which llmspell does not know");
    let error = |message: String| {
        let mut error = Error::new(Kind::Provider, message);
        error.retryable = true;
        error
    };
    match came {
        Came::Nothing => Err(error(format!("{}. The same request may succeed.", ended("an empty answer")))),
        Came::Calls => Err(error(format!("{}. Its tool calls may be cut, so none was run.", ended("an answer")))),
        Came::Content => Ok(Notice {
            code: None,
            message: format!("{}: the answer may be cut. Its finish_reason is \"other\".", ended("an answer")),
            tool_call_id: None,
        }),
    }
}

/// What it comes to that an answer is complete and names no reason (`field` is the provider's own name for it): a notice beside
/// it, as many servers name none, also after calls, which are whole; or an error where there is nothing to answer with.
///
/// # Errors
/// `provider`, for an answer that holds nothing.
pub(crate) fn missing(field: &str, came: Came) -> Result<Notice, Error> {
    if came == Came::Nothing {
        let mut error = Error::new(
            Kind::Provider,
            format!("The provider sent an empty answer without a {field}. The same request may succeed."),
        );
        error.retryable = true;
        return Err(error);
    }
    Ok(Notice {
        code: None,
        message: format!("The provider ended an answer without a {field}: it is taken for whole."),
        tool_call_id: None,
    })
}

/// The error for a `field` of the content that is no text.
pub(crate) fn no_text(field: &str, value: &Value) -> Error {
    Error::new(
        Kind::Protocol,
        format!("The server sent an answer whose `{field}` is {}, not a text", json::type_name(value)),
    )
}

/// Refuses a `field` of the content that is there and no text.
///
/// # Errors
/// `protocol`, with the field.
pub(crate) fn check_text(field: &str, value: Option<&Value>) -> Result<(), Error> {
    match value {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(value) => Err(no_text(field, value)),
    }
}

/// Like [`check_text`], for a field that was read leniently.
///
/// # Errors
/// `protocol`, with the field.
pub(crate) fn check_loose(field: &str, value: Option<&Loose<'_>>) -> Result<(), Error> {
    match value {
        Some(Loose::Other(value)) => check_text(field, Some(value)),
        _ => Ok(()),
    }
}
